#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/io/gzip_stream.hpp>

#include <support/files.hpp>

TEST_CASE("gzip is known by its first two bytes") {
    CHECK(graft::detail::is_gzip("\x1f\x8b\x08"));
    CHECK_FALSE(graft::detail::is_gzip("\x1f"));
    CHECK_FALSE(graft::detail::is_gzip(""));
}

#ifdef GRAFT_WITH_ZLIB
using test::gzipped;

namespace {

/// All content, taken a piece at a time.
std::string inflated(std::string_view packed, std::size_t piece) {
    graft::detail::gzip_stream stream(packed, "f");
    std::string all;
    std::string part(piece, ' ');
    while (const auto got = stream.read(part.data(), piece)) all.append(part, 0, got);
    CHECK(stream.progress() > 0);
    CHECK(stream.progress() <= 1);
    return all;
}

std::string failure(std::string_view packed) {
    try {
        static_cast<void>(inflated(packed, 1000));
    } catch (const graft::format_error& error) { return error.what(); }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("the content comes back whatever the size of the pieces, also of several members") {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919) + '\n';
    for (const std::size_t piece : {1U, 7U, 4096U, 1U << 20U}) {
        CHECK(inflated(gzipped(text), piece) == text);
        CHECK(inflated(gzipped("a") + gzipped("") + gzipped(text), piece) == "a" + text);
        CHECK(inflated(gzipped(text) + std::string(512, '\0'), piece) == text); // as tapes leave them
    }
    CHECK(inflated(gzipped(""), 10).empty());
}

TEST_CASE("gzip that is damaged, cut off or followed by something else is refused") {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919) + '\n';
    const auto whole = gzipped(text);
    for (const std::size_t missing : {1U, 3U, 8U, 100U}) { // within its checksum, before it, and earlier
        const auto size = whole.size() - missing;
        CHECK(failure(std::string_view(whole).substr(0, size)) ==
              "f: byte " + std::to_string(size) +
                  ": the gzip data ends before its checksum; the file is cut off, so fetch it again");
    }
    auto damaged = whole;
    damaged[damaged.size() - 6] ^= 1; // the checksum
    CHECK(failure(damaged).find("the gzip data is damaged (incorrect data check); fetch the file again") !=
          std::string::npos);
    CHECK(failure(whole + "more") ==
          "f: byte " + std::to_string(whole.size()) +
              ": what follows the gzip data is not gzip; cut it off or fetch the file again");
}
#endif
