#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <graft/core/error.hpp>
#include <graft/core/ids.hpp>
#include <graft/data/id_map.hpp>
#include <graft/io/safetensors.hpp>
#include <graft/model/load.hpp>
#include <graft/model/save.hpp>

#include <support/backend.hpp>
#include <support/files.hpp>
#include <support/model_file.hpp>

using namespace std::string_literals;

namespace {

using dots = test::recommender<float>;
using biased = test::recommender<float, Eigen::Dynamic, graft::biased>;

template <class Model>
std::string saved(const Model& model) {
    const test::temporary_file file("model_load.safetensors");
    graft::save(model, file.path);
    return test::content_of(file.path);
}

template <class Model>
Model loaded(const std::string& bytes) {
    return graft::detail::model_from<Model>(bytes, "f");
}

/// What is said of bytes that are refused, or "".
template <class Model>
std::string failure(const std::string& bytes) {
    try {
        static_cast<void>(loaded<Model>(bytes));
    } catch (const graft::error& error) { return error.what(); }
    return {};
}

template <class Model>
void check_round_trip(std::size_t users, std::size_t items, std::size_t dim) {
    for (const bool with_ids : {true, false}) {
        const auto model = test::some_model<Model>(users, items, dim, with_ids);
        const test::temporary_file file("model_round_trip.safetensors");
        graft::save(model, file.path);
        const auto again = graft::load<Model>(file.path);
        CHECK(test::same_model(model, again));
        CHECK(saved(again) == test::content_of(file.path));
        const auto report = graft::check_model_file(file.path);
        CHECK(report.num_users == users);
        CHECK(report.num_items == items);
        CHECK(report.dim == dim);
        CHECK(report.is_double == (sizeof(typename Model::scalar) == 8));
        CHECK(report.has_biases == Model::scorer_type::has_biases);
        CHECK(report.has_user_ids == with_ids);
    }
}

/// The file of a header and the bytes of its tensors.
std::string file_of(graft::detail::safetensors_header header, const std::string& data) {
    return graft::detail::write_safetensors_header(header) + data;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    REQUIRE(from.size() == to.size());
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("a model comes back from its file with every bit, and gives the same file again") {
    check_round_trip<dots>(5, 3, 4);
    check_round_trip<biased>(5, 3, 4);
    check_round_trip<biased>(2, 9, 1);
    check_round_trip<test::recommender<double>>(4, 4, 3);
    check_round_trip<test::recommender<double, 5, graft::biased>>(4, 4, 5);
    check_round_trip<biased>(300, 700, 67);
    check_round_trip<dots>(0, 0, 3);
}

TEST_CASE("a biased model without a mean comes back without one") {
    auto model = test::some_model<biased>(2, 2, 2);
    model.reset_mean();
    CHECK_FALSE(loaded<biased>(saved(model)).has_mean());
}

TEST_CASE("ids may be any bytes, and name the first rows alone") {
    graft::id_map ids;
    for (const auto& id : {"b"s, ""s, "a\0b"s, "\xff"s, "a"s, "ab\"\\\n"s, std::string(1000, 'x')})
        ids.insert(id);
    auto model = test::some_model<dots>(9, 2, 2);
    model.set_ids(std::make_shared<const graft::id_map>(ids), nullptr);
    const auto again = loaded<dots>(saved(model));
    CHECK(test::same_model(model, again));
    CHECK(again.shared_user_ids()->find("a\0b"s) == 2);
}

TEST_CASE("a file that PyTorch's tutorial saved is a model without ids") {
    const auto bytes =
        file_of({{{"format", "pt"}},
                 {{"item_embed.weight", "F32", {1, 2}, 0, 0}, {"user_embed.weight", "F32", {2, 2}, 0, 0}},
                 0},
                test::bytes_of(5.0F, 6.0F, 1.0F, 2.0F, 3.0F, 4.0F));
    const auto model = loaded<dots>(bytes);
    CHECK(model.users().weights() == std::vector<float>{1, 2, 3, 4});
    CHECK(model.items().weights() == std::vector<float>{5, 6});
    CHECK_FALSE(model.shared_user_ids());
    CHECK(model.score(graft::user_id{1}, graft::item_id{0}) == 39);
}

TEST_CASE("a model of another type is refused, and which type is its own is said") {
    const auto plain = saved(test::some_model<dots>(2, 2, 3));
    const auto with_bias = saved(test::some_model<biased>(2, 2, 3));
    CHECK(failure<biased>(plain) == "load: f: the model has no biases; its scorer must be graft::dot");
    CHECK(failure<dots>(with_bias) == "load: f: the model has biases; its scorer must be graft::biased");
    CHECK(failure<test::recommender<double>>(plain) ==
          "load: f: the numbers are of type F32; the model's scalar must be float");
    CHECK(failure<test::recommender<float, 4>>(plain) ==
          "load: f: the rows have 3 numbers where the type says 4");
}

TEST_CASE("files that are no model are refused with what they are") {
    CHECK(failure<dots>("").find("this is no safetensors file") != std::string::npos);
    CHECK(failure<dots>("PK\x03\x04 and more of a zip file").find("safetensors.torch.save_file") !=
          std::string::npos);
    CHECK(failure<dots>("\x1f\x8b\x08 and more of gzip").find("gunzip") != std::string::npos);
    CHECK(failure<dots>("user,item,rating\n1,2,3\n").find("this is no safetensors file") !=
          std::string::npos);
    const auto tensors = [](std::vector<graft::detail::safetensor> list, std::size_t bytes) {
        return file_of({{}, std::move(list), 0}, std::string(bytes, '\0'));
    };
    const auto refused = [](const std::string& bytes, const std::string& what) {
        const auto said = failure<dots>(bytes);
        CAPTURE(said);
        CHECK(said.find(what) != std::string::npos);
    };
    refused(tensors({{"vectors", "F32", {2, 2}, 0, 0}}, 16),
            "f: byte 0: the file has no tensor 'user_embed.weight', so it is no model");
    refused(tensors({{"user_embed.weight", "F32", {2, 2}, 0, 0}}, 16), "no tensor 'item_embed.weight'");
    refused(
        tensors({{"user_embed.weight", "F16", {2, 2}, 0, 0}, {"item_embed.weight", "F16", {2, 2}, 0, 0}}, 16),
        "holds F16, and graft's models F32 or F64; save model.float()");
    refused(
        tensors({{"user_embed.weight", "F32", {2, 2}, 0, 0}, {"item_embed.weight", "F32", {2, 1}, 0, 0}}, 24),
        "the tensor 'item_embed.weight' is F32 [2 x 1], where the model needs F32 [2 x 2]");
    refused(
        tensors({{"user_embed.weight", "F32", {4}, 0, 0}, {"item_embed.weight", "F32", {2, 1}, 0, 0}}, 24),
        "is no matrix [rows, dim]");
    refused(tensors({{"user_embed.weight", "F32", {0, 99999999}, 0, 0},
                     {"item_embed.weight", "F32", {0, 99999999}, 0, 0}},
                    0),
            "the model has rows of 99999999 numbers");
    refused(
        tensors({{"user_embed.weight", "F32", {0, 0}, 0, 0}, {"item_embed.weight", "F32", {0, 0}, 0, 0}}, 0),
        "the model has rows of 0 numbers");
    refused(tensors({{"user_embed.weight", "F32", {1, 1}, 0, 0},
                     {"item_embed.weight", "F32", {1, 1}, 0, 0},
                     {"fc.weight", "F32", {1, 1}, 0, 0}},
                    12),
            "the tensor 'fc.weight' has no place in a model of graft's");
    refused(tensors({{"user_embed.weight", "F32", {1, 1}, 0, 0},
                     {"item_embed.weight", "F32", {1, 1}, 0, 0},
                     {"item_bias.weight", "F32", {1, 1}, 0, 0}},
                    12),
            "the file has no tensor 'user_bias.weight'");
}

TEST_CASE("numbers that are not finite and ids that cannot be are refused") {
    const auto model = test::some_model<dots>(2, 2, 1);
    const auto good = saved(model);
    const auto header = [&] {
        std::uint64_t length = 0;
        std::memcpy(&length, good.data(), 8);
        return 8 + static_cast<std::size_t>(length);
    }();
    const auto with = [&](std::size_t at, auto value) {
        auto bytes = good;
        std::memcpy(bytes.data() + header + at, &value, sizeof value);
        return failure<dots>(bytes);
    };
    // offsets of users [3], order [2], the same of items, factors of users [2], of items [2], ids
    CHECK(with(80, std::numeric_limits<float>::quiet_NaN()) ==
          "f: byte 0: the user factors of row 0 have a number that is not finite; the file is damaged");
    CHECK(with(92, std::numeric_limits<float>::infinity()) ==
          "f: byte 0: the item factors of row 1 have a number that is not finite; the file is damaged");
    CHECK(with(0, std::uint64_t{1}) ==
          "f: byte 0: the user ids do not begin and end with their bytes; the file is damaged");
    CHECK(with(8, std::uint64_t{999}).find("offset") != std::string::npos);
    CHECK(with(16, std::uint64_t{1}).find("do not begin and end with their bytes") != std::string::npos);
    CHECK(with(24, std::uint64_t{2}).find("are not in ascending order at place 0") != std::string::npos);
    CHECK(with(32, std::uint64_t{0}).find("are not in ascending order at place 1") != std::string::npos);
    CHECK(with(64, std::uint64_t{7}).find("the item ids are not in ascending order") != std::string::npos);
    CHECK(failure<dots>(good).empty());
}

TEST_CASE("the metadata have to say what is there") {
    const auto good = saved(test::some_model<dots>(2, 2, 3));
    const auto refused = [&](const std::string& from, const std::string& to, const std::string& what) {
        const auto said = failure<dots>(replaced(good, from, to));
        CAPTURE(said);
        CHECK(said.find(what) != std::string::npos);
    };
    refused(R"("version":"1")", R"("version":"2")", "it may come from a later version of graft");
    refused(R"("dim":"3")", R"("dim":"4")", "the metadata say dim '4', and the file has '3'; it is damaged");
    refused(R"("scorer":"dot")", R"("scorer":"sum")", "the metadata say scorer 'sum'");
    refused(R"("scalar":"F32")", R"("scalax":"F32")", "the metadata say scalar nothing");
}

TEST_CASE("a damaged header is refused, or the numbers are the same") {
    const auto model = test::some_model<biased>(2, 3, 2);
    const auto good = saved(model);
    std::uint64_t length = 0;
    std::memcpy(&length, good.data(), 8);
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < 8 + length; ++i)
        for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
            auto bytes = good;
            bytes[i] = static_cast<char>(bytes[i] ^ flip);
            try {
                const auto other = loaded<biased>(bytes);
                ++accepted;
                CHECK(test::same_model(model, other));
            } catch (const graft::error&) {}
        }
    CHECK(accepted < length); // blanks, and the word that says it is graft's
}

