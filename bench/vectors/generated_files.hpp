#pragma once

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <zlib.h>

#include <graft/core/random.hpp>
#include <graft/vectors/write_vectors.hpp>

namespace bench_vectors {

/// 400,000 x 100 numbers as GloVe writes them (six decimals), in text, gzipped and in word2vec's binary form;
/// with GRAFT_BENCH_SMALL in the environment 4,000 x 100. They lie in a folder of their own as long as this
/// lives, or in the folder that GRAFT_BENCH_FILES names, where they stay.
class generated_files {
public:
    generated_files() {
        if (const char* const kept = std::getenv("GRAFT_BENCH_FILES")) {
            folder_ = kept;
            stays_ = true;
        } else {
            folder_ = std::filesystem::temp_directory_path() /
                      ("graft_bench_vectors_" + std::to_string(std::random_device{}()));
        }
        std::filesystem::create_directories(folder_);
        const auto count = std::to_string(rows()) + "x" + std::to_string(dim);
        text = folder_ / (count + ".txt");
        gzip = folder_ / (count + ".txt.gz");
        binary = folder_ / (count + ".bin");
        if (!std::filesystem::exists(binary)) generate();
    }
    generated_files(const generated_files&) = delete;
    generated_files& operator=(const generated_files&) = delete;
    ~generated_files() {
        std::error_code ignored;
        if (!stays_) std::filesystem::remove_all(folder_, ignored);
    }

    static constexpr std::size_t dim = 100;
    [[nodiscard]] static std::size_t rows() {
        return std::getenv("GRAFT_BENCH_SMALL") != nullptr ? 4'000 : 400'000;
    }
    /// One word in twenty.
    [[nodiscard]] static std::vector<std::string> wanted() {
        std::vector<std::string> words;
        for (std::size_t i = 0; i < rows(); i += 20) words.push_back(word(i));
        return words;
    }

    std::filesystem::path text;
    std::filesystem::path gzip;
    std::filesystem::path binary;

private:
    [[nodiscard]] static std::string word(std::size_t i) {
        std::string word = "word";
        word += std::to_string(i);
        return word;
    }

    void generate() const {
        graft::random_engine engine(1);
        std::FILE* const plain = std::fopen(text.string().c_str(), "wb");
        const gzFile packed = gzopen(gzip.string().c_str(), "wb6");
        if (plain == nullptr || packed == nullptr)
            throw std::runtime_error("no files in " + folder_.string());
        std::string piece = std::to_string(rows()) + " " + std::to_string(dim) + "\n";
        const auto flush = [&] {
            std::fwrite(piece.data(), 1, piece.size(), plain);
            gzwrite(packed, piece.data(), static_cast<unsigned>(piece.size()));
            piece.clear();
        };
        std::vector<std::string> words;
        graft::keyed_vectors::matrix_type matrix(static_cast<Eigen::Index>(rows()),
                                                 static_cast<Eigen::Index>(dim));
        for (std::size_t i = 0; i < rows(); ++i) {
            words.push_back(word(i));
            piece += words.back();
            for (std::size_t j = 0; j < dim; ++j) {
                const double number = 0.4 * graft::draw_normal_pair(engine).first;
                std::array<char, 32> digits{};
                const int length = std::snprintf(digits.data(), digits.size(), " %.6g",
                                                 static_cast<double>(static_cast<long>(number * 1e6)) / 1e6);
                piece.append(digits.data(), static_cast<std::size_t>(length));
                matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                    static_cast<float>(number);
            }
            piece += '\n';
            if (piece.size() > (1U << 20U)) flush();
        }
        flush();
        std::fclose(plain);
        gzclose(packed);
        graft::write_vectors(binary, {words, matrix}, graft::vector_format::word2vec_binary);
    }

    std::filesystem::path folder_;
    bool stays_ = false;
};

} // namespace bench_vectors
