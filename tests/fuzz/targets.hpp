#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graft/backend/cpu/cpu.hpp>
#include <graft/backend/training_engine.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/read_catalog.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/data/row_ids.hpp>
#include <graft/io/byte_source.hpp>
#include <graft/model/load.hpp>
#include <graft/model/mapped_recommender.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/train/detail/checkpoint_file.hpp>
#include <graft/train/detail/run_keeper.hpp>
#include <graft/train/history.hpp>
#include <graft/vectors/fasttext_model.hpp>
#include <graft/vectors/read_vectors.hpp>

/// What is fuzzed: each reader with bytes that may be anything. The first byte chooses options. A
/// format_error is the right answer to most inputs; any other exception, a crash, a hang or a broken promise
/// is a finding.
namespace fuzz {

inline void require(bool kept, const char* promise) {
    if (kept) return;
    std::fprintf(stderr, "broken: %s\n", promise);
    std::abort();
}

/// Takes the first byte as options.
inline graft::read_options take_options(std::string_view& bytes) {
    graft::read_options options;
    if (bytes.empty()) return options;
    const auto choice = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    options.threads = 1;
    options.duplicates = static_cast<graft::on_duplicate>((choice & 3U) % 3);
    options.non_finite = static_cast<graft::on_non_finite>((choice >> 2U) & 1U);
    options.empty_words = static_cast<graft::on_empty_word>((choice >> 2U) & 1U);
    options.invalid_utf8 = static_cast<graft::on_invalid_utf8>(((choice >> 3U) & 3U) % 3);
    if ((choice & 32U) != 0) options.limit = 2;
    if ((choice & 64U) != 0) options.wanted = {"a", "b c", "the"};
    options.case_fallback = (choice & 128U) != 0;
    return options;
}

inline void check(const graft::keyed_vectors& vectors, const graft::read_report& report,
                  const graft::read_options& options) {
    require(vectors.size() == static_cast<std::size_t>(vectors.matrix().rows()), "a row for each word");
    require(vectors.matrix().size() == 0 || vectors.matrix().allFinite(), "finite numbers");
    require(report.read <= options.limit, "at most the limit is read");
    require(report.kept + report.from_subwords == vectors.size(), "the report counts the rows");
    require(report.read == report.kept + report.unwanted + report.duplicates + report.non_finite +
                               report.empty_words ||
                options.wanted.has_value(),
            "the report counts what became of each row");
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        require(!vectors.word(i).empty(), "no empty word");
        require(vectors.find(vectors.word(i)) == i, "each word finds its row");
    }
}

template <class Read>
void guarded(Read&& read) {
    try {
        read();
    } catch (const graft::format_error&) {}
}

/// Any file.
inline void any(std::string_view bytes) {
    auto options = take_options(bytes);
    graft::read_report report;
    options.report = &report;
    try {
        check(graft::read_vectors_from(bytes, "f", options), report, options);
    } catch (const graft::format_error&) {
    } catch (const graft::argument_error&) { // npy and safetensors need a word list
    }
}

/// Text in small blocks and in one, which have to give the same.
inline void text(std::string_view bytes) {
    const auto options = take_options(bytes);
    const auto read = [&](std::size_t block, std::string& failure) {
        graft::keyed_vectors vectors;
        graft::read_report report;
        try {
            graft::detail::byte_source source(bytes, "f");
            vectors = graft::detail::text_reader(source, options, report, block).read();
            check(vectors, report, options);
        } catch (const graft::format_error& error) { failure = error.what(); }
        return vectors;
    };
    std::string whole_failure;
    std::string pieces_failure;
    const auto whole = read(std::size_t{1} << 18U, whole_failure);
    const auto pieces = read(16, pieces_failure);
    require(whole_failure == pieces_failure, "the same error for any size of blocks");
    require(whole.size() == pieces.size() && whole.matrix() == pieces.matrix(),
            "the same for any size of blocks");
}

