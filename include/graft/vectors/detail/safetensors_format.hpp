#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/json_reader.hpp>
#include <graft/vectors/detail/matrix_rows.hpp>

namespace graft::detail {

/// A matrix of floats in a safetensors file; the offset counts from the end of the header.
struct safetensors_matrix {
    std::string name;
    matrix_layout layout;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// What a safetensors header names.
struct safetensors_header {
    std::vector<safetensors_matrix> matrices; // of floats
    std::uint64_t data_bytes = 0;             // up to the end of the last tensor of any kind
};

/// Throws format_error for JSON that is not a safetensors header.
[[nodiscard]] inline safetensors_header parse_safetensors_header(std::string_view header,
                                                                 const std::string& file) {
    json_reader json(header, file, 8);
    safetensors_header result;
    json.object([&](const std::string& name) {
        if (name == "__metadata__") return json.skip();
        safetensors_matrix found{name, {}, 0, 0};
        std::vector<std::uint64_t> shape;
        std::vector<std::uint64_t> offsets;
        std::string type;
        json.object([&](const std::string& key) {
            if (key == "dtype")
                type = json.string();
            else if (key == "shape")
                shape = json.counts();
            else if (key == "data_offsets")
                offsets = json.counts();
            else
                json.skip();
        });
        if (offsets.size() != 2 || offsets[0] > offsets[1] || type.empty())
            json.fail(message("the tensor ", quote(name), " lacks dtype or data_offsets"));
        result.data_bytes = (std::max)(result.data_bytes, offsets[1]);
        if (shape.size() != 2) return;
        if (type == "F32")
            found.layout.type = number_type::float32;
        else if (type == "F64")
            found.layout.type = number_type::float64;
        else if (type == "F16")
            found.layout.type = number_type::float16;
        else if (type == "BF16")
            found.layout.type = number_type::bfloat16;
        else
            return;
        found.layout.rows = static_cast<std::size_t>(shape[0]);
        found.layout.dim = static_cast<std::size_t>(shape[1]);
        found.begin = offsets[0];
        found.end = offsets[1];
        if (byte_size(found.layout) != found.end - found.begin)
            json.fail(message("the tensor ", quote(name), " of ", shape[0], " x ", shape[1],
                              " numbers takes ", found.end - found.begin,
                              " bytes by its data_offsets; the file is damaged"));
        result.matrices.push_back(std::move(found));
    });
    json.end();
    return result;
}

/// Takes all that comes before the numbers of the wanted tensor, or of the only matrix of floats.
[[nodiscard]] inline matrix_layout take_safetensors_header(byte_source& source, const std::string& wanted) {
    const auto fail = [&](std::size_t at, const std::string& what) {
        fail_at(source.name(), {false, at}, what);
    };
    constexpr std::size_t longest = std::size_t{1} << 24U; // the format allows six times as much
    std::uint64_t length = 0;
    const auto start = source.peek(sizeof length);
    if (start.size() == sizeof length) std::memcpy(&length, start.data(), sizeof length);
    if (length == 0) fail(0, "a header of 0 bytes is not possible; fetch the file again");
    if (length > longest)
        fail(0, message("a header of ", length, " bytes is promised, and graft reads no more than ", longest,
                        "; fetch the file again, or save the matrix alone"));
    const auto size = static_cast<std::size_t>(length);
    const auto head = source.peek(sizeof length + size);
    if (head.size() < sizeof length + size) fail(0, "the file ends within its header; fetch it again");
    const auto [matrices, data_bytes] = parse_safetensors_header(head.substr(sizeof length), source.name());
    source.skip(sizeof length + size);

    std::string names;
    const safetensors_matrix* chosen = matrices.size() == 1 && wanted.empty() ? matrices.data() : nullptr;
    for (const auto& matrix : matrices) {
        if (!wanted.empty() && matrix.name == wanted) chosen = &matrix;
        if (names.size() < 200) names += message(names.empty() ? "" : ", ", quote(matrix.name));
    }
    if (matrices.empty()) fail(sizeof length, "the file has no matrix of floats");
    if (chosen == nullptr)
        fail(sizeof length,
             message(wanted.empty() ? "the file has several matrices"
                                    : "the tensor that .tensor names is not a matrix of floats here",
                     "; set .tensor to one of ", names));
    const auto start_of_data = source.offset();
    const std::uint64_t left = source.most_left();
    if (chosen->begin > left || source.skip_all(chosen->begin) < chosen->begin)
        fail(source.offset(), "the file ends before the tensor; fetch it again");
    if (source.in_memory() && left > data_bytes)
        fail(start_of_data + static_cast<std::size_t>(data_bytes),
             message(left - data_bytes,
                     " bytes follow the last tensor; the file is damaged, so fetch it again"));
    if (source.in_memory() && left < data_bytes && left >= chosen->end)
        fail(start_of_data + static_cast<std::size_t>(left),
             message("the tensors need ", data_bytes - left,
                     " bytes more; the file is cut off, so fetch it "
                     "again"));
    return chosen->layout;
}

} // namespace graft::detail
