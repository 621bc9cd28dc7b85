#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <graft/backend/training_engine.hpp>
#include <graft/core/detail/fingerprint.hpp>
#include <graft/core/detail/message.hpp>
#include <graft/core/detail/utf8.hpp>
#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/io/group_file.hpp>
#include <graft/io/mapped_file.hpp>
#include <graft/io/safetensors.hpp>
#include <graft/io/tensor_file.hpp>
#include <graft/model/weights_snapshot.hpp>
#include <graft/optim/table_rules.hpp>
#include <graft/train/detail/run_keeper.hpp>
#include <graft/train/detail/run_rows.hpp>
#include <graft/train/detail/take_moments.hpp>
#include <graft/train/history.hpp>

namespace graft::inline v0_1::detail {

/// What settings and data are in a file: text without quotes, backslashes and control characters.
struct run_text {
    /// The shortest of 15 or 17 digits that gives the number again, whatever the program's locale.
    [[nodiscard]] static std::string of(double value) {
        for (const int digits : {15, 17}) {
            std::stringstream text;
            text.imbue(std::locale::classic());
            text.precision(digits);
            text << value;
            double again = 0;
            if (digits == 17 || (text >> again && again == value)) return text.str();
        }
        return {};
    }
    [[nodiscard]] static std::string of(std::string_view text) {
        std::string plain(text);
        for (char& letter : plain)
            if (letter < ' ' || letter > '~' || letter == '"' || letter == '\\') letter = '?';
        return plain;
    }
    [[nodiscard]] static std::string of(const run_setting& setting) {
        switch (setting.type) {
        case run_setting::kind::real:
            return of(setting.real);
        case run_setting::kind::whole:
            return message(setting.whole);
        case run_setting::kind::text:
            break;
        }
        return of(std::string_view(setting.text));
    }
    [[nodiscard]] static std::string of(const interactions* data) {
        if (data == nullptr) return "none";
        fingerprint sum;
        sum.add(data->users());
        sum.add(data->items());
        sum.add(data->values());
        return message(data->size(), " interactions of fingerprint ", sum.text());
    }
    /// The first so many.
    [[nodiscard]] static std::string of(const id_map& ids, std::size_t count) {
        fingerprint sum;
        for (std::size_t row = 0; row < count; ++row) sum.add(ids.id(row));
        return message(count, " of fingerprint ", sum.text());
    }
    [[nodiscard]] static std::string of(const table_rules& rules) {
        if (rules.lr_factor == 1 && !rules.l2 && rules.row_lr_factors.empty() && rules.row_l2.empty() &&
            rules.anchor.size() == 0)
            return "none";
        fingerprint sum;
        const double numbers[] = {rules.lr_factor, rules.l2.value_or(-1)};
        sum.add(std::span<const double>(numbers));
        sum.add(std::span<const float>(rules.row_lr_factors));
        sum.add(std::span<const float>(rules.row_l2));
        const Eigen::Index shape[] = {rules.anchor.rows(), rules.anchor.cols()};
        sum.add(std::span<const Eigen::Index>(shape));
        sum.add(std::span<const float>(rules.anchor.data(), static_cast<std::size_t>(rules.anchor.size())));
        return message("some of fingerprint ", sum.text());
    }
};

/// Adds up the content of a file in pieces of one size.
class content_sum {
public:
    static constexpr std::size_t piece = std::size_t{1} << 16U;

    [[nodiscard]] static std::uint64_t of(std::string_view content) {
        fingerprint sum;
        for (; !content.empty(); content.remove_prefix((std::min)(piece, content.size())))
            sum.add(content.substr(0, piece));
        return sum.value();
    }
};

/// Writes to a file and adds up what it writes, as content_sum does.
class summing_writer {
public:
    explicit summing_writer(group_file& file) : file_(file) { held_.reserve(content_sum::piece); }
    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = (std::min)(bytes.size(), content_sum::piece - held_.size());
            held_.append(bytes.substr(0, count));
            bytes.remove_prefix(count);
            if (held_.size() == content_sum::piece) flush();
        }
    }
    template <class T>
    void write_numbers(const T* numbers, std::size_t count) {
        write({reinterpret_cast<const char*>(numbers), count * sizeof(T)});
    }
    /// Writes the sum of all before it.
    void finish() {
        if (!held_.empty()) flush();
        const std::uint64_t sum = sum_.value();
        file_.write({reinterpret_cast<const char*>(&sum), sizeof sum});
    }

