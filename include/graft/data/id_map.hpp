#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <graft/core/error.hpp>
#include <graft/core/string_index.hpp>

namespace graft::inline v0_1 {

/// The ids that a source uses and the dense rows 0..size()-1 that tables use, in order of first appearance.
/// An id is its text, whatever it means: "7", "007" and "u7" are three ids. Const members may be called from
/// several threads at once, and nothing else beside them.
class id_map {
public:
    id_map() = default;

    /// The ids "0", "1", ... for a host whose ids are rows already. Throws argument_error above max_rows.
    [[nodiscard]] static id_map numbered(std::size_t rows) {
        if (rows > max_rows)
            throw argument_error("id_map: " + std::to_string(rows) + " rows were asked for; at most " +
                                 std::to_string(max_rows) + " are possible");
        id_map map;
        map.index_.reserve(rows, rows * std::to_string(rows).size());
        for (std::size_t row = 0; row < rows; ++row) map.index_.insert(std::to_string(row));
        return map;
    }

    [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
    [[nodiscard]] bool empty() const noexcept { return index_.empty(); }

    /// Valid until the next insertion. Throws argument_error if there is no such row.
    [[nodiscard]] std::string_view id(std::size_t row) const {
        if (row >= size())
            throw argument_error("id_map: row " + std::to_string(row) + " was asked for; there are " +
                                 std::to_string(size()));
        return index_.view(row);
    }

    [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const noexcept {
        return index_.find(id);
    }

    /// The first rows that both maps name alike. O(1) for maps of one size that are the same, else O(size).
    [[nodiscard]] std::size_t common_rows(const id_map& other) const noexcept {
        return index_.common_rows(other.index_);
    }

    /// The row of the id, which is a new one if the id is new.
    std::size_t insert(std::string_view id) { return index_.insert(id).first; }

    /// The same for many, in their order.
    void insert_all(std::span<const std::string_view> ids) { index_.insert_all(ids); }

    /// Makes room for that many ids and characters in all.
    void reserve(std::size_t ids, std::size_t characters) { index_.reserve(ids, characters); }

private:
    string_index index_;
};

} // namespace graft::inline v0_1
