#include <type_traits>

#include <graft/optim/adam.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/optimizer.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>

namespace {

struct without_check : graft::adam {
    void check() = delete;
};
struct without_decay : graft::adamw {
    void decay() = delete;
};
struct without_moments : graft::adam {
    static void moments();
};
struct without_commit : graft::adam {
    template <class Scalar>
    struct timeline : graft::adam::timeline<Scalar> {
        using graft::adam::timeline<Scalar>::timeline;
        void commit() = delete;
    };
};
struct without_window : graft::adam {
    template <class Scalar>
    struct timeline : graft::adam::timeline<Scalar> {
        using graft::adam::timeline<Scalar>::timeline;
        void window() = delete;
    };
};
struct without_history : graft::adam {
    template <class Scalar>
    struct timeline : graft::adam::timeline<Scalar> {
        using graft::adam::timeline<Scalar>::timeline;
        void history() = delete;
    };
};
struct of_a_state_that_is_not_copied : graft::sgd {
    of_a_state_that_is_not_copied(const of_a_state_that_is_not_copied&) = delete;
};

static_assert(graft::optimizer<graft::adam> && graft::lazy_optimizer<graft::adam>);
static_assert(graft::optimizer<graft::adamw> && graft::lazy_optimizer<graft::adamw>);
static_assert(graft::optimizer<graft::sparse_adam> && !graft::lazy_optimizer<graft::sparse_adam>);
static_assert(graft::optimizer<graft::sgd> && !graft::lazy_optimizer<graft::sgd>);

static_assert(!graft::optimizer<without_check>);
static_assert(!graft::optimizer<without_decay>); // which `decays` announces
static_assert(!graft::optimizer<without_moments>);
static_assert(!graft::optimizer<without_commit>);
static_assert(!graft::optimizer<of_a_state_that_is_not_copied>);
static_assert(graft::optimizer<without_window> && !graft::lazy_optimizer<without_window>);
static_assert(graft::optimizer<without_history> && !graft::lazy_optimizer<without_history>);

static_assert(std::is_empty_v<graft::no_catch_up>); // it costs no memory beside a row
static_assert(std::is_same_v<decltype(graft::no_catch_up{}.scaled(0.5)), graft::no_catch_up>);

} // namespace