private:
    void flush() {
        sum_.add(held_);
        file_.write(held_);
        held_.clear();
    }

    group_file& file_;
    std::string held_;
    fingerprint sum_;
};

/// A run of `fit` in a safetensors file:
///
/// - history: F64 [epochs, 5], by epoch the training loss, the validation loss and the monitored value (NaN where
///   there is none), the learning rate and the seconds
/// - users.rows, items.rows: F32 or F64 [rows, vectors, width], the rows as the engine has them: each its weights
///   and, where the table has moved, its moments. Of lazy optimizers they lag behind.
/// - users.steps, items.steps: U32 [rows], the step that a row is up to date with, for lazy optimizers where the
///   table has moved
/// - best.users, best.items: [rows, width], the weights of the best epoch, where they are kept
/// - checksum: U32 [2], of all bytes before its own, at the end
/// - metadata: format "graft checkpoint", version "1", and what tells the run from others
///
/// The steps so far and the orders of the epochs follow from the history and the seed.
class checkpoint_file final : public run_keeper {
public:
    explicit checkpoint_file(std::filesystem::path path) : path_(std::move(path)) {}

    /// Throws io_error where the file cannot be read or none can be written there, format_error for a file that
    /// is damaged or no checkpoint, and argument_error for one of another run.
    [[nodiscard]] std::vector<epoch_record> find(const run_description& run) override {
        set_identity(run);
        std::error_code ignored;
        bool is_there = std::filesystem::exists(path_, ignored);
        if (writers_.agree != nullptr) is_there = !writers_.agree(is_there ? "yes" : "").empty();
        if (!is_there) {
            group_file can_be_written(path_, writers_);
            can_be_written.check();
            return {};
        }
        file_.emplace(path_);
        auto done = read(file_->bytes(), path_.string(), run);
        file_->check_unchanged();
        return done;
    }
    /// The same of bytes, which stay where they are until restore.
    [[nodiscard]] std::vector<epoch_record> read(std::string_view bytes, const std::string& name,
                                                 const run_description& run) {
        if (identity_.empty()) set_identity(run);
        tensor_file tensors = open(bytes, name);
        check_identity(tensors);
        auto done = read_history(tensors, run);
        const std::uint64_t steps = run.steps_before + done.size() * run.steps_per_epoch;
        read_side(tensors, run, "users", run.users, done.size(), steps, users_);
        read_side(tensors, run, "items", run.items, done.size(), steps, items_);
        if (const auto* const other = tensors.left_over(); other != nullptr)
            tensors.fail(message("the tensor ", quote(other->name), " has no place in a checkpoint"));
        return done;
    }

    /// Of the same model and optimizer, or of a model with the first of its rows. Throws as `find`, and io_error where
    /// there is no file.
    [[nodiscard]] earlier_steps find_moments(const run_description& run) override {
        file_.emplace(path_);
        auto steps = read_moments(file_->bytes(), path_.string(), run);
        file_->check_unchanged();
        return steps;
    }
    /// The same of bytes, which stay where they are until restore_moments.
    [[nodiscard]] earlier_steps read_moments(std::string_view bytes, const std::string& name,
                                             const run_description& run) {
        scalar_size_ = run.scalar_size;
        tensor_file tensors = open(bytes, name);
        check_has_moments_for(tensors, run);
        auto steps = read_steps(tensors);
        std::uint64_t sum = 0;
        std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
        steps.identity = message("a run of ", steps.count(), " steps with the checksum ", sum);
        read_earlier_side(tensors, run, "user", "users", run.users, *run.train->shared_user_ids(),
                          steps.count(), users_);
        read_earlier_side(tensors, run, "item", "items", run.items, *run.train->shared_item_ids(),
                          steps.count(), items_);
        return steps;
    }
    void restore_moments(run_rows& rows, const kept_weights& weights) override {
        const auto restore_moving = [&](table_side which, side& found) {
            found.has_moments = found.has_moments && rows.of(which).vectors > 1;
            if (found.has_moments) restore_side(rows, which, found);
        };
        restore_moving(table_side::users, users_);
        restore_moving(table_side::items, items_);
        rows.settle();
        const auto take = [&](table_side which, const side& found) {
            take_moments(rows, found.has_moments ? found.count : 0, rows, which, scalar_size_, &weights);
        };
        take(table_side::users, users_);
        take(table_side::items, items_);
        forget();
    }

