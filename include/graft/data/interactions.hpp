#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/detail/id_text.hpp>
#include <graft/data/id_map.hpp>

namespace graft::inline v0_1 {

/// Who met what: one user, item and value (a rating, or 1) per entry, in the order of the source, and the id
/// maps that name the rows. Copies, parts of a split and selections share the maps. Const members may be
/// called from several threads at once, and nothing else beside them.
class interactions {
public:
    interactions() = default;

    /// For a host with dense ids of its own; the id of a row is its number. users, items, values: [size];
    /// times: [size] or none. A pair may occur more than once. Throws argument_error, naming the position,
    /// for an id outside the tables or a value that is not finite.
    [[nodiscard]] static interactions from_rows(std::span<const user_id> users,
                                                std::span<const item_id> items, std::span<const float> values,
                                                std::size_t num_users, std::size_t num_items,
                                                std::span<const std::int64_t> times = {}) {
        return from_columns({users.begin(), users.end()}, {items.begin(), items.end()},
                            {values.begin(), values.end()}, {times.begin(), times.end()},
                            std::make_shared<const id_map>(id_map::numbered(num_users)),
                            std::make_shared<const id_map>(id_map::numbered(num_items)));
    }

    /// As from_rows, with the ids of the rows: users and items must lie below the sizes of the maps, which
    /// must not be null.
    [[nodiscard]] static interactions from_columns(std::vector<user_id> users, std::vector<item_id> items,
                                                   std::vector<float> values, std::vector<std::int64_t> times,
                                                   std::shared_ptr<const id_map> user_ids,
                                                   std::shared_ptr<const id_map> item_ids) {
        if (!user_ids || !item_ids) throw argument_error("interactions: an id map is missing (null)");
        const std::size_t size = values.size();
        if (users.size() != size || items.size() != size || (!times.empty() && times.size() != size))
            throw argument_error(
                "interactions: the columns differ in length: " + std::to_string(users.size()) + " users, " +
                std::to_string(items.size()) + " items, " + std::to_string(size) + " values, " +
                std::to_string(times.size()) + " times");
        for (std::size_t position = 0; position < size; ++position) {
            if (row_of(users[position]) >= user_ids->size())
                out_of_range("user", position, row_of(users[position]), user_ids->size());
            if (row_of(items[position]) >= item_ids->size())
                out_of_range("item", position, row_of(items[position]), item_ids->size());
            check_finite(position, values[position]);
        }
        interactions result;
        result.users_ = std::move(users);
        result.items_ = std::move(items);
        result.values_ = std::move(values);
        result.times_ = std::move(times);
        result.user_ids_ = std::move(user_ids);
        result.item_ids_ = std::move(item_ids);
        return result;
    }

    [[nodiscard]] std::span<const user_id> users() const noexcept { return users_; } ///< [size]
    [[nodiscard]] std::span<const item_id> items() const noexcept { return items_; } ///< [size]
    [[nodiscard]] std::span<const float> values() const noexcept { return values_; } ///< [size], all finite
    /// [size], in the unit of the source (mostly seconds since 1970), or none.
    [[nodiscard]] std::span<const std::int64_t> times() const noexcept { return times_; }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] bool empty() const noexcept { return values_.empty(); }

    /// Rows of the tables, also where not every row has an entry here: all parts of a split agree.
    [[nodiscard]] std::size_t num_users() const noexcept { return user_ids().size(); }
    [[nodiscard]] std::size_t num_items() const noexcept { return item_ids().size(); }

    [[nodiscard]] const id_map& user_ids() const noexcept { return user_ids_ ? *user_ids_ : *no_ids(); }
    [[nodiscard]] const id_map& item_ids() const noexcept { return item_ids_ ? *item_ids_ : *no_ids(); }
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_user_ids() const noexcept {
        return user_ids_ ? user_ids_ : no_ids();
    }
    [[nodiscard]] const std::shared_ptr<const id_map>& shared_item_ids() const noexcept {
        return item_ids_ ? item_ids_ : no_ids();
    }

