#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <graft/io/atomic_file.hpp>

#include <support/files.hpp>

#ifdef GRAFT_DETAIL_HAS_POSIX_FILES
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

using graft::detail::atomic_file;
using test::content_of;

namespace fs = std::filesystem;

namespace {

/// An empty folder that lives as long as this.
class temporary_folder {
public:
    explicit temporary_folder(const std::string& name, const fs::path& in = fs::temp_directory_path())
        : path(fs::canonical(in) / ("graft_test_atomic_" + name)) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }

    [[nodiscard]] fs::path file(const std::string& name, const std::string& content) const {
        std::ofstream(path / name, std::ios::binary) << content;
        return path / name;
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& entry : fs::directory_iterator(path))
            all.push_back(entry.path().filename().string());
        std::sort(all.begin(), all.end());
        return all;
    }

    fs::path path;
};

using names = std::vector<std::string>;

void replace(const fs::path& path, const std::string& content) {
    atomic_file file(path);
    file.write(content);
    file.finish();
}
void replace_both(const fs::path& a, const fs::path& b, const std::string& content) {
    atomic_file first(a);
    atomic_file second(b);
    first.write(content);
    second.write(content);
    atomic_file::finish({&first, &second});
}

} // namespace

TEST_CASE("large content that goes to the disk piece by piece is whole") {
    const test::temporary_file file("atomic_large", "old");
    const std::string piece(std::size_t{5} << 20U, 'x');
    {
        graft::detail::atomic_file out(file.path);
        for (int k = 0; k < 15; ++k) out.write(piece);
        CHECK(test::content_of(file.path) == "old");
        out.finish();
    }
    CHECK(std::filesystem::file_size(file.path) == 15 * piece.size());
}

TEST_CASE("what was passed over is written later") {
    const temporary_folder folder("move_to");
    graft::detail::atomic_file file(folder.path / "f");
    file.write("head ");
    file.move_to(11);
    file.write("tail");
    file.move_to(5);
    file.write("middle");
    file.finish();
    CHECK(test::content_of(folder.path / "f") == "head middletail");
}

TEST_CASE("a file has its new content when it is finished, and not before") {
    const temporary_folder folder("whole");
    const auto path = folder.file("x", "before");
    {
        atomic_file file(path);
        file.write("after");
        file.write("");
        const float numbers[] = {1.0F, -2.5F};
        file.write_numbers(numbers, 2);
        CHECK(content_of(path) == "before");
        file.finish();
    }
    CHECK(content_of(path) == "after" + test::bytes_of(1.0F, -2.5F));
    replace(folder.path / "new", "content");
    CHECK(content_of(folder.path / "new") == "content");
    CHECK(folder.names() == names{"new", "x"});
}

TEST_CASE("a file that is not finished stays as it was, and nothing is left beside it") {
    const temporary_folder folder("left");
    const auto path = folder.file("x", "before");
    { atomic_file(path).write("half of"); }
    { atomic_file(folder.path / "new").write("half of"); }
    CHECK(content_of(path) == "before");
    CHECK(folder.names() == names{"x"});
}

TEST_CASE("what is not a file, or cannot be there, is refused and named") {
    const temporary_folder folder("refused");
    const auto path = folder.file("x", "before");
    const auto refused = [](const fs::path& at, const std::string& why) {
        CAPTURE(at);
        CHECK_THROWS_WITH_AS(atomic_file{at}, (at.string() + ": " + why).c_str(), graft::io_error);
    };
    const std::string stays = "; the file is as it was before";
    refused(path / "inside", "cannot be created: Not a directory" + stays);
    refused(folder.path / "none" / "x", "cannot be created: No such file or directory" + stays);
    refused(folder.path, "this is a folder; give the path of a file");
    refused(folder.path / "", "this is a folder; give the path of a file");
    CHECK_THROWS_AS(atomic_file{""}, graft::io_error);
    refused(fs::path(path.string() + '\0' + "y"), "cannot be created: Invalid argument" + stays);
    CHECK(content_of(path) == "before");
    CHECK(folder.names() == names{"x"});
}

