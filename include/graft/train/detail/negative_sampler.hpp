#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <graft/core/counter_random.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/items_of_users.hpp>
#include <graft/train/negative_sampling.hpp>

namespace graft::inline v0_1::detail {

/// Draws items that a user has no interaction with. Const members may be called from several threads at once.
class negative_sampler {
public:
    /// items: from which is drawn, [items] rows. more: interactions that are no negatives either, or nullptr.
    /// Throws argument_error for options out of range, and for a user of `train` or `more` for whom there is
    /// nothing to draw.
    negative_sampler(const interactions& train, const interactions* more, std::size_t items,
                     const negative_sampling& options)
        : items_(items), observed_(more == nullptr ? items_of_users(train) : items_of_users{&train, more}) {
        const double power = options.popularity_power;
        if (!(power >= 0) || !std::isfinite(power))
            throw argument_error("fit: negatives.popularity_power must be a finite number >= 0");
        if (options.per_positive > most)
            throw argument_error("fit: negatives.per_positive must be at most " + std::to_string(most));
        if (power > 0) set_weights(train, power);
        check_any_left(train);
        if (more != nullptr) check_any_left(*more);
    }

    /// Draws items for a user.
    void draw(user_id user, counter_random random, std::span<item_id> items) const {
        const auto observed = observed_[user];
        if (shares_.empty()) return draw_evenly(observed, random, items);
        for (item_id& item : items) item = draw_by_share(observed, random);
    }

    /// The share of all draws that an item gets, if no user had any.
    [[nodiscard]] double share(std::size_t item) const {
        return shares_.empty() ? 1.0 / static_cast<double>(items_) : shares_[item];
    }

private:
    static constexpr std::size_t most = 65'535;

    /// The first of `size` places for which is_below does not hold; after it, it holds for none. Without a branch: which
    /// half it is, a processor cannot guess.
    template <class IsBelow>
    [[nodiscard]] static std::size_t first_not_below(std::size_t size, const IsBelow& is_below) {
        std::size_t low = 0;
        for (; size > 1; size -= size / 2) low += size / 2 & (0 - std::size_t{is_below(low + size / 2 - 1)});
        return size == 0 ? low : low + std::size_t{is_below(low)};
    }

    /// Items of which so many unobserved ones are below as numbers that are drawn. The searches go side by side, so that
    /// none waits for the memory of another.
    void draw_evenly(std::span<const item_id> observed, counter_random& random,
                     std::span<item_id> items) const {
        constexpr std::size_t side_by_side = 16;
        std::array<std::uint32_t, side_by_side> ranks;
        std::array<std::uint32_t, side_by_side> below; // observed ones
        for (std::size_t begin = 0; begin < items.size(); begin += side_by_side) {
            const auto count = (std::min)(side_by_side, items.size() - begin);
            for (std::size_t i = 0; i < count; ++i) {
                ranks[i] = static_cast<std::uint32_t>(random.below(items_ - observed.size()));
                below[i] = 0;
            }
            // observed[k] - k unobserved items are below observed[k]
            const auto is_below = [&](std::uint32_t k, std::size_t i) {
                return std::uint32_t{static_cast<std::uint32_t>(observed[k]) - k <= ranks[i]};
            };
            auto size = static_cast<std::uint32_t>(observed.size());
            for (; size > 1; size -= size / 2)
                for (std::size_t i = 0; i < count; ++i)
                    below[i] += size / 2 & (0 - is_below(below[i] + size / 2 - 1, i));
            for (std::size_t i = 0; i < count; ++i) {
                if (size == 1) below[i] += is_below(below[i], i);
                items[begin + i] = static_cast<item_id>(ranks[i] + below[i]);
            }
        }
    }

    [[nodiscard]] item_id draw_by_share(std::span<const item_id> observed, counter_random& random) const {
        for (int tries = 0; tries < 64; ++tries) { // a user who has what is popular takes a few
            const auto slot = static_cast<std::size_t>(random.below(items_));
            const std::size_t other = alias_[slot];
            const auto item = static_cast<item_id>(random.uniform() < stays_[slot] ? slot : other);
            const auto at =
                first_not_below(observed.size(), [&](std::size_t k) { return observed[k] < item; });
            if (at == observed.size() || observed[at] != item) return item;
        }
        return draw_of_rest(observed, random.uniform());
    }

