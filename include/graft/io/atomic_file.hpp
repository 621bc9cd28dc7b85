#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#define GRAFT_DETAIL_HAS_POSIX_FILES
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/entropy.hpp>
#include <graft/core/error.hpp>

namespace graft::inline v0_1::detail {

/// Names of what a writer puts beside a file NAME: `.NAME.PID.RANDOM-COUNT.part`, unfinished content, and
/// `.kept`, the content before while several files are replaced. A long NAME is cut.
class names_beside {
public:
    explicit names_beside(const std::filesystem::path& target) : folder_(target.parent_path()) {
        std::string name = target.filename().string();
        constexpr std::size_t most = 160; // of the 255 bytes that systems take
        if (name.size() > most) {
            std::size_t end = most;
            while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U) --end; // in a letter
            name.resize(end);
        }
        prefix_ = "." + name + ".";
    }

    [[nodiscard]] std::filesystem::path fresh(std::string_view ending) const {
        static std::atomic<std::uint64_t> count = 0;
        return folder_ / message(prefix_, own(), count++, ending);
    }
    [[nodiscard]] std::filesystem::path lock() const { return folder_ / (prefix_ + "graft-lock"); }

    /// Whether a writer of this file in another process gave the name.
    [[nodiscard]] bool is_of_others(const std::string& name, std::string_view ending) const {
        return name.starts_with(prefix_) && name.compare(prefix_.size(), own().size(), own()) != 0 &&
               is_written_name(std::string_view(name).substr(prefix_.size()), ending);
    }
    /// Whether a name is one that this class gives beside any file.
    [[nodiscard]] static bool is_written_name(std::string_view name) {
        for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
            for (const auto* ending : {".part", ".kept"})
                if (name.starts_with('.') && is_written_name(name.substr(dot + 1), ending)) return true;
        return false;
    }

private:
    /// PID.RANDOM-COUNT and the ending.
    [[nodiscard]] static bool is_written_name(std::string_view rest, std::string_view ending) {
        const auto take = [&rest](std::string_view letters) {
            const std::size_t end = (std::min)(rest.find_first_not_of(letters), rest.size());
            rest.remove_prefix(end);
            return end;
        };
        const auto take_one = [&rest](char letter) {
            if (!rest.starts_with(letter)) return false;
            rest.remove_prefix(1);
            return true;
        };
        return take("0123456789") > 0 && take_one('.') && take("0123456789abcdef") == 16 && take_one('-') &&
               take("0123456789") > 0 && rest == ending;
    }
    [[nodiscard]] static std::string own() {
#ifdef GRAFT_DETAIL_HAS_POSIX_FILES
        std::string text = message(::getpid(), ".");
#else
        std::string text = "0.";
#endif
        for (unsigned shift = 64; shift > 0; shift -= 4)
            text += "0123456789abcdef"[process_entropy() >> (shift - 4) & 0xfU];
        return text + '-';
    }

    std::filesystem::path folder_;
    std::string prefix_;
};

/// Writes a file beside its place and moves it there at the end, so that the place has the old content or the
/// new one, whatever fails, also the process or the machine.
///
/// - The name beside is new; two writers at once do not meet, and the last one to finish wins.
/// - A link is followed: what it points to is replaced. Mode and, where the system lets us, owner and group
///   stay; other hard links keep the old content.
/// - The content is on the disk before it is moved.
/// - What a killed process left beside the file is removed when the file is next written. A writer holds a
///   lock on its file, which ends with the process; what is locked stays.
///
/// On systems other than POSIX there is no lock, no mode and nothing is forced to the disk, and what a killed
/// process left stays.
class atomic_file {
public:
    /// Throws io_error.
    explicit atomic_file(const std::filesystem::path& path)
        : name_(path.string()), target_(behind_links(path)), beside_(target_) {
        check_target();
        remove_left_overs(".part");
        create();
    }
    atomic_file(const atomic_file&) = delete;
    atomic_file& operator=(const atomic_file&) = delete;
    ~atomic_file() {
        if (part_.empty()) return;
        if (file_ != nullptr) std::fclose(file_);
        remove(part_);
    }