inline void binary(std::string_view bytes) {
    const auto options = take_options(bytes);
    guarded([&] {
        graft::read_report report;
        graft::detail::byte_source source(bytes, "f");
        if (!graft::detail::parse_header(source.peek_line())) return;
        check(graft::detail::word2vec_binary_reader(source, options, report).read(), report, options);
    });
}

inline void fasttext(std::string_view bytes) {
    auto options = take_options(bytes);
    graft::read_report report;
    options.report = &report;
    guarded([&] {
        const graft::fasttext_model model(bytes, "f");
        check(model.vectors(options), report, options);
    });
}

inline void matrix(std::string_view bytes, bool npy) {
    const auto options = take_options(bytes);
    guarded([&] {
        graft::read_report report;
        graft::detail::byte_source source(bytes, "f");
        graft::detail::byte_source words("a\nthe\nb c\na\n\xff\n", "words");
        const auto layout =
            npy ? graft::detail::take_npy_header(source)
                : graft::detail::take_safetensors_matrix(source, options.case_fallback ? "v" : "");
        check(graft::detail::read_matrix_rows(source, layout, words, options, report), report, options);
    });
}
inline void npy(std::string_view bytes) { matrix(bytes, true); }
inline void safetensors(std::string_view bytes) { matrix(bytes, false); }

/// Takes two bytes as options of a table.
inline graft::table_options take_table_options(std::string_view& bytes) {
    graft::table_options options;
    options.threads = 1;
    unsigned choice = 0;
    for (int i = 0; i < 2 && !bytes.empty(); ++i) {
        choice = choice << 8U | static_cast<unsigned char>(bytes[0]);
        bytes.remove_prefix(1);
    }
    options.duplicates = static_cast<graft::duplicates>(choice & 3U);
    options.header = static_cast<graft::header_line>(((choice >> 2U) & 3U) % 3);
    options.quotes = static_cast<graft::quotes>(((choice >> 4U) & 3U) % 3);
    options.missing = static_cast<graft::on_bad_row>((choice >> 6U) & 1U);
    options.broken = static_cast<graft::on_bad_row>((choice >> 7U) & 1U);
    if ((choice & 256U) != 0) options.separator = "ab";
    if ((choice & 512U) != 0) options.separator = " ";
    if ((choice & 1024U) != 0) options.item_column = 1;
    if ((choice & 2048U) != 0) options.comments = "#";
    options.decimal_comma = (choice & 4096U) != 0;
    options.read_values = (choice & 8192U) == 0;
    if (const auto rows = choice >> 14U; rows != 0) {
        graft::id_map known;
        for (const auto* id : {"1", "2", "a", "b"}) known.insert(id);
        const auto shared = std::make_shared<const graft::id_map>(std::move(known));
        options.rows_of = graft::row_ids(shared, shared);
        options.unknown_ids = static_cast<graft::unknown_ids>(rows - 1);
    }
    return options;
}

/// What reading a table in blocks of some bytes gives: what describe says of it, or the message.
template <class Read>
std::string outcome(Read&& read) {
    try {
        return read();
    } catch (const graft::format_error& error) {
        require(std::string_view(error.what()).starts_with("f:"), "a message names the file");
        return error.what();
    } catch (const graft::argument_error& error) { return error.what(); }
}

