#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <graft/backend/cpu/packed_rows.hpp>
#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/cpu/top_rows.hpp>
#include <graft/backend/list_query.hpp>
#include <graft/backend/ranked_lists.hpp>
#include <graft/backend/row_view.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1::detail {

/// The table of a model whose rows have ids of a type, to be read and searched where it lives: with a backend or, of a
/// mapped model, in its file.
template <class Model, class Id>
class table_of_model {
    using scalar = typename Model::scalar;
    static constexpr bool of_users = std::is_same_v<Id, user_id>;
    static constexpr bool biased = Model::scorer_type::has_biases;
    static constexpr bool is_mapped = requires(const Model& model) { model.item_rows(); };
    static constexpr bool is_whole = is_mapped || requires(const Model& model) {
        Model::backend_type::host_rows(model.items().store());
    };

public:
    explicit table_of_model(const Model& model) : model_(model) {}

    [[nodiscard]] std::size_t rows() const { return of_users ? model_.num_users() : model_.num_items(); }
    /// Numbers of a row, its bias included.
    [[nodiscard]] std::size_t width() const { return model_.dim() + (biased ? 1 : 0); }

    /// Some rows, [n x width]. Throws argument_error, which begins with `what`, where one is not there.
    [[nodiscard]] std::vector<scalar> rows_of(const char* what, std::span<const Id> ids) const {
        for (std::size_t k = 0; k < ids.size(); ++k)
            if (row_of(ids[k]) >= rows())
                throw argument_error(message(what, " ", row_of(ids[k]), " (at position ", k,
                                             ") is not among the model's ", rows()));
        if constexpr (is_mapped) {
            const auto all = in_memory();
            std::vector<scalar> found(ids.size() * width());
            for (std::size_t k = 0; k < ids.size(); ++k) {
                scalar* const to = found.data() + k * width();
                std::copy_n(all.row(row_of(ids[k])), model_.dim(), to);
                if constexpr (biased) to[model_.dim()] = *all.bias(row_of(ids[k]), model_.dim());
            }
            return found;
        } else {
            return table().rows_of(ids);
        }
    }

    /// For each of some rows, [n x width], the best of the table's by their factors alone. Scorer: dot or cosine_of_unit.
    template <class Scorer, class Wanted>
    [[nodiscard]] recommendations<scalar> best(std::span<const scalar> for_rows,
                                               const list_query<Wanted>& query) const {
        if constexpr (is_whole)
            return top_rows<Scorer, scalar>(for_rows, width(), in_memory(), model_.dim(), scalar(0), query);
        else
            return Model::backend_type::template top_k_of_rows<Scorer, scalar>(
                for_rows, table().store(), model_.dim(), scalar(0), query);
    }

private:
    [[nodiscard]] const auto& table() const {
        if constexpr (of_users)
            return model_.users();
        else
            return model_.items();
    }
    [[nodiscard]] row_view<scalar> in_memory() const {
        if constexpr (!is_mapped)
            return Model::backend_type::host_rows(table().store());
        else if constexpr (of_users)
            return model_.user_rows();
        else
            return model_.item_rows();
    }

    const Model& model_;
};

} // namespace graft::inline v0_1::detail
