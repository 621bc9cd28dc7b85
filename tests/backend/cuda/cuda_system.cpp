// What only a GPU can prove of its own system: a small run of every kernel, for compute-sanitizer too, and the same bits
// however the work is laid out. Runs anywhere with GRAFT_TEST_SYSTEM set to a system of the host.
#include <cstddef>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/eval/metrics.hpp>
#include <graft/loss/bpr.hpp>
#include <graft/loss/logistic.hpp>
#include <graft/loss/softmax.hpp>
#include <graft/optim/adamw.hpp>
#include <graft/optim/sgd.hpp>
#include <graft/optim/sparse_adam.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/train/trainer.hpp>

#include <support/backend.hpp>

namespace {

using system_type = graft::GRAFT_TEST_SYSTEM;

/// The system with other numbers of blocks, and on demand no work beside other work.
struct varied : system_type {
    static inline std::size_t most_blocks = std::size_t{1} << 20U;
    static inline bool one_by_one = false;
    struct stream : system_type::stream {
        using base = system_type::stream;
        template <class Task>
        void launch(std::size_t count, const Task& task) {
            if constexpr (requires { base::launch(count, task, most_blocks); })
                base::launch(count, task, most_blocks);
            else
                base::launch(count, task);
            if (one_by_one) base::wait();
        }
    };
};
using varied_backend = graft::device_backend<varied>;

constexpr unsigned num_users = 60;
constexpr unsigned num_items = 50;
constexpr std::size_t group = 4;
constexpr std::size_t batch = 64;

/// A click and three items that were not clicked, in groups; and a short last batch.
struct clicks {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;

    clicks() {
        graft::random_engine engine(7);
        for (std::size_t k = 0; k < 9 * batch + 3 * group; ++k) {
            users.push_back(k % group == 0 ? static_cast<graft::user_id>(graft::draw_below(engine, num_users))
                                           : users.back());
            items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, num_items)));
            targets.push_back(k % group == 0 ? 1.0F : 0.0F);
        }
    }
};

/// All numbers that a training, an evaluation and some lists end with.
template <class Backend, class Scalar, class Scorer, class Optimizer, class Loss>
std::vector<double> run() {
    const clicks data;
    // More packs than lanes, and a last one that is not whole.
    graft::recommender<Scalar, Eigen::Dynamic, Backend, Scorer> model(num_users, num_items, 150,
                                                                      {.stddev = 0.1, .seed = 5});
    std::vector<double> all((data.users.size() + batch - 1) / batch);
    {
        graft::trainer_options options{.l2 = 0.01, .group_size = graft::group_loss<Loss> ? group : 1};
        options.users.row_lr_factors.assign(num_users, 1.0F);
        const float slower = requires(Optimizer o) { o.weight_decay; }
        ? 0.0F : 0.5F; // or only 0 is allowed
        for (std::size_t r = 0; r < num_users; r += 7)
            options.users.row_lr_factors[r] = r % 2 == 0 ? 0.0F : slower;
        options.items.anchor.setConstant(num_items, 150, 0.1F);
        graft::trainer trainer(model, Optimizer{}, options, Loss{});
        for (int epoch = 0; epoch < 2; ++epoch)
            CHECK_FALSE(trainer.train(data.users, data.items, data.targets, batch, all));
        trainer.settle();
    }
    for (const auto w : model.users().weights()) all.push_back(static_cast<double>(w));
    for (const auto w : model.items().weights()) all.push_back(static_cast<double>(w));
    const auto known =
        graft::interactions::from_rows(data.users, data.items, data.targets, num_users, num_items);
    all.push_back(graft::evaluate(model, known).rmse);
    for (const auto score : model.score(data.users, data.items)) all.push_back(static_cast<double>(score));
    const auto lists = graft::recommend(model, data.users, 5);
    for (std::size_t u = 0; u < lists.size(); ++u)
        for (const auto& [item, score] : lists[u]) {
            all.push_back(static_cast<double>(item));
            all.push_back(static_cast<double>(score));
        }
    return all;
}

