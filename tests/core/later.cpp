#include <type_traits>

#include <doctest/doctest.h>

#include <graft/core/detail/later.hpp>

namespace {

template <class T>
struct never { // what is looked into, even without a call, does not compile
    static_assert(sizeof(T) == 0);
};

template <class Later = void>
int not_called() {
    return graft::detail::later<never<int>, Later>::number;
}

} // namespace

TEST_CASE("a type for later is the type itself, and not looked into before the call") {
    static_assert(std::is_same_v<graft::detail::later<int, void>, int>);
    CHECK(std::is_same_v<decltype(not_called()), int>);
}