TEST_CASE("a long name leaves room for the name beside it") {
    const temporary_folder folder("long");
    std::string name;
    while (name.size() + 3 <= 255) name += "\xe2\x82\xac"; // three bytes a letter
    replace(folder.path / name, "content");
    CHECK(content_of(folder.path / name) == "content");
    CHECK(folder.names() == names{name});
}

TEST_CASE("names like those of unfinished files are refused, and other names are not") {
    const temporary_folder folder("pattern");
    CHECK_THROWS_WITH_AS(
        atomic_file{folder.path / ".x.12.0123456789abcdef-3.part"},
        doctest::Contains("graft gives such names to files that it has not finished, and removes them"),
        graft::argument_error);
    CHECK_THROWS_AS(atomic_file{folder.path / ".a.b.12.0123456789abcdef-3.kept"}, graft::argument_error);
    for (const auto* name : {"x.part", ".x.part", ".x.12.part", ".x.12.0123456789abcde-3.part", ".x..part",
                             "x.12.0123456789abcdef-3.part", ".x.12.0123456789abcdef-3.part.txt"})
        replace(folder.path / name, name);
    CHECK(folder.names().size() == 7);
}

TEST_CASE("files that are finished together are all replaced") {
    const temporary_folder folder("both");
    const auto a = folder.file("a", "before");
    replace_both(a, folder.path / "b", "after");
    CHECK(content_of(a) == "after");
    CHECK(content_of(folder.path / "b") == "after");
    CHECK(folder.names() == names{"a", "b"});
}

TEST_CASE("where one of several files cannot be replaced, all are what they were") {
    for (const bool new_file : {false, true}) {
        const temporary_folder folder("rollback");
        const auto a = folder.path / "a";
        if (!new_file) static_cast<void>(folder.file("a", "before"));
        const auto b = folder.path / "b"; // the files are replaced in the order of their names
        atomic_file first(a);
        atomic_file second(b);
        first.write("after");
        second.write("after");
        fs::create_directories(b / "inside");
        CHECK_THROWS_WITH_AS(atomic_file::finish({&second, &first}),
                             doctest::Contains((b.string() + ": cannot be written: ").c_str()),
                             graft::io_error);
        CHECK(fs::exists(a) == !new_file);
        if (!new_file) CHECK(content_of(a) == "before");
    }
}

TEST_CASE("two files that are one are refused") {
    const temporary_folder folder("same");
    const auto a = folder.file("a", "before");
    fs::create_directories(folder.path / "inside");
    for (const auto& other : {a, folder.path / "." / "a", folder.path / "inside" / ".." / "a"}) {
        const atomic_file first(a);
        const atomic_file second(other);
        CHECK_THROWS_WITH_AS(
            atomic_file::check_apart({&first, &second}),
            (a.string() + " and " + other.string() + " are the same file; give each its own path").c_str(),
            graft::argument_error);
    }
    CHECK_THROWS_AS(replace_both(a, folder.path / "." / "a", "after"), graft::argument_error);
    CHECK(content_of(a) == "before");
    CHECK(folder.names() == names{"a", "inside"});
}

TEST_CASE("several writers at once each write a whole file, and pairs stay pairs") {
    const temporary_folder folder("at_once");
    const auto a = folder.path / "a";
    const auto b = folder.path / "b";
    std::atomic<int> failures = 0;
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 4; ++writer)
        writers.emplace_back([&, writer] {
            try {
                for (int i = 0; i < 10; ++i)
                    replace_both(writer % 2 == 0 ? a : b, writer % 2 == 0 ? b : a,
                                 std::string(20000, static_cast<char>('0' + writer)));
            } catch (const graft::error&) { ++failures; }
        });
    for (auto& writer : writers) writer.join();
    CHECK(failures == 0);
    CHECK(content_of(a) == content_of(b));
    CHECK(content_of(a) == std::string(20000, content_of(a).front()));
    CHECK(folder.names() == names{"a", "b"});
}

