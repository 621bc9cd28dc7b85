#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/safetensors.hpp>

using namespace std::string_literals;

namespace {

graft::detail::safetensors_header parsed(const std::string& json) {
    return graft::detail::parse_safetensors_header(json, "f");
}

std::string tensor(const std::string& name, const std::string& type, const std::string& shape,
                   const std::string& offsets) {
    return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":[)" + shape + R"(],"data_offsets":[)" +
           offsets + "]}";
}

} // namespace

TEST_CASE("a safetensors header is read as it was written") {
    graft::detail::safetensors_header header;
    header.metadata = {{"format", "graft"}, {"version", "1"}};
    header.tensors = {{"ids", "I64", {3}, 0, 0},
                      {"a.weight", "F32", {2, 3}, 0, 0},
                      {"none", "U8", {0}, 0, 0},
                      {"one", "F64", {}, 0, 0}};
    const auto bytes = graft::detail::write_safetensors_header(header);
    CHECK(bytes.size() % 8 == 0);
    CHECK(header.data_bytes == 24 + 24 + 0 + 8);
    graft::detail::byte_source source(bytes, "f");
    const auto again = graft::detail::take_safetensors_header(source);
    CHECK(source.offset() == bytes.size());
    CHECK(again.metadata == header.metadata);
    CHECK(again.data_bytes == header.data_bytes);
    REQUIRE(again.tensors.size() == header.tensors.size());
    for (std::size_t i = 0; i < again.tensors.size(); ++i) {
        CHECK(again.tensors[i].name == header.tensors[i].name);
        CHECK(again.tensors[i].type == header.tensors[i].type);
        CHECK(again.tensors[i].shape == header.tensors[i].shape);
        CHECK(again.tensors[i].begin == header.tensors[i].begin);
        CHECK(again.tensors[i].end == header.tensors[i].end);
    }
    CHECK(again.find("a.weight")->begin == 24);
    CHECK(again.find("b.weight") == nullptr);
    CHECK(*again.note("version") == "1");
    CHECK(again.note("scorer") == nullptr);
}

TEST_CASE("tensors lie side by side in any order, without holes and overlaps") {
    const auto a = tensor("a", "F32", "2", "8,16");
    const auto b = tensor("b", "I64", "1", "0,8");
    CHECK(parsed("{" + a + "," + b + "}").data_bytes == 16);
    CHECK(parsed("{" + a + "," + b + "," + tensor("c", "U8", "0", "8,8") + "}").tensors.size() == 3);
    CHECK(parsed("{}").data_bytes == 0);
    const auto refused = [](const std::string& json, const std::string& what) {
        std::string said;
        try {
            static_cast<void>(parsed(json));
        } catch (const graft::format_error& error) { said = error.what(); }
        CAPTURE(said);
        CHECK(said.find(what) != std::string::npos);
    };
    refused("{" + a + "}", "the tensor 'a' begins at byte 8 of the data, where those before it end at 0");
    refused("{" + b + "," + tensor("c", "U8", "9", "7,16") + "}", "'c' begins at byte 7");
    refused("{" + b + "," + tensor("c", "I64", "1", "0,8") + "}", "begins at byte 0");
    refused("{" + tensor("a", "F32", "2,2", "0,8") + "}", "the tensor 'a' of 2 x 2 numbers takes 8 bytes");
    refused("{" + tensor("a", "F32", "4294967296,4294967296", "0,0") + "}", "the file is damaged");
    refused("{" + tensor("a", "F32", "2", "8,0") + "}", "lacks dtype or data_offsets");
    refused("{" + tensor("a", "F32", "2", "0") + "}", "lacks dtype or data_offsets");
    refused(R"({"__metadata__":{"format":1}})", "is expected");
    CHECK(parsed("{" + tensor("a", "F4", "3", "0,2") + "}").data_bytes ==
          2); // types that graft does not know
    CHECK(parsed("{" + tensor("a", "F32", "0,18446744073709551615", "0,0") + "}").data_bytes == 0);
}
