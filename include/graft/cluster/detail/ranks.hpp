#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mpi.h>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// Throws graft::error for what an MPI function returned, unless it is success. With MPI's usual error handler the
/// process ends before that.
inline void check_mpi(int result, const char* what) {
    if (result == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(result, text, &length);
    throw error(message("mpi: ", what, ": ", std::string_view(text, static_cast<std::size_t>(length))));
}

template <class T>
[[nodiscard]] MPI_Datatype mpi_type() {
    if constexpr (std::is_same_v<T, float>)
        return MPI_FLOAT;
    else if constexpr (std::is_same_v<T, double>)
        return MPI_DOUBLE;
    else if constexpr (std::is_same_v<T, std::uint32_t>)
        return MPI_UINT32_T;
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return MPI_UINT64_T;
    else {
        static_assert(std::is_same_v<T, char>);
        return MPI_BYTE;
    }
}

/// Blocks of `width` numbers, as one element of a message; in memory they begin `stride` numbers apart.
template <class T>
class mpi_block {
public:
    explicit mpi_block(std::size_t width) : mpi_block(width, width) {}
    mpi_block(std::size_t width, std::size_t stride) {
        MPI_Datatype packed = MPI_DATATYPE_NULL;
        check_mpi(MPI_Type_contiguous(static_cast<int>(width), mpi_type<T>(), &packed), "a type for rows");
        const int result =
            MPI_Type_create_resized(packed, 0, static_cast<MPI_Aint>(stride * sizeof(T)), &type_);
        MPI_Type_free(&packed);
        check_mpi(result, "a type for rows");
        check_mpi(MPI_Type_commit(&type_), "a type for rows");
    }
    mpi_block(const mpi_block&) = delete;
    mpi_block& operator=(const mpi_block&) = delete;
    ~mpi_block() { MPI_Type_free(&type_); }
    [[nodiscard]] MPI_Datatype type() const noexcept { return type_; }

private:
    MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// How many elements each rank sends or gets, and where in a buffer they begin: one rank's after the other's.
class rank_counts {
public:
    rank_counts() = default;
    explicit rank_counts(std::size_t ranks) : counts_(ranks, 0), begins_(ranks, 0) {}

    /// Sets all counts: count(rank). The first rank's elements begin at `first`. Throws graft::error for more elements
    /// than a call of MPI takes.
    template <class Count>
    void set(std::size_t ranks, const Count& count, std::size_t first = 0) {
        counts_.resize(ranks);
        begins_.resize(ranks);
        std::size_t sum = first;
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            const std::size_t of_rank = count(rank);
            begins_[rank] = static_cast<int>(sum);
            counts_[rank] = static_cast<int>(of_rank);
            sum += of_rank;
            if (sum > most)
                throw error(message("mpi: ", sum,
                                    " elements are more than one message has; use smaller "
                                    "batches or more ranks"));
        }
        all_ = sum - first;
    }

    [[nodiscard]] std::size_t count(std::size_t rank) const {
        return static_cast<std::size_t>(counts_[rank]);
    }
    [[nodiscard]] std::size_t begin(std::size_t rank) const {
        return static_cast<std::size_t>(begins_[rank]);
    }
    /// Of all ranks.
    [[nodiscard]] std::size_t all() const noexcept { return all_; }
    [[nodiscard]] const int* counts() const noexcept { return counts_.data(); }
    [[nodiscard]] const int* begins() const noexcept { return begins_.data(); }

private:
    static constexpr std::size_t most = (std::numeric_limits<int>::max)();
    std::vector<int> counts_, begins_;
    std::size_t all_ = 0;
};

/// The ranks of a program, and what they do together: each calls the same member at the same time.
class ranks {
public:
    /// Throws graft::error where MPI has not been started, or has ended.
    ranks() {
        int started = 0;
        int ended = 0;
        MPI_Initialized(&started);
        if (started != 0) MPI_Finalized(&ended);
        if (started == 0 || ended != 0)
            throw error("mpi_cpu: MPI is not running; let graft::mpi_main call what uses this backend");
        int number = 0;
        check_mpi(MPI_Comm_rank(MPI_COMM_WORLD, &number), "the rank");
        me_ = static_cast<std::size_t>(number);
        check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &number), "the number of ranks");
        size_ = static_cast<std::size_t>(number);
    }

    [[nodiscard]] std::size_t me() const noexcept { return me_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Whether all ranks run on one machine.
    [[nodiscard]] bool share_a_machine() const {
        MPI_Comm machine = MPI_COMM_NULL;
        int size = 0;
        check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine),
                  "the ranks of a machine");
        MPI_Comm_size(machine, &size);
        MPI_Comm_free(&machine);
        return static_cast<std::size_t>(size) == size_;
    }

    /// to[rank * count ..] = what the rank sends this one; from[rank * count ..] goes to the rank.
    void exchange_counts(std::span<const std::uint32_t> from, std::span<std::uint32_t> to) const {
        const int each = static_cast<int>(from.size() / size_);
        check_mpi(
            MPI_Alltoall(from.data(), each, MPI_UINT32_T, to.data(), each, MPI_UINT32_T, MPI_COMM_WORLD),
            "counts");
    }
    /// as: how the elements stand in `to`.
    void exchange(const void* from, const rank_counts& sent, MPI_Datatype type, void* to,
                  const rank_counts& received, MPI_Datatype as) const {
        check_mpi(MPI_Alltoallv(from, sent.counts(), sent.begins(), type, to, received.counts(),
                                received.begins(), as, MPI_COMM_WORLD),
                  "an exchange of rows");
    }
    void exchange(const void* from, const rank_counts& sent, void* to, const rank_counts& received,
                  MPI_Datatype type) const {
        exchange(from, sent, type, to, received, type);
    }
    /// The same, and calls work() while the messages are under way.
    template <class Work>
    void exchange(const void* from, const rank_counts& sent, void* to, const rank_counts& received,
                  MPI_Datatype type, const Work& work) const {
        MPI_Request request = MPI_REQUEST_NULL;
        check_mpi(MPI_Ialltoallv(from, sent.counts(), sent.begins(), type, to, received.counts(),
                                 received.begins(), type, MPI_COMM_WORLD, &request),
                  "an exchange of rows");
        work();
        check_mpi(MPI_Wait(&request, MPI_STATUS_IGNORE), "an exchange of rows");
    }
    template <class T>
    void exchange(const std::vector<T>& from, const rank_counts& sent, std::vector<T>& to,
                  const rank_counts& received) const {
        to.resize(received.all());
        exchange(from.data(), sent, to.data(), received, mpi_type<T>());
    }
    /// to: what all ranks give, one rank's after the other's.
    void gather(const void* from, void* to, const rank_counts& received, MPI_Datatype type) const {
        check_mpi(MPI_Allgatherv(from, received.counts()[me_], type, to, received.counts(), received.begins(),
                                 type, MPI_COMM_WORLD),
                  "gathering rows");
    }
    /// to: as many numbers from each rank as it has in `from`, by rank.
    void gather_each(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) const {
        const int each = static_cast<int>(from.size());
        check_mpi(
            MPI_Allgather(from.data(), each, MPI_UINT64_T, to.data(), each, MPI_UINT64_T, MPI_COMM_WORLD),
            "gathering numbers");
    }
    template <class T>
    void send_to_all(T* values, std::size_t count, std::size_t from) const {
        constexpr std::size_t piece = std::size_t{1} << 28U;
        for (std::size_t done = 0; done < count; done += piece)
            check_mpi(MPI_Bcast(values + done, static_cast<int>((std::min)(piece, count - done)),
                                mpi_type<T>(), static_cast<int>(from), MPI_COMM_WORLD),
                      "sending to all ranks");
    }
    /// The text that rank `from` gives, on all ranks.
    [[nodiscard]] std::string text_of(std::size_t from, std::string text) const {
        auto size = static_cast<std::uint64_t>(text.size());
        send_to_all(&size, 1, from);
        text.resize(static_cast<std::size_t>(size));
        send_to_all(text.data(), text.size(), from);
        return text;
    }
    /// The least of all ranks' values.
    [[nodiscard]] std::uint64_t least(std::uint64_t value) const {
        std::uint64_t found = 0;
        check_mpi(MPI_Allreduce(&value, &found, 1, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD), "a minimum");
        return found;
    }
    /// Each value is one rank's; those of all others are 0. Bit for bit.
    void join(std::span<double> values) const {
        check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_UINT64_T,
                                MPI_BOR, MPI_COMM_WORLD),
                  "joining losses");
    }
    /// Throws graft::error, on all ranks, unless all give the same number: they do not run the same program.
    void check_same(std::uint64_t number, const char* what) const {
        std::uint64_t both[2] = {number, ~number};
        std::uint64_t found[2];
        check_mpi(MPI_Allreduce(both, found, 2, MPI_UINT64_T, MPI_MIN, MPI_COMM_WORLD), "comparing ranks");
        if (found[0] != ~found[1])
            throw error(message("mpi_cpu: the ranks do not have the same ", what,
                                "; all must make the same calls with the same arguments"));
    }

