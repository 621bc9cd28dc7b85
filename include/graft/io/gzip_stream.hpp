#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#ifdef GRAFT_WITH_ZLIB
#include <zlib.h>
#endif

#include <graft/core/error.hpp>

namespace graft::detail {

[[nodiscard]] inline bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

#ifdef GRAFT_WITH_ZLIB

/// Inflates gzipped bytes from memory, one member after another, and checks the sum and length of each.
class gzip_stream {
public:
    gzip_stream(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
        if (inflateInit2(&zlib_, 15 + 16) != Z_OK) throw error(name_ + ": zlib cannot be started");
    }
    gzip_stream(const gzip_stream&) = delete;
    gzip_stream& operator=(const gzip_stream&) = delete;
    ~gzip_stream() { inflateEnd(&zlib_); }

    /// Fills [to, to + size) as far as there is content; fewer only at the end. Throws format_error.
    std::size_t read(char* to, std::size_t size) {
        std::size_t got = 0;
        while (got < size && !ended_) {
            const auto most = std::size_t{(std::numeric_limits<uInt>::max)()};
            const auto in = (std::min)(bytes_.size() - used_, most);
            const auto out = (std::min)(size - got, most);
            zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + used_));
            zlib_.avail_in = static_cast<uInt>(in);
            zlib_.next_out = reinterpret_cast<Bytef*>(to + got);
            zlib_.avail_out = static_cast<uInt>(out);
            const int state = ::inflate(&zlib_, Z_NO_FLUSH);
            used_ += in - zlib_.avail_in;
            got += out - zlib_.avail_out;
            if (state == Z_STREAM_END) {
                next_member();
            } else if (state == Z_BUF_ERROR ||
                       (state == Z_OK && used_ == bytes_.size() && zlib_.avail_out > 0)) {
                fail("the gzip data ends before its checksum; the file is cut off, so fetch it again");
            } else if (state != Z_OK) {
                fail(std::string("the gzip data is damaged (") + (zlib_.msg != nullptr ? zlib_.msg : "zlib") +
                     "); fetch the file again");
            }
        }
        return got;
    }

    /// The part of the compressed bytes that is used, in [0, 1].
    [[nodiscard]] double progress() const noexcept {
        return static_cast<double>(used_) / static_cast<double>(bytes_.size());
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(name_ + ": byte " + std::to_string(used_) + ": " + what);
    }

    /// After a member comes another, or zeros up to the end (as tar and tapes leave them).
    void next_member() {
        const auto rest = bytes_.substr(used_);
        if (is_gzip(rest)) {
            inflateReset(&zlib_);
        } else if (rest.find_first_not_of('\0') == std::string_view::npos) {
            ended_ = true;
        } else {
            fail("what follows the gzip data is not gzip; cut it off or fetch the file again");
        }
    }

    std::string_view bytes_;
    std::string name_;
    std::size_t used_ = 0;
    bool ended_ = false;
    z_stream zlib_{};
};

#endif

} // namespace graft::detail
