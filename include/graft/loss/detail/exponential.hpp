#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include <graft/core/host_device.hpp>

// Functions of losses for the arguments that they have there. On a CPU those of float are a few multiplications that
// stay in the loop around them: calls of the C library would take a third of a training step.
namespace graft::inline v0_1::detail {

/// exp(x) for x <= 0, within two units in the last place of a float; 0 where it is below 1.3e-38. NaN stays NaN.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE GRAFT_ALWAYS_INLINE Scalar exp_of_negative(Scalar x) {
#if !defined(__CUDA_ARCH__)
    if constexpr (std::is_same_v<Scalar, float>) {
        constexpr float shift =
            12582912.0F; // 1.5 x 2^23: adding it rounds to a whole number, in the last bits
        const float shifted = x * 1.44269504F + shift;
        const float n = shifted - shift; // x = n log(2) + r, |r| <= log(2) / 2
        const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
        float p = 1.9875691500e-4F; // as Cephes' expf
        p = p * r + 1.3981999507e-3F;
        p = p * r + 8.3334519073e-3F;
        p = p * r + 4.1665795894e-2F;
        p = p * r + 1.6666665459e-1F;
        p = p * r + 5.0000001201e-1F;
        p = p * (r * r) + r + 1.0F;
        const auto power = std::bit_cast<float>((std::bit_cast<std::uint32_t>(shifted) + 127U) << 23U);
        return x < -87.0F ? 0.0F : p * power;
    }
#endif
    return std::exp(x);
}

/// log(1 + x) for x from 0 to 1, within two units in the last place of a float.
template <class Scalar>
[[nodiscard]] GRAFT_HOST_DEVICE GRAFT_ALWAYS_INLINE Scalar log1p_of_share(Scalar x) {
#if !defined(__CUDA_ARCH__)
    if constexpr (std::is_same_v<Scalar, float>) {
        const float z = x / (2.0F + x); // log(1 + x) = 2 artanh(z), z <= 1/3
        const float w = z * z;
        float p = 1.0F / 13.0F;
        p = p * w + 1.0F / 11.0F;
        p = p * w + 1.0F / 9.0F;
        p = p * w + 1.0F / 7.0F;
        p = p * w + 1.0F / 5.0F;
        p = p * w + 1.0F / 3.0F;
        return 2.0F * (z + z * (w * p));
    }
#endif
    return std::log1p(x);
}

/// log(1 + exp(x)) and its derivative, 1 / (1 + exp(-x)). Finite for every finite x.
template <class Scalar>
struct softplus {
    Scalar value;
    Scalar derivative;

    // Without a branch: which side of 0 a score is on, a processor cannot guess.
    GRAFT_HOST_DEVICE GRAFT_ALWAYS_INLINE explicit softplus(Scalar x) {
        const Scalar shrunk = exp_of_negative(-std::abs(x));
        const Scalar above = std::copysign(Scalar(0.5), x) + Scalar(0.5); // 1, or 0 for x < 0
        value = (x > Scalar(0) ? x : Scalar(0)) + log1p_of_share(shrunk);
        derivative = (above > shrunk ? above : shrunk) / (Scalar(1) + shrunk);
    }
};

} // namespace graft::inline v0_1::detail
