// What ranks read in parts is what one machine reads.
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graft/cluster/detail/ranks.hpp>
#include <graft/cluster/mpi_cpu.hpp>
#include <graft/cluster/read_ratings_in_parts.hpp>
#include <graft/core/error.hpp>
#include <graft/data/id_map.hpp>
#include <graft/data/interactions.hpp>
#include <graft/data/read_ratings.hpp>
#include <graft/data/row_ids.hpp>
#include <graft/data/table_options.hpp>

#include <support/files.hpp>
#include <support/shared_file.hpp>

namespace {

using graft::duplicates;
using graft::ratings_options;
using on_ranks::shared_file;

const auto skip = graft::on_bad_row::skip;

std::string ids_of(const graft::id_map& ids) {
    std::string all;
    for (std::size_t row = 0; row < ids.size(); ++row) all.append(ids.id(row)).append("\n");
    return all;
}

std::string described(const graft::interactions& all, const graft::table_report& report) {
    std::string text = ids_of(all.user_ids()) + "--\n" + ids_of(all.item_ids()) + "--\n";
    for (std::size_t k = 0; k < all.size(); ++k) {
        text += std::to_string(graft::row_of(all.users()[k])) + " " +
                std::to_string(graft::row_of(all.items()[k])) + " " + std::to_string(all.values()[k]);
        if (!all.times().empty()) text += " " + std::to_string(all.times()[k]);
        text += "\n";
    }
    for (const auto count :
         {report.read, report.kept, report.missing, report.broken, report.unknown, report.duplicates,
          report.comments, report.blank_lines, report.new_users, report.new_items})
        text += std::to_string(count) + " ";
    return text;
}

/// What f(options) reads, with the report, or what it throws.
template <class F>
std::string outcome(ratings_options options, const F& f) {
    graft::table_report report;
    options.report = &report;
    try {
        const auto all = f(options);
        return described(all, report);
    } catch (const graft::error& failure) {
        CHECK(report.read == 0);
        return failure.what();
    }
}

enum class how { in_parts, whole, either };

/// The same of all ranks as of one machine.
std::string check_same(const std::string& content, const ratings_options& options, how wanted) {
    const shared_file file("ratings", content);
    const auto one =
        outcome(options, [&](const ratings_options& o) { return graft::read_ratings(file.path, o); });
    CHECK(one == outcome(options, [&](const ratings_options& o) {
              return graft::detail::read_ratings_in_parts(file.path, o, 0);
          }));
    graft::table_report report;
    auto reported = options;
    reported.report = &report;
    const auto parts = graft::detail::read_parts(graft::detail::ranks(), file.path, reported, 0);
    if (wanted != how::either) CHECK(parts.has_value() == (wanted == how::in_parts));
    if (parts) CHECK(described(*parts, report) == one);
    return one;
}

/// Rows of user, item, value, time; ids come in several parts, and new ones in each. No pair comes twice.
std::string rows(std::size_t count, const std::string& separator, const std::string& line_end = "\n") {
    std::string text;
    for (std::size_t k = 0; k < count; ++k)
        text.append("a user " + std::to_string(k * 7 % 53 + k / 50))
            .append(separator + "item" + std::to_string(k))
            .append(separator + std::to_string(k % 5) + ".5")
            .append(separator + std::to_string(1'000'000'000'000 + k) + line_end);
    return text;
}

} // namespace

TEST_CASE("ranks that read a file in parts have the rows, ids and report of one machine") {
    check_same(rows(500, "\t"), {}, how::in_parts);
    check_same("user,item,rating,timestamp\n" + rows(500, ","), {}, how::in_parts);
    check_same(rows(500, ","), {.read_values = false, .read_times = false}, how::in_parts);
    check_same(rows(500, "::", "\r\n"), {.threads = 3}, how::in_parts);
    std::string no_end = rows(101, "|");
    no_end.pop_back();
    check_same(no_end, {}, how::in_parts);
    check_same("\xef\xbb\xbf# a comment\n\nuser,item\n" + std::string("1,2\n\n3,4\n#5,6\n7,8\n\n"),
               {.comments = "#"}, how::in_parts);
    check_same(rows(1, ","), {}, how::in_parts);
    check_same(rows(3, ","), {}, how::in_parts);
    check_same("x,1\n" + std::string(3000, 'y') + ",2\n", {}, how::in_parts);
}

TEST_CASE("ranks read JSON lines, Netflix's blocks and coordinates in parts, too") {
    std::string json, netflix, matrix = "%%MatrixMarket matrix coordinate real general\n900 900 200\n";
    for (std::size_t k = 0; k < 200; ++k) {
        const auto number = std::to_string(k);
        json += "{\"user_id\": \"u" + std::to_string(k % 9) + "\", \"item_id\": " + number +
                ", \"text\": \"a, \\\"b\", \"rating\": 3}\n";
        if (k % 60 == 0) netflix += std::to_string(k + 1) + ":\n";
        netflix += number + ",4,2005-09-0" + std::to_string(k % 9 + 1) + "\n";
        matrix += std::to_string(k + 1) + " " + std::to_string(900 - k) + " 2.5\n";
    }
    check_same(json, {}, how::in_parts);
    check_same(netflix, {}, how::in_parts);
    check_same(matrix, {}, how::in_parts);
    CHECK(check_same(matrix + "7 7 7\n", {}, how::whole).find("promises 200 entries") != std::string::npos);
}

