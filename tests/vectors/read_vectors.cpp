#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <graft/vectors/read_vectors.hpp>

#include <support/real_data.hpp>
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

#else
TEST_CASE("without zlib, a gzipped file is refused with what to do") {
    CHECK(failure("\x1f\x8b\x08....").find("define GRAFT_WITH_ZLIB and link zlib") != std::string::npos);
}
#endif

TEST_CASE("the real GloVe file is read") {
    const auto path = real_data("glove-wiki-gigaword-100.top100k.gz");
    if (path.empty()) return;
    graft::read_report report;
    const auto vectors = graft::read_vectors(path, {.limit = 1000, .report = &report});
    CHECK(vectors.size() == 1000);
    CHECK(vectors.dim() == 100);
    CHECK(vectors.word(0) == "the");
    CHECK(vectors["the"](0) == -0.038194F);
    CHECK(report.stopped_at_limit);
}

#if defined(GRAFT_DETAIL_HAS_MMAP)
namespace {

/// A pipe that gives `first`, and then `piece` again and again.
class endless_pipe {
public:
    endless_pipe(std::string first, std::string piece)
        : path(std::filesystem::temp_directory_path() / "graft_test_endless") {
        std::filesystem::remove(path);
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        writer_ = std::thread([this, first = std::move(first), piece = std::move(piece)] {
            // until nobody reads any more, or far more than there is memory
            static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
            const graft::detail::file_descriptor pipe(::open(path.c_str(), O_WRONLY));
            if (::write(pipe.number(), first.data(), first.size()) < 0) return;
            for (std::size_t i = 0; i < std::size_t{1} << 40U; i += piece.size())
                if (::write(pipe.number(), piece.data(), piece.size()) <= 0) break;
        });
    }
    endless_pipe(const endless_pipe&) = delete;
    endless_pipe& operator=(const endless_pipe&) = delete;
    ~endless_pipe() {
        writer_.join();
        std::filesystem::remove(path);
    }

    std::filesystem::path path;

private:
    std::thread writer_;
};

} // namespace

TEST_CASE("an endless pipe is read up to the limit") {
    std::string piece;
    for (int i = 0; i < 1000; ++i) piece += "a 1\n";
    for (const auto& form : test::forms_of(piece)) { // members of gzip without end, too
        const endless_pipe pipe("", form);
        graft::read_report report;
        CHECK(words_of(graft::read_vectors(pipe.path, {.limit = 2, .report = &report})) ==
              std::vector<std::string>{"a"});
        CHECK(report.read == 2);
        CHECK(report.stopped_at_limit);
    }
}

TEST_CASE("blank lines without end are refused") {
    for (const std::string first : {"", "a 1\n"}) {
        const endless_pipe pipe(first, std::string(50'000, '\n'));
        std::string said;
        try {
            static_cast<void>(graft::read_vectors(pipe.path, {.limit = 2}));
        } catch (const graft::format_error& error) { said = error.what(); }
        CHECK(
            said.find("there are over 16777216 blank lines, which no file of vectors has; fetch it again") !=
            std::string::npos);
    }
}
#endif

#ifdef GRAFT_WITH_ZLIB
TEST_CASE("a gzipped line that does not end is inflated no further than a line may be long") {
    CHECK(failure(gzipped(std::string(std::size_t{1} << 27U, 'a'))) ==
          "f: byte 0: no line ends within 32 MiB; this is no text file of rows");
}
#endif
