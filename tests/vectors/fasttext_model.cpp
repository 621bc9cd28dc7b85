#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include <graft/vectors/fasttext_model.hpp>

#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace vectors_test;

namespace {

/// A model file as fastText 0.9 writes it, with every field within reach.
struct model_file {
    std::int32_t version = 12;
    std::int32_t dim = 2;
    std::int32_t buckets = 3;
    std::int32_t min_n = 2;
    std::int32_t max_n = 3;
    std::vector<std::string> words = {"</s>", "ab"};
    std::int32_t word_count = 2;
    std::int32_t labels = 0;
    std::int64_t pruned = -1;
    std::uint8_t quantised = 0;
    std::int64_t rows = 5;
    std::string kept_ngrams = {}; // of a pruned model
    std::string output = {};      // its matrix, which is none of vectors
    std::vector<float> numbers = {1, 2, 3, 4, 10, 20, 30, 40, 50, 60};

    [[nodiscard]] std::string bytes() const {
        std::string all = bytes_of(std::int32_t{793712314}, version, dim, std::int32_t{5}, std::int32_t{1},
                                   std::int32_t{1}, std::int32_t{5}, std::int32_t{1}, std::int32_t{2},
                                   std::int32_t{2}, buckets, min_n, max_n, std::int32_t{100}, 1e-4);
        all += bytes_of(static_cast<std::int32_t>(words.size()), word_count, labels, std::int64_t{9}, pruned);
        for (const auto& word : words) {
            all += word;
            all += '\0';
            all += bytes_of(std::int64_t{4}, std::int8_t{0});
        }
        all += kept_ngrams + bytes_of(quantised, rows, std::int64_t{dim});
        for (const float number : numbers) all += bytes_of(number);
        return all + output;
    }
};

std::string failure_of(const model_file& file) { return failure(file.bytes()); }

const std::string data = GRAFT_FIXTURES "/vectors/";

} // namespace

TEST_CASE("a model's vectors are those that fastText itself gives, also for unknown words") {
    const graft::fasttext_model model(data + "fasttext.bin");
    const auto expected = graft::read_vectors(data + "fasttext_expected.txt");
    REQUIRE(expected.size() == model.size() + 11);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(expected.word(i));
        CHECK(model.contains(expected.word(i)) == (i < model.size()));
        CHECK((model.vector(expected.word(i)) - expected.row(i)).cwiseAbs().maxCoeff() <= 1e-6F);
    }
}

TEST_CASE("read_vectors takes the dictionary of a model, and wanted words from their n-grams") {
    const auto expected = graft::read_vectors(data + "fasttext_expected.txt");
    const auto all = graft::read_vectors(data + "fasttext.bin");
    const graft::fasttext_model model(data + "fasttext.bin");
    CHECK(all.size() == model.size());
    CHECK((all.matrix() - expected.matrix().topRows(all.matrix().rows())).cwiseAbs().maxCoeff() <= 1e-6F);

    graft::read_report report;
    const auto some =
        graft::read_vectors(data + "fasttext.bin",
                            {.wanted = std::vector{"Queen"s, "the"s, "kings"s, "kings"s}, .report = &report});
    CHECK(words_of(some) == std::vector<std::string>{"the", "Queen", "kings"});
    CHECK((some["kings"] - expected["kings"]).cwiseAbs().maxCoeff() <= 1e-6F);
    CHECK(report.kept == 1);
    CHECK(report.from_subwords == 2);
    CHECK(report.duplicates == 0);
    CHECK(report.not_found.empty());
    CHECK(words_of(graft::read_vectors(data + "fasttext.bin",
                                       {.wanted = std::vector{"Queen"s}, .case_fallback = true})) ==
          std::vector<std::string>{"queen"});
    CHECK(graft::read_vectors(data + "fasttext.bin", {.limit = 3}).size() == 3);
}

TEST_CASE("a fastText file that is gzipped or cut off at any byte") {
    const auto whole = model_file{}.bytes();
    CHECK(read(whole).size() == 2);
#ifdef GRAFT_WITH_ZLIB
    CHECK(read(gzipped(whole)).matrix() == read(whole).matrix());
#endif
    for (std::size_t size = 4; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_THROWS_AS(static_cast<void>(read(whole.substr(0, size))), graft::format_error);
    }
}

