#pragma once

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <graft/backend/scorer.hpp>
#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// Scores are read in one order of sums, whether for a pair, a list or many lists: partial sum c adds the products of
/// the places c, c + chains, c + 2 chains .. of two rows, and the partial sums are added up one after the other. It
/// suits a register that holds the partial sums of one pair, and one that holds a partial sum of many pairs.
template <class Scalar>
inline constexpr std::size_t chains = small_chunk<Scalar>;

/// The places of a row of `dim` that partial sum c adds up.
template <class Scalar>
[[nodiscard]] constexpr std::size_t chain_length(std::size_t c, std::size_t dim) noexcept {
    return (dim + chains<Scalar> - 1 - c) / chains<Scalar>;
}

template <class Scalar, std::size_t... R>
GRAFT_ALWAYS_INLINE void score_products(const Scalar* a, const Scalar* const* b, std::size_t dim,
                                        Scalar* products, std::index_sequence<R...>) {
    constexpr std::size_t count = chains<Scalar>;
    using chunk = chunk_of<Scalar, small_chunk<Scalar>>;
    chunk partial[] = {(static_cast<void>(R), constant<chunk>(Scalar(0)))...};
    std::size_t at = 0;
    for (; at + count <= dim; at += count) {
        const auto of_a = load<chunk>(a + at);
        ((partial[R] = multiply_add(of_a, load<chunk>(b[R] + at), partial[R])), ...);
    }
    const auto add_up = [&](const chunk& of_row, const Scalar* row) GRAFT_INLINE_LAMBDA {
        Scalar sums[count];
        store(of_row, sums);
        for (std::size_t c = 0; at + c < dim; ++c) sums[c] = multiply_add(a[at + c], row[at + c], sums[c]);
        Scalar sum = sums[0];
        for (std::size_t c = 1; c < count; ++c) sum += sums[c];
        return sum;
    };
    ((products[R] = add_up(partial[R], b[R])), ...);
}

/// products[r] = the product of row a with row b[r], in the order of scores. Several at a time share the loads of a, and
/// do not wait for one another's sums.
template <std::size_t Rows, class Scalar>
GRAFT_ALWAYS_INLINE void score_products(const Scalar* a, const Scalar* const (&b)[Rows], std::size_t dim,
                                        Scalar* products) {
    score_products(a, b, dim, products, std::make_index_sequence<Rows>{}); // known places stay in registers
}

/// The product of two rows in the order of scores.
template <class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE Scalar score_product(const Scalar* a, const Scalar* b, std::size_t dim) {
    Scalar product;
    score_products<1>(a, {b}, dim, &product);
    return product;
}

/// Cosine, as a way to score beside `dot` and `biased`: of rows of the first table that have the length 1.
struct cosine_of_unit {
    static constexpr bool has_biases = false;
};

/// What a score takes from the user's row beside the product.
template <class Scorer, class Scalar>
[[nodiscard]] Scalar user_term([[maybe_unused]] const Scalar* user, [[maybe_unused]] std::size_t dim,
                               [[maybe_unused]] Scalar mean) {
    if constexpr (Scorer::has_biases)
        return mean + user[dim];
    else
        return Scalar(0);
}

/// 1 / the length of a row, and 0 for a row of zeros. Squares are added in double; where those of doubles leave its
/// range, of scaled numbers.
template <class Scalar>
[[nodiscard]] double inverse_length(const Scalar* row, std::size_t dim) {
    const auto numbers = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>::Map(row, static_cast<Eigen::Index>(dim))
                             .template cast<double>();
    double length = std::sqrt(numbers.squaredNorm());
    if (!(length > 1e-140 && length < 1e140)) length = numbers.stableNorm();
    return length > 0 ? 1 / length : 0;
}

/// And from the item's row and bias.
template <class Scorer, class Scalar>
[[nodiscard]] Scalar item_term([[maybe_unused]] const Scalar* item, [[maybe_unused]] std::size_t dim,
                               [[maybe_unused]] const Scalar* bias) {
    if constexpr (std::is_same_v<Scorer, cosine_of_unit>)
        return static_cast<Scalar>(inverse_length(item, dim));
    else if constexpr (Scorer::has_biases)
        return *bias;
    else
        return Scalar(0);
}

/// The score of a product and both terms: numbers, or Eigen's packets of them.
template <class Scorer, class T>
[[nodiscard]] GRAFT_ALWAYS_INLINE T score_of(const T& product, [[maybe_unused]] const T& user,
                                             [[maybe_unused]] const T& item) {
    namespace packets = Eigen::internal;
    if constexpr (std::is_same_v<Scorer, cosine_of_unit>)
        return packets::pmul(product, item);
    else if constexpr (Scorer::has_biases)
        return packets::padd(packets::padd(user, item), product);
    else
        return product;
}

/// Brings a cosine that rounding took out of [-1, 1] back.
template <class Scorer, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE Scalar within_range(Scalar score) {
    if constexpr (std::is_same_v<Scorer, cosine_of_unit>)
        return score > 1 ? Scalar(1) : score < -1 ? Scalar(-1) : score;
    else
        return score;
}

/// The score of a user's row [factors | bias] and an item's, whose bias is at `bias`.
template <class Scorer, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE Scalar score_pair(const Scalar* user, const Scalar* item, std::size_t dim,
                                                    Scalar mean, const Scalar* bias) {
    return within_range<Scorer>(score_of<Scorer>(score_product(user, item, dim),
                                                 user_term<Scorer>(user, dim, mean),
                                                 item_term<Scorer>(item, dim, bias)));
}
/// The score of two rows [factors | bias].
template <class Scorer, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE Scalar score_pair(const Scalar* user, const Scalar* item, std::size_t dim,
                                                    Scalar mean) {
    return score_pair<Scorer>(user, item, dim, mean, item + dim);
}

} // namespace graft::inline v0_1::detail
