#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <graft/backend/cpu/cpu.hpp>
#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/interactions.hpp>
#include <graft/eval/metrics.hpp>
#include <graft/model/mapped_recommender.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/similar.hpp>
#include <graft/serve/unseen.hpp>

#include <support/files.hpp>
#include <support/model_file.hpp>

namespace {

template <class Scalar, class Scorer>
using model_of = graft::recommender<Scalar, Eigen::Dynamic, graft::cpu, Scorer>;

/// Bytes that lie as a mapped file's do.
class aligned_bytes {
public:
    explicit aligned_bytes(const std::string& bytes) : words_(bytes.size() / 8 + 1), size_(bytes.size()) {
        std::memcpy(words_.data(), bytes.data(), bytes.size());
    }
    [[nodiscard]] std::string_view view() const {
        return {reinterpret_cast<const char*>(words_.data()), size_};
    }
    [[nodiscard]] char* data() { return reinterpret_cast<char*>(words_.data()); }

private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

template <class Scalar, class Scorer>
void check_mapped(std::size_t users, std::size_t items, std::size_t dim) {
    const auto model = test::some_model<model_of<Scalar, Scorer>>(users, items, dim);
    const test::temporary_file file("model_mapped.safetensors");
    graft::save(model, file.path);
    const auto mapped = graft::map_model<Scalar, Scorer>(file.path);
    CHECK(mapped.num_users() == users);
    CHECK(mapped.num_items() == items);
    CHECK(mapped.dim() == dim);
    CHECK(mapped.mean() == model.mean());
    std::vector<Scalar> scores(items);
    for (std::uint32_t u = 0; u < users; ++u) {
        const graft::user_id user{u};
        CHECK(mapped.user(model.shared_user_ids()->id(u)) == user);
        CHECK(mapped.id_of(user) == model.shared_user_ids()->id(u));
        CHECK(mapped.row(user) == model.users().row(u));
        mapped.score_all(user, scores);
        for (std::uint32_t i = 0; i < items; ++i) {
            CHECK(scores[i] == model.score(user, graft::item_id{i}));
            CHECK(mapped.score(user, graft::item_id{i}) == scores[i]);
        }
        const auto list = graft::recommend(mapped, user, 3);
        const auto expected = graft::recommend(model, user, 3);
        REQUIRE(list.size() == expected.size());
        for (std::size_t k = 0; k < list.size(); ++k) {
            CHECK(list[k].item == expected[k].item);
            CHECK(list[k].score == expected[k].score);
        }
    }
    for (std::uint32_t i = 0; i < items; ++i)
        CHECK(mapped.item(model.shared_item_ids()->id(i)) == graft::item_id{i});
}

} // namespace

TEST_CASE("a mapped model scores as the one that was saved") {
    check_mapped<float, graft::dot>(5, 4, 3);
    check_mapped<float, graft::biased>(7, 9, 67);
    check_mapped<double, graft::dot>(5, 4, 8);
    check_mapped<double, graft::biased>(3, 200, 5);
}

TEST_CASE("ids and rows that are not there are refused") {
    const test::temporary_file file("model_mapped.safetensors");
    auto model = test::some_model<model_of<float, graft::dot>>(3, 2, 2);
    model.set_ids(test::some_ids("u", 2), nullptr);
    graft::save(model, file.path);
    const auto mapped = graft::map_model<float>(file.path);
    CHECK(mapped.num_user_ids() == 2);
    CHECK(mapped.num_item_ids() == 0);
    CHECK_THROWS_WITH_AS(static_cast<void>(mapped.user("eve")),
                         "mapped_recommender: user 'eve' is unknown: it is none of the 2 that have ids",
                         graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(mapped.item(0)), graft::argument_error);
    CHECK_THROWS_WITH_AS(static_cast<void>(mapped.id_of(graft::user_id{2})),
                         "mapped_recommender: user row 2 has no id; the file has 2", graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(mapped.score(graft::user_id{3}, graft::item_id{0})),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(mapped.score(graft::user_id{0}, graft::item_id{2})),
                    graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(mapped.row(graft::item_id{2})), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::recommend(mapped, graft::user_id{3}, 1)), graft::argument_error);
    CHECK_THROWS_AS(static_cast<void>(graft::map_model<double>(file.path)), graft::argument_error);
    CHECK_THROWS_AS((static_cast<void>(graft::map_model<float, graft::biased>(file.path))),
                    graft::argument_error);
}

