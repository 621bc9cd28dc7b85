#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/read_ratings.hpp>
#include <graft/data/row_ids.hpp>

#include <support/files.hpp>
#include <support/real_data.hpp>

namespace {

using namespace std::string_literals;

graft::interactions parse(std::string_view text, const graft::ratings_options& options = {}) {
    return graft::parse_ratings(text, "r", options);
}

/// "user item value time" of each entry.
std::vector<std::string> entries(const graft::interactions& all) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto entry = std::string(all.id_of(all.users()[i])) + " " + std::string(all.id_of(all.items()[i])) +
                     " " + std::to_string(all.values()[i]).substr(0, 4);
        if (!all.times().empty()) entry.append(" ").append(std::to_string(all.times()[i]));
        result.push_back(entry);
    }
    return result;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("the same ratings are read from every format") {
    const list expected{"196 242 3.00 881250949", "186 302 4.50 891717742", "196 302 1.00 878887116"};
    CHECK(entries(parse("196\t242\t3\t881250949\n186\t302\t4.5\t891717742\n196\t302\t1\t878887116\n")) ==
          expected);
    CHECK(entries(parse("196::242::3::881250949\n186::302::4.5::891717742\n196::302::1::878887116\n")) ==
          expected);
    CHECK(
        entries(parse("userId,movieId,rating,timestamp\r\n196,242,3.0,881250949\r\n186,302,4.5,891717742\r\n"
                      "196,302,1.0,878887116\r\n")) == expected);
    CHECK(entries(parse("\xef\xbb\xbf"
                        "timestamp;Score;\"Item ID\";user\n881250949;3;242;196\n"
                        "891717742;4.5;302;186\n\n878887116;+1e0;302;196")) == expected);
    CHECK(entries(parse("stock_code\tcustomer_id\ttime\tvalue\n242\t196\t881250949\t3\n"
                        "302\t186\t891717742\t4.5\n302\t196\t878887116\t1\n")) == expected);
    CHECK(entries(parse("\n  \n196 | 242 | 3 | 881250949\n186|302|4.5|891717742\n196|302|1|878887116")) ==
          expected);
    CHECK(entries(parse("who what how when\n196 242 3 881250949\n186 302 4.5 891717742\n196 302 1 878887116",
                        {.user_column = "who",
                         .item_column = "what",
                         .value_column = "how",
                         .time_column = "when",
                         .separator = " "})) == expected);
}

TEST_CASE("columns that are missing: no time, no rating") {
    CHECK(entries(parse("a,x,2\nb,x,3")) == list{"a x 2.00", "b x 3.00"});
    CHECK(entries(parse("a,x\nb,x\n")) == list{"a x 1.00", "b x 1.00"});
    CHECK(entries(parse("item,user\nx,a\nx,b\n")) == list{"a x 1.00", "b x 1.00"});
    CHECK(entries(parse("user,item,time\na,x,5\n")) == list{"a x 1.00 5"});
    CHECK(entries(parse("a\tx\t3\tyesterday\n", {.read_times = false})) == list{"a x 3.00"});
    CHECK(entries(parse("user,item,time\na,x,yesterday\n", {.read_times = false})) == list{"a x 1.00"});
}

TEST_CASE("a column without a role is not a rating until it is named") {
    const auto text = "customer_id,stock_code,n_lines,first_purchase_unix\r\n12346,23166,4,1295344860\r\n";
    CHECK_THROWS_WITH_AS(
        parse(text),
        "r:1: no column looks like the value, and 'n_lines' has no role; name the value's column "
        "with ratings_options::value_column, or choose ratings_options::read_values = false, with "
        "which every value is 1",
        graft::format_error);
    CHECK(entries(parse(text, {.read_values = false})) == list{"12346 23166 1.00"});
    CHECK(entries(parse(text, {.value_column = "n_lines", .time_column = "first_purchase_unix"})) ==
          list{"12346 23166 4.00 1295344860"});
}

