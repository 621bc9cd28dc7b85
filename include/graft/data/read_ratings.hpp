#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/detail/id_rows.hpp>
#include <graft/data/detail/ratings_blocks.hpp>
#include <graft/data/detail/ratings_layout.hpp>
#include <graft/data/detail/record_blocks.hpp>
#include <graft/data/detail/shared_dictionary.hpp>
#include <graft/data/detail/table_start.hpp>
#include <graft/data/duplicates.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/row_ids.hpp>
#include <graft/data/table_options.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/ordered_blocks.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// Reads ratings of any form: finds out the form, then parses blocks of records on all threads, numbers the ids
/// and looks for pairs that repeat. Blocks are put together in the order of the file, so that rows and errors
/// are the same for any number of threads.
class ratings_reader {
public:
    /// The ids of a side that are read, and their rows behind those that are known.
    struct side {
        shared_dictionary ids;
        std::shared_ptr<const id_map> known;
        bool append = true; // unknown ids
        std::size_t added = 0;
        std::string first_unknown; // if any, where these are no rows

        side(std::shared_ptr<const id_map> known_ids, unknown_ids policy)
            : known(std::move(known_ids)), append(!known || policy == unknown_ids::append) {}

        [[nodiscard]] std::size_t known_size() const noexcept { return known ? known->size() : 0; }

        std::uint32_t row_for(std::string_view id) {
            if (known)
                if (const auto row = known->find(id)) return static_cast<std::uint32_t>(*row);
            if (!append) {
                if (first_unknown.empty()) first_unknown = id;
                return no_row;
            }
            return next_row();
        }

        /// Of an id that is new.
        std::uint32_t next_row() {
            if (known_size() + added == max_rows)
                throw argument_error("id_map: the file has more different ids than a table can have rows");
            return static_cast<std::uint32_t>(known_size() + added++);
        }

        /// Has the ids that are new in the order of their rows: reserve(characters), then take(ids), some at a time;
        /// they are not kept.
        template <class Reserve, class Take>
        void take_new(Reserve&& reserve, Take&& take) {
            ids.in_order(known_size(), known_size() + added, reserve, take);
            ids.clear();
        }

        /// The known ids and those that are read behind them.
        [[nodiscard]] std::shared_ptr<const id_map> finish() {
            id_rows rows(known);
            take_new([&](std::size_t characters) { rows.reserve(added, characters); },
                     [&](std::span<const std::string_view> some) { rows.insert_new(some); });
            return std::move(rows).finish();
        }
    };

    ratings_reader(byte_source& source, const table_options& options)
        : ratings_reader(source, options,
                         source.in_memory() ? std::size_t{1} << 18U : std::size_t{1} << 20U) {}
    ratings_reader(byte_source& source, const table_options& options, std::size_t block_bytes)
        : source_(source), options_(options), block_bytes_(block_bytes) {}

    [[nodiscard]] interactions read() {
        start();
        thread_pool pool(threads());
        read_rows(pool);
        check_complete();
        std::shared_ptr<const id_map> users;
        std::shared_ptr<const id_map> items;
        pool.run([&](std::size_t thread) {
            if (thread == 0) users = user_rows_.finish();
            if (thread == 1 || pool.size() == 1) items = item_rows_.finish();
        });
        leave_out_unknown();
        return finish(pool, std::move(users), std::move(items));
    }

    // The same in steps, for several processes that read a part of the file each: start, take_part, read_rows and
    // leave_out_unknown; then what they have is put together, to be checked by check_complete and finished by each.

    /// Finds out the form, and takes what is before the first row.
    void start() {
        check_options();
        start_ = start_table(source_, options_, "ratings", name_of_ratings);
        lines_ = start_.lines;
        placed(source_.name(), lines_, [&] { find_layout(); });
    }

