// The metrics of pytrec_eval and scikit-learn; tests/golden/make_ranking.py made the values.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/interactions.hpp>
#include <graft/eval/ranking.hpp>

using graft::item_id;
using graft::user_id;

namespace {

constexpr std::size_t num_users = 40;
constexpr std::size_t num_items = 150;

std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

bool is_train(std::size_t user, std::size_t item) { return mix(user * num_items + item) % 16 < 3; }
bool is_test(std::size_t user, std::size_t item) {
    return mix(user * num_items + item) % 16 == 3 + user % 20;
}

struct golden_scores {
    using scalar = double;
    void score_all(std::span<const user_id> users, std::span<double> scores) const {
        for (std::size_t u = 0; u < users.size(); ++u)
            for (std::size_t i = 0; i < num_items; ++i) {
                const std::size_t user = graft::row_of(users[u]);
                const auto base = static_cast<double>(mix(1'000'000 + user * num_items + i) >> 11U) / 0x1p53;
                scores[u * num_items + i] = base + (is_test(user, i) ? 0.4 : 0.0);
            }
    }
};

graft::interactions pairs(bool (*wanted)(std::size_t, std::size_t)) {
    std::vector<user_id> users;
    std::vector<item_id> items;
    for (std::size_t u = 0; u < num_users; ++u)
        for (std::size_t i = 0; i < num_items; ++i)
            if (wanted(u, i)) {
                users.push_back(static_cast<user_id>(u));
                items.push_back(static_cast<item_id>(i));
            }
    return graft::interactions::from_rows(users, items, std::vector<float>(users.size(), 1.0F), num_users,
                                          num_items);
}

double value_of(const graft::ranking& ranks, std::size_t user, const std::string& metric,
                std::size_t cutoff) {
    if (metric == "auc") return ranks.auc_per_user[user];
    const auto& of = ranks.at(cutoff).per_user;
    const auto& values = metric == "hit_rate"    ? of.hit_rate
                         : metric == "recall"    ? of.recall
                         : metric == "precision" ? of.precision
                         : metric == "ndcg"      ? of.ndcg
                         : metric == "map"       ? of.map
                                                 : of.mrr;
    return values[user];
}

} // namespace

TEST_CASE("the metrics of each user are those of pytrec_eval and scikit-learn") {
    const auto ranks = graft::evaluate_ranking(golden_scores{}, pairs(is_train), pairs(is_test),
                                               {.at = {1, 5, 10, 200}, .threads = 2});
    const auto path = std::filesystem::path(GRAFT_FIXTURES).parent_path() / "golden" / "ranking.txt";
    std::ifstream file(path);
    REQUIRE(file);
    std::size_t read = 0;
    std::size_t user = 0;
    std::size_t cutoff = 0;
    double want = 0;
    std::size_t at = 0; // of the judged users
    for (std::string metric; file >> user >> metric >> cutoff >> want; ++read) {
        while (at < ranks.users.size() && graft::row_of(ranks.users[at]) < user) ++at;
        REQUIRE(at < ranks.users.size());
        REQUIRE(graft::row_of(ranks.users[at]) == user);
        INFO("user " << user << ", " << metric << " at " << cutoff);
        CHECK(std::abs(value_of(ranks, at, metric, cutoff) - want) <= 1e-12);
    }
    CHECK(read == ranks.users.size() * 25);
    CHECK(ranks.users.size() + ranks.left_out == num_users);
    CHECK(ranks.left_out > 5);
}
