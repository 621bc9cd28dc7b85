#pragma once

#include <algorithm>
#include <cstddef>

#include <graft/backend/cpu/pages.hpp>

namespace graft::inline v0_1::detail {

/// The weights of a batch's users before its step; the third pass moves items by them. To write to memory
/// that another thread has just read takes long, so consecutive steps use different memory, as much as fits
/// in a cache.
template <class Scalar>
class user_copies {
public:
    void reserve(std::size_t values_of_step, std::size_t threads) {
        step_size_ = values_of_step;
        const std::size_t bytes = (std::max)(step_size_, std::size_t{1}) * sizeof(Scalar);
        turns_ = threads == 1 ? 1 : std::clamp(cache_bytes / bytes, std::size_t{1}, std::size_t{16});
        if (memory_.bytes() < turns_ * bytes) memory_.resize(turns_ * bytes);
    }
    /// [users of the step x pitch]
    [[nodiscard]] Scalar* of_step(std::size_t step) const noexcept {
        return static_cast<Scalar*>(memory_.data()) + step % turns_ * step_size_;
    }

private:
    static constexpr std::size_t cache_bytes = std::size_t{1} << 20U; // about a core's second cache
    pages memory_;
    std::size_t step_size_ = 0;
    std::size_t turns_ = 1;
};

} // namespace graft::inline v0_1::detail
