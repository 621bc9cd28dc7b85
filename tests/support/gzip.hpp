#pragma once

#ifdef GRAFT_WITH_ZLIB
#include <string>
#include <string_view>

#include <zlib.h>

namespace test {

/// One member of gzip.
inline std::string gzipped(std::string_view content, int level = Z_DEFAULT_COMPRESSION) {
    z_stream zlib{};
    deflateInit2(&zlib, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&zlib, static_cast<uLong>(content.size())) + 64, '\0');
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    zlib.avail_in = static_cast<uInt>(content.size());
    zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
    zlib.avail_out = static_cast<uInt>(packed.size());
    deflate(&zlib, Z_FINISH);
    packed.resize(zlib.total_out);
    deflateEnd(&zlib);
    return packed;
}

} // namespace test
#endif
