#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace graft::inline v0_1 {

/// What to do with a word that the file gives again. The row stays where the word came first.
enum class on_duplicate { first, last, error };
/// What to do with a row that holds a NaN, an infinity or a number beyond the range of float.
enum class on_non_finite { error, skip };
/// What to do with a row of a text file that has numbers and no word, as of a word that was a blank.
enum class on_empty_word { error, skip };
/// What to do with a word that is not UTF-8: keep its bytes, put U+FFFD for what is wrong, or throw.
enum class on_invalid_utf8 { keep, replace, error };

/// What became of the rows of a file: read = kept + unwanted + duplicates + non_finite + empty_words.
struct read_report {
    std::size_t read = 0;          ///< rows of the file
    std::size_t kept = 0;          ///< rows of the result that the file holds
    std::size_t unwanted = 0;      ///< rows of words that are not wanted; their numbers were not looked at
    std::size_t duplicates = 0;    ///< rows that gave a word again
    std::size_t non_finite = 0;    ///< rows skipped for a number that is not finite
    std::size_t empty_words = 0;   ///< rows skipped because they have no word
    std::size_t invalid_utf8 = 0;  ///< words in which bytes were replaced
    std::size_t blank_lines = 0;   ///< lines of text without anything on them
    std::size_t from_subwords = 0; ///< rows added for wanted words that only have subwords (fastText)
    std::vector<std::string> not_found; ///< wanted words without a row, in the order they were asked for
    bool stopped_at_limit = false;      ///< the file goes on after the last row that was read
};

/// How to read a vector file.
struct read_options {
    /// At most this many rows of the file are read, from its start; what follows is not looked at.
    std::size_t limit = (std::numeric_limits<std::size_t>::max)();
    /// Only these words are kept; nothing here means all.
    std::optional<std::vector<std::string>> wanted{};
    /// Wanted words that are not in the file may come in another case: lower, Capitalised, UPPER (ASCII).
    bool case_fallback = false;
    on_duplicate duplicates = on_duplicate::first;
    on_non_finite non_finite = on_non_finite::error;
    on_empty_word empty_words = on_empty_word::error;
    on_invalid_utf8 invalid_utf8 = on_invalid_utf8::keep;
    /// The words of an npy or safetensors file: a text file with one word a line, in the order of the rows.
    std::filesystem::path words{};
    /// The tensor of a safetensors file; needed where it holds several matrices.
    std::string tensor{};
    /// 0: as many as the machine has. The result is the same for any number.
    std::size_t threads = 0;
    /// Where to put the report; left alone where reading throws.
    read_report* report = nullptr;
};

} // namespace graft::inline v0_1
