#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/io/json_reader.hpp>

using graft::detail::json_reader;

namespace {

/// The message of what reading a text throws, where the text starts at byte 100 of "f".
template <class Read>
std::string failure(std::string_view text, const Read& read) {
    json_reader json(text, "f", 100);
    try {
        read(json);
        json.end();
    } catch (const graft::format_error& error) { return error.what(); }
    return "nothing was thrown";
}

void skip(json_reader& json) { json.skip(); }

} // namespace

TEST_CASE("an object's values are read or skipped in the order in which they are written") {
    json_reader json(R"( {"shape" : [2, 18446744073709551615],"none":[],"type":"F32",
        "other":{"a":[1,-2.5e3,{"b":null}],"c":true,"d":"]}"}, "empty":{}} )",
                     "f", 0);
    std::vector<std::string> keys;
    std::vector<std::uint64_t> shape;
    std::string type;
    json.object([&](const std::string& key) {
        keys.push_back(key);
        if (key == "shape")
            shape = json.counts();
        else if (key == "none")
            CHECK(json.counts().empty());
        else if (key == "type")
            type = json.string();
        else
            json.skip();
    });
    json.end();
    CHECK(keys == std::vector<std::string>{"shape", "none", "type", "other", "empty"});
    CHECK(shape == std::vector<std::uint64_t>{2, 18446744073709551615U});
    CHECK(type == "F32");
}

TEST_CASE("escapes in strings become UTF-8") {
    const auto read = [](std::string_view text) { return json_reader(text, "f", 0).string(); };
    CHECK(read(R"("a\n\t\r\b\f\"\\\/z")") == "a\n\t\r\b\f\"\\/z");
    CHECK(read(R"("\u0041\u00e9\u20AC\ud83d\ude00")") == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(read("\"caf\xc3\xa9\"") == "caf\xc3\xa9");
}

TEST_CASE("what is no JSON is refused where it is") {
    CHECK(failure("[1] x", skip) == "f: byte 104: something follows the header's JSON");
    CHECK(failure(R"({"a":1)", skip) ==
          "f: byte 106: '}' is expected in the header's JSON; the file is damaged");
    CHECK(failure(R"({"a" 1})", skip) ==
          "f: byte 105: ':' is expected in the header's JSON; the file is damaged");
    CHECK(failure("[,]", skip) == "f: byte 101: a value is expected in the header's JSON");
    CHECK(failure("[1,", skip) == "f: byte 103: the header's JSON is cut off");
    CHECK(failure("\"abc", skip) == "f: byte 104: a string in the header's JSON does not end");
    CHECK(failure("\"abc\\", skip) == "f: byte 105: a string in the header's JSON does not end");
    CHECK(failure(R"("\u12g4")", skip) ==
          "f: byte 103: \\u needs four hexadecimal digits in the header's JSON");
    CHECK(failure(R"("\ud83d\u0041")", skip) == "f: byte 113: half a UTF-16 pair in the header's JSON");
    const auto counts = [](json_reader& json) { static_cast<void>(json.counts()); };
    for (const auto* text : {"[-1]", "[a]", "[18446744073709551616]"})
        CHECK(failure(text, counts) == "f: byte 101: a whole number is expected in the header's JSON");
}

TEST_CASE("lists may lie 64 deep, and deeper ones do not use up the stack") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(failure(nested(64), skip) == "nothing was thrown");
    CHECK(failure(nested(1'000'000), skip).find("the header's JSON is nested too deeply") !=
          std::string::npos);
}

TEST_CASE("a name that comes twice and a list without end are refused") {
    CHECK(failure(R"({"a":1,"b":{"a":2},"a":3})", skip) ==
          "f: byte 123: the name 'a' comes twice in the header's JSON; the file is damaged");
    CHECK(failure(R"([{"x":1,"\u0078":2}])", skip).find("the name 'x' comes twice") != std::string::npos);
    const auto counts = [](json_reader& json) { static_cast<void>(json.counts()); };
    std::string list = "[0";
    for (int i = 1; i < 64; ++i) list += ",0";
    CHECK(failure(list + "]", counts) == "nothing was thrown");
    CHECK(failure(list + ",0]", counts) ==
          "f: byte 230: a list in the header's JSON has more than 64 numbers");
}