TEST_CASE("the end of a sentence has no n-grams, and a model without n-grams knows no other words") {
    const auto content = model_file{}.bytes();
    CHECK(graft::fasttext_model(content, "f").vector("</s>") == Eigen::RowVector2f(1, 2));
    model_file plain;
    plain.min_n = plain.max_n = 0;
    plain.rows = 2;
    plain.numbers.resize(4);
    const auto without = plain.bytes();
    const graft::fasttext_model model(without, "f");
    CHECK(model.vector("ab") == Eigen::RowVector2f(3, 4));
    CHECK_THROWS_WITH_AS(
        static_cast<void>(model.vector("zz")),
        "fasttext_model: the word 'zz' is not in the dictionary and has no n-grams in the model",
        graft::argument_error);
    graft::read_report report;
    CHECK(read(without, {.wanted = std::vector{"zz"s}, .report = &report}).size() == 0);
    CHECK(report.not_found == std::vector<std::string>{"zz"});
}

TEST_CASE("a model with rows that are not finite") {
    model_file file;
    file.numbers[0] = std::numeric_limits<float>::quiet_NaN();
    CHECK(failure_of(file).find("the row of '</s>' has a number that is not finite") != std::string::npos);
    graft::read_report report;
    CHECK(words_of(read(file.bytes(), {.non_finite = graft::on_non_finite::skip, .report = &report})) ==
          std::vector<std::string>{"ab"});
    CHECK(report.non_finite == 1);
}

TEST_CASE("models that cannot be are refused") {
    const auto refused = [](auto change, const std::string& what) {
        model_file file;
        change(file);
        const auto found = failure_of(file);
        CAPTURE(found);
        CHECK(found.find(what) != std::string::npos);
    };
    refused([](auto& file) { file.version = 13; },
            "f: byte 8: fastText version 13 is not known; 11 and 12 are");
    refused([](auto& file) { file.quantised = 1; },
            "the model is quantised (.ftz); use the .bin that it was made from");
    refused([](auto& file) { file.dim = 0; }, "the model has vectors of 0 numbers");
    refused([](auto& file) { file.dim = -1; }, "the model has vectors of -1 numbers");
    refused([](auto& file) { file.buckets = 0; },
            "n-grams of 2 to 3 characters in 0 buckets are not possible");
    refused([](auto& file) { file.max_n = 1 << 30; }, "are not possible; the file is damaged");
    refused([](auto& file) { file.word_count = 3; }, "the dictionary promises 3 words among 2 entries");
    refused([](auto& file) { file.words[1] = "</s>"; }, "the word '</s>' is twice in the dictionary");
    refused([](auto& file) { file.labels = 1; },
            "the dictionary promises 2 words and 1 labels, but 2 entries; the file is damaged");
    refused(
        [](auto& file) {
            file.words = {"</s>", "l", "l"};
            file.word_count = 1;
            file.labels = 2;
        },
        "the label 'l' is twice in the dictionary");
    refused([](auto& file) { file.words[1] = ""; }, "the dictionary has an empty word");
    refused([](auto& file) { file.rows = std::int64_t{1} << 60; },
            "a matrix of 1152921504606846976 x 2 numbers is promised");
    refused([](auto& file) { file.rows = -1; }, "a matrix of -1 x 2 numbers is promised");
    refused([](auto& file) { file.rows = 4; }, "the matrix has 4 rows, too few for 2 words and 3 buckets");
    refused([](auto& file) { file.pruned = 1000; }, "the file ends here; fetch it again");
}

TEST_CASE("sizes in a fastText file are bounded by the file and by what models have") {
    model_file none; // a header alone
    none.words.clear();
    none.numbers.clear();
    none.word_count = none.buckets = none.min_n = none.max_n = 0;
    none.rows = 0;
    const graft::read_options a_word{.wanted = std::vector{"a"s}};
    for (const std::int32_t dim : {std::numeric_limits<std::int32_t>::max(), (1 << 24) + 1}) {
        none.dim = dim;
        CHECK(failure(none.bytes(), a_word) == "f: byte 64: the model has vectors of " + std::to_string(dim) +
                                                   " numbers; the file is damaged");
    }
    none.dim = 1 << 24;
    CHECK(failure(none.bytes(), a_word) ==
          "f: byte 109: the model has no words and no n-grams, so that it has no vectors; fetch it again");

    model_file longest;
    longest.max_n = 65;
    CHECK(failure_of(longest) ==
          "f: byte 64: n-grams of 2 to 65 characters in 3 buckets are not possible; the "
          "file is damaged");
    longest.max_n = 64;
    CHECK(read(longest.bytes()).size() == 2);
}

