#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/later.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/catalog.hpp>
#include <graft/data/id_map.hpp>
#include <graft/transfer/coverage.hpp>
#include <graft/transfer/row_vectors.hpp>
#include <graft/transfer/tokenizer.hpp>
#include <graft/vectors/find_in_any_case.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/mean_vector.hpp>

namespace graft::inline v0_1 {

/// How much a word counts in a text, from the word and its row among the vectors; >= 0. Empty: all the same.
using word_weight = std::function<double(std::string_view word, std::size_t row)>;

/// Smooth inverse frequency a / (a + p) (Arora, Liang and Ma 2017), with p from the word's rank by Zipf's
/// law, p = 1 / (rank (ln words + 0.577)): for files whose rows are sorted by frequency and read from the
/// first on, as those of GloVe and word2vec are.
struct sif {
    double a = 1e-3;
    double words = 4e5; ///< of the vocabulary that the ranks are from

    [[nodiscard]] double operator()(std::string_view, std::size_t row) const {
        const double p = 1.0 / (static_cast<double>(row + 1) * (std::log(words) + 0.5772));
        return a / (a + p);
    }
};

struct text_options {
    bool titles = true;
    bool categories = true;
    word_weight weight = sif{};
    graft::tokenizer tokens = title_words{};
};

/// The weighted mean of the vectors of the words in an item's title and categories, for each id: [ids x dim].
/// Words are looked up as they are, then in other cases. Items that the catalogue lacks, or of which no word
/// has a vector, get none. Throws argument_error for a weight that is negative or not finite.
template <class Later = void>
[[nodiscard]] row_vectors text_vectors(const keyed_vectors& words, const catalog& texts, const id_map& ids,
                                       const text_options& options = {}, coverage* report = nullptr) {
    detail::later<coverage, Later> reached{.rows = ids.size(), .seeded = 0, .missing = {}};
    detail::later<std::map<std::string, std::size_t>, Later> absent;
    row_vectors vectors(ids.size(), words.dim());
    for (std::size_t r = 0; r < ids.size(); ++r) {
        std::vector<std::size_t> found;
        std::vector<float> weights;
        const auto look_up = [&](std::string_view text) {
            for (const auto& token : options.tokens ? options.tokens(text) : title_words{}(text)) {
                const auto at = find_in_any_case(words, token);
                if (!at) {
                    ++reached.words_missing;
                    ++absent[token];
                    continue;
                }
                ++reached.words_found;
                const double weight = options.weight ? options.weight(token, *at) : 1.0;
                if (!(weight >= 0) || !std::isfinite(weight))
                    throw argument_error("text_vectors: the weight of the word " + detail::quote(token) +
                                         " must be a finite number >= 0");
                if (weight == 0) continue;
                found.push_back(*at);
                weights.push_back(static_cast<float>(weight));
            }
        };
        if (const auto item = texts.find(ids.id(r))) {
            if (options.titles) look_up(texts.title(*item));
            if (options.categories)
                for (const auto& category : texts.categories(*item)) look_up(category);
        }
        if (found.empty()) {
            reached.missing.push_back(r);
            continue;
        }
        const auto mean = mean_vector(words, found, weights);
        vectors.set(r, std::span(mean.data(), words.dim()));
        ++reached.seeded;
    }
    if (report != nullptr) {
        reached.missing_words.assign(absent.begin(), absent.end());
        std::stable_sort(reached.missing_words.begin(), reached.missing_words.end(),
                         [](const auto& a, const auto& b) { return a.second > b.second; });
        *report = std::move(reached);
    }
    return vectors;
}

} // namespace graft::inline v0_1