inline std::string ratings_in(std::string_view bytes, graft::table_options options, std::size_t block) {
    return outcome([&] {
        graft::table_report report;
        options.report = &report;
        graft::detail::byte_source source(bytes, "f");
        const auto all = graft::detail::ratings_reader(source, options, block).read();
        require(!all.empty(), "no ratings without a word");
        require(all.times().empty() || all.times().size() == all.size(), "all or none have times");
        require(report.kept == all.size() && report.read == report.kept + report.missing + report.broken +
                                                                report.unknown + report.duplicates,
                "the report counts what became of each row");
        std::string said;
        for (std::size_t i = 0; i < all.size(); ++i) {
            require(std::isfinite(all.values()[i]), "finite values");
            const auto user = all.id_of(all.users()[i]);
            const auto item = all.id_of(all.items()[i]);
            require(!user.empty() && !item.empty(), "no empty id");
            require(all.user(user) == all.users()[i] && all.item(item) == all.items()[i],
                    "each id finds its row");
            if (options.unknown_ids != graft::unknown_ids::append)
                require(options.rows_of.users->find(user) && options.rows_of.items->find(item),
                        "none but known ids");
            said.append(std::to_string(graft::row_of(all.users()[i]))).append(user).append(item);
            said.append(std::to_string(all.values()[i]));
        }
        return said + std::to_string(report.missing) + " " + std::to_string(report.broken);
    });
}

/// Ratings in small blocks, in one, and on several threads, which have to give the same.
inline void ratings(std::string_view bytes) {
    auto options = take_table_options(bytes);
    if (options.item_column.given()) options.user_column = 0;
    const auto whole = ratings_in(bytes, options, std::size_t{1} << 18U);
    const auto pieces = ratings_in(bytes, options, 16);
    require(whole == pieces, "the same for any size of blocks");
}

inline std::string catalog_in(std::string_view bytes, graft::table_options options, std::size_t block) {
    return outcome([&] {
        graft::table_report report;
        options.report = &report;
        graft::detail::byte_source source(bytes, "f");
        const auto all = graft::detail::catalog_reader(source, options, block).read();
        require(!all.empty(), "no items without a word");
        require(report.kept == all.size() && report.read == report.kept + report.missing + report.broken +
                                                                report.unknown + report.duplicates,
                "the report counts what became of each row");
        std::string said;
        for (std::size_t row = 0; row < all.size(); ++row) {
            const auto id = all.ids().id(row);
            require(!id.empty() && all.find(id) == row, "each id finds its row");
            require(graft::detail::is_utf8(all.title(row)), "titles are UTF-8");
            said.append(id).append("|").append(all.title(row)).append("|");
            for (const auto& category : all.categories(row)) {
                require(graft::detail::is_utf8(category), "categories are UTF-8");
                said.append(category).append(",");
            }
        }
        return said + std::to_string(report.missing) + " " + std::to_string(report.broken);
    });
}
inline void catalog(std::string_view bytes) {
    auto options = take_table_options(bytes);
    if (options.item_column.given()) options.title_column = 0;
    options.read_values = true;
    if (options.decimal_comma) options.encoding = graft::text_encoding::utf8;
    const auto whole = catalog_in(bytes, options, std::size_t{1} << 18U);
    require(whole == catalog_in(bytes, options, 16), "the same for any size of blocks");
}

/// Lines of JSON as ratings and as items.
inline void json(std::string_view bytes) {
    auto options = take_table_options(bytes);
    options.separator.clear();
    options.item_column = {};
    const std::string text =
        "{\"user\":1,\"id\":2,\"item\":2,\"title\":\"t\",\"rating\":3,\"genres\":[]}\n" + std::string(bytes);
    require(ratings_in(text, options, 16) == ratings_in(text, options, std::size_t{1} << 18U),
            "the same for any size of blocks");
    require(catalog_in(text, options, 16) == catalog_in(text, options, std::size_t{1} << 18U),
            "the same for any size of blocks");
}

