#pragma once

#include <string>
#include <string_view>

#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// Text that outlives the call, or a whole number.
class message_part {
public:
    message_part() = default;
    message_part(const char* text) : message_part(std::string_view(text)) {}
    message_part(const std::string& text) : message_part(std::string_view(text)) {}
    message_part(std::string_view text) : text_(text.data()), value_(text.size()) {}
    message_part(int number) : message_part(static_cast<long long>(number)) {}
    message_part(long number) : message_part(static_cast<long long>(number)) {}
    message_part(long long number) : text_(minus), value_(static_cast<unsigned long long>(number)) {}
    message_part(unsigned number) : message_part(static_cast<unsigned long long>(number)) {}
    message_part(unsigned long number) : message_part(static_cast<unsigned long long>(number)) {}
    message_part(unsigned long long number) : text_(plus), value_(number) {}

    void append_to(std::string& text) const {
        if (text_ == minus)
            text += std::to_string(static_cast<long long>(value_));
        else if (text_ == plus)
            text += std::to_string(value_);
        else if (text_ != nullptr)
            text.append(text_, static_cast<std::size_t>(value_));
    }

private:
    static constexpr char minus[] =
        "-"; // where text_ points if there is a number, with its sign or without one
    static constexpr char plus[] = "+";
    const char* text_ = nullptr;
    unsigned long long value_ = 0; // or the length of the text
};

/// The parts one after the other. Neither a template nor inlined: a message is made once in a program's life, but calls
/// are compiled wherever something may go wrong.
[[nodiscard]] GRAFT_COLD inline std::string
message(message_part a, message_part b = {}, message_part c = {}, message_part d = {}, message_part e = {},
        message_part f = {}, message_part g = {}, message_part h = {}, message_part i = {},
        message_part j = {}, message_part k = {}, message_part l = {}, message_part m = {},
        message_part n = {}, message_part o = {}, message_part p = {}) {
    std::string text;
    for (const auto& part : {a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p}) part.append_to(text);
    return text;
}

} // namespace graft::inline v0_1::detail