template <class Scalar, class Scorer, class Optimizer, class Loss = graft::squared_error>
void run_small() {
    INFO(std::string(Optimizer::name) << ", " << std::string(Loss::name) << ", " << sizeof(Scalar)
                                      << " bytes, " << std::string(Scorer::has_biases ? "biased" : "dot"));
    (void)run<test::backend, Scalar, Scorer, Optimizer, Loss>();
}

template <class Scalar, class Scorer>
void run_small_optimizers() {
    run_small<Scalar, Scorer, graft::adam>();
    run_small<Scalar, Scorer, graft::adamw>();
    run_small<Scalar, Scorer, graft::sparse_adam>();
    run_small<Scalar, Scorer, graft::sgd>();
    run_small<Scalar, Scorer, graft::adam, graft::logistic>();
    run_small<Scalar, Scorer, graft::adam, graft::bpr>();
    run_small<Scalar, Scorer, graft::adam, graft::softmax>();
}

template <class Optimizer, class Loss = graft::squared_error>
void check_same_bits() {
    INFO(std::string(Optimizer::name) << ", " << std::string(Loss::name));
    const auto again = [] { return run<varied_backend, float, graft::biased, Optimizer, Loss>(); };
    const auto wanted = again();
    for (int time = 1; time < 5; ++time) CHECK(again() == wanted);
    for (const std::size_t blocks : {1U, 3U, 132U}) {
        INFO("at most " << blocks << " blocks");
        varied::most_blocks = blocks;
        CHECK(again() == wanted);
    }
    varied::most_blocks = std::size_t{1} << 20U;
    varied::one_by_one = true;
    CHECK(again() == wanted);
    varied::one_by_one = false;

    std::vector<std::vector<double>> beside(4); // each on streams of its own
    std::vector<std::thread> threads;
    for (auto& one : beside) threads.emplace_back([&one, &again] { one = again(); });
    for (auto& thread : threads) thread.join();
    for (const auto& one : beside) CHECK(one == wanted);
}

} // namespace

TEST_CASE("there is a device") {
    system_type::check(); // says what is missing
#if defined(__CUDACC__)
    cudaDeviceProp card{};
    int driver = 0;
    REQUIRE(cudaGetDeviceProperties(&card, 0) == cudaSuccess);
    REQUIRE(cudaDriverGetVersion(&driver) == cudaSuccess);
    MESSAGE(std::string(card.name) << ", " << card.multiProcessorCount << " multiprocessors, "
                                   << (card.totalGlobalMem >> 20U) << " MiB, driver for CUDA "
                                   << driver / 1000 << "." << driver % 1000 / 10);
#endif
}

TEST_CASE("every kernel, a small run") {
    run_small_optimizers<float, graft::dot>();
    run_small_optimizers<float, graft::biased>();
    run_small_optimizers<double, graft::dot>();
    run_small_optimizers<double, graft::biased>();
}

TEST_CASE("the same bits in each of five runs, for any number of blocks, alone and beside other streams") {
    check_same_bits<graft::adam>();
    check_same_bits<graft::adamw>();
    check_same_bits<graft::sparse_adam>();
    check_same_bits<graft::sgd>();
    check_same_bits<graft::adam, graft::bpr>();
    check_same_bits<graft::adam, graft::softmax>();
}

TEST_CASE("memory that a device does not have is an error, and the device works on") {
    using memory = system_type::memory;
    CHECK_THROWS_AS((void)memory::allocate(std::size_t{1} << 60U), graft::error);
    CHECK_THROWS_AS((void)system_type::staging::allocate(std::size_t{1} << 60U), graft::error);
    system_type::stream stream;
    void* const there = memory::allocate(64);
    const std::vector<int> sent{1, 2, 3};
    std::vector<int> back(3);
    stream.clear(there, 64);
    stream.copy(there, sent.data(), 3 * sizeof(int));
    stream.copy(back.data(), there, 3 * sizeof(int));
    stream.wait();
    memory::deallocate(there);
    CHECK(back == sent);
}
