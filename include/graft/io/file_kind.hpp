#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <graft/core/detail/utf8.hpp>

namespace graft::inline v0_1::detail {

/// Whether bytes occur that text does not have. Where more follows, the last character may be cut.
[[nodiscard]] inline bool looks_binary(std::string_view bytes, bool more_follows = true) noexcept {
    while (!bytes.empty()) {
        const auto step = utf8_front(bytes);
        const auto byte = static_cast<unsigned char>(bytes[0]);
        if (!step.valid && (!more_follows || bytes.size() >= 4)) return true;
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return true;
        bytes.remove_prefix(step.bytes);
    }
    return false;
}

/// What a reader looks for in a file.
enum class wanted_content { vectors, table };

/// What a file that holds neither vectors nor a table of text is, and what to do with it; empty for all others.
/// One list for all readers. head: the first bytes, after any gzip; 512 or more where the file has them.
[[nodiscard]] inline std::string wrong_file(std::string_view head, wanted_content wanted) {
    using namespace std::string_view_literals;
    struct known {
        std::string_view magic;
        std::string_view what;
        std::string_view for_vectors = {}; // what to do
        std::string_view for_tables = {};
        std::size_t offset = 0;
    };
    constexpr auto pickled = "this is a Python pickle"sv;
    constexpr auto from_gensim =
        "gensim's own files are pickles: load it with gensim and call save_word2vec_format"sv;
    constexpr auto from_pandas =
        "load it with pandas.read_pickle and write it with to_csv(..., index=False)"sv;
    constexpr auto as_npy = "export the vectors as npy or text"sv;
    constexpr auto as_csv = "export the table as CSV"sv;
    constexpr auto to_utf8 = "convert it with `iconv -f UTF-16 -t UTF-8`"sv;
    static constexpr known files[] = {
        {"\x1f\x8b"sv, "this is a gzip file inside a gzip file", "gunzip it once", "gunzip it once"},
        {"\x28\xb5\x2f\xfd"sv, "this is a zstd file", "unpack it with `zstd -d` first",
         "unpack it with `zstd -d` first"},
        {"BZh"sv, "this is a bzip2 file", "unpack it with `bunzip2` first", "unpack it with `bunzip2` first"},
        {"\xfd"
         "7zXZ"sv,
         "this is an xz file", "unpack it with `unxz` first", "unpack it with `unxz` first"},
        {"\x04\x22\x4d\x18"sv, "this is an lz4 file", "unpack it with `lz4 -d` first",
         "unpack it with `lz4 -d` first"},
        {"\x1f\x9d"sv, "this is a file of compress (.Z)", "unpack it with `gunzip` first",
         "unpack it with `gunzip` first"},
        {"7z\xbc\xaf\x27\x1c"sv, "this is a 7z archive", "unpack it with `7z x` first",
         "unpack it with `7z x` first"},
        {"Rar!\x1a\x07"sv, "this is a rar archive", "unpack it with `unrar x` first",
         "unpack it with `unrar x` first"},
        {"ustar"sv, "this is a tar archive (ustar at byte 257)",
         "unpack it with `tar xf` and give the path of the vector file in it",
         "unpack it with `tar xf` and give the path of the table in it", 257},
        {"\x80\x02"sv, pickled, from_gensim, from_pandas},
        {"\x80\x03"sv, pickled, from_gensim, from_pandas},
        {"\x80\x04"sv, pickled, from_gensim, from_pandas},
        {"\x80\x05"sv, pickled, from_gensim, from_pandas},
        {"FiFu"sv, "this is a finalfusion file", "convert it with `finalfusion convert -t textdims`", as_csv},
        {"\x89HDF"sv, "this is an HDF5 file", as_npy, as_csv},
        {"CDF\x01"sv, "this is a NetCDF file", as_npy, as_csv},
        {"PAR1"sv, "this is a Parquet file", as_npy,
         "export it as CSV (pandas.read_parquet(FILE).to_csv(..., index=False))"},
        {"ARROW1"sv, "this is an Arrow (Feather) file", as_npy,
         "export it as CSV (pandas.read_feather(FILE).to_csv(..., index=False))"},
        {"FEA1"sv, "this is a Feather file", as_npy, as_csv},
        {"ORC"sv, "this is an ORC file", as_npy, as_csv},
        {"Obj\x01"sv, "this is an Avro file", as_npy, as_csv},
        {"SQLite format 3\0"sv, "this is an SQLite database", as_npy,
         "export the table as CSV (`sqlite3 -header -csv FILE 'select * from TABLE'`)"},
        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "this is an old Excel or Office file (.xls)", as_npy,
         "save it as CSV"},
        {"RDX2\n"sv, "this is a file of R (RData)", as_npy, "write it with write.csv in R"},
        {"RDX3\n"sv, "this is a file of R (RData)", as_npy, "write it with write.csv in R"},
        {"MATLAB 5.0 MAT-file"sv, "this is a MATLAB file", as_npy, "write it with writetable in MATLAB"},
        {"%PDF-"sv, "this is a PDF", "find the vectors themselves", "find the table itself"},
        {"{\\rtf"sv, "this is a text of a word processor (RTF)", "save it as plain text",
         "save it as plain text"},
        {"version https://git-lfs"sv, "this is a Git LFS pointer, not the file itself",
         "fetch it with `git lfs pull`", "fetch it with `git lfs pull`"},
        {"\xff\xfe"sv, "this is text in UTF-16", to_utf8, to_utf8},
        {"\xfe\xff"sv, "this is text in UTF-16", to_utf8, to_utf8},
    };
    const bool vectors = wanted == wanted_content::vectors;
    const auto say = [](std::string_view what, std::string_view advice) {
        return std::string(what) + "; " + std::string(advice);
    };
    if (head.starts_with("PK\x03\x04"sv)) {
        if (head.find("xl/"sv) != std::string_view::npos ||
            head.find("[Content_Types].xml"sv) != std::string_view::npos)
            return say("this is an Excel file (xlsx)",
                       vectors ? "export the vectors as text" : "save it as CSV");
        return vectors ? say("this is a zip file (or a PyTorch file, which is one too)",
                             "unzip it and give the path of the vector file in it")
                       : say("this is a zip archive", "unzip it and give the path of the table in it");
    }
    for (const auto& file : files) {
        if (head.size() < file.offset || !head.substr(file.offset).starts_with(file.magic)) continue;
        // Text may begin with a few letters, too.
        if (file.magic.size() < 5 && !looks_binary(file.magic) && head != file.magic && !looks_binary(head) &&
            head.find("1AY") != 4)
            continue;
        return say(file.what, vectors ? file.for_vectors : file.for_tables);
    }