    void write(std::string_view bytes) {
        if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
            fail("cannot be written", errno);
        begin_to_sync(bytes.size());
    }
    /// Where in the file the next bytes are written. What is passed over is to be written later.
    void move_to(std::uint64_t offset) {
#ifdef _WIN32
        const bool moved = ::_fseeki64(file_, static_cast<std::int64_t>(offset), SEEK_SET) == 0;
#else
        const bool moved = ::fseeko(file_, static_cast<::off_t>(offset), SEEK_SET) == 0;
#endif
        if (!moved) fail("cannot be written", errno);
        given_ = written_ = offset;
    }
    void write_numbers(const float* numbers, std::size_t count) {
        write({reinterpret_cast<const char*>(numbers), count * sizeof(float)});
    }

    /// Throws argument_error if two files are one.
    static void check_apart(std::initializer_list<const atomic_file*> files) {
        for (const auto* a = files.begin(); a != files.end(); ++a)
            for (const auto* b = a + 1; b != files.end(); ++b)
                if ((*a)->target_ == (*b)->target_) (*a)->fail_as_same(**b);
    }

    /// The file is complete. Throws io_error, and then it is as it was before.
    void finish() { finish({this}); }

    /// All are complete: they are replaced one right after the other, and where one fails those before it get
    /// their old content back. Writers of the same files wait for one another. Only a process or machine that
    /// dies between two renames leaves some files new and others old.
    static void finish(std::initializer_list<atomic_file*> files) {
        for (auto* file : files) file->complete();
        std::vector<atomic_file*> ordered(files);
        std::sort(ordered.begin(), ordered.end(),
                  [](const auto* a, const auto* b) { return a->target_ < b->target_; });
        for (std::size_t i = 1; i < ordered.size(); ++i)
            if (ordered[i - 1]->target_ == ordered[i]->target_) ordered[i - 1]->fail_as_same(*ordered[i]);
        {
            std::vector<lock> locks;
            if (ordered.size() > 1)
                for (const auto* file : ordered) {
                    for (std::size_t i = 0; i < locks.size(); ++i) // else it would wait for itself
                        if (are_one(ordered[i]->beside_.lock(), file->beside_.lock()))
                            ordered[i]->fail_as_same(*file);
                    locks.emplace_back(*file);
                }
            std::vector<replaced> done;
            done.reserve(ordered.size());
            try {
                for (auto* file : ordered) {
                    for (const auto& before : done)
                        if (are_one(before.file->target_, file->target_))
                            before.file->fail_as_same(*file); // by names that only the system knows to be one
                    if (ordered.size() > 1) file->remove_left_overs(".kept");
                    done.emplace_back(*file, file != ordered.back());
                    file->move_into_place();
                    done.back().moved = true;
                }
            } catch (...) {
                while (!done.empty()) {
                    done.back().roll_back();
                    done.pop_back();
                }
                throw;
            }
            for (auto* file : ordered) file->part_.clear();
        }
        for (auto* file : ordered) file->close();
        for (const auto* file : ordered) file->sync_folder();
    }

private:
    /// Of a file whose content has been replaced, what was there before.
    struct replaced {
        replaced(const atomic_file& f, bool keep) : file(&f) {
            std::error_code problem;
            if (!keep || !std::filesystem::exists(f.target_, problem)) return;
            kept = f.beside_.fresh(".kept");
            std::filesystem::create_hard_link(f.target_, kept, problem);
            if (problem) std::filesystem::copy_file(f.target_, kept, problem);
            if (!problem) return;
            remove(kept);
            f.fail("its content cannot be kept until all files are written", problem.value());
        }
        replaced(replaced&& other) noexcept
            : file(other.file), kept(std::exchange(other.kept, {})), moved(other.moved) {}
        replaced& operator=(replaced&&) = delete;
        ~replaced() {
            if (!kept.empty()) remove(kept);
        }
        void roll_back() noexcept {
            if (!moved) return;
            std::error_code problem;
            if (kept.empty())
                remove(file->target_);
            else
                std::filesystem::rename(kept, file->target_, problem);
            if (problem) kept.clear(); // the old content stays beside
        }

        const atomic_file* file;
        std::filesystem::path kept; // or nothing
        bool moved = false;
    };

    [[noreturn]] void fail(const char* what, int cause) const {
        throw io_error(message(name_, ": ", what, ": ", std::generic_category().message(cause),
                               "; the file is as it was before"));
    }
    [[noreturn]] void fail_as_same(const atomic_file& other) const {
        throw argument_error(name_ + " and " + other.name_ + " are the same file; give each its own path");
    }
    static void remove(const std::filesystem::path& path) noexcept {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }
    [[nodiscard]] static bool are_one(const std::filesystem::path& a, const std::filesystem::path& b) {
        std::error_code none_there;
        return std::filesystem::equivalent(a, b, none_there);
    }

