#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/cluster/detail/ranks.hpp>

namespace graft::inline v0_1::detail {

/// Puts what all ranks have, one rank's after the other's, in place of what this one has. sizes: [ranks], what each
/// has. Some elements travel at a time, so that their number may be more than one message has.
template <class T>
void join_column(const ranks& all, std::span<const std::size_t> sizes, std::vector<T>& column,
                 std::size_t some = std::size_t{1} << 22U) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<std::size_t> begins;
    std::size_t size = 0;
    for (const auto of_rank : sizes) {
        begins.push_back(size);
        size += of_rank;
    }
    std::vector<T> joined(size);
    std::copy(column.begin(), column.end(), joined.begin() + static_cast<std::ptrdiff_t>(begins[all.me()]));
    std::vector<T>().swap(column);

    const mpi_block<char> element(sizeof(T));
    const std::size_t of_each = (std::max)(some / all.size(), std::size_t{1});
    const std::size_t longest = *std::max_element(sizes.begin(), sizes.end());
    rank_counts counts;
    std::vector<T> got;
    for (std::size_t done = 0; done < longest; done += of_each) {
        counts.set(all.size(), [&](std::size_t rank) {
            return (std::min)(of_each, sizes[rank] - (std::min)(sizes[rank], done));
        });
        got.resize(counts.all());
        const auto begin = (std::min)(begins[all.me()] + done, size);
        all.gather(joined.data() + begin, got.data(), counts, element.type());
        for (std::size_t rank = 0; rank < all.size(); ++rank)
            if (counts.count(rank) > 0)
                std::copy_n(got.begin() + static_cast<std::ptrdiff_t>(counts.begin(rank)), counts.count(rank),
                            joined.begin() + static_cast<std::ptrdiff_t>(begins[rank] + done));
    }
    column = std::move(joined);
}

} // namespace graft::inline v0_1::detail
