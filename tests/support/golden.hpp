#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

/// Golden values that make_golden.py wrote with PyTorch. A test says
///
///     const auto c = golden::load("adam_basic");               // hyperparameters and weights
///     auto users = c.initial().users;                          // [n_users x dim], exact in float too
///     for (int step = 0; step < c.steps; ++step) {
///         const auto b = golden::batch(c, step);               // b.users, b.items, b.targets
///         train(users, b, c.rate(step));
///         if (const auto* want = c.f64_at(step + 1)) compare(users, want->users);
///     }
///
/// Cases: gradient_dot gradient_biased (scores, loss and gradients of one batch); adam_basic adam_biased
/// adam_long adam_betas adam_tiny adam_tinier adam_lr0 adam_pause adam_one_row adam_step adam_cosine
/// adam_exponential adamw_basic adamw_biased adamw_long adamw_tiny sparse_adam_basic sparse_adam_long
/// sgd_basic sgd_biased; adam_logistic adam_bpr adam_softmax for the other losses. The long ones have 3000 steps, the others 500.
///
/// The rows that a batch meets are uneven on purpose (see `pick`): many ids are there twice in a batch, one
/// row of each table is met in the first and last 20 steps only, the last one never, and others sleep for
/// hundreds or thousands of steps.
namespace golden {

static_assert(std::endian::native == std::endian::little, "the golden files are little-endian");

template <class Scalar>
using matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The weights after `step` steps. The biases, [rows x 1], are empty for the dot scorer.
template <class Scalar>
struct snapshot {
    int step = 0;
    matrix<Scalar> users, items, user_bias, item_bias;
    double loss = 0; ///< Loss of the step's batch before its update, not scaled; float64 runs only.
};

struct batch_data {
    std::vector<std::uint32_t> users, items;
    std::vector<double> targets; ///< Multiples of 1/2 from 1/2 to 9/2; 0 or 1 for logistic.
};

struct case_data {
    std::string name;
    std::string optimizer; ///< adam adamw sparse_adam sgd, or none for the gradient cases.
    std::string scorer;    ///< dot: <user, item>; biased: mean + user_bias + item_bias + <user, item>.
    double mean = 0;       ///< A constant: it is not trained.
    std::uint64_t seed = 0;
    int n_users = 0, n_items = 0, dim = 0;
    double lr = 0, beta1 = 0, beta2 = 0, eps = 0;
    double weight_decay = 0;       ///< Decoupled, as AdamW.
    double loss_scale = 0;         ///< What is minimised is loss_scale times the mean squared error.
    std::string criterion = "mse"; ///< mse, logistic, bpr or softmax.
    int group = 1;                 ///< Consecutive interactions of one user, the first of them the positive.
    int steps = 0, batch = 0;
    int short_batch = 0; ///< Size of the last batch of each epoch; the others have `batch` interactions.
    int steps_per_epoch = 0;
    int phase = 0;
    /// constant; step: {epochs, factor}; cosine: {epochs, final rate}; exponential: {factor}; factors: that
    /// of each epoch, the last one goes on. As torch.optim.lr_scheduler, stepped once an epoch.
    std::string schedule;
    std::vector<double> schedule_values;
    std::vector<double> rates; ///< The learning rate of each epoch, as PyTorch's scheduler made it.
    std::vector<snapshot<double>> f64;
    std::vector<snapshot<float>> f32; ///< PyTorch's own run in float.

    double loss = 0;                                                               ///< Gradient cases only.
    matrix<double> scores, grad_users, grad_items, grad_user_bias, grad_item_bias; ///< Gradient cases only.

    /// The learning rate of a step, counted from 0.
    [[nodiscard]] double rate(int step) const {
        return rates.at(static_cast<std::size_t>(step / steps_per_epoch));
    }

    /// The weights after so many steps, or nullptr where none were stored.
    [[nodiscard]] const snapshot<double>* f64_at(int step) const { return at(f64, step); }
    [[nodiscard]] const snapshot<float>* f32_at(int step) const { return at(f32, step); }

