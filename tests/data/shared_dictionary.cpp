#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/shared_dictionary.hpp>
#include <graft/data/id_map.hpp>
#include <graft/io/ordered_blocks.hpp>

using graft::detail::shared_dictionary;

namespace {

/// The rows of ids that are looked up a block at a time, and that get rows from a map.
std::vector<std::uint32_t> rows_of(shared_dictionary& dictionary, std::span<const std::string_view> ids,
                                   std::size_t block_size, std::size_t threads, graft::id_map& map) {
    struct block {
        std::span<const std::string_view> ids;
    };
    struct parsed {
        std::vector<std::uint32_t> rows;
        std::vector<shared_dictionary::unnumbered_id> later;
    };
    std::vector<std::uint32_t> all;
    std::size_t at = 0;
    graft::thread_pool pool(threads);
    graft::detail::parse_in_order<block, parsed>(
        pool,
        [&](block& next) {
            next.ids = ids.subspan(at, (std::min)(block_size, ids.size() - at));
            at += next.ids.size();
            return !next.ids.empty();
        },
        [&](const block& from, parsed& to) {
            to.rows.resize(from.ids.size());
            to.later.clear();
            dictionary.look_up(from.ids, to.rows, to.later);
        },
        [&](const block&, parsed& to) {
            dictionary.number(to.later, to.rows, [&](std::string_view id) { return map.insert(id); });
            all.insert(all.end(), to.rows.begin(), to.rows.end());
        });
    return all;
}

std::vector<std::string> in_order(const shared_dictionary& dictionary, std::size_t first, std::size_t last) {
    std::vector<std::string> ids;
    std::size_t promised = 0;
    std::size_t given = 0;
    dictionary.in_order(
        first, last, [&](std::size_t characters) { promised = characters; },
        [&](std::span<const std::string_view> some) {
            for (const auto id : some) {
                given += id.size();
                ids.emplace_back(id);
            }
        });
    CHECK(promised == given);
    return ids;
}

} // namespace

TEST_CASE("ids of any length get rows in their order, and are given back") {
    std::vector<std::string> texts;
    for (std::size_t length = 1; length < 40; ++length)
        for (const char last : {'a', 'b', '\0', '\xff'})
            for (const char first : {'x', '\0'}) {
                texts.push_back(std::string(length - 1, 'x') + last);
                if (length > 1) texts.back()[0] = first;
                if (length == 1 && first == '\0') texts.pop_back();
            }
    const std::vector<std::string_view> ids(texts.begin(), texts.end());
    shared_dictionary dictionary;
    std::vector<std::uint32_t> expected;
    for (std::size_t i = 0; i < ids.size(); ++i) expected.push_back(static_cast<std::uint32_t>(i));
    for (int again = 0; again < 2; ++again) {
        graft::id_map map;
        if (again > 0) // all have rows by now
            for (const auto id : ids) map.insert(id);
        CHECK(rows_of(dictionary, ids, 7, 1, map) == expected);
        CHECK(map.size() == ids.size());
    }
    CHECK(in_order(dictionary, 0, ids.size()) == texts);
    CHECK(in_order(dictionary, 10, 12) == std::vector<std::string>{texts[10], texts[11]});
    CHECK(in_order(dictionary, 3, 3).empty());
}

TEST_CASE("rows follow the first appearance, whichever thread looked an id up first") {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 20'000; ++i)
        texts.push_back((i % 3 == 0 ? "a long name of a user " : "u") + std::to_string(i * i % 5'003));
    const std::vector<std::string_view> ids(texts.begin(), texts.end());
    std::vector<std::uint32_t> expected;
    graft::id_map expected_map;
    for (const auto id : ids) expected.push_back(static_cast<std::uint32_t>(expected_map.insert(id)));
    for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
        shared_dictionary dictionary;
        graft::id_map map;
        CHECK(rows_of(dictionary, ids, 500, threads, map) == expected);
        REQUIRE(map.size() == expected_map.size());
        const auto given = in_order(dictionary, 0, map.size());
        for (std::size_t row = 0; row < map.size(); ++row) {
            CHECK(map.id(row) == expected_map.id(row));
            CHECK(given[row] == expected_map.id(row));
        }
    }
}

TEST_CASE("ids that a map holds already keep their rows") {
    shared_dictionary dictionary;
    const std::vector<std::string_view> ids{"c", "a", "c", "b"};
    graft::id_map map;
    map.insert("z");
    map.insert("a");
    CHECK(rows_of(dictionary, ids, 2, 1, map) == std::vector<std::uint32_t>{2, 1, 2, 3});
    CHECK(in_order(dictionary, 2, 4) == std::vector<std::string>{"c", "b"});
}

TEST_CASE("a dictionary that is cleared starts anew") {
    shared_dictionary dictionary;
    for (int again = 0; again < 2; ++again) {
        graft::id_map map;
        const std::vector<std::string_view> ids{"a", "the name of something long", "a"};
        CHECK(rows_of(dictionary, ids, 3, 1, map) == std::vector<std::uint32_t>{0, 1, 0});
        dictionary.clear();
    }
}

TEST_CASE("an id that no row uses is none of those in order") {
    shared_dictionary dictionary;
    const std::vector<std::string_view> ids{"a", "b"};
    std::vector<std::uint32_t> rows(2);
    std::vector<shared_dictionary::unnumbered_id> later;
    dictionary.look_up(ids, rows, later);
    CHECK(rows == std::vector<std::uint32_t>(2, shared_dictionary::unnumbered));
    REQUIRE(later.size() == 2);
    dictionary.number(std::span(later).subspan(1), rows, [](std::string_view) { return 0; });
    CHECK(rows == std::vector<std::uint32_t>{shared_dictionary::unnumbered, 0});
    CHECK(in_order(dictionary, 0, 1) == std::vector<std::string>{"b"});
}