    /// The row of an id, given as text or as a whole number. Throws argument_error if it is unknown.
    [[nodiscard]] user_id user(const id_like auto& id) const {
        return static_cast<user_id>(known("user", user_ids(), detail::id_text(id)));
    }
    [[nodiscard]] item_id item(const id_like auto& id) const {
        return static_cast<item_id>(known("item", item_ids(), detail::id_text(id)));
    }

    /// The id of a row, valid as long as any copy or part of these interactions. Throws argument_error
    /// outside the table.
    [[nodiscard]] std::string_view id_of(user_id user) const { return user_ids().id(row_of(user)); }
    [[nodiscard]] std::string_view id_of(item_id item) const { return item_ids().id(row_of(item)); }

    /// Mean of the values. These three throw argument_error if there are no entries.
    [[nodiscard]] double mean() const {
        check_any("mean");
        double sum = 0;
        for (const float value : values_) sum += static_cast<double>(value);
        return sum / static_cast<double>(size());
    }
    [[nodiscard]] float min() const {
        check_any("min");
        return *std::min_element(values_.begin(), values_.end());
    }
    [[nodiscard]] float max() const {
        check_any("max");
        return *std::max_element(values_.begin(), values_.end());
    }

    /// The entries at these positions, in their order, with the same maps. Throws argument_error for a
    /// position that does not exist.
    [[nodiscard]] interactions select(std::span<const std::size_t> positions) const {
        interactions part;
        part.user_ids_ = shared_user_ids();
        part.item_ids_ = shared_item_ids();
        part.users_.reserve(positions.size());
        part.items_.reserve(positions.size());
        part.values_.reserve(positions.size());
        if (!times_.empty()) part.times_.reserve(positions.size());
        for (const std::size_t position : positions) {
            if (position >= size())
                throw argument_error("interactions: position " + std::to_string(position) +
                                     " was selected; there are " + std::to_string(size()) + " entries");
            part.users_.push_back(users_[position]);
            part.items_.push_back(items_[position]);
            part.values_.push_back(values_[position]);
            if (!times_.empty()) part.times_.push_back(times_[position]);
        }
        return part;
    }

private:
    friend class interactions_builder;

    /// The ids of interactions that were moved from: none, as in new ones.
    static const std::shared_ptr<const id_map>& no_ids() noexcept {
        static const auto none = std::make_shared<const id_map>();
        return none;
    }

    static void check_finite(std::size_t position, float value) {
        if (!std::isfinite(value))
            throw argument_error("interactions: the value at position " + std::to_string(position) + " is " +
                                 (std::isnan(value) ? "not a number (NaN)" : "infinite"));
    }
    [[noreturn]] static void out_of_range(const std::string& what, std::size_t position, std::size_t row,
                                          std::size_t rows) {
        throw argument_error("interactions: " + what + " " + std::to_string(row) + " at position " +
                             std::to_string(position) + " is outside the table of " + std::to_string(rows) +
                             " " + what + "s");
    }
    static std::size_t known(const std::string& what, const id_map& ids, std::string_view id) {
        const auto row = ids.find(id);
        if (!row)
            throw argument_error("interactions: " + what + " " + detail::quote(id) +
                                 " is unknown: it is none of the " + std::to_string(ids.size()) + " " + what +
                                 "s of the source");
        return *row;
    }
    void check_any(const std::string& what) const {
        if (empty()) throw argument_error("interactions: " + what + " of no entries was asked for");
    }

    std::vector<user_id> users_;
    std::vector<item_id> items_;
    std::vector<float> values_;
    std::vector<std::int64_t> times_;
    std::shared_ptr<const id_map> user_ids_; // null: none
    std::shared_ptr<const id_map> item_ids_;
};

} // namespace graft::inline v0_1
