#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include <graft/core/detail/string_hash.hpp>
#include <graft/core/entropy.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// Texts that stay where they are, put there by many threads.
class text_arena {
public:
    /// Where 4 bytes of length and the characters are. text: shorter than 4 GB.
    const char* append(std::string_view text) {
        const auto length = static_cast<std::uint32_t>(text.size());
        const std::size_t bytes = sizeof length + text.size();
        const std::lock_guard lock(mutex_);
        if (bytes > left_) {
            const std::size_t room = (std::max)(bytes, std::size_t{1} << 16U);
            chunks_.push_back(std::unique_ptr<char[]>(new char[room]));
            at_ = chunks_.back().get();
            left_ = room;
        }
        char* const start = at_;
        std::memcpy(start, &length, sizeof length);
        std::memcpy(start + sizeof length, text.data(), text.size());
        at_ += bytes;
        left_ -= bytes;
        return start;
    }
    void clear() noexcept {
        chunks_.clear();
        left_ = 0;
    }
    [[nodiscard]] static std::string_view view(const char* start) noexcept {
        std::uint32_t length = 0;
        std::memcpy(&length, start, sizeof length);
        return {start + sizeof length, length};
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<char[]>> chunks_;
    char* at_ = nullptr;
    std::size_t left_ = 0; // of the last chunk
};

/// Ids and their rows, looked up by many threads at once. An id is put here by whoever meets it first, and gets its
/// row later, from one thread after the other in the order of the file, so that rows do not depend on the threads.
/// A line of the cache holds four ids, short ones whole, so that a search seldom touches another; it is fetched before
/// it is needed, and the four are compared without a branch. Places are taken without a lock; only growing keeps the
/// other threads out.
class shared_dictionary {
    struct key {
        std::uint64_t first = 0; // as in a bucket; of a long id that was not looked up: 0
        std::uint32_t rest = 0;
        std::uint32_t hash = 0; // which decides the bucket
    };

public:
    /// MinGW-w64 makes a lock when it is first taken, and two threads that do so at a time have two of them
    /// (github.com/msys2/MINGW-packages/issues/25193): here one takes it.
    shared_dictionary() { const std::lock_guard alone(growing_); }

    /// Of an id that has no row yet; above all rows.
    static constexpr std::uint32_t unnumbered = 0xffff'fffeU;

    /// An id without a row, and where among the ids of a block it is.
    struct unnumbered_id {
        key id;
        std::uint32_t at;
    };

    /// ids: none is empty. rows: [ids], set to the row of each; those that have none yet are unnumbered and appended to
    /// later.
    void look_up(std::span<const std::string_view> ids, std::span<std::uint32_t> rows,
                 std::vector<unnumbered_id>& later) {
        room held(*this, ids.size());
        struct search {
            key wanted;
            bucket* from;
        };
        std::array<search, 32> some; // all are fetched before the first is looked at
        bucket* const buckets = buckets_.data();
        const std::size_t size = buckets_.size();
        for (std::size_t start = 0; start < ids.size(); start += some.size()) {
            const std::size_t end = (std::min)(ids.size(), start + some.size());
            for (std::size_t at = start; at < end; ++at) {
                auto& [wanted, from] = some[at - start];
                wanted = key_of(ids[at]);
                from = buckets + first_bucket(wanted.hash, size);
                prefetch(from);
            }
            for (std::size_t at = start; at < end; ++at) {
                auto& [wanted, from] = some[at - start];
                const auto bits = matches(*from, wanted);
                const auto [in, slot] =
                    bits != 0 ? found{from, slot_of(bits)} : insert(ids[at], wanted, held); // nearly always
                const auto row = in->rows[slot].load(std::memory_order_relaxed);
                rows[at] = row;
                if (row != unnumbered) continue;
                wanted.first = in->firsts[slot].load(std::memory_order_relaxed);
                later.push_back({wanted, static_cast<std::uint32_t>(at)});
            }
        }
    }

