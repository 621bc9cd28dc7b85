#include <string>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/io/tensor_file.hpp>

#include <support/failure.hpp>

using graft::detail::tensor_file;

namespace {

std::string two_tensors() {
    graft::detail::safetensors_header header;
    header.metadata = {{"format", "toy"}};
    header.tensors = {{"a", "U8", {3}, 0, 0}, {"b", "U8", {2, 1}, 0, 0}};
    return graft::detail::write_safetensors_header(header) + "abcde";
}

} // namespace

TEST_CASE("tensors are taken by name, type and shape, and what is left over is told") {
    const auto bytes = two_tensors();
    tensor_file file(bytes, "f", "toy");
    CHECK(*file.header().note("format") == "toy");
    CHECK(file.length_of("a") == 3);
    REQUIRE(file.left_over() != nullptr);
    CHECK(file.left_over()->name == "a");
    CHECK(file.take("a", "U8", {3}) == "abc");
    CHECK(file.left_over()->name == "b");
    CHECK(file.take("b", "U8", {2, 1}) == "de");
    CHECK(file.left_over() == nullptr);
}

TEST_CASE("another type or shape, no such tensor and other bytes are refused") {
    const auto bytes = two_tensors();
    tensor_file file(bytes, "f", "toy");
    CHECK(test::failure<graft::format_error>([&] { static_cast<void>(file.take("a", "I8", {3})); }) ==
          "f: byte 0: the tensor 'a' is U8 [3], where the toy needs I8 [3]");
    CHECK(test::failure<graft::format_error>([&] { static_cast<void>(file.take("b", "U8", {2})); }) ==
          "f: byte 0: the tensor 'b' is U8 [2 x 1], where the toy needs U8 [2]");
    CHECK(test::failure<graft::format_error>([&] { static_cast<void>(file.length_of("b")); }) ==
          "f: byte 0: the tensor 'b' has 2 dimensions, not one");
    CHECK(test::failure<graft::format_error>([&] { static_cast<void>(file.require("c")); }) ==
          "f: byte 0: the file has no tensor 'c', so it is no toy");
    CHECK(test::failure<graft::format_error>([&] {
              tensor_file(bytes.substr(0, bytes.size() - 2), "f", "toy");
          }) == "f: byte 0: the tensors need 2 bytes more; the file is cut off, so fetch or write it again");
    const auto longer = bytes + "x";
    CHECK(test::failure<graft::format_error>([&] { tensor_file(longer, "f", "toy"); }) ==
          "f: byte 0: 1 bytes follow the last tensor; the file is damaged, so fetch or write it again");
}
