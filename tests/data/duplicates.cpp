#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/data/duplicates.hpp>

namespace {

graft::interactions random_entries(std::uint64_t seed, std::size_t size) {
    graft::random_engine engine(seed);
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> values;
    for (std::size_t i = 0; i < size; ++i) {
        users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, 20)));
        items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, 30)));
        values.push_back(static_cast<float>(i));
    }
    return graft::interactions::from_rows(users, items, values, 20, 30);
}

} // namespace

TEST_CASE("each policy leaves what a plain map leaves, in the order of the source") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto all = random_entries(seed, 200 + 50 * seed);
        std::map<std::pair<graft::user_id, graft::item_id>, std::pair<float, float>> ends;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto [place, fresh] =
                ends.try_emplace({all.users()[i], all.items()[i]}, all.values()[i], all.values()[i]);
            if (!fresh) place->second.second = all.values()[i];
        }
        std::vector<float> first;
        std::vector<float> last;
        for (const auto& [pair, values] : ends) {
            first.push_back(values.first);
            last.push_back(values.second);
        }
        std::sort(first.begin(), first.end());
        std::sort(last.begin(), last.end());
        const auto kept_first = resolve_duplicates(all, graft::duplicates::keep_first);
        const auto kept_last = resolve_duplicates(all, graft::duplicates::keep_last);
        CHECK(std::vector(kept_first.values().begin(), kept_first.values().end()) == first);
        CHECK(std::vector(kept_last.values().begin(), kept_last.values().end()) == last);
        CHECK(resolve_duplicates(all, graft::duplicates::keep_all).size() == all.size());
        CHECK(resolve_duplicates(kept_first, graft::duplicates::error).size() == first.size());
        CHECK_THROWS_AS((void)resolve_duplicates(all, graft::duplicates::error), graft::argument_error);
    }
}

TEST_CASE("the repetition that ends first is the one named") {
    const std::vector<graft::user_id> users{graft::user_id{1}, graft::user_id{0}, graft::user_id{0},
                                            graft::user_id{1}};
    const std::vector<graft::item_id> items(4, graft::item_id{0});
    const auto all = graft::interactions::from_rows(users, items, std::vector<float>(4, 1.0F), 2, 1);
    CHECK_THROWS_WITH_AS((void)resolve_duplicates(all, graft::duplicates::error),
                         "interactions: positions 1 and 2 are both user '0' and item '0'; choose "
                         "graft::duplicates::keep_first, keep_last or keep_all",
                         graft::argument_error);
}