TEST_CASE("pairs that repeat in other ranks' parts follow the rule") {
    const auto text = rows(60, ",") + rows(30, ",") + rows(60, ",");
    for (const auto rule : {duplicates::keep_first, duplicates::keep_last, duplicates::keep_all})
        check_same(text, {.duplicates = rule}, how::in_parts);
    CHECK(check_same(text, {}, how::whole).find(":61: user ") != std::string::npos);
}

TEST_CASE("rows go on from known ids, and unknown ones are skipped or refused, on all ranks") {
    const auto first = rows(40, ",");
    const shared_file file("first", first);
    const auto some = graft::read_ratings(file.path);
    const auto text = rows(300, ",");
    check_same(text, {.rows_of = some}, how::in_parts);
    check_same(first, {.rows_of = some}, how::in_parts);
    check_same(text, {.rows_of = some, .unknown_ids = graft::unknown_ids::skip}, how::in_parts);
    check_same(text, {.rows_of = some, .unknown_ids = graft::unknown_ids::error}, how::whole);
    check_same(text, {.rows_of = {some.shared_user_ids(), nullptr}, .unknown_ids = graft::unknown_ids::skip},
               how::in_parts);
    check_same("x,y\nz,y\n", {.rows_of = some, .unknown_ids = graft::unknown_ids::skip}, how::whole);
}

TEST_CASE("rows that are skipped are counted on all ranks; what is wrong has its line") {
    auto text = rows(300, ",");
    for (const auto* bad : {"u,,3,4\n", "u,v,x,4\n", "u,v\n", "\n"})
        for (const std::size_t place : {100U, 2000U, 5000U, 7000U})
            text.insert(text.find('\n', place) + 1, bad);
    check_same(text, {.missing = skip, .broken = skip}, how::in_parts);
    check_same(text, {.missing = skip}, how::whole);
    CHECK(check_same(rows(300, ",") + "u,v,bad,4\n", {}, how::whole).find(":301: the rating 'bad'") !=
          std::string::npos);
    CHECK(check_same(rows(300, ",") + std::string("u,\0,3,4\n", 8), {}, how::whole).find("a zero byte") !=
          std::string::npos);
    check_same("", {}, how::whole);
    check_same("user,item\n", {}, how::whole);
    check_same(rows(3, ","), {.title_column = 2}, how::whole);
}

TEST_CASE("quotes that run over lines are read as on one machine") {
    std::string text = "user,item,rating,note\n";
    for (std::size_t k = 0; k < 100; ++k)
        text += "u" + std::to_string(k % 7) + ",\"the \"\"" + std::to_string(k) + "\"\"\",3,\"x\"\n";
    check_same(text, {}, how::in_parts);
    check_same(text, {.broken = skip}, how::whole);
    std::string lines = "user,item,rating,note\n";
    for (std::size_t k = 0; k < 30; ++k)
        lines += "u,i" + std::to_string(k) + ",3,\"" + std::string(k, '\n') + "a,b,3,c" +
                 std::string(k, '\n') + "\"\n";
    for (const auto quotes : {graft::quotes::on, graft::quotes::detect, graft::quotes::off})
        for (const auto broken : {skip, graft::on_bad_row::error})
            check_same(lines, {.quotes = quotes, .broken = broken, .duplicates = duplicates::keep_all},
                       how::either);
}

TEST_CASE("whatever text it is, ranks read what one machine reads") {
    std::minstd_rand random(7);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    const std::string_view pieces[] = {"a",  "b",    "7",  "12",   ",",    ",",       ",",
                                       "\t", "\"",   "\"", "\"\"", "\\\"", "\n",      "\n",
                                       "\n", "\r\n", " ",  "#",    ":",    "1,2,3\n", "\"u\",\"v\",4\n"};
    for (std::size_t round = 0; round < 150; ++round) {
        std::string text = "user,item,rating\n";
        for (std::size_t k = below(60); k > 0; --k)
            text += below(3) == 0 ? pieces[below(std::size(pieces))]
                                  : std::to_string(below(9)) + "," + std::to_string(below(9)) + ",2\n";
        ratings_options options{.missing = below(2) == 0 ? skip : graft::on_bad_row::error,
                                .broken = below(2) == 0 ? skip : graft::on_bad_row::error,
                                .duplicates = static_cast<duplicates>(below(4))};
        if (below(3) == 0) options.comments = "#";
        if (below(3) == 0) options.quotes = graft::quotes::on;
        check_same(text, options, how::either);
    }
}

TEST_CASE("ranks read the whole of what is gzipped or little") {
    for (const auto& form : test::forms_of(rows(500, ",")))
        check_same(form, {}, form == rows(500, ",") ? how::in_parts : how::whole);
    const shared_file file("little", rows(500, ","));
    CHECK(graft::read_ratings_in_parts(file.path).size() == 500);
}

TEST_CASE("where one rank cannot read the file, or reads another one, all throw") {
    const graft::detail::ranks all;
    const shared_file file("one", rows(300, ","));
    const bool last = all.me() + 1 == all.size();
    const auto missing = last ? std::filesystem::path("/graft_no_such_folder/ratings") : file.path;
    CHECK_THROWS_WITH_AS(static_cast<void>(graft::read_ratings_in_parts(missing)),
                         doctest::Contains("graft_no_such_folder"), graft::error);
    const shared_file longer("longer", rows(301, ","));
    const auto& path = last && all.size() > 1 ? longer.path : file.path;
    if (all.size() > 1)
        CHECK_THROWS_WITH_AS(static_cast<void>(graft::detail::read_ratings_in_parts(path, {}, 0)),
                             doctest::Contains("do not read the same file"), graft::error);
}
