#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <Eigen/Core>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1 {

/// A chunk is what arithmetic is written for once: a plain number (a GPU's lane) or a short Eigen::Array (a
/// CPU's register). `load` and `store` move it from and to consecutive numbers.
GRAFT_ALSO_HOST_ONLY
template <class Chunk, class Scalar>
requires(std::is_arithmetic_v<Chunk> || requires(const Scalar* from) { Chunk::Map(from); }) // and no model
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

/// x in every place of a chunk.
template <class Chunk, class Scalar>
[[nodiscard]] GRAFT_ALWAYS_INLINE Chunk constant(Scalar x) {
    if constexpr (std::is_arithmetic_v<Chunk>)
        return x;
    else
        return Chunk::Constant(x);
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

/// Whether a chunk is a register of floats, of which Eigen estimates the roots.
template <class Chunk>
inline constexpr bool is_register =
#if defined(EIGEN_VECTORIZE_AVX512)
    std::is_same_v<Chunk, chunk_of<float, 16>> ||
#endif
#if defined(EIGEN_VECTORIZE_AVX)
    std::is_same_v<Chunk, chunk_of<float, 8>> ||
#endif
#if defined(EIGEN_VECTORIZE_SSE)
    std::is_same_v<Chunk, chunk_of<float, 4>> ||
#endif
    false;

#if defined(EIGEN_VECTORIZE_SSE)
template <class Chunk>
[[nodiscard]] GRAFT_ALWAYS_INLINE Chunk register_root(const Chunk& x) {
    Chunk y;
#if defined(EIGEN_VECTORIZE_AVX512)
    if constexpr (Chunk::SizeAtCompileTime == 16)
        _mm512_storeu_ps(y.data(), _mm512_sqrt_ps(_mm512_loadu_ps(x.data())));
#endif
#if defined(EIGEN_VECTORIZE_AVX)
    if constexpr (Chunk::SizeAtCompileTime == 8)
        _mm256_storeu_ps(y.data(), _mm256_sqrt_ps(_mm256_loadu_ps(x.data())));
#endif
    if constexpr (Chunk::SizeAtCompileTime == 4) _mm_storeu_ps(y.data(), _mm_sqrt_ps(_mm_loadu_ps(x.data())));
    return y;
}
#endif

} // namespace detail

/// sqrt(x) for x >= 0, from the divider: an estimate and its corrections take longer where most of the work
/// is multiplications, as in a step of Adam.
GRAFT_ALSO_HOST_ONLY
template <class Chunk>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE Chunk root(const Chunk& x) {
#if defined(EIGEN_VECTORIZE_SSE)
    if constexpr (detail::is_register<Chunk>) return detail::register_root(x);
#endif
    using std::sqrt;
    return sqrt(x);
}

/// a b + c, rounded once where the processor can. Left to the compiler it depends on the loop around it.
template <class Chunk>
[[nodiscard]] GRAFT_ALWAYS_INLINE Chunk multiply_add(const Chunk& a, const Chunk& b, const Chunk& c) {
#if defined(EIGEN_VECTORIZE_FMA) || defined(EIGEN_HAS_SINGLE_INSTRUCTION_MADD)
    if constexpr (std::is_arithmetic_v<Chunk>) {
        return std::fma(a, b, c);
    } else {
        namespace packets = Eigen::internal;
        constexpr int size = Chunk::SizeAtCompileTime;
        using packet = typename packets::find_best_packet<typename Chunk::Scalar, size>::type;
        static_assert(int{packets::unpacket_traits<packet>::size} == size);
        const auto packet_of = [](const Chunk& x)
                                   GRAFT_INLINE_LAMBDA { return packets::ploadu<packet>(x.data()); };
        Chunk sum;
        packets::pstoreu(sum.data(), packets::pmadd(packet_of(a), packet_of(b), packet_of(c)));
        return sum;
    }
#else
    return a * b + c;
#endif
}

/// a / x for x > 0, and almost 0 where x is infinity. The divider of 16 floats has enough to do with roots:
/// where y is an estimate of 1 / x with 14 bits, q = a y plus (a - x q) y.
GRAFT_ALSO_HOST_ONLY
template <class Chunk>
[[nodiscard]] GRAFT_ALWAYS_INLINE GRAFT_HOST_DEVICE Chunk quotient(const Chunk& a, const Chunk& x) {
#if defined(EIGEN_VECTORIZE_AVX512)
    if constexpr (std::is_same_v<Chunk, detail::chunk_of<float, 16>>) {
        const Chunk below = x.min((std::numeric_limits<float>::max)());
        Chunk y;
        _mm512_storeu_ps(y.data(), _mm512_rcp14_ps(_mm512_loadu_ps(below.data())));
        const Chunk guess = a * y;
        return guess + (a - below * guess) * y;
    } else
#endif
        return a / x;
}

} // namespace graft::inline v0_1
