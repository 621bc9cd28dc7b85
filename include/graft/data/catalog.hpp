#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>

namespace graft::inline v0_1 {

/// What is known of items: title and categories by id, in the order of the source. Its rows are its own, and
/// not those of the item table; the id connects them. All text is UTF-8.
class catalog {
public:
    /// Throws argument_error for an empty id or one that is there already. A title may be empty.
    void add(std::string_view id, std::string title, std::vector<std::string> categories = {}) {
        if (id.empty()) throw argument_error("catalog: the id of the item '" + title + "' is empty");
        if (ids_.find(id)) throw argument_error("catalog: item " + detail::quote(id) + " is there already");
        titles_.push_back(std::move(title));
        categories_.push_back(std::move(categories));
        ids_.insert(id);
    }

    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
    [[nodiscard]] bool empty() const noexcept { return ids_.empty(); }

    /// The row of an item, if the catalogue has it.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const noexcept {
        return ids_.find(id);
    }

    [[nodiscard]] const id_map& ids() const noexcept { return ids_; }

    /// By row or by id; both throw argument_error for an item that is not there.
    [[nodiscard]] const std::string& title(std::size_t row) const { return titles_[checked(row)]; }
    [[nodiscard]] const std::string& title(std::string_view id) const { return titles_[known(id)]; }
    [[nodiscard]] const std::vector<std::string>& categories(std::size_t row) const {
        return categories_[checked(row)];
    }
    [[nodiscard]] const std::vector<std::string>& categories(std::string_view id) const {
        return categories_[known(id)];
    }

private:
    [[nodiscard]] std::size_t checked(std::size_t row) const {
        if (row >= size())
            throw argument_error("catalog: row " + std::to_string(row) + " was asked for; there are " +
                                 std::to_string(size()));
        return row;
    }
    [[nodiscard]] std::size_t known(std::string_view id) const {
        const auto row = find(id);
        if (!row)
            throw argument_error("catalog: item " + detail::quote(id) + " is unknown: it is none of the " +
                                 std::to_string(size()) + " items");
        return *row;
    }

    id_map ids_;
    std::vector<std::string> titles_;
    std::vector<std::vector<std::string>> categories_;
};

} // namespace graft::inline v0_1
