#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>

namespace graft::inline v0_1 {

/// What knows the ids of its rows: interactions, models, filters. The maps may be null: unknown.
template <class T>
concept has_shared_ids = requires(const T& named) {
    std::shared_ptr<const id_map>(named.shared_user_ids());
    std::shared_ptr<const id_map>(named.shared_item_ids());
};

namespace detail {

/// Throws what is wrong with rows of the name `what` (user or item) in `call`.
[[noreturn]] inline void fail_as_renamed(const char* call, const char* what, std::size_t row,
                                         std::string_view id_a, const char* in_a, std::string_view id_b,
                                         const char* in_b, const char* remedy) {
    throw argument_error(message(call, ": ", what, " row ", row, " is ", quote(id_a), " in ", in_a, " and ",
                                 quote(id_b), " in ", in_b, "; ", remedy));
}

/// Throws argument_error if a row has one id in one map and another in the other. One may go on where the
/// other ends. Unknown ids (null) are not checked.
inline void check_same_ids(const char* call, const char* what, const id_map* a, const char* in_a,
                           const id_map* b, const char* in_b, const char* remedy) {
    if (a == nullptr || b == nullptr || a == b) return;
    const std::size_t row = a->common_rows(*b);
    if (row < (std::min)(a->size(), b->size()))
        fail_as_renamed(call, what, row, a->id(row), in_a, b->id(row), in_b, remedy);
}

/// The same for users and items. in_a and in_b: what a and b are, for the message. What does not know its
/// rows' ids is not checked.
template <class A, class B>
void check_same_rows(const char* call, const A& a, const char* in_a, const B& b, const char* in_b,
                     const char* remedy) {
    if constexpr (has_shared_ids<B>) {
        const auto& users = b.shared_user_ids();
        const auto& items = b.shared_item_ids();
        if constexpr (has_shared_ids<A>) {
            check_same_ids(call, "user", a.shared_user_ids().get(), in_a, users.get(), in_b, remedy);
            check_same_ids(call, "item", a.shared_item_ids().get(), in_a, items.get(), in_b, remedy);
        } else if constexpr (requires { a.check_rows(call, in_a, users, items, in_b, remedy); }) {
            a.check_rows(call, in_a, users, items, in_b, remedy); // ids that are in no map
        }
    }
}

/// Of a model, or anything that scores, and data.
template <class Model, class Data>
void check_same_rows(const char* call, const Model& model, const Data& data) {
    check_same_rows(call, model, "the model", data, "the data",
                    "give it data of the source that it was trained on, or read with .rows_of = model");
}

} // namespace detail

} // namespace graft::inline v0_1
