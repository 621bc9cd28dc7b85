#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/io/file_kind.hpp>

using namespace std::string_view_literals;
using graft::detail::looks_binary;
using graft::detail::wanted_content;
using graft::detail::wrong_file;

TEST_CASE("files that hold no vectors are told by their first bytes") {
    const auto is = [](std::string_view head, std::string_view what) {
        CHECK(wrong_file(head, wanted_content::vectors).find(what) != std::string::npos);
    };
    is("\x1f\x8b..", "gzip file inside a gzip file");
    is("\xfe\xff\0a"sv, "UTF-16");
    for (const auto protocol : {"\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"})
        is(protocol, "save_word2vec_format");
    for (const auto page : {"<!doctype html>", "\r\n\t <!DOCTYPE", "<HTML>", "<?xml version"})
        is(page, "web page");
    is("PK\x03\x04", "PyTorch");
    is(std::string("w.txt").append(252, '\0').append("ustar"), "tar archive (ustar at byte 257)");
    for (const auto vectors : {"", "  ", "the 0.1 0.2\n", "<unk> 0.1\n", "< 1\n", "\x80\x06", "P 1\n",
                               "ORC 0.1\n", "[ 0.1\n", "@relation 0.2\n"})
        CHECK(wrong_file(vectors, wanted_content::vectors).empty());
}

TEST_CASE("files that hold no table are told by their first bytes, with what to do") {
    const auto is = [](std::string_view head, std::string_view what) {
        const auto said = wrong_file(head, wanted_content::table);
        CAPTURE(said);
        CHECK(said.find(what) != std::string::npos);
        CHECK(said.find("; ") != std::string::npos);
    };
    is("BZh91AY&SY", "bunzip2");
    is("\xfd"
       "7zXZ",
       "unxz");
    is("\x28\xb5\x2f\xfd", "zstd -d");
    is("7z\xbc\xaf\x27\x1c", "7z x");
    is("PK\x03\x04...[Content_Types].xml", "xlsx");
    is("PK\x03\x04...", "unzip");
    is("PAR1\x15\x04", "read_parquet");
    is("SQLite format 3\0"sv, "sqlite3 -header -csv");
    is("\x80\x04\x95", "to_csv");
    is("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
    is(std::string("r.csv").append(252, '\0').append("ustar"), "tar archive");
    is("@RELATION movies\n", "ARFF");
    is(" [\n {\"user\": 1}", "jq -c");
    is("[[1,2", "jq -c");
    is("<!DOCTYPE html>", "web page");
    is("\xff\xfe", "UTF-16");
    is("u\0s\0e\0r\0"sv, "UTF-16 without its mark");
    is("user,item\r1,2\r3,4\r", "tr '\\r' '\\n'");
    is("INSERT INTO `ratings` VALUES", "SQL");
    is("\x93NUMPY", "savetxt");
    is("%PDF-1.4", "PDF");
    is("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as CSV");
    is("\x89HDF\r\n", "HDF5");
    for (const auto table : {"", "user,item\n", "PAR1,2\n", "ORC,1\n", "BZh,3\n", "[a],1\n", "%%MatrixMarket",
                             "{\"a\":1}\n", "user,item\r\n", "a,b\r"})
        CHECK(wrong_file(table, wanted_content::table).empty());
}

TEST_CASE("bytes that text does not have make a file binary, a character that is cut at the end does not") {
    CHECK_FALSE(looks_binary(""));
    CHECK_FALSE(looks_binary("a\tb\r\n\xc3\xa9\xe6\x9d\xb1"));
    CHECK_FALSE(looks_binary("abc\xe6\x9d"));
    CHECK(looks_binary("\xe6\x9d"
                       "abc"));
    CHECK(looks_binary("a\0b"sv));
    CHECK(looks_binary("a\x1b"));
    CHECK(looks_binary("\xff...."));
}

TEST_CASE("at the end of a file no character is cut") {
    using graft::detail::looks_binary;
    CHECK_FALSE(looks_binary("ab\xc3", true));
    CHECK(looks_binary("ab\xc3", false));
    CHECK_FALSE(looks_binary("ab\xc3\xb6", false));
}
