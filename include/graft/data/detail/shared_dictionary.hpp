#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/string_hash.hpp>
#include <graft/core/entropy.hpp>
#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>

namespace graft::inline v0_1::detail {

/// Ids and their numbers 0, 1, 2, ... in order of insertion. An id of up to 16 bytes lies in its slot, so that a
/// search touches one place of memory, which can be fetched before it is needed.
class id_table {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Of all ids together.
    [[nodiscard]] std::size_t characters() const noexcept { return characters_; }

    /// Asks for the memory that insert will look at, which seldom ends within the first line of the cache.
    void prefetch(std::uint64_t hash) const noexcept {
#if defined(__GNUC__)
        if (slots_.empty()) return;
        const auto* const at = reinterpret_cast<const char*>(slots_.data() + first_slot(hash, slots_.size()));
        __builtin_prefetch(at);
        __builtin_prefetch(at + 64);
#else
        static_cast<void>(hash);
#endif
    }

    /// The number of an id, which is not empty. hash: of string_hash with the entropy of the process.
    std::uint32_t insert(std::string_view id, std::uint64_t hash) {
        if ((size_ + 1) * 4 > slots_.size() * 3) grow();
        const auto wanted = key_of(id, hash);
        std::size_t at = first_slot(hash, slots_.size());
        for (; slots_[at].length != 0; at = next_slot(at, slots_.size()))
            if (equal(slots_[at], wanted, id)) return slots_[at].number;
        slots_[at] = wanted;
        slots_[at].number = static_cast<std::uint32_t>(size_);
        if (id.size() > in_slot) {
            slots_[at].last = arena_.size();
            arena_.append(id);
        }
        characters_ += id.size();
        return static_cast<std::uint32_t>(size_++);
    }

    /// Calls take(number, slot) for each id, in no order.
    template <class Take>
    void for_each_slot(Take&& take) const {
        for (std::size_t at = 0; at < slots_.size(); ++at)
            if (slots_[at].length != 0) take(slots_[at].number, at);
    }
    /// The id in a slot. buffer: 16 bytes in which a short one is put.
    [[nodiscard]] std::string_view view(std::size_t slot, char* buffer) const noexcept {
        const auto& [first, last, number, length] = slots_[slot];
        if (length > in_slot) return std::string_view(arena_).substr(static_cast<std::size_t>(last), length);
        if (length >= 8) {
            std::memcpy(buffer + length - 8, &last, 8);
            std::memcpy(buffer, &first, 8);
        } else {
            std::memcpy(buffer, &first, 8);
        }
        return {buffer, length};
    }

private:
    static constexpr std::uint32_t in_slot = 16;

    struct place {
        std::uint64_t first = 0; // bytes of a short id; the hash of a long one
        std::uint64_t last = 0;  // the last bytes of one of 8 or more; where a long one lies in the arena
        std::uint32_t number = 0;
        std::uint32_t length = 0; // 0: vacant
    };

    /// Without a number, and without a place in the arena.
    static place key_of(std::string_view id, std::uint64_t hash) noexcept {
        place key;
        key.length = static_cast<std::uint32_t>(id.size());
        const char* const at = id.data();
        if (id.size() > in_slot) {
            key.first = hash;
        } else if (id.size() >= 8) {
            std::memcpy(&key.first, at, 8);
            std::memcpy(&key.last, at + id.size() - 8, 8);
        } else {
            char bytes[8] = {};
            for (std::size_t i = 0; i < id.size(); ++i) bytes[i] = at[i];
            std::memcpy(&key.first, bytes, 8);
        }
        return key;
    }
    [[nodiscard]] bool equal(const place& found, const place& wanted, std::string_view id) const noexcept {
        if (found.first != wanted.first || found.length != wanted.length) return false;
        if (found.length <= in_slot) return found.last == wanted.last;
        return std::string_view(arena_).substr(static_cast<std::size_t>(found.last), found.length) == id;
    }

