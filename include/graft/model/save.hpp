#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graft/backend/collective.hpp>
#include <graft/core/detail/finite.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/error.hpp>
#include <graft/core/thread_pool.hpp>
#include <graft/data/id_map.hpp>
#include <graft/io/group_file.hpp>
#include <graft/io/safetensors.hpp>
#include <graft/model/detail/id_order.hpp>
#include <graft/model/detail/model_layout.hpp>

namespace graft::inline v0_1 {

namespace detail {

/// Writes numbers in pieces of about a megabyte.
template <class T>
class number_writer {
public:
    explicit number_writer(group_file& file) : file_(file) {}
    /// Room for `count` numbers that come next.
    [[nodiscard]] T* next(std::size_t count) {
        if (held_ + count > numbers_.size()) {
            flush();
            if (count > numbers_.size()) numbers_.resize((std::max)(count, std::size_t{1} << 17U));
        }
        held_ += count;
        return numbers_.data() + held_ - count;
    }
    void flush() {
        file_.write({reinterpret_cast<const char*>(numbers_.data()), held_ * sizeof(T)});
        held_ = 0;
    }

private:
    group_file& file_;
    std::vector<T> numbers_;
    std::size_t held_ = 0;
};

/// Writes a table's weights `from` .. `from + count` of each row, which must be finite.
template <class Table>
void write_columns(group_file& file, const Table& table, std::size_t from, std::size_t count,
                   const char* kind) {
    using scalar = typename Table::scalar;
    const auto& store = table.store();
    const auto check = [&](std::size_t r, const scalar* row) {
        if (!all_finite(row, count))
            throw argument_error(message("save: ", kind, " row ", r,
                                         " has a number that is not finite; train the "
                                         "model again with a lower learning rate"));
    };
    if constexpr (requires { store.row(std::size_t{0}) + store.stride(); }) {
        if (count == store.stride()) { // rows one right behind the other, which need not be copied
            const std::size_t piece = (std::max)(std::size_t{1}, (std::size_t{1} << 17U) / count);
            for (std::size_t r = 0; r < table.rows(); r += piece) {
                const auto end = (std::min)(r + piece, table.rows());
                for (auto row = r; row < end; ++row) check(row, store.row(row));
                file.write({reinterpret_cast<const char*>(store.row(r)), (end - r) * count * sizeof(scalar)});
            }
            return;
        }
    }
    number_writer<scalar> out(file);
    for (std::size_t r = 0; r < table.rows(); ++r) {
        scalar* const row = out.next(count);
        store.read(r, from, row, count);
        check(r, row);
    }
    out.flush();
}

/// What a file has of ids besides their bytes: where their texts end, and their order.
struct numbers_of_ids {
    const id_map* ids;
    std::vector<std::uint32_t> order{};

    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return (2 * ids->size() + 1) * sizeof(std::uint64_t);
    }
    void write(group_file& file) const {
        number_writer<std::uint64_t> out(file);
        std::uint64_t end = 0;
        *out.next(1) = end;
        for (std::size_t row = 0; row < ids->size(); ++row) *out.next(1) = end += ids->id(row).size();
        for (const auto row : order) *out.next(1) = row;
        out.flush();
    }
};

inline void write_bytes_of_ids(group_file& file, const id_map& ids) {
    number_writer<char> out(file);
    for (std::size_t row = 0; row < ids.size(); ++row) {
        const auto id = ids.id(row);
        std::copy(id.begin(), id.end(), out.next(id.size()));
    }
    out.flush();
}

[[nodiscard]] inline std::uint64_t byte_count(const id_map& ids) {
    std::uint64_t bytes = 0;
    for (std::size_t row = 0; row < ids.size(); ++row) bytes += ids.id(row).size();
    return bytes;
}

/// The header of a model's file, whose tensors are written in its order: the largest numbers first, so that
/// each lies at a multiple of its size.
template <class Model>
[[nodiscard]] safetensors_header model_header(const Model& model) {
    const model_tensors names;
    const std::uint64_t dim = model.dim();
    const std::string scalar = scalar_type<typename Model::scalar>();
    constexpr bool biased = Model::scorer_type::has_biases;
    safetensors_header header;
    header.metadata = {{"format", "graft"},
                       {"version", model_file_version},
                       {"scorer", biased ? "biased" : "dot"},
                       {"scalar", scalar},
                       {"dim", std::to_string(dim)}};
    const auto add = [&](const std::string& name, const std::string& type, std::vector<std::uint64_t> shape) {
        header.tensors.push_back({name, type, std::move(shape), 0, 0});
    };
    const auto& user_ids = model.shared_user_ids();
    const auto& item_ids = model.shared_item_ids();
    const auto add_numbers = [&](const model_tensors::side& side, const auto& ids) {
        if (!ids) return;
        add(side.offsets, "I64", {ids->size() + 1});
        add(side.order, "I64", {ids->size()});
    };
    add_numbers(names.users, user_ids);
    add_numbers(names.items, item_ids);
    add(names.users.factors, scalar, {model.num_users(), dim});
    add(names.items.factors, scalar, {model.num_items(), dim});
    if (biased) {
        add(names.users.biases, scalar, {model.num_users(), 1});
        add(names.items.biases, scalar, {model.num_items(), 1});
        if (model.has_mean()) add(names.mean, scalar, {1});
    }
    if (user_ids) add(names.users.bytes, "U8", {byte_count(*user_ids)});
    if (item_ids) add(names.items.bytes, "U8", {byte_count(*item_ids)});
    return header;
}

} // namespace detail