TEST_CASE("a file that is cut or longer is refused") {
    const auto good = saved(test::some_model<biased>(2, 3, 2));
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK_THROWS_AS(static_cast<void>(loaded<biased>(good.substr(0, size))), graft::format_error);
    CHECK(failure<biased>(good + "x").find("1 bytes follow the last tensor") != std::string::npos);
    CHECK(failure<biased>(good.substr(0, good.size() - 2))
              .find("the tensors need 2 bytes more; the file is cut off") != std::string::npos);
    const test::temporary_file cut("model_cut.safetensors", good.substr(0, good.size() - 1));
    CHECK_THROWS_AS(static_cast<void>(graft::check_model_file(cut.path)), graft::format_error);
    CHECK_THROWS_AS(static_cast<void>(graft::load<biased>(cut.path.string() + ".none")), graft::io_error);
}

TEST_CASE("files of this version stay readable, as Python reads and writes them") { // golden/model_file.py
    const auto folder = std::filesystem::path(GRAFT_FIXTURES) / "models";
    const auto model = graft::load<biased>(folder / "biased.safetensors");
    CHECK(saved(model) == test::content_of(folder / "biased.safetensors"));
    std::ifstream scores(folder / "biased.scores");
    std::string user;
    std::string item;
    double expected = 0;
    std::size_t lines = 0;
    for (; scores >> user >> item >> expected; ++lines) {
        const auto u = model.shared_user_ids()->find(user);
        const auto i = model.shared_item_ids()->find(item);
        REQUIRE((u && i));
        const auto score = model.score(static_cast<graft::user_id>(*u), static_cast<graft::item_id>(*i));
        CHECK(static_cast<double>(score) == doctest::Approx(expected).epsilon(1e-6));
    }
    CHECK(lines == 24);
    const auto tutorial = graft::load<dots>(folder / "tutorial.safetensors");
    CHECK(tutorial.num_users() == 4);
    CHECK(tutorial.num_items() == 3);
    CHECK(tutorial.users().row(0)(0) == -9.0F / 8);
    CHECK(tutorial.items().row(2)(4) == 16.0F / 8);
    CHECK_FALSE(tutorial.shared_item_ids());
}
