#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/core/random.hpp>
#include <graft/transfer/compose.hpp>
#include <graft/transfer/row_vectors.hpp>

namespace graft::inline v0_1 {

/// What a row without a vector gets.
enum class missing_row {
    keep, ///< its start value, to be trained from scratch
    zero,
    draw ///< a draw from the normal distributions with mean and deviation of the vectors that were found
};

/// How vectors are brought to a table.
struct seeding {
    missing_row missing = missing_row::keep;
    /// Brings longer vectors to the table's dim: `project` (PCA) or `resize` (their first numbers); without it
    /// they are refused.
    row_vectors (*shorten)(const row_vectors&, std::size_t dim) = nullptr;
    bool pad = false;         ///< whether shorter vectors get zeros at their end
    bool match_scale = false; ///< whether one factor brings the vectors to the RMS of the table's factors
    std::uint64_t seed = 0;   ///< of what is drawn
};

namespace detail {

/// The vectors with as many numbers as the table's rows.
[[nodiscard]] inline row_vectors fitted(const row_vectors& vectors, std::size_t dim, const seeding& how) {
    if (vectors.dim() == dim) return vectors;
    if (vectors.dim() < dim && how.pad) return resize(vectors, dim);
    if (vectors.dim() > dim && how.shorten != nullptr) {
        auto shorter = how.shorten(vectors, dim);
        if (shorter.rows() != vectors.rows() || shorter.dim() != dim)
            throw argument_error("transfer: seeding::shorten gave " + std::to_string(shorter.rows()) + " x " +
                                 std::to_string(shorter.dim()) + " numbers, not " +
                                 std::to_string(vectors.rows()) + " x " + std::to_string(dim));
        return shorter;
    }
    throw argument_error("transfer: the vectors have " + std::to_string(vectors.dim()) +
                         " numbers and the table's rows " + std::to_string(dim) +
                         "; give the model the dimension of the vectors, or bring the "
                         "vectors to the model's first");
}

/// Root mean square of the vectors that were found; 0 for none.
[[nodiscard]] inline double found_rms(const row_vectors& vectors) {
    double squares = 0;
    for (const float number :
         std::span(vectors.matrix().data(), static_cast<std::size_t>(vectors.matrix().size())))
        squares +=
            static_cast<double>(number) * static_cast<double>(number); // rows without a vector are zero
    const auto count = static_cast<double>(vectors.num_found() * vectors.dim());
    return count > 0 ? std::sqrt(squares / count) : 0.0;
}

/// Those of the rows without a vector are drawn like the others, column by column.
inline void draw_missing(row_vectors::matrix_type& rows, const row_vectors& fitted, std::uint64_t seed) {
    const auto found = fitted.found_rows();
    std::vector<double> mean(fitted.dim(), 0.0);
    std::vector<double> deviation(fitted.dim(), 0.0);
    if (fitted.num_found() > 0) {
        mean = column_means(found);
        for (std::size_t i = 0; i < fitted.num_found(); ++i)
            for (std::size_t c = 0; c < mean.size(); ++c)
                deviation[c] += std::pow(static_cast<double>(numbers_of(found, i)[c]) - mean[c], 2);
        for (double& d : deviation) d = std::sqrt(d / static_cast<double>(fitted.num_found()));
    }
    random_engine engine(seed);
    for (std::size_t r = 0; r < fitted.rows(); ++r) {
        if (fitted.found(r)) continue;
        const auto row = numbers_of(rows, r);
        for (std::size_t c = 0; c < row.size(); ++c)
            row[c] = static_cast<float>(mean[c] + deviation[c] * draw_normal_pair(engine).first);
    }
}

/// The rows times a factor, which must be finite as floats.
inline void scale_rows(row_vectors::matrix_type& rows, double factor) {
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows.rows()); ++r)
        for (float& number : numbers_of(rows, r)) {
            const double scaled = static_cast<double>(number) * factor;
            if (!(std::abs(scaled) <= static_cast<double>((std::numeric_limits<float>::max)())))
                throw argument_error("transfer: at the table's scale the vector for row " +
                                     std::to_string(r) +
                                     " is not finite; bring the vectors to a common scale first");
            number = static_cast<float>(scaled);
        }
}

} // namespace detail

/// Writes vectors to the rows of a table, such as model.items(); biases are left alone. Throws
/// argument_error, and then changes nothing, if the numbers of rows or, unless `how` has an answer, of
/// dimensions differ, or if a number is not finite at the table's scale.
template <class Table>
void seed_rows(const row_vectors& vectors, Table& table, const seeding& how = {}) {
    if (vectors.rows() != table.rows())
        throw argument_error("transfer: vectors for " + std::to_string(vectors.rows()) +
                             " rows do not go with a table of " + std::to_string(table.rows()) + " rows");
    const row_vectors fitted = detail::fitted(vectors, table.dim(), how);
    double factor = 1;
    if (how.match_scale)
        if (const double rms = detail::found_rms(fitted); rms > 0)
            factor = root_mean_square(table.factors()) / rms;
    row_vectors::matrix_type rows = fitted.matrix(); // those without a vector are zero
    if (how.missing == missing_row::draw) detail::draw_missing(rows, fitted, how.seed);
    detail::scale_rows(rows, factor);
    for (std::size_t r = 0; r < table.rows(); ++r)
        if (fitted.found(r) || how.missing != missing_row::keep)
            table.set_row(r,
                          Eigen::Map<const Eigen::VectorXf>(detail::numbers_of(rows, r).data(), rows.cols()));
}

} // namespace graft::inline v0_1