#ifdef GRAFT_DETAIL_HAS_POSIX_FILES

TEST_CASE("a device or a pipe is not replaced") {
    const temporary_folder folder("device");
    const auto pipe = folder.path / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    for (const fs::path& at : {fs::path("/dev/null"), fs::path("/dev/full"), pipe})
        CHECK_THROWS_WITH_AS(atomic_file{at},
                             (at.string() + ": this is a device or a pipe, and a file would take its place; "
                                            "give the path of a file")
                                 .c_str(),
                             graft::io_error);
    CHECK(fs::is_character_file("/dev/null"));
    CHECK(fs::is_fifo(pipe));
}

TEST_CASE("a link is followed, also one to nothing and through others, and stays") {
    const temporary_folder folder("links");
    fs::create_directories(folder.path / "inside");
    const auto real = folder.file("real", "before");
    fs::create_symlink("real", folder.path / "direct");
    fs::create_symlink(folder.path / "direct", folder.path / "inside" / "twice");
    fs::create_symlink("../new", folder.path / "inside" / "dangling");
    replace(folder.path / "inside" / "twice", "after");
    replace(folder.path / "inside" / "dangling", "new");
    CHECK(content_of(real) == "after");
    CHECK(content_of(folder.path / "new") == "new");
    CHECK(fs::is_symlink(folder.path / "direct"));
    CHECK(fs::is_symlink(folder.path / "inside" / "twice"));
    CHECK(fs::is_symlink(folder.path / "inside" / "dangling"));
    CHECK_THROWS_AS(replace_both(real, folder.path / "direct", "x"), graft::argument_error);
    CHECK(content_of(real) == "after");
    CHECK(folder.names() == names{"direct", "inside", "new", "real"});

    fs::create_symlink("round", folder.path / "round");
    CHECK_THROWS_WITH_AS(atomic_file{folder.path / "round"},
                         doctest::Contains("round: cannot be created: Too many levels of symbolic links"),
                         graft::io_error);
}

TEST_CASE("the mode and owner of a file stay, and a new one gets the usual mode") {
    const temporary_folder folder("mode");
    const auto mode_of = [](const fs::path& path) {
        struct ::stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        return status.st_mode & 07777U;
    };
    for (const ::mode_t mode : {0600U, 0640U, 0666U, 0755U}) {
        const auto path = folder.file("x", "before");
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), 12, 34) == 0);
        replace(path, "after");
        CHECK(content_of(path) == "after");
        CHECK(mode_of(path) == mode);
        struct ::stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        if (::geteuid() == 0) CHECK((status.st_uid == 12 && status.st_gid == 34));
        replace_both(path, folder.path / "y", "again");
        CHECK(mode_of(path) == mode);
    }
    const ::mode_t mask = ::umask(027);
    replace(folder.path / "new", "content");
    ::umask(mask);
    CHECK(mode_of(folder.path / "new") == 0640);
}

