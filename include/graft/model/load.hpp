#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include <graft/core/detail/finite.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>
#include <graft/io/file_place.hpp>
#include <graft/io/mapped_file.hpp>
#include <graft/model/detail/model_layout.hpp>

namespace graft::inline v0_1 {

/// What a model file holds.
struct model_file_report {
    std::size_t num_users = 0;
    std::size_t num_items = 0;
    std::size_t dim = 0;
    bool is_double = false;
    bool has_biases = false;
    bool has_user_ids = false;
    bool has_item_ids = false;
};

namespace detail {

/// Throws format_error if the ids of a side are not what save writes.
inline void check_ids(const model_layout::side& side, const char* kind, const std::string& file) {
    if (const auto fault = side.ids.fault(); !fault.empty())
        fail_at(file, {false, 0}, message("the ", kind, " ids ", fault, "; the file is damaged"));
}

/// Calls f(row, numbers) for the rows of a tensor [rows x width]. Throws format_error for a number that is not
/// finite.
template <class Scalar, class F>
void for_each_row(std::string_view tensor, std::size_t rows, std::size_t width, const char* what,
                  const std::string& file, F&& f) {
    if (rows == 0) return;
    std::vector<Scalar> row(width);
    const std::size_t bytes = width * sizeof(Scalar);
    for (std::size_t r = 0; r < rows; ++r) {
        std::memcpy(row.data(), tensor.data() + r * bytes, bytes);
        if (!all_finite(row.data(), width))
            fail_at(file, {false, 0},
                    message("the ", what, " of row ", r,
                            " have a number that is not finite; the file is damaged"));
        f(r, row);
    }
}

template <class Scalar, class Row, class Bias>
void for_each_row_of(const model_layout::side& side, std::size_t dim, const char* kind,
                     const std::string& file, Row&& take_row, Bias&& take_bias) {
    for_each_row<Scalar>(side.factors, side.rows, dim, message(kind, " factors").c_str(), file, take_row);
    if (!side.biases.empty())
        for_each_row<Scalar>(side.biases, side.rows, 1, message(kind, " biases").c_str(), file, take_bias);
}

/// The ids of a side, which are checked; null where it has none.
[[nodiscard]] inline std::shared_ptr<const id_map> ids_of(const model_layout::side& side) {
    if (!side.has_ids) return nullptr;
    id_map ids;
    ids.reserve(side.ids.size(), side.ids.bytes());
    for (std::size_t row = 0; row < side.ids.size(); ++row) ids.insert(side.ids.view(row));
    return std::make_shared<const id_map>(std::move(ids));
}

/// The mean of a file; it has one. Throws format_error if it is not finite.
template <class Scalar>
[[nodiscard]] Scalar mean_of(const model_layout& layout, const std::string& file) {
    Scalar mean;
    std::memcpy(&mean, layout.mean.data(), sizeof mean);
    if (!std::isfinite(mean)) fail_at(file, {false, 0}, "the mean is not finite; the file is damaged");
    return mean;
}

/// The model in the bytes of a file; see load.
template <class Model>
[[nodiscard]] Model model_from(std::string_view bytes, const std::string& name) {
    using scalar = typename Model::scalar;
    const auto layout = model_layout_reader(bytes, name).read();
    check_model_type<scalar, typename Model::scorer_type>("load", layout, name);
    if constexpr (Model::static_dim != Eigen::Dynamic)
        if (layout.dim != static_cast<std::size_t>(Model::static_dim))
            throw argument_error(message("load: ", name, ": the rows have ", layout.dim,
                                         " numbers where the type says ", Model::static_dim));
    check_ids(layout.users, "user", name);
    check_ids(layout.items, "item", name);
    Model model(layout.users.rows, layout.items.rows, layout.dim, {.stddev = 0});
    const auto fill = [&](const auto& side, auto& table, const char* kind) {
        for_each_row_of<scalar>(
            side, layout.dim, kind, name,
            [&](std::size_t r, const std::vector<scalar>& row) { table.write(r, 0, row); },
            [&](std::size_t r, const std::vector<scalar>& bias) { table.write(r, layout.dim, bias); });
    };
    fill(layout.users, model.users(), "user");
    fill(layout.items, model.items(), "item");
    if constexpr (Model::scorer_type::has_biases)
        if (!layout.mean.empty()) model.set_mean(mean_of<scalar>(layout, name));
    model.set_ids(ids_of(layout.users), ids_of(layout.items));
    return model;
}

inline model_file_report check_model(std::string_view bytes, const std::string& name) {
    const auto layout = model_layout_reader(bytes, name).read();
    const bool is_double = layout.scalar == "F64";
    const auto check = [&](const model_layout::side& side, const char* kind) {
        check_ids(side, kind, name);
        const auto ignore = [](std::size_t, const auto&) {};
        if (is_double)
            for_each_row_of<double>(side, layout.dim, kind, name, ignore, ignore);
        else
            for_each_row_of<float>(side, layout.dim, kind, name, ignore, ignore);
    };
    check(layout.users, "user");
    check(layout.items, "item");
    if (!layout.mean.empty()) {
        if (is_double)
            static_cast<void>(mean_of<double>(layout, name));
        else
            static_cast<void>(mean_of<float>(layout, name));
    }
    return {layout.users.rows, layout.items.rows,    layout.dim,          is_double,
            layout.has_biases, layout.users.has_ids, layout.items.has_ids};
}

} // namespace detail

/// The model of a file that `save` or PyTorch wrote, of the type that is asked for:
/// load<recommender<float>>(path). A file with the two embed weights of PyTorch's tutorial alone gives a model
/// without ids. What `save` wrote comes back with every bit. Throws io_error, format_error for a file that is
/// damaged or no model, and argument_error for a model of another type. No more memory is taken than the file
/// has bytes for.
template <class Model>
[[nodiscard]] Model load(const std::filesystem::path& path) {
    static_assert(
        requires { typename Model::backend_type; },
        "graft::load: give it the type of a model, as load<graft::recommender<float>>(path); see map_model "
        "for "
        "mapped ones");
    const detail::mapped_file file(path);
    auto model = detail::model_from<Model>(file.bytes(), path.string());
    file.check_unchanged();
    return model;
}

/// Reads a model file through, of any type, and throws as `load` where it is not whole: cut or longer than its
/// header says, with numbers that are not finite, or ids that come twice. A finite number in another's place is
/// not noticed. Takes no memory for the tables.
inline model_file_report check_model_file(const std::filesystem::path& path) {
    const detail::mapped_file file(path);
    const auto report = detail::check_model(file.bytes(), path.string());
    file.check_unchanged();
    return report;
}

} // namespace graft::inline v0_1