/// What bytes say a model is, loaded and mapped.
template <class Scalar, class Scorer>
void model_of_type(std::string_view bytes) {
    using loaded_type = graft::recommender<Scalar, Eigen::Dynamic, graft::cpu, Scorer>;
    using mapped_type = graft::mapped_recommender<Scalar, Scorer>;
    const auto refused = [](auto&& open) {
        try {
            open();
            return false;
        } catch (const graft::format_error&) {
        } catch (const graft::argument_error&) {} // another type
        return true;
    };
    std::optional<mapped_type> mapped;
    std::optional<loaded_type> loaded;
    refused([&] { mapped.emplace(bytes, "f"); });
    const bool none = refused([&] { loaded.emplace(graft::detail::model_from<loaded_type>(bytes, "f")); });
    if (!none) {
        require(!loaded->users().first_row_not_finite() && !loaded->items().first_row_not_finite(),
                "finite numbers");
        require(!refused([&] { graft::detail::check_model(bytes, "f"); }), "what can be loaded is whole");
    }
    if (!mapped) return;
    const auto try_side = [&](auto id, std::size_t rows, std::size_t named, const auto& find,
                              const auto& ids) {
        using id_type = decltype(id);
        require(named <= rows, "no more ids than rows");
        for (std::size_t row = 0; row < named; ++row) {
            const auto text = mapped->id_of(static_cast<id_type>(row));
            require(text.size() <= bytes.size(), "ids lie in the file");
            std::optional<std::size_t> found;
            try {
                found = row_of(find(text));
            } catch (const graft::argument_error&) {}
            require(!found || *found < rows, "an id's row is one of the table");
            if (none) continue;
            require(found == row, "each id finds its row");
            require(ids && ids->size() == named && ids->id(row) == text, "the same ids loaded");
        }
    };
    const std::shared_ptr<const graft::id_map> unknown;
    try_side(
        graft::user_id{}, mapped->num_users(), mapped->num_user_ids(),
        [&](std::string_view id) { return mapped->user(id); }, none ? unknown : loaded->shared_user_ids());
    try_side(
        graft::item_id{}, mapped->num_items(), mapped->num_item_ids(),
        [&](std::string_view id) { return mapped->item(id); }, none ? unknown : loaded->shared_item_ids());
    if (mapped->num_users() == 0) return;
    const auto list = graft::recommend(*mapped, graft::user_id{}, 3);
    require(list.size() == (std::min)(std::size_t{3}, mapped->num_items()), "a list of what there is");
    if (none) return;
    const auto same = graft::recommend(*loaded, graft::user_id{}, 3);
    for (std::size_t k = 0; k < list.size(); ++k)
        require(list[k].item == same[k].item, "the same list mapped and loaded");
}
inline void model(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto choice = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    std::vector<std::uint64_t> words(bytes.size() / 8 + 1); // where a file's bytes lie
    if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    const std::string_view file(reinterpret_cast<const char*>(words.data()), bytes.size());
    if (choice % 4 == 0) return model_of_type<float, graft::dot>(file);
    if (choice % 4 == 1) return model_of_type<float, graft::biased>(file);
    if (choice % 4 == 2) return model_of_type<double, graft::dot>(file);
    return model_of_type<double, graft::biased>(file);
}

