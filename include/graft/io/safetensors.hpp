#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/json_reader.hpp>

namespace graft::inline v0_1::detail {

/// A tensor of a safetensors file; the offsets count from the end of the header.
struct safetensor {
    std::string name;
    std::string type; // F32, F64, I64, U8, ..
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// A header of the format (github.com/huggingface/safetensors): eight bytes of length and JSON.
struct safetensors_header {
    std::vector<std::pair<std::string, std::string>> metadata;
    std::vector<safetensor> tensors;
    std::uint64_t data_bytes = 0; // up to the end of the last tensor

    [[nodiscard]] const safetensor* find(std::string_view name) const noexcept {
        for (const auto& tensor : tensors)
            if (tensor.name == name) return &tensor;
        return nullptr;
    }
    /// A value of the metadata, or nullptr.
    [[nodiscard]] const std::string* note(std::string_view key) const noexcept {
        for (const auto& [name, value] : metadata)
            if (name == key) return &value;
        return nullptr;
    }
};

/// The bytes of one number; 0 for types that graft does not know.
[[nodiscard]] inline std::size_t safetensors_type_size(std::string_view type) noexcept {
    for (const std::string_view one : {"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"})
        if (type == one) return 1;
    for (const std::string_view two : {"F16", "BF16", "I16", "U16"})
        if (type == two) return 2;
    for (const std::string_view four : {"F32", "I32", "U32"})
        if (type == four) return 4;
    for (const std::string_view eight : {"F64", "I64", "U64"})
        if (type == eight) return 8;
    return 0;
}

/// The bytes of a tensor; nothing where they overflow.
[[nodiscard]] inline std::optional<std::uint64_t>
safetensor_bytes(std::uint64_t type_size, const std::vector<std::uint64_t>& shape) noexcept {
    if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return 0;
    std::uint64_t bytes = type_size;
    for (const auto count : shape) {
        if (bytes > (std::numeric_limits<std::uint64_t>::max)() / count) return std::nullopt;
        bytes *= count;
    }
    return bytes;
}

/// 2 x 3
[[nodiscard]] inline std::string shape_text(const std::vector<std::uint64_t>& shape) {
    std::string text;
    for (const auto count : shape) text += message(text.empty() ? "" : " x ", count);
    return text;
}

/// Throws format_error for JSON that is not a safetensors header, and for tensors whose sizes are not those
/// of their bytes or which overlap or leave holes.
[[nodiscard]] inline safetensors_header parse_safetensors_header(std::string_view header,
                                                                 const std::string& file) {
    json_reader json(header, file, 8);
    safetensors_header result;
    json.object([&](const std::string& name) {
        if (name == "__metadata__") {
            json.object([&](const std::string& key) { result.metadata.emplace_back(key, json.string()); });
            return;
        }
        safetensor found{name, {}, {}, 0, 0};
        std::vector<std::uint64_t> offsets;
        json.object([&](const std::string& key) {
            if (key == "dtype")
                found.type = json.string();
            else if (key == "shape")
                found.shape = json.counts();
            else if (key == "data_offsets")
                offsets = json.counts();
            else
                json.skip();
        });
        if (offsets.size() != 2 || offsets[0] > offsets[1] || found.type.empty())
            json.fail(message("the tensor ", quote(name), " lacks dtype or data_offsets"));
        found.begin = offsets[0];
        found.end = offsets[1];
        const auto size = safetensors_type_size(found.type);
        if (size > 0 && safetensor_bytes(size, found.shape) != found.end - found.begin)
            json.fail(message("the tensor ", quote(name), " of ", shape_text(found.shape), " numbers takes ",
                              found.end - found.begin, " bytes by its data_offsets; the file is damaged"));
        result.tensors.push_back(std::move(found));
    });
    json.end();
    std::vector<const safetensor*> placed;
    for (const auto& tensor : result.tensors) placed.push_back(&tensor);
    std::sort(placed.begin(), placed.end(), [](const auto* a, const auto* b) {
        return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
    });
    for (const auto* tensor : placed) {
        if (tensor->begin != result.data_bytes)
            json.fail(message("the tensor ", quote(tensor->name), " begins at byte ", tensor->begin,
                              " of the data, where those before it end at ", result.data_bytes,
                              "; the file is damaged"));
        result.data_bytes = tensor->end;
    }
    return result;
}

/// Takes all that comes before the data. Throws format_error.
[[nodiscard]] inline safetensors_header take_safetensors_header(byte_source& source) {
    static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");
    const auto fail = [&](const std::string& what) { fail_at(source.name(), {false, 0}, what); };
    constexpr std::size_t longest = std::size_t{1} << 24U; // the format allows six times as much
    std::uint64_t length = 0;
    const auto start = source.peek(sizeof length);
    if (start.size() == sizeof length) std::memcpy(&length, start.data(), sizeof length);
    if (length == 0) fail("a header of 0 bytes is not possible; fetch the file again");
    if (length > longest)
        fail(message("a header of ", length, " bytes is promised, and graft reads no more than ", longest,
                     "; fetch the file again, or save the matrix alone"));
    const auto size = static_cast<std::size_t>(length);
    const auto head = source.peek(sizeof length + size);
    if (head.size() < sizeof length + size) fail("the file ends within its header; fetch it again");
    auto header = parse_safetensors_header(head.substr(sizeof length), source.name());
    source.skip(sizeof length + size);
    return header;
}

/// The bytes before the data of tensors that lie one after the other, and their places are settled: JSON that
/// ends with spaces up to a multiple of 8. Names and values hold no quotes, backslashes or control characters.
[[nodiscard]] inline std::string write_safetensors_header(safetensors_header& header) {
    static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");
    std::string json = "{";
    if (!header.metadata.empty()) {
        json += R"("__metadata__":{)";
        for (const auto& [key, value] : header.metadata)
            json += message(json.back() == '{' ? "\"" : ",\"", key, R"(":")", value, "\"");
        json += "}";
    }
    header.data_bytes = 0;
    for (auto& tensor : header.tensors) {
        tensor.begin = header.data_bytes;
        tensor.end =
            tensor.begin + safetensor_bytes(safetensors_type_size(tensor.type), tensor.shape).value();
        header.data_bytes = tensor.end;
        json += message(json.size() == 1 ? "\"" : ",\"", tensor.name, R"(":{"dtype":")", tensor.type,
                        R"(","shape":[)");
        for (std::size_t i = 0; i < tensor.shape.size(); ++i)
            json += message(i == 0 ? "" : ",", tensor.shape[i]);
        json += message(R"(],"data_offsets":[)", tensor.begin, ",", tensor.end, "]}");
    }
    json += "}";
    while (json.size() % 8 != 0) json += ' ';
    const std::uint64_t length = json.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + json;
}

} // namespace graft::inline v0_1::detail
