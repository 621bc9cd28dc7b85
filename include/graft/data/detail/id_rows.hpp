#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <graft/data/id_map.hpp>

namespace graft::inline v0_1::detail {

/// Ids and their rows that go on from those of a map which others share; it is copied when the first new one comes.
class id_rows {
public:
    id_rows() = default;
    /// known: null for none.
    explicit id_rows(std::shared_ptr<const id_map> known) : known_(std::move(known)) {}

    [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const noexcept {
        if (owns_) return own_.find(id);
        return known_ ? known_->find(id) : std::nullopt;
    }

    /// The row of an id, which is the next one if the id is new.
    std::size_t insert(std::string_view id) {
        if (!owns_) {
            if (const auto row = find(id)) return *row;
            if (known_) own_ = *known_;
            owns_ = true;
        }
        return own_.insert(id);
    }

    /// Inserts ids in their order, all of them new.
    void insert_new(std::span<const std::string_view> ids) {
        if (ids.empty()) return;
        insert(ids.front());
        own_.insert_all(ids.subspan(1));
    }

    /// Makes room for that many ids and characters, where all are new.
    void reserve(std::size_t ids, std::size_t characters) {
        if (!known_) own_.reserve(ids, characters);
    }

    /// The longer map, or the shared one if no id is new.
    [[nodiscard]] std::shared_ptr<const id_map> finish() && {
        if (!owns_ && known_) return std::move(known_);
        return std::make_shared<const id_map>(std::move(own_));
    }

private:
    std::shared_ptr<const id_map> known_;
    bool owns_ = false; // a new id has come
    id_map own_;
};

} // namespace graft::inline v0_1::detail
