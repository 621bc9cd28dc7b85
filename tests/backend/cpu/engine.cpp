#include <cstddef>
#include <span>
#include <vector>

#if defined(__linux__)
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>
#endif

#include <doctest/doctest.h>

#include <graft/backend/cpu/cpu.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/train/trainer.hpp>

#include <support/sanitizers.hpp>

#if defined(__linux__)
namespace {

/// While it lives the program may have only so many bytes more than before.
class memory_limit {
public:
    explicit memory_limit(std::size_t bytes) {
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        getrlimit(RLIMIT_AS, &old_);
        rlimit tight = old_;
        tight.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + bytes;
        setrlimit(RLIMIT_AS, &tight);
    }
    memory_limit(const memory_limit&) = delete;
    memory_limit& operator=(const memory_limit&) = delete;
    ~memory_limit() { setrlimit(RLIMIT_AS, &old_); }

private:
    rlimit old_{};
};

} // namespace

TEST_CASE("a trainer that does not get its memory leaves the model as it was") {
    const auto make = [] {
        return graft::recommender<float, Eigen::Dynamic, graft::cpu>(10, 200'000, 64, {.stddev = 0.1});
    };
    auto model = make();
    auto untroubled_model = make();
    const std::vector<graft::user_id> users{graft::user_id{0}, graft::user_id{3}};
    const std::vector<graft::item_id> items{graft::item_id{1}, graft::item_id{2}};
    const std::vector<float> targets{1.0F, 2.0F};
    // More than the users' moments take, less than the items'.
    constexpr std::size_t bytes = std::size_t{64} << 20U;
    const char* message = "table: the system does not give the 153600000 bytes for 200000 rows of 64 numbers "
                          "with 2 moments of each";
    {
        const memory_limit limit(bytes);
        CHECK_THROWS_WITH_AS(graft::trainer{model}, message, graft::error);
    }
    CHECK(model.users().weights() == untroubled_model.users().weights());
    CHECK(model.items().weights() == untroubled_model.items().weights());

    graft::trainer_options frozen;
    frozen.items.lr_factor = 0;
    {
        graft::trainer trainer(model, graft::adam{}, frozen);
        graft::trainer untroubled(untroubled_model, graft::adam{}, frozen);
        const auto step = [&] {
            CHECK(trainer.step(users, items, targets) == untroubled.step(users, items, targets));
        };
        step();
        {
            const memory_limit limit(bytes);
            CHECK_THROWS_WITH_AS(trainer.set_rules({}, {}), message, graft::error);
        }
        step();
        trainer.set_rules({}, {});
        untroubled.set_rules({}, {});
        for (int k = 0; k < 3; ++k) step();
    }
    CHECK(model.users().weights() == untroubled_model.users().weights());
    CHECK(model.items().weights() == untroubled_model.items().weights());
}

TEST_CASE("a batch that there is not the memory for is an error, and training goes on with smaller ones" *
          doctest::skip(test::has_sanitizer)) {
    graft::recommender<float, Eigen::Dynamic, graft::cpu> model(10, 10, 4);
    auto untroubled_model = model;
    graft::trainer trainer(model);
    graft::trainer untroubled(untroubled_model);
    const std::vector<graft::user_id> users(2'000'000, graft::user_id{1});
    const std::vector<graft::item_id> items(users.size(), graft::item_id{2});
    const std::vector<float> targets(users.size(), 1.0F);
    {
        const memory_limit limit(std::size_t{16} << 20U);
        CHECK_THROWS_WITH_AS(trainer.step(users, items, targets),
                             "trainer: there is not the memory to train batches of 2000000 interactions on 1 "
                             "threads; use fewer threads or smaller batches",
                             graft::error);
    }
    const std::span some_users(users.data(), 3);
    const std::span some_items(items.data(), 3);
    const std::span some_targets(targets.data(), 3);
    CHECK(trainer.step(some_users, some_items, some_targets) ==
          untroubled.step(some_users, some_items, some_targets));
}
#endif