    /// Gives rows to the ids that had none. row_for(id): the row of an id, asked once for each. One thread at a time.
    template <class RowFor>
    void number(std::span<const unnumbered_id> later, std::span<std::uint32_t> rows, RowFor&& row_for) {
        if (later.empty()) return;
        room held(*this, 0);
        char buffer[short_id];
        for (const auto& [id, at] : later) {
            const auto [in, slot] = find(id);
            auto& row = in->rows[slot];
            rows[at] = row.load(std::memory_order_relaxed);
            if (rows[at] != unnumbered) continue;
            rows[at] = static_cast<std::uint32_t>(row_for(view(id.first, id.rest, buffer)));
            row.store(rows[at], std::memory_order_relaxed);
        }
    }

    /// Calls reserve(characters), then take(ids) for the ids of the rows first, ..., last - 1 in their order, some at a
    /// time. While nobody looks up.
    template <class Reserve, class Take>
    void in_order(std::size_t first, std::size_t last, Reserve&& reserve, Take&& take) const {
        std::vector<place> places(last - first);
        std::size_t characters = 0;
        std::array<char[short_id], 32> buffers;
        for (std::size_t at = 0; at < 4 * buckets_.size(); ++at) {
            const bucket& in = buckets_[at / 4];
            const auto rest = in.rests[at % 4].load(std::memory_order_relaxed);
            const std::size_t row = in.rows[at % 4].load(std::memory_order_relaxed);
            if (rest == 0 || row < first || row >= last) continue;
            places[row - first] = static_cast<place>(at);
            characters += view(in.firsts[at % 4], rest, buffers[0]).size();
        }
        reserve(characters);
        std::array<std::string_view, 32> ids;
        for (std::size_t start = 0; start < places.size(); start += ids.size()) {
            const std::size_t some = (std::min)(ids.size(), places.size() - start);
            for (std::size_t i = start + some; i < (std::min)(places.size(), start + 2 * some); ++i)
                prefetch(&buckets_[places[i] / 4]);
            for (std::size_t i = 0; i < some; ++i) {
                const place at = places[start + i];
                const bucket& in = buckets_[at / 4];
                ids[i] = view(in.firsts[at % 4], in.rests[at % 4], buffers[i]);
            }
            take(std::span<const std::string_view>(ids).first(some));
        }
    }

    /// Gives the memory back. While nobody looks up.
    void clear() {
        std::vector<bucket>().swap(buckets_);
        limit_ = taken_ = 0;
        texts_.clear();
    }

private:
    using place = std::size_t; // a slot among those of all buckets
    static constexpr std::size_t short_id = 11;
    static constexpr std::size_t longest_id = 0xffff'ffffU;
    static constexpr std::uint32_t kind_shift = 24;
    static constexpr std::uint32_t is_long = 0xffU << kind_shift;
    static constexpr std::uint32_t busy = 0xfeU << kind_shift; // being written

    struct alignas(64) bucket {                    // filled from the front
        std::atomic<std::uint64_t> firsts[4] = {}; // bytes of a short id; where a long one lies
        std::atomic<std::uint32_t> rests[4] =
            {}; // length and last bytes, is_long and bits of the hash, or 0: vacant
        std::atomic<std::uint32_t> rows[4];
    };
    struct found {
        bucket* in;
        std::size_t slot;
    };