    /// Vose's alias method: a slot keeps its own item with `stays_`, or gives `alias_`.
    void set_weights(const interactions& train, double power) {
        shares_.assign(items_, 0.0);
        for (const item_id item : train.items()) shares_[row_of(item)] += 1;
        double largest = 0;
        for (const double count : shares_) largest = (std::max)(largest, count);
        for (double& share : shares_)
            if (share > 0) share = std::pow(share / largest, power); // of a count alone it may be infinite
        const double sum = std::accumulate(shares_.begin(), shares_.end(), 0.0);
        for (double& share : shares_) share /= sum;
        stays_.resize(items_);
        alias_.resize(items_);
        std::vector<std::uint32_t> lighter, heavier;
        for (std::size_t i = 0; i < items_; ++i) {
            stays_[i] = shares_[i] * static_cast<double>(items_);
            alias_[i] = static_cast<std::uint32_t>(i);
            (stays_[i] < 1 ? lighter : heavier).push_back(static_cast<std::uint32_t>(i));
        }
        while (!lighter.empty() && !heavier.empty()) {
            const auto below = lighter.back();
            const auto above = heavier.back();
            lighter.pop_back();
            alias_[below] = above;
            stays_[above] -= 1 - stays_[below];
            if (stays_[above] < 1) {
                heavier.pop_back();
                lighter.push_back(above);
            }
        }
        for (const auto i : heavier) stays_[i] = 1;
        for (const auto i : lighter) // what rounding left; an item without a share is never drawn
            if (shares_[i] > 0) stays_[i] = 1;
    }

    /// `draw` in O(items), for a user who has nearly all that is drawn.
    [[nodiscard]] item_id draw_of_rest(std::span<const item_id> observed, double at) const {
        double left = at * share_left(observed);
        std::size_t last = 0;
        std::size_t next = 0;
        for (std::size_t i = 0; i < items_; ++i) {
            if (next < observed.size() && row_of(observed[next]) == i) {
                ++next;
                continue;
            }
            if (shares_[i] == 0) continue;
            last = i;
            left -= shares_[i];
            if (left < 0) break;
        }
        return static_cast<item_id>(last);
    }
    [[nodiscard]] double share_left(std::span<const item_id> observed) const {
        double left = 0;
        std::size_t next = 0;
        for (std::size_t i = 0; i < items_; ++i) {
            const bool is_observed = next < observed.size() && row_of(observed[next]) == i;
            next += is_observed ? 1 : 0;
            left += is_observed ? 0 : shares_[i];
        }
        return left;
    }

    void check_any_left(const interactions& data) const {
        const auto drawn = shares_.empty()
                               ? items_
                               : static_cast<std::size_t>(std::count_if(shares_.begin(), shares_.end(),
                                                                        [](double s) { return s > 0; }));
        std::vector<char> seen(observed_.num_users());
        for (const user_id user : data.users()) {
            if (seen[row_of(user)] != 0) continue;
            seen[row_of(user)] = 1;
            const auto own = observed_[user];
            auto taken = own.size();
            if (!shares_.empty() && taken >= drawn)
                taken = static_cast<std::size_t>(
                    std::count_if(own.begin(), own.end(), [&](item_id i) { return shares_[row_of(i)] > 0; }));
            if (taken >= drawn)
                throw argument_error("fit: no negative can be drawn for user " + quote(data.id_of(user)) +
                                     ", who has interactions with all " + std::to_string(drawn) +
                                     " items that are drawn; leave the user out");
        }
    }

    std::size_t items_;
    items_of_users observed_;
    std::vector<double> shares_;       // [items], or none where all items are alike
    std::vector<double> stays_;        // [items]
    std::vector<std::uint32_t> alias_; // [items]
};

} // namespace graft::inline v0_1::detail
