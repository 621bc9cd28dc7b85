#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace graft::inline v0_1::detail {

/// The places of two characters in a text, one after the other. 64 bytes at a time are compared into bits, and places
/// are written down ahead of who asks for them, so that no branch depends on the length of a field.
class delimiters {
public:
    /// text: shorter than 4 GB.
    delimiters(std::string_view text, char a, char b) noexcept
        : at_(text.data()), stop_(text.data() + text.size()), base_(at_), a_(a), b_(b) {}
    delimiters(const delimiters&) = delete;
    delimiters& operator=(const delimiters&) = delete;

    /// The next place, or the end of the text.
    [[nodiscard]] const char* next() noexcept {
        if (next_ == end_) [[unlikely]]
            find();
        return base_ + *next_++;
    }

private:
    static constexpr std::size_t width = 64;
    static constexpr std::size_t at_least = 960;

    void find() noexcept {
        base_ = at_;
        next_ = end_ = places_.data();
        const std::uint32_t* const full = next_ + at_least;
        while (at_ != stop_ && end_ < full) {
            const auto count = (std::min)(width, static_cast<std::size_t>(stop_ - at_));
            put(compare(count));
            at_ += count;
        }
        if (at_ == stop_) *end_++ = static_cast<std::uint32_t>(stop_ - base_);
    }
    void put(std::uint64_t bits) noexcept {
        const auto place = static_cast<std::uint32_t>(at_ - base_);
        std::uint32_t* to = end_;
        for (; bits != 0; bits &= bits - 1)
            *to++ = place + static_cast<std::uint32_t>(std::countr_zero(bits));
        end_ = to;
    }
    /// A bit for each of the next bytes. count: up to width.
    [[nodiscard]] std::uint64_t compare(std::size_t count) const noexcept {
        std::uint64_t bits = 0;
#if defined(__SSE2__)
        if (count == width) {
            const auto a = _mm_set1_epi8(a_);
            const auto b = _mm_set1_epi8(b_);
            for (std::size_t i = 0; i < width; i += 16) {
                const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_ + i));
                const auto equal = _mm_or_si128(_mm_cmpeq_epi8(bytes, a), _mm_cmpeq_epi8(bytes, b));
                bits |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(equal))} << i;
            }
            return bits;
        }
#endif
        for (std::size_t i = 0; i < count; ++i) bits |= std::uint64_t{at_[i] == a_ || at_[i] == b_} << i;
        return bits;
    }

    const char* at_; // before it all places have been found
    const char* stop_;
    const char* base_; // of places_
    std::array<std::uint32_t, at_least + 2 * width> places_;
    std::uint32_t* next_ = places_.data();
    std::uint32_t* end_ = next_;
    char a_;
    char b_;
};

} // namespace graft::inline v0_1::detail
