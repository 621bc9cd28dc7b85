#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <graft/data/interactions.hpp>
#include <graft/io/group_file.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/detail/run_rows.hpp>
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
    std::uint64_t steps_before = 0;              // of the run whose moments it goes on with
    std::function<double(std::size_t epoch)> lr; // of an epoch, counted from 1
    std::vector<run_setting> settings;
    writer_group writers; // of a checkpoint

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

/// The steps of an earlier run whose moments another one goes on with.
struct earlier_steps {
    struct some {
        double lr = 0;
        std::size_t count = 0;
    };
    std::vector<some> all;
    std::string identity = "none"; // of the run

    [[nodiscard]] std::uint64_t count() const noexcept {
        std::uint64_t sum = 0;
        for (const auto& steps : all) sum += steps.count;
        return sum;
    }
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
    /// What was found. best: takes the weights of the best epoch, where they are kept.
    virtual void restore(run_rows& rows, kept_weights& best) = 0;
    /// The steps of a kept run whose model had the first of this one's rows, or all. Throws graft::error for what is
    /// kept of another model or optimizer, and where nothing is.
    [[nodiscard]] virtual earlier_steps find_moments(const run_description& run) = 0;
    /// Its moments, into an engine that has counted its steps and whose weights are these.
    virtual void restore_moments(run_rows& rows, const kept_weights& weights) = 0;
    /// Keeps the run as it is after an epoch.
    virtual void keep(const std::vector<epoch_record>& done, run_rows& rows, const kept_weights& best) = 0;
};

} // namespace graft::inline v0_1::detail
