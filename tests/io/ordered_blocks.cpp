#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/thread_pool.hpp>
#include <graft/io/ordered_blocks.hpp>

using graft::detail::parse_in_order;

TEST_CASE("blocks are put in their order, for any number of threads") {
    for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
        graft::thread_pool pool(threads);
        std::size_t next = 0;
        std::vector<std::size_t> put;
        parse_in_order<std::size_t, std::size_t>(
            pool,
            [&](std::size_t& block) {
                block = next++;
                return block < 100;
            },
            [](std::size_t block, std::size_t& parsed) { parsed = block * block; },
            [&](std::size_t block, std::size_t parsed) {
                CHECK(parsed == block * block);
                put.push_back(block);
            });
        REQUIRE(put.size() == 100);
        for (std::size_t i = 0; i < put.size(); ++i) CHECK(put[i] == i);
    }
}

TEST_CASE("what the earliest block throws is thrown, and nothing behind it is put") {
    for (const std::size_t threads : {1U, 2U, 4U}) {
        graft::thread_pool pool(threads);
        std::size_t next = 0;
        std::size_t put = 0;
        const auto fails = [](std::size_t at, const char* what) {
            throw std::runtime_error(what + std::to_string(at));
        };
        const auto run = [&](std::size_t at_next, std::size_t at_parse, std::size_t at_put) {
            next = put = 0;
            try {
                parse_in_order<std::size_t, std::size_t>(
                    pool,
                    [&](std::size_t& block) {
                        if (next == at_next) fails(next, "next ");
                        block = next++;
                        return true;
                    },
                    [&](std::size_t block, std::size_t&) {
                        if (block >= at_parse) fails(block, "parse ");
                    },
                    [&](std::size_t block, std::size_t) {
                        if (block == at_put) fails(block, "put ");
                        ++put;
                    });
            } catch (const std::runtime_error& error) { return std::string(error.what()); }
            return std::string("nothing");
        };
        CHECK(run(9, 5, 7) == "parse 5");
        CHECK(put == 5);
        CHECK(run(4, 5, 7) == "next 4");
        CHECK(put == 4);
        CHECK(run(9, 8, 3) == "put 3");
        CHECK(put == 3);
    }
}
