#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/device/buffer.hpp>
#include <graft/backend/device/drifts.hpp>
#include <graft/backend/device/flag.hpp>
#include <graft/backend/device/parcel.hpp>
#include <graft/backend/device/plan.hpp>
#include <graft/backend/device/step.hpp>
#include <graft/backend/device/store.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft {

/// Training steps on two tables of a device, as cpu_engine's. The host runs ahead: it sends the ids, targets
/// and coefficients of a group of steps while the device works on the group before, and waits only for the
/// losses at the end.
template <class Scalar, class Scorer, class Optimizer, class System>
class device_engine {
public:
    using store = device_store<Scalar, System>;

    /// As cpu_engine, but for `threads`, which a device has no use for.
    device_engine(store& users, store& items, Scalar mean, const Optimizer& o, double l2,
                  const table_rules& user_rules, const table_rules& item_rules, std::size_t /*threads*/)
        : users_(users), items_(items), width_(users.width()), mean_(mean), l2_(l2), timeline_(o) {
        try {
            set_rules(user_rules, item_rules);
        } catch (...) {
            drop_moments();
            throw;
        }
    }
    device_engine(const device_engine&) = delete;
    device_engine& operator=(const device_engine&) = delete;
    ~device_engine() { drop_moments(); }

    [[nodiscard]] std::uint32_t steps() const noexcept { return timeline_.steps(); }

    /// Settles, and from then on goes by other rules, or where that fails by those that it had.
    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        rules for_users = send(user_rules, users_.rows);
        rules for_items = send(item_rules, items_.rows);
        prepare(users_, for_users);
        prepare(items_, for_items);
        users_.obeyed = std::move(for_users);
        items_.obeyed = std::move(for_items);
    }

    /// As cpu_engine::run. Throws graft::error if the device fails; in the midst of a step that is for good.
    std::optional<std::size_t> run(std::span<const user_id> users, std::span<const item_id> items,
                                   std::span<const float> targets, std::size_t batch, double lr,
                                   std::span<double> losses) {
        check_whole();
        const std::size_t size = users.size();
        const std::size_t steps = (size + batch - 1) / batch;
        const std::size_t group = (std::min)(steps, steps_of_group(batch));
        residuals_.reserve((std::min)(size, group * batch));
        const std::size_t parts = sum_losses::parts(batch);
        loss_sums_.reserve(steps * parts);
        failed_.reserve(1);
        users_.make_room((std::min)(batch, size));
        items_.make_room((std::min)(batch, size));
        std::vector<double> loss_sums(steps * parts);
        std::uint32_t flag = 0;
        compute_stream_.clear(failed_.data(), sizeof flag);

        const auto before = timeline_;
        try {
            for (std::size_t first = 0; first < steps; first += group) {
                const std::size_t begin = first * batch;
                const std::size_t count = (std::min)(group * batch, size - begin);
                run_group(parcels_[first / group % 2], users.subspan(begin, count),
                          items.subspan(begin, count), targets.subspan(begin, count), first, batch, lr);
            }
            compute_stream_.copy(loss_sums.data(), loss_sums_.data(), loss_sums.size() * sizeof(double));
            compute_stream_.copy(&flag, failed_.data(), sizeof flag);
            compute_stream_.wait();
        } catch (...) {
            if (!midst_of_step_) timeline_ = before;
            throw;
        }
        midst_of_step_ = false;
        const std::uint32_t failed = detail::read_flag(&flag);
        for (std::size_t step = 0; step < (std::min)(steps, std::size_t{failed}); ++step) {
            const double* sums = loss_sums.data() + step * parts;
            losses[step] = std::accumulate(sums, sums + parts, 0.0) /
                           static_cast<double>((std::min)(batch, size - step * batch));
        }
        if (failed == detail::no_step) return std::nullopt;

        timeline_ = before;
        for (std::uint32_t step = 0; step <= failed; ++step) { // in the last one users moved
            timeline_.begin(lr);
            timeline_.commit();
        }
        const std::size_t begin = failed * batch;
        std::vector<Scalar> residuals((std::min)(batch, size - begin));
        compute_stream_.copy(residuals.data(), residuals_.data() + failed % group * batch,
                             residuals.size() * sizeof(Scalar));
        compute_stream_.wait();
        const auto bad =
            std::find_if(residuals.begin(), residuals.end(), [](Scalar r) { return !std::isfinite(r); });
        return begin + static_cast<std::size_t>(bad - residuals.begin());
    }

    /// Brings every row up to date. O(rows width).
    void settle() {
        check_whole();
        if constexpr (Optimizer::lazy) {
            if (timeline_.steps() == 0) return;
            drifts_.clear();
            drifts_.add(timeline_);
            auto& parcel = parcels_[0];
            const auto [tables, phases, memories] =
                parcel.send(copy_stream_, compute_stream_, drifts_.tables(), drift_tables::phases(timeline_),
                            drift_tables::memories(timeline_));
            const auto drifts = detail::view_drifts<Optimizer, Scalar>(timeline_, timeline_.steps(), 0,
                                                                       tables, phases, memories);
            for (table* t : {&users_, &items_})
                if (t->started)
                    compute_stream_.launch(t->rows.rows(),
                                           detail::settle_row<Scalar, Optimizer>{view(*t), drifts});
            parcel.record_use(compute_stream_);
            compute_stream_.wait();
        }
    }

