#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/data/id_map.hpp>
#include <graft/model/detail/id_order.hpp>

namespace {

using rows = std::vector<std::uint32_t>;

rows order_of(const std::vector<std::string>& texts) {
    graft::id_map ids;
    for (const auto& text : texts) ids.insert(text);
    return graft::detail::id_order::of(ids);
}

/// Ids of 0 to `most` letters out of `letters`, after `common`.
std::vector<std::string> some_ids(const std::string& common, const std::string& letters, std::size_t most,
                                  std::uint64_t seed) {
    graft::random_engine random(seed);
    std::vector<std::string> texts;
    for (int k = 0; k < 3000; ++k) {
        std::string text = common;
        for (std::size_t i = random() % (most + 1); i > 0; --i) text += letters[random() % letters.size()];
        texts.push_back(text);
    }
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    for (std::size_t k = texts.size(); k > 1; --k) std::swap(texts[k - 1], texts[random() % k]);
    return texts;
}

} // namespace

TEST_CASE("the order of ids is that of their bytes") {
    CHECK(order_of({}).empty());
    CHECK(order_of({"x"}) == rows{0});
    CHECK(order_of({""}) == rows{0});
    CHECK(order_of({"user_2", "user_10", "user_", "user_1"}) == rows{2, 3, 1, 0});
    CHECK(order_of({"user_12345678b", "user_12345678a", "user_12345678"}) == rows{2, 1, 0});
    CHECK(order_of({"\xc3\xa9", "z", ""}) == rows{2, 1, 0}); // bytes are unsigned
    CHECK(order_of({std::string("a\0b", 3), std::string("a\0", 2), "a", std::string("a\0a", 3)}) ==
          rows{2, 1, 3, 0});
}

TEST_CASE("ids of any letters and lengths are in the order of their bytes") {
    std::string all;
    for (int letter = 0; letter < 256; ++letter) all += static_cast<char>(letter);
    const std::string same(40, 'x'); // more than keys are made of
    std::vector<std::vector<std::string>> sets{
        some_ids("", "0123456789", 12, 1), some_ids("user_", "0123456789abcdef", 36, 2),
        some_ids("", all, 3, 3),           some_ids("", all, 40, 4),
        some_ids("B00", "AB", 11, 5),      some_ids("", "a", 70, 6)};
    sets.push_back(some_ids(same, "01", 9, 7));
    sets.back().push_back("y"); // so that they do not all begin alike
    for (const auto& texts : sets) {
        rows expected(texts.size());
        std::iota(expected.begin(), expected.end(), 0U);
        std::sort(expected.begin(), expected.end(), [&](auto a, auto b) { return texts[a] < texts[b]; });
        CHECK(order_of(texts) == expected);
    }
}
