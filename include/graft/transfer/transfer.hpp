#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>
#include <graft/transfer/coverage.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft {

/// Vector r goes to row r: the tutorial's `glove.vectors[:num_users]`. It carries no knowledge about the
/// rows.
struct by_row {
    bool allow_missing = false; ///< whether rows may be left without a vector
};

/// The vector of the word that is a row's id goes to that row.
struct by_key {
    std::reference_wrapper<const id_map> names; ///< of the table's rows, such as interactions::item_names()
    bool allow_missing = false;                 ///< whether rows may be left without a vector
};

namespace detail {

/// Writes vector `source(row)` to each row that has one. Everything is checked before the first row is
/// written.
template <class Table, class Source, class Name>
coverage seed_rows(const keyed_vectors& vectors, Table& table, bool allow_missing, const Source& source,
                   const Name& name) {
    if (vectors.dim() != table.dim())
        throw argument_error("transfer: the vectors have " + std::to_string(vectors.dim()) +
                             " numbers and the table's rows " + std::to_string(table.dim()) +
                             "; give the model the dimension of the vectors, or bring the "
                             "vectors to the model's first");
    coverage report{.rows = table.rows(), .seeded = 0, .missing = {}};
    std::vector<std::pair<std::size_t, std::size_t>> pairs; // row, vector
    for (std::size_t r = 0; r < table.rows(); ++r) {
        const std::optional<std::size_t> from = source(r);
        if (!from) {
            report.missing.push_back(r);
            continue;
        }
        if (!vectors.row(*from).allFinite())
            throw argument_error("transfer: the vector of '" + std::string(vectors.word(*from)) +
                                 "' is not finite");
        pairs.emplace_back(r, *from);
    }
    if (!report.missing.empty() && !allow_missing) {
        std::string some;
        for (std::size_t i = 0; i < report.missing.size() && i < 3; ++i)
            some += (i == 0 ? "" : ", ") + std::string(name(report.missing[i]));
        throw argument_error("transfer: " + std::to_string(report.missing.size()) + " of " +
                             std::to_string(report.rows) + " rows have no vector (" + some +
                             (report.missing.size() > 3 ? ", .." : "") +
                             "); set allow_missing to let them keep their start values");
    }
    for (const auto& [row, from] : pairs) table.set_row(row, vectors.row(from).transpose());
    report.seeded = pairs.size();
    return report;
}

} // namespace detail

/// Seeds the rows of a table, such as model.users(), with pretrained vectors and says which. Throws
/// argument_error, and then changes nothing, if the dimensions differ, a vector is not finite, or a row has
/// none and that is not allowed.
template <class Table>
coverage transfer(const keyed_vectors& vectors, Table& table, const by_row& how) {
    return detail::seed_rows(
        vectors, table, how.allow_missing,
        [&](std::size_t r) { return r < vectors.size() ? std::optional(r) : std::nullopt; },
        [](std::size_t r) { return "row " + std::to_string(r); });
}
template <class Table>
coverage transfer(const keyed_vectors& vectors, Table& table, const by_key& how) {
    const id_map& names = how.names;
    if (names.size() != table.rows())
        throw argument_error("transfer: " + std::to_string(names.size()) +
                             " names do not go with a table of " + std::to_string(table.rows()) + " rows");
    return detail::seed_rows(
        vectors, table, how.allow_missing, [&](std::size_t r) { return vectors.find(names.name(r)); },
        [&](std::size_t r) { return std::string(1, '\'').append(names.name(r)).append(1, '\''); });
}

} // namespace graft
