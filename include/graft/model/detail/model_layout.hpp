#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/gzip_stream.hpp>
#include <graft/io/safetensors.hpp>
#include <graft/io/tensor_file.hpp>

namespace graft::inline v0_1::detail {

/// The tensors of a model file: those of PyTorch's tutorial, and beside them biases, a mean and ids.
///
/// - user_embed.weight, item_embed.weight: F32 or F64 [rows, dim], as `scalar` says
/// - user_bias.weight, item_bias.weight: [rows, 1], where the scorer is biased; mean: [1], where it is set
/// - user_ids.bytes, item_ids.bytes: U8, the ids one after the other; user_ids.offsets, item_ids.offsets:
///   I64 [ids + 1], where they start and end; user_ids.order, item_ids.order: I64 [ids], their rows by
///   ascending bytes. No more ids than rows.
/// - metadata: format "graft", version "1", scorer "dot" or "biased", scalar "F32" or "F64", dim
struct model_tensors {
    /// Of users or of items.
    struct side {
        explicit side(const std::string& kind)
            : factors(kind + "_embed.weight"), biases(kind + "_bias.weight"), bytes(kind + "_ids.bytes"),
              offsets(kind + "_ids.offsets"), order(kind + "_ids.order") {}
        std::string factors, biases, bytes, offsets, order;
    };
    side users{"user"};
    side items{"item"};
    std::string mean = "mean";
};
inline constexpr const char* model_file_version = "1";
inline constexpr const char* checkpoint_format = "graft checkpoint";    // in place of "graft"
inline constexpr std::size_t largest_model_dim = std::size_t{1} << 24U; // in a file

template <class Scalar>
[[nodiscard]] constexpr const char* scalar_type() noexcept {
    static_assert(sizeof(Scalar) == 4 || sizeof(Scalar) == 8, "graft: model files hold float or double");
    return sizeof(Scalar) == 4 ? "F32" : "F64";
}

/// Ids in a file. A view of its bytes, which are checked where they are used: what they hold is not trusted.
class file_ids {
public:
    file_ids() = default;
    /// offsets: I64 [size + 1]; order: I64 [size]
    file_ids(std::string_view bytes, std::string_view offsets, std::string_view order) noexcept
        : bytes_(bytes), offsets_(offsets.data()), order_(order.data()), size_(order.size() / 8) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Of all ids together.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }
    /// Precondition: row < size(). Empty where the offsets are wrong.
    [[nodiscard]] std::string_view view(std::size_t row) const noexcept {
        const auto begin = number(offsets_, row);
        const auto end = number(offsets_, row + 1);
        return begin <= end && end <= bytes_.size() ? bytes_.substr(begin, end - begin) : std::string_view{};
    }
    /// The row that comes at that place in the order of ids; size() or more where the order is wrong.
    [[nodiscard]] std::size_t ordered(std::size_t place) const noexcept { return number(order_, place); }

