#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/detail/fingerprint.hpp>

namespace {

std::uint64_t of(const std::vector<std::string_view>& pieces) {
    graft::detail::fingerprint sum;
    for (const auto piece : pieces) sum.add(piece);
    return sum.value();
}

} // namespace

TEST_CASE("the same pieces in the same order have one fingerprint, and others another") {
    CHECK(of({"ann", "bob"}) == of({"ann", "bob"}));
    const std::set<std::uint64_t> all{
        of({}),      of({""}),           of({"", ""}),       of({"annbob"}),    of({"ann"}),
        of({"bob"}), of({"ann", "bob"}), of({"bob", "ann"}), of({"an", "nbob"})};
    CHECK(all.size() == 9);
    const std::string text(1000, 'x');
    std::set<std::uint64_t> changed{of({text})};
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto other = text;
        other[at] = 'y';
        changed.insert(of({other}));
    }
    CHECK(changed.size() == text.size() + 1);
}

TEST_CASE("a fingerprint is the same in every program, since files hold it") {
    graft::detail::fingerprint sum;
    const std::vector<float> numbers{1.0F, 2.0F};
    sum.add(std::span<const float>(numbers));
    sum.add("ann");
    CHECK(sum.text() == "0829fba420e823d3");
    CHECK(graft::detail::fingerprint().text() == "0000000000000000");
}
