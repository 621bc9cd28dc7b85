#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/io/gzip_stream.hpp>

namespace graft::detail {

/// The content of a file from front to back: all in memory, or inflated piece by piece.
class byte_source {
public:
    /// Gzipped bytes are recognised. Throws format_error where they are and this build has no zlib.
    byte_source(std::string_view bytes, std::string name)
        : name_(std::move(name)), memory_(bytes), file_bytes_(bytes.size()) {
        if (!is_gzip(bytes)) return;
#ifdef GRAFT_WITH_ZLIB
        stream_ = std::make_unique<gzip_stream>(bytes, name_);
        memory_ = {};
#else
        throw format_error(name_ +
                           ": byte 0: this file is gzipped and graft was built without zlib; "
                           "define GRAFT_WITH_ZLIB and link zlib (CMake does so where it finds zlib), "
                           "or gunzip the file");
#endif
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// The size of the file as it lies on the disk.
    [[nodiscard]] std::size_t file_bytes() const noexcept { return file_bytes_; }
    /// Where the next byte lies in the content.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
    /// Whether all content is in memory, so that peek costs nothing.
    [[nodiscard]] bool in_memory() const noexcept { return !streamed(); }
    /// The part of the file that is read, in [0, 1]; near enough to plan with.
    [[nodiscard]] double progress() const noexcept {
#ifdef GRAFT_WITH_ZLIB
        if (stream_) return stream_->progress();
#endif
        return memory_.empty() ? 1 : static_cast<double>(offset_) / static_cast<double>(memory_.size());
    }

    /// The next bytes without taking them; fewer than asked for only at the end. Valid until the next call.
    [[nodiscard]] std::string_view peek(std::size_t bytes) {
        if (in_memory()) return memory_.substr(offset_ - before_, bytes);
        fill(bytes);
        return std::string_view(buffer_.data() + start_, (std::min)(bytes, end_ - start_));
    }

    /// The next line with its '\n', without taking it; the last line may lack one. Throws format_error beyond
    /// longest_line bytes.
    [[nodiscard]] std::string_view peek_line(std::size_t from = 0) {
        for (std::size_t look = from + 4096;; look *= 2) {
            const auto head = peek(look);
            const auto end = head.find('\n', from);
            if (end != std::string_view::npos) return head.substr(from, end + 1 - from);
            if (head.size() < look) return head.substr((std::min)(from, head.size()));
            if (look > from + longest_line) fail_long_line();
        }
    }

    /// Takes bytes that were peeked.
    void skip(std::size_t bytes) {
        offset_ += bytes;
        if (streamed()) start_ += bytes;
    }

    /// Takes bytes into [to, to + size); fewer only at the end.
    std::size_t read(char* to, std::size_t size) {
        std::size_t got = 0;
        if (in_memory()) {
            got = (std::min)(size, left());
            if (got > 0) std::memcpy(to, memory_.data() + (offset_ - before_), got);
        } else {
            got = (std::min)(size, end_ - start_);
            if (got > 0) std::memcpy(to, buffer_.data() + start_, got);
            start_ += got;
#ifdef GRAFT_WITH_ZLIB
            if (got < size) got += stream_->read(to + got, size - got);
#endif
        }
        offset_ += got;
        return got;
    }

    /// Inflates all that is left, so that it lies in memory in one piece.
    void load() {
#ifdef GRAFT_WITH_ZLIB
        if (!stream_) return;
        std::vector<char> all(buffer_.begin() + static_cast<std::ptrdiff_t>(start_),
                              buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
        std::size_t used = all.size();
        for (;;) { // grows with what is there
            all.resize((std::max)(std::size_t{1} << 16U, used + used / 2));
            const auto got = stream_->read(all.data() + used, all.size() - used);
            if (got == 0) break;
            used += got;
        }
        buffer_ = std::move(all);
        memory_ = {buffer_.data(), used};
        before_ = offset_;
        stream_.reset();
#endif
    }

    /// Bytes of content that are left; in memory only.
    [[nodiscard]] std::size_t left() const noexcept { return memory_.size() - (offset_ - before_); }

    /// Puts bytes back in front of what is left (streams only).
    void unread(std::string_view bytes) {
        offset_ -= bytes.size();
        if (in_memory()) return;
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
        end_ -= start_;
        start_ = 0;
        buffer_.insert(buffer_.begin(), bytes.begin(), bytes.end());
        end_ += bytes.size();
    }

    /// More than any row of text needs, and far less than a zip bomb gives.
    static constexpr std::size_t longest_line = std::size_t{1} << 26U;
    [[noreturn]] void fail_long_line() const {
        throw format_error(name_ + ": byte " + std::to_string(offset_) +
                           ": no line ends within 64 MiB; this is not a text file of vectors");
    }

private:
#ifdef GRAFT_WITH_ZLIB
    [[nodiscard]] bool streamed() const noexcept { return stream_ != nullptr; }
#else
    [[nodiscard]] bool streamed() const noexcept { return false; }
#endif

    void fill(std::size_t bytes) {
#ifdef GRAFT_WITH_ZLIB
        if (end_ - start_ >= bytes) return;
        if (start_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
            end_ -= start_;
            start_ = 0;
        }
        while (end_ < bytes) { // grows with what is there, not with what a file claims
            if (end_ == buffer_.size())
                buffer_.resize((std::max)(std::size_t{1} << 16U, (std::min)(bytes, 2 * buffer_.size())));
            const auto got = stream_->read(buffer_.data() + end_, buffer_.size() - end_);
            if (got == 0) return;
            end_ += got;
        }
#else
        static_cast<void>(bytes);
#endif
    }

    std::string name_;
    std::string_view memory_;
    std::size_t file_bytes_ = 0;
#ifdef GRAFT_WITH_ZLIB
    std::unique_ptr<gzip_stream> stream_;
#endif
    std::size_t offset_ = 0;
    std::size_t before_ = 0;   // content that was taken before what is in memory
    std::vector<char> buffer_; // of a stream: [start_, end_) is inflated and not yet taken
    std::size_t start_ = 0;
    std::size_t end_ = 0;
};

} // namespace graft::detail
