// Makes files of all formats that graft reads, changes them at the places that their structure has, and compares
// what the readers give with what was written. `fuzz_mutator SECONDS [SEED]`: seconds in the ordinary tests, hours
// by hand. A finding ends the program with the seed of the one file that shows it: `fuzz_mutator 0 SEED`.
//
// The writers of files and the reader of fastText's n-grams are this program's own, as simple as can be, so that
// they do not share a mistake with graft.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <limits>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/data/read_catalog.hpp>
#include <graft/data/read_ratings.hpp>

#if defined(__unix__)
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#endif

#include "../support/gzip.hpp"
#include "../support/sanitizers.hpp"
#include "targets.hpp"

namespace {

std::uint64_t current_seed = 0;
std::string current_kind;

[[noreturn]] void finding(const std::string& what) {
    std::fprintf(stderr, "%s: %s\nagain with: fuzz_mutator 0 %llu\n", current_kind.c_str(), what.c_str(),
                 static_cast<unsigned long long>(current_seed));
    std::_Exit(1);
}
void require(bool kept, const char* promise) {
    if (!kept) finding(promise);
}

// ---- chance ----

class chance {
public:
    explicit chance(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t end) { return engine_() % end; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
    template <class Container>
    const auto& of(const Container& all) {
        return all[below(std::size(all))];
    }
    std::uint64_t bits() { return engine_(); }

private:
    std::mt19937_64 engine_;
};

/// A count that a file may claim: near the right one, or at the edge of some type.
std::uint64_t claimed(chance& draw, std::uint64_t right) {
    const std::uint64_t candidates[] = {0,
                                        1,
                                        right + 1,
                                        right - 1,
                                        2 * right,
                                        255,
                                        256,
                                        65'535,
                                        65'536,
                                        (1ULL << 24U) - 1,
                                        1ULL << 24U,
                                        (1ULL << 24U) + 1,
                                        (1ULL << 31U) - 1,
                                        1ULL << 31U,
                                        (1ULL << 32U) - 1,
                                        1ULL << 32U,
                                        1ULL << 60U,
                                        1ULL << 62U,
                                        (1ULL << 63U) - 1,
                                        1ULL << 63U,
                                        ~std::uint64_t{0} - 1,
                                        ~std::uint64_t{0}};
    return draw.one_in(10) ? draw.bits() : draw.of(candidates);
}

// ---- contents ----

struct content {
    std::vector<std::string> words;
    std::size_t dim = 1;
    std::vector<float> numbers; // [words x dim]
};

/// Numbers that also the types of 16 bits hold.
float short_number(chance& draw) { return (static_cast<float>(draw.below(255)) - 127.0F) / 8.0F; }

std::string random_word(chance& draw, std::size_t i) {
    const char* const letters[] = {"a", "Z", "0", "-", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8d\xb5",
                                   "_", "'"};
    std::string word;
    const std::size_t length = draw.one_in(50) ? draw.between(100, 900) : draw.between(1, 6);
    for (std::size_t k = 0; k < length; ++k) word += draw.of(letters);
    return word + "w" + std::to_string(i); // unlike the others, and no number
}

content random_content(chance& draw) {
    content made;
    const std::size_t rows = draw.one_in(20) ? draw.between(100, 400) : draw.below(7);
    made.dim = draw.one_in(20) ? draw.between(100, 400) : draw.between(1, 9);
    for (std::size_t i = 0; i < rows; ++i) {
        made.words.push_back(random_word(draw, i));
        for (std::size_t k = 0; k < made.dim; ++k) made.numbers.push_back(short_number(draw));
    }
    return made;
}

enum class outcome { same, refused, open }; // open: it may be refused, and what is read keeps its promises

struct made_file {
    std::string bytes;
    std::string words; // the list beside a matrix
    content expected;
    outcome wanted = outcome::same;
    float tolerance = 0;
};

template <class Value>
void put(std::string& bytes, Value value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// ---- the formats ----

std::string decimal(chance& draw, float value) {
    char text[64];
    const char* const ways[] = {"%.9g", "%.9e", "%.3f", "%+.9g"};
    const auto* way = draw.of(ways);
    if (std::string_view(way) == "%+.9g" && draw.one_in(2)) way = "%.9g";
    std::snprintf(text, sizeof text, way, static_cast<double>(value));
    return text;
}

made_file text_file(chance& draw) {
    made_file file;
    file.expected = random_content(draw);
    auto& [words, dim, numbers] = file.expected;
    if (words.empty()) words.push_back("only"), numbers.assign(dim, 0.5F);
    const char* const end = draw.one_in(3) ? "\r\n" : "\n";
    if (draw.one_in(10)) file.bytes += "\xef\xbb\xbf";
    std::uint64_t width = dim; // of the header
    if (draw.one_in(2)) {
        std::uint64_t rows = words.size();
        if (draw.one_in(3)) {
            (draw.one_in(2) ? rows : width) = claimed(draw, rows);
            if (rows != words.size() || width != dim) file.wanted = outcome::refused;
        }
        file.bytes += std::to_string(rows) + " " + std::to_string(width) + end;
    } else if (words.size() == 1 && dim == 1) {
        words[0] = "only"; // `12 1` would be a header
    }
    const std::size_t changed = draw.one_in(4) ? draw.below(words.size()) : words.size();
    // The numbers that the header leaves out are integers, which may end words.
    bool other_words = width < dim;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (draw.one_in(10) && i > 0) file.bytes += end;
        file.bytes += words[i];
        std::size_t count = dim;
        std::string last;
        if (i == changed) {
            if (draw.one_in(3) && words.size() > 1 && dim > 1)
                --count;
            else
                last = draw.of(std::array{"nan", "inf", "1e99", "-1e40"});
            file.wanted = outcome::refused;
            other_words = other_words && last.empty(); // which is refused in any case
        }
        for (std::size_t k = 0; k < count; ++k) {
            const auto number = k + 1 == count && !last.empty() ? last : decimal(draw, numbers[i * dim + k]);
            file.bytes += " " + number;
            if (k + width < count && number.find_first_not_of("0123456789") != std::string::npos)
                other_words = false;
        }
        if (i + 1 < words.size() || draw.one_in(2)) file.bytes += end;
    }
    if (file.wanted == outcome::refused && words.size() == 1) file.wanted = outcome::open; // or another dim
    if (dim == 1 || words.size() < 2 || other_words) { // words and numbers may be told apart in another way
        if (file.wanted == outcome::refused) file.wanted = outcome::open;
    }
    return file;
}

made_file binary_file(chance& draw) {
    made_file file;
    file.expected = random_content(draw);
    auto& [words, dim, numbers] = file.expected;
    if (dim < 2 || words.empty()) file.wanted = outcome::open; // may read as text
    std::uint64_t rows = words.size();
    std::uint64_t width = dim;
    if (draw.one_in(2)) {
        (draw.one_in(2) ? rows : width) = claimed(draw, rows);
        if ((rows != words.size() || width != dim) && file.wanted == outcome::same)
            file.wanted = outcome::refused;
    }
    file.bytes = std::to_string(rows) + " " + std::to_string(width) + "\n";
    const bool line_ends = draw.one_in(2);
    for (std::size_t i = 0; i < words.size(); ++i) {
        file.bytes += words[i] + " ";
        for (std::size_t k = 0; k < dim; ++k) put(file.bytes, numbers[i * dim + k]);
        if (line_ends) file.bytes += '\n';
    }
    return file;
}

/// Numbers of a matrix in one of the types.
void put_numbers(std::string& bytes, const content& made, std::string_view type, bool by_columns) {
    const std::size_t rows = made.words.size();
    for (std::size_t n = 0; n < made.numbers.size(); ++n) {
        const float value = made.numbers[by_columns ? n % rows * made.dim + n / rows : n];
        if (type == "f8" || type == "F64")
            put(bytes, static_cast<double>(value));
        else if (type == "f2" || type == "F16")
            put(bytes, Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(value)));
        else if (type == "BF16")
            put(bytes, static_cast<std::uint16_t>(Eigen::numext::bit_cast<std::uint32_t>(value) >> 16U));
        else
            put(bytes, value);
    }
}
std::string word_list(chance& draw, const content& made) {
    std::string list = draw.one_in(10) ? "\xef\xbb\xbf" : "";
    const char* const end = draw.one_in(3) ? "\r\n" : "\n";
    for (std::size_t i = 0; i < made.words.size(); ++i) {
        list += made.words[i];
        if (i + 1 < made.words.size() || draw.one_in(2)) list += end;
    }
    return list;
}

made_file npy_file(chance& draw) {
    made_file file;
    file.expected = random_content(draw);
    file.words = word_list(draw, file.expected);
    const auto& made = file.expected;
    const std::string type = draw.of(std::array{"f4", "f8", "f2"});
    const bool by_columns = draw.one_in(2);
    std::uint64_t rows = made.words.size();
    std::uint64_t width = made.dim;
    if (draw.one_in(2)) {
        (draw.one_in(2) ? rows : width) = claimed(draw, rows);
        if (rows != made.words.size() || (width != made.dim && rows > 0)) file.wanted = outcome::refused;
    }
    if (rows == 0) file.expected.dim = width, file.wanted = outcome::open;
    std::string header = "{'descr': '<" + type + "', 'fortran_order': " + (by_columns ? "True" : "False") +
                         ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(width) + "), }\n";
    file.bytes = "\x93NUMPY";
    const bool old = draw.one_in(2);
    file.bytes += old ? '\x01' : '\x02';
    file.bytes += '\0';
    std::uint64_t length = header.size();
    if (draw.one_in(10)) {
        length = claimed(draw, length);
        if (length != header.size()) file.wanted = outcome::open;
    }
    if (old)
        put(file.bytes, static_cast<std::uint16_t>(length));
    else
        put(file.bytes, static_cast<std::uint32_t>(length));
    file.bytes += header;
    put_numbers(file.bytes, made, type, by_columns);
    return file;
}

made_file safetensors_file(chance& draw) {
    made_file file;
    file.expected = random_content(draw);
    file.words = word_list(draw, file.expected);
    const auto& made = file.expected;
    const std::string type = draw.of(std::array{"F32", "F64", "F16", "BF16"});
    std::string data;
    put_numbers(data, made, type, false);
    std::uint64_t fields[] = {made.words.size(), made.dim, 0, data.size()};
    const bool lies = draw.one_in(2);
    if (lies) {
        auto& field = fields[draw.below(4)];
        const auto right = field;
        field = claimed(draw, right);
        if (field != right) file.wanted = made.words.empty() ? outcome::open : outcome::refused;
    }
    if (fields[0] == 0) file.expected.dim = fields[1];
    std::string header = "{";
    if (draw.one_in(2)) header += R"("__metadata__":{"a":"b \" c"},)";
    if (draw.one_in(2)) header += R"("other":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
    header += R"("v":{"dtype":")" + type + R"(","shape":[)" + std::to_string(fields[0]) + "," +
              std::to_string(fields[1]) + R"(],"data_offsets":[)" + std::to_string(fields[2]) + "," +
              std::to_string(fields[3]) + "]}}";
    while (header.size() % 8 != 0) header += ' ';
    std::uint64_t length = header.size();
    if (draw.one_in(10)) {
        length = claimed(draw, length);
        if (length != header.size()) file.wanted = outcome::open;
    }
    put(file.bytes, length);
    file.bytes += header + data;
    return file;
}