    void restore(run_rows& rows, kept_weights& best) override {
        const auto restore_one = [&](table_side which, const side& found) {
            restore_side(rows, which, found);
            if (!keeps_best_) return;
            restore_pieces(found.best, found.count, rows.of(which).width * scalar_size_,
                           [&](std::size_t first, std::size_t count, const void* values) {
                               best.write(which, first, count, values);
                           });
        };
        restore_one(table_side::users, users_);
        restore_one(table_side::items, items_);
        forget();
    }

    /// Throws io_error, and then the file is as it was.
    void keep(const std::vector<epoch_record>& done, run_rows& rows, const kept_weights& best) override {
        const auto users = rows.of(table_side::users);
        const auto items = rows.of(table_side::items);
        safetensors_header header;
        header.metadata = {{"format", format}, {"version", version}};
        header.metadata.insert(header.metadata.end(), identity_.begin(), identity_.end());
        const auto add = [&](const char* name, const char* type, std::vector<std::uint64_t> shape) {
            header.tensors.push_back({name, type, std::move(shape), 0, 0});
        };
        const char* const scalar = scalar_type(scalar_size_);
        add("history", "F64", {done.size(), columns});
        add("users.rows", scalar, {users.rows, users.vectors, users.width});
        add("items.rows", scalar, {items.rows, items.vectors, items.width});
        if (keeps_best_) add("best.users", scalar, {users.rows, users.width});
        if (keeps_best_) add("best.items", scalar, {items.rows, items.width});
        if (users.have_steps) add("users.steps", "U32", {users.rows});
        if (items.have_steps) add("items.steps", "U32", {items.rows});
        add("checksum", "U32", {2});

        group_file file(path_, writers_);
        summing_writer out(file);
        out.write(write_safetensors_header(header));
        write_history(out, done);
        std::vector<std::uint32_t> user_steps(users.have_steps ? users.rows : 0);
        std::vector<std::uint32_t> item_steps(items.have_steps ? items.rows : 0);
        write_rows(out, rows, table_side::users, users, scalar_size_, user_steps);
        write_rows(out, rows, table_side::items, items, scalar_size_, item_steps);
        if (keeps_best_) {
            const auto write_best = [&](table_side which, const training_rows& shape) {
                write_pieces(out, shape.rows, shape.width * scalar_size_,
                             [&](std::size_t first, std::size_t count, void* values) {
                                 best.read(which, first, count, values);
                             });
            };
            write_best(table_side::users, users);
            write_best(table_side::items, items);
        }
        out.write_numbers(user_steps.data(), user_steps.size());
        out.write_numbers(item_steps.data(), item_steps.size());
        out.finish();
        file.finish();
    }

private:
    /// What was found of a table.
    struct side {
        std::string_view rows, steps, best;
        std::size_t count = 0; // of the rows
        bool has_moments = false;
    };
    static constexpr const char* format = "graft checkpoint";
    static constexpr const char* version = "1";
    static constexpr std::size_t columns = 5; // of the history
    static constexpr std::size_t lr_column = 3;

    [[nodiscard]] static const char* scalar_type(std::size_t size) { return size == 4 ? "F32" : "F64"; }

    void forget() {
        users_ = {};
        items_ = {};
        file_.reset();
    }

    [[nodiscard]] static tensor_file open(std::string_view bytes, const std::string& name) {
        if (bytes.size() < 10 || bytes[8] != '{')
            fail_at(name, {false, 0}, "this is no checkpoint of fit; give another path");
        tensor_file tensors(bytes, name, "checkpoint");
        check_format(tensors);
        check_sum(tensors, bytes);
        return tensors;
    }