    /// Where links lead to, in a folder without links.
    [[nodiscard]] std::filesystem::path behind_links(std::filesystem::path path) const {
        std::error_code problem;
        if (name_.find('\0') != name_.npos) fail("cannot be created", EINVAL);
        path = std::filesystem::absolute(path, problem);
        const auto is_link = [](const std::filesystem::path& p) {
            std::error_code none_there;
            return is_symlink(std::filesystem::symlink_status(p, none_there));
        };
        for (int links = 0; !problem && is_link(path); ++links) {
            if (links == 40) fail("cannot be created", ELOOP);
            path = path.parent_path() / std::filesystem::read_symlink(path, problem);
        }
        const auto folder = std::filesystem::canonical(path.parent_path(), problem);
        if (problem) fail("cannot be created", problem.value());
        return folder / path.filename();
    }

    void check_target() const {
        if (names_beside::is_written_name(target_.filename().string()))
            throw argument_error(name_ + ": graft gives such names to files that it has not finished, and "
                                         "removes them; give the path another name");
        std::error_code ignored;
        const auto status = std::filesystem::status(target_, ignored);
        if (is_directory(status) || target_.filename().empty())
            throw io_error(name_ + ": this is a folder; give the path of a file");
        if (exists(status) && !is_regular_file(status))
            throw io_error(name_ + ": this is a device or a pipe, and a file would take its place; give the "
                                   "path of a file");
    }

    void move_into_place() {
        std::error_code problem;
        std::filesystem::rename(part_, target_, problem);
        if (problem) fail("cannot be written", problem.value());
    }
    void close() noexcept {
        if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
    }

#ifdef GRAFT_DETAIL_HAS_POSIX_FILES
    /// Held by whoever replaces several files, so that two do not mix theirs.
    class lock {
    public:
        explicit lock(const atomic_file& file) : path_(file.beside_.lock()) {
            using clock = std::chrono::steady_clock;
            const auto end = clock::now() + std::chrono::seconds(10);
            for (;;) {
                descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
                if (descriptor_ < 0) file.fail("cannot be locked", errno);
                if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
                    if (is_at(path_, descriptor_)) return;
                } else if (errno != EWOULDBLOCK && errno != EINTR) {
                    return; // a file system without locks
                } else if (clock::now() > end) {
                    ::close(descriptor_);
                    throw io_error(file.name_ + ": another writer has been replacing it for 10 seconds; try "
                                                "again when it has ended");
                }
                ::close(descriptor_);
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            }
        }
        lock(lock&& other) noexcept
            : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
        lock& operator=(lock&&) = delete;
        ~lock() {
            if (descriptor_ < 0) return;
            remove(path_); // before it is unlocked: whoever waits for it looks whether it is still there
            ::close(descriptor_);
        }