    const auto first = (std::min)(head.find_first_not_of(" \t\r\n"), head.size());
    std::string start(head.substr(first, 14));
    for (char& letter : start)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    if (start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml") ||
        (!vectors && start.starts_with("<")))
        return say(vectors
                       ? "this is a web page, not vectors (a download that asked for a login or failed)"
                       : "this is a web page (HTML) or XML, not a table (a download that asked for a login "
                         "or failed)",
                   "fetch the file again");
    if (vectors) return {};

    if (head.starts_with("\x93NUMPY"sv))
        return say("this is an npy file of numpy", "write the table as text (numpy.savetxt)");
    if (start.starts_with("@relation") || start.starts_with("@attribute"))
        return say("this is an ARFF file", "delete the lines up to @data, and what is left is CSV");
    if (start.starts_with("create table") || start.starts_with("insert into") ||
        start.starts_with("drop table") || start.starts_with("-- mysql dump"))
        return say("this is a dump of SQL", "load it into the database and export the table as CSV");
    if (start.starts_with("["))
        if (const auto inside = start.find_first_not_of(" \t\r\n", 1);
            inside != std::string::npos &&
            std::string_view("{[]").find(start[inside]) != std::string_view::npos)
            return say("this is an array of JSON", "write one object a line (`jq -c '.[]' FILE`)");
    if (head.size() >= 4 && ((head[1] == '\0' && head[3] == '\0' && head[0] != '\0' && head[2] != '\0') ||
                             (head[0] == '\0' && head[2] == '\0' && head[1] != '\0' && head[3] != '\0')))
        return say("this is text in UTF-16 without its mark",
                   "convert it with `iconv -f UTF-16LE -t UTF-8` or UTF-16BE");
    if (head.find('\n') == std::string_view::npos) {
        const auto cr = head.find('\r');
        if (cr != std::string_view::npos && head.find_first_not_of(" \t\r", cr) != std::string_view::npos)
            return say("lines end in a carriage return alone here, as on old Macs",
                       "convert them with `tr '\\r' '\\n'`");
    }
    return {};
}

} // namespace graft::inline v0_1::detail
