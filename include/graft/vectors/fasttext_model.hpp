#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/string_index.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/vectors/detail/check_dim.hpp>
#include <graft/vectors/detail/row_collector.hpp>
#include <graft/vectors/detail/row_gate.hpp>
#include <graft/vectors/keyed_vectors.hpp>
#include <graft/vectors/read_options.hpp>

namespace graft::inline v0_1 {

namespace detail {
inline keyed_vectors read_vectors_of(const std::shared_ptr<byte_source>& source, const read_options& options);
}

/// A fastText model of version 11 or 12 (`.bin`), which gives a vector for any word from the n-grams of its
/// characters. The numbers stay in the mapped file: do not write to it while the model lives, but rename
/// another over it. Where it may be cut off, read it into memory and use the second constructor.
class fasttext_model {
public:
    /// Throws io_error and format_error; a quantised model (`.ftz`) is refused.
    explicit fasttext_model(const std::filesystem::path& path)
        : fasttext_model(std::make_shared<detail::byte_source>(path)) {}
    /// The same for content in memory, which has to outlive the model.
    fasttext_model(std::string_view content, std::string name)
        : fasttext_model(std::make_shared<detail::byte_source>(content, std::move(name))) {}

    /// Numbers per vector.
    [[nodiscard]] std::size_t dim() const noexcept { return dim_; }
    /// Words of the dictionary.
    [[nodiscard]] std::size_t size() const noexcept { return words_.size(); }
    [[nodiscard]] bool contains(std::string_view word) const { return words_.find(word).has_value(); }

    /// The mean of the word's own row, if it has one, and the rows of its n-grams, as fastText's
    /// getWordVector gives it (Bojanowski et al. 2017). Throws argument_error for a word that has neither.
    [[nodiscard]] Eigen::RowVectorXf vector(std::string_view word) const {
        check_not_moved();
        Eigen::RowVectorXf mean(static_cast<Eigen::Index>(dim_));
        if (!mean_of(word, mean.data()))
            throw argument_error(
                detail::message("fasttext_model: the word ", detail::quote(word),
                                " is not in the dictionary and has no n-grams in the model"));
        return mean;
    }

    /// The dictionary's words, and those of options.wanted that only have n-grams after them.
    [[nodiscard]] keyed_vectors vectors(const read_options& options = {}) const {
        check_not_moved();
        read_report report;
        auto all = read(options, report);
        detail::note_missing(all, options, report);
        if (options.report != nullptr) *options.report = std::move(report);
        return all;
    }

private:
    friend keyed_vectors detail::read_vectors_of(const std::shared_ptr<detail::byte_source>& source,
                                                 const read_options& options);

    /// From a source of which nothing is taken.
    explicit fasttext_model(std::shared_ptr<detail::byte_source> source) : source_(std::move(source)) {
        open();
        source_->check_unchanged();
    }

    /// Takes values from the source one after the other.
    template <class Value>
    Value take() {
        Value value;
        const auto bytes = source_->peek(sizeof value);
        if (bytes.size() < sizeof value) fail("the file ends here; fetch it again");
        std::memcpy(&value, bytes.data(), sizeof value);
        source_->skip(sizeof value);
        return value;
    }
    [[noreturn]] void fail(const std::string& what) const {
        detail::fail_at(source_->name(), {false, source_->offset()}, what);
    }

    void check_not_moved() const {
        if (!source_) throw argument_error("fasttext_model: this model was moved from");
    }

    /// Nothing is kept of a stream but what the header promises.
    void open() {
        if (take<std::int32_t>() != magic) fail("this is not a fastText model");
        const auto version = take<std::int32_t>();
        if (version != 11 && version != 12)
            fail(detail::message("fastText version ", version, " is not known; 11 and 12 are"));
        std::int32_t args[12];
        for (auto& value : args) value = take<std::int32_t>();
        static_cast<void>(take<double>()); // the sampling threshold
        const auto dim = args[0];
        const auto model = args[7];
        const auto buckets = args[8];
        min_n_ = args[9];
        max_n_ = version == 11 && model == supervised ? 0 : args[10];
        if (dim <= 0 || static_cast<std::size_t>(dim) > detail::largest_dim)
            fail(detail::message("the model has vectors of ", dim, " numbers; the file is damaged"));
        if (buckets < 0 || min_n_ < 0 || max_n_ < 0 || max_n_ > longest_ngram || (max_n_ > 0 && buckets == 0))
            fail(detail::message("n-grams of ", min_n_, " to ", max_n_, " characters in ", buckets,
                                 " buckets are not possible; the file is damaged"));
        dim_ = static_cast<std::size_t>(dim);
        buckets_ = static_cast<std::uint32_t>(buckets);
        take_dictionary();
        if (take<std::uint8_t>() != 0)
            fail("the model is quantised (.ftz); use the .bin that it was made from");
        take_matrix();
        skip_output();
    }

