#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <graft/core/detail/later.hpp>
#include <graft/data/catalog.hpp>
#include <graft/data/id_map.hpp>
#include <graft/transfer/row_vectors.hpp>
#include <graft/transfer/tokenizer.hpp>

namespace graft::inline v0_1 {

/// A flag for each category of the catalogue, in the order of their names: [ids x categories]. Items without
/// a category, or that the catalogue lacks, have no vector.
template <class Later = void>
[[nodiscard]] row_vectors category_flags(const catalog& texts, const id_map& ids) {
    detail::later<std::map<std::string, std::size_t>, Later> columns;
    for (std::size_t i = 0; i < texts.size(); ++i)
        for (const auto& category : texts.categories(i)) columns.emplace(category, 0);
    std::size_t next = 0;
    for (auto& [category, column] : columns) column = next++;
    row_vectors flags(ids.size(), columns.size());
    for (std::size_t r = 0; r < ids.size(); ++r) {
        const auto item = texts.find(ids.id(r));
        if (!item || texts.categories(*item).empty()) continue;
        std::vector<float> row(columns.size(), 0.0F);
        for (const auto& category : texts.categories(*item)) row[columns[category]] = 1.0F;
        flags.set(r, row);
    }
    return flags;
}

/// The age of each title by the year at its end, in decades before the catalogue's latest year, as a basis of
/// the piecewise linear functions that bend at 1, 2, 4, .. 64 years: max(0, age - bend), [ids x 8]. Titles
/// without a year have no vector.
[[nodiscard]] inline row_vectors title_ages(const catalog& texts, const id_map& ids) {
    constexpr int bends[] = {0, 1, 2, 4, 8, 16, 32, 64};
    int latest = 0;
    for (std::size_t i = 0; i < texts.size(); ++i)
        latest = (std::max)(latest, release_year(texts.title(i)).value_or(0));
    row_vectors ages(ids.size(), std::size(bends));
    for (std::size_t r = 0; r < ids.size(); ++r) {
        const auto item = texts.find(ids.id(r));
        const auto year = item ? release_year(texts.title(*item)) : std::nullopt;
        if (!year) continue;
        std::array<float, std::size(bends)> row{};
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = static_cast<float>((std::max)(0, latest - *year - bends[i])) / 10.0F;
        ages.set(r, row);
    }
    return ages;
}

} // namespace graft::inline v0_1