private:
    template <class T>
    using buffer = detail::buffer<T, typename System::memory>;
    using timeline = typename Optimizer::template timeline<Scalar>;
    using update = std::remove_cvref_t<decltype(std::declval<const timeline&>().update())>;
    using drift_tables = detail::drift_tables<Optimizer, Scalar>;
    using sum_losses = detail::sum_losses<Scalar>;
    using step_view = detail::step_view<Scalar, Scorer, Optimizer, update>;

    /// A table's table_rules.
    struct rules {
        double lr_factor = 1;
        buffer<float> row_lr_factors; // [rows] or none
        Scalar l2 = 0;
        buffer<float> row_l2;  // [rows] or none
        buffer<Scalar> anchor; // [rows x pitch] or none
    };

    struct table {
        explicit table(store& s) : rows(s) {}

        store& rows;
        bool started = false;       // has moments
        buffer<std::uint32_t> last; // [rows]; lazy optimizers only
        buffer<Scalar> copies;
        rules obeyed;

        void make_room(std::size_t batch) { copies.reserve((std::min)(batch, rows.rows()) * rows.pitch()); }
    };

    [[nodiscard]] detail::table_view<Scalar> view(table& t) const {
        return {t.rows.device_to_write(),
                t.rows.stride(),
                t.rows.pitch(),
                dim(),
                t.last.data(),
                t.obeyed.lr_factor,
                t.obeyed.row_lr_factors.data(),
                t.obeyed.anchor.data(),
                t.obeyed.l2,
                t.obeyed.row_l2.data(),
                t.copies.data()};
    }
    [[nodiscard]] std::size_t dim() const { return width_ - (Scorer::has_biases ? 1 : 0); }
    void drop_moments() noexcept {
        users_.rows.drop_moments();
        items_.rows.drop_moments();
    }
    void check_whole() const {
        if (midst_of_step_)
            throw error(std::string(System::name) + ": the device failed in the midst of a step, so the rows "
                                                    "are those of no step; make the model anew");
    }

    /// Brings numbers of the host to a buffer.
    template <class T>
    void fill(buffer<T>& to, const std::vector<T>& from) {
        to.reserve(from.size());
        compute_stream_.copy(to.data(), from.data(), from.size() * sizeof(T));
        compute_stream_.wait();
    }

    [[nodiscard]] rules send(const table_rules& given, const store& rows) {
        rules sent;
        sent.lr_factor = given.lr_factor;
        sent.l2 = static_cast<Scalar>(given.l2.value_or(l2_));
        if (!given.row_lr_factors.empty()) fill(sent.row_lr_factors, given.row_lr_factors);
        if (!given.row_l2.empty()) fill(sent.row_l2, given.row_l2);
        if (given.anchor.size() == 0) return sent;
        std::vector<Scalar> anchor(rows.rows() * rows.pitch(), Scalar(0));
        for (Eigen::Index r = 0; r < given.anchor.rows(); ++r)
            for (Eigen::Index i = 0; i < given.anchor.cols(); ++i)
                anchor[static_cast<std::size_t>(r) * rows.pitch() + static_cast<std::size_t>(i)] =
                    static_cast<Scalar>(given.anchor(r, i));
        fill(sent.anchor, anchor);
        return sent;
    }

    /// What a table needs for rules that are to come: nothing that matters to those it has.
    void prepare(table& t, const rules& coming) {
        const bool starts = coming.lr_factor != 0 && !t.started;
        if (starts) {
            t.rows.set_moments(0); // those of a trainer that failed
            t.rows.set_moments(Optimizer::moments);
        }
        if constexpr (Optimizer::lazy) {
            // A row that was frozen until now has slept from the start, but no decay of AdamW's is due.
            constexpr bool decays = requires { Optimizer::weight_decay; };
            std::vector<std::uint32_t> last(t.rows.rows(), 0);
            if (!starts && t.last.data() != nullptr) {
                compute_stream_.copy(last.data(), t.last.data(), last.size() * sizeof(std::uint32_t));
                compute_stream_.wait();
            }
            if (decays)
                for (auto& step : last)
                    if (step == 0) step = timeline_.steps();
            if (starts || t.last.data() != nullptr) fill(t.last, last);
        }
        t.started = t.started || starts;
    }

    /// Steps whose ids are sorted at once and whose tables of drifts are sent at once: 65536 interactions, 8
    /// MB.
    [[nodiscard]] std::size_t steps_of_group(std::size_t batch) const {
        const std::size_t bytes = drift_tables::size(timeline_) * sizeof(detail::adam_drift<Scalar>);
        const std::size_t by_ids = (std::size_t{1} << 16U) / batch;
        const std::size_t by_tables = (std::size_t{1} << 23U) / (std::max)(bytes, std::size_t{1});
        return (std::max)(std::size_t{1}, (std::min)(by_ids, by_tables));
    }

    void run_group(detail::parcel<System>& parcel, std::span<const user_id> users,
                   std::span<const item_id> items, std::span<const float> targets, std::size_t first,
                   std::size_t batch, double lr) {
        const std::size_t size = users.size();
        const std::size_t steps = (size + batch - 1) / batch;
        const std::uint32_t now = timeline_.steps();
        drifts_.clear();
        updates_.clear();
        for (std::size_t step = 0; step < steps; ++step) {
            drifts_.add(timeline_);
            timeline_.begin(lr);
            updates_.push_back(timeline_.update());
            timeline_.commit();
        }
        const auto [user, item, target, tables, phases, memories] =
            parcel.send(copy_stream_, compute_stream_, users, items, targets, drifts_.tables(),
                        drift_tables::phases(timeline_), drift_tables::memories(timeline_));

        step_view s{};
        s.users = view(users_);
        s.items = view(items_);
        s.user_side = user_plan_.make(compute_stream_, user, size, batch);
        s.item_side = item_plan_.make(compute_stream_, item, size, batch);
        s.mean = mean_;
        s.targets = target;
        s.residuals = residuals_.data();
        s.failed = failed_.data();
        const std::size_t most_users = (std::min)(batch, users_.rows.rows());
        const std::size_t most_items = (std::min)(batch, items_.rows.rows());
        midst_of_step_ = true;
        for (std::size_t step = 0; step < steps; ++step) {
            s.drifts = detail::view_drifts<Optimizer, Scalar>(
                timeline_, now + static_cast<std::uint32_t>(step), step, tables, phases, memories);
            s.update = updates_[step];
            s.begin = static_cast<std::uint32_t>(step * batch);
            s.end = static_cast<std::uint32_t>((std::min)(size, (step + 1) * batch));
            s.step = static_cast<std::uint32_t>(first + step);
            compute_stream_.launch(most_users + most_items, detail::gather_rows<step_view>{s, most_users});
            compute_stream_.launch(most_users, detail::move_users<step_view>{s});
            compute_stream_.launch(most_items, detail::move_items<step_view>{s});
        }
        const std::size_t parts = sum_losses::parts(batch);
        compute_stream_.launch(steps * parts,
                               sum_losses{residuals_.data(), size, batch, loss_sums_.data() + first * parts});
        parcel.record_use(compute_stream_);
    }

    table users_;
    table items_;
    std::size_t width_;
    Scalar mean_;
    double l2_;
    timeline timeline_;
    bool midst_of_step_ = false; // or the device has failed in one
    typename System::stream compute_stream_;
    typename System::stream copy_stream_;
    detail::parcel<System> parcels_[2]; // one is filled while the other is worked on
    detail::side_plan<System> user_plan_;
    detail::side_plan<System> item_plan_;
    drift_tables drifts_;
    std::vector<update> updates_;
    buffer<Scalar> residuals_;     // of a group's places
    buffer<double> loss_sums_;     // of a run's steps
    buffer<std::uint32_t> failed_; // [1] a flag
};

} // namespace graft
