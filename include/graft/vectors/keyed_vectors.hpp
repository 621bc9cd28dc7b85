#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <Eigen/Core>

#include <graft/core/error.hpp>
#include <graft/core/string_index.hpp>

namespace graft::inline v0_1 {

namespace detail {

using float_matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The numbers of a row, [cols]; plain loops over them compile faster than expressions of Eigen.
[[nodiscard]] inline std::span<const float> numbers_of(const float_matrix& matrix, std::size_t row) noexcept {
    const auto cols = static_cast<std::size_t>(matrix.cols());
    return {matrix.data() + row * cols, cols};
}
[[nodiscard]] inline std::span<float> numbers_of(float_matrix& matrix, std::size_t row) noexcept {
    const auto cols = static_cast<std::size_t>(matrix.cols());
    return {matrix.data() + row * cols, cols};
}

} // namespace detail

/// A matrix [size x dim] of which each row belongs to a word. Const members may be called from several
/// threads at once, and nothing else beside them.
class keyed_vectors {
public:
    using matrix_type = detail::float_matrix;
    using row_type = Eigen::Map<const Eigen::RowVectorXf>;

    keyed_vectors() = default;

    /// Row i of the matrix belongs to word i. Throws argument_error where the sizes differ.
    keyed_vectors(string_index words, matrix_type matrix)
        : words_(std::move(words)), matrix_(std::move(matrix)) {
        check_sizes(words_.size(), matrix_);
    }

    /// The same from a list. Throws argument_error also where a word is given twice.
    keyed_vectors(std::span<const std::string> words, matrix_type matrix) : matrix_(std::move(matrix)) {
        check_sizes(words.size(), matrix_);
        for (std::size_t i = 0; i < words.size(); ++i)
            if (const auto [first, is_new] = words_.insert(words[i]); !is_new)
                throw argument_error("keyed_vectors: the word '" + words[i] + "' has the rows " +
                                     std::to_string(first) + " and " + std::to_string(i) +
                                     "; give each word once");
    }

    /// Number of words.
    [[nodiscard]] std::size_t size() const noexcept { return words_.size(); }
    /// Numbers per word.
    [[nodiscard]] std::size_t dim() const noexcept { return static_cast<std::size_t>(matrix_.cols()); }

    /// [size x dim]
    [[nodiscard]] const matrix_type& matrix() const noexcept { return matrix_; }
    /// Words and their rows.
    [[nodiscard]] const string_index& words() const noexcept { return words_; }

    /// Throws argument_error for a row that is not there.
    [[nodiscard]] row_type row(std::size_t i) const {
        check_row(i);
        return {matrix_.data() + i * dim(), matrix_.cols()};
    }
    /// Throws argument_error for a row that is not there.
    [[nodiscard]] std::string_view word(std::size_t i) const {
        check_row(i);
        return words_.view(i);
    }

    [[nodiscard]] std::optional<std::size_t> find(std::string_view word) const noexcept {
        return words_.find(word);
    }
    [[nodiscard]] bool contains(std::string_view word) const noexcept { return find(word).has_value(); }

    /// The row of a word. Throws argument_error, with the word, for one that is not there.
    [[nodiscard]] std::size_t row_of(std::string_view word) const {
        if (const auto i = find(word)) return *i;
        throw argument_error("keyed_vectors: no vector for the word '" + std::string(word) +
                             "'; ask with contains() or find() first");
    }
    /// The vector of a word. Throws as row_of.
    [[nodiscard]] row_type operator[](std::string_view word) const {
        return {matrix_.data() + row_of(word) * dim(), matrix_.cols()};
    }

    /// Words and matrix, to be changed and put together again.
    [[nodiscard]] std::pair<string_index, matrix_type> take() && {
        return {std::exchange(words_, {}), std::exchange(matrix_, {})};
    }

private:
    static void check_sizes(std::size_t words, const matrix_type& matrix) {
        if (words != static_cast<std::size_t>(matrix.rows()))
            throw argument_error("keyed_vectors: " + std::to_string(words) + " words but " +
                                 std::to_string(matrix.rows()) + " rows; one row is needed for each word");
    }
    void check_row(std::size_t i) const {
        if (i >= size())
            throw argument_error("keyed_vectors: row " + std::to_string(i) + " of " + std::to_string(size()) +
                                 " was asked for");
    }

    string_index words_;
    matrix_type matrix_;
};

} // namespace graft::inline v0_1
