#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <graft/backend/training_engine.hpp>
#include <graft/data/interactions.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/history.hpp>

namespace graft::inline v0_1::detail {

/// A number or a text of the options, of the model or of their types.
struct run_setting {
    enum class kind : unsigned char { real, whole, text };
    const char* name = "";
    kind type = kind::text;
    double real = 0;
    std::uint64_t whole = 0;
    const char* text = "";
};

/// What tells one run of `fit` from another, and what its checkpoints hold.
struct run_description {
    struct table {
        std::size_t rows = 0;
        std::size_t width = 0;      // weights of a row
        bool moves = true;          // unless its rules freeze it for good
        std::size_t frozen_for = 0; // epochs
        const table_rules* rules = nullptr;

        [[nodiscard]] bool has_moved(std::size_t done) const noexcept { return moves && done > frozen_for; }
    };
    table users, items;
    std::size_t scalar_size = 0; // bytes
    std::size_t moments = 0;     // of a weight in a table that moves
    bool lazy = false;           // the rows of such a table have steps
    bool keeps_best = false;     // the weights of the best epoch, besides
    const interactions* train = nullptr;
    const interactions* valid = nullptr; // or none
    bool has_monitor = false;
    std::size_t epochs = 0;
    std::size_t steps_per_epoch = 0;
    std::function<double(std::size_t epoch)> lr; // of an epoch, counted from 1
    std::vector<run_setting> settings;

    void add(const char* name, double value) {
        settings.push_back({name, run_setting::kind::real, value, 0, ""});
    }
    void add_count(const char* name, std::uint64_t value) {
        settings.push_back({name, run_setting::kind::whole, 0, value, ""});
    }
    void add_text(const char* name, const char* value) {
        settings.push_back({name, run_setting::kind::text, 0, 0, value});
    }
};

/// The rows of a run, which an engine gives and takes (training_engine.hpp). values are numbers of its scalar.
class run_rows {
public:
    run_rows() = default;
    run_rows(const run_rows&) = delete;
    run_rows& operator=(const run_rows&) = delete;
    virtual ~run_rows() = default;
    [[nodiscard]] virtual training_rows of(table_side side) const = 0;
    virtual void read(table_side side, std::size_t first, std::size_t count, void* values,
                      std::uint32_t* last) = 0;
    virtual void write(table_side side, std::size_t first, std::size_t count, const void* values,
                       const std::uint32_t* last) = 0;
};

template <class Scalar, class Engine>
class rows_of_engine final : public run_rows {
public:
    explicit rows_of_engine(Engine& engine) : engine_(engine) {}
    [[nodiscard]] training_rows of(table_side side) const override { return engine_.rows_of(side); }
    void read(table_side side, std::size_t first, std::size_t count, void* values,
              std::uint32_t* last) override {
        const auto shape = of(side);
        engine_.read_rows(side, first,
                          std::span(static_cast<Scalar*>(values), count * shape.vectors * shape.width),
                          std::span(last, shape.have_steps ? count : 0));
    }
    void write(table_side side, std::size_t first, std::size_t count, const void* values,
               const std::uint32_t* last) override {
        const auto shape = of(side);
        engine_.write_rows(side, first,
                           std::span(static_cast<const Scalar*>(values), count * shape.vectors * shape.width),
                           std::span(last, shape.have_steps ? count : 0));
    }

private:
    Engine& engine_;
};

/// Keeps a run of `fit` beyond its process.
class run_keeper {
public:
    run_keeper() = default;
    run_keeper(const run_keeper&) = delete;
    run_keeper& operator=(const run_keeper&) = delete;
    virtual ~run_keeper() = default;
    /// The epochs that the kept run has done; none where none is kept. Throws graft::error for what is kept of
    /// another run, and for what cannot be kept.
    [[nodiscard]] virtual std::vector<epoch_record> find(const run_description& run) = 0;
    /// What was found. best: the weights of the best epoch, [rows x width], where they are kept.
    virtual void restore(run_rows& rows, void* best_users, void* best_items) = 0;
    /// Keeps the run as it is after an epoch.
    virtual void keep(const std::vector<epoch_record>& done, run_rows& rows, const void* best_users,
                      const void* best_items) = 0;
};

} // namespace graft::inline v0_1::detail
