#include <string>

#include <doctest/doctest.h>

#include <graft/core/version.hpp>

TEST_CASE("the version's text is its three numbers") {
    std::string text = std::to_string(GRAFT_VERSION_MAJOR);
    text.append(1, '.').append(std::to_string(GRAFT_VERSION_MINOR));
    text.append(1, '.').append(std::to_string(GRAFT_VERSION_PATCH));
    CHECK(text == GRAFT_VERSION);
}