TEST_CASE("ids are text: quoted, with separators, line ends and quotes inside, huge, or UTF-8") {
    const auto all = parse("user,item,rating\n\"a, \"\"b\"\"\n c\",99999999999999999999999,1\n\xc3\xa9 "
                           "t\xc3\xa9 , \" x \" ,2\n");
    CHECK(entries(all) == list{"a, \"b\"\n c 99999999999999999999999 1.00", "\xc3\xa9 t\xc3\xa9  x  2.00"});
    CHECK(entries(parse("\"user,,,\";item\n1;2\n")) == list{"1 2 1.00"}); // commas in quotes separate nothing
    CHECK(entries(parse("7\tx\t1\n007\tx\t2\n")) == list{"7 x 1.00", "007 x 2.00"});
}

TEST_CASE("a pair that repeats is an error or what the option says") {
    const auto text = "a,x,1\nb,x,2\na,x,3\nb,x,4\n";
    CHECK_THROWS_WITH_AS(
        parse(text),
        "r:3: user 'a' and item 'x' are already on line 1; choose ratings_options::duplicates = "
        "keep_first, keep_last or keep_all",
        graft::format_error);
    CHECK(entries(parse(text, {.duplicates = graft::duplicates::keep_first})) ==
          list{"a x 1.00", "b x 2.00"});
    CHECK(entries(parse(text, {.duplicates = graft::duplicates::keep_last})) == list{"a x 3.00", "b x 4.00"});
    CHECK(parse(text, {.duplicates = graft::duplicates::keep_all}).size() == 4);
}

TEST_CASE("what is no text or no ratings is said so") {
    const auto refused = [](const std::string& text, const char* message) {
        CHECK_THROWS_WITH_AS(parse(text), message, graft::format_error);
    };
    refused("", "r:1: the file is empty; it should hold ratings");
    refused("\xef\xbb\xbf \r\n\n", "r:1: the file is empty; it should hold ratings");
    refused("PK\x03\x04", "r: byte 0: this is a zip archive; unzip it and give the path of the table in it");
    refused("\xff\xfe"
            "1\0"s,
            "r: byte 0: this is text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`");
    refused("1,2,3\n4,\0,5\n"s, "r: byte 8: a zero byte: this is no text, so it holds no ratings");
    refused("\n<!DOCTYPE html>\n<html>", "r: byte 0: this is a web page (HTML) or XML, not a table (a "
                                         "download that asked for a login or failed); fetch the file again");
    refused("hello world\n",
            "r:1: a user and an item are needed, but the line has one field: 'hello world'; if its "
            "separator is an unusual one, name it with ratings_options::separator (\" \" is any number of "
            "blanks)");
    refused("1|2|3|4|5\n", "r:1: the line has 5 fields; without a header they are user, item, rating and "
                           "time, in this order; for others, give places, counted from 0, with "
                           "ratings_options::user_column, item_column, value_column and time_column (a user "
                           "and a list of items has to be written as one line for each pair)");
}

