#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace graft::inline v0_1::detail {

/// How many scores are above one, and how many equal to it; what is no number is below all numbers.
struct score_counts {
    std::size_t above = 0;
    std::size_t equal = 0;
};

template <class Scalar>
[[nodiscard]] score_counts count_scores(std::span<const Scalar> scores, Scalar score) {
    // Integers as wide as a score, and few at a time, so that a register counts many.
    using counter = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
    constexpr std::size_t block = 4096;
    const bool is_number = score == score;
    score_counts counts;
    for (std::size_t begin = 0; begin < scores.size(); begin += block) {
        const Scalar* const s = scores.data() + begin;
        const std::size_t size = (std::min)(block, scores.size() - begin);
        counter above = 0;
        counter equal = 0;
        if (is_number)
            for (std::size_t i = 0; i < size; ++i) {
                above += s[i] > score ? counter{1} : counter{0};
                equal += s[i] == score ? counter{1} : counter{0};
            }
        else
            for (std::size_t i = 0; i < size; ++i) {
                above += s[i] == s[i] ? counter{1} : counter{0};
                equal += s[i] == s[i] ? counter{0} : counter{1};
            }
        counts.above += above;
        counts.equal += equal;
    }
    return counts;
}

/// Where the relevant items of a user stand: their ranks, ascending from 1, behind all other items with an equal score,
/// and the share of pairs with another item that are in order, equal ones counted half.
struct standing {
    std::vector<std::size_t> ranks;
    double auc = 0;

    /// relevant: scores, at least one, which are sorted. all: the scores of the items to choose from and of some that
    /// are `left_out`, the relevant among them.
    template <class Scalar>
    void find(std::vector<Scalar>& relevant, std::span<const Scalar> all, std::span<const Scalar> left_out) {
        std::sort(relevant.begin(), relevant.end(), [](Scalar a, Scalar b) {
            const bool a_is_number = a == a;
            return a_is_number && (b != b || a > b);
        });
        ranks.clear();
        double in_order = 0;
        const auto others = static_cast<double>(all.size() - left_out.size());
        for (std::size_t i = 0; i < relevant.size(); ++i) {
            const auto counts = count_scores(all, relevant[i]);
            const auto not_meant = count_scores(left_out, relevant[i]);
            const std::size_t above = counts.above - not_meant.above;
            const std::size_t equal = counts.equal - not_meant.equal;
            ranks.push_back(above + equal + i + 1);
            in_order += others - static_cast<double>(above) - 0.5 * static_cast<double>(equal);
        }
        auc = others > 0 ? in_order / (others * static_cast<double>(relevant.size())) : 1.0;
    }
};

} // namespace graft::inline v0_1::detail
