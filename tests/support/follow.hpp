#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <Eigen/Core>
#include <doctest/doctest.h>

#include <graft/loss/softmax.hpp>
#include <graft/loss/squared_error.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/train/trainer.hpp>

#include <support/golden.hpp>
#include <support/larger.hpp>

// Training runs of a backend against those of PyTorch.
namespace golden {

struct one_batch {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;

    one_batch(const case_data& c, int step) {
        const auto b = batch(c, step);
        for (auto u : b.users) users.push_back(graft::user_id{u});
        for (auto i : b.items) items.push_back(graft::item_id{i});
        for (auto t : b.targets) targets.push_back(static_cast<float>(t));
    }
};

template <class Model>
void set_weights(Model& model, const case_data& c, const snapshot<double>& w) {
    const auto fill = [](auto& table, const auto& factors, const auto& bias) {
        for (std::size_t r = 0; r < table.rows(); ++r) {
            const auto at = static_cast<Eigen::Index>(r);
            table.set_row(r, factors.row(at).transpose());
            if (table.has_bias()) table.set_bias(r, static_cast<typename Model::scalar>(bias(at, 0)));
        }
    };
    fill(model.users(), w.users, w.user_bias);
    fill(model.items(), w.items, w.item_bias);
    if constexpr (Model::scorer_type::has_biases) model.set_mean(static_cast<typename Model::scalar>(c.mean));
}

template <class Backend, class Scorer, class Scalar>
auto start(const case_data& c) {
    graft::recommender<Scalar, Eigen::Dynamic, Backend, Scorer> model(static_cast<std::size_t>(c.n_users),
                                                                      static_cast<std::size_t>(c.n_items),
                                                                      static_cast<std::size_t>(c.dim));
    set_weights(model, c, c.initial());
    return model;
}

/// The largest number without its sign, or NaN if there is one.
template <class Numbers>
double largest(const Numbers& numbers) {
    return numbers.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
}

/// Largest distance of a number from that of the snapshot, as a part of the largest number of its table; NaN
/// if a number is.
template <class Model>
double distance(const Model& model, const snapshot<double>& want) {
    double worst = 0;
    const auto compare = [&worst](const auto& table, const auto& factors, const auto& bias) {
        for (std::size_t r = 0; r < table.rows(); ++r) {
            const auto at = static_cast<Eigen::Index>(r);
            const Eigen::VectorXd row = table.row(r).template cast<double>();
            worst = larger(worst, largest(row - factors.row(at).transpose()) / largest(factors));
            if (table.has_bias())
                worst =
                    larger(worst, std::abs(static_cast<double>(table.bias(r)) - bias(at, 0)) / largest(bias));
        }
    };
    compare(model.users(), want.users, want.user_bias);
    compare(model.items(), want.items, want.item_bias);
    return worst;
}

/// The same for PyTorch's float run.
inline double distance(const snapshot<float>& got, const snapshot<double>& want) {
    const auto far = [](const auto& a, const auto& b) {
        return b.size() == 0 ? 0.0 : largest(a.template cast<double>() - b) / largest(b);
    };
    return larger(larger(far(got.users, want.users), far(got.items, want.items)),
                  larger(far(got.user_bias, want.user_bias), far(got.item_bias, want.item_bias)));
}

/// The optimizer of a case. Scaling the loss by s is the same as an eps of eps / s, and for sgd a rate of s
/// lr.
template <class Optimizer>
Optimizer optimizer_of(const case_data& c) {
    Optimizer o;
    o.lr = c.lr;
    if constexpr (requires { o.eps; }) {
        o.beta1 = c.beta1;
        o.beta2 = c.beta2;
        o.eps = c.eps / c.loss_scale;
    }
    if constexpr (requires { o.weight_decay; }) o.weight_decay = c.weight_decay;
    return o;
}

template <class Backend, class Scorer, class Scalar, class Optimizer, class Loss = graft::squared_error>
void follow(const case_data& c, int most_steps = std::numeric_limits<int>::max()) {
    auto model = start<Backend, Scorer, Scalar>(c);
    graft::trainer<decltype(model), Optimizer, Loss> trainer(
        model, optimizer_of<Optimizer>(c), {.group_size = static_cast<std::size_t>(c.group)});
    constexpr bool sgd = std::is_same_v<Optimizer, graft::sgd>;
    for (int step = 0; step < std::min(c.steps, most_steps); ++step) {
        const one_batch b(c, step);
        trainer.set_lr(c.rate(step) * (sgd ? c.loss_scale : 1));
        const double loss = trainer.step(b.users, b.items, b.targets);
        const auto* want = c.f64_at(step + 1);
        if (want == nullptr) continue;
        trainer.settle();
        INFO(std::string(Backend::name) << " " << c.name << " step " << step + 1);
        const double ours = distance(model, *want);
        if constexpr (std::is_same_v<Scalar, double>) {
            CHECK(loss == doctest::Approx(want->loss).epsilon(1e-9));
            CHECK(ours <= 1e-10);
        } else {
            // Gradients of softmax can be so small that eps decides on the step: PyTorch's float strays by 2e-4.
            if (step < 500 && !std::is_same_v<Loss, graft::softmax>) CHECK(ours <= 1e-5);
            if (const auto* torch = c.f32_at(step + 1)) {
                const double theirs = distance(*torch, *want);
                MESSAGE(std::string(Backend::name) << ", " << c.name << ", step " << step + 1
                                                   << ": float strays from PyTorch's double run by " << ours
                                                   << ", PyTorch's float by " << theirs);
                CHECK(ours <= 2 * theirs);
            }
        }
    }
}

template <class Backend, class Scalar, class Optimizer>
void follow_with_scorer(const case_data& c) {
    if (c.scorer == "biased")
        follow<Backend, graft::biased, Scalar, Optimizer>(c);
    else
        follow<Backend, graft::dot, Scalar, Optimizer>(c);
}

/// Runs of doubles, and of floats, of the cases with these names.
template <class Backend, class Optimizer>
void follow_all(std::initializer_list<const char*> names) {
    for (const char* name : names) follow_with_scorer<Backend, double, Optimizer>(load(name));
    for (const char* name : names) follow_with_scorer<Backend, float, Optimizer>(load(name));
}

template <class Backend, class Scorer>
void check_forward(const case_data& c) {
    const auto model = start<Backend, Scorer, double>(c);
    const one_batch b(c, 0);
    const auto scores = model.score(b.users, b.items);
    double loss = 0;
    for (Eigen::Index k = 0; k < scores.size(); ++k) {
        CHECK(scores[k] == doctest::Approx(c.scores(k, 0)).epsilon(1e-12));
        loss += graft::squared_error{}(scores[k], static_cast<double>(b.targets[static_cast<std::size_t>(k)]))
                    .value;
    }
    CHECK(loss / static_cast<double>(scores.size()) == doctest::Approx(c.loss).epsilon(1e-12));

    // A step of sgd with rate 1 moves the weights by minus the gradient.
    auto moved = model;
    {
        graft::trainer trainer(moved, graft::sgd{.lr = 1});
        CHECK(trainer.step(b.users, b.items, b.targets) == doctest::Approx(c.loss).epsilon(1e-12));
    }
    const auto compare = [](const auto& before, const auto& after, const auto& gradient,
                            const auto& bias_gradient) {
        for (std::size_t r = 0; r < before.rows(); ++r) {
            const auto at = static_cast<Eigen::Index>(r);
            CHECK((before.row(r) - after.row(r) - gradient.row(at).transpose()).cwiseAbs().maxCoeff() <
                  1e-14);
            if (before.has_bias())
                CHECK(std::abs(before.bias(r) - after.bias(r) - bias_gradient(at, 0)) < 1e-14);
        }
    };
    compare(model.users(), moved.users(), c.grad_users, c.grad_user_bias);
    compare(model.items(), moved.items(), c.grad_items, c.grad_item_bias);
}

} // namespace golden