    /// The row of an id, or size(). O(log size), wrong where the order is wrong.
    [[nodiscard]] std::size_t find(std::string_view id) const noexcept {
        std::size_t low = 0;
        std::size_t high = size_;
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            const std::size_t row = ordered(middle);
            if (row >= size_) return size_;
            const int comparison = view(row).compare(id);
            if (comparison == 0) return row;
            if (comparison < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return size_;
    }

    /// What is wrong with the ids, or nothing. O(bytes).
    [[nodiscard]] std::string fault() const {
        if (size_ == 0 && offsets_ == nullptr) return {};
        if (number(offsets_, 0) != 0 || number(offsets_, size_) != bytes_.size())
            return "do not begin and end with their bytes";
        for (std::size_t row = 0; row < size_; ++row)
            if (number(offsets_, row) > number(offsets_, row + 1))
                return message("have an offset after id ", row, " that is less than the one before");
        for (std::size_t place = 0; place < size_; ++place)
            if (ordered(place) >= size_ || (place > 0 && !(view(ordered(place - 1)) < view(ordered(place)))))
                return message("are not in ascending order at place ", place, ", or one comes twice");
        return {};
    }

private:
    [[nodiscard]] static std::size_t number(const char* from, std::size_t i) noexcept {
        std::uint64_t value;
        std::memcpy(&value, from + i * sizeof value, sizeof value);
        return static_cast<std::size_t>(value);
    }

    std::string_view bytes_;
    const char* offsets_ = nullptr;
    const char* order_ = nullptr;
    std::size_t size_ = 0;
};

/// What lies where in the bytes of a model file.
struct model_layout {
    struct side {
        std::size_t rows = 0;
        std::string_view factors; // [rows x dim]
        std::string_view biases;  // [rows], or nothing
        file_ids ids;
        bool has_ids = false;
    };
    std::size_t dim = 0;
    std::string scalar; // F32 or F64
    bool has_biases = false;
    std::string_view mean; // [1], or nothing
    side users, items;
};

/// Finds the tensors of a model. Throws format_error, naming what is wrong, for bytes that are no model file
/// of graft's and no model that PyTorch's tutorial saved. Reads the header alone.
class model_layout_reader {
public:
    model_layout_reader(std::string_view bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {}

    [[nodiscard]] model_layout read() {
        check_is_safetensors();
        tensor_file tensors(bytes_, file_, "model");
        check_is_model(tensors);
        model_layout result;
        const model_tensors names;
        const auto& first = tensors.require(names.users.factors);
        result.scalar = first.type;
        if (first.type != "F32" && first.type != "F64")
            fail(message("the tensor ", quote(first.name), " holds ", first.type,
                         ", and graft's models F32 or F64; save model.float()"));
        if (first.shape.size() != 2)
            fail(message("the tensor ", quote(first.name), " is no matrix [rows, dim]"));
        if (first.shape[1] == 0 || first.shape[1] > largest_model_dim)
            fail(message("the model has rows of ", first.shape[1], " numbers, and graft's 1 to ",
                         largest_model_dim));
        result.dim = static_cast<std::size_t>(first.shape[1]);
        const auto has = [&](const std::string& name) { return tensors.header().find(name) != nullptr; };
        result.has_biases = has(names.users.biases) || has(names.items.biases);
        read_side(tensors, names.users, result, result.users);
        read_side(tensors, names.items, result, result.items);
        if (has(names.mean)) {
            if (!result.has_biases) fail("there is a mean without biases");
            result.mean = tensors.take(names.mean, result.scalar, {1});
        }
        if (const auto* const other = tensors.left_over(); other != nullptr)
            fail(message("the tensor ", quote(other->name),
                         " has no place in a model of graft's; save only the tensors of factors, biases "
                         "and mean"));
        check_notes(tensors.header(), result);
        return result;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { fail_at(file_, {false, 0}, what); }

    void check_is_safetensors() const {
        if (bytes_.starts_with("PK\x03\x04"))
            fail("this is a zip or a PyTorch file, not a safetensors file; save it with "
                 "safetensors.torch.save_file(model.state_dict(), path)");
        if (is_gzip(bytes_)) fail("this is a gzip file; unpack it with gunzip first");
        if (bytes_.size() < 10 || bytes_[8] != '{')
            fail(
                "this is no safetensors file, as graft's save and PyTorch write them; is it the right path?");
    }
    void check_is_model(const tensor_file& tensors) const {
        const auto* const format = tensors.header().note("format");
        if (format != nullptr && *format == checkpoint_format)
            fail("this is a checkpoint of fit, which is no model yet; call fit with it, and save the model");
    }
    void read_side(tensor_file& tensors, const model_tensors::side& names, const model_layout& layout,
                   model_layout::side& side) const {
        const auto& factors = tensors.require(names.factors);
        const std::uint64_t rows = factors.shape.empty() ? 0 : factors.shape[0];
        if (rows > max_rows) fail(message("the tensor ", quote(names.factors), " has over 2^32 rows"));
        side.rows = static_cast<std::size_t>(rows);
        side.factors = tensors.take(names.factors, layout.scalar, {rows, layout.dim});
        if (layout.has_biases) side.biases = tensors.take(names.biases, layout.scalar, {rows, 1});
        for (const auto* name : {&names.bytes, &names.offsets, &names.order})
            side.has_ids = side.has_ids || tensors.header().find(*name) != nullptr;
        if (!side.has_ids) return;
        const auto ids = tensors.length_of(names.order);
        if (ids > rows)
            fail(message(ids, " ids in ", quote(names.order), " cannot name ", rows,
                         " rows; the file is damaged"));
        const auto bytes = tensors.take(names.bytes, "U8", {tensors.length_of(names.bytes)});
        const auto offsets = tensors.take(names.offsets, "I64", {ids + 1});
        side.ids = file_ids(bytes, offsets, tensors.take(names.order, "I64", {ids}));
    }

    /// What graft wrote about the model has to be what is there.
    void check_notes(const safetensors_header& header, const model_layout& layout) const {
        const auto* const format = header.note("format");
        if (format == nullptr || *format != "graft") return; // from elsewhere
        const auto check = [&](const char* key, const std::string& here, const char* remedy) {
            const auto* const value = header.note(key);
            if (value == nullptr || *value != here)
                fail(message("the metadata say ", key, " ", value == nullptr ? "nothing" : quote(*value),
                             ", and the file has ", quote(here), remedy));
        };
        check("version", model_file_version, "; it may come from a later version of graft, so take that");
        check("scorer", layout.has_biases ? "biased" : "dot", "; it is damaged");
        check("scalar", layout.scalar, "; it is damaged");
        check("dim", std::to_string(layout.dim), "; it is damaged");
    }

    std::string_view bytes_;
    std::string file_;
};

/// Throws argument_error if a file's model is not of that type.
template <class Scalar, class Scorer>
void check_model_type(const char* call, const model_layout& layout, const std::string& file) {
    const auto fail = [&](const std::string& what) {
        throw argument_error(message(call, ": ", file, ": ", what));
    };
    if (layout.scalar != scalar_type<Scalar>())
        fail(message("the numbers are of type ", layout.scalar, "; the model's scalar must be ",
                     layout.scalar == "F32" ? "float" : "double"));
    if (layout.has_biases != Scorer::has_biases)
        fail(layout.has_biases ? "the model has biases; its scorer must be graft::biased"
                               : "the model has no biases; its scorer must be graft::dot");
}

} // namespace graft::inline v0_1::detail
