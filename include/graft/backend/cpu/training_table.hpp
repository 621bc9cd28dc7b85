#pragma once

#include <cstddef>
#include <utility>

#include <graft/backend/cpu/last_steps.hpp>
#include <graft/backend/cpu/store.hpp>
#include <graft/backend/detail/row_rules.hpp>

namespace graft::inline v0_1::detail {

/// A table while it is trained: its rows, the steps that they are up to date with, and its rules.
template <class Scalar>
struct training_table {
    explicit training_table(cpu_store<Scalar>& store) : rows(store) {}

    cpu_store<Scalar>& rows;
    last_steps<Scalar> last; // of lazy optimizers only
    row_rules<Scalar> rules;
    bool exceeds_cache = false;

    /// Prepares for the rules that will be set next: adds moments and last steps if they let the table move
    /// for the first time. Training by the present rules does not change. now: the last closed step. Throws
    /// graft::error or std::bad_alloc, and then changes nothing.
    template <class Optimizer>
    void prepare(const row_rules_data<Scalar>& coming, std::uint32_t now, std::size_t threads) {
        if (coming.lr_factor != 0 && !rows.has_moments(Optimizer::moments)) {
            if constexpr (Optimizer::lazy) last.reserve(rows, threads);
            rows.add_moments(Optimizer::moments);
            if constexpr (Optimizer::lazy) last.start(rows);
        }
        if constexpr (Optimizer::decays)
            for (std::size_t r = 0; r < last.rows(); ++r)
                last[r] = last_with_new_rules<Optimizer>(last[r], now);
        exceeds_cache = rows.rows() * rows.stride() * sizeof(Scalar) > std::size_t{1} << 24U;
    }
    void set_rules(row_rules_data<Scalar> coming) noexcept {
        data_ = std::move(coming);
        rules = data_.view();
    }

private:
    row_rules_data<Scalar> data_;
};

} // namespace graft::inline v0_1::detail
