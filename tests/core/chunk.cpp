#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <graft/core/chunk.hpp>
#include <graft/core/random.hpp>

namespace {

/// The largest distance between two functions of a chunk and of one number, in units in the last place.
template <class Scalar, int Size>
Scalar worst_distance() {
    using chunk = Eigen::Array<Scalar, Size, 1>;
    graft::random_engine engine(Size);
    Scalar worst = 0;
    for (int round = 0; round < 2000; ++round) {
        chunk x;
        for (int i = 0; i < Size; ++i)
            x[i] = static_cast<Scalar>(std::exp((graft::draw_uniform(engine) - 0.5) * 120)); // 1e-26 .. 1e26
        const chunk root = graft::root(x);
        const chunk quotient = graft::quotient(chunk(chunk::Constant(3)), x);
        for (int i = 0; i < Size; ++i) {
            const auto distance = [](Scalar got, Scalar want) {
                return std::abs(got / want - 1) / std::numeric_limits<Scalar>::epsilon();
            };
            worst = (std::max)({worst, distance(root[i], std::sqrt(x[i])), distance(quotient[i], 3 / x[i])});
        }
    }
    return worst;
}

} // namespace

TEST_CASE("roots and quotients of chunks are those of numbers") {
    CHECK(worst_distance<float, 1>() <= 2);
    CHECK(worst_distance<float, 4>() <= 2);
    CHECK(worst_distance<float, 8>() <= 2);
    CHECK(worst_distance<float, 16>() <= 2);
    CHECK(worst_distance<double, 2>() <= 2);
    CHECK(worst_distance<double, 8>() <= 2);
    CHECK(graft::root(0.0F) == 0);
    CHECK(graft::quotient(1.0F, 4.0F) == 0.25F);
}

TEST_CASE_TEMPLATE("roots of 0 and quotients by infinity and by what is no number", Chunk,
                   Eigen::Array<float, 16, 1>, Eigen::Array<float, 8, 1>, Eigen::Array<float, 4, 1>,
                   Eigen::Array<double, 2, 1>) {
    using scalar = typename Chunk::Scalar;
    const Chunk one = Chunk::Constant(1);
    const auto all = [](scalar x) { return Chunk(Chunk::Constant(x)); };
    CHECK((graft::root(all(0)) == 0).all());
    CHECK((graft::quotient(one, all(std::numeric_limits<scalar>::infinity())) < scalar(1e-38)).all());
    CHECK(graft::quotient(one, all(std::numeric_limits<scalar>::quiet_NaN())).isNaN().all());
}

TEST_CASE_TEMPLATE("a product is added alike to one number and to each of a chunk", Scalar, float, double) {
    constexpr int size = graft::detail::full_chunk<Scalar>;
    using chunk = graft::detail::chunk_of<Scalar, size>;
    const volatile Scalar three = 3; // the compiler would fuse what it knows, whatever the processor can
    const Scalar third = 1 / three;
    const auto sum = graft::multiply_add(graft::constant<chunk>(third), graft::constant<chunk>(third),
                                         graft::constant<chunk>(-third * third));
    for (Eigen::Index i = 0; i < size; ++i)
        CHECK(sum[i] == graft::multiply_add(third, third, -third * third));
}
