#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/rows.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/random.hpp>

#include <support/draw.hpp>

namespace {

using test::draw;

template <class Scalar>
void check_chunks() {
    for (std::size_t size = 0; size < 70; ++size) {
        std::size_t end = 0;
        bool shrinking = true;
        std::size_t before = 1000;
        graft::detail::for_each_chunk<Scalar>(size, [&](auto piece, std::size_t at) {
            CHECK(at == end);
            end = at + static_cast<std::size_t>(piece());
            shrinking = shrinking && static_cast<std::size_t>(piece()) <= before;
            before = static_cast<std::size_t>(piece());
        });
        CHECK(end == size);
        CHECK(shrinking);
    }
}

template <class Scalar>
void check_products(double tolerance) {
    graft::random_engine engine(1);
    for (std::size_t size = 0; size < 200; ++size) {
        const auto a = draw<Scalar>(size + 1, engine);
        const auto b = draw<Scalar>(size + 1, engine);
        double want = 0;
        double absolutes = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const double product = static_cast<double>(a[i]) * static_cast<double>(b[i]);
            want += product;
            absolutes += std::abs(product);
        }
        const Scalar got = graft::detail::dot_product(a.data(), b.data(), size);
        CHECK(std::abs(static_cast<double>(got) - want) <= tolerance * absolutes);
        std::vector<Scalar> elsewhere(a.size() + 1); // at another address within a cache line
        std::copy(a.begin(), a.end(), elsewhere.begin() + 1);
        CHECK(graft::detail::dot_product(elsewhere.data() + 1, b.data(), size) == got);
    }
}

} // namespace

TEST_CASE("a row is cut into chunks that cover it once, the wide ones first") {
    check_chunks<float>();
    check_chunks<double>();
}

TEST_CASE("dot products of any size are right, and have the same bits wherever the rows lie") {
    check_products<float>(1e-6);
    check_products<double>(1e-15);
}

TEST_CASE("the least of a row's values is found at any place") {
    for (std::size_t size = 1; size < 40; ++size)
        for (std::size_t at = 0; at < size; ++at) {
            std::vector<float> values(size, 2.0F);
            values[at] = -3;
            CHECK(graft::detail::least(values.data(), size) == -3);
        }
}

TEST_CASE("a biased score adds the mean and both biases, a dot product neither") {
    const std::vector<double> user{1, 2, 0.5};
    const std::vector<double> item{3, 4, 0.25};
    CHECK(graft::detail::score_rows<graft::biased>(user.data(), item.data(), 2, 10.0) == 11 + 10.75);
    CHECK(graft::detail::score_rows<graft::dot>(user.data(), item.data(), 2, 10.0) == 11);
}
