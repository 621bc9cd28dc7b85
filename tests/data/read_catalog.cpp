#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/id_map.hpp>
#include <graft/data/read_catalog.hpp>
#include <graft/data/row_ids.hpp>

#include <support/real_data.hpp>

namespace {

graft::catalog parse(std::string_view text, const graft::catalog_options& options = {}) {
    return graft::parse_catalog(text, "c", options);
}

/// "id|title|category,category" of each item.
std::vector<std::string> entries(const graft::catalog& items) {
    std::vector<std::string> result;
    for (std::size_t row = 0; row < items.size(); ++row) {
        std::string entry(items.ids().id(row));
        entry.append("|").append(items.title(row)).append("|");
        for (const auto& category : items.categories(row)) entry.append(category).append(",");
        result.push_back(entry);
    }
    return result;
}

using list = std::vector<std::string>;

const std::string u_item =
    "1|\"Toy\", Story; the (1995)|01-Jan-1995||http://x/(1995)|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
    "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n";

} // namespace

TEST_CASE("u.item: genres from flags, latin-1 to UTF-8, title as it stands") {
    CHECK(entries(parse(u_item)) ==
          list{"1|\"Toy\", Story; the (1995)|Animation,Children's,Comedy,", "267|unknown|unknown,"});
    const std::string accents = "9|Mis\xe9rables, Les \xff|||u|0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|1";
    CHECK(entries(parse(accents)) == list{"9|Mis\xc3\xa9rables, Les \xc3\xbf|Drama,Western,"});
}

TEST_CASE("lines between '::' with, without and with empty categories") {
    CHECK(entries(parse("0002844::Fant\xc3\xb4mas, the | bar::Crime|Drama\r\n0021283::Rakudai::\r\n")) ==
          list{"0002844|Fant\xc3\xb4mas, the | bar|Crime,Drama,", "0021283|Rakudai|"});
    CHECK(entries(parse("1::One\n2::Two")) == list{"1|One|", "2|Two|"});
}

TEST_CASE("a header and columns in any order") {
    CHECK(entries(parse(
              "movieId,title,genres\r\n1,\"A, \"\"B\"\"\",X|Y\r\n2,C,(no genres listed)\r\n\r\n3,,Z\r\n")) ==
          list{"1|A, \"B\"|X,Y,", "2|C|", "3||Z,"});
    CHECK(entries(parse("stock_code,description\n10002,GLOBE\n")) == list{"10002|GLOBE|"});
    CHECK(entries(parse("Genre\tprice\tName\tID\nA | B||\t3\tN\t7\n")) == list{"7|N|A,B,"});
    CHECK(entries(parse("nr;what;kind\n1;T;a/b\n", {.item_column = "nr",
                                                    .title_column = "what",
                                                    .category_column = "kind",
                                                    .category_separator = "/"})) == list{"1|T|a,b,"});
    CHECK(entries(parse("id;title;genre\n1;T;a|b\n", {.category_separator = ""})) == list{"1|T|a|b,"});
}

TEST_CASE("the encoding is found, or as it is said") {
    const std::string utf8 = "1::Caf\xc3\xa9";
    const std::string latin1 = "1::Caf\xe9";
    CHECK(parse(utf8).title(0) == "Caf\xc3\xa9");
    CHECK(parse(latin1).title(0) == "Caf\xc3\xa9");
    CHECK(parse(utf8, {.encoding = graft::text_encoding::utf8}).title(0) == "Caf\xc3\xa9");
    CHECK(parse(utf8, {.encoding = graft::text_encoding::latin1}).title(0) == "Caf\xc3\x83\xc2\xa9");
    CHECK_THROWS_WITH_AS(parse("\xef\xbb\xbf"
                               "2::ok\n" +
                                   latin1,
                               {.encoding = graft::text_encoding::utf8}),
                         "c:2: the field 'Caf\\xe9' is not valid UTF-8; if the file is latin-1, choose "
                         "text_encoding::latin1",
                         graft::format_error);
}

