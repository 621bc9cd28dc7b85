#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/detail/finite.hpp>

namespace {

template <class Scalar>
void check_finite_numbers() {
    using limits = std::numeric_limits<Scalar>;
    for (const std::size_t size : {1U, 3U, 67U})
        for (std::size_t place = 0; place < size; ++place) {
            const auto finite = [&](Scalar number) {
                std::vector<Scalar> numbers(size, Scalar(-1));
                numbers[place] = number;
                std::string bytes = ".";
                bytes.append(reinterpret_cast<const char*>(numbers.data()), size * sizeof(Scalar));
                const bool result = graft::detail::all_finite(numbers.data(), size);
                CHECK(graft::detail::all_finite<Scalar>(bytes.data() + 1, size) == result); // not aligned
                return result;
            };
            CHECK(finite(-(limits::max)()));
            CHECK(finite(limits::denorm_min()));
            CHECK(finite(-Scalar(0)));
            CHECK_FALSE(finite(-limits::infinity()));
            CHECK_FALSE(finite(limits::infinity()));
            CHECK_FALSE(finite(limits::quiet_NaN()));
            CHECK_FALSE(finite(-limits::quiet_NaN()));
        }
    CHECK(graft::detail::all_finite<Scalar>(static_cast<const char*>(nullptr), 0));
}

} // namespace

TEST_CASE("numbers at any place are finite, or one of them is not") {
    check_finite_numbers<float>();
    check_finite_numbers<double>();
}
