#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <support/gzip.hpp>

namespace test {

/// The bytes of values, little-endian as all machines that graft's readers run on.
template <class... Values>
std::string bytes_of(Values... values) {
    std::string bytes;
    (bytes.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
    return bytes;
}

/// A file that lives as long as this.
class temporary_file {
public:
    explicit temporary_file(const std::string& name, std::string_view content = {})
        : path(std::filesystem::temp_directory_path() / ("graft_test_" + name)) {
        std::FILE* const file = std::fopen(path.string().c_str(), "wb");
        REQUIRE(file != nullptr);
        if (!content.empty()) REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
        std::fclose(file);
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }

    std::filesystem::path path;
};

/// All bytes of a file.
inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The content as it is and, where there is zlib, gzipped.
inline std::vector<std::string> forms_of(const std::string& content) {
    return {content,
#ifdef GRAFT_WITH_ZLIB
            gzipped(content)
#endif
    };
}

} // namespace test