    /// Leaves one of `parts` parts of the rows, cut at line ends, and gives the bytes [first, second) where it lies;
    /// nothing where the content cannot be cut. If no part fails, their rows are those of the whole: a quote that runs
    /// over the end of a part makes it fail.
    [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> take_part(std::size_t part,
                                                                               std::size_t parts) {
        if (!source_.in_memory()) return std::nullopt;
        const auto content = source_.peek(source_.most_left());
        const auto cut = [&](std::size_t before) { // a line begins there
            const auto at = content.size() / parts * before + content.size() % parts * before / parts;
            return at == 0 ? at : (std::min)(content.find('\n', at - 1), content.size() - 1) + 1;
        };
        const auto begin = cut(part);
        const auto end = cut(part + 1);
        const auto text = content.substr(begin, end - begin);
        if (start_.form == table_form::netflix)
            item_ = last_netflix_item(content.substr(0, begin), start_.how, {});
        else if (start_.form == table_form::text && start_.how.quotes == dialect::quote_rule::record &&
                 options_.broken == on_bad_row::skip && text.find('"') != std::string_view::npos)
            return std::nullopt; // a quote over the end would be skipped in silence
        const auto first = source_.offset();
        source_.narrow(first + begin, first + end);
        return std::pair(first + begin, first + end);
    }

    /// How many threads are worth starting; 0: as many as there are.
    [[nodiscard]] std::size_t threads() const noexcept {
        return source_.file_bytes() < 4 * block_bytes_ ? 1 : options_.threads;
    }

    void read_rows(thread_pool& pool) {
        record_blocks blocks(source_, start_.how, block_bytes_);
        const ratings_parser parser(source_.name(), start_, layout_, options_, user_rows_.ids,
                                    item_rows_.ids);
        struct block_of_item : record_block {
            std::string item;
        };
        parse_in_order<block_of_item, parsed_ratings>(
            pool,
            [&](block_of_item& block) {
                if (!blocks.next(block)) return false;
                if (start_.form == table_form::netflix) {
                    block.item = item_;
                    item_ = last_netflix_item(block.text, start_.how, item_);
                }
                return true;
            },
            [&](const block_of_item& block, parsed_ratings& parsed) {
                parser.parse(block, block.item, parsed);
            },
            [&](const block_of_item& block, parsed_ratings& parsed) { put(block, parsed); });
        source_.check_unchanged();
    }

    /// Drops the rows whose ids rows_of does not have. Throws where they are errors.
    void leave_out_unknown() {
        if (user_rows_.first_unknown.empty() && item_rows_.first_unknown.empty()) return;
        unknown_.assign(users_.size(), 0);
        for (std::size_t row = 0; row < users_.size(); ++row) {
            const bool no_user = row_of(users_[row]) == no_row;
            if (!no_user && row_of(items_[row]) != no_row) continue;
            if (options_.unknown_ids == unknown_ids::error) {
                const side& of = no_user ? user_rows_ : item_rows_;
                fail_at(source_.name(), {true, row_lines_.line_of(row)},
                        message(no_user ? "user " : "item ", quote(of.first_unknown), " is none of the ",
                                of.known_size(),
                                " that rows_of has; choose ratings_options::unknown_ids = skip or append"));
            }
            unknown_[row] = 1;
        }
        report_.unknown = leave_out(unknown_);
    }

    /// What the steps so far have read.
    struct rows_read {
        std::vector<user_id>& users;
        std::vector<item_id>& items;
        std::vector<float>* values; // null where the file has no such column
        std::vector<std::int64_t>* times;
        side& user_ids;
        side& item_ids;
        table_report& report;
    };
    [[nodiscard]] rows_read what_is_read() noexcept {
        return {users_,
                items_,
                layout_.value ? &values_ : nullptr,
                layout_.time ? &times_ : nullptr,
                user_rows_,
                item_rows_,
                report_};
    }

    /// Throws where the file holds less than it should.
    void check_complete() const {
        if (users_.empty()) fail_empty();
        if (start_.form == table_form::matrix_market && report_.read != start_.promised)
            fail_at(source_.name(), {true, start_.promise_line},
                    message("the header promises ", start_.promised, " entries, but the file has ",
                            report_.read, "; correct it or fetch the file again"));
    }

    /// What the policies leave of rows with these ids, and the report.
    [[nodiscard]] interactions finish(thread_pool& pool, std::shared_ptr<const id_map> users,
                                      std::shared_ptr<const id_map> items) {
        if (users_.empty()) fail_empty();
        if (!layout_.value) values_.assign(users_.size(), 1);
        if (options_.duplicates != duplicates::keep_all) resolve(pool, *users, *items);
        report_.new_users = user_rows_.added;
        report_.new_items = item_rows_.added;
        report_.comments += start_.comments;
        report_.blank_lines += start_.blank_lines;
        report_.kept = users_.size();
        auto all = interactions::from_columns(std::move(users_), std::move(items_), std::move(values_),
                                              std::move(times_), std::move(users), std::move(items));
        if (options_.report != nullptr) *options_.report = report_;
        return all;
    }

private:
    static constexpr std::uint32_t no_row = 0xffff'ffffU; // of an unknown id

    void check_options() const {
        check_dialect("read_ratings", options_);
        if (options_.unknown_ids != unknown_ids::append && !options_.rows_of.users && !options_.rows_of.items)
            throw argument_error("read_ratings: unknown_ids is about ids that rows_of does not have; give "
                                 "rows_of, a model or interactions");
        if (options_.title_column.given() || options_.category_column.given())
            throw argument_error(
                "read_ratings: title_column and category_column are options of read_catalog");
    }

    void find_layout() {
        if (start_.form == table_form::json_lines) {
            const auto head = source_.peek((std::max)(std::size_t{1} << 16U, source_.peek_line().size()));
            const auto whole_lines = head.substr(0, (std::min)(head.rfind('\n'), head.size()));
            layout_ = find_ratings_layout(keys_of(whole_lines, 1), options_);
        } else if (start_.form == table_form::netflix) {
            layout_.fields = 4;
            if (options_.read_values) layout_.value = 2;
            if (options_.read_times) layout_.time = 3;
        } else if (start_.form == table_form::matrix_market) {
            layout_.fields = start_.pattern ? 2 : 3;
            if (!start_.pattern && options_.read_values) layout_.value = 2;
        } else {
            const auto records = first_records(source_, start_.how);
            layout_ = find_ratings_layout(
                records.at(0), records.size() > 1 ? records[1] : std::vector<std::string>(), options_);
            if (layout_.header) lines_ += skip_header(source_, start_.how, start_);
        }
    }

    /// Appends the rows of a block; blocks come here in order.
    void put(const record_block& block, parsed_ratings& parsed) {
        if (parsed.failed) {
            if (!parsed.zero_byte.empty()) throw format_error(parsed.zero_byte);
            fail_at(source_.name(), {true, lines_ + parsed.failure.line}, parsed.failure.what);
        }
        const auto together = users_.size() + parsed.size;
        if (together > users_.capacity()) {
            // As many rows as the rest of the file would give if it is like what is read, but no more than one
            // for each byte of the file, so that a small file that inflates to much does not ask for more.
            const auto expected = static_cast<std::size_t>(1.02 * static_cast<double>(together) /
                                                           (std::max)(block.progress, 1.0 / 64));
            const auto room = (std::max)({together, (std::min)(expected + 16, source_.file_bytes()),
                                          users_.capacity() + users_.capacity() / 2});
            users_.reserve(room);
            items_.reserve(room);
            if (layout_.value) values_.reserve(room);
            if (layout_.time) times_.reserve(room);
        }
        row_lines_.append(parsed.lines, users_.size(), lines_);
        append(users_, user_rows_, parsed.users);
        append(items_, item_rows_, parsed.items);
        const auto append_column = [&](auto& to, const auto& from) {
            to.insert(to.end(), from.data(), from.data() + parsed.size);
        };
        if (layout_.value) append_column(values_, parsed.values);
        if (layout_.time) append_column(times_, parsed.times);
        lines_ += parsed.line_ends;
        source_.forget(block.offset + block.text.size());
        report_.read += parsed.report.read;
        report_.missing += parsed.report.missing;
        report_.broken += parsed.report.broken;
        report_.comments += parsed.report.comments;
        report_.blank_lines += parsed.report.blank_lines;
    }

    [[noreturn]] void fail_empty() const {
        const auto skipped = report_.missing + report_.broken + report_.unknown;
        fail_at(source_.name(), {true, start_.lines + 1},
                skipped > 0
                    ? message("none of the ", report_.read, " rows could be taken: ", report_.missing,
                              " lack an id, a value or a time, ", report_.unknown,
                              " have ids that rows_of does not have, and ", report_.broken, " are broken")
                : layout_.header ? "there is a header and no ratings after it"
                                 : "there are no ratings in the file");
    }

    template <class Id>
    static void append(std::vector<Id>& to, side& rows, parsed_ids& ids) {
        rows.ids.number(ids.later, ids.rows, [&](std::string_view id) { return rows.row_for(id); });
        const auto before = to.size();
        to.resize(before + ids.rows.size());
        std::transform(ids.rows.begin(), ids.rows.end(), to.begin() + static_cast<std::ptrdiff_t>(before),
                       [](std::uint32_t row) { return static_cast<Id>(row); });
    }

    /// Leaves out the rows that are not 0 in dropped, and returns how many.
    std::size_t leave_out(const std::vector<char>& dropped) {
        std::size_t kept = 0;
        for (std::size_t row = 0; row < users_.size(); ++row) {
            if (dropped[row] != 0) continue;
            users_[kept] = users_[row];
            items_[kept] = items_[row];
            if (!values_.empty()) values_[kept] = values_[row];
            if (!times_.empty()) times_[kept] = times_[row];
            ++kept;
        }
        const std::size_t left_out = users_.size() - kept;
        users_.resize(kept);
        items_.resize(kept);
        if (!values_.empty()) values_.resize(kept);
        if (!times_.empty()) times_.resize(kept);
        return left_out;
    }

    /// The line of a row when those with unknown ids have been left out.
    [[nodiscard]] std::size_t line_of(std::size_t row) const {
        if (unknown_.empty()) return row_lines_.line_of(row);
        std::size_t place = 0;
        for (;; ++place)
            if (unknown_[place] == 0 && row-- == 0) break;
        return row_lines_.line_of(place);
    }

    void resolve(thread_pool& pool, const id_map& user_ids, const id_map& item_ids) {
        if (options_.duplicates == duplicates::error) {
            const auto found = first_repetition(users_, items_, user_ids.size(), item_ids.size(), pool);
            if (!found) return;
            fail_at(source_.name(), {true, line_of(found->second)},
                    message("user ", quote(user_ids.id(row_of(users_[found->second]))), " and item ",
                            quote(item_ids.id(row_of(items_[found->second]))), " are already on line ",
                            line_of(found->first),
                            "; choose ratings_options::duplicates = keep_first, keep_last or keep_all"));
        }
        const auto dropped =
            repetitions_to_drop(users_, items_, user_ids.size(), item_ids.size(), options_.duplicates, pool);
        if (!dropped.empty()) report_.duplicates = leave_out(dropped);
    }

    byte_source& source_;
    const table_options& options_;
    std::size_t block_bytes_;
    table_start start_;
    ratings_layout layout_;
    std::size_t lines_ = 0; // before the block whose rows come next
    table_report report_;
    side user_rows_{options_.rows_of.users, options_.unknown_ids};
    side item_rows_{options_.rows_of.items, options_.unknown_ids};
    row_lines row_lines_;
    std::string item_;          // of Netflix, the one that the next block begins in
    std::vector<char> unknown_; // which rows were left out for their ids; empty for none
    std::vector<user_id> users_;
    std::vector<item_id> items_;
    std::vector<float> values_;
    std::vector<std::int64_t> times_;
};

} // namespace detail

