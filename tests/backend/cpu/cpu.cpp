#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/cpu.hpp>
#include <graft/backend/scorer.hpp>

namespace {

using graft::biased;
using graft::item_id;
using graft::user_id;

graft::cpu_store<double> store_of(std::size_t rows, const std::vector<double>& weights) {
    graft::cpu_store<double> store(rows, weights.size() / rows);
    store.write_all(weights.data());
    return store;
}

// Rows [factor 1, factor 2, bias].
const auto users = store_of(2, {1, 2, 0.5, 0, 1, -0.5});
const auto items = store_of(3, {3, 1, 0.25, 1, 1, 0, 3, 1, 0.25});

} // namespace

TEST_CASE("the CPU scores pairs, and one user with all items") {
    const std::vector<user_id> user{user_id{1}, user_id{0}};
    const std::vector<item_id> item{item_id{2}, item_id{1}};
    std::vector<double> scores(2);
    graft::cpu::score<biased>(users, items, 2, 10.0, user, item, std::span(scores));
    CHECK(scores == std::vector<double>{10 - 0.5 + 0.25 + 1, 10 + 0.5 + 3});
    scores.resize(6);
    graft::cpu::score_all<graft::dot>(users, items, 2, 10.0, user, std::span(scores));
    CHECK(scores == std::vector<double>{1, 1, 1, 5, 3, 5});
}

TEST_CASE("the CPU adds up the errors of pairs") {
    const std::vector<user_id> user{user_id{0}, user_id{0}};
    const std::vector<item_id> item{item_id{0}, item_id{1}};
    const std::vector<float> ratings{3, 5};
    const auto sums =
        graft::cpu::sum_errors<graft::dot>(users, items, 2, 0.0, user, item, ratings, graft::clip{.high = 4});
    CHECK(sums.squares == 1 + 4);
    CHECK(sums.absolutes == 1 + 2);
}

TEST_CASE("the CPU gives the best of the items that are wanted, or all that there are") {
    const std::vector<user_id> user{user_id{0}};
    const auto items_of = [](const auto& lists) {
        std::vector<unsigned> found;
        for (const auto& r : lists[0]) found.push_back(static_cast<unsigned>(r.item));
        return found;
    };
    const auto top = [&](std::size_t k, auto wanted) {
        return items_of(graft::cpu::top_k<graft::dot>(users, items, 2, 0.0, user,
                                                      graft::list_query<decltype(wanted)>{k, wanted}));
    };
    CHECK(top(2, [](std::size_t, item_id) { return true; }) == std::vector<unsigned>{0, 2});
    CHECK(top(2, [](std::size_t, item_id i) { return i != item_id{0}; }) == std::vector<unsigned>{2, 1});
    CHECK(top(7, [](std::size_t, item_id) { return true; }) == std::vector<unsigned>{0, 2, 1});
    CHECK(top(7, [](std::size_t, item_id) { return false; }).empty());

    const std::vector<double> row{-1, 0, 0};
    const auto all = [](std::size_t, item_id) { return true; };
    CHECK(items_of(graft::cpu::top_k_of_rows<graft::dot>(std::span(row), items, 2, 0.0,
                                                         graft::list_query<decltype(all)>{2, all})) ==
          std::vector<unsigned>{1, 0});
    const auto rows = graft::cpu::host_rows(items);
    CHECK(rows.rows == 3);
    CHECK(rows.row(1)[0] == 1);
}
