#include <algorithm>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/random.hpp>
#include <graft/train/detail/epoch_order.hpp>

#include <support/numbered.hpp>

namespace {

/// The values of an epoch, taken `count` at a time; each must stand beside its own user and item.
std::vector<float> take_all(graft::detail::epoch_order& order, const graft::interactions& data,
                            std::size_t count) {
    std::vector<float> taken;
    for (std::size_t begin = 0; begin < data.size(); begin += count) {
        const std::size_t size = std::min(count, data.size() - begin);
        order.take(begin, size, 1);
        REQUIRE(order.part.users.size() == size);
        REQUIRE(order.part.items.size() == size);
        REQUIRE(order.part.targets.size() == size);
        for (std::size_t k = 0; k < size; ++k) {
            const auto at = static_cast<std::size_t>(order.part.targets[k]);
            CHECK(order.part.users[k] == data.users()[at]);
            CHECK(order.part.items[k] == data.items()[at]);
            taken.push_back(order.part.targets[k]);
        }
    }
    return taken;
}

} // namespace

TEST_CASE("an epoch has the order of the data until it is shuffled") {
    const auto data = numbered(100);
    graft::detail::epoch_order order(data);
    CHECK(take_all(order, data, 7) == values(data));
}

TEST_CASE(
    "a shuffled epoch has each interaction once, in an order of its own that does not depend on the parts") {
    const auto data = numbered(100);
    graft::detail::epoch_order order(data);
    graft::random_engine engine(1);
    order.shuffle(engine);
    const auto first = take_all(order, data, 7);
    CHECK(take_all(order, data, 100) == first);
    order.shuffle(engine);
    auto second = take_all(order, data, 7);
    CHECK(second != first);
    CHECK(first != values(data));
    std::sort(second.begin(), second.end());
    CHECK(second == values(data));
}
