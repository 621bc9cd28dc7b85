#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <graft/backend/cpu/score_tile.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/core/host_device.hpp>

namespace graft::inline v0_1::detail {

/// Numbers that begin where the widest register may be loaded.
template <class Scalar>
using aligned_numbers = std::vector<Scalar, Eigen::aligned_allocator<Scalar>>;

/// A tile's worth of items, packed, that users are scored against.
template <class Scorer, class Scalar>
class item_panel {
    using tile = score_tile<Scalar>;

public:
    explicit item_panel(std::size_t dim) : dim_(dim), packed_(dim * tile::items), terms_(tile::items) {}

    /// The items row_at(i) of a table for i in [0, count), count <= tile::items.
    template <class RowAt>
    void fill(const row_view<Scalar>& items, std::size_t count, const RowAt& row_at) {
        tile::template pack<tile::items>(
            count, dim_, [&](std::size_t i) { return items.row(row_at(i)); }, packed_.data());
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t r = row_at(i);
            terms_[i] = item_term<Scorer>(items.row(r), dim_, items.bias(r, dim_));
        }
    }
    [[nodiscard]] const Scalar* packed() const noexcept { return packed_.data(); }
    [[nodiscard]] const Scalar* terms() const noexcept { return terms_.data(); }

private:
    std::size_t dim_;
    aligned_numbers<Scalar> packed_; // [dim x tile::items]
    aligned_numbers<Scalar> terms_;  // [tile::items]
};

/// Users, packed, in groups of a tile's worth.
template <class Scorer, class Scalar>
class packed_users {
    using tile = score_tile<Scalar>;
    using packet = typename tile::packet;

public:
    packed_users(std::span<const Scalar* const> users, std::size_t dim, Scalar mean)
        : dim_(dim), groups_((users.size() + tile::users - 1) / tile::users),
          packed_(groups_ * tile::users * dim), terms_(groups_ * tile::users) {
        for (std::size_t g = 0; g < groups_; ++g) {
            const auto rows =
                users.subspan(g * tile::users).first((std::min)(tile::users, users.size() - g * tile::users));
            const auto row = [&](std::size_t u) { return rows[u]; };
            tile::template pack<tile::users>(rows.size(), dim, row, packed_.data() + g * tile::users * dim);
            for (std::size_t u = 0; u < rows.size(); ++u)
                terms_[g * tile::users + u] = user_term<Scorer>(rows[u], dim, mean);
        }
    }

    [[nodiscard]] std::size_t groups() const noexcept { return groups_; }

    /// The scores of a group of users with the items of a panel, as score_tile::multiply gives products.
    GRAFT_ALWAYS_INLINE void score(std::size_t group, const item_panel<Scorer, Scalar>& panel,
                                   packet (&scores)[tile::size]) const {
        namespace packets = Eigen::internal;
        tile::multiply(packed_.data() + group * tile::users * dim_, panel.packed(), dim_, scores);
        tile::for_each_product([&](auto i) GRAFT_INLINE_LAMBDA {
            const auto user = packets::pset1<packet>(terms_[group * tile::users + i() / tile::vectors]);
            const auto item = packets::ploadu<packet>(panel.terms() + i() % tile::vectors * tile::lanes);
            scores[i()] = score_of<Scorer>(scores[i()], user, item);
        });
    }

private:
    std::size_t dim_;
    std::size_t groups_;
    aligned_numbers<Scalar> packed_; // [groups x dim x tile::users]
    aligned_numbers<Scalar> terms_;  // [groups x tile::users]
};

/// With so few users, rows are read as they are: packing costs more than it saves.
inline constexpr std::size_t few_users = 4;

/// scores[u * items.rows + i] = score of user u and item i, for a scorer of models.
template <class Scorer, class Scalar>
void score_matrix(std::span<const Scalar* const> users, const row_view<Scalar>& items, std::size_t dim,
                  Scalar mean, Scalar* scores) {
    using tile = score_tile<Scalar>;
    if (users.size() <= few_users) {
        for (std::size_t i = 0; i < items.rows; ++i)
            for (std::size_t u = 0; u < users.size(); ++u)
                scores[u * items.rows + i] =
                    score_pair<Scorer>(users[u], items.row(i), dim, mean, items.bias(i, dim));
        return;
    }
    const packed_users<Scorer, Scalar> packed(users, dim, mean);
    item_panel<Scorer, Scalar> panel(dim);
    for (std::size_t begin = 0; begin < items.rows; begin += tile::items) {
        const std::size_t count = (std::min)(tile::items, items.rows - begin);
        panel.fill(items, count, [&](std::size_t i) { return begin + i; });
        for (std::size_t g = 0; g < packed.groups(); ++g) {
            typename tile::packet of_group[tile::size];
            packed.score(g, panel, of_group);
            Scalar numbers[tile::users * tile::items];
            tile::for_each_product([&](auto i) GRAFT_INLINE_LAMBDA {
                Eigen::internal::pstoreu(numbers + i() * tile::lanes, of_group[i()]);
            });
            const std::size_t first = g * tile::users;
            for (std::size_t u = 0; u < (std::min)(tile::users, users.size() - first); ++u)
                std::copy_n(numbers + u * tile::items, count, scores + (first + u) * items.rows + begin);
        }
    }
}

} // namespace graft::inline v0_1::detail