TEST_CASE("a mapped model refuses data whose rows bear other names") {
    const test::temporary_file file("model_mapped.safetensors");
    const auto model = test::some_model<model_of<float, graft::dot>>(3, 2, 2);
    graft::save(model, file.path);
    const auto mapped = graft::map_model<float>(file.path);
    const auto data = [](auto users, auto items) {
        return graft::interactions::from_columns({graft::user_id{0}}, {graft::item_id{1}}, {1}, {}, users,
                                                 items);
    };
    const auto same = data(test::some_ids("u", 3), test::some_ids("", 2));
    const auto other = data(test::some_ids("v", 3), test::some_ids("", 2));
    for (int twice = 0; twice < 2; ++twice) {
        CHECK_NOTHROW(static_cast<void>(graft::evaluate(mapped, same)));
        CHECK(graft::recommend(mapped, graft::user_id{0}, 2, graft::unseen_in(same)).size() == 1);
        CHECK_THROWS_WITH_AS(
            static_cast<void>(graft::evaluate(mapped, other)),
            "evaluate: user row 0 is 'u0' in the model and 'v0' in the data; give it data of the "
            "source that it was trained on, or read with .rows_of = model",
            graft::argument_error);
        CHECK_THROWS_AS(
            static_cast<void>(graft::recommend(mapped, graft::user_id{0}, 2, graft::unseen_in(other))),
            graft::argument_error);
    }
}

TEST_CASE("a mapped file whose data are damaged gives wrong answers and nothing worse") {
    const test::temporary_file file("model_mapped.safetensors");
    const auto model = test::some_model<model_of<float, graft::biased>>(3, 4, 2);
    graft::save(model, file.path);
    const auto good = test::content_of(file.path);
    std::uint64_t length = 0;
    std::memcpy(&length, good.data(), 8);
    aligned_bytes bytes(good);
    for (std::size_t i = 8 + length; i < good.size(); ++i)
        for (const int flip : {1, 0x80, 0xff}) {
            bytes.data()[i] = static_cast<char>(good[i] ^ flip);
            const graft::mapped_recommender<float, graft::biased> mapped(bytes.view(), "f");
            for (std::uint32_t row = 0; row < 3; ++row) {
                CHECK(graft::recommend(mapped, graft::user_id{row}, 9).size() == 4);
                CHECK(mapped.id_of(graft::user_id{row}).size() <= good.size());
                try {
                    const auto found = mapped.user(model.shared_user_ids()->id(row));
                    CHECK(graft::row_of(found) < 3);
                } catch (const graft::argument_error&) {}
            }
            bytes.data()[i] = good[i];
        }
    const aligned_bytes apart("1234" + good);
    CHECK_NOTHROW((graft::mapped_recommender<float, graft::biased>(apart.view().substr(4), "f")));
    const aligned_bytes odd("123" + good);
    CHECK_THROWS_AS((graft::mapped_recommender<float, graft::biased>(odd.view().substr(3), "f")),
                    graft::format_error);
}

TEST_CASE("similar rows of a mapped model are those of the loaded one") {
    const auto model = test::some_model<model_of<float, graft::biased>>(9, 12, 5);
    const test::temporary_file file("model_mapped.safetensors");
    graft::save(model, file.path);
    const auto mapped = graft::map_model<float, graft::biased>(file.path);
    for (const auto by : {graft::similarity::cosine, graft::similarity::inner_product}) {
        const graft::similar_options options{.by = by};
        const auto same = [](const auto& a, const auto& b, auto row) {
            REQUIRE(a.size() == b.size());
            for (std::size_t k = 0; k < a.size(); ++k) {
                CHECK(a[k].*row == b[k].*row);
                CHECK(a[k].score == b[k].score);
            }
        };
        for (std::uint32_t i = 0; i < 9; ++i) {
            const graft::item_id item{i};
            const graft::user_id user{i};
            same(graft::similar_items(mapped, item, 4, options),
                 graft::similar_items(model, item, 4, options), &graft::recommendation<float>::item);
            same(graft::similar_users(mapped, user, 4, options),
                 graft::similar_users(model, user, 4, options), &graft::similar_user<float>::user);
        }
    }
    CHECK_THROWS_AS(static_cast<void>(graft::similar_items(mapped, graft::item_id{12}, 1)),
                    graft::argument_error);
}
