#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/row_ids.hpp>

namespace graft::inline v0_1 {

/// A column of a table: by its name in the header, or by its place, counted from 0. Without either the usual
/// names are tried.
class column {
public:
    column() = default;
    column(std::string name) : name_(std::move(name)) {}
    column(std::string_view name) : name_(name) {}
    column(const char* name) : name_(name) {}
    /// Throws argument_error below 0.
    template <std::integral Place>
    requires(!std::same_as<Place, bool> && !std::same_as<Place, char>) column(Place place)
        : place_(static_cast<std::size_t>(place)) {
        if constexpr (std::is_signed_v<Place>)
            if (place < 0) throw argument_error("column: places are counted from 0");
    }

    [[nodiscard]] bool given() const noexcept { return place_.has_value() || !name_.empty(); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; } ///< empty where there is none
    [[nodiscard]] const std::optional<std::size_t>& place() const noexcept { return place_; }

private:
    std::string name_;
    std::optional<std::size_t> place_;
};

/// Whether the first line names the columns. detect: it does where a name is given or a usual one is there;
/// a first line that may be either is refused.
enum class header_line { detect, yes, no };

/// What a quote means. detect: between commas, semicolons and other single characters it is syntax as
/// RFC 4180 says, over several lines too; between tabs or blanks only where it encloses a whole field on one
/// line; between bars or several characters it is a character as others. A quote inside a quoted field is
/// written "" or \".
enum class quotes { detect, on, off };

/// What to do with a row that cannot be taken.
enum class on_bad_row { error, skip };

/// As what the text is read. detect: UTF-8 if the whole file is valid as such, otherwise latin-1.
enum class text_encoding { detect, utf8, latin1 };

/// What became of the rows of a table: read = kept + missing + broken + unknown + duplicates.
struct table_report {
    std::size_t read = 0;        ///< rows of the file, the header apart
    std::size_t kept = 0;        ///< rows of the result
    std::size_t missing = 0;     ///< rows skipped for an id, a value or a time that is missing
    std::size_t broken = 0;      ///< rows skipped for anything else that is wrong with them
    std::size_t unknown = 0;     ///< rows skipped because rows_of does not have their ids
    std::size_t duplicates = 0;  ///< rows left out because their pair or id comes more than once
    std::size_t comments = 0;    ///< lines of comment
    std::size_t blank_lines = 0; ///< lines without anything on them
    std::size_t new_users = 0;   ///< ids of users in the result that rows_of does not have
    std::size_t new_items = 0;   ///< and of items
};

/// How to read a table, of ratings or of items, where the content does not tell, or tells something else than
/// is wanted.
struct table_options {
    /// Columns by name or by place; naming any by name says that there is a header. Where none is given, the
    /// usual names are tried: userId, user_id, customer_id, movieId, item_id, stock_code, rating, score, plays,
    /// ... A header of ratings that names no value, but another column, is refused until one of the two
    /// following options says what it means.
    column user_column = {}; ///< of ratings
    column item_column = {};
    column value_column = {}; ///< of ratings
    bool read_values = true;  ///< false: every value is 1, whatever the columns hold
    column time_column =
        {};                 ///< of ratings; whole numbers, or ISO 8601 dates, which become seconds since 1970
    bool read_times = true; ///< false: the time column is not looked at
    column title_column = {};    ///< of items
    column category_column = {}; ///< of items; where no column is found or given, there are no categories
    header_line header = header_line::detect;
    /// Empty: a tab, "::", a comma, a semicolon, a bar or blanks, whichever the first line has. " " stands for
    /// any number of blanks and tabs.
    std::string separator = {};
    std::string category_separator = "|"; ///< between the categories of an item; empty: it has only one
    text_encoding encoding = text_encoding::detect; ///< of items; ids of ratings are bytes
    graft::quotes quotes = graft::quotes::detect;
    /// Characters of which any starts a line of comment, "" for none. Where nothing is given, lines with % or #
    /// before the first row are comments.
    std::optional<std::string> comments = {};
    bool decimal_comma = false; ///< 3,5 is three and a half
    /// Texts that stand for a value, time or id that is missing, as nothing at all does. Where none are given:
    /// \N, NaN, nan, NULL; and in values and times also null, None, NA, N/A, #N/A and <NA>.
    std::optional<std::vector<std::string>> missing_words = {};
    on_bad_row missing = on_bad_row::error; ///< rows of which an id, value or time is missing
    on_bad_row broken = on_bad_row::error;  ///< rows of another width, with letters for a number, ...
    /// Of ratings: (user, item) pairs that come more than once. Of items: ids that do; keep_all is an error then.
    graft::duplicates duplicates = graft::duplicates::error;
    /// A model or interactions (or maps of ids) whose rows the result has: known ids keep their rows, new ones come
    /// behind them. Files that meet in a model are read so, or from one file and split. A catalogue looks at the
    /// items alone, and its rows are its own.
    row_ids rows_of = {};
    /// What to do with ids that rows_of does not have. Of rows_of without ids of users or of items these are all
    /// taken.
    graft::unknown_ids unknown_ids = graft::unknown_ids::append;
    /// 0: as many as the machine has. The result is the same for any number.
    std::size_t threads = 0;
    /// Where to put the report; left alone where reading throws.
    table_report* report = nullptr;
};

using ratings_options = table_options;
using catalog_options = table_options;

} // namespace graft::inline v0_1
