#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <graft/core/detail/message.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/io/file_place.hpp>
#include <graft/vectors/detail/matrix_rows.hpp>

namespace graft::inline v0_1::detail {

/// What version 1 allows; numpy itself reads no more than 10,000 bytes.
inline constexpr std::size_t longest_npy_header = 65'535;

/// Takes the header of an npy file (numpy.lib.format, versions 1 to 3) and gives the layout of what follows.
/// Throws format_error for anything but a matrix of little-endian floats.
[[nodiscard]] inline matrix_layout take_npy_header(byte_source& source) {
    const auto fail = [&](const std::string& what) { fail_at(source.name(), {false, 0}, what); };
    const auto start = source.peek(12);
    const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(start[i])}; };
    if (start.size() < 12) fail("the npy header is cut off; fetch the file again");
    if (byte(6) < 1 || byte(6) > 3)
        fail(message("npy version ", byte(6), " is not known; save the array with numpy.save"));
    const bool old = byte(6) == 1;
    const std::size_t length =
        old ? byte(8) + (byte(9) << 8U) : byte(8) + (byte(9) << 8U) + (byte(10) << 16U) + (byte(11) << 24U);
    const std::size_t before = old ? 10 : 12;
    if (length > longest_npy_header)
        fail(message("the npy header of ", length,
                     " bytes is longer than any matrix needs; save the array with "
                     "numpy.save"));
    const auto whole = source.peek(before + length);
    if (whole.size() < before + length) fail("the npy header is cut off; fetch the file again");
    const auto header = whole.substr(before);

    // The header is a Python dict with just these keys; what follows a key's colon is its value.
    const auto value_of = [&](std::string_view key) {
        const auto at = header.find(key);
        if (at != std::string_view::npos && header.find(key, at + 1) != std::string_view::npos)
            fail(message("the npy header has ", key, " twice; save it with numpy.save"));
        const auto colon = at == std::string_view::npos ? at : header.find(':', at + key.size());
        if (colon == std::string_view::npos)
            fail(message("the npy header has no ", key, "; save it with numpy.save"));
        auto value = header.substr(colon + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        return value;
    };
    matrix_layout layout;
    layout.to_end = true;
    const auto descr = value_of("'descr'");
    if (descr.starts_with("'<f4'"))
        layout.type = number_type::float32;
    else if (descr.starts_with("'<f8'"))
        layout.type = number_type::float64;
    else if (descr.starts_with("'<f2'"))
        layout.type = number_type::float16;
    else
        fail(message("the numbers are of type ", quote(descr.substr(0, descr.find(','))),
                     ", but '<f4', '<f8' or '<f2' is needed; save array.astype('<f4')"));
    layout.by_columns = value_of("'fortran_order'").starts_with("True");

    auto shape = value_of("'shape'");
    const auto take_count = [&](std::size_t& count, char before_it) {
        if (!shape.starts_with(before_it)) return false;
        shape.remove_prefix(1);
        while (shape.starts_with(' ')) shape.remove_prefix(1);
        const auto [end, failure] = std::from_chars(shape.data(), shape.data() + shape.size(), count);
        if (failure != std::errc()) return false;
        shape.remove_prefix(static_cast<std::size_t>(end - shape.data()));
        return true;
    };
    if (!take_count(layout.rows, '(') || !take_count(layout.dim, ',') || !shape.starts_with(')'))
        fail("the array is not a matrix [rows x dim]; save one with two dimensions");
    source.skip(before + length);
    return layout;
}

} // namespace graft::inline v0_1::detail
