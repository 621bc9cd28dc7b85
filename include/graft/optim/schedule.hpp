#pragma once

#include <cmath>
#include <cstddef>
#include <functional>

namespace graft::inline v0_1 {

/// The factor on the optimizer's learning rate in an epoch, counted from 0, of a training of `epochs` epochs.
/// An empty one is always 1.
using schedule = std::function<double(std::size_t epoch, std::size_t epochs)>;

/// Multiplies the learning rate by `factor` after every `every` epochs, as torch's StepLR.
struct step_decay {
    std::size_t every = 1;
    double factor = 0.1;
    [[nodiscard]] double operator()(std::size_t epoch, std::size_t) const {
        return std::pow(factor, static_cast<double>(every == 0 ? 0 : epoch / every));
    }
};

/// Multiplies the learning rate by `factor` after each epoch, as torch's ExponentialLR.
struct exponential_decay {
    double factor = 0.9;
    [[nodiscard]] double operator()(std::size_t epoch, std::size_t) const {
        return std::pow(factor, static_cast<double>(epoch));
    }
};

/// From 1 down to `last` on half a cosine over all epochs, as torch's CosineAnnealingLR (Loshchilov & Hutter,
/// 1608.03983).
struct cosine_decay {
    double last = 0.0;
    [[nodiscard]] double operator()(std::size_t epoch, std::size_t epochs) const {
        const double done = static_cast<double>(epoch) / static_cast<double>(epochs);
        return last + (1 - last) * (1 + std::cos(3.141592653589793 * done)) / 2;
    }
};

} // namespace graft::inline v0_1
