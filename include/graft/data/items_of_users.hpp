#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>

namespace graft::inline v0_1 {

/// The items that each user has interactions with, ascending and each once.
class items_of_users {
public:
    /// O(interactions log(interactions per user)).
    explicit items_of_users(const interactions& data) : items_of_users({&data}) {}
    /// Those of several data together, which have the same rows.
    items_of_users(std::initializer_list<const interactions*> all) {
        std::size_t users = 0;
        std::size_t size = 0;
        for (const auto* data : all) {
            users = (std::max)(users, data->num_users());
            size += data->size();
        }
        begin_.assign(users + 1, 0);
        items_.resize(size);
        for (const auto* data : all)
            for (const user_id user : data->users()) ++begin_[row_of(user) + 1];
        for (std::size_t u = 1; u < begin_.size(); ++u) begin_[u] += begin_[u - 1];
        std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
        for (const auto* data : all)
            for (std::size_t k = 0; k < data->size(); ++k)
                items_[next[row_of(data->users()[k])]++] = data->items()[k];
        std::size_t kept = 0;
        for (std::size_t u = 0; u < users; ++u) {
            const std::span own(items_.data() + begin_[u], begin_[u + 1] - begin_[u]);
            std::sort(own.begin(), own.end());
            const auto end = std::unique(own.begin(), own.end());
            begin_[u] = kept;
            kept += static_cast<std::size_t>(
                std::copy(own.begin(), end, items_.begin() + static_cast<std::ptrdiff_t>(kept)) -
                (items_.begin() + static_cast<std::ptrdiff_t>(kept)));
        }
        begin_[users] = kept;
        items_.resize(kept);
    }

    [[nodiscard]] std::size_t num_users() const noexcept { return begin_.size() - 1; }

    /// None for a user beyond the data's rows.
    [[nodiscard]] std::span<const item_id> operator[](user_id user) const noexcept {
        const std::size_t u = row_of(user);
        if (u >= num_users()) return {};
        return std::span(items_).subspan(begin_[u], begin_[u + 1] - begin_[u]);
    }
    /// O(log of the user's items).
    [[nodiscard]] bool has(user_id user, item_id item) const noexcept {
        const auto own = (*this)[user];
        return std::binary_search(own.begin(), own.end(), item);
    }

private:
    std::vector<std::size_t> begin_; // [users + 1] into items_
    std::vector<item_id> items_;
};

} // namespace graft::inline v0_1