    /// The weights before the first step; float holds them exactly.
    [[nodiscard]] snapshot<double> initial() const;

private:
    template <class Scalar>
    static const snapshot<Scalar>* at(const std::vector<snapshot<Scalar>>& all, int step) {
        for (const auto& one : all)
            if (one.step == step) return &one;
        return nullptr;
    }
};

/// splitmix64 (Steele, Lea and Flood 2014) at any place of a sequence.
[[nodiscard]] inline std::uint64_t mix(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter) {
    std::uint64_t z =
        seed * 0xD1342543DE82EF95U + stream * 0xA0761D6478BD642FU + (counter + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// A row out of n. Row 0 is met often; row n-1 never; row n-2 only in the first and last 20 steps; the others
/// while their window is the current one, which moves on after `phase` steps.
[[nodiscard]] inline std::uint32_t pick(const case_data& c, int rows, int step, std::uint64_t h) {
    const auto n = static_cast<std::uint64_t>(rows);
    if (n < 8) return static_cast<std::uint32_t>(h % n);
    const std::uint64_t r = h % 8;
    h /= 8;
    if (r == 0 && (step < 20 || step >= c.steps - 20)) return static_cast<std::uint32_t>(n - 2);
    if (r == 1) return 0;
    const std::uint64_t window = (n - 2) / 3;
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(step / c.phase) * window + h % window) %
                                      (n - 2));
}

/// The interactions of a step, counted from 0.
[[nodiscard]] inline batch_data batch(const case_data& c, int step) {
    batch_data b;
    const int size = (step + 1) % c.steps_per_epoch == 0 ? c.short_batch : c.batch;
    for (int i = 0; i < size; ++i) {
        const auto k = static_cast<std::uint64_t>(step * c.batch + i);
        const auto first = k - k % static_cast<std::uint64_t>(c.group);
        b.users.push_back(pick(c, c.n_users, step, mix(c.seed, 1, first)));
        b.items.push_back(pick(c, c.n_items, step, mix(c.seed, 2, k)));
        const std::uint64_t h = mix(c.seed, 3, k);
        b.targets.push_back(c.criterion == "logistic" ? static_cast<double>(h % 2)
                                                      : static_cast<double>(1 + h % 9) / 2);
    }
    return b;
}

inline snapshot<double> case_data::initial() const {
    const auto table = [&](std::uint64_t stream, int rows, int cols) {
        matrix<double> w(rows, cols);
        for (Eigen::Index i = 0; i < w.size(); ++i) {
            const auto bits =
                static_cast<std::int64_t>(mix(seed, stream, static_cast<std::uint64_t>(i)) >> 40U);
            w.data()[i] = static_cast<double>(bits - (1 << 23)) / (1 << 25);
        }
        return w;
    };
    const int bias = scorer == "biased" ? 1 : 0;
    return {0, table(4, n_users, dim), table(5, n_items, dim), table(6, bias * n_users, bias),
            table(7, bias * n_items, bias)};
}

namespace detail {

inline void check_ids(const case_data& c, std::uint64_t expected) {
    std::uint64_t h = 0xCBF29CE484222325U; // FNV-1a
    const auto add = [&](std::uint64_t value) { h = (h ^ value) * 0x100000001B3U; };
    for (int step = 0; step < c.steps; ++step) {
        const auto b = batch(c, step);
        for (std::size_t i = 0; i < b.users.size(); ++i) {
            add(b.users[i]);
            add(b.items[i]);
            add(static_cast<std::uint64_t>(2 * b.targets[i]));
        }
    }
    if (h != expected)
        throw std::runtime_error(c.name + ": golden.hpp and make_golden.py draw different ids");
}

template <class Scalar>
matrix<Scalar> take(const std::string& content, std::size_t& at, int rows, int cols) {
    matrix<Scalar> block(rows, cols);
    const std::size_t bytes = static_cast<std::size_t>(block.size()) * sizeof(Scalar);
    if (content.size() - at < bytes) throw std::runtime_error("golden file is too short");
    std::memcpy(block.data(), content.data() + at, bytes);
    at += bytes;
    return block;
}

template <class Scalar>
void put(std::vector<snapshot<Scalar>>& all, int step, const std::string& name, matrix<Scalar> block) {
    if (all.empty() || all.back().step != step) all.emplace_back().step = step;
    auto& s = all.back();
    (name == "users"       ? s.users
     : name == "items"     ? s.items
     : name == "user_bias" ? s.user_bias
                           : s.item_bias) = std::move(block);
}

} // namespace detail

/// Throws std::runtime_error if there is no such case or its ids are not those of the Python side.
[[nodiscard]] inline case_data load(const std::string& name) {
    const auto folder = std::filesystem::path(GRAFT_FIXTURES).parent_path() / "golden";
    const std::string path = (folder / (name + ".golden")).string();
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const std::size_t end = content.find("\ndata\n");
    if (end == std::string::npos) throw std::runtime_error(path + ": is not a golden file");

    case_data c;
    std::uint64_t checksum = 0;
    std::size_t at = end + 6;
    std::vector<std::pair<int, double>> losses;
    std::istringstream text(content.substr(0, end));
    for (std::string line; std::getline(text, line);) {
        std::istringstream in(line);
        std::string key;
        in >> key;
        // clang-format off
        if (key == "name") in >> c.name;
        else if (key == "optimizer") in >> c.optimizer;
        else if (key == "scorer") in >> c.scorer;
        else if (key == "mean") in >> c.mean;
        else if (key == "seed") in >> c.seed;
        else if (key == "n_users") in >> c.n_users;
        else if (key == "n_items") in >> c.n_items;
        else if (key == "dim") in >> c.dim;
        else if (key == "lr") in >> c.lr;
        else if (key == "beta1") in >> c.beta1;
        else if (key == "beta2") in >> c.beta2;
        else if (key == "eps") in >> c.eps;
        else if (key == "weight_decay") in >> c.weight_decay;
        else if (key == "loss_scale") in >> c.loss_scale;
        else if (key == "criterion") in >> c.criterion;
        else if (key == "group") in >> c.group;
        else if (key == "steps") in >> c.steps;
        else if (key == "batch") in >> c.batch;
        else if (key == "short_batch") in >> c.short_batch;
        else if (key == "steps_per_epoch") in >> c.steps_per_epoch;
        else if (key == "phase") in >> c.phase;
        else if (key == "checksum") in >> checksum;
        // clang-format on
        else if (key == "schedule") {
            in >> c.schedule;
            for (double value = 0; in >> value;) c.schedule_values.push_back(value);
            in.clear();
        } else if (key == "rates") {
            for (double value = 0; in >> value;) c.rates.push_back(value);
            in.clear();
        } else if (key == "loss") {
            auto& [step, value] = losses.emplace_back();
            in >> step >> value;
        } else if (key == "block") {
            std::string type, block;
            int step = 0, rows = 0, cols = 0;
            in >> type >> step >> block >> rows >> cols;
            if (type == "f32") {
                detail::put(c.f32, step, block, detail::take<float>(content, at, rows, cols));
            } else {
                auto values = detail::take<double>(content, at, rows, cols);
                if (block == "scores")
                    c.scores = values;
                else if (block == "grad_users")
                    c.grad_users = values;
                else if (block == "grad_items")
                    c.grad_items = values;
                else if (block == "grad_user_bias")
                    c.grad_user_bias = values;
                else if (block == "grad_item_bias")
                    c.grad_item_bias = values;
                else
                    detail::put(c.f64, step, block, std::move(values));
            }
        }
        if (!in) throw std::runtime_error(path + ": cannot read the line '" + line + "'");
    }
    if (at != content.size()) throw std::runtime_error(path + ": is too long");
    for (const auto& [step, loss] : losses) {
        if (step == 0) c.loss = loss;
        for (auto& s : c.f64)
            if (s.step == step) s.loss = loss;
    }
    detail::check_ids(c, checksum);
    return c;
}

} // namespace golden
