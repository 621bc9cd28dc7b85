#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/vectors/detail/file_format.hpp>

#include <support/vector_files.hpp>

using namespace std::string_view_literals;
using namespace vectors_test;

TEST_CASE("binary and text are told apart by what follows the header") {
    CHECK(read("1 3\na 1 2 3\n")["a"] == Eigen::RowVector3f(1, 2, 3));
    CHECK(read("1 3\n" + binary_row("a", {0, 0, 0}))["a"] == Eigen::RowVector3f(0, 0, 0));
    CHECK(failure("1 3\na 1 2 x\n").starts_with("f:2: 'x' in the row of 'a' is not a number"));
}

TEST_CASE("files that hold something else are named") {
    const auto is = [](std::string_view content, const std::string& what) {
        const auto found = failure(content);
        CAPTURE(found);
        CHECK(found.starts_with("f:"));
        CHECK(found.find(what) != std::string::npos);
    };
    is("", "f: byte 0: the file is empty; fetch it again");
    is("\n\n", "f:1: the file has no rows; fetch it again");
    is("\x28\xb5\x2f\xfd....", "this is a zstd file; unpack it with `zstd -d` first");
    is("PK\x03\x04....", "this is a zip file");
    is("BZh91AY....", "this is a bzip2 file");
    is("\xfd"
       "7zXZ....",
       "this is an xz file");
    is("\x80\x04\x95....", "this is a Python pickle");
    is("<!DOCTYPE html><html>", "this is a web page");
    is("\n <HTML>", "this is a web page");
    is("FiFu\0\0\0\0"sv, "this is a finalfusion file");
    is("\x89HDF\r\n", "this is an HDF5 file");
    is("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
       "this is a Git LFS pointer");
    is("\xff\xfe"
       "a\0 \0"sv,
       "this is text in UTF-16");
    is("hello world\n", "f:1: no numbers end this line 'hello world'");
}

TEST_CASE("a first row that is longer than what is looked at is text, wherever it is cut") {
    for (std::size_t blanks = 0; blanks < 12; ++blanks) { // so that the cut falls within a number too
        std::string text = "1 1000\n\xff" + std::string(blanks, 'x');
        for (int i = 0; i < 1000; ++i) text += " -0.123456e-1";
        CHECK(read(text + "\n").dim() == 1000);
    }
}
