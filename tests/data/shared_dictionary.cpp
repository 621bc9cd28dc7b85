#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/shared_dictionary.hpp>

using graft::user_id;
using graft::detail::id_table;
using graft::detail::shared_dictionary;

TEST_CASE("ids of any length get numbers in order, and are given back") {
    id_table table;
    const graft::detail::string_hash hash(graft::detail::process_entropy());
    std::vector<std::string> ids;
    for (std::size_t length = 1; length < 40; ++length)
        for (const char last : {'a', 'b', '\0', '\xff'}) ids.push_back(std::string(length - 1, 'x') + last);
    for (std::size_t i = 0; i < ids.size(); ++i) CHECK(table.insert(ids[i], hash(ids[i])) == i);
    for (std::size_t i = 0; i < ids.size(); ++i) CHECK(table.insert(ids[i], hash(ids[i])) == i);
    CHECK(table.size() == ids.size());
    std::size_t characters = 0;
    for (const auto& id : ids) characters += id.size();
    CHECK(table.characters() == characters);
    std::vector<bool> seen(ids.size());
    table.for_each_slot([&](std::size_t number, std::size_t slot) {
        char buffer[16];
        CHECK(table.view(slot, buffer) == ids[number]);
        seen[number] = true;
    });
    CHECK(seen == std::vector<bool>(ids.size(), true));
}

TEST_CASE("equal hashes do not make ids equal") {
    id_table table;
    for (const std::string text : {"a", "b", "a\0"}) {
        const auto number = table.insert(text, 7);
        CHECK(table.insert(text, 7) == number);
    }
    const std::string longer(30, 'x');
    CHECK(table.insert(longer + "a", 7) != table.insert(longer + "b", 7));
}

TEST_CASE("rows follow the first appearance, whichever thread looked an id up first") {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 20'000; ++i)
        texts.push_back((i % 3 == 0 ? "a long name of a user " : "u") + std::to_string(i * i % 5'003));
    const std::vector<std::string_view> ids(texts.begin(), texts.end());
    std::vector<user_id> expected;
    graft::id_map expected_map;
    for (const auto id : ids) expected.push_back(static_cast<user_id>(expected_map.insert(id)));
    for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
        shared_dictionary dictionary;
        graft::thread_pool pool(threads);
        std::vector<std::uint32_t> numbers(ids.size());
        constexpr std::size_t block = 500;
        pool.run([&](std::size_t thread) {
            shared_dictionary::scratch scratch;
            for (std::size_t at = thread * block; at < ids.size(); at += threads * block)
                dictionary.look_up(std::span(ids).subspan(at, block), std::span(numbers).subspan(at, block),
                                   at / block * 17, scratch);
        });
        std::vector<user_id> rows;
        for (const auto number : numbers) rows.push_back(static_cast<user_id>(number));
        graft::id_map map;
        dictionary.number_rows(std::span(rows), map);
        CHECK(rows == expected);
        REQUIRE(map.size() == expected_map.size());
        for (std::size_t row = 0; row < map.size(); ++row) CHECK(map.id(row) == expected_map.id(row));
    }
}

TEST_CASE("ids that a map holds already keep their rows") {
    shared_dictionary dictionary;
    shared_dictionary::scratch scratch;
    const std::vector<std::string_view> ids{"c", "a", "c", "b"};
    std::vector<std::uint32_t> numbers(4);
    dictionary.look_up(ids, numbers, 0, scratch);
    std::vector<user_id> rows;
    for (const auto number : numbers) rows.push_back(static_cast<user_id>(number));
    graft::id_map map;
    map.insert("z");
    map.insert("a");
    dictionary.number_rows(std::span(rows), map);
    CHECK(rows == std::vector<user_id>{user_id{2}, user_id{1}, user_id{2}, user_id{3}});
}