TEST_CASE("a full disk is an error, and the file stays as it was") {
    const temporary_folder folder("full");
    const auto a = folder.file("a", "before");
    const auto b = folder.file("b", "before");
    struct ::rlimit before {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    auto small = before;
    small.rlim_cur = 10000;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::vector<std::string> messages;
    for (const std::size_t size : {10001U, 3000000U}) {
        for (const bool carry_on : {false, true}) {
            try {
                atomic_file first(a);
                atomic_file second(b);
                first.write("after");
                try {
                    second.write(std::string(size, 'x'));
                } catch (const graft::io_error&) {
                    if (!carry_on) throw;
                }
                atomic_file::finish({&first, &second});
                messages.emplace_back("none");
            } catch (const graft::io_error& failed) { messages.emplace_back(failed.what()); }
        }
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    for (std::size_t i = 0; i < messages.size(); ++i)
        CHECK(messages[i] ==
              b.string() + ": cannot be written: " + (i == 3 ? "Input/output error" : "File too large") +
                  "; the file is as it was before");
    CHECK(content_of(a) == "before");
    CHECK(content_of(b) == "before");
    CHECK(folder.names() == names{"a", "b"});
}

TEST_CASE("left-overs of a process that is gone are removed, and nothing else") {
    const temporary_folder folder("gone");
    const auto path = folder.file("x", "before");
    const auto left = [&](const std::string& name) { static_cast<void>(folder.file(name, "left")); };
    left(".x.12.0123456789abcdef-3.part");
    left(".x.12.0123456789abcdef-4.kept");
    left(".y.12.0123456789abcdef-3.part"); // of another file
    left(".x.part");                       // a user's
    left(".x.12.0123456789abcdef-3.part.txt");
    fs::create_symlink("x", folder.path / ".x.12.0123456789abcdef-5.part");
    {
        const atomic_file other(path); // a living writer
        replace(path, "after");
        CHECK(folder.names().size() == 7);
    }
    CHECK(folder.names() == names{".x.12.0123456789abcdef-3.part.txt", ".x.12.0123456789abcdef-4.kept",
                                  ".x.12.0123456789abcdef-5.part", ".x.part", ".y.12.0123456789abcdef-3.part",
                                  "x"});
    left(".x.graft-lock");
    replace_both(path, folder.path / "z", "again");
    CHECK(folder.names() == names{".x.12.0123456789abcdef-3.part.txt", ".x.12.0123456789abcdef-5.part",
                                  ".x.part", ".y.12.0123456789abcdef-3.part", "x", "z"});
    CHECK(content_of(path) == "again");
}

TEST_CASE("the files of another process that is still writing stay") {
    const temporary_folder folder("alive");
    const auto path = folder.file("x", "before");
    int started[2];
    int may_end[2];
    REQUIRE(::pipe(started) == 0);
    REQUIRE(::pipe(may_end) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        char byte = 0;
        atomic_file file(path);
        file.write("of the child");
        if (::write(started[1], &byte, 1) != 1 || ::read(may_end[0], &byte, 1) != 1) ::_exit(1);
        file.finish();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(started[0], &byte, 1) == 1);
    replace(path, "of the parent");
    CHECK(content_of(path) == "of the parent");
    REQUIRE(::write(may_end[1], &byte, 1) == 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(content_of(path) == "of the child");
    CHECK(folder.names() == names{"x"});
    for (const int end : {started[0], started[1], may_end[0], may_end[1]}) ::close(end);
}

TEST_CASE("a writer that is killed at any moment leaves a whole file, and the next one tidies up") {
    const temporary_folder folder("killed", fs::is_directory("/dev/shm") ? fs::path("/dev/shm")
                                                                         : fs::temp_directory_path());
    const auto a = folder.file("a", std::string(50000, '.'));
    const auto b = folder.file("b", std::string(50000, '.'));
    std::size_t left_overs = 0;
    for (int kill = 0; kill < 50; ++kill) {
        const ::pid_t child = ::fork();
        if (child == 0) {
            for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
                if (kill % 2 == 0)
                    replace(a, std::string(50000, letter));
                else
                    replace_both(a, b, std::string(50000, letter));
            }
        }
        ::usleep(static_cast<::useconds_t>(500 + (kill * 7919) % 3000));
        ::kill(child, SIGKILL);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        for (const auto& path : {a, b}) {
            const auto content = content_of(path);
            REQUIRE(content.size() == 50000);
            REQUIRE(content == std::string(50000, content.front()));
        }
        left_overs += folder.names().size() - 2;
    }
    CHECK(left_overs > 0);
    replace_both(a, b, "the end");
    CHECK(folder.names() == names{"a", "b"});
    CHECK(content_of(a) == "the end");
    CHECK(content_of(b) == "the end");
}

#endif
