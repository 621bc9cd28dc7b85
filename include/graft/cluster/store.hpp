#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <graft/backend/cpu/store.hpp>
#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/detail/shared_pages.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>

namespace graft::inline v0_1 {

/// The rows of a table that is shared out over the ranks of an MPI program. Each rank has its own rows in main memory.
/// All members are called by all ranks, in the same order and with the same arguments: those that read wait for the
/// others, those that write keep what is the rank's.
template <class Scalar>
class mpi_store {
public:
    /// All weights 0. Throws as cpu_store, and graft::error where MPI is not running.
    mpi_store(std::size_t rows, std::size_t width)
        : share_(all_, checked(rows)), own_(share_.own(), width, false), width_(width) {}
    mpi_store(const mpi_store& other)
        : all_(other.all_), share_(other.share_), own_(other.own_), width_(other.width_) {}
    mpi_store& operator=(const mpi_store& other) {
        if (this != &other) *this = mpi_store(other);
        return *this;
    }
    /// What is moved from has no rows.
    mpi_store(mpi_store&& other) noexcept
        : all_(other.all_), share_(other.share_), shared_(std::move(other.shared_)),
          shared_stride_(std::exchange(other.shared_stride_, 0)), own_(std::move(other.own_)),
          width_(other.width_) {
        other.share_ = {other.all_, 0};
        other.changed();
    }
    mpi_store& operator=(mpi_store&& other) noexcept {
        if (this == &other) return *this;
        share_ = other.share_;
        shared_ = std::move(other.shared_);
        shared_stride_ = std::exchange(other.shared_stride_, 0);
        own_ = std::move(other.own_);
        width_ = other.width_;
        other.share_ = {other.all_, 0};
        other.changed();
        changed();
        return *this;
    }

    /// Of all ranks.
    [[nodiscard]] std::size_t rows() const noexcept { return share_.rows(); }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }

    void write(std::size_t r, std::size_t from, const Scalar* values, std::size_t count) {
        changed();
        if (share_.is_mine(r)) own_.write(share_.place(r), from, values, count);
    }
    void write_all(const Scalar* values) {
        changed();
        for (std::size_t k = 0; k < own_.rows(); ++k)
            own_.write(k, 0, values + share_.row(k) * width_, width_);
    }
    /// Those of a store of the same shape. Nothing is sent.
    void write_all(const mpi_store& other) {
        changed();
        own_.write_all(other.own_);
    }
    /// Rows that are read one after the other are fetched many at a time.
    void read(std::size_t r, std::size_t from, Scalar* values, std::size_t count) const {
        if (r < first_ || r >= first_ + held_.size() / width_) fetch(r);
        std::memcpy(values, held_.data() + (r - first_) * width_ + from, count * sizeof(Scalar));
    }
    void read_all(Scalar* values) const {
        const std::size_t piece = (std::max)(std::size_t{1}, (std::size_t{1} << 22U) / width_);
        for (std::size_t first = 0; first < rows(); first += piece)
            gather(first, (std::min)(piece, rows() - first), values + first * width_);
    }

    /// The weights of these rows, [n x width]. Each rank may ask for others.
    template <class Id>
    [[nodiscard]] std::vector<Scalar> rows_of(std::span<const Id> wanted) const {
        using counts = detail::rank_counts;
        const std::size_t size = all_.size();
        std::vector<std::uint32_t> asked(size, 0), asked_of_me(size);
        const auto row_at = [&](std::size_t k) { return static_cast<std::size_t>(wanted[k]); };
        for (std::size_t k = 0; k < wanted.size(); ++k) ++asked[share_.owner(row_at(k))];
        all_.exchange_counts(asked, asked_of_me);
        counts mine, theirs;
        mine.set(size, [&](std::size_t rank) { return asked[rank]; });
        theirs.set(size, [&](std::size_t rank) { return asked_of_me[rank]; });
        std::vector<std::size_t> next(size);
        for (std::size_t rank = 0; rank < size; ++rank) next[rank] = mine.begin(rank);
        std::vector<std::uint32_t> places(wanted.size()), from(wanted.size()), places_of_me;
        for (std::size_t k = 0; k < wanted.size(); ++k) {
            const std::size_t at = next[share_.owner(row_at(k))]++;
            places[at] = static_cast<std::uint32_t>(share_.place(row_at(k)));
            from[k] = static_cast<std::uint32_t>(at);
        }
        all_.exchange(places, mine, places_of_me, theirs);
        std::vector<Scalar> sent(places_of_me.size() * width_), got(wanted.size() * width_);
        for (std::size_t k = 0; k < places_of_me.size(); ++k)
            own_.read(places_of_me[k], 0, sent.data() + k * width_, width_);
        const detail::mpi_block<Scalar> row(width_);
        all_.exchange(sent.data(), theirs, got.data(), mine, row.type());
        std::vector<Scalar> rows(got.size());
        for (std::size_t k = 0; k < wanted.size(); ++k)
            std::memcpy(rows.data() + k * width_, got.data() + from[k] * width_, width_ * sizeof(Scalar));
        return rows;
    }

