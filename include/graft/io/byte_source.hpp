#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/error.hpp>
#include <graft/io/byte_stream.hpp>
#include <graft/io/gzip_stream.hpp>
#include <graft/io/mapped_file.hpp>

namespace graft::inline v0_1::detail {

/// The content of a file from front to back: all in memory, or piece by piece from a pipe or gzip.
class byte_source {
public:
    /// Gzipped bytes are recognised. Throws format_error where they are and this build has no zlib.
    byte_source(std::string_view bytes, std::string name)
        : name_(std::move(name)), memory_(bytes), file_bytes_(bytes.size()) {
        if (is_gzip(bytes)) inflate(bytes);
    }
    /// A stream that may be gzipped.
    byte_source(std::unique_ptr<byte_stream> stream, std::string name)
        : name_(std::move(name)), file_bytes_((std::numeric_limits<std::size_t>::max)()),
          stream_(std::move(stream)) {
        start_stream();
    }
    /// The file of that path, open as long as this. Throws as mapped_file.
    explicit byte_source(const std::filesystem::path& path)
        : name_(path.string()), file_(std::make_unique<mapped_file>(path, mapped_file::pipes::leave)),
          memory_(file_->bytes()), file_bytes_(memory_.size()), stream_(file_->take_pipe()) {
        if (stream_) {
            file_bytes_ = (std::numeric_limits<std::size_t>::max)();
            start_stream();
        } else if (is_gzip(memory_)) {
            inflate(memory_);
        }
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// The size of the file as it lies on the disk; the largest number for a pipe.
    [[nodiscard]] std::size_t file_bytes() const noexcept { return file_bytes_; }
    /// Where the next byte lies in the content.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
    /// Whether all content is in memory, so that peek costs nothing.
    [[nodiscard]] bool in_memory() const noexcept { return stream_ == nullptr; }
    /// The part of the file that is read, in [0, 1]; near enough to plan with.
    [[nodiscard]] double progress() const noexcept {
        if (stream_) return stream_->progress();
        return memory_.size() == begin_
                   ? 1
                   : static_cast<double>(offset_ - begin_) / static_cast<double>(memory_.size() - begin_);
    }
    /// Bytes of content that are left; of a stream, no more than these, so that a header which promises more
    /// is wrong.
    [[nodiscard]] std::size_t most_left() const noexcept {
        if (!stream_) return memory_.size() - offset_;
        const auto more = stream_->most_left();
        return (std::max)(more, more + (end_ - start_)); // the largest number stays so
    }
    /// Gives back the memory of a mapped file's content up to an offset, which will not be looked at again. One thread
    /// at a time.
    void forget(std::size_t end) noexcept {
        if (file_ && in_memory()) file_->forget(end);
    }
    /// Leaves only the bytes [begin, end) of a content that is in memory; the next one is at `begin`.
    void narrow(std::size_t begin, std::size_t end) noexcept {
        memory_ = memory_.substr(0, end);
        offset_ = begin_ = begin;
    }
    /// Throws io_error where the file was written to since it was opened.
    void check_unchanged() const {
        if (file_) file_->check_unchanged();
    }

    /// The next bytes without taking them; fewer than asked for only at the end. Valid until the next call.
    [[nodiscard]] std::string_view peek(std::size_t bytes) {
        if (in_memory()) return memory_.substr(offset_, bytes);
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
            if (look >= from + longest_line) fail_long_line();
        }
    }

    /// Takes bytes that were peeked.
    void skip(std::size_t bytes) {
        offset_ += bytes;
        if (!in_memory()) start_ += bytes;
    }

    /// Takes bytes unseen, and gives how many there were.
    std::uint64_t skip_all(std::uint64_t bytes) {
        auto left = bytes;
        while (left > 0) {
            const auto step =
                peek(static_cast<std::size_t>((std::min)(left, std::uint64_t{1} << 16U))).size();
            if (step == 0) break;
            skip(step);
            left -= step;
        }
        return bytes - left;
    }

    /// Takes bytes into [to, to + size); fewer only at the end.
    std::size_t read(char* to, std::size_t size) {
        std::size_t got = 0;
        if (in_memory()) {
            got = (std::min)(size, most_left());
            if (got > 0) std::memcpy(to, memory_.data() + offset_, got);
        } else {
            got = (std::min)(size, end_ - start_);
            if (got > 0) std::memcpy(to, buffer_.data() + start_, got);
            start_ += got;
            if (got < size) got += stream_->read(to + got, size - got);
        }
        offset_ += got;
        return got;
    }

    /// Takes bytes to the end of what is there, and gives how many; memory grows with what comes, not with
    /// what is asked for.
    std::size_t append(std::vector<char>& to, std::size_t bytes) {
        const auto before = to.size();
        std::size_t got = 0;
        while (got < bytes) {
            const auto step = (std::min)(bytes - got, (std::max)(std::size_t{1} << 16U, got / 2));
            to.resize(before + got + step);
            const auto more = read(to.data() + before + got, step);
            got += more;
            if (more < step) break;
        }
        to.resize(before + got);
        return got;
    }

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

    /// More than any row of text needs (2^24 numbers of one digit), and far less than a zip bomb gives.
    static constexpr std::size_t longest_line = std::size_t{1} << 25U;
    [[noreturn]] void fail_long_line() const {
        throw format_error(name_ + ": byte " + std::to_string(offset_) +
                           ": no line ends within 32 MiB; this is no text file of rows");
    }

private:
    void inflate(std::string_view bytes) {
#ifdef GRAFT_WITH_ZLIB
        stream_ = std::make_unique<gzip_stream>(bytes, name_);
        memory_ = {};
#else
        static_cast<void>(bytes);
        fail_gzip();
#endif
    }

    /// Looks at the first bytes of a stream, which gzip_stream has to have too.
    void start_stream() {
        std::string first(2, '\0');
        first.resize(stream_->read(first.data(), first.size()));
        if (!is_gzip(first)) {
            buffer_.assign(first.begin(), first.end());
            end_ = first.size();
            return;
        }
#ifdef GRAFT_WITH_ZLIB
        stream_ = std::make_unique<gzip_stream>(std::move(first), std::move(stream_), name_);
#else
        fail_gzip();
#endif
    }

#ifndef GRAFT_WITH_ZLIB
    [[noreturn]] void fail_gzip() const {
        throw format_error(name_ +
                           ": byte 0: this file is gzipped and graft was built without zlib; "
                           "define GRAFT_WITH_ZLIB and link zlib (CMake does so where it finds zlib), "
                           "or gunzip the file");
    }
#endif

    void fill(std::size_t bytes) {
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
    }

    std::string name_;
    std::unique_ptr<mapped_file> file_;
    std::string_view memory_;
    std::size_t file_bytes_ = 0;
    std::unique_ptr<byte_stream> stream_;
    std::size_t offset_ = 0;
    std::size_t begin_ = 0;    // of the part that is read
    std::vector<char> buffer_; // of a stream: [start_, end_) has come and is not yet taken
    std::size_t start_ = 0;
    std::size_t end_ = 0;
};

} // namespace graft::inline v0_1::detail