    void set_identity(const run_description& run) {
        writers_ = run.writers;
        scalar_size_ = run.scalar_size;
        keeps_best_ = run.keeps_best;
        for (const auto& setting : run.settings) identity_.emplace_back(setting.name, run_text::of(setting));
        identity_.emplace_back("rules of users", run_text::of(*run.users.rules));
        identity_.emplace_back("rules of items", run_text::of(*run.items.rules));
        identity_.emplace_back(
            "user ids", run_text::of(*run.train->shared_user_ids(), run.train->shared_user_ids()->size()));
        identity_.emplace_back(
            "item ids", run_text::of(*run.train->shared_item_ids(), run.train->shared_item_ids()->size()));
        identity_.emplace_back("training data", run_text::of(run.train));
        identity_.emplace_back("validation data", run_text::of(run.valid));
    }

    static void check_format(const tensor_file& tensors) {
        const auto* const found = tensors.header().note("format");
        if (found == nullptr || *found != format)
            tensors.fail("this is no checkpoint of fit; give another path");
        const auto* const its = tensors.header().note("version");
        if (its == nullptr || *its != version)
            tensors.fail(message("the checkpoint has the version ", its == nullptr ? "nothing" : quote(*its),
                                 " and this graft reads ", quote(version),
                                 "; go on with the graft that wrote it, or remove it to begin anew"));
    }
    static void check_sum(tensor_file& tensors, std::string_view bytes) {
        const auto sum = tensors.take("checksum", "U32", {2});
        std::uint64_t written = 0;
        std::memcpy(&written, sum.data(), sizeof written);
        if (sum.data() + sum.size() != bytes.data() + bytes.size() ||
            content_sum::of(bytes.substr(0, bytes.size() - sum.size())) != written)
            tensors.fail("the bytes are not those that fit wrote; the file is damaged, so remove it to begin "
                         "anew, or fetch it again");
    }
    void check_identity(const tensor_file& tensors) const {
        for (const auto& [name, value] : identity_) {
            const auto* const found = tensors.header().note(name);
            if (found != nullptr && *found == value) continue;
            throw argument_error(message(
                "fit: ", tensors.name(), " is the checkpoint of another run: its ", name, ": ",
                found == nullptr ? "nothing" : *found, "; of this call: ", value,
                "; call fit as that run did, or give another path, or remove the file to begin anew"));
        }
    }

