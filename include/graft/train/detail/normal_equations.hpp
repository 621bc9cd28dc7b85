#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <Eigen/Core>

#include <graft/backend/cpu/rows.hpp>
#include <graft/core/chunk.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// The upper triangle of a symmetric matrix, [dim x dim], row after row. Rows are padded with zeros to whole
/// chunks, so that all arithmetic is on registers; what stands below the diagonal has no meaning.
template <class Scalar>
class normal_equations {
public:
    /// dim, rounded up to whole chunks and tiles.
    [[nodiscard]] static constexpr std::size_t padded(std::size_t dim) {
        constexpr std::size_t whole = (std::max)(chunk_size, tile_rows);
        return (dim + whole - 1) / whole * whole;
    }

    explicit normal_equations(std::size_t dim)
        : dim_(dim), pitch_(padded(dim)), values_(array::Zero(static_cast<Eigen::Index>(dim * pitch_))) {}

    [[nodiscard]] std::size_t pitch() const noexcept { return pitch_; }
    [[nodiscard]] Scalar* row(std::size_t r) noexcept { return values_.data() + r * pitch_; }
    [[nodiscard]] const Scalar* row(std::size_t r) const noexcept { return values_.data() + r * pitch_; }
    /// All numbers, for sums and multiples of whole matrices: [dim x pitch].
    [[nodiscard]] auto& values() noexcept { return values_; }
    [[nodiscard]] const auto& values() const noexcept { return values_; }

    /// Adds sum_k x_k x_k', in the order of k. x: [count x pitch], zero from dim on. O(count dim^2).
    void add_products(const Scalar* x, std::size_t count) { add<true>(x, count, 0, dim_); }

    /// Copies the upper triangle to the lower one.
    void mirror() {
        for (std::size_t j = 1; j < dim_; ++j)
            for (std::size_t i = 0; i < j; ++i) row(j)[i] = row(i)[j];
    }

    /// Solves A w = b for a positive definite A, of which U with U'U = A is left (Cholesky). b: [pitch], zero
    /// from dim on, becomes w. Returns false where A is not positive definite in these numbers. O(dim^3).
    [[nodiscard]] bool solve(Scalar* b) {
        if (!factorize()) return false;
        for (std::size_t k = 0; k < dim_; ++k) { // U'y = b
            const Scalar y = b[k] / row(k)[k];
            subtract(b, y, row(k), k);
            b[k] = y;
        }
        for (std::size_t k = dim_; k-- > 0;) { // U w = y
            const Scalar y = b[k];
            const std::size_t from = chunk_of_place(k);
            b[k] = 0;
            b[k] = (y - dot_product(row(k) + from, b + from, pitch_ - from)) / row(k)[k];
        }
        return true;
    }

private:
    static constexpr std::size_t chunk_size = full_chunk<Scalar>;
    static constexpr std::size_t tile_rows = 4;
    static constexpr std::size_t panel = 16; // a multiple of tile_rows
    using chunk = chunk_of<Scalar, full_chunk<Scalar>>;
    using array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

    static std::size_t chunk_of_place(std::size_t i) { return i / chunk_size * chunk_size; }

    /// Rows of a panel take all that the rows above subtract at once, as products of matrices, which is most
    /// of the work; only within the panel rows are subtracted one by one.
    bool factorize() {
        for (std::size_t begin = 0; begin < dim_; begin += panel) {
            const std::size_t end = (std::min)(begin + panel, dim_);
            add<false>(values_.data(), begin, begin, end);
            for (std::size_t k = begin; k < end; ++k) {
                Scalar* const pivot = row(k);
                if (!(pivot[k] > Scalar(0))) return false;
                const Scalar inverse = Scalar(1) / std::sqrt(pivot[k]);
                for (std::size_t i = chunk_of_place(k); i < k; ++i) pivot[i] = 0;
                for (std::size_t i = chunk_of_place(k); i < pitch_; i += chunk_size)
                    store(chunk(load<chunk>(pivot + i) * inverse), pivot + i);
                for (std::size_t j = k + 1; j < end; ++j) subtract(row(j), pivot[j], pivot, j);
            }
        }
        return true;
    }

    /// to -= factor * from, from the chunk of place `first` on.
    void subtract(Scalar* to, Scalar factor, const Scalar* from, std::size_t first) const {
        const auto minus = constant<chunk>(-factor);
        for (std::size_t i = chunk_of_place(first); i < pitch_; i += chunk_size)
            store(multiply_add(minus, load<chunk>(from + i), load<chunk>(to + i)), to + i);
    }

    /// Adds or subtracts sum_k x_k x_k' in the rows [first, last), by tiles that stay in registers.
    template <bool Plus>
    void add(const Scalar* x, std::size_t count, std::size_t first, std::size_t last) {
        for (std::size_t j = first; j < last; j += tile_rows) {
            std::size_t i = chunk_of_place(j);
            for (; i + 2 * chunk_size <= pitch_; i += 2 * chunk_size) add_tile<Plus, true>(x, count, j, i);
            if (i < pitch_) add_tile<Plus, false>(x, count, j, i);
        }
    }
    template <bool Plus, bool Two>
    GRAFT_ALWAYS_INLINE void add_tile(const Scalar* x, std::size_t count, std::size_t j, std::size_t i) {
        const std::size_t rows = (std::min)(tile_rows, dim_ - j);
        chunk a0 = constant<chunk>(Scalar(0));
        chunk a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (std::size_t k = 0; k < count; ++k, x += pitch_) {
            const auto factor = [&](std::size_t r) GRAFT_INLINE_LAMBDA { return constant<chunk>(x[j + r]); };
            const auto left = load<chunk>(x + i);
            a0 = multiply_add(factor(0), left, a0);
            a1 = multiply_add(factor(1), left, a1);
            a2 = multiply_add(factor(2), left, a2);
            a3 = multiply_add(factor(3), left, a3);
            if constexpr (Two) {
                const auto right = load<chunk>(x + i + chunk_size);
                b0 = multiply_add(factor(0), right, b0);
                b1 = multiply_add(factor(1), right, b1);
                b2 = multiply_add(factor(2), right, b2);
                b3 = multiply_add(factor(3), right, b3);
            }
        }
        const auto put = [&](std::size_t r, const chunk& a, const chunk& b) GRAFT_INLINE_LAMBDA {
            if (r >= rows) return;
            Scalar* const to = row(j + r) + i;
            const auto sum = [](const chunk& old, const chunk& more)
                                 GRAFT_INLINE_LAMBDA { return Plus ? chunk(old + more) : chunk(old - more); };
            store(sum(load<chunk>(to), a), to);
            if constexpr (Two) store(sum(load<chunk>(to + chunk_size), b), to + chunk_size);
        };
        put(0, a0, b0);
        put(1, a1, b1);
        put(2, a2, b2);
        put(3, a3, b3);
    }

    std::size_t dim_;
    std::size_t pitch_;
    array values_;
};

} // namespace graft::inline v0_1::detail
