#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <Eigen/Core>

#include <graft/core/host_device.hpp>

namespace graft {

/// A chunk is what arithmetic is written for once: a plain number (a GPU's lane) or a short Eigen::Array
/// (a CPU's register). `load` and `store` move it from and to consecutive numbers.
GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE Chunk load(const Scalar* from) {
    if constexpr (std::is_arithmetic_v<Chunk>)
        return *from;
    else
        return Chunk::Map(from);
}

GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE void store(const Chunk& chunk, Scalar* to) {
    if constexpr (std::is_arithmetic_v<Chunk>)
        *to = chunk;
    else
        Chunk::Map(to) = chunk;
}

namespace detail {

template <class Scalar, int Size>
using chunk_of = std::conditional_t<Size == 1, Scalar, Eigen::Array<Scalar, Size, 1>>;

/// Numbers in the machine's widest register, and in the narrowest that all machines with registers have.
template <class Scalar>
inline constexpr int full_chunk = (std::max)(EIGEN_MAX_STATIC_ALIGN_BYTES, 16) /
                                  static_cast<int>(sizeof(Scalar));
template <class Scalar>
inline constexpr int small_chunk = 16 / static_cast<int>(sizeof(Scalar));

} // namespace detail

#if defined(EIGEN_VECTORIZE_AVX512)
template <class Chunk>
inline constexpr bool estimates_quotients = std::is_same_v<Chunk, Eigen::Array<float, 16, 1>>;
#else
template <class Chunk>
inline constexpr bool estimates_quotients = false;
#endif

/// sqrt(x) for x >= 0, and a / x for x > 0. Of 16 floats Eigen estimates the roots and lets the divider
/// divide; in a step of Adam, which is full of multiplications, the other way round is faster: the divider
/// takes the roots, and q = a y is corrected by (a - x q) y, where y is an estimate of 1 / x with 14 bits.
GRAFT_ALSO_HOST_ONLY
template <class Chunk>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE Chunk root(const Chunk& x) {
    using std::sqrt;
    Chunk y;
#if defined(EIGEN_VECTORIZE_AVX512)
    if constexpr (estimates_quotients<Chunk>)
        _mm512_storeu_ps(y.data(), _mm512_sqrt_ps(_mm512_loadu_ps(x.data())));
    else
#endif
        y = sqrt(x);
    return y;
}

GRAFT_ALSO_HOST_ONLY
template <class Chunk>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE Chunk quotient(const Chunk& a, const Chunk& x) {
    Chunk q;
#if defined(EIGEN_VECTORIZE_AVX512)
    if constexpr (estimates_quotients<Chunk>) {
        const __m512 above = _mm512_loadu_ps(a.data());
        const __m512 most = _mm512_set1_ps((std::numeric_limits<float>::max)()); // infinity gives almost 0
        const __m512 below = _mm512_min_ps(most, _mm512_loadu_ps(x.data()));
        const __m512 y = _mm512_rcp14_ps(below);
        const __m512 guess = _mm512_mul_ps(above, y);
        _mm512_storeu_ps(q.data(), _mm512_fmadd_ps(_mm512_fnmadd_ps(below, guess, above), y, guess));
    } else
#endif
        q = a / x;
    return q;
}

/// Whether a number of the chunk is below a bound; those that are no numbers are not.
GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE bool any_below(const Chunk& x, Scalar bound) {
    if constexpr (std::is_arithmetic_v<Chunk>)
        return x < bound;
    else
#if defined(EIGEN_VECTORIZE_AVX512)
        if constexpr (estimates_quotients<Chunk>)
        return _mm512_cmp_ps_mask(_mm512_loadu_ps(x.data()), _mm512_set1_ps(bound), _CMP_LT_OQ) != 0;
    else
#endif
        return (x < bound).any();
}

} // namespace graft