private:
    std::size_t me_ = 0;
    std::size_t size_ = 1;
};

/// Where `rank` comes where `me` comes first, and then the others by rank.
[[nodiscard]] inline std::size_t order_of(std::size_t rank, std::size_t me) noexcept {
    return rank == me ? 0 : rank < me ? rank + 1 : rank;
}

/// The rank that comes there.
[[nodiscard]] inline std::size_t rank_at(std::size_t order, std::size_t me) noexcept {
    return order == 0 ? me : order <= me ? order - 1 : order;
}

/// Which rows of a table a rank has: row r is row r / ranks of rank r % ranks.
class row_share {
public:
    row_share(const ranks& all, std::size_t rows) : row_share(all.me(), all.size(), rows) {}
    row_share(std::size_t me, std::size_t ranks, std::size_t rows) : me_(me), ranks_(ranks), rows_(rows) {}

    [[nodiscard]] std::size_t me() const noexcept { return me_; }
    [[nodiscard]] std::size_t ranks() const noexcept { return ranks_; }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t owner(std::size_t row) const noexcept { return row - place(row) * ranks_; }
    [[nodiscard]] bool is_mine(std::size_t row) const noexcept { return owner(row) == me_; }
    /// Where the owner has the row.
    [[nodiscard]] std::size_t place(std::size_t row) const noexcept {
        // The same as row / ranks, in a fraction of the time: rows are 32 bits wide, so that the rounding of
        // doubles is less than the half that is added.
        return static_cast<std::uint32_t>((static_cast<double>(static_cast<std::int64_t>(row)) + 0.5) *
                                          inverse_);
    }
    /// The row at a place of this rank's.
    [[nodiscard]] std::size_t row(std::size_t place) const noexcept { return place * ranks_ + me_; }
    /// The first of the numbers of a rank's rows, by place: numbers of this rank's rows begin at 0, those of the others
    /// follow, rank by rank.
    [[nodiscard]] std::size_t first_number(std::size_t rank) const noexcept {
        const std::size_t before = rank * (rows_ / ranks_) + (std::min)(rank, rows_ % ranks_);
        return rank == me_ ? 0 : rank < me_ ? before + own() : before;
    }
    /// How many rows below `row` a rank has.
    [[nodiscard]] std::size_t below(std::size_t row, std::size_t rank) const noexcept {
        return (row + ranks_ - 1 - rank) / ranks_;
    }
    [[nodiscard]] std::size_t own() const noexcept { return below(rows_, me_); }

private:
    std::size_t me_, ranks_, rows_;
    double inverse_ = 1.0 / static_cast<double>(ranks_);
};

/// values: [count x width], rows `first` and on of a table, on all ranks. read(place, to): a row of this rank's.
template <class T, class Read>
void gather_rows(const ranks& all, const row_share& share, std::size_t first, std::size_t count,
                 std::size_t width, T* values, const Read& read) {
    rank_counts counts;
    counts.set(all.size(),
               [&](std::size_t rank) { return share.below(first + count, rank) - share.below(first, rank); });
    const std::size_t mine = share.below(first, all.me());
    std::vector<T> sent(counts.count(all.me()) * width), got(count * width);
    for (std::size_t k = 0; k < counts.count(all.me()); ++k) read(mine + k, sent.data() + k * width);
    const mpi_block<T> row(width);
    all.gather(sent.data(), got.data(), counts, row.type());
    for (std::size_t r = first; r < first + count; ++r) {
        const std::size_t rank = share.owner(r);
        const std::size_t at = counts.begin(rank) + share.place(r) - share.below(first, rank);
        std::copy_n(got.data() + at * width, width, values + (r - first) * width);
    }
}

} // namespace graft::inline v0_1::detail
