#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <Eigen/Core>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// Cuts [0, size) into full chunks, small chunks and single values, and calls f(size of the piece, offset)
/// for each. The pieces depend on `size` alone, so that sums have the same bits wherever the row is in
/// memory.
template <class Scalar, class F>
GRAFT_ALWAYS_INLINE void for_each_chunk(std::size_t size, F&& f) {
    constexpr std::size_t full = full_chunk<Scalar>;
    constexpr std::size_t narrow = small_chunk<Scalar>;
    const std::size_t full_end = size / full * full;
    const std::size_t small_end = size / narrow * narrow;
    for (std::size_t at = 0; at < full_end; at += full)
        f(std::integral_constant<int, full_chunk<Scalar>>{}, at);
    if constexpr (narrow < full)
        for (std::size_t at = full_end; at < small_end; at += narrow)
            f(std::integral_constant<int, small_chunk<Scalar>>{}, at);
    for (std::size_t at = small_end; at < size; ++at) f(std::integral_constant<int, 1>{}, at);
}

/// The dot product of a and b, always added up in the same order. Four partial sums at a time hide the
/// latency of additions.
template <class Scalar>
[[nodiscard]] inline Scalar dot_product(const Scalar* a, const Scalar* b, std::size_t size) {
    constexpr std::size_t full = full_chunk<Scalar>;
    using chunk = chunk_of<Scalar, full_chunk<Scalar>>;
    const auto add = [=]<class Chunk>(Chunk& sum, std::size_t at) GRAFT_INLINE_LAMBDA {
        sum = multiply_add(load<Chunk>(a + at), load<Chunk>(b + at), sum);
    };
    std::size_t at = 0;
    Scalar sum = 0;
    if (size >= full) {
        chunk sum0 = constant<chunk>(Scalar(0));
        if (size >= 4 * full) {
            chunk sum1 = sum0;
            chunk sum2 = sum0;
            chunk sum3 = sum0;
            for (; at + 4 * full <= size; at += 4 * full) {
                add(sum0, at);
                add(sum1, at + full);
                add(sum2, at + 2 * full);
                add(sum3, at + 3 * full);
            }
            sum0 = (sum0 + sum1) + (sum2 + sum3);
        }
        for (; at + full <= size; at += full) add(sum0, at);
        sum = sum0.sum();
    }
    for_each_chunk<Scalar>(size - at, [&](auto piece, std::size_t rest) GRAFT_INLINE_LAMBDA {
        using narrow = chunk_of<Scalar, piece()>;
        if constexpr (piece() == 1) {
            add(sum, at + rest);
        } else {
            narrow part = constant<narrow>(Scalar(0));
            add(part, at + rest);
            sum += part.sum();
        }
    });
    return sum;
}

/// The least of `size` values, size > 0.
template <class Scalar>
[[nodiscard]] inline Scalar least(const Scalar* values, std::size_t size) {
    using array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
    return array::Map(values, static_cast<Eigen::Index>(size)).minCoeff();
}

/// The score of two rows [factors | bias].
template <class Scorer, class Scalar>
[[nodiscard]] inline Scalar score_rows(const Scalar* user, const Scalar* item, std::size_t dim, Scalar mean) {
    const Scalar product = dot_product(user, item, dim);
    if constexpr (Scorer::has_biases)
        return mean + user[dim] + item[dim] + product;
    else
        return product;
}

} // namespace graft::inline v0_1::detail
