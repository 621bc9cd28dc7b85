#include <cstdint>

#include <graft/vectors/detail/safetensors_format.hpp>

#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace vectors_test;

namespace {

std::string safetensors(const std::string& header, const std::string& numbers) {
    return bytes_of(std::uint64_t{header.size()}) + header + numbers;
}

graft::read_options with_words(const temporary_file& list, const std::string& tensor = {}) {
    graft::read_options options;
    options.words = list.path;
    options.tensor = tensor;
    return options;
}

} // namespace

TEST_CASE("safetensors with a word list is read in every type") {
    const temporary_file list("st_words.txt", "a\nb\n");
    const auto check = [&](const std::string& type, std::size_t bytes, const std::string& numbers) {
        const auto content =
            safetensors(R"({"__metadata__":{"format":"pt","n":"\u00e9\ud83d\ude00"},"v":{"dtype":")" + type +
                            R"(","shape":[2,1],"data_offsets":[4,)" + std::to_string(4 + bytes) +
                            R"(]},"other":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}  )",
                        "...."s + numbers);
        const auto vectors = read(content, with_words(list));
        CHECK(words_of(vectors) == std::vector<std::string>{"a", "b"});
        CHECK(vectors["a"](0) == 1);
        CHECK(vectors["b"](0) == -2);
    };
    check("F32", 8, bytes_of(1.0F, -2.0F));
    check("F64", 16, bytes_of(1.0, -2.0));
    check("F16", 4, "\x00\x3c\x00\xc0"s);
    check("BF16", 4, "\x80\x3f\x00\xc0"s);
}

TEST_CASE("of several matrices one has to be named") {
    const temporary_file list("st_words.txt", "a\n");
    const auto content = safetensors(R"({"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
                                     R"("y":{"data_offsets":[4,8],"shape":[1,1],"dtype":"F32"}})",
                                     bytes_of(1.0F, 2.0F));
    CHECK(failure(content, with_words(list)) ==
          "f: byte 8: the file has several matrices; set .tensor to one of 'x', 'y'");
    CHECK(read(content, with_words(list, "x"))["a"](0) == 1);
    CHECK(read(content, with_words(list, "y"))["a"](0) == 2);
    CHECK(failure(content, with_words(list, "z")) == "f: byte 8: the tensor that .tensor names is not a "
                                                     "matrix of floats here; set .tensor to one of 'x', 'y'");
}

TEST_CASE("safetensors files that cannot be are refused") {
    const temporary_file list("st_words.txt", "a\nb\n");
    const auto refused = [&](const std::string& content, const std::string& what) {
        const auto found = failure(content, with_words(list));
        CAPTURE(found);
        CHECK(found.find(what) != std::string::npos);
    };
    const auto tensor = [](const std::string& shape, const std::string& offsets) {
        return R"({"v":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
    };
    const auto numbers = bytes_of(1.0F, 2.0F);
    refused(safetensors(tensor("[2,1]", "[0,12]"), numbers),
            "the tensor 'v' of 2 x 1 numbers takes 12 bytes by its data_offsets");
    refused(safetensors(tensor("[2,1]", "[8,0]"), numbers), "lacks dtype or data_offsets");
    refused(safetensors(tensor("[3,1]", "[0,12]"), numbers),
            "a matrix of 3 x 1 numbers is promised, but the file ends before");
    refused(safetensors(tensor("[2,1]", "[1000,1008]"), numbers),
            "the tensor 'v' begins at byte 1000 of the data, where those before it end at 0");
    const auto after = [&](const std::string& bytes) {
        return R"({"w":{"dtype":"U8","shape":[)" + bytes + R"(],"data_offsets":[0,)" + bytes + "]}," +
               tensor("[2,1]", "[" + bytes + "," + std::to_string(std::stoull(bytes) + 8) + "]").substr(1);
    };
    refused(safetensors(after("1000"), numbers), "the file ends before the tensor");
    refused(safetensors(tensor("[4611686018427387904,4]", "[0,0]"), numbers), "the file is damaged");
    refused(safetensors(tensor("[2]", "[0,8]"), numbers), "the file has no matrix of floats");
    refused(safetensors(tensor("[-2,1]", "[0,8]"), numbers), "a whole number is expected");
    refused(safetensors(R"({"v":{}})", numbers), "lacks dtype or data_offsets");
    refused(safetensors("{"s + std::string(200, '['), numbers), "is expected in the header's JSON");
    refused(safetensors(R"({"v":{"x":)"s + std::string(200, '[') + std::string(200, ']') + "}}", numbers),
            "nested too deeply");
    refused(safetensors(tensor("[2,1]", "[0,8]") + "x", numbers), "something follows the header's JSON");
    refused(safetensors(R"({"\u12)", numbers), "\\u needs four hexadecimal digits");
    const auto whole = safetensors(tensor("[2,1]", "[0,8]"), numbers);
    CHECK(read(whole, with_words(list)).size() == 2);
    for (std::size_t size = 9; size < whole.size(); ++size)
        CHECK_THROWS_AS(static_cast<void>(read(whole.substr(0, size), with_words(list))),
                        graft::format_error);
    auto long_header = whole;
    long_header[4] = 1; // 4 GiB
    refused(long_header, "a header of ");
}

TEST_CASE(
    "sizes in a safetensors header are bounded, its names come once, and the file ends with the tensors") {
    const temporary_file none("st_no_words.txt");
    for (const char* const dim : {"18446744073709551615", "9223372036854775807", "16777217"})
        CHECK(failure(safetensors(R"({"v":{"dtype":"F32","shape":[0,)"s + dim + R"(],"data_offsets":[0,0]}})",
                                  ""),
                      with_words(none))
                  .find("the header promises rows of "s + dim + " numbers; correct it") != std::string::npos);
    const temporary_file list("st_words.txt", "a\n");
    const auto tensor = [](const std::string& offsets) {
        return R"("v":{"dtype":"F32","shape":[1,1],"data_offsets":)" + offsets + "}";
    };
    const auto numbers = bytes_of(1.0F, 2.0F);
    CHECK(failure(safetensors("{" + tensor("[0,4]") + "," + tensor("[4,8]") + "}", numbers),
                  with_words(list)) ==
          "f: byte 68: the name 'v' comes twice in the header's JSON; the file is damaged");
    CHECK(failure(safetensors("{" + tensor("[0,4]") + "}", numbers), with_words(list)) ==
          "f: byte 68: 4 bytes follow the last tensor; the file is damaged, so fetch it again");
    CHECK(failure(
              safetensors("{" + tensor("[0,4]") + R"(,"w":{"dtype":"I8","shape":[9],"data_offsets":[4,13]}})",
                          numbers),
              with_words(list))
              .find("the tensors need 5 bytes more; the file is cut off, so fetch it again") !=
          std::string::npos);
    CHECK(
        failure(bytes_of(std::uint64_t{99'999'999}) + "{", with_words(list)) ==
        "f: byte 0: a header of 99999999 bytes is promised, and graft reads no more than 16777216; fetch the "
        "file again, or save the matrix alone");
#ifdef GRAFT_WITH_ZLIB
    // Further than the file can inflate to: not looked for.
    const std::string far = R"({"w":{"dtype":"U8","shape":[9223372036854775800],)"
                            R"("data_offsets":[0,9223372036854775800]},)";
    CHECK(failure(
              gzipped(safetensors(far + tensor("[9223372036854775800,9223372036854775804]") + "}", numbers)),
              with_words(list))
              .find("the file ends before the tensor; fetch it again") != std::string::npos);
#endif
}