/// As read_ratings, from text that may be gzipped; messages call it by the name.
[[nodiscard]] inline interactions parse_ratings(std::string_view text, const std::string& name,
                                                const ratings_options& options = {}) {
    detail::byte_source source(text, name);
    return detail::ratings_reader(source, options).read();
}

/// Reads interactions from a file, plain or gzipped, whose format is found from its content: lines of user,
/// item, rating and time, separated by tabs (MovieLens u.data), "::", commas, semicolons, bars or blanks, the
/// last two columns possibly missing; a header first (RecBole's too), and then its columns in any order; JSON
/// lines; Netflix's blocks; coordinates of Matrix Market. Without a rating the value is 1. Ids are text of any
/// kind, whose rows are numbered as they come, or go on from those of options.rows_of; blank lines are skipped.
/// Throws io_error if the file cannot be read, format_error (FILE:LINE) for anything that is not a rating and,
/// unless options.duplicates says otherwise, for a pair that repeats. A column in doubt is refused with the option
/// that settles it.
template <class Later = void> // can lie in graft::compiled
[[nodiscard]] interactions read_ratings(const std::filesystem::path& path,
                                        const ratings_options& options = {}) {
    detail::byte_source source(path);
    return detail::ratings_reader(source, options).read();
}

} // namespace graft::inline v0_1
