#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <Eigen/SparseCore>

#include <graft/core/ids.hpp>
#include <graft/data/detail/group.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>

namespace graft::inline v0_1 {

/// Interactions as a matrix, with the ids of its rows and columns.
struct user_item_matrix {
    /// [users x items], compressed, items ascending in each row; a value of 0 is stored as any other.
    Eigen::SparseMatrix<float, Eigen::RowMajor, std::int64_t> values;
    std::shared_ptr<const id_map> user_ids;
    std::shared_ptr<const id_map> item_ids;
};

/// Throws argument_error if a pair repeats (resolve_duplicates decides which stays). O(size + users + items).
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] user_item_matrix build_user_item_matrix(const interactions& all) {
    // A stable counting sort by user of a counting sort by item: within a row, items ascend.
    const auto by_item = detail::group_by(all.items(), all.num_items());
    user_item_matrix matrix{
        {static_cast<Eigen::Index>(all.num_users()), static_cast<Eigen::Index>(all.num_items())},
        all.shared_user_ids(),
        all.shared_item_ids()};
    auto& values = matrix.values;
    values.resizeNonZeros(static_cast<Eigen::Index>(all.size()));
    std::int64_t* const starts = values.outerIndexPtr(); // zeros at first
    for (const user_id user : all.users()) ++starts[row_of(user) + 1];
    for (std::size_t row = 0; row < all.num_users(); ++row) starts[row + 1] += starts[row];
    std::vector<std::int64_t> next(starts, starts + all.num_users());
    for (const std::size_t position : by_item.positions) {
        const std::size_t row = row_of(all.users()[position]);
        const auto item = static_cast<std::int64_t>(row_of(all.items()[position]));
        const std::int64_t at = next[row]++;
        if (at > starts[row] && values.innerIndexPtr()[at - 1] == item)
            (void)resolve_duplicates(all, duplicates::error); // throws, with both positions
        values.innerIndexPtr()[at] = item;
        values.valuePtr()[at] = all.values()[position];
    }
    return matrix;
}

} // namespace graft::inline v0_1
