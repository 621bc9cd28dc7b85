#include <cstdint>

#include <graft/vectors/detail/npy_format.hpp>

#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace vectors_test;

namespace {

std::string npy(const std::string& dict, const std::string& numbers, char version = 1) {
    std::string header = dict + std::string(60, ' ') + "\n";
    std::string all = "\x93NUMPY"s + version + '\0';
    if (version == 1)
        all += bytes_of(static_cast<std::uint16_t>(header.size()));
    else
        all += bytes_of(static_cast<std::uint32_t>(header.size()));
    return all + header + numbers;
}

std::string dict(const std::string& descr, const std::string& order, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

graft::read_options with_words(const temporary_file& list) {
    graft::read_options options;
    options.words = list.path;
    return options;
}

} // namespace

TEST_CASE("npy with a word list is read in every type and order") {
    const temporary_file list("npy_words.txt", "a\nb c\nd\n");
    const auto options = with_words(list);
    Eigen::Matrix<float, 3, 2> expected;
    expected << 1, 2, 3, 4, 5, -6.5F;
    const auto check = [&](const std::string& content) {
        for (const auto& form : {content,
#ifdef GRAFT_WITH_ZLIB
                                 gzipped(content)
#else
                                 content
#endif
             }) {
            const auto vectors = read(form, options);
            CHECK(words_of(vectors) == std::vector<std::string>{"a", "b c", "d"});
            CHECK(vectors.matrix() == expected);
        }
    };
    check(npy(dict("<f4", "False", "(3, 2)"), bytes_of(1.0F, 2.0F, 3.0F, 4.0F, 5.0F, -6.5F)));
    check(npy(dict("<f8", "False", "(3, 2)"), bytes_of(1.0, 2.0, 3.0, 4.0, 5.0, -6.5), 2));
    check(npy(dict("<f4", "True", "(3, 2)"), bytes_of(1.0F, 3.0F, 5.0F, 2.0F, 4.0F, -6.5F), 3));
    check(npy(dict("<f2", "False", "(3, 2)"), "\x00\x3c\x00\x40\x00\x42\x00\x44\x00\x45\x80\xc6"s));
}

TEST_CASE("npy files that cannot be are refused") {
    const temporary_file list("npy_words.txt", "a\nb\n");
    const auto options = with_words(list);
    const auto refused = [&](const std::string& content, const std::string& what) {
        const auto found = failure(content, options);
        CAPTURE(found);
        CHECK(found.find(what) != std::string::npos);
    };
    const auto numbers = bytes_of(1.0F, 2.0F, 3.0F, 4.0F);
    refused(npy(dict("<i8", "False", "(2, 2)"), numbers), "the numbers are of type ''<i8''");
    refused(npy(dict(">f4", "False", "(2, 2)"), numbers), "save array.astype('<f4')");
    refused(npy(dict("<f4", "False", "(4,)"), numbers), "the array is not a matrix [rows x dim]");
    refused(npy(dict("<f4", "False", "(2, 2, 1)"), numbers), "the array is not a matrix [rows x dim]");
    refused(npy(dict("<f4", "False", "(2, 3)"), numbers),
            "a matrix of 2 x 3 numbers is promised, but the file ends before; fetch it again");
    refused(npy(dict("<f4", "True", "(2, 3)"), numbers), "the file ends before");
    refused(npy(dict("<f4", "False", "(1000000000000, 1000000000000)"), numbers), "the file ends before");
    refused(npy(dict("<f4", "False", "(2, 0)"), numbers), "the matrix has no columns");
    refused(npy("{}", numbers), "the npy header has no 'descr'");
    refused(npy(dict("<f4", "False", "(2, 2)"), numbers, 9), "npy version 9 is not known");
    const auto whole = npy(dict("<f4", "False", "(2, 2)"), numbers);
    for (std::size_t size = 6; size < whole.size(); ++size)
        CHECK_THROWS_AS(static_cast<void>(read(whole.substr(0, size), options)), graft::format_error);
}

TEST_CASE("a matrix without its words is refused") {
    CHECK_THROWS_WITH_AS(
        static_cast<void>(read(npy(dict("<f4", "False", "(1, 1)"), bytes_of(1.0F)))),
        "f: this file holds a matrix without its words; set .words to a text file with one word a "
        "line, in the order of the rows",
        graft::argument_error);
}

TEST_CASE("sizes in an npy header are bounded, its names come once, and nothing follows the numbers") {
    const temporary_file none("npy_no_words.txt");
    for (const char* const dim : {"18446744073709551615", "9223372036854775807", "16777217"})
        CHECK(failure(npy(dict("<f4", "False", "(0, "s + dim + ")"), ""), with_words(none))
                  .find("the header promises rows of "s + dim + " numbers; correct it") != std::string::npos);
    const temporary_file list("npy_words.txt", "a\n");
    const auto options = with_words(list);
    CHECK(failure(npy(dict("<f4", "False", "(1, 2)"), bytes_of(1.0F, 2.0F, 3.0F)), options)
              .find("more bytes follow the matrix of 1 x 2 numbers") != std::string::npos);
    for (const char* const again : {"'descr': '<f8', ", "'fortran_order': True, ", "'shape': (2, 1), "}) {
        const auto header = "{"s + again + dict("<f4", "False", "(1, 2)").substr(1);
        CHECK(failure(npy(header, bytes_of(1.0F, 2.0F)), options).find(" twice; save it with numpy.save") !=
              std::string::npos);
    }
    const auto long_header =
        "\x93NUMPY\x02\0"s + bytes_of(std::uint32_t{0xffff'ffffU}) + std::string(100, '\0');
    const auto refused =
        "f: byte 0: the npy header of 4294967295 bytes is longer than any matrix needs; save "
        "the array with numpy.save";
    CHECK(failure(long_header, options) == refused);
#ifdef GRAFT_WITH_ZLIB
    CHECK(failure(gzipped(long_header), options) == refused);
#endif
}
