#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/safetensors.hpp>
#include <graft/vectors/detail/matrix_rows.hpp>

namespace graft::inline v0_1::detail {

/// The layout of a tensor that is a matrix of floats.
[[nodiscard]] inline std::optional<matrix_layout> matrix_of(const safetensor& tensor) {
    constexpr std::pair<const char*, number_type> types[] = {{"F32", number_type::float32},
                                                             {"F64", number_type::float64},
                                                             {"F16", number_type::float16},
                                                             {"BF16", number_type::bfloat16}};
    if (tensor.shape.size() != 2) return std::nullopt;
    for (const auto& [name, type] : types)
        if (tensor.type == name)
            return matrix_layout{static_cast<std::size_t>(tensor.shape[0]),
                                 static_cast<std::size_t>(tensor.shape[1]), type};
    return std::nullopt;
}

/// Takes all that comes before the numbers of the wanted tensor, or of the only matrix of floats.
[[nodiscard]] inline matrix_layout take_safetensors_matrix(byte_source& source, const std::string& wanted) {
    const auto fail = [&](std::size_t at, const std::string& what) {
        fail_at(source.name(), {false, at}, what);
    };
    const auto header = take_safetensors_header(source);
    std::vector<const safetensor*> matrices;
    std::string names;
    const safetensor* chosen = nullptr;
    for (const auto& tensor : header.tensors) {
        if (!matrix_of(tensor)) continue;
        matrices.push_back(&tensor);
        if (!wanted.empty() && tensor.name == wanted) chosen = &tensor;
        if (names.size() < 200) names += message(names.empty() ? "" : ", ", quote(tensor.name));
    }
    constexpr std::size_t start_of_header = sizeof(std::uint64_t);
    if (matrices.empty()) fail(start_of_header, "the file has no matrix of floats");
    if (matrices.size() == 1 && wanted.empty()) chosen = matrices[0];
    if (chosen == nullptr)
        fail(start_of_header,
             message(wanted.empty() ? "the file has several matrices"
                                    : "the tensor that .tensor names is not a matrix of floats here",
                     "; set .tensor to one of ", names));
    const auto start_of_data = source.offset();
    const std::uint64_t left = source.most_left();
    if (chosen->begin > left || source.skip_all(chosen->begin) < chosen->begin)
        fail(source.offset(), "the file ends before the tensor; fetch it again");
    if (source.in_memory() && left > header.data_bytes)
        fail(start_of_data + static_cast<std::size_t>(header.data_bytes),
             message(left - header.data_bytes,
                     " bytes follow the last tensor; the file is damaged, so fetch it again"));
    if (source.in_memory() && left < header.data_bytes && left >= chosen->end)
        fail(start_of_data + static_cast<std::size_t>(left),
             message("the tensors need ", header.data_bytes - left,
                     " bytes more; the file is cut off, so fetch it again"));
    return *matrix_of(*chosen);
}

} // namespace graft::inline v0_1::detail