/// fastText's hash of an n-gram.
std::uint32_t hash_of(std::string_view ngram) {
    std::uint32_t hash = 2166136261U;
    for (const char c : ngram) {
        hash ^= static_cast<std::uint32_t>(static_cast<std::int8_t>(c));
        hash *= 16777619U;
    }
    return hash;
}
/// The n-grams of a word, each as a string: slow and plain.
std::vector<std::string> ngrams_of(const std::string& word, std::size_t min_n, std::size_t max_n) {
    std::vector<std::string> letters;
    for (const char c : "<" + word + ">") {
        if (!letters.empty() && (static_cast<unsigned char>(c) & 0xc0U) == 0x80U)
            letters.back() += c;
        else
            letters.emplace_back(1, c);
    }
    std::vector<std::string> all;
    for (std::size_t from = 0; from < letters.size(); ++from)
        for (std::size_t n = (std::max)(min_n, std::size_t{1}); n <= max_n && from + n <= letters.size();
             ++n) {
            if (n == 1 && (from == 0 || from + 1 == letters.size())) continue;
            std::string ngram;
            for (std::size_t k = 0; k < n; ++k) ngram += letters[from + k];
            all.push_back(ngram);
        }
    return all;
}

made_file fasttext_file(chance& draw) {
    made_file file;
    content rows = random_content(draw); // the rows of the dictionary
    if (draw.one_in(20)) rows.words.clear(), rows.numbers.clear();
    if (draw.one_in(50) && !rows.words.empty()) { // far more n-grams than real words have
        rows.words[0].assign(draw.of(std::array{1000U, 60'000U}), 'a');
        if (draw.one_in(4)) {
            rows.dim = 5000;
            rows.numbers.assign(rows.words.size() * rows.dim, 0.5F);
        }
    }
    std::uint64_t buckets = draw.below(5);
    std::uint64_t min_n = draw.below(4);
    std::uint64_t max_n = buckets == 0 ? 0 : draw.below(7);
    std::uint64_t dim = rows.dim;
    std::uint64_t matrix_rows = rows.words.size() + buckets;
    std::uint64_t words = rows.words.size();
    std::vector<float> of_buckets;
    for (std::size_t k = 0; k < buckets * rows.dim; ++k) of_buckets.push_back(short_number(draw));
    std::uint64_t matrix_dim = dim;
    if (draw.one_in(2)) {
        switch (draw.below(6)) {
        case 0:
            buckets = claimed(draw, buckets);
            break;
        case 1:
            max_n = draw.one_in(2) ? 1000 : claimed(draw, max_n);
            break;
        case 2:
            dim = matrix_dim = claimed(draw, dim);
            break;
        case 3:
            matrix_dim = claimed(draw, dim);
            break;
        case 4:
            matrix_rows = claimed(draw, matrix_rows);
            break;
        default:
            words = claimed(draw, words);
        }
        file.wanted = outcome::open;
    }
    if (matrix_rows == 0) file.wanted = outcome::open;
    put(file.bytes, std::int32_t{793712314});
    put(file.bytes, std::int32_t{12});
    const std::uint64_t args[] = {dim, 5, 5, 1, 5, 1, 2, 2, buckets, min_n, max_n, 100};
    for (const auto arg : args) put(file.bytes, static_cast<std::int32_t>(arg));
    put(file.bytes, 1e-4);
    put(file.bytes, static_cast<std::int32_t>(words));
    put(file.bytes, static_cast<std::int32_t>(words));
    put(file.bytes, std::int32_t{0});
    put(file.bytes, std::int64_t{1});
    put(file.bytes, std::int64_t{-1});
    for (const auto& word : rows.words) {
        file.bytes += word;
        file.bytes += '\0';
        put(file.bytes, std::int64_t{1});
        file.bytes += '\0';
    }
    file.bytes += '\0';
    put(file.bytes, static_cast<std::int64_t>(matrix_rows));
    put(file.bytes, static_cast<std::int64_t>(matrix_dim));
    for (const float value : rows.numbers) put(file.bytes, value);
    for (const float value : of_buckets) put(file.bytes, value);

    file.expected = rows;
    file.tolerance = 1e-4F;
    if (!rows.words.empty() && rows.words[0].size() > 500) file.tolerance = 0.1F; // sums of 1e5 rows
    if (file.wanted != outcome::same) return file;
    for (std::size_t i = 0; i < rows.words.size(); ++i) {
        std::vector<double> times(buckets);
        double count = 1;
        for (const auto& ngram : ngrams_of(rows.words[i], min_n, max_n)) {
            times[hash_of(ngram) % buckets] += 1;
            count += 1;
        }
        std::vector<double> sum(rows.dim);
        for (std::size_t k = 0; k < rows.dim; ++k) {
            sum[k] = static_cast<double>(rows.numbers[i * rows.dim + k]);
            for (std::size_t bucket = 0; bucket < buckets; ++bucket)
                sum[k] += times[bucket] * static_cast<double>(of_buckets[bucket * rows.dim + k]);
        }
        for (std::size_t k = 0; k < rows.dim; ++k)
            file.expected.numbers[i * rows.dim + k] = static_cast<float>(sum[k] / count);
    }
    return file;
}

// ---- what may happen to the bytes of any file ----

std::string damaged(chance& draw, std::string bytes) {
    if (bytes.empty()) return bytes;
    const std::size_t at = draw.below(bytes.size());
    const std::size_t length = draw.between(1, 16);
    switch (draw.below(6)) {
    case 0:
        bytes.resize(at);
        break;
    case 1:
        bytes.erase(at, length);
        break;
    case 2:
        bytes.insert(at, bytes.substr(draw.below(bytes.size()), length));
        break;
    case 3:
        bytes[at] = static_cast<char>(draw.bits());
        break;
    case 4:
        for (std::size_t i = at; i < (std::min)(at + length, bytes.size()); ++i)
            bytes[i] = static_cast<char>(draw.bits());
        break;
    default:
        bytes += std::string(length, draw.one_in(2) ? '\0' : '\n');
    }
    return bytes;
}

#ifdef GRAFT_WITH_ZLIB
/// A gigabyte of zeros behind some bytes: as members of gzip, of which one inflates to 64 MB.
std::string with_many_zeros(std::string_view start) {
    static const std::string zeros = test::gzipped(std::string(std::size_t{1} << 26U, '\0'), 1);
    std::string bytes = test::gzipped(start, 6);
    for (int i = 0; i < 16; ++i) bytes += zeros;
    return bytes;
}
#endif

// ---- reading ----

void compare(const graft::keyed_vectors& vectors, const made_file& file) {
    if (file.wanted == outcome::refused) finding("this file is not right, and it was read");
    if (file.wanted == outcome::open) return;
    const auto& [words, dim, numbers] = file.expected;
    require(vectors.size() == words.size(), "all words are read");
    if (words.empty()) return;
    require(vectors.dim() == dim, "rows have the dim of the file");
    for (std::size_t i = 0; i < words.size(); ++i) {
        require(vectors.word(i) == words[i], "words are read as they are written");
        for (std::size_t k = 0; k < dim; ++k) {
            const float got = vectors.row(i)[static_cast<Eigen::Index>(k)];
            require(std::abs(got - numbers[i * dim + k]) <= file.tolerance,
                    "numbers are read as they are written");
        }
    }
}

void read_and_compare(const made_file& file, const std::string& bytes, graft::read_options options) {
    graft::read_report report;
    try {
        graft::keyed_vectors vectors;
        auto source = std::make_shared<graft::detail::byte_source>(bytes, "f");
        const auto format = graft::detail::sniff(*source);
        if (format == graft::detail::file_format::npy || format == graft::detail::file_format::safetensors) {
            graft::detail::byte_source list(file.words, "words");
            const auto layout = format == graft::detail::file_format::npy
                                    ? graft::detail::take_npy_header(*source)
                                    : graft::detail::take_safetensors_matrix(*source, "");
            vectors = graft::detail::read_matrix_rows(*source, layout, list, options, report);
        } else {
            options.report = &report;
            vectors = graft::read_vectors_from(bytes, "f", options);
        }
        require(vectors.dim() <= std::size_t{1} << 24U, "a dim that files have");
        fuzz::check(vectors, report, options);
        compare(vectors, file);
    } catch (const graft::format_error& error) {
        if (file.wanted == outcome::same) finding(std::string("a good file was refused: ") + error.what());
    }
}

void vectors_round(chance& draw) {
    using maker = std::pair<const char*, made_file (*)(chance&)>;
    const maker makers[] = {{"text", text_file},
                            {"word2vec binary", binary_file},
                            {"npy", npy_file},
                            {"safetensors", safetensors_file},
                            {"fastText", fasttext_file}};
    const auto& [name, make] = draw.of(makers);
    current_kind = name;
    auto file = make(draw);
    graft::read_options options;
    options.threads = draw.between(1, 3);
    if (draw.one_in(4)) {
        const auto choice = static_cast<char>(draw.bits());
        std::string_view one(&choice, 1);
        options = fuzz::take_options(one);
        if (options.wanted && draw.one_in(4)) options.wanted->push_back(std::string(60'000, 'a'));
        file.wanted = outcome::open;
    }
    auto bytes = file.bytes;
    if (draw.one_in(3)) {
        bytes = damaged(draw, std::move(bytes));
        file.wanted = outcome::open;
    }
#ifdef GRAFT_WITH_ZLIB
    if (draw.one_in(2000)) {
        current_kind += " and a gigabyte of zeros, gzipped";
        if (file.wanted != outcome::same) current_kind += ", that the header may well claim";
        bytes = with_many_zeros(std::string_view(bytes).substr(0, draw.below(bytes.size() + 1)));
        file.wanted = outcome::open;
        if (draw.one_in(2)) options.limit = 1;
    } else if (draw.one_in(4)) {
        current_kind += ", gzipped";
        bytes = test::gzipped(bytes, 1);
        if (draw.one_in(4)) {
            bytes = damaged(draw, std::move(bytes));
            file.wanted = outcome::open;
        }
    }
#endif
    if (std::getenv("FUZZ_DUMP") != nullptr)
        std::ofstream(std::getenv("FUZZ_DUMP"), std::ios::binary) << bytes;
    read_and_compare(file, bytes, options);
}

// ---- tables of ratings and of items ----

std::string random_field(chance& draw, std::string_view separator, bool quoted) {
    const char* const letters[] = {"a", "B", "7", "-", "\xc3\xa9", "'", "."};
    const char* const wild[] = {"a", " ", "\"\"", ",", ";", "|", "\n", "\t", "\xe2\x82\xac", "::"};
    std::string field = "x";
    for (std::size_t n = draw.below(6); n > 0; --n) field += quoted ? draw.of(wild) : draw.of(letters);
    if (quoted) return "\"" + field + "\"";
    return field.find(separator) == field.npos ? field : "x";
}
std::string plain(const std::string& field) {
    if (!field.starts_with('"')) return field;
    std::string result;
    for (std::size_t i = 1; i + 1 < field.size(); ++i) {
        result += field[i];
        if (field[i] == '"') ++i;
    }
    return result;
}

struct table_maker {
    explicit table_maker(chance& random) : draw(random) {
        separator = draw.of(std::array{"\t", ",", ";", "|", "::"});
        end = draw.one_in(3) ? "\r\n" : "\n";
        quotes = separator.size() == 1 && separator != "|" && draw.one_in(2);
    }
    std::string field() { return random_field(draw, separator, quotes && draw.one_in(3)); }
    void line(const std::vector<std::string>& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i)
            text += (i > 0 ? separator : "") + (draw.one_in(8) && separator != "\t" ? " " : "") + fields[i];
        text += end;
        if (draw.one_in(10)) text += end;
    }

    chance& draw;
    std::string separator, end, text;
    bool quotes = false;
};

void ratings_round(chance& draw) {
    current_kind = "ratings";
    struct entry {
        std::string user, item;
        float value;
        std::int64_t time;
    };
    table_maker table(draw);
    std::vector<entry> expected;
    const bool header = draw.one_in(2);
    const bool times = draw.one_in(2);
    auto wanted = outcome::same;
    if (header) {
        std::vector<std::string> names{"user_id", "item_id", "rating"};
        if (times) names.push_back("timestamp");
        table.line(names);
    }
    const std::size_t rows = draw.between(1, 8);
    const std::size_t changed = draw.one_in(4) ? draw.below(rows) : rows;
    for (std::size_t i = 0; i < rows; ++i) {
        const auto user = table.field();
        const auto item = table.field();
        expected.push_back(
            {plain(user), plain(item), short_number(draw), static_cast<std::int64_t>(draw.below(1U << 31U))});
        std::vector<std::string> fields{user, item, decimal(draw, expected.back().value)};
        if (times) fields.push_back(std::to_string(expected.back().time));
        if (i == changed) {
            if (draw.one_in(3) && rows > 1)
                fields.pop_back();
            else if (draw.one_in(2))
                fields[2] = draw.of(std::array{"nan", "1e99", "x", "1x", "-"});
            else
                fields[draw.below(2)] = "";
            wanted = outcome::refused;
        }
        table.line(fields);
    }
    graft::ratings_options options;
    options.separator = table.separator;
    if (table.quotes) options.quotes = graft::quotes::on; // over lines, too
    options.duplicates = graft::duplicates::keep_all;
    auto text = table.text;
    if (draw.one_in(3)) {
        text = damaged(draw, text);
        wanted = outcome::open;
        if (draw.one_in(2)) options.separator.clear();
    }
    try {
        const auto all = graft::parse_ratings(text, "f", options);
        if (wanted == outcome::refused) finding("this file is not right, and it was read");
        if (wanted == outcome::open) return;
        require(all.size() == expected.size(), "all ratings are read");
        for (std::size_t i = 0; i < all.size(); ++i) {
            require(all.id_of(all.users()[i]) == expected[i].user, "users are read as they are written");
            require(all.id_of(all.items()[i]) == expected[i].item, "items are read as they are written");
            require(std::abs(all.values()[i] - expected[i].value) == 0,
                    "values are read as they are written");
            if (times) require(all.times()[i] == expected[i].time, "times are read as they are written");
        }
    } catch (const graft::format_error& error) {
        if (wanted == outcome::same) finding(std::string("a good file was refused: ") + error.what());
    }
}

void catalog_round(chance& draw) {
    current_kind = "catalogue";
    table_maker table(draw);
    if (table.separator == "::") table.separator = ",";
    std::vector<std::array<std::string, 2>> expected;
    auto wanted = outcome::same;
    table.line({"id", "title"});
    const std::size_t rows = draw.between(1, 8);
    const std::size_t changed = draw.one_in(4) ? draw.below(rows) : rows;
    for (std::size_t i = 0; i < rows; ++i) {
        std::string id = "i" + std::to_string(i);
        const auto title = table.field();
        expected.push_back({id, plain(title)});
        if (i == changed) {
            id = draw.one_in(2) || i == 0 ? "" : "i0";
            wanted = outcome::refused;
        }
        table.line({id, title});
    }
    graft::catalog_options options;
    options.separator = table.separator;
    if (table.quotes) options.quotes = graft::quotes::on;
    auto text = table.text;
    if (draw.one_in(3)) {
        text = damaged(draw, text);
        wanted = outcome::open;
    }
    try {
        const auto all = graft::parse_catalog(text, "f", options);
        if (wanted == outcome::refused) finding("this file is not right, and it was read");
        if (wanted == outcome::open) return;
        require(all.size() == expected.size(), "all items are read");
        for (const auto& [id, title] : expected)
            require(all.title(id) == title, "titles are read as they are written");
    } catch (const graft::format_error& error) {
        if (wanted == outcome::same) finding(std::string("a good file was refused: ") + error.what());
    }
}

// ---- checkpoints of fit ----

/// A file as a run on the two users and three items of fuzz::small_run leaves it, and what is in it.
struct made_checkpoint {
    struct tensor {
        std::string name, type, shape, bytes;
    };
    std::vector<std::pair<std::string, std::string>> notes;
    std::vector<tensor> tensors;
    std::vector<std::array<double, 5>> history;

    [[nodiscard]] std::string bytes() const {
        std::string json = "{\"__metadata__\":{";
        for (const auto& [name, value] : notes)
            json += (json.back() == '{' ? "\"" : ",\"") + name + "\":\"" + value + '"';
        json += '}';
        std::string content;
        for (const auto& [name, type, shape, its] : tensors) {
            json += ",\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape +
                    ",\"data_offsets\":[" + std::to_string(content.size()) + ',';
            content += its;
            json += std::to_string(content.size()) + "]}";
        }
        json += '}';
        json.append((8 - json.size() % 8) % 8, ' ');
        std::string file;
        put(file, static_cast<std::uint64_t>(json.size()));
        return file + json + content;
    }
};
/// The last eight bytes are the sum of those before them.
void seal(std::string& file) {
    if (file.size() < 8) return;
    file.resize(file.size() - 8);
    put(file, graft::detail::content_sum::of(file));
}

std::string random_floats(chance& draw, std::size_t count) {
    std::string bytes;
    for (; count > 0; --count) put(bytes, short_number(draw));
    return bytes;
}

made_checkpoint some_checkpoint(chance& draw, const fuzz::small_run& run, std::size_t epochs,
                                std::uint64_t before) {
    using text = graft::detail::run_text;
    made_checkpoint made;
    const auto& data = run.data;
    made.notes = {{"format", "graft checkpoint"},
                  {"version", "1"},
                  {"steps of an epoch", "2"},
                  {"steps before", std::to_string(before)},
                  {"rules of users", "none"},
                  {"rules of items", "none"},
                  {"user ids", text::of(*data.shared_user_ids(), 2)},
                  {"item ids", text::of(*data.shared_item_ids(), 3)},
                  {"training data", text::of(&data)},
                  {"validation data", text::of(&data)}};
    std::string history;
    for (std::size_t e = 1; e <= epochs; ++e) {
        made.history.push_back({static_cast<double>(short_number(draw)),
                                static_cast<double>(short_number(draw)), std::nan(""),
                                1.0 / static_cast<double>(e), 0.5});
        for (const double number : made.history.back()) put(history, number);
    }
    const auto steps = [&](std::size_t rows) {
        std::string bytes;
        for (; rows > 0; --rows) put(bytes, static_cast<std::uint32_t>(draw.below(2 * epochs + 1)));
        return bytes;
    };
    const bool items_moved = epochs > 1;
    made.tensors = {
        {"history", "F64", "[" + std::to_string(epochs) + ",5]", history},
        {"users.rows", "F32", "[2,3,3]", random_floats(draw, 18)},
        {"items.rows", "F32", items_moved ? "[3,3,3]" : "[3,1,3]", random_floats(draw, items_moved ? 27 : 9)},
        {"best.users", "F32", "[2,3]", random_floats(draw, 6)},
        {"best.items", "F32", "[3,3]", random_floats(draw, 9)},
        {"users.steps", "U32", "[2]", steps(2)}};
    if (items_moved) made.tensors.push_back({"items.steps", "U32", "[3]", steps(3)});
    made.tensors.push_back({"checksum", "U32", "[2]", std::string(8, '\0')});
    return made;
}

/// Keeps what is restored.
class kept_rows final : public graft::detail::run_rows {
public:
    explicit kept_rows(std::size_t epochs) : items_moved_(epochs > 1) {}
    [[nodiscard]] graft::training_rows of(graft::table_side side) const override {
        const bool users = side == graft::table_side::users;
        return {users ? 2U : 3U, users || items_moved_ ? 3U : 1U, 3, users || items_moved_};
    }
    void read(graft::table_side, std::size_t, std::size_t, void*, std::uint32_t*) override {
        finding("rows are read where they are restored");
    }
    void write(graft::table_side side, std::size_t first, std::size_t count, const void* values,
               const std::uint32_t* last) override {
        require(first == 0 && count == of(side).rows, "a small table is restored at once");
        const bool users = side == graft::table_side::users;
        (users ? user_rows : item_rows)
            .assign(static_cast<const char*>(values), count * of(side).vectors * 3 * sizeof(float));
        if (of(side).have_steps)
            (users ? user_steps : item_steps)
                .assign(reinterpret_cast<const char*>(last), count * sizeof(std::uint32_t));
    }
    void settle() override {}
    [[nodiscard]] std::uint32_t steps() const override { return 0; }

    std::string user_rows, item_rows, user_steps, item_steps;

private:
    bool items_moved_;
};

void checkpoint_round(chance& draw) {
    current_kind = "checkpoint";
    static const fuzz::small_run run;
    const std::size_t epochs = draw.between(1, 4);
    const std::uint64_t before = draw.one_in(2) ? 0 : draw.between(1, 9);
    auto made = some_checkpoint(draw, run, epochs, before);
    auto wanted = outcome::same;
    bool may_have_moments = true;
    if (draw.one_in(3)) {
        wanted = outcome::refused;
        may_have_moments = false;
        auto& tensor = made.tensors[draw.below(made.tensors.size() - 1)];
        switch (draw.below(7)) {
        case 0: { // a count that is not there
            const auto shape = "[" + std::to_string(claimed(draw, 1000)) + tensor.shape.substr(2);
            if (shape == tensor.shape) wanted = outcome::same;
            tensor.shape = shape;
            break;
        }
        case 1:
            tensor.type = tensor.type == "F64" ? "F32" : "F64";
            break;
        case 2:
            tensor.name += 's';
            break;
        case 3: // a row that is ahead
            made.tensors[5].bytes.clear();
            for (int r = 0; r < 2; ++r)
                put(made.tensors[5].bytes, static_cast<std::uint32_t>(2 * epochs + before + 1));
            break;
        case 4: { // a loss that is none
            std::string bytes;
            put(bytes, draw.one_in(2) ? std::numeric_limits<double>::infinity() : std::nan(""));
            made.tensors[0].bytes.replace(0, 8, bytes);
            break;
        }
        case 5: // a learning rate of another run
            made.tensors[0].bytes[3 * 8] = static_cast<char>(made.tensors[0].bytes[3 * 8] ^ 1);
            break;
        default:
            made.notes[4 + draw.below(6)].second += '1';
        }
        made.notes[2].second += draw.one_in(4) ? "999999999" : "";
    }
    auto bytes = made.bytes();
    seal(bytes);
    if (draw.one_in(3)) {
        auto changed = damaged(draw, bytes);
        const bool sealed = draw.one_in(2);
        if (sealed) seal(changed);
        if (changed != bytes) wanted = sealed ? outcome::open : outcome::refused;
        may_have_moments = false;
        bytes = std::move(changed);
    }
    const auto file = std::string_view(bytes);
    const auto refused = [&](const std::exception& error) {
        if (wanted == outcome::same) finding(std::string("a good file was refused: ") + error.what());
    };
    try {
        graft::detail::checkpoint_file kept("f");
        const auto done = kept.read(file, "f", run.description);
        if (wanted == outcome::refused) finding("this file is not right, and it was read");
        fuzz::weights_of_run best;
        kept_rows rows(done.size());
        kept.restore(rows, best);
        if (wanted == outcome::same) {
            require(done.size() == epochs, "all epochs are read");
            for (std::size_t e = 0; e < epochs; ++e)
                require(done[e].train_loss == made.history[e][0] &&
                            done[e].valid_loss == made.history[e][1] && !done[e].monitored &&
                            done[e].lr == made.history[e][3],
                        "the history is read as it is written");
            const auto& all = made.tensors;
            require(rows.user_rows == all[1].bytes && rows.item_rows == all[2].bytes &&
                        rows.user_steps == all[5].bytes && (epochs == 1 || rows.item_steps == all[6].bytes),
                    "rows are restored as they are written");
            require(std::memcmp(best.users.data(), all[3].bytes.data(), 24) == 0 &&
                        std::memcmp(best.items.data(), all[4].bytes.data(), 36) == 0,
                    "the best weights are restored as they are written");
        }
    } catch (const graft::format_error& error) {
        refused(error);
    } catch (const graft::argument_error& error) { refused(error); }
    try {
        graft::detail::checkpoint_file earlier("f");
        const auto steps = earlier.read_moments(file, "f", run.description);
        require(steps.count() < 1ULL << 32U, "steps that are counted");
        if (may_have_moments)
            require(steps.count() == before + 2 * epochs, "the steps are those of both runs");
        const fuzz::weights_of_run weights;
        fuzz::rows_of_run rows(static_cast<std::size_t>((steps.count() + 1) / 2));
        earlier.restore_moments(rows, weights);
    } catch (const graft::format_error& error) {
        if (may_have_moments) refused(error);
    } catch (const graft::argument_error& error) {
        if (may_have_moments) refused(error);
    }
}

void one_round(std::uint64_t seed) {
    current_seed = seed;
    chance draw(seed);
#if defined(__unix__)
    // A reader that takes longer hangs: seconds of the processor, which other programs do not change, and of waiting.
    const ::itimerval limit{.it_interval = {}, .it_value = {.tv_sec = 8, .tv_usec = 0}};
    ::setitimer(ITIMER_PROF, &limit, nullptr);
    ::alarm(120);
#endif
    try {
        if (draw.one_in(8))
            checkpoint_round(draw);
        else if (draw.one_in(4))
            draw.one_in(2) ? ratings_round(draw) : catalog_round(draw);
        else
            vectors_round(draw);
    } catch (const std::bad_alloc&) {
        if (!current_kind.ends_with("claim")) finding("memory is asked for that the file does not fill");
    } catch (const std::exception& error) {
        finding(std::string("an error of another type: ") + error.what());
    }
}

#if defined(__unix__)
/// From here on the program gets 256 MB more than it has: what a file claims must not be allocated.
void limit_memory() {
    if (test::has_sanitizer) return;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    struct ::rlimit limit {};
    if (pages == 0 || ::getrlimit(RLIMIT_AS, &limit) != 0) return;
    limit.rlim_cur = (std::min<rlim_t>)(limit.rlim_max, pages * page + (std::size_t{256} << 20U));
    ::setrlimit(RLIMIT_AS, &limit);
}

void tell_of_hang(int /*signal*/) { finding("reading hangs"); }
#endif

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s SECONDS [SEED]\n", argv[0]);
        return 2;
    }
    const double seconds = std::atof(argv[1]);
    std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
#if defined(__unix__)
#ifdef GRAFT_WITH_ZLIB
    static_cast<void>(with_many_zeros("")); // what the program itself keeps
#endif
    std::signal(SIGALRM, tell_of_hang);
    std::signal(SIGPROF, tell_of_hang);
    limit_memory();
#endif
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::size_t files = 0;
    do {
        one_round(seed++);
        ++files;
    } while (std::chrono::steady_clock::now() < end);
    std::printf("%zu files, and no finding\n", files);
    return 0;
}
