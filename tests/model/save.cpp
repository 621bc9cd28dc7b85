#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/id_map.hpp>
#include <graft/model/load.hpp>
#include <graft/model/mapped_recommender.hpp>
#include <graft/model/save.hpp>

#include <support/backend.hpp>
#include <support/files.hpp>
#include <support/in_child.hpp>
#include <support/model_file.hpp>

#ifdef GRAFT_TEST_HAS_FORK
#include <csignal>
#include <sys/resource.h>
#endif

namespace {

using biased = test::recommender<float, Eigen::Dynamic, graft::biased>;

} // namespace

TEST_CASE("a model with a number that is not finite is not saved, and the old file stays") {
    const test::temporary_file file("model_finite.safetensors", "old");
    auto model = test::some_model<biased>(3, 2, 2);
    auto& store = const_cast<std::remove_cvref_t<decltype(model.items().store())>&>(model.items().store());
    const float infinite = std::numeric_limits<float>::infinity();
    store.write(1, 2, &infinite, 1);
    CHECK_THROWS_WITH_AS(
        graft::save(model, file.path),
        "save: item row 1 has a number that is not finite; train the model again with a lower "
        "learning rate",
        graft::argument_error);
    CHECK(test::content_of(file.path) == "old");
    CHECK_THROWS_AS(graft::save(model, std::filesystem::temp_directory_path() / "no" / "such" / "folder"),
                    graft::io_error);
}

TEST_CASE(
    "a large model, whose rows have no padding and whose ids are sorted beside the writing, comes back") {
    constexpr std::size_t users = 70'000;
    constexpr std::size_t items = 60'001;
    auto model = test::some_model<test::recommender<float>>(users, items, 5, false);
    const auto ids = [](std::size_t rows, std::size_t step) {
        graft::id_map map;
        for (std::size_t row = 0; row < rows; ++row) map.insert("id " + std::to_string(row * step % 99'991));
        return std::make_shared<const graft::id_map>(std::move(map));
    };
    model.set_ids(ids(users, 41), ids(items, 17));
    const test::temporary_file file("model_large.safetensors");
    graft::save(model, file.path);
    const auto loaded = graft::load<test::recommender<float>>(file.path);
    CHECK(test::same_model(loaded, model));
    const auto mapped = graft::map_model<float>(file.path);
    bool found = true;
    for (std::size_t row = 0; row < users; row += 7)
        found = found && graft::row_of(mapped.user(model.shared_user_ids()->id(row))) == row;
    for (std::size_t row = 0; row < items; row += 7)
        found = found && graft::row_of(mapped.item(model.shared_item_ids()->id(row))) == row;
    CHECK(found);
    const auto content = test::content_of(file.path);
    graft::save(loaded, file.path);
    CHECK(test::content_of(file.path) == content);

    auto& store = const_cast<std::remove_cvref_t<decltype(model.users().store())>&>(model.users().store());
    const float infinite = std::numeric_limits<float>::infinity();
    store.write(69'999, 4, &infinite, 1);
    CHECK_THROWS_WITH_AS(
        graft::save(model, file.path),
        "save: user row 69999 has a number that is not finite; train the model again with a lower "
        "learning rate",
        graft::argument_error);
    CHECK(test::content_of(file.path) == content);
}

#ifdef GRAFT_TEST_HAS_FORK
TEST_CASE("a full disk is an error, and the old model stays") {
    const test::temporary_file file("model_full.safetensors");
    const auto old = test::some_model<biased>(3, 2, 2);
    graft::save(old, file.path);
    const auto said = test::in_child([&]() -> std::string {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit small{2000, 2000}; // bytes that a file may have
        if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return "no limit";
        graft::save(test::some_model<biased>(200, 100, 16), file.path);
        return "saved";
    });
    CHECK(said.find("cannot be written: File too large; the file is as it was before") != std::string::npos);
    CHECK(test::same_model(graft::load<biased>(file.path), old));
}

TEST_CASE("whoever is killed while saving leaves the old model or the new one") {
    const auto* const wish = std::getenv("GRAFT_TEST_KILLS"); // more of them: GRAFT_TEST_KILLS=10000
    const int kills = wish == nullptr ? 100 : std::atoi(wish);
    const auto folder =
        std::filesystem::temp_directory_path() / ("graft_test_kills_" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto path = folder / "model.safetensors";
    const auto one = test::some_model<biased>(200, 100, 16, true, 1);
    const auto two = test::some_model<biased>(150, 120, 16, true, 2);
    const auto began = std::chrono::steady_clock::now();
    graft::save(one, path);
    const std::chrono::duration<double, std::micro> one_save = std::chrono::steady_clock::now() - began;
    std::mt19937 random(7);
    int of_one = 0;
    for (int i = 0; i < kills; ++i) {
        const ::pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::alarm(20);
            try {
                for (int turn = i;; ++turn) graft::save(turn % 2 == 0 ? two : one, path);
            } catch (...) { ::_exit(1); }
        }
        const double moment = 3 * one_save.count() * static_cast<double>(random()) / 0x1p32;
        std::this_thread::sleep_for(std::chrono::duration<double, std::micro>(moment));
        ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
        const auto found = graft::load<biased>(path);
        const bool is_one = test::same_model(found, one);
        CHECK((is_one || test::same_model(found, two)));
        of_one += is_one ? 1 : 0;
    }
    MESSAGE(kills << " kills: " << of_one << " times the one model, " << kills - of_one
                  << " times the other");
    graft::save(one, path); // removes what those that were killed left
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files += entry.exists() ? 1 : 0;
    CHECK(files == 1);
    std::filesystem::remove_all(folder);
}
#endif
