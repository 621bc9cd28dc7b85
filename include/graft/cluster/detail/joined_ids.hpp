#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/data/detail/id_rows.hpp>
#include <graft/data/id_map.hpp>

namespace graft::inline v0_1::detail {

/// Texts below 4 GB as one text, which is empty where there are none.
class packed_texts {
public:
    void add(std::string_view text) {
        const auto size = static_cast<std::uint32_t>(text.size());
        char bytes[sizeof size];
        std::memcpy(bytes, &size, sizeof size);
        packed_.append(bytes, sizeof size).append(text);
    }
    [[nodiscard]] std::string& packed() noexcept { return packed_; }
    /// They are parts of the packed text.
    [[nodiscard]] static std::vector<std::string_view> unpack(std::string_view packed) {
        std::vector<std::string_view> texts;
        while (!packed.empty()) {
            std::uint32_t size = 0;
            std::memcpy(&size, packed.data(), sizeof size);
            texts.push_back(packed.substr(sizeof size, size));
            packed.remove_prefix(sizeof size + texts.back().size());
        }
        return texts;
    }

private:
    std::string packed_;
};

/// The ids of all ranks, and where those of this one are among them.
struct joined_ids {
    std::shared_ptr<const id_map> all;
    std::vector<std::uint32_t> rows; ///< of each of this rank's ids
};

/// Puts the ids of `own`, none of them in `known` (null: none), behind those of the ranks before this one; an id that
/// several ranks have stands with the first of them. So their order is that in which they come in the parts that the
/// ranks have read. Each id is sent once, some at a time; next_row(): the row of the next.
template <class NextRow>
[[nodiscard]] joined_ids join_ids(const ranks& all, std::shared_ptr<const id_map> known, const id_map& own,
                                  const NextRow& next_row) {
    constexpr std::size_t some = std::size_t{1} << 20U; // bytes
    constexpr std::uint32_t none = 0xffff'ffffU;
    std::vector<std::uint32_t> rows(own.size(), none);
    id_rows joined(std::move(known));
    std::size_t told = 0;
    for (std::size_t rank = 0; rank < all.size(); ++rank)
        for (;;) {
            packed_texts texts;
            for (; rank == all.me() && told < own.size() && texts.packed().size() < some; ++told)
                if (rows[told] == none) texts.add(own.id(told));
            const auto packed = all.text_of(rank, std::move(texts.packed()));
            const auto ids = packed_texts::unpack(packed);
            if (ids.empty()) break;
            for (const auto id : ids) {
                const auto row = static_cast<std::uint32_t>(next_row());
                if (const auto place = own.find(id)) rows[*place] = row;
            }
            joined.insert_new(ids);
        }
    return {std::move(joined).finish(), std::move(rows)};
}

} // namespace graft::inline v0_1::detail