TEST_CASE("a bad line is named with its number and what is wrong with it") {
    const auto refused = [](const std::string& text, const char* message) {
        CHECK_THROWS_WITH_AS(parse(text), message, graft::format_error);
    };
    refused("1\t2\t3\t4\n1\t3\t3\n", "r:2: the line has 3 fields where the first line has 4");
    refused("user,item,rating\n\n1,2,3,4\n", "r:3: the line has 4 fields where the first line has 3");
    refused("1,2,3\n1,3,good\n", "r:2: the rating 'good' is not a number");
    refused("1,2,3\n1,3,4.5stars\n", "r:2: the rating '4.5stars' is not a number");
    refused("1;2;3,5\n", "r:1: the rating '3,5' has a decimal comma; choose .decimal_comma = true");
    refused("1;2;3\n1;3;4,5\n", "r:2: the rating '4,5' has a decimal comma; choose .decimal_comma = true");
    refused("1,2,3\n1,3,\n",
            "r:2: the rating is missing; skip such rows with .missing = graft::on_bad_row::skip");
    refused("1,2,3\n1,3,NaN\n",
            "r:2: the rating 'NaN' is not a number; skip such rows with .missing = graft::on_bad_row::skip");
    refused("1,2,3\n1,3,-inf\n", "r:2: the rating '-inf' is not finite");
    refused("1,2,3\n1,3,1e99\n", "r:2: the rating '1e99' is out of the range of float");
    refused("1,2,3\n,3,1\n",
            "r:2: the user id is empty; skip such rows with .missing = graft::on_bad_row::skip");
    refused("1,2,3\n1,\"\",1\n",
            "r:2: the item id is empty; skip such rows with .missing = graft::on_bad_row::skip");
    refused("1,2,3,4\n1,3,1,01.01.2001\n", "r:2: the time '01.01.2001' is neither a whole number nor a date "
                                           "as 2005-04-02 23:53:47; skip times with "
                                           "ratings_options::read_times = false");
    refused("1,2,3,99999999999999999999\n", "r:1: the time '99999999999999999999' is neither a whole number "
                                            "nor a date as 2005-04-02 23:53:47; skip times "
                                            "with ratings_options::read_times = false");
    refused("user,item\n\"1\n2,3\n", "r:2: a quote is opened here and never closed; if quotes are characters "
                                     "as others in this file, choose .quotes = graft::quotes::off");
    refused("user,item\n\"1\n2\"x,3\n",
            "r:3: text follows a closing quote; a quote inside a quoted field is written twice, and .quotes "
            "= graft::quotes::off makes them characters as others");
    refused("1,2,3\n1,3,\x01" + std::string(60, 'z') + "\n",
            ("r:2: the rating '\\x01" + std::string(59, 'z') + "...' is not a number").c_str());
}

TEST_CASE("a header whose columns are not known is named with its columns") {
    const auto refused = [](const std::string& text, const char* message,
                            const graft::ratings_options& options = {}) {
        CHECK_THROWS_WITH_AS(parse(text, options), message, graft::format_error);
    };
    refused("person,thing,rating\n1,2,3\n",
            "r:1: no column looks like the user among 'person', 'thing', 'rating'; name it "
            "with ratings_options::user_column, or give its place, counted from 0");
    refused("user,thing,rating\n1,2,3\n",
            "r:1: no column looks like the item among 'user', 'thing', 'rating'; name it "
            "with ratings_options::item_column, or give its place, counted from 0");
    refused("user,asin,parent_asin\n1,2,3\n",
            "r:1: columns 'asin' and 'parent_asin' could both be the item; "
            "name one with ratings_options::item_column, or give its place, counted from 0");
    refused("user,item\n1,2\n",
            "r:1: there is no column 'stars' (ratings_options::value_column); the columns are "
            "'user', 'item'",
            {.value_column = "stars"});
    refused(
        "person,thing,mark\n1,2,3\n",
        "r:1: this line looks like a header, but its columns 'person', 'thing', 'mark' have no usual names; "
        "name them with ratings_options::user_column, item_column and value_column, or choose "
        "ratings_options::header = header_line::no");
    refused("person,thing,mark\nann,tea,good\n",
            "r:1: the rating 'mark' is not a number; if this line is a header, name its columns with "
            "ratings_options::user_column, item_column and value_column");
    refused("user,item,rating\n", "r:1: there is a header and no ratings after it");
    CHECK_THROWS_WITH_AS(parse("1,2,3\n", {.separator = "\""}),
                         "read_ratings: a separator must not contain quotes or line ends",
                         graft::argument_error);
}

