#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/backend/detail/row_rules.hpp>
#include <graft/backend/device/buffer.hpp>
#include <graft/backend/device/catch_up_tables.hpp>
#include <graft/backend/device/flag.hpp>
#include <graft/backend/device/parcel.hpp>
#include <graft/backend/device/plan.hpp>
#include <graft/backend/device/step.hpp>
#include <graft/backend/device/store.hpp>
#include <graft/backend/device/system.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/loss/loss.hpp>
#include <graft/optim/table_rules.hpp>

namespace graft::inline v0_1 {

/// A training_engine on two tables of a device, with the steps of cpu_engine. The host works ahead of the
/// device: while the device runs a group of steps, it sends the ids, targets and coefficients of the next
/// group. It waits only for the losses at the end.
template <class Scalar, class Scorer, class Optimizer, class Loss, device_system System>
class device_engine {
public:
    using store = device_store<Scalar, System>;

    device_engine(store& users, store& items, Scalar mean, const Optimizer& o, const Loss& loss,
                  const engine_options& options, const table_rules& user_rules, const table_rules& item_rules)
        : users_(users), items_(items), width_(users.width()), mean_(mean), loss_(loss), l2_(options.l2),
          group_size_(options.group_size), timeline_(o) {
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

    void set_rules(const table_rules& user_rules, const table_rules& item_rules) {
        settle();
        device_rules for_users = send(user_rules, users_.rows);
        device_rules for_items = send(item_rules, items_.rows);
        prepare(users_, for_users);
        prepare(items_, for_items);
        users_.rules = std::move(for_users);
        items_.rules = std::move(for_items);
    }

    /// Throws graft::error if the device fails. If it fails in the midst of a step, the engine cannot be used
    /// any more.
    std::optional<std::size_t> run(const training_data& data, std::size_t batch, double lr,
                                   std::span<double> losses) {
        check_whole();
        const std::size_t size = data.users.size();
        const std::size_t steps = (size + batch - 1) / batch;
        const std::size_t group = (std::min)(steps, steps_of_group(batch));
        values_.reserve((std::min)(size, group * batch));
        gradients_.reserve((std::min)(size, group * batch));
        const std::size_t parts = sum_losses::parts(batch);
        loss_sums_.reserve(steps * parts);
        failed_.reserve(1);
        users_.reserve_copies((std::min)(batch, size));
        items_.reserve_copies((std::min)(batch, size));
        std::vector<double> loss_sums(steps * parts);
        std::uint32_t flag = 0;
        compute_stream_.clear(failed_.data(), sizeof flag);

        const auto before = timeline_;
        try {
            for (std::size_t first = 0; first < steps; first += group) {
                const std::size_t begin = first * batch;
                const std::size_t count = (std::min)(group * batch, size - begin);
                run_group(parcels_[first / group % 2],
                          {data.users.subspan(begin, count), data.items.subspan(begin, count),
                           data.targets.subspan(begin, count), detail::some_of(data.weights, begin, count)},
                          first, batch, lr);
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
                           static_cast<double>((std::min)(batch, size - step * batch) / group_size());
        }
        if (failed == detail::no_step) return std::nullopt;

        timeline_ = before;
        count_steps(lr, std::size_t{failed} + 1); // users moved in the last one, too
        const std::size_t begin = failed * batch;
        const std::size_t count = (std::min)(batch, size - begin);
        const std::size_t at = failed % group * batch;
        std::vector<Scalar> values(count);
        std::vector<Scalar> gradients(count);
        compute_stream_.copy(values.data(), values_.data() + at, count * sizeof(Scalar));
        compute_stream_.copy(gradients.data(), gradients_.data() + at, count * sizeof(Scalar));
        compute_stream_.wait();
        std::size_t bad = 0;
        while (bad + 1 < count && std::isfinite(values[bad]) && std::isfinite(gradients[bad])) ++bad;
        return begin + bad;
    }

    [[nodiscard]] training_rows rows_of(table_side side) const {
        const table& t = side == table_side::users ? users_ : items_;
        return {t.rows.rows(), t.rows.stride() / t.rows.pitch(), t.rows.width(),
                Optimizer::lazy && t.started};
    }
    void read_rows(table_side side, std::size_t first, std::span<Scalar> values,
                   std::span<std::uint32_t> last) {
        check_whole();
        const auto shape = rows_of(side);
        const table& t = table_of(side);
        compute_stream_.copy_rows(values.data(), shape.width * sizeof(Scalar),
                                  t.rows.device() + first * t.rows.stride(), t.rows.pitch() * sizeof(Scalar),
                                  shape.width * sizeof(Scalar), values.size() / shape.width);
        if (!last.empty()) compute_stream_.copy(last.data(), t.last.data() + first, last.size_bytes());
        compute_stream_.wait();
    }
    void write_rows(table_side side, std::size_t first, std::span<const Scalar> values,
                    std::span<const std::uint32_t> last) {
        check_whole();
        const auto shape = rows_of(side);
        table& t = table_of(side);
        compute_stream_.copy_rows(t.rows.device_to_write() + first * t.rows.stride(),
                                  t.rows.pitch() * sizeof(Scalar), values.data(),
                                  shape.width * sizeof(Scalar), shape.width * sizeof(Scalar),
                                  values.size() / shape.width);
        if (!last.empty()) compute_stream_.copy(t.last.data() + first, last.data(), last.size_bytes());
        compute_stream_.wait();
    }
    void count_steps(double lr, std::size_t steps) {
        for (std::size_t step = 0; step < steps; ++step) {
            timeline_.begin(lr);
            timeline_.commit();
        }
    }

    void settle() {
        check_whole();
        if constexpr (Optimizer::lazy) {
            if (timeline_.steps() == 0) return;
            catch_ups_.clear();
            catch_ups_.add(timeline_);
            auto& parcel = parcels_[0];
            const auto there = std::apply(
                [&](auto... pieces) { return parcel.send(copy_stream_, compute_stream_, pieces...); },
                catch_ups_.pieces(timeline_));
            const auto catch_ups = catch_up_tables::view(timeline_, timeline_.steps(), 0, there);
            for (table* t : {&users_, &items_})
                if (t->started)
                    compute_stream_.launch(t->rows.rows(),
                                           detail::settle_row<Scalar, Optimizer>{view(*t), catch_ups});
            parcel.record_use(compute_stream_);
            compute_stream_.wait();
        }
    }

private:
    template <class T>
    using buffer = detail::buffer<T, typename System::memory>;
    using timeline = typename Optimizer::template timeline<Scalar>;
    using update = std::remove_cvref_t<decltype(std::declval<const timeline&>().update())>;
    using catch_up_tables = detail::catch_up_tables<Optimizer, Scalar>;
    using sum_losses = detail::sum_losses<Scalar>;
    using step_view = detail::step_view<Scalar, Scorer, Optimizer, update>;

    /// The rules of a table, with their arrays on the device.
    struct device_rules {
        buffer<float> row_lr_factors; // [rows] or none
        buffer<float> row_l2;         // [rows] or none
        buffer<Scalar> anchor;        // [rows x pitch] or none
        detail::row_rules<Scalar> view;
    };

    struct table {
        explicit table(store& s) : rows(s) {}

        store& rows;
        bool started = false;       // has moments
        buffer<std::uint32_t> last; // [rows]; lazy optimizers only
        buffer<Scalar> copies;
        device_rules rules;

        void reserve_copies(std::size_t batch) {
            copies.reserve((std::min)(batch, rows.rows()) * rows.pitch());
        }
    };

    [[nodiscard]] table& table_of(table_side side) { return side == table_side::users ? users_ : items_; }
    [[nodiscard]] detail::table_view<Scalar> view(table& t) const {
        return {t.rows.device_to_write(), t.rows.stride(), t.rows.pitch(), dim(), t.last.data(), t.rules.view,
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

    /// Copies values of the host to a buffer. Returns where they are; nullptr if there are none.
    template <class T>
    const T* fill(buffer<T>& to, const std::vector<T>& from) {
        if (from.empty()) return nullptr;
        to.reserve(from.size());
        compute_stream_.copy(to.data(), from.data(), from.size() * sizeof(T));
        compute_stream_.wait();
        return to.data();
    }

    [[nodiscard]] device_rules send(const table_rules& given, const store& rows) {
        const detail::row_rules_data<Scalar> here(given, l2_, rows.rows(), rows.pitch());
        device_rules there;
        there.view = here.view();
        there.view.row_lr_factors = fill(there.row_lr_factors, here.row_lr_factors);
        there.view.row_l2 = fill(there.row_l2, here.row_l2);
        there.view.anchor = fill(there.anchor, here.anchor);
        return there;
    }

    /// Prepares a table for the rules that will be set next. Training by the present rules does not change.
    void prepare(table& t, const device_rules& coming) {
        const bool starts = coming.view.lr_factor != 0 && !t.started;
        if (starts) {
            t.rows.set_moments(0); // drops those that a failed trainer left
            t.rows.set_moments(Optimizer::moments);
        }
        if constexpr (Optimizer::lazy) {
            std::vector<std::uint32_t> last(t.rows.rows(), 0);
            if (!starts && t.last.data() != nullptr) {
                compute_stream_.copy(last.data(), t.last.data(), last.size() * sizeof(std::uint32_t));
                compute_stream_.wait();
            }
            for (auto& step : last) step = detail::last_with_new_rules<Optimizer>(step, timeline_.steps());
            if (starts || t.last.data() != nullptr) fill(t.last, last);
        }
        t.started = t.started || starts;
    }

    /// Steps whose ids are sorted together and whose coefficients are sent together: up to 65536 interactions
    /// and 8 MB of coefficients, but at least one step.
    [[nodiscard]] std::size_t steps_of_group(std::size_t batch) const {
        const std::size_t bytes = catch_up_tables::bytes(timeline_);
        const std::size_t by_ids = (std::size_t{1} << 16U) / batch;
        const std::size_t by_tables = (std::size_t{1} << 23U) / (std::max)(bytes, std::size_t{1});
        return (std::max)(std::size_t{1}, (std::min)(by_ids, by_tables));
    }

    [[nodiscard]] std::size_t group_size() const noexcept { return pointwise_loss<Loss> ? 1 : group_size_; }

    void run_group(detail::parcel<System>& parcel, const training_data& data, std::size_t first,
                   std::size_t batch, double lr) {
        const std::size_t size = data.users.size();
        const std::size_t steps = (size + batch - 1) / batch;
        const std::uint32_t now = timeline_.steps();
        catch_ups_.clear();
        updates_.clear();
        for (std::size_t step = 0; step < steps; ++step) {
            catch_ups_.add(timeline_);
            timeline_.begin(lr);
            updates_.push_back(timeline_.update());
            timeline_.commit();
        }
        const auto send = [&](auto... pieces) {
            return parcel.send(copy_stream_, compute_stream_, pieces...);
        };
        const auto there =
            std::apply(send, std::tuple_cat(std::tuple(data.users, data.items, data.targets, data.weights),
                                            catch_ups_.pieces(timeline_)));
        const auto tables = std::apply(
            [](auto, auto, auto, auto, auto... catch_ups) { return std::tuple(catch_ups...); }, there);

        step_view s{};
        s.users = view(users_);
        s.items = view(items_);
        s.user_side = user_plan_.make(compute_stream_, std::get<0>(there), size, batch);
        s.item_side = item_plan_.make(compute_stream_, std::get<1>(there), size, batch);
        s.mean = mean_;
        s.group_size = static_cast<std::uint32_t>(group_size());
        s.targets = std::get<2>(there);
        s.weights = std::get<3>(there);
        s.values = values_.data();
        s.gradients = gradients_.data();
        s.failed = failed_.data();
        const std::size_t most_users = (std::min)(batch, users_.rows.rows());
        const std::size_t most_items = (std::min)(batch, items_.rows.rows());
        midst_of_step_ = true;
        for (std::size_t step = 0; step < steps; ++step) {
            s.catch_ups =
                catch_up_tables::view(timeline_, now + static_cast<std::uint32_t>(step), step, tables);
            s.update = updates_[step];
            s.begin = static_cast<std::uint32_t>(step * batch);
            s.end = static_cast<std::uint32_t>((std::min)(size, (step + 1) * batch));
            s.step = static_cast<std::uint32_t>(first + step);
            compute_stream_.launch(most_users + most_items, detail::gather_rows<step_view>{s, most_users});
            compute_stream_.launch(most_users, detail::move_users<step_view, Loss>{s, loss_});
            compute_stream_.launch(most_items, detail::move_items<step_view>{s});
        }
        const std::size_t parts = sum_losses::parts(batch);
        compute_stream_.launch(steps * parts,
                               sum_losses{values_.data(), size, batch, loss_sums_.data() + first * parts});
        parcel.record_use(compute_stream_);
    }

    table users_;
    table items_;
    std::size_t width_;
    Scalar mean_;
    Loss loss_;
    double l2_;
    std::size_t group_size_;
    timeline timeline_;
    bool midst_of_step_ = false; // a step runs, or the device has failed in one
    typename System::stream compute_stream_;
    typename System::stream copy_stream_;
    detail::parcel<System> parcels_[2]; // one is filled while the other is worked on
    detail::side_plan<System> user_plan_;
    detail::side_plan<System> item_plan_;
    catch_up_tables catch_ups_;
    std::vector<update> updates_;
    buffer<Scalar> values_;        // [places of a group of steps]
    buffer<Scalar> gradients_;     // likewise
    buffer<double> loss_sums_;     // of a run's steps
    buffer<std::uint32_t> failed_; // [1] a flag
};

} // namespace graft::inline v0_1
