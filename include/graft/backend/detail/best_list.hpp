#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

#include <graft/backend/recommendation.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1::detail {

/// The best k of what is pushed, in the order of ranks_before. Entries gather in memory of the owner's and are cut
/// to the best k whenever it is full, so that a push takes O(1) on average. From then on `threshold()` tells what
/// need not be pushed, where items come with ascending rows.
template <class Scalar>
class best_list {
public:
    /// How much memory a list needs where at most `all` entries are pushed.
    [[nodiscard]] static std::size_t capacity(std::size_t k, std::size_t all) noexcept {
        return k < all / 2 ? (std::min)(all, 2 * k + 32) : all;
    }

    best_list() = default;
    /// k: at least 1
    best_list(std::size_t k, std::span<recommendation<Scalar>> memory) noexcept
        : entries_(memory.data()), capacity_(memory.size()), k_(k) {}

    /// An item with score s may be left out if s <= threshold(), which is NaN while any may enter.
    [[nodiscard]] Scalar threshold() const noexcept { return threshold_; }

    void push(const recommendation<Scalar>& entry) noexcept {
        entries_[size_++] = entry;
        if (size_ == capacity_) cut();
    }

    /// Pushes the wanted ones of items with these scores that may enter. item_at(i): above all that came before.
    template <class ItemAt, class Wanted>
    void offer(std::span<const Scalar> scores, const ItemAt& item_at, const Wanted& wanted) {
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (scores[i] <= threshold_) continue;
            const item_id item = item_at(i);
            if (wanted(item)) push({item, scores[i]});
        }
    }

    /// The best k, or all where fewer came, best first.
    [[nodiscard]] std::span<const recommendation<Scalar>> sorted() noexcept {
        cut();
        std::sort(entries_, entries_ + size_, ranks_before{});
        return {entries_, size_};
    }

private:
    void cut() noexcept {
        if (size_ <= k_) return;
        std::nth_element(entries_, entries_ + (k_ - 1), entries_ + size_, ranks_before{});
        size_ = k_;
        threshold_ = entries_[k_ - 1].score;
    }

    recommendation<Scalar>* entries_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t k_ = 0;
    Scalar threshold_ = std::numeric_limits<Scalar>::quiet_NaN();
};

} // namespace graft::inline v0_1::detail