TEST_CASE("a file is read as its text is, and a missing one is said so") {
    const auto folder = std::filesystem::temp_directory_path() / "graft_read_ratings_test";
    std::filesystem::create_directories(folder);
    const auto path = (folder / "r.csv").string();
    CHECK_THROWS_WITH_AS((void)graft::read_ratings(path + ".none"),
                         (path + ".none: cannot be opened: No such file or directory").c_str(),
                         graft::io_error);
    CHECK_THROWS_WITH_AS((void)graft::read_ratings(folder),
                         (folder.string() + ": this is a folder; give the path of a file").c_str(),
                         graft::io_error);
    std::ofstream(path) << "a,x,2\nb,y,inf\n";
    CHECK_THROWS_WITH_AS((void)graft::read_ratings(path),
                         (path + ":2: the rating 'inf' is not finite").c_str(), graft::format_error);
    std::string many;
    for (int i = 0; i < 100000; ++i) many += std::to_string(i) + "\t" + std::to_string(i * 7) + "\t1\n";
    std::ofstream(path) << many;
    CHECK(graft::read_ratings(path).num_items() == 100000);
    std::filesystem::remove_all(folder);
}

TEST_CASE("real ratings have the counts that their sources state") {
    struct source {
        const char* file;
        std::size_t users, items, size;
        float min, max;
        bool times;
    };
    for (const auto& [file, users, items, size, min, max, times] :
         {source{"ml-100k/u.data", 943, 1682, 100000, 1, 5, true},
          source{"ml-latest-small/ratings.csv", 610, 9724, 100836, 0.5F, 5, true},
          source{"movietweetings-100k/ratings.dat", 16554, 10506, 100000, 0, 10, true},
          source{"online-retail/interactions.csv", 4335, 3659, 266226, 1, 1, false}}) {
        const auto path = real_data(file);
        if (path.empty()) continue;
        const auto all = graft::read_ratings(path, {.read_values = min < max});
        CHECK(all.num_users() == users);
        CHECK(all.num_items() == items);
        CHECK(all.size() == size);
        CHECK(all.min() == min);
        CHECK(all.max() == max);
        CHECK(all.times().empty() == !times);
    }
}

namespace {

/// What reading in blocks of a size with some threads gives: all rows and the report, or the message.
std::string outcome(const std::string& content, std::size_t threads, std::size_t block_bytes,
                    graft::ratings_options options) {
    graft::table_report report;
    options.threads = threads;
    options.report = &report;
    std::string result;
    try {
        graft::detail::byte_source source(content, "r");
        const auto all = graft::detail::ratings_reader(source, options, block_bytes).read();
        for (const auto& entry : entries(all)) result += entry + "\n";
        for (std::size_t row = 0; row < all.num_users(); ++row)
            result.append(all.user_ids().id(row)).append(" ");
        for (std::size_t row = 0; row < all.num_items(); ++row)
            result.append(all.item_ids().id(row)).append(" ");
        for (const auto count :
             {report.read, report.kept, report.missing, report.broken, report.unknown, report.duplicates,
              report.comments, report.blank_lines, report.new_users, report.new_items})
            result += std::to_string(count) + " ";
    } catch (const graft::format_error& error) { result = error.what(); }
    return result;
}

} // namespace

TEST_CASE("rows, maps, reports and errors are the same for any number of threads and size of blocks") {
    std::string good = "user,item,rating,timestamp,note\n";
    for (unsigned i = 0; i < 400; ++i) {
        good +=
            "u" + std::to_string(i * 7 % 53) + ",a long name of an item " + std::to_string(i * i % 97) + ",";
        good += std::to_string(i % 5) + "," + std::to_string(i) +
                (i % 11 == 0 ? ",\"two\nlines\"\n" : ",\"x\"\"y\"\n");
        if (i % 13 == 0) good += "\n";
        if (i % 17 == 0) good += "#comment\n";
        if (i % 19 == 0) good += "u,,3,4,\n";
        if (i % 23 == 0) good += "u,v,bad,4,\n";
    }
    const auto skip = graft::on_bad_row::skip;
    const auto some = parse("u7,a long name of an item 4\nu0,z\n");
    for (const auto unknown :
         {graft::unknown_ids::append, graft::unknown_ids::skip, graft::unknown_ids::error})
        for (const auto policy : {graft::duplicates::keep_first, graft::duplicates::error})
            for (const auto& form : test::forms_of(good)) {
                const graft::ratings_options options{.comments = "#",
                                                     .missing = skip,
                                                     .broken = skip,
                                                     .duplicates = policy,
                                                     .rows_of = some,
                                                     .unknown_ids = unknown};
                const auto expected = outcome(form, 1, std::size_t{1} << 20U, options);
                for (const std::size_t threads : {2U, 3U, 8U})
                    for (const std::size_t block_bytes : {64U, 1000U})
                        CHECK(outcome(form, threads, block_bytes, options) == expected);
            }
    for (const auto policy : {graft::duplicates::keep_first, graft::duplicates::keep_last,
                              graft::duplicates::keep_all, graft::duplicates::error})
        for (const auto bad : {graft::on_bad_row::skip, graft::on_bad_row::error})
            for (const auto& form : test::forms_of(good)) {
                const graft::ratings_options options{
                    .comments = "#", .missing = skip, .broken = bad, .duplicates = policy};
                const auto expected = outcome(form, 1, std::size_t{1} << 20U, options);
                for (const std::size_t threads : {1U, 2U, 3U, 4U, 8U})
                    for (const std::size_t block_bytes : {64U, 1000U, 5000U})
                        CHECK(outcome(form, threads, block_bytes, options) == expected);
            }
}