/// Writes a model with the ids of its rows to a safetensors file that `load` and `map_model` read, and
/// PyTorch: its tensors are listed at detail::model_tensors, and those of the tutorial's net bear their
/// names. The same model gives the same bytes. The place has the old content until the new one is whole and
/// on the disk (io/atomic_file.hpp). Throws io_error, and argument_error for a number that is not finite.
/// A trainer that has the model must have settled it.
template <class Model>
void save(const Model& model, const std::filesystem::path& path) {
    static_assert(
        requires { typename Model::backend_type; },
        "graft::save: the first argument must be a graft::recommender");
    if (model.dim() > detail::largest_model_dim)
        throw argument_error(detail::message("save: rows of ", model.dim(), " numbers are more than the ",
                                             detail::largest_model_dim, " that load reads"));
    auto header = detail::model_header(model);
    const auto text = detail::write_safetensors_header(header);
    const auto& user_ids = model.shared_user_ids();
    const auto& item_ids = model.shared_item_ids();
    std::vector<detail::numbers_of_ids> numbers;
    for (const auto* ids : {user_ids.get(), item_ids.get()})
        if (ids != nullptr) numbers.push_back({ids});
    std::uint64_t weights_at = text.size();
    std::size_t num_ids = 0;
    for (const auto& side : numbers) {
        weights_at += side.bytes();
        num_ids += side.ids->size();
    }
    const auto group = detail::writers_of<Model>();
    detail::group_file file(path, group);
    file.write(text);
    const auto write_rest = [&] {
        file.move_to(weights_at);
        detail::write_columns(file, model.users(), 0, model.dim(), "user");
        detail::write_columns(file, model.items(), 0, model.dim(), "item");
        if constexpr (Model::scorer_type::has_biases) {
            detail::write_columns(file, model.users(), model.dim(), 1, "user");
            detail::write_columns(file, model.items(), model.dim(), 1, "item");
            const auto mean = model.mean();
            if (model.has_mean()) file.write({reinterpret_cast<const char*>(&mean), sizeof mean});
        }
        if (user_ids) detail::write_bytes_of_ids(file, *user_ids);
        if (item_ids) detail::write_bytes_of_ids(file, *item_ids);
    };
    // Sorting millions of ids takes a third of the time of writing the weights, which another thread does meanwhile; not in
    // a group, whose processes have less memory each.
    thread_pool pool(group.agree == nullptr && num_ids >= std::size_t{1} << 16U ? 2 : 1);
    pool.run([&](std::size_t thread) {
        if (thread == 0) write_rest();
        if (thread + 1 == pool.size() && group.writes)
            for (auto& side : numbers) side.order = detail::id_order::of(*side.ids);
    });
    file.move_to(text.size());
    for (const auto& side : numbers) side.write(file);
    file.finish();
}

} // namespace graft::inline v0_1
