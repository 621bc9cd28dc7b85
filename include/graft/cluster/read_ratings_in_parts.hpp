#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <graft/cluster/detail/joined_column.hpp>
#include <graft/cluster/detail/joined_ids.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/data/table_options.hpp>
#include <graft/io/byte_source.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// Puts the parts of a file of ratings that all ranks have read together, on each.
class ratings_parts {
public:
    ratings_parts(const ranks& all, ratings_reader& reader) : all_(all), read_(reader.what_is_read()) {}

    struct ids {
        std::shared_ptr<const id_map> users, items;
    };

    /// at: the bytes of this rank's part. Throws graft::error, on all ranks, where they have not read one file in the
    /// same way.
    [[nodiscard]] ids join(const byte_source& source, const std::pair<std::size_t, std::size_t>& at) {
        join_reports(source, at);
        ids joined;
        joined.users = join_side(read_.user_ids, read_.users);
        joined.items = join_side(read_.item_ids, read_.items);
        join_column(all_, rows_, read_.users);
        join_column(all_, rows_, read_.items);
        if (read_.values != nullptr) join_column(all_, rows_, *read_.values);
        if (read_.times != nullptr) join_column(all_, rows_, *read_.times);
        return joined;
    }

private:
    struct summary {
        std::uint64_t begin, end, rows; // of the part
        std::uint64_t file_bytes, known_users, known_items, has_values, has_times;
        table_report report; // of the part

        [[nodiscard]] bool goes_on_from(const summary& before) const noexcept {
            return begin == before.end && file_bytes == before.file_bytes &&
                   known_users == before.known_users && known_items == before.known_items &&
                   has_values == before.has_values && has_times == before.has_times;
        }
    };

    void join_reports(const byte_source& source, const std::pair<std::size_t, std::size_t>& at) {
        const summary own{at.first,
                          at.second,
                          read_.users.size(),
                          source.file_bytes(),
                          read_.user_ids.known_size(),
                          read_.item_ids.known_size(),
                          read_.values != nullptr,
                          read_.times != nullptr,
                          read_.report};
        std::vector<summary> parts(all_.size());
        rank_counts bytes;
        bytes.set(all_.size(), [](std::size_t) { return sizeof(summary); });
        all_.gather(&own, parts.data(), bytes, mpi_type<char>());

        read_.report = {};
        for (std::size_t rank = 0; rank < parts.size(); ++rank) {
            const auto& part = parts[rank];
            if (rank > 0 && !part.goes_on_from(parts[rank - 1]))
                throw error(message(source.name(), ": ranks ", rank - 1, " and ", rank,
                                    " do not read the same file with the same options"));
            rows_.push_back(static_cast<std::size_t>(part.rows));
            using report = table_report; // the other members count what is kept of all parts
            for (const auto count : {&report::read, &report::missing, &report::broken, &report::unknown,
                                     &report::comments, &report::blank_lines})
                read_.report.*count += part.report.*count;
        }
    }

    template <class Id>
    std::shared_ptr<const id_map> join_side(ratings_reader::side& side, std::vector<Id>& rows) {
        const std::size_t known = side.known_size();
        id_map own;
        side.take_new([&](std::size_t characters) { own.reserve(side.added, characters); },
                      [&](std::span<const std::string_view> some) { own.insert_all(some); });
        side.added = 0;
        auto joined = join_ids(all_, side.known, own, [&] { return side.next_row(); });
        for (auto& row : rows)
            if (row_of(row) >= known) row = static_cast<Id>(joined.rows[row_of(row) - known]);
        return std::move(joined.all);
    }

    const ranks& all_;
    ratings_reader::rows_read read_;
    std::vector<std::size_t> rows_; // of each rank
};

/// What read_ratings gives, of which each rank has read a part; nothing, on all ranks, where the file has less than
/// `least` bytes or cannot be cut, or where anything is wrong with it, which reading the whole will tell.
template <class Later = void>
[[nodiscard]] std::optional<interactions> read_parts(const ranks& all, const std::filesystem::path& path,
                                                     const ratings_options& options, std::size_t least) {
    std::optional<byte_source> source;
    std::optional<ratings_reader> reader;
    std::optional<std::pair<std::size_t, std::size_t>> at;
    try {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(path, ignored)) source.emplace(path); // a pipe can be read once
        if (source && source->file_bytes() >= least) {
            reader.emplace(*source, options);
            reader->start();
            at = reader->take_part(all.me(), all.size());
        }
        if (at) {
            thread_pool pool(reader->threads());
            reader->read_rows(pool);
            reader->leave_out_unknown();
        }
    } catch (const std::exception&) { at.reset(); }
    if (all.least(at ? 1 : 0) == 0) return std::nullopt;

    auto ids = ratings_parts(all, *reader).join(*source, *at);
    try {
        reader->check_complete();
        thread_pool pool(reader->threads());
        return reader->finish(pool, std::move(ids.users), std::move(ids.items));
    } catch (const format_error&) { return std::nullopt; } // lines were counted in parts
}

/// What f() gives. Where it throws on some ranks, all throw.
template <class F>
[[nodiscard]] auto on_all_ranks(const ranks& all, const F& f) {
    std::optional<decltype(f())> result;
    std::exception_ptr failure;
    std::string what;
    try {
        result.emplace(f());
    } catch (const std::exception& caught) {
        failure = std::current_exception();
        what = caught.what();
    }
    const auto first = static_cast<std::size_t>(all.least(failure ? all.me() : all.size()));
    if (first == all.size()) return std::move(*result);
    what = all.text_of(first, std::move(what));
    if (failure) std::rethrow_exception(failure);
    throw error(message("rank ", first, ": ", what));
}

template <class Later = void>
[[nodiscard]] interactions read_ratings_in_parts(const std::filesystem::path& path,
                                                 const ratings_options& options, std::size_t least) {
    const ranks all;
    table_report report;
    auto with_report = options;
    with_report.report = &report;
    std::optional<interactions> read;
    if (all.size() > 1) read = read_parts<Later>(all, path, with_report, least);
    if (!read) read = on_all_ranks(all, [&] { return read_ratings(path, with_report); });
    if (options.report != nullptr) *options.report = report;
    return std::move(*read);
}

} // namespace detail

/// As read_ratings, from a file that all ranks of an MPI program see, all with the same options: each parses as many
/// bytes of it as the others, and all get the same interactions, those of read_ratings. While it reads, a rank holds its
/// own part, then all interactions and ids, as it does after it. Each rank reads the whole of what cannot be cut: a
/// file that is gzipped or below 1 MB, a pipe, quotes that run over a cut; and of a file with errors, so that all throw
/// what read_ratings throws. Where only some ranks cannot read the file, the others throw graft::error.
template <class Later = void>
[[nodiscard]] interactions read_ratings_in_parts(const std::filesystem::path& path,
                                                 const ratings_options& options = {}) {
    return detail::read_ratings_in_parts<Later>(path, options, 1'000'000);
}

} // namespace graft::inline v0_1
