#pragma once

#include <cstddef>
#include <optional>

#include <graft/backend/training_engine.hpp>

namespace graft::inline v0_1::detail {

/// The weights of both tables of a model that are kept beside it. values: [count x (dim + bias)], rows `first` and on,
/// numbers of the model's scalar.
class kept_weights {
public:
    kept_weights() = default;
    kept_weights(const kept_weights&) = delete;
    kept_weights& operator=(const kept_weights&) = delete;
    virtual ~kept_weights() = default;
    virtual void read(table_side side, std::size_t first, std::size_t count, void* values) const = 0;
    virtual void write(table_side side, std::size_t first, std::size_t count, const void* values) = 0;
};

/// The weights of both tables, to come back to, stored as the backend stores tables.
template <class Model>
class weights_snapshot final : public kept_weights {
public:
    void take(const Model& model) {
        take(users_, model.users().store());
        take(items_, model.items().store());
    }
    /// What was taken.
    void restore(Model& model) const {
        model.users().write_all(*users_);
        model.items().write_all(*items_);
    }

    void read(table_side side, std::size_t first, std::size_t count, void* values) const override {
        const store& from = side == table_side::users ? *users_ : *items_;
        for (std::size_t k = 0; k < count; ++k)
            from.read(first + k, 0, static_cast<scalar*>(values) + k * from.width(), from.width());
    }
    void write(table_side side, std::size_t first, std::size_t count, const void* values) override {
        store& to = side == table_side::users ? *users_ : *items_;
        for (std::size_t k = 0; k < count; ++k)
            to.write(first + k, 0, static_cast<const scalar*>(values) + k * to.width(), to.width());
    }

private:
    using scalar = typename Model::scalar;
    using store = typename Model::backend_type::template store<scalar>;

    static void take(std::optional<store>& kept, const store& now) {
        if (kept)
            kept->write_all(now);
        else
            kept.emplace(now);
    }

    std::optional<store> users_, items_; // nothing before `take`
};

} // namespace graft::inline v0_1::detail
