#pragma once

#include <charconv>
#include <concepts>
#include <string_view>
#include <type_traits>

namespace graft::inline v0_1 {

/// What can stand for an id: text, or a whole number, which means its decimal text.
template <class Id>
concept id_like = std::convertible_to<const Id&, std::string_view> ||
    (std::integral<Id> && !std::same_as<Id, bool> && !std::same_as<Id, char>);

namespace detail {

/// The text of an id, without allocation.
class id_text {
public:
    template <id_like Id>
    explicit id_text(const Id& id) {
        if constexpr (std::convertible_to<const Id&, std::string_view>)
            text_ = id;
        else
            text_ = {digits_,
                     static_cast<std::size_t>(std::to_chars(digits_, digits_ + 24, id).ptr - digits_)};
    }
    id_text(const id_text&) = delete;
    id_text& operator=(const id_text&) = delete;

    operator std::string_view() const noexcept { return text_; }

private:
    char digits_[24];
    std::string_view text_;
};

} // namespace detail
} // namespace graft::inline v0_1
