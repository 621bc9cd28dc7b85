#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/detail/finite.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/string_index.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/mapped_file.hpp>
#include <graft/vectors/detail/letter_case.hpp>
#include <graft/vectors/find_in_any_case.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1::detail {

/// Which words the caller wants, asked once per row of the file.
class word_filter {
public:
    explicit word_filter(const read_options& options) {
        if (!options.wanted) return;
        wanted_.emplace();
        firsts_.emplace();
        for (const auto& word : *options.wanted) {
            add(word);
            if (options.case_fallback)
                for (const auto& other : other_cases(word)) add(other);
        }
    }

    /// How many rows can be wanted.
    [[nodiscard]] std::size_t most() const noexcept {
        return wanted_ ? wanted_->size() : (std::numeric_limits<std::size_t>::max)();
    }
    [[nodiscard]] bool wants(std::string_view word) const noexcept {
        return !wanted_ || wanted_->find(word).has_value();
    }
    /// Whether a wanted word may begin with this piece, which ends before the first space of a row.
    [[nodiscard]] bool may_want(std::string_view piece) const noexcept {
        return !firsts_ || firsts_->find(piece).has_value();
    }

private:
    void add(std::string_view word) {
        wanted_->insert(word);
        firsts_->insert(word.substr(0, word.find(' ')));
    }

    std::optional<string_index> wanted_;
    std::optional<string_index> firsts_;
};

[[nodiscard]] inline std::string not_utf8_message(std::string_view word) {
    return message("the word ", quote(word),
                   " is not UTF-8; read with .invalid_utf8 = on_invalid_utf8::keep or ::replace");
}
[[nodiscard]] inline std::string non_finite_message(std::string_view word) {
    return message(
        "the row of ", quote(word),
        " has a number that is not finite as a float; read with .non_finite = on_non_finite::skip to "
        "leave such rows out");
}

/// Large pages make the first touch of new memory several times cheaper, where the system leaves the choice
/// to programs. Only a hint.
inline void prefer_huge_pages(void* memory, std::size_t bytes) noexcept {
#if defined(GRAFT_DETAIL_HAS_MMAP) && defined(MADV_HUGEPAGE)
    constexpr std::size_t page = std::size_t{1} << 21U;
    const std::size_t skipped = (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;
    if (bytes < skipped + page) return;
    static_cast<void>(
        ::madvise(static_cast<char*>(memory) + skipped, (bytes - skipped) / page * page, MADV_HUGEPAGE));
#else
    static_cast<void>(memory);
    static_cast<void>(bytes);
#endif
}

/// Takes the rows of a file in order and makes keyed_vectors of them.
class row_collector {
public:
    row_collector(std::string name, std::size_t dim, const read_options& options)
        : name_(std::move(name)), dim_(dim), duplicates_(options.duplicates) {
        matrix_.resize(0, static_cast<Eigen::Index>(dim));
    }

    /// Makes room for a number of rows in all. Memory that is not written to costs nothing yet.
    void reserve(std::size_t rows) {
        if (rows <= capacity_) return;
        matrix_.conservativeResize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(dim_));
        words_.reserve(rows, 8 * rows); // letters: about what common words have
        capacity_ = rows;
        prefer_huge_pages(matrix_.data(), rows * dim_ * sizeof(float));
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t kept() const noexcept { return words_.size(); }

    /// Where to put the numbers of this word's row; null where the row is not to be kept.
    [[nodiscard]] float* add(std::string_view word, file_place place) {
        const auto [row, is_new] = words_.insert(word);
        if (!is_new) {
            if (duplicates_ == on_duplicate::error)
                fail_at(name_, place,
                        message("the word ", quote(word), " comes again (first as word ", row + 1,
                                " of those kept); read with .duplicates = on_duplicate::first or ::last"));
            ++duplicates;
            if (duplicates_ == on_duplicate::first) return nullptr;
        } else if (row >= capacity_) {
            const std::size_t a_few = (std::min)(std::size_t{15}, (std::size_t{1} << 20U) / (dim_ + 1));
            reserve(row + 1 + (std::max)(row / 2, a_few));
        }
        return matrix_.data() + row * dim_;
    }

    [[nodiscard]] keyed_vectors finish() && {
        matrix_.conservativeResize(static_cast<Eigen::Index>(words_.size()), static_cast<Eigen::Index>(dim_));
        return {std::move(words_), std::move(matrix_)};
    }

    std::size_t duplicates = 0;

private:
    std::string name_;
    std::size_t dim_;
    on_duplicate duplicates_;
    string_index words_;
    keyed_vectors::matrix_type matrix_;
    std::size_t capacity_ = 0;
};

/// The wanted words of which the result has no row, in any case that is allowed.
inline void note_missing(const keyed_vectors& vectors, const read_options& options, read_report& report) {
    if (!options.wanted) return;
    for (const auto& word : *options.wanted)
        if (!(options.case_fallback ? find_in_any_case(vectors, word) : vectors.find(word)))
            report.not_found.push_back(word);
}

} // namespace graft::inline v0_1::detail
