#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

// Not inlined: a message is made once in a program's life, but compiled wherever something may go wrong.
GRAFT_COLD inline void append_part(std::string& text, std::string_view part) { text += part; }
GRAFT_COLD inline void append_part(std::string& text, long long number) { text += std::to_string(number); }
GRAFT_COLD inline void append_part(std::string& text, unsigned long long number) {
    text += std::to_string(number);
}

/// Text and whole numbers, one after the other.
template <class... Parts>
[[nodiscard]] GRAFT_COLD std::string message(const Parts&... parts) {
    std::string text;
    const auto add = [&text](const auto& part) {
        using type = std::remove_cvref_t<decltype(part)>;
        if constexpr (std::signed_integral<type>)
            append_part(text, static_cast<long long>(part));
        else if constexpr (std::integral<type>)
            append_part(text, static_cast<unsigned long long>(part));
        else
            append_part(text, std::string_view(part));
    };
    (add(parts), ...);
    return text;
}

} // namespace graft::inline v0_1::detail
