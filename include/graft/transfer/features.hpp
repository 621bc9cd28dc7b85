#pragma once

#include <cstddef>
#include <map>
#include <string>

#include <Eigen/Core>

#include <graft/data/catalog.hpp>
#include <graft/data/id_map.hpp>
#include <graft/transfer/row_vectors.hpp>
#include <graft/transfer/tokenizer.hpp>

namespace graft {

/// A flag for each category of the catalogue, in the order of their names: [rows of names x categories].
/// Items without a category, or that the catalogue lacks, have no vector.
[[nodiscard]] inline row_vectors category_flags(const catalog& texts, const id_map& names) {
    std::map<std::string, Eigen::Index> columns;
    for (std::size_t i = 0; i < texts.size(); ++i)
        for (const auto& category : texts.categories(i)) columns.emplace(category, 0);
    Eigen::Index next = 0;
    for (auto& [category, column] : columns) column = next++;
    row_vectors flags(names.size(), columns.size());
    for (std::size_t r = 0; r < names.size(); ++r) {
        const auto item = texts.find(names.name(r));
        if (!item || texts.categories(*item).empty()) continue;
        Eigen::RowVectorXf row = Eigen::RowVectorXf::Zero(next);
        for (const auto& category : texts.categories(*item)) row[columns[category]] = 1.0F;
        flags.set(r, row);
    }
    return flags;
}

/// The year at the end of each title as t and min(t^2, 10), t in decades since 1990: [rows of names x 2].
/// Titles without a year have no vector.
[[nodiscard]] inline row_vectors release_years(const catalog& texts, const id_map& names) {
    row_vectors years(names.size(), 2);
    for (std::size_t r = 0; r < names.size(); ++r) {
        const auto item = texts.find(names.name(r));
        if (!item) continue;
        const auto year = release_year(texts.title(*item));
        if (!year) continue;
        const float t = static_cast<float>(*year - 1990) / 10.0F;
        years.set(r, Eigen::RowVector2f(t, (std::min)(t * t, 10.0F)));
    }
    return years;
}

} // namespace graft
