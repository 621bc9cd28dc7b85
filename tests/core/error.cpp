#include <string>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>

namespace {

template <class Thrown>
std::string caught(const Thrown& thrown) {
    try {
        throw thrown;
    } catch (const graft::error& error) { return error.what(); }
}

} // namespace

TEST_CASE("all that graft throws is caught as graft::error, with its message") {
    CHECK(caught(graft::io_error("a")) == "a");
    CHECK(caught(graft::format_error("b")) == "b");
    CHECK(caught(graft::argument_error("c")) == "c");
    const graft::divergence_error diverged("d", 3, 70'000'000'000);
    CHECK(caught(diverged) == "d");
    CHECK(diverged.epoch() == 3);
    CHECK(diverged.step() == 70'000'000'000);
}
