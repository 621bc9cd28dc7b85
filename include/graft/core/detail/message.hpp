#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace graft::detail {

/// Text and whole numbers, one after the other.
template <class... Parts>
[[nodiscard]] std::string message(const Parts&... parts) {
    std::string text;
    const auto add = [&text](const auto& part) {
        if constexpr (std::integral<std::remove_cvref_t<decltype(part)>>)
            text += std::to_string(part);
        else
            text += std::string_view(part);
    };
    (add(parts), ...);
    return text;
}

} // namespace graft::detail