/// What bytes say that a run of `fit` was, on two users and three items.
struct small_run {
    const std::vector<graft::user_id> users{graft::user_id{0}, graft::user_id{1}};
    const std::vector<graft::item_id> items{graft::item_id{2}, graft::item_id{1}};
    const std::vector<float> values{1.0F, 2.0F};
    const graft::interactions data = graft::interactions::from_rows(users, items, values, 2, 3);
    const graft::table_rules rules;
    graft::detail::run_description description;
    small_run() {
        description.users = {2, 3, true, 0, &rules};
        description.items = {3, 3, true, 1, &rules};
        description.scalar_size = sizeof(float);
        description.moments = 2;
        description.lazy = true;
        description.keeps_best = true;
        description.train = &data;
        description.valid = &data;
        description.epochs = 4;
        description.steps_per_epoch = 2;
        description.lr = [](std::size_t epoch) { return 1.0 / static_cast<double>(epoch); };
    }
};
/// Takes rows, and looks at their places.
class rows_of_run final : public graft::detail::run_rows {
public:
    explicit rows_of_run(std::size_t epochs) : epochs_(epochs) {}
    [[nodiscard]] graft::training_rows of(graft::table_side side) const override {
        const bool moved = side == graft::table_side::users || epochs_ > 1;
        return {side == graft::table_side::users ? 2U : 3U, moved ? 3U : 1U, 3, moved};
    }
    void read(graft::table_side side, std::size_t first, std::size_t count, void* values,
              std::uint32_t* last) override {
        const auto shape = of(side);
        std::memset(values, 0, count * shape.vectors * shape.width * sizeof(float));
        for (std::size_t r = 0; shape.have_steps && r < count; ++r)
            last[r] = static_cast<std::uint32_t>(first + r);
    }
    void write(graft::table_side side, std::size_t first, std::size_t count, const void* values,
               const std::uint32_t* last) override {
        const auto shape = of(side);
        require(first + count <= shape.rows, "rows of the table");
        std::vector<float> row(count * shape.vectors * shape.width);
        std::memcpy(row.data(), values, row.size() * sizeof(float));
        for (std::size_t r = 0; shape.have_steps && r < count; ++r)
            require(last[r] <= steps(), "no row is ahead of the steps");
    }
    void settle() override {}
    [[nodiscard]] std::uint32_t steps() const override { return static_cast<std::uint32_t>(2 * epochs_); }

private:
    std::size_t epochs_;
};
/// The weights of a small run that are kept beside it.
class weights_of_run final : public graft::detail::kept_weights {
public:
    void read(graft::table_side side, std::size_t first, std::size_t count, void* values) const override {
        const auto& all = side == graft::table_side::users ? users : items;
        require((first + count) * 3 <= all.size(), "weights of the table");
        std::memcpy(values, all.data() + first * 3, count * 3 * sizeof(float));
    }
    void write(graft::table_side side, std::size_t first, std::size_t count, const void* values) override {
        auto& all = side == graft::table_side::users ? users : items;
        require((first + count) * 3 <= all.size(), "weights of the table");
        std::memcpy(all.data() + first * 3, values, count * 3 * sizeof(float));
    }
    std::vector<float> users = std::vector<float>(2 * 3), items = std::vector<float>(3 * 3);
};
inline void checkpoint(std::string_view bytes) {
    const small_run run;
    std::string file(bytes);
    if (file.size() >= 8) { // the sum that the bytes have; nothing is looked at where it is another
        const auto sum = graft::detail::content_sum::of(bytes.substr(0, bytes.size() - 8));
        std::memcpy(file.data() + file.size() - 8, &sum, sizeof sum);
    }
    weights_of_run weights;
    guarded([&] {
        graft::detail::checkpoint_file earlier("f");
        try {
            const auto steps = earlier.read_moments(file, "f", run.description);
            require(steps.count() > 0 && steps.count() <= 0xffff'ffffU, "steps that are counted");
            rows_of_run rows(static_cast<std::size_t>((steps.count() + 1) / 2));
            earlier.restore_moments(rows, weights);
        } catch (const graft::argument_error&) {} // of another model
    });
    graft::detail::checkpoint_file kept("f");
    std::vector<graft::epoch_record> done;
    try {
        done = kept.read(file, "f", run.description);
    } catch (const graft::format_error&) { return; } catch (const graft::argument_error&) { // another run
        return;
    }
    require(!done.empty() && done.size() <= run.description.epochs, "some of the epochs");
    for (const auto& epoch : done)
        require(std::isfinite(epoch.train_loss) && std::isfinite(epoch.valid_loss.value()), "finite losses");
    rows_of_run rows(done.size());
    kept.restore(rows, weights);
}

struct target {
    std::string_view name;
    void (*run)(std::string_view);
};
inline constexpr target targets[] = {{"any", any},
                                     {"text", text},
                                     {"binary", binary},
                                     {"fasttext", fasttext},
                                     {"npy", npy},
                                     {"safetensors", safetensors},
                                     {"ratings", ratings},
                                     {"catalog", catalog},
                                     {"json", json},
                                     {"model", model},
                                     {"checkpoint", checkpoint}};

} // namespace fuzz