    void take_dictionary() {
        const auto entries = take<std::int32_t>();
        const auto words = take<std::int32_t>();
        const auto labels = take<std::int32_t>();
        static_cast<void>(take<std::int64_t>()); // tokens of the training text
        const auto pruned = take<std::int64_t>();
        pruned_ = pruned >= 0;
        if (entries < 0 || words < 0 || words > entries)
            fail(detail::message("the dictionary promises ", words, " words among ", entries, " entries"));
        if (labels < 0 || entries - words != labels)
            fail(detail::message("the dictionary promises ", words, " words and ", labels, " labels, but ",
                                 entries, " entries; the file is damaged"));
        string_index label_names; // they come after the words, and have no rows here
        for (std::int32_t i = 0; i < entries; ++i) {
            const auto word = peek_entry(i);
            if (word.empty()) fail("the dictionary has an empty word");
            if (!(i < words ? words_ : label_names).insert(word).second)
                fail(detail::message("the ", i < words ? "word " : "label ", detail::quote(word),
                                     " is twice in the dictionary"));
            source_->skip(word.size() + 1);
            static_cast<void>(take<std::int64_t>()); // how often the word came
            static_cast<void>(take<std::int8_t>());  // word or label
        }
        for (std::int64_t i = 0; i < pruned; ++i) {
            const auto from = take<std::int32_t>();
            if (!kept_ngrams_.try_emplace(from, take<std::int32_t>()).second)
                fail(detail::message("bucket ", from,
                                     " is twice among those that pruning kept; the file is "
                                     "damaged"));
        }
    }

    [[nodiscard]] std::string_view peek_entry(std::int32_t i) {
        for (std::size_t look = 128;; look *= 4) {
            const auto head = source_->peek((std::min)(look, longest_word));
            const auto end = head.find('\0');
            if (end != std::string_view::npos) return head.substr(0, end);
            if (head.size() < look) fail(detail::message("entry ", i + 1, " of the dictionary does not end"));
        }
    }

    void take_matrix() {
        const auto rows = take<std::int64_t>();
        const auto cols = take<std::int64_t>();
        const auto left = source_->most_left();
        if (cols != static_cast<std::int64_t>(dim_) || rows < 0 ||
            static_cast<std::uint64_t>(rows) > left / sizeof(float) / dim_)
            fail(detail::message("a matrix of ", rows, " x ", cols, " numbers is promised for vectors of ",
                                 dim_, ", but ", left, " bytes follow; the file is cut off or damaged"));
        const auto total = static_cast<std::uint64_t>(rows);
        if (total == 0)
            fail("the model has no words and no n-grams, so that it has no vectors; fetch it again");
        const std::uint64_t ngrams = total - (std::min)(total, std::uint64_t{words_.size()});
        bool fits = total >= words_.size();
        if (max_n_ > 0 && !pruned_) fits = fits && ngrams >= buckets_;
        for (const auto& [from, to] : kept_ngrams_)
            fits = fits && to >= 0 && static_cast<std::uint64_t>(to) < ngrams;
        if (!fits)
            fail(detail::message("the matrix has ", rows, " rows, too few for ", words_.size(), " words and ",
                                 buckets_, " buckets of n-grams; the file is damaged"));
        ngram_rows_ = static_cast<std::size_t>(ngrams);
        const std::size_t bytes = static_cast<std::size_t>(rows) * dim_ * sizeof(float);
        if (source_->in_memory()) {
            numbers_ = source_->peek(bytes);
            source_->skip(bytes);
            return;
        }
        std::vector<char> all;
        if (source_->append(all, bytes) < bytes) fail("the file ends within the matrix; fetch it again");
        inflated_ = std::make_shared<const std::vector<char>>(std::move(all));
        numbers_ = {inflated_->data(), bytes};
    }

