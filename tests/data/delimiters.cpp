#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/detail/delimiters.hpp>

TEST_CASE("either character is found wherever it is, one after the other") {
    std::mt19937 draw(6);
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (auto left = draw() % (round % 100 == 0 ? 20'000 : 300); left > 0; --left) {
            const auto kind = draw() % 16;
            text += static_cast<char>(kind == 0   ? ','
                                      : kind == 1 ? '\n'
                                      : kind < 4  ? ',' + 1
                                      : kind < 6  ? '\n' ^ 1
                                                  : draw());
        }
        std::vector<std::size_t> expected;
        for (auto at = text.find_first_of(",\n"); at != std::string::npos;
             at = text.find_first_of(",\n", at + 1))
            expected.push_back(at);
        graft::detail::delimiters found(text, ',', '\n');
        std::vector<std::size_t> places;
        for (const char* at = found.next(); at != text.data() + text.size(); at = found.next())
            places.push_back(static_cast<std::size_t>(at - text.data()));
        CHECK(places == expected);
        CHECK(found.next() == text.data() + text.size()); // the end, however often
    }
}