    template <class T>
    static T load(const char* from) noexcept {
        T value;
        std::memcpy(&value, from, sizeof value);
        return value;
    }
    [[nodiscard]] std::uint32_t hash_of(std::uint64_t first, std::uint32_t rest) const noexcept {
        return static_cast<std::uint32_t>(hasher_(first, rest) >> 32U);
    }
    [[nodiscard]] key key_of(std::string_view id) const {
        const char* const at = id.data();
        const std::size_t size = id.size();
        if (size > short_id) {
            if (size > longest_id) throw argument_error("id_map: an id of more than 4 GB");
            const auto hash = hasher_(id);
            return {0, is_long | static_cast<std::uint32_t>(hash & 0xff'ffffU),
                    static_cast<std::uint32_t>(hash >> 32U)};
        }
        key made;
        made.rest = static_cast<std::uint32_t>(size) << kind_shift;
        if (size >= 8) { // bytes that are there twice do no harm
            made.first = load<std::uint64_t>(at);
            made.rest |=
                std::uint32_t{load<std::uint16_t>(at + size - 3)} << 8U | load<unsigned char>(at + size - 1);
        } else if (size >= 4) {
            made.first = std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32U | load<std::uint32_t>(at);
        } else {
            made.first = std::uint64_t{load<unsigned char>(at)} << 16U |
                         std::uint64_t{load<unsigned char>(at + size / 2)} << 8U |
                         load<unsigned char>(at + size - 1);
        }
        made.hash = hash_of(made.first, made.rest);
        return made;
    }
    /// buffer: short_id bytes in which a short id is put.
    [[nodiscard]] static std::string_view view(std::uint64_t first, std::uint32_t rest,
                                               char* buffer) noexcept {
        if (rest >= is_long) return text_arena::view(pointer(first));
        const std::size_t size = rest >> kind_shift;
        const auto put = [&](std::size_t at, auto bytes) { std::memcpy(buffer + at, &bytes, sizeof bytes); };
        if (size >= 8) {
            put(size - 3, static_cast<std::uint16_t>(rest >> 8U));
            put(size - 1, static_cast<unsigned char>(rest));
            put(0, first);
        } else if (size >= 4) {
            put(0, static_cast<std::uint32_t>(first));
            put(size - 4, static_cast<std::uint32_t>(first >> 32U));
        } else {
            put(0, static_cast<unsigned char>(first >> 16U));
            put(size / 2, static_cast<unsigned char>(first >> 8U));
            put(size - 1, static_cast<unsigned char>(first));
        }
        return {buffer, size};
    }
    static const char* pointer(std::uint64_t first) noexcept {
        const char* text = nullptr;
        std::memcpy(&text, &first, sizeof text);
        return text;
    }

    /// Of any number of buckets below 2^32 (Lemire, "Fast random integer generation in an interval", 2019).
    static std::size_t first_bucket(std::uint32_t hash, std::size_t buckets) noexcept {
        return static_cast<std::size_t>(std::uint64_t{hash} * buckets >> 32U);
    }
    static void prefetch([[maybe_unused]] const bucket* at) noexcept {
#if defined(__GNUC__)
        __builtin_prefetch(at);
#endif
    }
    [[nodiscard]] std::size_t next(std::size_t at) const noexcept {
        return at + 1 == buckets_.size() ? 0 : at + 1;
    }

    /// Keeps the buckets where they are, with vacant slots for `most` new ids.
    class room {
    public:
        room(shared_dictionary& in, std::size_t most) : in_(in), left_(most) {
            for (;;) {
                in_.growing_.lock_shared();
                if (in_.taken_.fetch_add(most) + most <= in_.limit_) return;
                in_.taken_.fetch_sub(most);
                in_.growing_.unlock_shared();
                const std::lock_guard alone(in_.growing_);
                in_.grow(most);
            }
        }
        room(const room&) = delete;
        room& operator=(const room&) = delete;
        ~room() {
            in_.taken_.fetch_sub(left_);
            in_.growing_.unlock_shared();
        }
        void take() noexcept { --left_; }

    private:
        shared_dictionary& in_;
        std::size_t left_;
    };

    /// The slots of a bucket that hold a key, none or one, as bits.
    [[nodiscard]] static unsigned matches(const bucket& in, const key& wanted) noexcept {
        const auto equal = [&](std::size_t slot) {
            const bool rest = in.rests[slot].load(std::memory_order_acquire) == wanted.rest;
            const bool first = in.firsts[slot].load(std::memory_order_relaxed) == wanted.first;
            return static_cast<unsigned>(rest & first); // no branch
        };
        return equal(0) | equal(1) << 1U | equal(2) << 2U | equal(3) << 3U;
    }

    static std::size_t slot_of(unsigned bits) noexcept {
        return static_cast<std::size_t>(std::countr_zero(bits));
    }

    /// Where an id is, which is put there if it is new.
    found insert(std::string_view id, const key& wanted, room& held) {
        const char* text = nullptr; // of a long id that is new
        for (std::size_t at = first_bucket(wanted.hash, buckets_.size());; at = next(at)) {
            bucket& in = buckets_[at];
            if (const auto bits = matches(in, wanted); bits != 0) return {&in, slot_of(bits)};
            for (std::size_t slot = 0; slot < 4; ++slot) {
                auto rest = in.rests[slot].load(std::memory_order_acquire);
                if (rest == 0) {
                    auto first = wanted.first;
                    if (wanted.rest >= is_long) {
                        if (text == nullptr) text = texts_.append(id);
                        std::memcpy(&first, &text, sizeof text);
                    }
                    if (in.rests[slot].compare_exchange_strong(rest, busy, std::memory_order_acquire)) {
                        in.firsts[slot].store(first, std::memory_order_relaxed);
                        in.rows[slot].store(unnumbered, std::memory_order_relaxed);
                        in.rests[slot].store(wanted.rest, std::memory_order_release);
                        held.take();
                        return {&in, slot};
                    }
                }
                for (; rest == busy; rest = in.rests[slot].load(std::memory_order_acquire))
                    std::this_thread::yield();
                if (rest != wanted.rest) continue;
                const auto first = in.firsts[slot].load(std::memory_order_relaxed);
                if (rest < is_long ? first == wanted.first : text_arena::view(pointer(first)) == id)
                    return {&in, slot};
            }
        }
    }

    /// Where an id that was looked up is.
    [[nodiscard]] found find(const key& wanted) noexcept {
        for (std::size_t at = first_bucket(wanted.hash, buckets_.size());; at = next(at))
            if (const auto bits = matches(buckets_[at], wanted); bits != 0)
                return {&buckets_[at], slot_of(bits)};
    }

    /// By halves, so that little memory is vacant, until there is room for `more`.
    void grow(std::size_t more) {
        std::size_t size = (std::max)(buckets_.size(), std::size_t{16});
        while (3 * size < taken_ + more) size += size / 2;
        if (size == buckets_.size()) return; // another thread was here
        if (size > 0xffff'ffffU)
            throw argument_error("id_map: the file has more different ids than a table can have rows");
        std::vector<bucket> larger(size);
        for (const bucket& old : buckets_)
            for (std::size_t slot = 0; slot < 4; ++slot) {
                const auto rest = old.rests[slot].load(std::memory_order_relaxed);
                if (rest == 0) break;
                const auto first = old.firsts[slot].load(std::memory_order_relaxed);
                const auto hash =
                    rest < is_long
                        ? hash_of(first, rest)
                        : static_cast<std::uint32_t>(hasher_(text_arena::view(pointer(first))) >> 32U);
                std::size_t at = 4 * first_bucket(hash, size);
                while (larger[at / 4].rests[at % 4].load(std::memory_order_relaxed) != 0)
                    at = at + 1 == 4 * size ? 0 : at + 1;
                bucket& to = larger[at / 4];
                to.firsts[at % 4].store(first, std::memory_order_relaxed);
                to.rests[at % 4].store(rest, std::memory_order_relaxed);
                to.rows[at % 4].store(old.rows[slot].load(std::memory_order_relaxed),
                                      std::memory_order_relaxed);
            }
        buckets_.swap(larger);
        limit_ = 3 * size;
    }

    string_hash hasher_{process_entropy()};
    std::shared_mutex growing_;
    std::vector<bucket> buckets_;
    std::size_t limit_ = 0;              // of taken_
    std::atomic<std::size_t> taken_ = 0; // slots that hold an id, and those that threads may still take
    text_arena texts_;                   // of the long ids
};

} // namespace graft::inline v0_1::detail
