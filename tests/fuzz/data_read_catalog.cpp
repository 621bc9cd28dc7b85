#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <graft/core/error.hpp>
#include <graft/data/read_catalog.hpp>

/// The first byte chooses the options, the rest is the file. Whatever it holds, it is refused with an error
/// of graft's or becomes a catalogue in UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const unsigned choice = data[0];
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    graft::catalog_options options;
    options.encoding = static_cast<graft::text_encoding>(choice % 3);
    if ((choice & 4U) != 0) options.category_separator.clear();
    if ((choice & 8U) != 0) options.separator = "ab";
    if ((choice & 16U) != 0) options.title_column = "t";
    try {
        const auto items = graft::parse_catalog(text, "fuzz", options);
        if (items.empty() || items.size() > text.size()) std::abort();
        for (std::size_t row = 0; row < items.size(); ++row) {
            if (items.ids().id(row).empty() || items.find(items.ids().id(row)) != row) std::abort();
            if (!graft::detail::is_utf8(items.title(row))) std::abort();
            for (const auto& category : items.categories(row))
                if (category.empty() || !graft::detail::is_utf8(category)) std::abort();
        }
    } catch (const graft::format_error& error) {
        if (!std::string_view(error.what()).starts_with("fuzz:")) std::abort();
    }
    return 0;
}
