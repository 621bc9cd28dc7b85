#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/packed_rows.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/random.hpp>

namespace {

template <class Scorer, class Scalar>
void check_matrix() {
    graft::random_engine engine(3);
    for (const std::size_t dim : {1U, 7U, 16U, 33U})
        for (const std::size_t users : {1U, 4U, 5U, 13U})
            for (const std::size_t items : {0U, 1U, 40U, 129U}) {
                const std::size_t stride = dim + 3;
                std::vector<Scalar> of_users(users * stride), of_items(items * stride);
                for (auto* table : {&of_users, &of_items})
                    for (auto& x : *table) x = static_cast<Scalar>(graft::draw_normal_pair(engine).first);
                std::vector<const Scalar*> rows;
                for (std::size_t u = 0; u < users; ++u) rows.push_back(of_users.data() + u * stride);
                const graft::row_view<Scalar> view{of_items.data(), items, stride};
                std::vector<Scalar> scores(users * items);
                graft::detail::score_matrix<Scorer, Scalar>(rows, view, dim, Scalar(3), scores.data());
                std::vector<Scalar> want;
                for (std::size_t u = 0; u < users; ++u)
                    for (std::size_t i = 0; i < items; ++i)
                        want.push_back(
                            graft::detail::score_pair<Scorer>(rows[u], view.row(i), dim, Scalar(3)));
                INFO(users << " x " << items << ", dim " << dim);
                CHECK(scores == want);
            }
}

} // namespace

TEST_CASE("the scores of many users with all items have the bits of each pair alone") {
    check_matrix<graft::dot, float>();
    check_matrix<graft::biased, float>();
    check_matrix<graft::biased, double>();
}
