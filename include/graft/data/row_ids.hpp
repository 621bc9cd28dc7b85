#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/data/detail/id_rows.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/same_rows.hpp>

namespace graft::inline v0_1 {

/// The ids that rows have already, such as a model's or the training data's, from which a reader goes on. Null: no
/// row has an id yet.
struct row_ids {
    std::shared_ptr<const id_map> users{};
    std::shared_ptr<const id_map> items{};

    row_ids() = default;
    row_ids(std::shared_ptr<const id_map> user_ids, std::shared_ptr<const id_map> item_ids)
        : users(std::move(user_ids)), items(std::move(item_ids)) {}
    /// Those of a model or of interactions. Throws argument_error where it does not know its ids, as then any
    /// row could be anybody's.
    template <has_shared_ids T>
    requires(!std::same_as<T, row_ids>) row_ids(const T& named)
        : row_ids(named.shared_user_ids(), named.shared_item_ids()) {
        if (!users || !items)
            throw argument_error(std::string("row_ids: the ") + (users ? "items" : "users") +
                                 " have no ids; fit gives a model those of its data, or set them with "
                                 "set_ids");
    }
};

/// What a reader does with an id that `rows_of` does not have: it gets the next row; its line is skipped; its line
/// is an error.
enum class unknown_ids { append, skip, error };

/// A longer map, in which the ids of `known` (null: none) keep their rows; those of `more` that it does not have come
/// behind them, in their order. It is `known` itself where none is new.
[[nodiscard]] inline std::shared_ptr<const id_map> append_ids(std::shared_ptr<const id_map> known,
                                                              const id_map& more) {
    detail::id_rows rows(std::move(known));
    for (std::size_t row = 0; row < more.size(); ++row) rows.insert(more.id(row));
    return std::move(rows).finish();
}

} // namespace graft::inline v0_1