    private:
        std::filesystem::path path_;
        int descriptor_ = -1;
    };

    [[nodiscard]] static bool is_at(const std::filesystem::path& path, int descriptor) {
        struct ::stat there {};
        struct ::stat here {};
        return ::lstat(path.c_str(), &there) == 0 && ::fstat(descriptor, &here) == 0 &&
               there.st_dev == here.st_dev && there.st_ino == here.st_ino;
    }

    /// Removes what writers in processes that are gone left beside the file.
    void remove_left_overs(std::string_view ending) const noexcept {
        try {
            std::error_code problem;
            for (std::filesystem::directory_iterator all(target_.parent_path(), problem), end;
                 !problem && all != end; all.increment(problem)) {
                if (!beside_.is_of_others(all->path().filename().string(), ending)) continue;
                if (ending == ".kept") { // whoever asks for these holds the lock of the file
                    remove(all->path());
                    continue;
                }
                const int left = ::open(all->path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
                if (left < 0) continue;
                if (::flock(left, LOCK_EX | LOCK_NB) == 0) remove(all->path());
                ::close(left);
            }
        } catch (...) { // then they stay
        }
    }

    void create() {
        struct ::stat before {};
        const bool there = ::stat(target_.c_str(), &before) == 0;
        if (there && ::access(target_.c_str(), W_OK) != 0) fail("cannot be written", errno);
        int descriptor = -1;
        for (int tries = 0;; ++tries) {
            const auto part = beside_.fresh(".part");
            descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, there ? 0600 : 0666);
            if (descriptor < 0 && (errno != EEXIST || tries > 100)) fail("cannot be created", errno);
            if (descriptor < 0) continue;
            // Between the two lines above and below, another writer can take the file for a left-over.
            const bool taken = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
            if (!taken && is_at(part, descriptor)) {
                part_ = part;
                break;
            }
            ::close(descriptor);
            if (tries > 100) fail("cannot be created", EBUSY);
        }
        if (there) keep_owner_and_mode(descriptor, before);
        file_ = ::fdopen(descriptor, "wb");
        if (file_ != nullptr) return;
        const int cause = errno;
        ::close(descriptor);
        remove(part_);
        fail("cannot be created", cause);
    }

    /// Where the owner cannot be kept, nobody may do more with the file than before.
    static void keep_owner_and_mode(int descriptor, const struct ::stat& before) noexcept {
        ::mode_t mode = before.st_mode & 07777U;
        if (::fchown(descriptor, before.st_uid, before.st_gid) != 0) {
            mode &= 0777U;
            if (::fchown(descriptor, static_cast<::uid_t>(-1), before.st_gid) != 0)
                mode &= 0707U | (mode & 07U) << 3U;
        }
        static_cast<void>(::fchmod(descriptor, mode)); // a file system without modes has none to keep
    }

    /// Has the system put on the disk what was written, piece by piece, so that the end need not wait for all of it.
    void begin_to_sync([[maybe_unused]] std::size_t more) noexcept {
#ifdef SYNC_FILE_RANGE_WRITE
        constexpr std::size_t piece = std::size_t{1} << 25U;
        written_ += more;
        if (written_ - given_ < piece) return;
        static_cast<void>(::sync_file_range(::fileno(file_), static_cast<::off_t>(given_),
                                            static_cast<::off_t>(written_ - given_),
                                            SYNC_FILE_RANGE_WRITE)); // what fails, fsync tells
        given_ = written_;
#endif
    }

    [[nodiscard]] static bool is_no_failure(int cause) noexcept { // of fsync: not of this file system
        return cause == EINVAL || cause == ENOTSUP || cause == EROFS;
    }
    void complete() {
        if (std::ferror(file_) != 0) fail("cannot be written", EIO); // a write before this failed
        if (std::fflush(file_) != 0) fail("cannot be written", errno);
        if (::fsync(::fileno(file_)) != 0 && !is_no_failure(errno)) fail("cannot be written", errno);
    }
    void sync_folder() const {
        const int folder = ::open(target_.parent_path().c_str(), O_RDONLY | O_CLOEXEC);
        if (folder < 0) return; // we may write to it, but not look at it
        const int cause = ::fsync(folder) == 0 || is_no_failure(errno) ? 0 : errno;
        ::close(folder);
        if (cause != 0)
            throw io_error(message(name_, ": is written, but may be lost if the machine stops now: ",
                                   std::generic_category().message(cause), "; check the disk"));
    }
#else
    struct lock {
        explicit lock(const atomic_file&) {}
    };
    void remove_left_overs(std::string_view) const noexcept {}
    void begin_to_sync(std::size_t) noexcept {}
    void create() {
        part_ = beside_.fresh(".part");
#ifdef _WIN32
        file_ = ::_wfopen(part_.c_str(), L"wb");
#else
        file_ = std::fopen(part_.c_str(), "wb");
#endif
        if (file_ != nullptr) return;
        part_.clear();
        fail("cannot be created", errno);
    }
    void complete() { // an open file cannot be renamed everywhere
        const bool failed = std::ferror(file_) != 0;
        if (std::fclose(std::exchange(file_, nullptr)) != 0 || failed) fail("cannot be written", errno);
    }
    void sync_folder() const {}
#endif

    std::string name_;             // as it was given, for messages
    std::filesystem::path target_; // what is replaced
    names_beside beside_;
    std::filesystem::path part_; // or nothing
    std::FILE* file_ = nullptr;
    std::size_t written_ = 0; // bytes
    std::size_t given_ = 0;   // of them, those that the system was told to put on the disk
};

} // namespace graft::inline v0_1::detail
