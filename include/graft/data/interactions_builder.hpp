#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/detail/id_rows.hpp>
#include <graft/data/detail/id_text.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/row_ids.hpp>

namespace graft::inline v0_1 {

/// Takes interactions one by one, with ids of any kind, and numbers users and items as they appear.
class interactions_builder {
public:
    interactions_builder() = default;
    /// Goes on from the rows of a model or of interactions: known ids keep theirs.
    explicit interactions_builder(row_ids rows_of)
        : rows_of_(std::move(rows_of)), user_ids_(rows_of_.users), item_ids_(rows_of_.items) {}

    /// Throws argument_error for an empty id, a value that is not finite, or an entry without a time among
    /// entries with one; the builder then stays as it was.
    template <id_like User, id_like Item>
    interactions_builder& add(const User& user, const Item& item, float value = 1) {
        insert(detail::id_text(user), detail::id_text(item), value, nullptr);
        return *this;
    }
    template <id_like User, id_like Item>
    interactions_builder& add(const User& user, const Item& item, float value, std::int64_t time) {
        insert(detail::id_text(user), detail::id_text(item), value, &time);
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

    /// Hands over what was added and starts again as it began. Throws argument_error, naming both positions,
    /// if a pair repeats and the policy is duplicates::error.
    [[nodiscard]] interactions build(duplicates policy = duplicates::error) {
        interactions all;
        all.users_ = std::exchange(users_, {});
        all.items_ = std::exchange(items_, {});
        all.values_ = std::exchange(values_, {});
        all.times_ = std::exchange(times_, {});
        all.user_ids_ = std::exchange(user_ids_, detail::id_rows(rows_of_.users)).finish();
        all.item_ids_ = std::exchange(item_ids_, detail::id_rows(rows_of_.items)).finish();
        return policy == duplicates::keep_all ? all : resolve_duplicates(all, policy);
    }

private:
    void insert(std::string_view user, std::string_view item, float value, const std::int64_t* time) {
        interactions::check_finite(size(), value);
        if (user.empty() || item.empty())
            throw argument_error("interactions: the " + std::string(user.empty() ? "user" : "item") +
                                 " id at position " + std::to_string(size()) + " is empty");
        if (size() > 0 && (time == nullptr) != times_.empty())
            throw argument_error("interactions: the entry at position " + std::to_string(size()) +
                                 (time == nullptr ? " has no time, but those before it have one"
                                                  : " has a time, but those before it have none"));
        users_.push_back(static_cast<user_id>(user_ids_.insert(user)));
        items_.push_back(static_cast<item_id>(item_ids_.insert(item)));
        values_.push_back(value);
        if (time != nullptr) times_.push_back(*time);
    }

    std::vector<user_id> users_;
    std::vector<item_id> items_;
    std::vector<float> values_;
    std::vector<std::int64_t> times_;
    row_ids rows_of_;
    detail::id_rows user_ids_;
    detail::id_rows item_ids_;
};

/// Interactions with the value 1 from (user, item) pairs, a range of std::pair or std::tuple with ids of any
/// kind. Throws as interactions_builder does.
template <class Pairs>
requires requires(Pairs& pairs) { std::begin(pairs) != std::end(pairs); }
[[nodiscard]] interactions make_interactions(Pairs&& pairs, duplicates policy = duplicates::error) {
    interactions_builder builder;
    for (const auto& [user, item] : pairs) builder.add(user, item);
    return builder.build(policy);
}

/// The same for pairs in braces: make_interactions({{"ann", "bread"}, {"ann", "milk"}}).
[[nodiscard]] inline interactions
make_interactions(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs,
                  duplicates policy = duplicates::error) {
    return make_interactions(std::span(pairs.begin(), pairs.size()), policy);
}

} // namespace graft::inline v0_1
