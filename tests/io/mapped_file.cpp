#include <cstdio>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <graft/io/mapped_file.hpp>

#include <support/files.hpp>

#if defined(GRAFT_DETAIL_HAS_MMAP)
#include <thread>
#endif

using graft::detail::mapped_file;

TEST_CASE("the bytes of a file are those that it holds, also none") {
    using namespace std::string_literals;
    const auto content = "a\0b\n"s + std::string(100'000, 'x');
    const test::temporary_file file("mapped", content);
    CHECK(mapped_file(file.path).bytes() == content);
    const test::temporary_file empty("mapped_empty");
    CHECK(mapped_file(empty.path).bytes().empty());
}

TEST_CASE("what cannot be read as a file is named with the reason") {
    const auto folder = std::filesystem::temp_directory_path();
    CHECK_THROWS_WITH_AS(mapped_file{folder},
                         (folder.string() + ": this is a folder; give the path of a file").c_str(),
                         graft::io_error);
    const auto missing = folder / "graft_test_no_such_file";
    CHECK_THROWS_WITH_AS(mapped_file{missing},
                         doctest::Contains((missing.string() + ": cannot be opened: ").c_str()),
                         graft::io_error);
}

#if defined(GRAFT_DETAIL_HAS_MMAP)
TEST_CASE("a file that is written to or cut off while it is mapped is noticed") {
    const test::temporary_file file("mapped_changed", "12345678");
    const mapped_file longer(file.path);
    longer.check_unchanged();
    std::filesystem::resize_file(file.path, 20);
    const std::string what =
        file.path.string() + ": the file was written to while it was read; read it again when it is complete";
    CHECK_THROWS_WITH_AS(longer.check_unchanged(), what.c_str(), graft::io_error);
    const mapped_file shorter(file.path);
    std::filesystem::resize_file(file.path, 4);
    CHECK_THROWS_WITH_AS(shorter.check_unchanged(), what.c_str(), graft::io_error);
    // Another file of that name leaves the bytes as they are.
    const mapped_file replaced(file.path);
    const test::temporary_file other("mapped_other", "other");
    std::filesystem::rename(other.path, file.path);
    replaced.check_unchanged();
    CHECK(replaced.bytes() == "1234");
}

TEST_CASE("a pipe is read to its end, and a device is refused") {
    const auto path = std::filesystem::temp_directory_path() / "graft_test_pipe";
    std::filesystem::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const std::string content(200'000, 'p'); // more than a pipe holds
    std::thread writer([&] {
        std::FILE* const pipe = std::fopen(path.c_str(), "wb");
        std::fwrite(content.data(), 1, content.size(), pipe);
        std::fclose(pipe);
    });
    CHECK(mapped_file(path).bytes() == content);
    writer.join();
    std::thread again([&] {
        std::FILE* const pipe = std::fopen(path.c_str(), "wb");
        std::fwrite(content.data(), 1, 100, pipe);
        std::fclose(pipe);
    });
    mapped_file left(path, mapped_file::pipes::leave);
    CHECK(left.bytes().empty());
    const auto pipe = left.take_pipe();
    REQUIRE(pipe != nullptr);
    std::string taken(200, ' ');
    CHECK(pipe->read(taken.data(), taken.size()) == 100);
    CHECK(taken.substr(0, 100) == content.substr(0, 100));
    CHECK(left.take_pipe() == nullptr);
    again.join();
    std::filesystem::remove(path);
    CHECK_THROWS_WITH_AS(mapped_file{"/dev/null"}, "/dev/null: this is a device; give the path of a file",
                         graft::io_error);
}
#endif
