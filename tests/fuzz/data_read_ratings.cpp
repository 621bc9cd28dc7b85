#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <graft/core/error.hpp>
#include <graft/data/read_ratings.hpp>

/// The first byte chooses the options, the rest is the file. Whatever it holds, it is refused with an error
/// of graft's or becomes interactions that keep their promises.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const unsigned choice = data[0];
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    graft::ratings_options options;
    options.duplicates = static_cast<graft::duplicates>(choice % 4);
    options.read_times = (choice & 4U) == 0;
    if ((choice & 8U) != 0) options.separator = "ab";
    if ((choice & 16U) != 0) options.user_column = "u";
    try {
        const auto all = graft::parse_ratings(text, "fuzz", options);
        if (all.empty() || all.size() > text.size()) std::abort();
        if (!all.times().empty() && all.times().size() != all.size()) std::abort();
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!std::isfinite(all.values()[i])) std::abort();
            const auto user = all.id_of(all.users()[i]);
            const auto item = all.id_of(all.items()[i]);
            if (user.empty() || item.empty()) std::abort();
            if (all.user(user) != all.users()[i] || all.item(item) != all.items()[i]) std::abort();
        }
    } catch (const graft::format_error& error) {
        if (!std::string_view(error.what()).starts_with("fuzz:")) std::abort();
    }
    return 0;
}
