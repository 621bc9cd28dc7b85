#include <cstddef>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/device/host_system.hpp>
#include <graft/backend/device/store.hpp>
#include <graft/core/error.hpp>

#include <support/failing_system.hpp>

namespace {

using store_type = graft::device_store<float, graft::cpp_system>;
using test::failing_system;

const std::vector<float> six{1, 2, 3, 4, 5, 6};

template <class Store>
std::vector<float> weights_of(const Store& store) {
    std::vector<float> values(store.rows() * store.width());
    store.read_all(values.data());
    return values;
}

} // namespace

TEST_CASE("a store on a device starts as zeros and gives back the weights that are written") {
    store_type store(2, 3);
    CHECK(weights_of(store) == std::vector<float>(6, 0.0F));
    store.write_all(six.data());
    const std::vector<float> some{-1, -2};
    store.write(1, 1, some.data(), 2);
    CHECK(weights_of(store) == std::vector<float>{1, 2, 3, 4, -1, -2});
}

TEST_CASE("what the host writes reaches the device, and what the device writes reaches the host") {
    store_type store(2, 3);
    store.write_all(six.data());
    CHECK(store.pitch() == 4); // whole packs
    CHECK(store.device()[1 * store.stride() + 2] == 6);
    CHECK(store.device()[3] == 0); // padding
    store.device_to_write()[0] = 10;
    CHECK(weights_of(store)[0] == 10);
    const float value = 20;
    store.write(1, 0, &value, 1);
    CHECK(store.device()[store.stride()] == 20);
    CHECK(store.device()[0] == 10); // a write of the host loses none of the device's
}

TEST_CASE("a store on a device takes the weights of another, wherever they were last written") {
    store_type from(2, 3);
    store_type to(2, 3);
    from.write_all(six.data());
    from.set_moments(1);
    to.set_moments(2);
    from.device_to_write()[0] = 10;
    to.device_to_write()[0] = 30;
    to.write_all(from);
    CHECK(weights_of(to) == std::vector<float>{10, 2, 3, 4, 5, 6});
    CHECK(to.device()[1 * to.stride() + 2] == 6);
    to.write_all(to);
    CHECK(weights_of(to)[0] == 10);
}

TEST_CASE("moments on a device come as zeros beside the weights and go without a trace") {
    store_type store(2, 3);
    store.write_all(six.data());
    store.set_moments(2);
    CHECK(store.stride() == 12);
    float* const rows = store.device_to_write();
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(rows[r * 12 + i] == six[3 * r + i]);
            for (const std::size_t moment : {4U, 8U}) {
                CHECK(rows[r * 12 + moment + i] == 0);
                rows[r * 12 + moment + i] = -1;
            }
        }
    CHECK(weights_of(store) == six);
    store.set_moments(0);
    CHECK(store.stride() == 4);
    CHECK(weights_of(store) == six);
}

TEST_CASE("a copy of a store on a device is another table, and what is moved from has no rows") {
    store_type store(2, 3);
    store.write_all(six.data());
    store.set_moments(1);
    store.device_to_write()[0] = 10;
    store_type copy = store;
    CHECK(copy.stride() == copy.pitch()); // without moments
    CHECK(weights_of(copy)[0] == 10);
    copy.device_to_write()[0] = 11;
    CHECK(weights_of(store)[0] == 10);
    const store_type moved = std::move(store);
    CHECK(weights_of(moved)[0] == 10);
    CHECK(store.rows() == 0); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("moments are dropped with the weights safe wherever the device fails in it") {
    using failing_store = graft::device_store<float, failing_system>;
    failing_system::work();
    std::size_t bad = 0;
    for (;; ++bad) {
        failing_store store(2, 3);
        store.write_all(six.data());
        store.set_moments(2);
        store.device_to_write()[0] = 10;
        failing_system::fail(bad, bad);
        store.drop_moments();
        const bool reached = failing_system::calls > bad;
        failing_system::work();
        INFO("call " << bad);
        CHECK(weights_of(store) == std::vector<float>{10, 2, 3, 4, 5, 6});
        CHECK(store.stride() == store.pitch());
        if (!reached) break;
    }
    CHECK(bad > 2);
}

TEST_CASE("a store on a device refuses more rows than can be addressed") {
    CHECK_THROWS_WITH_AS(store_type(5'000'000'000, 1),
                         "table: 5000000000 rows of 1 numbers are more than can be addressed",
                         graft::argument_error);
}