    /// The rows for what the model predicts are no vectors of words, but the file has to be whole, of which
    /// gzip's checksum tells more; a file without them is taken too.
    void skip_output() {
        if (source_->peek(1).empty()) return;
        if (take<std::uint8_t>() != 0)
            fail("the model's output is quantised; use the .bin that the model was made from");
        const auto rows = take<std::int64_t>();
        const auto cols = take<std::int64_t>();
        const auto left = source_->most_left();
        if (cols != static_cast<std::int64_t>(dim_) || rows < 0 ||
            static_cast<std::uint64_t>(rows) > left / sizeof(float) / dim_)
            fail(detail::message("an output matrix of ", rows, " x ", cols,
                                 " numbers is promised for vectors of ", dim_,
                                 ", but the file ends before; it is cut off or damaged"));
        const auto bytes = static_cast<std::uint64_t>(rows) * dim_ * sizeof(float);
        if (source_->skip_all(bytes) < bytes) fail("the file ends within the output matrix; fetch it again");
        if (!source_->peek(1).empty())
            fail("more bytes follow the matrices; the file is damaged, so fetch it again");
    }

    /// Adds one row of the file `times` times; rows are not aligned there.
    void add_row(std::size_t row, float times, float* sum) const noexcept {
        const char* from = numbers_.data() + row * dim_ * sizeof(float);
        for (std::size_t i = 0; i < dim_; ++i, from += sizeof(float)) {
            float value = 0;
            std::memcpy(&value, from, sizeof value);
            sum[i] += times * value;
        }
    }

    /// False where there is nothing to take the mean of. mean: [dim]
    bool mean_of(std::string_view word, float* mean) const {
        std::fill_n(mean, dim_, 0.0F);
        std::size_t count = 0;
        if (const auto row = words_.find(word)) {
            add_row(*row, 1, mean);
            ++count;
        }
        if (word != end_of_sentence) count += add_ngrams(word, mean);
        if (count == 0) return false;
        const float scale = 1.0F / static_cast<float>(count);
        for (std::size_t i = 0; i < dim_; ++i) mean[i] *= scale;
        return true;
    }

    /// Adds the rows of all n-grams of `<word>`, and gives how many.
    std::size_t add_ngrams(std::string_view word, float* sum) const {
        if (min_n_ > max_n_) return 0;
        std::size_t count = 0;
        if (word.size() * static_cast<std::size_t>(max_n_) <= ngram_rows_) {
            each_ngram(word, [&](std::size_t row) {
                add_row(row, 1, sum);
                ++count;
            });
            return count;
        }
        // More n-grams than the model has rows for them, which real models do not have: each row is added only
        // once, so that the work is bounded by the file.
        std::vector<std::size_t> times(ngram_rows_);
        each_ngram(word, [&](std::size_t row) {
            ++times[row - words_.size()];
            ++count;
        });
        for (std::size_t i = 0; i < times.size(); ++i)
            if (times[i] > 0) add_row(words_.size() + i, static_cast<float>(times[i]), sum);
        return count;
    }

    /// Calls take(row) for all n-grams of `<word>` with min_n to max_n characters, but not of '<' and '>' alone.
    template <class Take>
    void each_ngram(std::string_view word, Take&& take) const {
        std::string marked;
        marked.reserve(word.size() + 2);
        marked += '<';
        marked += word;
        marked += '>';
        const auto inside = [&](std::size_t i) { // a character
            return i < marked.size() && (static_cast<unsigned char>(marked[i]) & 0xc0U) == 0x80U;
        };
        for (std::size_t start = 0; start < marked.size(); ++start) {
            if (inside(start)) continue;
            std::uint32_t hash = 2166136261U; // FNV-1a, where fastText takes bytes as signed
            std::size_t end = start;
            for (std::int32_t n = 1; n <= max_n_ && end < marked.size(); ++n) {
                do {
                    const auto letter = static_cast<std::int8_t>(marked[end++]);
                    hash = (hash ^ static_cast<std::uint32_t>(letter)) * 16777619U;
                } while (inside(end));
                if (n < min_n_ || (n == 1 && (start == 0 || end == marked.size()))) continue;
                if (const auto row = ngram_row(hash % buckets_)) take(*row);
            }
        }
    }

