#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/packed_rows.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/cpu/top_rows.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/id_text.hpp>
#include <graft/data/detail/known_row.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/same_rows.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/mapped_file.hpp>
#include <graft/model/detail/model_layout.hpp>

namespace graft::inline v0_1 {

/// A model that stays in its file, to be read only: it is ready when the header is read, whatever its size,
/// and programs that have the same file share its memory. Scores have the bits of the loaded model's on a
/// CPU. Only the header is checked (check_model_file reads all): a damaged number or id gives a wrong answer,
/// and nothing worse. The file must not shrink meanwhile; replace it by renaming, as `save` does. Copies share
/// the file. Const members may be called from several threads at once.
template <std::floating_point Scalar, class Scorer = dot>
class mapped_recommender {
    static_assert(scorer<Scorer>, "mapped_recommender: Scorer must be graft::dot or graft::biased");

public:
    using scalar = Scalar;
    using scorer_type = Scorer;
    using row_view_type = Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>;

    /// Throws as `load`, and format_error for a file whose tensors do not lie at multiples of their size.
    explicit mapped_recommender(const std::filesystem::path& path)
        : file_(std::make_shared<const detail::mapped_file>(path)) {
        open(file_->bytes(), path.string());
    }
    /// The same of a file's bytes, which must outlive all copies. name: for messages.
    mapped_recommender(std::string_view bytes, const std::string& name) { open(bytes, name); }

    [[nodiscard]] std::size_t num_users() const noexcept { return users_.rows; }
    [[nodiscard]] std::size_t num_items() const noexcept { return items_.rows; }
    [[nodiscard]] std::size_t dim() const noexcept { return dim_; }
    [[nodiscard]] bool has_mean() const noexcept { return mean_.has_value(); }
    [[nodiscard]] Scalar mean() const noexcept { return mean_.value_or(Scalar(0)); }

    /// The factors of a row, [dim]. Throws argument_error for an id outside of the table.
    [[nodiscard]] row_view_type row(user_id user) const { return row_in(users_, "user", row_of(user)); }
    [[nodiscard]] row_view_type row(item_id item) const { return row_in(items_, "item", row_of(item)); }

    /// All rows in memory.
    [[nodiscard]] row_view<Scalar> user_rows() const noexcept {
        return {users_.factors, users_.rows, dim_, users_.biases};
    }
    [[nodiscard]] row_view<Scalar> item_rows() const noexcept {
        return {items_.factors, items_.rows, dim_, items_.biases};
    }

    /// Rows that have ids: all, the first ones, or none.
    [[nodiscard]] std::size_t num_user_ids() const noexcept { return users_.ids.size(); }
    [[nodiscard]] std::size_t num_item_ids() const noexcept { return items_.ids.size(); }
    /// The row of an id, given as text or as a whole number. O(log ids). Throws argument_error if it is unknown.
    [[nodiscard]] user_id user(const id_like auto& id) const {
        return user_id{known(users_, "user", detail::id_text(id))};
    }
    [[nodiscard]] item_id item(const id_like auto& id) const {
        return item_id{known(items_, "item", detail::id_text(id))};
    }
    /// The id of a row, valid as long as the file. Throws argument_error for a row that has none.
    [[nodiscard]] std::string_view id_of(user_id user) const { return id_in(users_, "user", row_of(user)); }
    [[nodiscard]] std::string_view id_of(item_id item) const { return id_in(items_, "item", row_of(item)); }

    /// These as recommender's.
    [[nodiscard]] Scalar score(user_id user, item_id item) const {
        check("user", row_of(user), num_users());
        check("item", row_of(item), num_items());
        return score_of(row_of(user), row_of(item));
    }
    [[nodiscard]] Eigen::Matrix<Scalar, Eigen::Dynamic, 1> score(std::span<const user_id> users,
                                                                 std::span<const item_id> items) const {
        if (users.size() != items.size())
            throw argument_error(detail::message("mapped_recommender: ", users.size(),
                                                 " users do not pair with ", items.size(), " items"));
        Eigen::Matrix<Scalar, Eigen::Dynamic, 1> scores(static_cast<Eigen::Index>(users.size()));
        for (std::size_t k = 0; k < users.size(); ++k)
            scores[static_cast<Eigen::Index>(k)] = score(users[k], items[k]);
        return scores;
    }
    void score_all(user_id user, std::span<Scalar> scores) const { score_all(std::span(&user, 1), scores); }
    void score_all(std::span<const user_id> users, std::span<Scalar> scores) const {
        check("user", users, num_users());
        if (scores.size() != users.size() * num_items())
            throw argument_error("mapped_recommender: scores has not one place per user and item");
        const copied_rows rows(*this, users);
        detail::score_matrix<Scorer, Scalar>(rows.starts, item_rows(), dim_, mean(), scores.data());
    }
    template <class Wanted>
    [[nodiscard]] recommendations<Scalar> top_k(std::span<const user_id> users,
                                                const list_query<Wanted>& query) const {
        check("user", users, num_users());
        check_query(query);
        const copied_rows rows(*this, users);
        return detail::top_rows<Scorer, Scalar>(rows.starts, item_rows(), dim_, mean(), query);
    }
    template <class Wanted>
    [[nodiscard]] recommendations<Scalar> top_k_of_rows(std::span<const Scalar> rows,
                                                        const list_query<Wanted>& query) const {
        if (rows.size() % width() != 0)
            throw argument_error(detail::message("mapped_recommender: ", rows.size(),
                                                 " numbers do not fill rows of ", width()));
        check_query(query);
        return detail::top_rows<Scorer, Scalar>(rows, width(), item_rows(), dim_, mean(), query);
    }

