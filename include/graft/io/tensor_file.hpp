#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/string_index.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/safetensors.hpp>

namespace graft::inline v0_1::detail {

/// The tensors in the bytes of a safetensors file, which are taken by their names. A view: nothing but the header is
/// read.
class tensor_file {
public:
    /// kind: what the file has to be, for messages. Throws format_error for a header that is not one of the
    /// format, and for more or fewer bytes than it says.
    tensor_file(std::string_view bytes, std::string file, const char* kind)
        : file_(std::move(file)), kind_(kind) {
        byte_source source(bytes, file_);
        header_ = take_safetensors_header(source);
        data_ = bytes.substr(source.offset());
        if (data_.size() < header_.data_bytes)
            fail(message("the tensors need ", header_.data_bytes - data_.size(),
                         " bytes more; the file is cut off, so fetch or write it again"));
        if (data_.size() > header_.data_bytes)
            fail(message(data_.size() - header_.data_bytes,
                         " bytes follow the last tensor; the file is damaged, so fetch or write it again"));
    }

    [[nodiscard]] const safetensors_header& header() const noexcept { return header_; }
    [[nodiscard]] const std::string& name() const noexcept { return file_; }
    [[noreturn]] void fail(const std::string& what) const { fail_at(file_, {false, 0}, what); }

    /// Throws format_error if there is no such tensor.
    [[nodiscard]] const safetensor& require(const std::string& name) const {
        const auto* const found = header_.find(name);
        if (found == nullptr) fail(message("the file has no tensor ", quote(name), ", so it is no ", kind_));
        return *found;
    }
    /// The bytes of a tensor. Throws format_error unless it has this type and shape.
    [[nodiscard]] std::string_view take(const std::string& name, std::string_view type,
                                        const std::vector<std::uint64_t>& shape) {
        const auto& found = require(name);
        if (found.type != type || found.shape != shape)
            fail(message("the tensor ", quote(name), " is ", found.type, " [", shape_text(found.shape),
                         "], where the ", kind_, " needs ", type, " [", shape_text(shape), "]"));
        taken_.insert(name);
        return data_.substr(static_cast<std::size_t>(found.begin),
                            static_cast<std::size_t>(found.end - found.begin));
    }
    /// The count of a tensor with one dimension. Throws format_error if it has others.
    [[nodiscard]] std::uint64_t length_of(const std::string& name) const {
        const auto& found = require(name);
        if (found.shape.size() != 1)
            fail(message("the tensor ", quote(name), " has ", found.shape.size(), " dimensions, not one"));
        return found.shape[0];
    }
    /// The first tensor that was not taken, or nullptr.
    [[nodiscard]] const safetensor* left_over() const noexcept {
        for (const auto& tensor : header_.tensors)
            if (!taken_.find(tensor.name)) return &tensor;
        return nullptr;
    }

private:
    std::string file_;
    const char* kind_;
    safetensors_header header_;
    std::string_view data_;
    string_index taken_;
};

} // namespace graft::inline v0_1::detail
