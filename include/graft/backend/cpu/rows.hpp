#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <Eigen/Core>

#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>

namespace graft::detail {

template <class Scalar, int Size>
using chunk_of = std::conditional_t<Size == 1, Scalar, Eigen::Array<Scalar, Size, 1>>;

/// A cache line of numbers: what the loops below take at once.
template <class Scalar>
inline constexpr int line = 64 / static_cast<int>(sizeof(Scalar));

/// Cuts [0, size) into full lines, quarter lines and single numbers: f(size of the piece, offset). The cut
/// depends on `size` alone, so sums over it have the same bits wherever the row lies.
template <class Scalar, class F>
GRAFT_ALWAYS_INLINE void for_each_chunk(std::size_t size, F&& f) {
    constexpr std::size_t full = line<Scalar>;
    constexpr std::size_t quarter = full / 4;
    std::size_t at = 0;
    for (; at + full <= size; at += full) f(std::integral_constant<int, line<Scalar>>{}, at);
    for (; at + quarter <= size; at += quarter) f(std::integral_constant<int, line<Scalar> / 4>{}, at);
    for (; at < size; ++at) f(std::integral_constant<int, 1>{}, at);
}

/// Keeps one chunk of each size, and reduces them in a fixed order.
template <class Scalar>
struct accumulator {
    chunk_of<Scalar, line<Scalar>> full;
    chunk_of<Scalar, line<Scalar> / 4> quarter;
    Scalar single;

    explicit accumulator(Scalar start) : single(start) {
        full.setConstant(start);
        quarter.setConstant(start);
    }
    template <int Size>
    auto& of(std::integral_constant<int, Size>) {
        if constexpr (Size == line<Scalar>)
            return full;
        else if constexpr (Size == line<Scalar> / 4)
            return quarter;
        else
            return single;
    }
    [[nodiscard]] Scalar sum() const { return full.sum() + quarter.sum() + single; }
    [[nodiscard]] Scalar least() const { return (std::min)({full.minCoeff(), quarter.minCoeff(), single}); }
};

/// a . b over `size` numbers.
template <class Scalar>
[[nodiscard]] inline Scalar dot_product(const Scalar* a, const Scalar* b, std::size_t size) {
    accumulator<Scalar> sum(0);
    for_each_chunk<Scalar>(size, [&](auto piece, std::size_t at) {
        using chunk = chunk_of<Scalar, piece()>;
        sum.of(piece) += load<chunk>(a + at) * load<chunk>(b + at);
    });
    return sum.sum();
}

/// to = a * x + b * y, over `size` numbers.
template <class Scalar>
inline void set_scaled_sum(Scalar* to, Scalar a, const Scalar* x, Scalar b, const Scalar* y,
                           std::size_t size) {
    for_each_chunk<Scalar>(size, [&](auto piece, std::size_t at) {
        using chunk = chunk_of<Scalar, piece()>;
        store<chunk>(a * load<chunk>(x + at) + b * load<chunk>(y + at), to + at);
    });
}

/// to += factor * from, over `size` numbers.
template <class Scalar>
inline void add_scaled(Scalar* to, Scalar factor, const Scalar* from, std::size_t size) {
    for_each_chunk<Scalar>(size, [&](auto piece, std::size_t at) {
        using chunk = chunk_of<Scalar, piece()>;
        store<chunk>(load<chunk>(to + at) + factor * load<chunk>(from + at), to + at);
    });
}

/// What `Scorer` gives for two rows [factors | bias].
template <class Scorer, class Scalar>
[[nodiscard]] inline Scalar score_rows(const Scalar* user, const Scalar* item, std::size_t dim, Scalar mean) {
    const Scalar product = dot_product(user, item, dim);
    if constexpr (Scorer::has_biases)
        return mean + user[dim] + item[dim] + product;
    else
        return product;
}

} // namespace graft::detail