TEST_CASE("the first bad line is the error, on whichever block and thread it lies") {
    std::string text;
    for (unsigned i = 0; i < 500; ++i) text += std::to_string(i) + ",x" + std::to_string(i % 7) + ",3\n";
    text += "500,x,bad\n501,x\n";
    text += std::string("502,\0,3\n", 8);
    for (const std::size_t threads : {1U, 2U, 8U})
        CHECK(outcome(text, threads, 100, {}) == "r:501: the rating 'bad' is not a number");
    text = "1,2,3\n" + text.substr(0, 5000) + "\n1,2,4\n";
    text = text.substr(0, text.rfind("\n1,2,4") - 40);
    text = text.substr(0, text.rfind('\n') + 1) + "1,2,4\n";
    for (const std::size_t threads : {1U, 2U, 8U})
        CHECK(outcome(text, threads, 100, {}).find("are already on line 1;") != std::string::npos);
}

TEST_CASE("ratings come from a file that is gzipped as from one that is not") {
    for (const auto& form : test::forms_of("a,x,2\nb,y,3\n")) {
        const test::temporary_file file("ratings", form);
        CHECK(entries(graft::read_ratings(file.path)) == list{"a x 2.00", "b y 3.00"});
    }
    std::string large; // more than one piece that is given back
    for (unsigned i = 0; i < 700'000; ++i) large.append(std::to_string(i)).append(",some item,3\n");
    const test::temporary_file file("ratings_large", large);
    const auto all = graft::read_ratings(file.path, {.threads = 2});
    CHECK(all.size() == 700'000);
    CHECK(all.id_of(all.users()[699'999]) == "699999");
    CHECK(all.num_items() == 1);
}

TEST_CASE("known ids keep their rows, and new ones come behind them, in every format") {
    const auto day1 = parse("ann,tea,5\nbob,jam,1\n");
    for (const auto* text :
         {"bob,pie,4\neve,tea,2\nbob,tea,3\n", "user\titem\trating\nbob\tpie\t4\neve\ttea\t2\nbob\ttea\t3\n",
          "{\"user\": \"bob\", \"item\": \"pie\", \"rating\": 4}\n{\"user\": \"eve\", \"item\": \"tea\", "
          "\"rating\": 2}\n{\"user\": \"bob\", \"item\": \"tea\", \"rating\": 3}\n"}) {
        graft::table_report report;
        const auto day2 = parse(text, {.rows_of = day1, .report = &report});
        CHECK(entries(day2) == list{"bob pie 4.00", "eve tea 2.00", "bob tea 3.00"});
        CHECK(day2.num_users() == 3);
        CHECK(day2.user("ann") == graft::user_id{0});
        CHECK(day2.user("bob") == graft::user_id{1});
        CHECK(day2.user("eve") == graft::user_id{2});
        CHECK(day2.item("pie") == graft::item_id{2});
        CHECK(report.new_users == 1);
        CHECK(report.new_items == 1);
        CHECK(day1.num_users() == 2); // whose maps are what they were
    }
    const auto numbers = parse("1,7,3\n2,8,4\n");
    CHECK(parse("8:\n2,5,2005-09-06\n", {.rows_of = numbers}).item("8") == graft::item_id{1});
    CHECK(parse("%%MatrixMarket matrix coordinate real general\n2 8 1\n2 8 4\n", {.rows_of = numbers})
              .users()[0] == graft::user_id{1});
}

TEST_CASE("without new ids the maps are the known ones themselves") {
    const auto train = parse("ann,tea,5\nbob,jam,1\n");
    const auto test = parse("bob,tea,4\n", {.rows_of = train});
    CHECK(test.shared_user_ids() == train.shared_user_ids());
    CHECK(test.shared_item_ids() == train.shared_item_ids());
    CHECK(test.users()[0] == graft::user_id{1});
}

TEST_CASE("rows with unknown ids are skipped and counted, or an error with their line") {
    const auto train = parse("ann,tea,5\nbob,jam,1\n");
    const std::string text = "bob,tea,4\neve,tea,2\nbob,pie,3\neve,pie,3\nann,jam,2\n";
    graft::table_report report;
    const auto test =
        parse(text, {.rows_of = train, .unknown_ids = graft::unknown_ids::skip, .report = &report});
    CHECK(entries(test) == list{"bob tea 4.00", "ann jam 2.00"});
    CHECK(test.shared_user_ids() == train.shared_user_ids());
    CHECK(report.read == 5);
    CHECK(report.kept == 2);
    CHECK(report.unknown == 3);
    CHECK(report.new_users == 0);
    CHECK_THROWS_WITH_AS(parse(text, {.rows_of = train, .unknown_ids = graft::unknown_ids::error}),
                         "r:2: user 'eve' is none of the 2 that rows_of has; choose "
                         "ratings_options::unknown_ids = skip or append",
                         graft::format_error);
    CHECK_THROWS_WITH_AS(
        parse("bob,pie,3\n", {.rows_of = train, .unknown_ids = graft::unknown_ids::error}),
        "r:1: item 'pie' is none of the 2 that rows_of has; choose ratings_options::unknown_ids = "
        "skip or append",
        graft::format_error);
    CHECK_THROWS_WITH_AS(parse("eve,pie,3\n", {.rows_of = train, .unknown_ids = graft::unknown_ids::skip}),
                         "r:1: none of the 1 rows could be taken: 0 lack an id, a value or a time, 1 have "
                         "ids that rows_of does not have, and 0 are broken",
                         graft::format_error);
    CHECK_THROWS_WITH_AS(
        parse("bob,tea,4\neve,tea,2\n\nbob,jam,2\nbob,tea,3\n",
              {.rows_of = train, .unknown_ids = graft::unknown_ids::skip}),
        "r:5: user 'bob' and item 'tea' are already on line 1; choose ratings_options::duplicates "
        "= keep_first, keep_last or keep_all",
        graft::format_error);
}

TEST_CASE("known items alone leave users free, and what knows no ids is refused") {
    const auto train = parse("ann,tea,5\nbob,jam,1\n");
    const auto visitors =
        parse("zoe,jam,4\nyan,pie,2\n", {.rows_of = graft::row_ids(nullptr, train.shared_item_ids()),
                                         .unknown_ids = graft::unknown_ids::skip});
    CHECK(entries(visitors) == list{"zoe jam 4.00"});
    CHECK(visitors.user("zoe") == graft::user_id{0});
    CHECK(visitors.item("jam") == graft::item_id{1});
    CHECK_THROWS_WITH_AS(parse("a,b,3\n", {.unknown_ids = graft::unknown_ids::skip}),
                         "read_ratings: unknown_ids is about ids that rows_of does not have; give rows_of, a "
                         "model or interactions",
                         graft::argument_error);
}