TEST_CASE("a long word with few rows of n-grams takes no more work than its letters and the rows") {
    model_file file;
    file.dim = 5000;
    file.buckets = 1;
    file.min_n = 1;
    file.max_n = 64;
    file.words = {"</s>"};
    for (int i = 0; i < 3; ++i) file.words.push_back(std::string(60'000, 'a') + std::to_string(i));
    file.word_count = 4;
    file.rows = 5;
    file.numbers.assign(5 * 5000, 1.0F);
    std::fill(file.numbers.end() - 5000, file.numbers.end(), 3.0F); // the n-grams
    const auto vectors = read(file.bytes(), {.threads = 1});
    REQUIRE(vectors.size() == 4);
    CHECK(vectors.row(0)(0) == 1);
    CHECK(vectors.row(1)(4999) == doctest::Approx(3).epsilon(1e-5));
}

TEST_CASE("rows added at once give what they give one after the other") {
    model_file file; // 3 buckets, so that words of three letters and more take this way
    const auto content = file.bytes();
    const graft::fasttext_model few(content, "f");
    file.rows += 1000; // which no n-gram has, so that each is added alone
    file.numbers.resize(file.numbers.size() + 2000);
    const auto more_content = file.bytes();
    const graft::fasttext_model many(more_content, "f");
    for (const char* const word : {"ab", "abcdefghijklmnop", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        CAPTURE(word);
        CHECK((few.vector(word) - many.vector(word)).cwiseAbs().maxCoeff() < 1e-4F);
    }
}

TEST_CASE("what follows a model's vectors has to be whole") {
    model_file file;
    const auto numbers = bytes_of(1.0F, 2.0F, 3.0F, 4.0F);
    file.output = bytes_of(std::uint8_t{0}, std::int64_t{2}, std::int64_t{2}) + numbers;
    const auto whole = file.bytes();
    const auto refused = [](const std::string& content, const std::string& what) {
        const auto found = failure(content);
        CAPTURE(found);
        CHECK(found.find(what) != std::string::npos);
    };
    CHECK(read(whole).size() == 2);
    refused(whole + "x", "more bytes follow the matrices; the file is damaged, so fetch it again");
    refused(whole.substr(0, whole.size() - 1),
            "an output matrix of 2 x 2 numbers is promised for vectors of 2, but "
            "the file ends before; it is cut off or damaged");
    file.output[0] = 1;
    refused(file.bytes(), "the model's output is quantised; use the .bin that the model was made from");
#ifdef GRAFT_WITH_ZLIB
    CHECK(read(gzipped(whole)).matrix() == read(whole).matrix());
    auto damaged = gzipped(whole);
    damaged[damaged.size() - 6] ^= 1; // the checksum
    refused(damaged, "the gzip data is damaged");
#endif
}

TEST_CASE("pruned buckets are kept once, and in any order") {
    model_file file;
    file.pruned = 3;
    file.kept_ngrams = bytes_of(std::int32_t{2}, std::int32_t{0}, std::int32_t{0}, std::int32_t{1},
                                std::int32_t{1}, std::int32_t{2});
    CHECK(read(file.bytes()).size() == 2);
    file.kept_ngrams = bytes_of(std::int32_t{2}, std::int32_t{0}, std::int32_t{2}, std::int32_t{1},
                                std::int32_t{1}, std::int32_t{2});
    CHECK(failure_of(file).find("bucket 2 is twice among those that pruning kept; the file is damaged") !=
          std::string::npos);
}

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("a gzipped fastText file is inflated no further than its header promises") {
    // After the header come 64 MB of zeros, all of which were inflated before anything was looked at.
    const std::string zeros(std::size_t{1} << 26U, '\0');
    CHECK(failure(gzipped(bytes_of(std::int32_t{793712314}) + zeros), {.limit = 1}) ==
          "f: byte 8: fastText version 0 is not known; 11 and 12 are");
    CHECK(failure(gzipped(model_file{}.bytes() + zeros))
              .find("an output matrix of 0 x 0 numbers is promised") != std::string::npos);
    model_file file;
    file.rows = std::int64_t{1} << 50U;
    CHECK(failure(gzipped(file.bytes())).find("a matrix of 1125899906842624 x 2 numbers is promised") !=
          std::string::npos);
}
#endif

TEST_CASE("a model that was moved from says so") {
    const auto content = model_file{}.bytes();
    graft::fasttext_model model(content, "f");
    const auto moved = std::move(model);
    CHECK(moved.vector("</s>") == Eigen::RowVector2f(1, 2));
    CHECK_THROWS_WITH_AS(static_cast<void>(model.vector("ab")), "fasttext_model: this model was moved from",
                         graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(model.vectors()), graft::argument_error);
}
