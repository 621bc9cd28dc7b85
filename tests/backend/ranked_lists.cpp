#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/ranked_lists.hpp>

namespace {

std::vector<std::vector<int>> plain(const graft::ranked_lists<int>& lists) {
    std::vector<std::vector<int>> all;
    for (const std::span<const int> list : lists) all.emplace_back(list.begin(), list.end());
    return all;
}

} // namespace

TEST_CASE("lists of any length stand one after the other") {
    const std::vector<std::size_t> counts{2, 0, 3, 1};
    const graft::ranked_lists<int> lists({1, 2, 0, 0, 0, 0, 3, 4, 5, 6, 0, 0}, 3, counts);
    CHECK(lists.size() == 4);
    CHECK(plain(lists) == std::vector<std::vector<int>>{{1, 2}, {}, {3, 4, 5}, {6}});
    CHECK(lists[2][1] == 4);
    CHECK(std::vector<int>(lists.entries().begin(), lists.entries().end()) ==
          std::vector<int>{1, 2, 3, 4, 5, 6});
    CHECK(plain(graft::ranked_lists<int>({1, 2, 3, 4}, 2, std::vector<std::size_t>{2, 2})) ==
          std::vector<std::vector<int>>{{1, 2}, {3, 4}});
}

TEST_CASE("there may be no lists, or none with an entry") {
    CHECK(graft::ranked_lists<int>().empty());
    CHECK(plain(graft::ranked_lists<int>({}, 0, std::vector<std::size_t>{0, 0})) ==
          std::vector<std::vector<int>>{{}, {}});
}

TEST_CASE("each entry of lists can be made another") {
    const graft::ranked_lists<int> lists({1, 2, 3, 0}, 2, std::vector<std::size_t>{2, 1});
    const auto halves = lists.mapped([](int x) { return x / 2.0; });
    CHECK(halves.size() == 2);
    CHECK(halves[0][0] == 0.5);
    CHECK(halves[1][0] == 1.5);
}