    [[nodiscard]] std::optional<std::size_t> ngram_row(std::uint32_t bucket) const {
        if (!pruned_) return words_.size() + bucket;
        const auto kept = kept_ngrams_.find(static_cast<std::int32_t>(bucket));
        if (kept == kept_ngrams_.end()) return std::nullopt;
        return words_.size() + static_cast<std::size_t>(kept->second);
    }

    /// Words whose means are computed on all threads at once, and then kept in order.
    struct batch {
        std::vector<std::pair<std::string_view, std::string>> words; // as in the file, as to be stored
        std::vector<float> means;                                    // [words x dim]
        std::vector<char> found;
    };

    void put(batch& next, thread_pool& pool, detail::row_gate& gate, detail::row_collector& rows) const {
        const auto count = next.words.size();
        next.means.resize(count * dim_);
        next.found.resize(count);
        pool.run([&](std::size_t thread) {
            for (std::size_t i = thread; i < count; i += pool.size())
                next.found[i] = mean_of(next.words[i].first, next.means.data() + i * dim_) ? 1 : 0;
        });
        for (std::size_t i = 0; i < count; ++i) {
            const float* const mean = next.means.data() + i * dim_;
            const auto& word = next.words[i].second;
            const detail::file_place place{false, 0};
            if (next.found[i] == 0 || !gate.accepts(word, reinterpret_cast<const char*>(mean), dim_, place))
                continue;
            if (float* const to = rows.add(word, place)) std::copy_n(mean, dim_, to);
        }
        next.words.clear();
    }

    [[nodiscard]] bool in_dictionary(std::string_view word, bool any_case) const {
        if (contains(word)) return true;
        if (any_case)
            for (const auto& other : detail::other_cases(word))
                if (contains(other)) return true;
        return false;
    }

    [[nodiscard]] keyed_vectors read(const read_options& options, read_report& report) const {
        detail::row_collector rows(source_->name(), dim_, options);
        detail::row_gate gate(source_->name(), options, report);
        const auto most = (std::min)(words_.size(), options.limit);
        report.stopped_at_limit = most < words_.size();
        if (!options.wanted) rows.reserve(most);
        thread_pool pool(most < batch_rows ? 1 : options.threads);
        const auto together = (std::min)(batch_rows, (std::max)(std::size_t{1}, batch_numbers / dim_));
        batch next;
        const auto queue = [&](std::string_view word, std::string_view stored) {
            next.words.emplace_back(word, std::string(stored));
            if (next.words.size() == together) put(next, pool, gate, rows);
        };
        for (std::size_t i = 0; i < most; ++i) {
            auto word = words_.view(i);
            if (gate.wants(word, {false, 0})) queue(words_.view(i), word);
        }
        put(next, pool, gate, rows);
        report.kept = rows.kept();
        report.duplicates = rows.duplicates;
        if (options.wanted) {
            string_index unknown; // each once
            for (const auto& word : *options.wanted)
                if (!in_dictionary(word, options.case_fallback) && unknown.insert(word).second)
                    queue(word, word);
            put(next, pool, gate, rows);
            report.from_subwords = rows.kept() - report.kept;
        }
        return std::move(rows).finish();
    }

    static constexpr std::size_t batch_rows = 4096;
    static constexpr std::size_t batch_numbers = std::size_t{1} << 22U;
    static constexpr std::int32_t longest_ngram = 64; // of real models 3 to 6, seldom up to 20
    static constexpr std::size_t longest_word = std::size_t{1} << 16U;
    static constexpr std::int32_t magic = 793712314;
    static constexpr std::int32_t supervised = 3;
    static constexpr std::string_view end_of_sentence = "</s>";

    std::shared_ptr<detail::byte_source> source_;
    std::shared_ptr<const std::vector<char>> inflated_; // the matrix of a stream
    std::size_t dim_ = 0;
    std::uint32_t buckets_ = 0;
    std::int32_t min_n_ = 0;
    std::int32_t max_n_ = 0;
    string_index words_; // word i has row i
    bool pruned_ = false;
    std::map<std::int32_t, std::int32_t> kept_ngrams_; // of a pruned model: bucket to row of n-grams
    std::size_t ngram_rows_ = 0;
    std::string_view numbers_; // [rows x dim] floats, unaligned
};

} // namespace graft::inline v0_1