    [[nodiscard]] const detail::ranks& all() const noexcept { return all_; }
    [[nodiscard]] const detail::row_share& share() const noexcept { return share_; }
    /// The rows of this rank. Whoever writes to them calls `changed`.
    [[nodiscard]] cpu_store<Scalar>& own() noexcept { return own_; }
    [[nodiscard]] const cpu_store<Scalar>& own() const noexcept { return own_; }
    void changed() noexcept {
        held_.clear();
        next_ = 0;
    }

    /// Lets the other ranks work on the rank's rows where they are, until their moments change: own().row(order_of(rank, me)
    /// * rows_apart() + k) is row k of a rank's, when the ranks have met again. False, on all ranks, where there is no
    /// memory that all of them see.
    [[nodiscard]] bool share_rows() {
        if (shared_stride_ == own_.stride()) return true;
        const std::size_t row = own_.stride() * sizeof(Scalar);
        const std::size_t unit =
            detail::shared_pages::page() / sizeof(float); // any numbers of so many rows are whole pages
        const std::size_t apart = (share_.below(rows(), 0) / unit + 1) * unit;
        if (all_.size() * apart > max_rows) return false;
        detail::shared_pages made(all_, apart * row);
        if (made.bytes() == 0) return false;
        own_.move_to(made.own());
        std::swap(shared_, made);
        shared_stride_ = own_.stride();
        return true;
    }
    [[nodiscard]] std::size_t rows_apart() const noexcept {
        return shared_.bytes() / (shared_stride_ * sizeof(Scalar));
    }
    /// Ends that. Called by each rank when it likes to.
    void keep_rows() noexcept {
        shared_stride_ = 0;
        if (own_.move_back()) shared_ = {};
    }

private:
    static std::size_t checked(std::size_t rows) {
        if (rows > max_rows)
            throw argument_error(detail::message("table: ", rows, " rows are more than can be addressed"));
        return rows;
    }
    void fetch(std::size_t r) const {
        const std::size_t many = (std::max)(std::size_t{1}, (std::size_t{1} << 17U) / width_);
        const std::size_t count = r == next_ ? (std::min)(many, rows() - r) : 1;
        held_.resize(count * width_);
        first_ = r;
        next_ = r + count;
        if (count > 1) return gather(r, count, held_.data());
        if (share_.is_mine(r)) own_.read(share_.place(r), 0, held_.data(), width_);
        all_.send_to_all(held_.data(), width_, share_.owner(r));
    }
    /// values: [count x width], rows `first` and on.
    void gather(std::size_t first, std::size_t count, Scalar* values) const {
        detail::gather_rows(all_, share_, first, count, width_, values,
                            [&](std::size_t place, Scalar* to) { own_.read(place, 0, to, width_); });
    }

    detail::ranks all_;
    detail::row_share share_;
    detail::shared_pages shared_;   // which has the own rows, or none
    std::size_t shared_stride_ = 0; // of the rows there; 0: none
    cpu_store<Scalar> own_;
    std::size_t width_;
    mutable std::vector<Scalar> held_; // rows first_ and on, as of the last read
    mutable std::size_t first_ = 0;
    mutable std::size_t next_ = 0; // the row that would follow those read before
};

} // namespace graft::inline v0_1