    /// Of any number of slots below 2^32 (Lemire, "Fast random integer generation in an interval", 2019).
    static std::size_t first_slot(std::uint64_t hash, std::size_t slots) noexcept {
        return static_cast<std::size_t>((hash & 0xffff'ffffU) * slots >> 32U);
    }
    static std::size_t next_slot(std::size_t slot, std::size_t slots) noexcept {
        return slot + 1 == slots ? 0 : slot + 1;
    }

    /// By half, so that little memory is vacant.
    void grow() {
        std::vector<place> larger(slots_.empty() ? 16 : slots_.size() + slots_.size() / 2);
        char buffer[in_slot];
        for (std::size_t old = 0; old < slots_.size(); ++old) {
            if (slots_[old].length == 0) continue;
            const auto hash = slots_[old].length > in_slot ? slots_[old].first : hasher_(view(old, buffer));
            std::size_t at = first_slot(hash, larger.size());
            while (larger[at].length != 0) at = next_slot(at, larger.size());
            larger[at] = slots_[old];
        }
        slots_.swap(larger);
    }

    string_hash hasher_{process_entropy()};
    std::vector<place> slots_;
    std::string arena_; // of the long ids
    std::size_t size_ = 0;
    std::size_t characters_ = 0;
};

/// Gives ids provisional numbers from many threads at once. Ids are parted by their hash, so that threads seldom
/// meet. Which number an id gets depends on the threads; number_rows makes rows of them that do not.
class shared_dictionary {
public:
    /// What a thread needs besides.
    struct scratch {
        std::vector<std::uint64_t> hashes;
        std::vector<std::uint32_t> run_starts; // the first of ids that are equal one after the other
        struct run {
            std::uint64_t hash;
            std::uint32_t id;
        };
        std::vector<run> order; // by parts
    };

    /// ids: none is empty. to: [ids], the number of each. start: where among the parts to begin; threads had better differ.
    void look_up(std::span<const std::string_view> ids, std::span<std::uint32_t> to, std::size_t start,
                 scratch& with) {
        with.run_starts.clear();
        with.hashes.clear();
        std::array<std::uint32_t, parts + 1> ends{};
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (i > 0 && ids[i].back() == ids[i - 1].back() && ids[i] == ids[i - 1]) continue;
            if (ids[i].size() > longest_id) throw argument_error("id_map: an id of more than 4 GB");
            with.run_starts.push_back(static_cast<std::uint32_t>(i));
            with.hashes.push_back(hasher_(ids[i]));
            ++ends[part_of(with.hashes.back()) + 1];
        }
        for (std::size_t part = 0; part < parts; ++part) ends[part + 1] += ends[part];
        auto next = ends;
        with.order.resize(with.hashes.size());
        for (std::size_t run = 0; run < with.hashes.size(); ++run)
            with.order[next[part_of(with.hashes[run])]++] = {with.hashes[run], with.run_starts[run]};

        for (std::size_t step = 0; step < parts; ++step) {
            const std::size_t part = (start + step) % parts;
            if (ends[part] == ends[part + 1]) continue;
            auto& [mutex, table] = (*parts_)[part];
            const std::lock_guard lock(mutex);
            constexpr std::uint32_t ahead = 12;
            for (auto at = ends[part]; at < ends[part + 1] && at < ends[part] + ahead; ++at)
                table.prefetch(with.order[at].hash);
            for (auto at = ends[part]; at < ends[part + 1]; ++at) {
                if (at + ahead < ends[part + 1]) table.prefetch(with.order[at + ahead].hash);
                const auto& run = with.order[at];
                const auto number = table.insert(ids[run.id], run.hash);
                if (number >> part_shift != 0)
                    throw argument_error(
                        "id_map: the file has more different ids than a table can have rows");
                to[run.id] = static_cast<std::uint32_t>(part << part_shift | number);
            }
        }
        std::size_t run = 0;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (run < with.run_starts.size() && with.run_starts[run] == i)
                ++run;
            else
                to[i] = to[i - 1];
        }
    }

    /// Of all ids together.
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t ids = 0;
        for (const auto& part : *parts_) ids += part.table.size();
        return ids;
    }
    [[nodiscard]] std::size_t characters() const noexcept {
        std::size_t all = 0;
        for (const auto& part : *parts_) all += part.table.characters();
        return all;
    }

    /// Turns provisional numbers into rows. row_for(id): the row of an id, asked once for each in the order in
    /// which they first come in numbers. O(size + ids).
    template <class Id, class RowFor>
    requires std::invocable<RowFor&, std::string_view>
    void number_rows(std::span<Id> numbers, RowFor&& row_for) const {
        std::array<std::size_t, parts> starts{};
        std::size_t ids = 0;
        for (std::size_t part = 0; part < parts; ++part) {
            starts[part] = ids;
            ids += (*parts_)[part].table.size();
        }
        struct known {
            std::uint32_t row_or_slot;
            bool numbered = false;
        };
        std::vector<known> places(ids);
        for (std::size_t part = 0; part < parts; ++part)
            (*parts_)[part].table.for_each_slot([&](std::size_t number, std::size_t slot) {
                places[starts[part] + number].row_or_slot = static_cast<std::uint32_t>(slot);
            });
        char buffer[16];
        for (Id& id : numbers) {
            const auto number = static_cast<std::uint32_t>(id);
            const std::size_t part = number >> part_shift;
            auto& [row, numbered] = places[starts[part] + (number & ((std::uint32_t{1} << part_shift) - 1))];
            if (!numbered) {
                row = static_cast<std::uint32_t>(row_for((*parts_)[part].table.view(row, buffer)));
                numbered = true;
            }
            id = static_cast<Id>(row);
        }
    }

    /// The same with the rows of a map, behind those that it holds already.
    template <class Id>
    void number_rows(std::span<Id> numbers, id_map& map) const {
        map.reserve(map.size() + size(), characters());
        number_rows(numbers, [&](std::string_view id) { return map.insert(id); });
    }

private:
    static constexpr unsigned part_bits = 6;
    static constexpr unsigned part_shift = 32 - part_bits;
    static constexpr std::size_t parts = std::size_t{1} << part_bits;
    static constexpr std::size_t longest_id = 0xffff'ffffU;
    static std::size_t part_of(std::uint64_t hash) noexcept {
        return static_cast<std::size_t>(hash >> (64 - part_bits));
    }

    struct locked_table {
        std::mutex mutex;
        id_table table;
    };
    string_hash hasher_{process_entropy()};
    std::unique_ptr<std::array<locked_table, parts>> parts_ =
        std::make_unique<std::array<locked_table, parts>>();
};

} // namespace graft::inline v0_1::detail
