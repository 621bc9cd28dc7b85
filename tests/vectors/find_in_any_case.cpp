#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/vectors/find_in_any_case.hpp>

namespace {

graft::keyed_vectors vectors_of(const std::vector<std::string>& words) {
    return {words, graft::keyed_vectors::matrix_type::Zero(static_cast<Eigen::Index>(words.size()), 1)};
}

} // namespace

TEST_CASE("a word is found as it is, else in lower case, Capitalised or in UPPER case, in this order") {
    const auto vectors = vectors_of({"TEA", "Tea", "tea", "UK", "Paris"});
    CHECK(graft::find_in_any_case(vectors, "TEA") == 0U);
    CHECK(graft::find_in_any_case(vectors, "Tea") == 1U);
    CHECK(graft::find_in_any_case(vectors, "tEA") == 2U);
    CHECK(graft::find_in_any_case(vectors, "uk") == 3U);
    CHECK(graft::find_in_any_case(vectors, "PARIS") == 4U);
    CHECK_FALSE(graft::find_in_any_case(vectors, "coffee"));
    CHECK_FALSE(graft::find_in_any_case(vectors, ""));
}

TEST_CASE("letters beyond ASCII keep their case") {
    CHECK(graft::find_in_any_case(vectors_of({"\xc3\x84rger"}), "\xc3\x84RGER") == 0U);
    CHECK_FALSE(graft::find_in_any_case(vectors_of({"\xc3\x84rger"}), "\xc3\xa4rger"));
}
