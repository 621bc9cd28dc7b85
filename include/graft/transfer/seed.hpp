#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/core/random.hpp>
#include <graft/transfer/compose.hpp>
#include <graft/transfer/row_vectors.hpp>

namespace graft {

/// What a row without a vector gets.
enum class missing_row {
    keep, ///< its start value, to be trained from scratch
    zero,
    draw ///< a draw from the normal distributions with mean and deviation of the vectors that were found
};

/// What becomes of vectors with more numbers than the table's rows.
enum class too_long {
    refuse,
    pca,     ///< along the components of largest variance
    truncate ///< their first numbers
};

/// How vectors are brought to a table.
struct seeding {
    missing_row missing = missing_row::keep;
    graft::too_long too_long = graft::too_long::refuse;
    bool pad = false;         ///< whether shorter vectors get zeros at their end
    bool match_scale = false; ///< whether one factor brings the vectors to the RMS of the table's factors
    std::uint64_t seed = 0;   ///< of what is drawn
};

namespace detail {

template <class = void> // only programs that seed a table compile what project needs
row_vectors fitted(const row_vectors& vectors, std::size_t dim, const seeding& how) {
    if (vectors.dim() == dim) return vectors;
    if (vectors.dim() < dim && how.pad) return resize(vectors, dim);
    if (vectors.dim() > dim && how.too_long == too_long::truncate) return resize(vectors, dim);
    if (vectors.dim() > dim && how.too_long == too_long::pca) return project(vectors, dim);
    throw argument_error("transfer: the vectors have " + std::to_string(vectors.dim()) +
                         " numbers and the table's rows " + std::to_string(dim) +
                         "; give the model the dimension of the vectors, or bring the "
                         "vectors to the model's first");
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
    const auto found = fitted.found_rows();
    double factor = 1;
    if (how.match_scale)
        if (const double rms = root_mean_square(found); rms > 0)
            factor = root_mean_square(table.factors()) / rms;

    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(fitted.matrix().cols());
    Eigen::RowVectorXd deviation = mean;
    if (found.rows() > 0) {
        mean = found.template cast<double>().colwise().mean();
        deviation = (found.template cast<double>().rowwise() - mean).cwiseAbs2().colwise().mean().cwiseSqrt();
    }
    random_engine engine(how.seed);
    row_vectors::matrix_type rows = fitted.matrix(); // those without a vector are zero
    if (how.missing == missing_row::draw)
        for (std::size_t r = 0; r < table.rows(); ++r) {
            if (fitted.found(r)) continue;
            auto row = rows.row(static_cast<Eigen::Index>(r));
            for (Eigen::Index i = 0; i < row.size(); ++i)
                row[i] = static_cast<float>(mean[i] + deviation[i] * draw_normal_pair(engine).first);
        }
    for (Eigen::Index r = 0; r < rows.rows(); ++r) {
        const Eigen::RowVectorXd scaled = rows.row(r).cast<double>() * factor;
        if (!(scaled.cwiseAbs().maxCoeff() <= static_cast<double>((std::numeric_limits<float>::max)())))
            throw argument_error("transfer: at the table's scale the vector for row " + std::to_string(r) +
                                 " is not finite; bring the vectors to a common scale first");
        rows.row(r) = scaled.cast<float>();
    }
    for (std::size_t r = 0; r < table.rows(); ++r)
        if (fitted.found(r) || how.missing != missing_row::keep)
            table.set_row(r, rows.row(static_cast<Eigen::Index>(r)).transpose());
}

} // namespace graft
