#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/vectors/keyed_vectors.hpp>

namespace graft::inline v0_1 {

/// A vector for each row of a table, or none: what a transfer writes and an adapter maps. Rows without a
/// vector are zero.
class row_vectors {
public:
    using matrix_type = keyed_vectors::matrix_type;

    /// None of the rows has a vector yet.
    row_vectors(std::size_t rows, std::size_t dim)
        : matrix_(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(dim)), found_(rows, 0) {
        std::fill_n(matrix_.data(), matrix_.size(), 0.0F);
    }

    /// Gives a row its vector, [dim]. Throws argument_error, and then changes nothing, if there is no such row,
    /// the length differs or a number is not finite as a float.
    void set(std::size_t row, std::span<const float> vector) {
        if (row >= rows())
            throw argument_error("row_vectors: there is no row " + std::to_string(row) + " among " +
                                 std::to_string(rows()));
        if (vector.size() != dim() ||
            !std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); }))
            throw argument_error("row_vectors: the vector for row " + std::to_string(row) + " of " +
                                 std::to_string(vector.size()) + " numbers must have " +
                                 std::to_string(dim()) + ", all finite");
        std::copy(vector.begin(), vector.end(), detail::numbers_of(matrix_, row).begin());
        found_[row] = 1;
    }
    template <class Derived>
    void set(std::size_t row, const Eigen::MatrixBase<Derived>& vector) {
        const auto plain = vector.template cast<float>().eval();
        set(row, std::span<const float>(plain.data(), static_cast<std::size_t>(plain.size())));
    }

    [[nodiscard]] std::size_t rows() const noexcept { return found_.size(); }
    [[nodiscard]] std::size_t dim() const noexcept { return static_cast<std::size_t>(matrix_.cols()); }
    [[nodiscard]] bool found(std::size_t row) const { return found_.at(row) != 0; }
    [[nodiscard]] std::size_t num_found() const {
        return static_cast<std::size_t>(std::count(found_.begin(), found_.end(), char{1}));
    }
    /// [dim]
    [[nodiscard]] auto row(std::size_t r) const { return matrix_.row(static_cast<Eigen::Index>(r)); }
    /// [rows x dim]
    [[nodiscard]] const matrix_type& matrix() const noexcept { return matrix_; }

    /// The vectors of the rows that have one, in their order, [num_found x dim].
    [[nodiscard]] matrix_type found_rows() const {
        matrix_type some(static_cast<Eigen::Index>(num_found()), matrix_.cols());
        std::size_t next = 0;
        for (std::size_t r = 0; r < rows(); ++r)
            if (found_[r] != 0)
                std::copy_n(detail::numbers_of(matrix_, r).begin(), dim(),
                            detail::numbers_of(some, next++).begin());
        return some;
    }
    /// The inverse: the rows that have a vector get these, [num_found x any], in their order.
    [[nodiscard]] row_vectors with_found_rows(const matrix_type& some) const {
        row_vectors result(rows(), static_cast<std::size_t>(some.cols()));
        std::size_t next = 0;
        for (std::size_t r = 0; r < rows(); ++r)
            if (found_[r] != 0) result.set(r, detail::numbers_of(some, next++));
        return result;
    }

private:
    matrix_type matrix_;
    std::vector<char> found_;
};

/// Root mean square of all numbers; 0 for none.
template <class Derived>
[[nodiscard]] double root_mean_square(const Eigen::MatrixBase<Derived>& numbers) {
    if (numbers.size() == 0) return 0;
    return std::sqrt(numbers.template cast<double>().squaredNorm() / static_cast<double>(numbers.size()));
}

} // namespace graft::inline v0_1
