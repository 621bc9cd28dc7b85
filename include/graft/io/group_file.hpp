#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <graft/core/error.hpp>
#include <graft/io/atomic_file.hpp>

namespace graft::inline v0_1::detail {

/// Processes that run the same program, of which one writes the files; or a process on its own.
struct writer_group {
    bool writes = true;
    /// The writer's text, in all processes, which call it at the same time; nullptr: the process is on its own.
    std::string (*agree)(std::string text) = nullptr;
};

/// An atomic_file of a group. What the writer fails in is kept until `check` or `finish` tells it to all: before that,
/// the others wait for its part in what is written.
class group_file {
public:
    /// Throws io_error; in a group `check` and `finish` do.
    group_file(const std::filesystem::path& path, const writer_group& group) : group_(group) {
        attempt([&] { file_.emplace(path); });
    }
    void write(std::string_view bytes) {
        attempt([&] { file_->write(bytes); });
    }
    void move_to(std::uint64_t offset) {
        attempt([&] { file_->move_to(offset); });
    }
    void check() {
        if (group_.agree == nullptr) return;
        const std::string failure = group_.agree(failure_);
        if (!failure.empty()) throw io_error(failure);
    }
    void finish() {
        attempt([&] { file_->finish(); });
        check();
    }

private:
    template <class F>
    void attempt(const F& f) {
        if (group_.agree == nullptr) return f();
        if (!group_.writes || !failure_.empty()) return;
        try {
            f();
        } catch (const std::exception& caught) {
            failure_ = caught.what();
            file_.reset();
        }
    }

    writer_group group_;
    std::optional<atomic_file> file_; // of the writer
    std::string failure_;
};

} // namespace graft::inline v0_1::detail
