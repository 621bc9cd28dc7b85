#include <support/vector_files.hpp>

using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace vectors_test;

TEST_CASE("a file on the disk is read, whatever its name") {
    const temporary_file file("some.bin", "a 1 2\nb 3 4");
    CHECK(words_of(graft::read_vectors(file.path, {.limit = 100})) == std::vector<std::string>{"a", "b"});
    CHECK_THROWS_AS(static_cast<void>(graft::read_vectors(file.path.parent_path())), graft::io_error);
    CHECK_THROWS_AS(static_cast<void>(graft::read_vectors(file.path / "not" / "there")), graft::io_error);
}

TEST_CASE("errors name the file") {
    const temporary_file file("broken.txt", "a 1 2\nb 3\n");
    try {
        static_cast<void>(graft::read_vectors(file.path));
        FAIL("nothing was thrown");
    } catch (const graft::format_error& error) {
        CHECK(std::string(error.what()).starts_with(file.path.string() + ":2: "));
    }
}

TEST_CASE("the report is left alone where reading throws") {
    graft::read_report report;
    report.read = 42;
    CHECK(failure("a 1\nb x\n", {.report = &report}) != "nothing was thrown");
    CHECK(report.read == 42);
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

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("gzipped files are read whatever their name, also of several members") {
    const temporary_file file("gz_named.txt", gzipped("a 1 2\nb 3 4\n"));
    CHECK(words_of(graft::read_vectors(file.path)) == std::vector<std::string>{"a", "b"});
    CHECK(words_of(read(gzipped("a 1 2\nb 3") + gzipped(" 4\nc 5 6\n"))) ==
          std::vector<std::string>{"a", "b", "c"});
    CHECK(words_of(read(gzipped("a 1 2\n") + std::string(512, '\0'))) == std::vector<std::string>{"a"});
    CHECK(read(gzipped("3 1\na 1\nb 2\nc 3\n"), {.limit = 2}).size() == 2);
}

TEST_CASE("gzip that is damaged, cut off or followed by something else is refused") {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919) + " 1 2\n";
    const auto whole = gzipped(text);
    const auto cut = failure(whole.substr(0, whole.size() - 8)); // before its checksum
    CHECK(cut.find("the gzip data ends before its checksum; the file is cut off, so fetch it again") !=
          std::string::npos);
    CHECK(failure(whole.substr(0, whole.size() - 3)) != "nothing was thrown");
    CHECK(failure(whole.substr(0, 100)) != "nothing was thrown");
    auto damaged = whole;
    damaged[damaged.size() - 6] ^= 1; // the checksum
    CHECK(failure(damaged).find("the gzip data is damaged (incorrect data check)") != std::string::npos);
    CHECK(failure(whole + "more").find("what follows the gzip data is not gzip") != std::string::npos);
    CHECK(failure(gzipped(whole)) == "f: byte 0: this is a gzip file inside a gzip file; gunzip it once");
    CHECK(failure(gzipped("")) == "f: byte 0: the file is empty; fetch it again");
    CHECK(failure(gzipped("<!doctype html>")).find("this is a web page") != std::string::npos);
}

TEST_CASE("a long gzipped file is the same as the plain one for any number of threads") {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919 % 60'007) + " 0.5 -1.25 3\n";
    const auto packed = gzipped(text);
    constexpr std::size_t block = 4096; // so that there are many
    REQUIRE(packed.size() > 4 * block);
    const auto read_blocks = [&](std::string_view content, std::size_t threads) {
        const graft::read_options options{.threads = threads};
        graft::read_report report;
        graft::detail::byte_source source(content, "f");
        return graft::detail::text_reader(source, options, report, block).read();
    };
    const auto plain = read(text, {.threads = 1});
    for (const std::size_t threads : {1U, 2U, 5U}) {
        const auto vectors = read_blocks(packed, threads);
        CHECK(words_of(vectors) == words_of(plain));
        CHECK(vectors.matrix() == plain.matrix());
    }
    // Of a broken row and a file that is cut off behind it, the row is told.
    text[text.find('\n', text.size() / 2) + 9] = 'x';
    const auto broken = gzipped(text);
    const auto told = [&](std::string_view content, std::size_t threads) -> std::string {
        try {
            static_cast<void>(read_blocks(content, threads));
        } catch (const graft::format_error& error) { return error.what(); }
        return "nothing was thrown";
    };
    const auto first = told(broken, 1);
    CHECK(first.find("is not a number; rows here have 3 numbers") != std::string::npos);
    for (const std::size_t threads : {1U, 2U, 5U}) {
        CHECK(told(broken.substr(0, broken.size() - 9), threads) == first);
        CHECK(told(packed.substr(0, packed.size() - 9), threads)
                  .find("the gzip data ends before its checksum") != std::string::npos);
    }
}
#else
TEST_CASE("without zlib, a gzipped file is refused with what to do") {
    CHECK(failure("\x1f\x8b\x08....").find("define GRAFT_WITH_ZLIB and link zlib") != std::string::npos);
}
#endif

TEST_CASE("the real GloVe file is read") {
    const std::filesystem::path path = GRAFT_REAL_DATA "/glove-wiki-gigaword-100.top100k.gz";
    if (!std::filesystem::exists(path)) {
        MESSAGE("no real data at " << path.string());
        return;
    }
    graft::read_report report;
    const auto vectors = graft::read_vectors(path, {.limit = 1000, .report = &report});
    CHECK(vectors.size() == 1000);
    CHECK(vectors.dim() == 100);
    CHECK(vectors.word(0) == "the");
    CHECK(vectors["the"](0) == -0.038194F);
    CHECK(report.stopped_at_limit);
}
