#include <filesystem>

#include <doctest/doctest.h>

#include <graft/io/file_writer.hpp>

#include <support/files.hpp>

using graft::detail::file_writer;
using test::content_of;

namespace {

std::filesystem::path part_of(std::filesystem::path path) { return path += ".part"; }

} // namespace

TEST_CASE("a file has its new content when it is finished, and not before") {
    const test::temporary_file file("writer", "before");
    {
        file_writer writer(file.path);
        writer.write("after");
        const float numbers[] = {1.0F, -2.5F};
        writer.write_numbers(numbers, 2);
        CHECK(content_of(file.path) == "before");
        writer.finish();
    }
    CHECK(content_of(file.path) == "after" + test::bytes_of(1.0F, -2.5F));
    CHECK_FALSE(std::filesystem::exists(part_of(file.path)));
}

TEST_CASE("a file that is not finished stays as it was, and nothing is left beside it") {
    const test::temporary_file file("writer_left", "before");
    { file_writer(file.path).write("half of"); }
    CHECK(content_of(file.path) == "before");
    CHECK_FALSE(std::filesystem::exists(part_of(file.path)));
}

TEST_CASE("a file that cannot be there is named") {
    const test::temporary_file file("writer_folder");
    const auto inside = file.path / "x";
    CHECK_THROWS_WITH_AS(file_writer{inside},
                         doctest::Contains((inside.string() + ": cannot be created: ").c_str()),
                         graft::io_error);
    const auto folder = std::filesystem::temp_directory_path() / "graft_test_writer_is_a_folder";
    std::filesystem::create_directories(folder / "x");
    {
        file_writer writer(folder);
        CHECK_THROWS_WITH_AS(writer.finish(),
                             doctest::Contains((folder.string() + ": cannot be written: ").c_str()),
                             graft::io_error);
    }
    CHECK_FALSE(std::filesystem::exists(part_of(folder)));
    std::filesystem::remove_all(folder);
}

TEST_CASE("no bytes may lie nowhere") {
    const test::temporary_file file("writer_none");
    file_writer writer(file.path);
    writer.write({});
    writer.write_numbers(nullptr, 0);
    writer.finish();
    CHECK(content_of(file.path).empty());
}
