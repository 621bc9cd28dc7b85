#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/detail/adam_options.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>

namespace {

template <class Scalar, class Optimizer>
void refuse(const Optimizer& o, const char* message) {
    CHECK_THROWS_WITH_AS(o.template check<Scalar>(), message, graft::argument_error);
    test::recommender<Scalar> model(2, 2, 2);
    CHECK_THROWS_WITH_AS((graft::trainer<test::recommender<Scalar>, Optimizer>(model, o)), message,
                         graft::argument_error);
}

template <class Optimizer>
void check_ranges(const std::string& name) {
    const auto with = [](double lr, double eps) {
        Optimizer o;
        o.lr = lr;
        o.eps = eps;
        return o;
    };
    for (const double lr : {-1.0, std::numeric_limits<double>::infinity(), std::nan("")})
        refuse<float>(with(lr, 1e-8), (name + ": lr must be a finite number >= 0").c_str());
    for (const double eps : {-1.0, 0.0, std::numeric_limits<double>::infinity(), std::nan("")})
        refuse<double>(with(1e-3, eps), (name + ": eps must be a finite number > 0").c_str());
    for (const double eps : {1e-300, 1e-31, 1e16, 1e39})
        refuse<float>(with(1e-3, eps),
                      (name + ": eps must be from 1e-30 to 1e15 in a model of float").c_str());
    for (const double eps : {1e-301, 1e151})
        refuse<double>(with(1e-3, eps),
                       (name + ": eps must be from 1e-300 to 1e150 in a model of double").c_str());
    refuse<float>(with(1e39, 1e-8), (name + ": lr must be at most 1e15 in a model of float").c_str());
    refuse<double>(with(1e300, 1e-8), (name + ": lr must be at most 1e150 in a model of double").c_str());
    for (const double beta : {-0.1, 1.0, std::nan("")}) {
        Optimizer first;
        first.beta1 = beta;
        refuse<float>(first, (name + ": beta1 must be in [0, 1)").c_str());
        Optimizer second;
        second.beta2 = beta;
        refuse<float>(second, (name + ": beta2 must be in [0, 1)").c_str());
    }
}

/// Rows that had a gradient of 0, or none, must not become NaN at the ends of the range.
template <class Scalar, class Optimizer>
void check_ends(double least, double most) {
    for (const double eps : {least, most})
        for (const double beta2 : {0.999, 0.9999}) {
            test::recommender<Scalar> model(3, 3, 2);
            model.items().set_row(0, Eigen::Matrix<Scalar, 2, 1>::Zero());
            Optimizer o;
            o.eps = eps;
            o.beta2 = beta2;
            graft::trainer<test::recommender<Scalar>, Optimizer> trainer(model, o);
            const std::vector<graft::user_id> users{graft::user_id{0}, graft::user_id{1}};
            for (int step = 0; step < 300; ++step) {
                const std::vector<graft::item_id> items{graft::item_id{0}, graft::item_id{step % 50 == 0}};
                trainer.step(users, items, std::vector<float>{0, 1});
            }
            trainer.settle();
            INFO("eps " << eps << " beta2 " << beta2);
            CHECK(model.users().factors().allFinite());
            CHECK(model.items().factors().allFinite());
        }
}

} // namespace

TEST_CASE("what an Adam cannot take, or the model's numbers cannot, is refused") {
    check_ranges<graft::adam>("adam");
    check_ranges<graft::adamw>("adamw");
    check_ranges<graft::sparse_adam>("sparse_adam");
    refuse<float>(graft::sgd{.lr = -1}, "sgd: lr must be a finite number >= 0");
    refuse<float>(graft::sgd{.lr = 1e39}, "sgd: lr must be at most 1e15 in a model of float");
}

TEST_CASE("at the ends of what eps can be, weights stay numbers") {
    check_ends<float, graft::adam>(1e-30, 1e15);
    check_ends<float, graft::adamw>(1e-30, 1e15);
    check_ends<float, graft::sparse_adam>(1e-30, 1e15);
    check_ends<double, graft::adam>(1e-300, 1e150);
    check_ends<double, graft::sparse_adam>(1e-300, 1e150);
}

TEST_CASE("a weight decay that would turn weights around in a step is refused") {
    CHECK_NOTHROW((graft::adamw{.lr = 0.5, .weight_decay = 1.9}.check<float>()));
    for (const double decay : {-0.1, 2.0, std::nan("")})
        CHECK_THROWS_WITH_AS((graft::adamw{.lr = 0.5, .weight_decay = decay}.check<float>()),
                             "adamw: weight_decay must be >= 0 and lr * weight_decay below 1",
                             graft::argument_error);
}
