#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/data/catalog.hpp>
#include <graft/data/id_map.hpp>
#include <graft/transfer/coverage.hpp>
#include <graft/transfer/row_vectors.hpp>
#include <graft/transfer/seed.hpp>
#include <graft/transfer/text_vectors.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// Vector r goes to row r: the tutorial's `glove.vectors[:num_users]`. It carries no knowledge about the
/// rows.
struct by_row {
    bool allow_missing = false; ///< whether rows may be left without a vector
    graft::seeding seeding{};   ///< how vectors are brought to the table
};

/// The vector of the word that is a row's id goes to that row.
struct by_key {
    std::reference_wrapper<const id_map> ids; ///< of the table's rows, such as interactions::item_ids()
    bool allow_missing = false;               ///< whether rows may be left without a vector
    graft::seeding seeding{};                 ///< how vectors are brought to the table
};

/// The weighted mean of the vectors of the words in an item's title and categories goes to its row.
struct by_text {
    std::reference_wrapper<const catalog> texts;
    std::reference_wrapper<const id_map> ids; ///< of the table's rows, such as interactions::item_ids()
    text_options text{};
    graft::seeding seeding{}; ///< how vectors are brought to the table
};

namespace detail {

/// Vector `source(row)` for each row that has one.
template <class Table, class Source, class Name>
coverage seed_rows(const keyed_vectors& vectors, Table& table, bool allow_missing, const seeding& how,
                   const Source& source, const Name& name) {
    coverage report{.rows = table.rows(), .seeded = 0, .missing = {}};
    row_vectors rows(table.rows(), vectors.dim());
    for (std::size_t r = 0; r < table.rows(); ++r) {
        const std::optional<std::size_t> from = source(r);
        if (!from) {
            report.missing.push_back(r);
            continue;
        }
        const auto vector = std::span(vectors.row(*from).data(), vectors.dim());
        if (!std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); }))
            throw argument_error("transfer: the vector of '" + std::string(vectors.word(*from)) +
                                 "' is not finite");
        rows.set(r, vector);
        ++report.seeded;
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
    seed_rows(rows, table, how);
    return report;
}

} // namespace detail

/// Seeds the rows of a table, such as model.users(), with pretrained vectors and says which. Throws
/// argument_error, and then changes nothing, if the dimensions differ, a vector is not finite, or a row has
/// none and that is not allowed.
template <class Table>
coverage transfer(const keyed_vectors& vectors, Table& table, const by_row& how) {
    return detail::seed_rows(
        vectors, table, how.allow_missing, how.seeding,
        [&](std::size_t r) { return r < vectors.size() ? std::optional(r) : std::nullopt; },
        [](std::size_t r) { return "row " + std::to_string(r); });
}
template <class Table>
coverage transfer(const keyed_vectors& vectors, Table& table, const by_key& how) {
    const id_map& ids = how.ids;
    if (ids.size() != table.rows())
        throw argument_error("transfer: " + std::to_string(ids.size()) + " ids do not go with a table of " +
                             std::to_string(table.rows()) + " rows");
    return detail::seed_rows(
        vectors, table, how.allow_missing, how.seeding,
        [&](std::size_t r) { return vectors.find(ids.id(r)); },
        [&](std::size_t r) { return std::string(1, '\'').append(ids.id(r)).append(1, '\''); });
}
/// The same by text; rows of which no word is found get what `seeding.missing` says.
template <class Table>
coverage transfer(const keyed_vectors& vectors, Table& table, const by_text& how) {
    coverage report;
    seed_rows(text_vectors(vectors, how.texts, how.ids, how.text, &report), table, how.seeding);
    return report;
}

} // namespace graft::inline v0_1
