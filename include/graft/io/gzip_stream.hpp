#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#ifdef GRAFT_WITH_ZLIB
#include <zlib.h>
#endif

#include <graft/core/error.hpp>
#include <graft/io/byte_stream.hpp>

namespace graft::inline v0_1::detail {

[[nodiscard]] inline bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

#ifdef GRAFT_WITH_ZLIB

/// Inflates gzipped bytes, one member after another, and checks the sum and length of each.
class gzip_stream final : public byte_stream {
public:
    /// From memory.
    gzip_stream(std::string_view bytes, std::string name)
        : bytes_(bytes), total_(bytes.size()), name_(std::move(name)) {
        if (inflateInit2(&zlib_, 15 + 16) != Z_OK) throw error(name_ + ": zlib cannot be started");
    }
    /// From a stream of which the first bytes are taken already.
    gzip_stream(std::string first, std::unique_ptr<byte_stream> rest, std::string name)
        : gzip_stream({}, std::move(name)) {
        piece_ = std::move(first);
        bytes_ = piece_;
        rest_ = std::move(rest);
    }
    ~gzip_stream() override { inflateEnd(&zlib_); }

    std::size_t read(char* to, std::size_t size) override {
        std::size_t got = 0;
        while (got < size && !ended_) {
            more(1);
            const auto most = std::size_t{(std::numeric_limits<uInt>::max)()};
            const auto in = (std::min)(bytes_.size(), most);
            const auto out = (std::min)(size - got, most);
            zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data()));
            zlib_.avail_in = static_cast<uInt>(in);
            zlib_.next_out = reinterpret_cast<Bytef*>(to + got);
            zlib_.avail_out = static_cast<uInt>(out);
            const int state = ::inflate(&zlib_, Z_NO_FLUSH);
            used_ += in - zlib_.avail_in;
            bytes_.remove_prefix(in - zlib_.avail_in);
            got += out - zlib_.avail_out;
            if (state == Z_STREAM_END) {
                next_member();
            } else if (state == Z_BUF_ERROR || (state == Z_OK && zlib_.avail_out > 0 && !more(1))) {
                fail("the gzip data ends before its checksum; the file is cut off, so fetch it again");
            } else if (state != Z_OK) {
                fail(std::string("the gzip data is damaged (") + (zlib_.msg != nullptr ? zlib_.msg : "zlib") +
                     "); fetch the file again");
            }
        }
        return got;
    }

    /// The part of the compressed bytes that is used.
    [[nodiscard]] double progress() const noexcept override {
        return rest_ ? rest_->progress() : static_cast<double>(used_) / static_cast<double>(total_);
    }

    /// A byte inflates to at most 1032 (zlib's "Technical Details"); some may have been used but not given.
    [[nodiscard]] std::size_t most_left() const noexcept override {
        constexpr auto most = (std::numeric_limits<std::size_t>::max)();
        const auto left = bytes_.size() + (std::size_t{1} << 16U);
        return rest_ || left > most / 1032 ? most : 1032 * left;
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(name_ + ": byte " + std::to_string(used_) + ": " + what);
    }

    /// Whether that many compressed bytes are there, after reading some where they have to be.
    bool more(std::size_t count) {
        if (bytes_.size() >= count || !rest_) return bytes_.size() >= count;
        std::string piece(bytes_);
        const auto kept = piece.size();
        piece.resize(std::size_t{1} << 16U);
        piece.resize(kept + rest_->read(piece.data() + kept, piece.size() - kept));
        piece_ = std::move(piece);
        bytes_ = piece_;
        return bytes_.size() >= count;
    }

    /// After a member comes another, or zeros up to the end (as tar and tapes leave them).
    void next_member() {
        more(2);
        if (is_gzip(bytes_)) {
            inflateReset(&zlib_);
            return;
        }
        for (std::size_t zeros = 0; more(1); zeros += bytes_.size(), bytes_ = {})
            if (bytes_.find_first_not_of('\0') != std::string_view::npos || (rest_ && zeros > most_zeros))
                fail("what follows the gzip data is not gzip; cut it off or fetch the file again");
        ended_ = true;
    }

    static constexpr std::size_t most_zeros = std::size_t{1} << 26U; // of a pipe, which may never end

    std::string_view bytes_; // not used yet
    std::size_t total_ = 0;
    std::string name_;
    std::string piece_; // of a stream: what bytes_ lies in
    std::unique_ptr<byte_stream> rest_;
    std::size_t used_ = 0;
    bool ended_ = false;
    z_stream zlib_{};
};

#endif

} // namespace graft::inline v0_1::detail