TEST_CASE("what is no catalogue is said so, with the line") {
    const auto refused = [](const std::string& text, const char* message) {
        CHECK_THROWS_WITH_AS(parse(text), message, graft::format_error);
    };
    refused("", "c:1: the file is empty; it should hold items");
    refused("<html>", "c: byte 0: this is a web page (HTML) or XML, not a table (a download that asked for a "
                      "login or failed); fetch the file again");
    refused("id,title\n", "c:1: there is a header and no items after it");
    refused("just a line\n", "c:1: no column looks like the item id among 'just a line'; name it with "
                             "catalog_options::item_column, or give its place, counted from 0");
    refused("id,genres\n1,a\n", "c:1: no column looks like the title among 'id', 'genres'; name it with "
                                "catalog_options::title_column, or give its place, counted from 0");
    refused("id,title,name\n1,a,b\n",
            "c:1: columns 'title' and 'name' could both be the title; name one "
            "with catalog_options::title_column, or give its place, counted from 0");
    refused("1::a::b::c\n",
            "c:1: the line has 4 fields; between '::' they are item id, title and, possibly, categories");
    refused("1::a::b\n2::c\n", "c:2: the line has 2 fields where the first line has 3");
    refused("1::a\n::c\n",
            "c:2: the item id is empty; skip such rows with .missing = graft::on_bad_row::skip");
    refused(
        "1::a\n2::b\n1::c\n",
        "c:3: item '1' is already on line 1; choose catalog_options::duplicates = keep_first or keep_last");
    refused(u_item + "2|T|||u|0|0|0|2|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n",
            "c:3: the flag of the genre 'Animation' is '2'; it must be 0 or 1");
    refused(u_item + "2|T|||u|0|0|0|1\n", "c:3: the line has 9 fields where the first line has 24");
    refused("id,title\n1,\"open\n", "c:2: a quote is opened here and never closed; if quotes are characters "
                                    "as others in this file, choose .quotes = graft::quotes::off");
    CHECK_THROWS_WITH_AS(
        parse("id,title\n1,a\n", {.category_column = "kind"}),
        "c:1: there is no column 'kind' (catalog_options::category_column); the columns are 'id', "
        "'title'",
        graft::format_error);
    CHECK_THROWS_WITH_AS((void)graft::read_catalog("/nowhere/u.item"),
                         "/nowhere/u.item: cannot be opened: No such file or directory", graft::io_error);
}

TEST_CASE("real catalogues have the counts and titles that their sources have") {
    if (const auto path = real_data("ml-100k/u.item"); !path.empty()) {
        const auto items = graft::read_catalog(path);
        CHECK(items.size() == 1682);
        CHECK(items.title("1") == "Toy Story (1995)");
        CHECK(items.categories("1") == list{"Animation", "Children's", "Comedy"});
        CHECK(items.title("543") == "Mis\xc3\xa9rables, Les (1995)");
    }
    if (const auto path = real_data("ml-latest-small/movies.csv"); !path.empty()) {
        const auto items = graft::read_catalog(path);
        CHECK(items.size() == 9742);
        CHECK(items.title("11") == "American President, The (1995)");
    }
    if (const auto path = real_data("movietweetings-100k/movies.dat"); !path.empty()) {
        const auto items = graft::read_catalog(path);
        CHECK(items.size() == 10506);
        CHECK(items.title("0002844") == "Fant\xc3\xb4mas - \xc3\x80 l'ombre de la guillotine (1913)");
        CHECK(items.categories("0021283").empty());
    }
    if (const auto path = real_data("online-retail/items.csv"); !path.empty()) {
        const auto items = graft::read_catalog(path);
        CHECK(items.size() == 3659);
        CHECK(items.title("21228") == "POCKET MIRROR \"GLAMOROUS\"");
    }
}

TEST_CASE("items that the ratings do not have are kept and counted, skipped, or an error with their line") {
    graft::id_map ids;
    for (const auto* id : {"9", "7", "caf\xc3\xa9"}) ids.insert(id);
    const graft::row_ids known(nullptr, std::make_shared<const graft::id_map>(ids));
    const std::string text = "id,title\n7,seven\n\n8,eight\n9,nine\n";
    graft::table_report report;
    CHECK(entries(parse(text, {.rows_of = known, .report = &report})) ==
          list{"7|seven|", "8|eight|", "9|nine|"});
    CHECK(report.new_items == 1);
    CHECK(entries(
              parse(text, {.rows_of = known, .unknown_ids = graft::unknown_ids::skip, .report = &report})) ==
          list{"7|seven|", "9|nine|"});
    CHECK(report.read == 3);
    CHECK(report.kept == 2);
    CHECK(report.unknown == 1);
    CHECK(report.new_items == 0);
    CHECK_THROWS_WITH_AS(parse(text, {.rows_of = known, .unknown_ids = graft::unknown_ids::error}),
                         "c:4: item '8' is none of the 3 that rows_of has; choose "
                         "catalog_options::unknown_ids = skip or append",
                         graft::format_error);
    CHECK_THROWS_AS(parse("id,title\n1,one\n", {.rows_of = known, .unknown_ids = graft::unknown_ids::skip}),
                    graft::format_error);
    CHECK_THROWS_AS(parse(text, {.unknown_ids = graft::unknown_ids::skip}), graft::argument_error);
    // Ids are compared as they will be read, in UTF-8.
    CHECK(
        parse("id,title\ncaf\xe9,x\n", {.rows_of = known, .unknown_ids = graft::unknown_ids::skip}).size() ==
        1);
}
