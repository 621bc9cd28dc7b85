// One of several processes writes: here each is played by this one.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/io/group_file.hpp>

#include <support/files.hpp>

namespace {

std::string same(std::string text) { return text; }
std::string failed_elsewhere(std::string) { return "the disk is full"; }

} // namespace

TEST_CASE("a process on its own, and the writer of a group, write the file") {
    for (const auto& group : {graft::detail::writer_group{}, graft::detail::writer_group{true, same}}) {
        const test::temporary_file place("group_file");
        graft::detail::group_file file(place.path, group);
        file.write("ab");
        file.write("c");
        file.check();
        file.finish();
        CHECK(test::content_of(place.path) == "abc");
    }
}

TEST_CASE("the others of a group write nothing, and get the writer's error") {
    const test::temporary_file place("group_file_other", "old");
    graft::detail::group_file file(place.path, {false, same});
    file.write("abc");
    file.finish();
    CHECK(test::content_of(place.path) == "old");
    graft::detail::group_file lost(place.path, {false, failed_elsewhere});
    CHECK_THROWS_WITH_AS(lost.finish(), "the disk is full", graft::io_error);
}

TEST_CASE("a writer that fails tells it at the end, and a process on its own at once") {
    const std::filesystem::path nowhere = "/graft_no_such_folder/file";
    CHECK_THROWS_AS(graft::detail::group_file(nowhere, {}), graft::io_error);
    graft::detail::group_file file(nowhere, {true, same});
    file.write("abc");
    CHECK_THROWS_AS(file.check(), graft::io_error);
    CHECK_THROWS_AS(file.finish(), graft::io_error);
}