    /// Whether the rows and moments are such as this run has; the learning rate may be another.
    static void check_has_moments_for(const tensor_file& tensors, const run_description& run) {
        bool of_optimizer = false;
        for (const auto& setting : run.settings) {
            const std::string_view name = setting.name;
            of_optimizer = name == "optimizer" || (of_optimizer && name != "loss");
            if ((of_optimizer && name != "lr") || name == "scalar" || name == "scorer" || name == "backend" ||
                name == "dim")
                check_note(tensors, setting.name, run_text::of(setting));
        }
    }
    static void check_note(const tensor_file& tensors, const char* name, const std::string& value) {
        const auto* const found = tensors.header().note(name);
        if (found != nullptr && *found == value) return;
        throw argument_error(
            message("fit: moments_of: the run of ", tensors.name(), " had the ", name, " ",
                    found == nullptr ? "nothing" : *found, ", and this call has ", value,
                    "; its moments do not serve this model and optimizer, so leave them out"));
    }
    /// The number that a note begins with.
    [[nodiscard]] static std::uint64_t number_of(const tensor_file& tensors, const char* name) {
        std::uint64_t number = 0;
        const auto* const note = tensors.header().note(name);
        if (note == nullptr ||
            std::from_chars(note->data(), note->data() + note->size(), number).ec != std::errc())
            tensors.fail(message("the metadata have no number of ", name, "; the file is damaged"));
        return number;
    }
    [[nodiscard]] static earlier_steps read_steps(tensor_file& tensors) {
        const auto& shape = tensors.require("history").shape;
        const std::uint64_t epochs = shape.empty() ? 0 : shape[0];
        const auto numbers = tensors.take("history", "F64", {epochs, columns});
        const auto before = number_of(tensors, "steps before");
        const auto each = number_of(tensors, "steps of an epoch");
        constexpr std::uint64_t most = (std::numeric_limits<std::uint32_t>::max)();
        if (epochs == 0 || each == 0 || before >= most || each >= most || epochs > (most - before) / each)
            tensors.fail("the history has no steps, or more than are counted; the file is damaged");
        earlier_steps steps;
        for (std::size_t e = 0; e < epochs; ++e) {
            double lr = 0;
            std::memcpy(&lr, numbers.data() + (e * columns + lr_column) * sizeof lr, sizeof lr);
            if (!(lr >= 0) || !std::isfinite(lr))
                tensors.fail(message("epoch ", e + 1, " has no learning rate; the file is damaged"));
            if (e == 0 && before > 0) steps.all.push_back({lr, static_cast<std::size_t>(before)});
            steps.all.push_back({lr, static_cast<std::size_t>(each)});
        }
        return steps;
    }
    void read_earlier_side(tensor_file& tensors, const run_description& run, const std::string& kind,
                           const std::string& name, const run_description::table& table, const id_map& ids,
                           std::uint64_t steps, side& found) const {
        const auto note = kind + " ids";
        const auto named = number_of(tensors, note.c_str());
        if (named > ids.size() ||
            *tensors.header().note(note) != run_text::of(ids, static_cast<std::size_t>(named)))
            throw argument_error(message("fit: moments_of: the run of ", tensors.name(), " had other ", note,
                                         " than the first of this call's data; read these "
                                         "with .rows_of that run's data or model"));
        const auto& shape = tensors.require(name + ".rows").shape;
        if (shape.size() != 3 || shape[0] > table.rows || shape[2] != table.width ||
            (shape[1] != 1 && shape[1] != 1 + run.moments))
            throw argument_error(message(
                "fit: moments_of: the run of ", tensors.name(), " had a model whose ", name,
                " are more than, or other than, the first ", table.rows, " of this one; grow that model"));
        found.has_moments = shape[1] > 1;
        found.count = static_cast<std::size_t>(shape[0]);
        found.rows = tensors.take(name + ".rows", scalar_type(run.scalar_size), shape);
        if (run.lazy && found.has_moments) read_row_steps(tensors, name, steps, found);
    }

    [[nodiscard]] static std::vector<epoch_record> read_history(tensor_file& tensors,
                                                                const run_description& run) {
        const auto& shape = tensors.require("history").shape;
        const std::uint64_t epochs = shape.empty() ? 0 : shape[0];
        const auto numbers = tensors.take("history", "F64", {epochs, columns});
        if (epochs == 0) tensors.fail("the history has no epoch; the file is damaged");
        if (epochs > run.epochs)
            throw argument_error(message("fit: the run of ", tensors.name(), " has done ", epochs,
                                         " epochs, and this call's options say ", run.epochs,
                                         "; give at least as many, or another path"));
        if (epochs > (std::numeric_limits<std::uint32_t>::max)() / run.steps_per_epoch)
            tensors.fail("the history has more steps than are counted; the file is damaged");
        std::vector<epoch_record> done;
        done.reserve(static_cast<std::size_t>(epochs));
        for (std::size_t e = 0; e < epochs; ++e) {
            double row[columns];
            std::memcpy(row, numbers.data() + e * sizeof row, sizeof row);
            const auto or_none = [](double value) {
                return std::isnan(value) ? std::nullopt : std::optional(value);
            };
            epoch_record record{e + 1, row[0], or_none(row[1]), or_none(row[2]), row[3], row[4]};
            if (!std::isfinite(row[0]) || !std::isfinite(row[4]) || std::isinf(row[1]) ||
                std::isinf(row[2]) || record.valid_loss.has_value() != (run.valid != nullptr) ||
                record.monitored.has_value() != run.has_monitor)
                tensors.fail(
                    message("the history has no such numbers in epoch ", e + 1, "; the file is damaged"));
            if (const double lr = run.lr(e + 1); lr != record.lr)
                throw argument_error(message(
                    "fit: the run of ", tensors.name(), " had the learning rate ", run_text::of(record.lr),
                    " in epoch ", e + 1, ", and this call has ", run_text::of(lr),
                    "; give the same schedule, and the same epochs where it depends on them, or "
                    "another path"));
            done.push_back(record);
        }
        return done;
    }
    static void write_history(summing_writer& out, const std::vector<epoch_record>& done) {
        constexpr double none = std::numeric_limits<double>::quiet_NaN();
        for (const auto& epoch : done) {
            const double row[columns] = {epoch.train_loss, epoch.valid_loss.value_or(none),
                                         epoch.monitored.value_or(none), epoch.lr, epoch.seconds};
            out.write_numbers(row, columns);
        }
    }