    /// For detail::check_same_rows: throws argument_error where a map names a row otherwise than the file.
    /// O(ids) for a map that was not the last one to be looked at.
    void check_rows(const char* call, const char* in_this, const std::shared_ptr<const id_map>& users,
                    const std::shared_ptr<const id_map>& items, const char* in_maps,
                    const char* remedy) const {
        const auto check_side = [&](const side& here, const char* what, const auto& ids,
                                    std::weak_ptr<const id_map>& last) {
            if (!ids) return;
            const std::lock_guard lock(seen_->mutex);
            if (!last.owner_before(ids) && !ids.owner_before(last)) return;
            const std::size_t most = (std::min)(here.ids.size(), ids->size());
            for (std::size_t row = 0; row < most; ++row)
                if (here.ids.view(row) != ids->id(row))
                    detail::fail_as_renamed(call, what, row, here.ids.view(row), in_this, ids->id(row),
                                            in_maps, remedy);
            last = ids;
        };
        check_side(users_, "user", users, seen_->users);
        check_side(items_, "item", items, seen_->items);
    }

private:
    struct side {
        std::size_t rows = 0;
        const Scalar* factors = nullptr; // [rows x dim]
        const Scalar* biases = nullptr;  // [rows]
        detail::file_ids ids;
    };
    /// The maps that were last found to have the file's names.
    struct seen {
        std::mutex mutex;
        std::weak_ptr<const id_map> users, items;
    };

    void open(std::string_view bytes, const std::string& name) {
        const auto layout = detail::model_layout_reader(bytes, name).read();
        detail::check_model_type<Scalar, Scorer>("map_model", layout, name);
        const auto place = [&](std::string_view tensor) {
            if (reinterpret_cast<std::uintptr_t>(tensor.data()) % alignof(Scalar) != 0)
                detail::fail_at(
                    name, {false, 0},
                    "a tensor does not lie at a multiple of its numbers' size; load the model and save it "
                    "again");
            return reinterpret_cast<const Scalar*>(tensor.data());
        };
        const auto take = [&](const detail::model_layout::side& from) {
            return side{from.rows, place(from.factors), Scorer::has_biases ? place(from.biases) : nullptr,
                        from.ids};
        };
        dim_ = layout.dim;
        users_ = take(layout.users);
        items_ = take(layout.items);
        if (layout.mean.empty()) return;
        Scalar mean;
        std::memcpy(&mean, layout.mean.data(), sizeof mean);
        mean_ = mean;
    }

    /// Rows of users, [factors | bias], which stand apart in the file.
    struct copied_rows {
        copied_rows(const mapped_recommender& model, std::span<const user_id> users)
            : numbers(users.size() * model.width()), starts(users.size()) {
            for (std::size_t i = 0; i < users.size(); ++i) {
                Scalar* const to = numbers.data() + i * model.width();
                std::copy_n(model.users_.factors + row_of(users[i]) * model.dim_, model.dim_, to);
                if constexpr (Scorer::has_biases) to[model.dim_] = model.users_.biases[row_of(users[i])];
                starts[i] = to;
            }
        }
        std::vector<Scalar> numbers;
        std::vector<const Scalar*> starts;
    };

    [[nodiscard]] std::size_t width() const noexcept { return dim_ + (Scorer::has_biases ? 1 : 0); }

    template <class Id>
    static void check(const char* what, std::span<Id> ids, std::size_t rows) {
        for (const Id id : ids) check(what, row_of(id), rows);
    }
    template <class Wanted>
    void check_query(const list_query<Wanted>& query) const {
        thread_pool::check(query.threads);
        if (query.among) check("item", *query.among, num_items());
    }
    static void check(const char* what, std::size_t row, std::size_t rows) {
        if (row >= rows)
            throw argument_error(detail::message("mapped_recommender: ", what, " ", row,
                                                 " is not among the model's ", rows, " rows"));
    }
    [[nodiscard]] row_view_type row_in(const side& table, const char* what, std::size_t row) const {
        check(what, row, table.rows);
        return row_view_type(table.factors + row * dim_, static_cast<Eigen::Index>(dim_));
    }
    [[nodiscard]] static std::string_view id_in(const side& table, const char* what, std::size_t row) {
        if (row >= table.ids.size())
            throw argument_error(detail::message("mapped_recommender: ", what, " row ", row,
                                                 " has no id; the file has ", table.ids.size()));
        return table.ids.view(row);
    }
    [[nodiscard]] static std::uint32_t known(const side& table, const char* what, std::string_view id) {
        const std::size_t row = table.ids.find(id);
        return detail::known_row("mapped_recommender", what, id,
                                 row < table.ids.size() ? std::optional(row) : std::nullopt,
                                 table.ids.size());
    }
    [[nodiscard]] Scalar score_of(std::size_t user, std::size_t item) const {
        const Scalar* const factors = items_.factors + item * dim_;
        Scalar term = 0;
        if constexpr (Scorer::has_biases) term = mean() + users_.biases[user];
        return detail::score_of<Scorer>(
            detail::score_product(users_.factors + user * dim_, factors, dim_), term,
            detail::item_term<Scorer>(factors, dim_, item_rows().bias(item, dim_)));
    }

    std::shared_ptr<const detail::mapped_file> file_; // or null: the bytes are the caller's
    std::size_t dim_ = 0;
    side users_, items_;
    std::optional<Scalar> mean_;
    std::shared_ptr<seen> seen_ = std::make_shared<seen>();
};

/// map_model<float>(path), or map_model<float, biased>(path): the model of a file that `save` wrote, without
/// loading it.
template <std::floating_point Scalar, class Scorer = dot>
[[nodiscard]] mapped_recommender<Scalar, Scorer> map_model(const std::filesystem::path& path) {
    return mapped_recommender<Scalar, Scorer>(path);
}

} // namespace graft::inline v0_1
