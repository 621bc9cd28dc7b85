#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/scores.hpp>
#include <graft/backend/cpu/top_rows.hpp>
#include <graft/backend/scorer.hpp>
#include <graft/core/error.hpp>
#include <graft/core/random.hpp>

using graft::item_id;

namespace {

template <class Scalar>
struct rows {
    std::size_t stride;
    std::vector<Scalar> numbers;
    rows(std::size_t count, std::size_t dim, graft::random_engine& engine, bool coarse)
        : stride(dim + 2), numbers(count * stride) {
        for (auto& x : numbers)
            x = coarse ? static_cast<Scalar>(graft::draw_below(engine, 3))
                       : static_cast<Scalar>(graft::draw_normal_pair(engine).first);
    }
    [[nodiscard]] std::vector<const Scalar*> pointers() const {
        std::vector<const Scalar*> all;
        for (std::size_t r = 0; r * stride < numbers.size(); ++r) all.push_back(numbers.data() + r * stride);
        return all;
    }
};

bool same_bits(const auto& a, const auto& b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
               return x.item == y.item && std::memcmp(&x.score, &y.score, sizeof x.score) == 0;
           });
}

/// The head of a sort of all pairs' scores.
template <class Scorer, class Scalar, class Wanted>
std::vector<graft::recommendation<Scalar>> plain(const Scalar* user, std::size_t u,
                                                 const std::vector<const Scalar*>& items, std::size_t dim,
                                                 const graft::list_query<Wanted>& query) {
    std::vector<graft::recommendation<Scalar>> all;
    for (unsigned i = 0; i < items.size(); ++i)
        if (query.wanted(u, item_id{i}) &&
            (!query.among || std::binary_search(query.among->begin(), query.among->end(), item_id{i})))
            all.push_back({item_id{i}, graft::detail::score_pair<Scorer>(user, items[i], dim, Scalar(2))});
    std::sort(all.begin(), all.end(), graft::detail::ranks_before{});
    all.resize((std::min)(query.k, all.size()));
    return all;
}

template <class Scorer, class Scalar>
void check_lists() {
    graft::random_engine engine(6);
    for (const bool coarse : {false, true}) // then many are equal
        for (const std::size_t dim : {1U, 5U, 16U})
            for (const std::size_t num_items : {1U, 33U, 700U}) {
                const rows<Scalar> users(23, dim, engine, coarse);
                rows<Scalar> items(num_items, dim, engine, coarse);
                if (num_items > 50 && !coarse)
                    items.numbers[40 * items.stride] = std::numeric_limits<Scalar>::quiet_NaN();
                const auto user = users.pointers();
                const auto item = items.pointers();
                const graft::row_view<Scalar> view{items.numbers.data(), num_items, items.stride};
                std::vector<item_id> some;
                for (unsigned i = 0; i < num_items; i += 3) some.push_back(item_id{i});
                const auto wanted = [](std::size_t u, item_id i) { return (u + graft::row_of(i)) % 4 != 0; };
                for (const std::size_t k : {1U, 10U, 300U, 1000U})
                    for (const bool restricted : {false, true}) {
                        graft::list_query<decltype(wanted)> query{k, wanted};
                        if (restricted) query.among = some;
                        for (const std::size_t count : {1U, 4U, 5U, 23U}) {
                            const auto lists = graft::detail::top_rows<Scorer, Scalar>(
                                std::span(user).first(count), view, dim, Scalar(2), query);
                            REQUIRE(lists.size() == count);
                            bool same = true;
                            for (std::size_t u = 0; u < count; ++u)
                                same =
                                    same && same_bits(lists[u], plain<Scorer>(user[u], u, item, dim, query));
                            INFO(count << " lists of " << k << " of " << num_items << " items, dim " << dim
                                       << (coarse ? ", coarse" : "") << (restricted ? ", restricted" : ""));
                            CHECK(same);
                        }
                    }
            }
}

} // namespace

TEST_CASE("lists are the heads of a sort of all scores, bit by bit, for one user and for many") {
    check_lists<graft::dot, float>();
    check_lists<graft::biased, float>();
    check_lists<graft::biased, double>();
    check_lists<graft::detail::cosine_of_unit, float>();
}

TEST_CASE("lists do not depend on the number of threads, nor on the lists beside them") {
    graft::random_engine engine(7);
    const std::size_t dim = 40;
    const rows<float> users(700, dim, engine, false);
    const rows<float> items(3000, dim, engine, false); // so that there is work for eight
    const auto user = users.pointers();
    const graft::row_view<float> view{items.numbers.data(), 3000, items.stride};
    const auto wanted = [](std::size_t, item_id i) { return graft::row_of(i) % 5 != 0; };
    for (const std::size_t count : {4U, 300U, 700U}) {
        graft::list_query<decltype(wanted)> query{10, wanted};
        const auto of = [&](std::size_t threads) {
            query.threads = threads;
            return graft::detail::top_rows<graft::dot, float>(std::span(user).first(count), view, dim, 0.0F,
                                                              query);
        };
        const auto one = of(1);
        for (const std::size_t threads : {2U, 3U, 4U, 8U, 0U})
            CHECK(same_bits(of(threads).entries(), one.entries()));
        const auto alone = graft::detail::top_rows<graft::dot, float>(std::span(user).subspan(count / 2, 1),
                                                                      view, dim, 0.0F, query);
        CHECK(same_bits(alone[0], one[count / 2]));
    }
}

TEST_CASE("what a filter throws comes through, and no users or items make no entries") {
    graft::random_engine engine(8);
    const rows<float> users(9, 3, engine, false);
    const auto user = users.pointers();
    const graft::row_view<float> view{users.numbers.data(), 9, users.stride};
    const auto refuse = [](std::size_t, item_id) -> bool { throw graft::error("no"); };
    for (const std::size_t threads : {1U, 2U})
        CHECK_THROWS_AS(
            (void)(graft::detail::top_rows<graft::dot, float>(
                user, view, 3, 0.0F, graft::list_query<decltype(refuse)>{2, refuse, {}, threads})),
            graft::error);
    const auto all = [](std::size_t, item_id) { return true; };
    const auto ask = [&](std::size_t count, std::size_t items, std::size_t k) {
        return graft::detail::top_rows<graft::dot, float>(std::span(user).first(count),
                                                          {users.numbers.data(), items, users.stride}, 3,
                                                          0.0F, graft::list_query<decltype(all)>{k, all});
    };
    CHECK(ask(0, 9, 2).empty());
    CHECK(ask(9, 0, 2).size() == 9);
    CHECK(ask(9, 0, 2).entries().empty());
    CHECK(ask(9, 9, 0).size() == 9);
}