    static void read_side(tensor_file& tensors, const run_description& run, const std::string& name,
                          const run_description::table& table, std::size_t epochs, std::uint64_t steps,
                          side& found) {
        const bool moved = table.has_moved(epochs);
        const std::string scalar = scalar_type(run.scalar_size);
        found.rows =
            tensors.take(name + ".rows", scalar, {table.rows, 1 + (moved ? run.moments : 0), table.width});
        if (run.keeps_best) found.best = tensors.take("best." + name, scalar, {table.rows, table.width});
        found.count = table.rows;
        found.has_moments = moved && run.moments > 0;
        if (run.lazy && moved) read_row_steps(tensors, name, steps, found);
    }
    static void read_row_steps(tensor_file& tensors, const std::string& name, std::uint64_t steps,
                               side& found) {
        found.steps = tensors.take(name + ".steps", "U32", {found.count});
        for (std::size_t r = 0; r < found.count; ++r) {
            std::uint32_t step = 0;
            std::memcpy(&step, found.steps.data() + r * sizeof step, sizeof step);
            if (step > steps)
                tensors.fail(message("row ", r, " of the ", name, " is said to be up to date with step ",
                                     step, " of ", steps, "; the file is damaged"));
        }
    }

    /// Writes a table's rows, some at a time: read(first, count, values) has their numbers.
    template <class Read>
    static void write_pieces(summing_writer& out, std::size_t rows, std::size_t row_bytes, const Read& read) {
        std::vector<double> piece; // aligned for either scalar
        for_row_pieces(rows, row_bytes, [&](std::size_t first, std::size_t count) {
            piece.resize(count * row_bytes / sizeof(double) + 1);
            read(first, count, piece.data());
            out.write({reinterpret_cast<const char*>(piece.data()), count * row_bytes});
        });
    }
    /// The way back: write(first, count, values) takes them.
    template <class Write>
    static void restore_pieces(std::string_view from, std::size_t rows, std::size_t row_bytes,
                               const Write& write) {
        std::vector<double> piece;
        for_row_pieces(rows, row_bytes, [&](std::size_t first, std::size_t count) {
            piece.resize(count * row_bytes / sizeof(double) + 1);
            std::memcpy(piece.data(), from.data() + first * row_bytes, count * row_bytes);
            write(first, count, piece.data());
        });
    }

    static void write_rows(summing_writer& out, run_rows& rows, table_side which, const training_rows& shape,
                           std::size_t scalar_size, std::vector<std::uint32_t>& steps) {
        write_pieces(out, shape.rows, shape.vectors * shape.width * scalar_size,
                     [&](std::size_t first, std::size_t count, void* values) {
                         rows.read(which, first, count, values,
                                   shape.have_steps ? steps.data() + first : nullptr);
                     });
    }
    void restore_side(run_rows& rows, table_side which, const side& found) const {
        const auto shape = rows.of(which);
        std::vector<std::uint32_t> steps;
        restore_pieces(found.rows, found.count, shape.vectors * shape.width * scalar_size_,
                       [&](std::size_t first, std::size_t count, const void* values) {
                           if (shape.have_steps) {
                               steps.resize(count);
                               std::memcpy(steps.data(), found.steps.data() + first * sizeof(std::uint32_t),
                                           count * sizeof(std::uint32_t));
                           }
                           rows.write(which, first, count, values, steps.data());
                       });
    }

    std::filesystem::path path_;
    std::vector<std::pair<std::string, std::string>> identity_; // what tells the run from others
    std::size_t scalar_size_ = 0;
    bool keeps_best_ = false;
    writer_group writers_;
    std::optional<mapped_file> file_;
    side users_, items_;
};

} // namespace graft::inline v0_1::detail
