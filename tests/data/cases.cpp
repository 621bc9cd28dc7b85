// Files and faults of people who do this job, as small inputs of our own: each is one of a kind. The rules, by kind:
// a column gets a role by its name or its place, and where one is left in doubt the file is refused with the option
// that settles it; a quote means what the separator's customs say; a file of another kind is named by its first bytes
// with what to do; what is missing or broken is refused with its line, and skipped and counted on request.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graft/data/read_catalog.hpp>
#include <graft/data/read_ratings.hpp>

#include <support/files.hpp>

namespace {

using list = std::vector<std::string>;
using graft::header_line;
using graft::on_bad_row;

/// "user item value time" of each entry.
list ratings(std::string_view text, const graft::ratings_options& options = {}) {
    const auto all = graft::parse_ratings(text, "r", options);
    list result;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto entry = std::string(all.id_of(all.users()[i]));
        entry.append(" ").append(all.id_of(all.items()[i])).append(" ");
        entry.append(
            std::to_string(all.values()[i]).substr(0, std::to_string(all.values()[i]).find('.') + 2));
        if (!all.times().empty()) entry.append(" ").append(std::to_string(all.times()[i]));
        result.push_back(entry);
    }
    return result;
}

/// "id|title|category,category" of each item.
list items(std::string_view text, const graft::catalog_options& options = {}) {
    const auto all = graft::parse_catalog(text, "c", options);
    list result;
    for (std::size_t row = 0; row < all.size(); ++row) {
        std::string entry(all.ids().id(row));
        entry.append("|").append(all.title(row)).append("|");
        for (const auto& category : all.categories(row)) entry.append(category).append(",");
        result.push_back(entry);
    }
    return result;
}

/// The message of what reading throws; it must hold all pieces.
template <class Read>
void refused(Read&& read, std::initializer_list<std::string_view> pieces) {
    std::string said = "nothing was thrown";
    try {
        static_cast<void>(read());
    } catch (const graft::format_error& error) { said = error.what(); }
    CAPTURE(said);
    for (const auto piece : pieces) {
        CAPTURE(piece);
        CHECK(said.find(piece) != std::string::npos);
    }
}
void refused_ratings(std::string_view text, std::initializer_list<std::string_view> pieces,
                     const graft::ratings_options& options = {}) {
    refused([&] { return ratings(text, options); }, pieces);
}
void refused_items(std::string_view text, std::initializer_list<std::string_view> pieces,
                   const graft::catalog_options& options = {}) {
    refused([&] { return items(text, options); }, pieces);
}

} // namespace

TEST_CASE("usual names of values are known, and a header that names none but leaves a column is refused") {
    CHECK(ratings("userID\tartistID\tweight\n2\t51\t13883\n") == list{"2 51 13883.0"});
    for (const auto* name :
         {"count", "plays", "play_count", "quantity", "listens", "Rating", "overall", "label:float"})
        CHECK(ratings("user,item," + std::string(name) + "\nann,tea,7\n") == list{"ann tea 7.0"});
    CHECK(ratings("user,item,count,rating\nann,tea,7,3\n") == list{"ann tea 3.0"});
    refused_ratings("user,item,ms_played\nann,tea,7\n",
                    {"r:1: ", "'ms_played'", "ratings_options::value_column", "read_values = false"});
    refused_ratings("user,item,plays,listens\nann,tea,7,3\n", {"'plays' and 'listens'", "value_column"});
    CHECK(ratings("user,item,ms_played\nann,tea,7\n", {.value_column = "ms_played"}) == list{"ann tea 7.0"});
    CHECK(ratings("user,item,ms_played\nann,tea,7\n", {.value_column = 2}) == list{"ann tea 7.0"});
    CHECK(ratings("user,item,ms_played\nann,tea,7\n", {.read_values = false}) == list{"ann tea 1.0"});
    refused_ratings("user,item,ms_played\nann,tea,7\n", {"r:1: ", "column 3"}, {.value_column = 3});
    refused_ratings("user,item,ms_played\nann,tea,7\n", {"r:1: ", "'item'", "two roles"},
                    {.value_column = 1});
}

TEST_CASE("the way that a refusal shows leads to the right values") {
    const auto text = "author,subreddit,comments\nann,tea,4\n";
    refused_ratings(text, {"r:1: ", "'author', 'subreddit', 'comments'",
                           "user_column, item_column and value_column", "header_line::no"});
    refused_ratings(text, {"'comments'", "value_column"},
                    {.user_column = "author", .item_column = "subreddit"});
    CHECK(ratings(text, {.user_column = "author", .item_column = "subreddit", .value_column = "comments"}) ==
          list{"ann tea 4.0"});
    CHECK(ratings("user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t3.5\t881250949.0\n") ==
          list{"1 2 3.5 881250949"});
    refused_ratings("a:token\tb:token\tc:float\n1\t2\t3\n",
                    {"r:1: no column looks like the user among 'a:token'"});
    CHECK(ratings("a:token\tb:token\tc:float\n1\t2\t3\n",
                  {.user_column = "a", .item_column = "b:token", .value_column = "c"}) == list{"1 2 3.0"});
}

TEST_CASE("whether there is a header is said where it cannot be seen") {
    const auto text = "author,subreddit\nann,tea\nbob,tea\n";
    CHECK(ratings(text, {.user_column = 0, .item_column = 1, .header = header_line::yes}) ==
          list{"ann tea 1.0", "bob tea 1.0"});
    refused_ratings(text, {"no column looks like the user", "or give its place"},
                    {.header = header_line::yes});
    CHECK(ratings(text, {.header = header_line::no}).size() == 3);
    CHECK(ratings("user,item\nann,tea\n", {.header = header_line::no}).size() == 2);
    CHECK(ratings("ann,time,3\nbob,count,4\n").size() == 2); // a header has no numbers
    refused_ratings("who,what\n1,2\n", {"looks like a header", "header_line::no"});
    CHECK(ratings("author:token\tsubreddit:token\nann\ttea\n", {.user_column = 0, .item_column = 1}) ==
          list{"ann tea 1.0"});
    refused_ratings("ann,tea\n", {"r:1: there is a header and no ratings after it"},
                    {.user_column = "ann", .item_column = "tea"});
    refused_ratings("ann,tea\n", {"no header", "'who'"}, {.user_column = "who", .header = header_line::no});
}

TEST_CASE("between tabs a stray quote is a character, and lines do not merge") {
    const auto text = "user_id\titem_id\trating\tnote\n7\t1\t4\tok\n8\t1\t3\t\"half a quote\n9\t1\t5\tok\n"
                      "10\t2\t2\tfits a 24\"\n11\t2\t1\tok\n";
    CHECK(ratings(text) == list{"7 1 4.0", "8 1 3.0", "9 1 5.0", "10 2 2.0", "11 2 1.0"});
    CHECK(items("51\tKettles\n52\t\"Odd Al\" Smith\n") == list{"51|Kettles|", "52|\"Odd Al\" Smith|"});
    CHECK(items("id\tname\n52\t\"Odd Al\"\n") == list{"52|Odd Al|"});
}

TEST_CASE("between commas two stray quotes do not merge lines without a word") {
    const auto text =
        "user_id,item_id,rating,note\n8,1,3,\"half a quote\n9,1,5,ok\n10,2,2,fits a 24\"\n11,2,1,ok\n";
    refused_ratings(text, {"r:2: ", "reads as a row", "quotes::off"});
    CHECK(ratings(text, {.quotes = graft::quotes::off}).size() == 4);
    CHECK(ratings(text, {.quotes = graft::quotes::on}).size() == 2);
    CHECK(ratings("user,item,rating,note\n1,2,3,\"two\nlines, of text\"\n") == list{"1 2 3.0"});
    refused_items("id,title\n1,\"Odd\n2,Even\n3,24\"\n", {"c:2: ", "reads as a row"});
    CHECK(items("id,title\n1,\"Odd\nand, even\"\n") == list{"1|Odd\nand, even|"});
    refused_ratings("1,2,\"3\"\n1,\"b\" c,4\n", {"r:2: text follows a closing quote", "quotes::off"});
}

TEST_CASE("a backslash before a quote makes it one of the field") {
    CHECK(items("\"ISBN\";\"Book-Title\"\n\"034X\";\"The \\\"Quiet\\\" House; A\"\n") ==
          list{"034X|The \"Quiet\" House; A|"});
}

TEST_CASE("columns are given by place, and places that leave one in doubt are refused") {
    const auto text = "000700,A01,4.0,1360086400\n000700,A02,5.0,1360086401\n";
    CHECK(ratings(text, {.user_column = 1, .item_column = 0}) ==
          list{"A01 000700 4.0 1360086400", "A02 000700 5.0 1360086401"});
    CHECK(ratings("x,A01,i,4\n", {.user_column = 1, .item_column = 2, .value_column = 3}) ==
          list{"A01 i 4.0"});
    refused_ratings("x,A01,i,4\n", {"no column looks like the value", "value_column"},
                    {.user_column = 1, .item_column = 2});
    refused_ratings(text, {"both or neither"}, {.user_column = 1});
    refused_ratings(text, {"two roles"}, {.user_column = 1, .item_column = 1});
    refused_ratings(text, {"column 4", "4 fields"}, {.user_column = 4, .item_column = 1});
    CHECK(items("1,2003,Dinosaur World\n", {.item_column = 0, .title_column = 2}) ==
          list{"1|Dinosaur World|"});
    refused_items("1,2003,Dinosaur World\n", {"c:1: the line has 3 fields", "give places"});
    CHECK_THROWS_AS(graft::column(-1), graft::argument_error);
}

TEST_CASE("a time that stands where the rating does is refused") {
    refused_ratings("a,b,1300000000\n",
                    {"r:1: ", "looks like a time", "time_column = 2", "value_column = 2"});
    refused_ratings("a,b,2005-04-02\n", {"looks like a time"});
    CHECK(ratings("a,b,1300000000\n", {.time_column = 2}) == list{"a b 1.0 1300000000"});
    CHECK(ratings("a,b,1300000000\n", {.value_column = 2}) == list{"a b 1300000000.0"});
}

TEST_CASE("blanks separate, several as one") {
    CHECK(ratings("1 3 4\n1  4\t5\n 2   3 1 \n") == list{"1 3 4.0", "1 4 5.0", "2 3 1.0"});
    CHECK(ratings("ann tea\nbob  jam\n", {.separator = " "}) == list{"ann tea 1.0", "bob jam 1.0"});
    CHECK(ratings("user item rating\nann  tea 3\n") == list{"ann tea 3.0"});
    refused_ratings("0 1 2 3 4 5\n1 7\n", {"a user and a list of items", "one line for each pair"});
    refused_ratings("0 12 13\n1 7\n", {"r:2: ", "one line for each pair"});
    refused_ratings("1 2 3,5\n", {"could both be the separator"});
}

TEST_CASE("ISO dates become seconds since 1970") {
    CHECK(ratings("userId,movieId,rating,timestamp\n1,2,3.5,2005-04-02 23:53:47\n1,3,4,1112486027\n") ==
          list{"1 2 3.5 1112486027", "1 3 4.0 1112486027"});
    CHECK(ratings("1,2,3,2005-09-06\n1,3,3,1970-01-01T00:00:00Z\n1,4,3,1970-01-01T01:00:00+02:00\n"
                  "1,5,3,1969-12-31 23:59:59.75\n1,6,3,2000-02-29T00:00\n") ==
          list{"1 2 3.0 1125964800", "1 3 3.0 0", "1 4 3.0 -3600", "1 5 3.0 -1", "1 6 3.0 951782400"});
    for (const auto* wrong : {"2005-13-01", "2001-02-29", "2005-04-31", "2005-04-02 24:00", "2005-04-02 1:00",
                              "04/02/2005", "2005-04", "2005-04-02x", "2005-04/02"})
        refused_ratings("1,2,3," + std::string(wrong) + "\n", {"r:1: the time '", "read_times = false"});
}

TEST_CASE("rows that lack something are refused with their line, or skipped and counted") {
    for (const auto* none : {"", "NaN", "nan", "NULL", "\\N", "None", "NA", "<NA>"}) {
        const auto text = "user,item,rating\na,x,3\nb,y," + std::string(none) + "\nc,z,4\n";
        refused_ratings(text, {"r:3: the rating", "on_bad_row::skip"});
        graft::table_report report;
        CHECK(ratings(text, {.missing = on_bad_row::skip, .report = &report}) == list{"a x 3.0", "c z 4.0"});
        CHECK(report.read == 3);
        CHECK(report.kept == 2);
        CHECK(report.missing == 1);
        CHECK(report.broken == 0);
    }
    refused_ratings("a,x,3\n\\N,y,3\n", {"r:2: the user id is '", "missing_words"});
    CHECK(ratings("a,x,3\nNULL,y,3\n", {.missing_words = list{}}) == list{"a x 3.0", "NULL y 3.0"});
    CHECK(ratings("a,x,3\n-,y,3\n", {.missing_words = list{"-"}, .missing = on_bad_row::skip}) ==
          list{"a x 3.0"});
    CHECK(ratings("a,x,3\nb,,3\nc,y,3\n", {.missing = on_bad_row::skip}).size() == 2);
    CHECK(ratings("1,2,3,4\n1,3,3,\n", {.missing = on_bad_row::skip}) == list{"1 2 3.0 4"});
    refused_ratings("user,item,rating\na,x,\n", {"r:1: none of the 1 rows could be taken"},
                    {.missing = on_bad_row::skip});
}

TEST_CASE("broken rows are refused with their line, or skipped and counted") {
    const auto text = "a,x,3\nb,y\nc,z,good\n\"d\"e,u,1\nf,v,4\n\n";
    refused_ratings(text, {"r:2: the line has 2 fields"});
    graft::table_report report;
    CHECK(ratings(text, {.broken = on_bad_row::skip, .report = &report}) == list{"a x 3.0", "f v 4.0"});
    CHECK(report.read == 5);
    CHECK(report.broken == 3);
    CHECK(report.blank_lines == 1);
    const auto movies = "id,title\n1,One\n2,Two,half\n1,Uno\n,None\n3,Three\n";
    CHECK(items(movies, {.missing = on_bad_row::skip,
                         .broken = on_bad_row::skip,
                         .duplicates = graft::duplicates::keep_first,
                         .report = &report}) == list{"1|One|", "3|Three|"});
    CHECK(report.read == 5);
    CHECK(report.kept == 2);
    CHECK(report.missing == 1);
    CHECK(report.broken == 1);
    CHECK(report.duplicates == 1);
    CHECK(items("1::One\n2::Two\n1::Uno\n", {.duplicates = graft::duplicates::keep_last}) ==
          list{"2|Two|", "1|Uno|"});
    CHECK_THROWS_AS(items("1::One\n", {.duplicates = graft::duplicates::keep_all}), graft::argument_error);
}

TEST_CASE("a report counts what became of each row, and stays as it was where reading throws") {
    graft::table_report report;
    const auto text = "# made by hand\n\nuser,item\na,x\na,x\nb,x\n";
    CHECK(ratings(text, {.duplicates = graft::duplicates::keep_last, .report = &report}) ==
          list{"a x 1.0", "b x 1.0"});
    CHECK(report.read == 3);
    CHECK(report.kept == 2);
    CHECK(report.duplicates == 1);
    CHECK(report.comments == 1);
    CHECK(report.blank_lines == 1);
    refused_ratings("a\n", {"r:1: "}, {.report = &report});
    CHECK(report.read == 3);
}

TEST_CASE("comments before the first row are skipped, and others where the option says so") {
    CHECK(ratings("% bip weighted\n% 3 2 2\n1 2 3 881250949\n2 2 4 881250950\n").size() == 2);
    CHECK(ratings("# Directed graph\n# FromNodeId\tToNodeId\n1\t2\n2\t2\n").size() == 2);
    refused_ratings("#user\titem\n1\t2\n", {"r:1: ", "comment, a header or a row", ".comments"});
    CHECK(ratings("#1\ttea\nbob\tjam\n", {.comments = ""}).size() == 2);
    CHECK(ratings("#1\ttea\nbob\tjam\n", {.comments = "#"}).size() == 1);
    CHECK(ratings("1,2\n#3,4\n;5,6\n", {.comments = "#;"}) == list{"1 2 1.0"});
    CHECK(ratings("1,2\n#3,4\n").size() == 2);
}

TEST_CASE("a decimal comma is read where the option says so, and named where not") {
    CHECK(ratings("1;2;3,5\n", {.decimal_comma = true}) == list{"1 2 3.5"});
    CHECK(ratings("user,item,rating\n1,2,\"3,5\"\n", {.decimal_comma = true}) == list{"1 2 3.5"});
    refused_ratings("1;2;3,5\n", {"r:1: ", "decimal_comma = true"});
    CHECK(ratings("sep=;\nuser;item;rating\n1;2;3\n") == list{"1 2 3.0"});
}

TEST_CASE("a file of another kind is named, with what to do") {
    refused_ratings("[{\"user\": 1}]", {"r: byte 0: ", "array of JSON", "jq"});
    refused_ratings("@RELATION r\n@DATA\n1,2,3\n", {"ARFF", "@data"});
    refused_ratings("1,2,3\r4,5,6\r", {"carriage return", "tr "});
    refused_ratings("PK\x03\x04 xl/workbook.xml", {"xlsx", "CSV"});
    refused_ratings("version https://git-lfs.github.com/spec/v1\noid", {"git lfs pull"});
    refused_items("BZh91AY&SY", {"bunzip2"});
    std::string tar = "ratings.csv";
    tar.append(512 - tar.size(), '\0').replace(257, 5, "ustar");
    for (const auto& form : test::forms_of(tar)) refused_ratings(form, {"tar archive (ustar at byte 257)"});
    refused_ratings(std::string("user\0item", 9), {"r: byte 4: a zero byte"});
    refused_items("1:\n2,3,2005-01-01\n", {"ratings"});
}

TEST_CASE("ratings and items are read from gzip as they are plain") {
    for (const auto& form : test::forms_of("user,item,rating\nann,tea,3\nbob,tea,4\n"))
        CHECK(ratings(form) == list{"ann tea 3.0", "bob tea 4.0"});
    for (const auto& form : test::forms_of("id,title\n1,Tea\n")) CHECK(items(form) == list{"1|Tea|"});
}

TEST_CASE("JSON lines are read by their usual keys") {
    CHECK(ratings("{\"reviewerID\": \"A1\", \"asin\": \"0001\", \"helpful\": [0, 1], \"overall\": 5.0, "
                  "\"unixReviewTime\": 1252800000, \"reviewTime\": \"09 13, 2009\"}\n") ==
          list{"A1 0001 5.0 1252800000"});
    CHECK(ratings("{\"review_id\":\"r\",\"user_id\":\"u\",\"business_id\":\"b\",\"stars\":4,\"useful\":0,"
                  "\"text\":\"It\\u2019s\\n{fine}\",\"date\":\"2016-03-09 00:00:00\"}\n") ==
          list{"u b 4.0 1457481600"});
    CHECK(ratings("{\"user_id\":\"8842\",\"book_id\":\"24375664\",\"rating\":5,\"n_votes\":0}\n"
                  "\n{\"rating\":3,\"book_id\":7,\"user_id\":\"u\\u00e9\"}\n") ==
          list{"8842 24375664 5.0", "u\xc3\xa9 7 3.0"});
    CHECK(items("{\"asin\":\"0001\",\"title\":\"Tea\",\"categories\":[[\"Drinks\",\"Hot\"]],\"description\":"
                "\"x\"}\n"
                "{\"asin\":\"0002\",\"title\":null}\n") == list{"0001|Tea|Drinks,Hot,", "0002||"});
}

TEST_CASE("JSON lines that lack a key, nest it or are broken are refused with their line") {
    const std::string good = "{\"user\":1,\"item\":2,\"rating\":3}\n";
    const auto second = [&](const std::string& line, std::initializer_list<std::string_view> pieces) {
        refused_ratings(good + line + "\n", pieces);
    };
    second("{\"user\":1,\"item\":3}", {"r:2: the key 'rating' is missing or null", "skip"});
    second("{\"user\":{\"id\":1},\"item\":3,\"rating\":3}", {"r:2: the value of 'user' is an object"});
    second("{\"user\":1,\"item\":[3],\"rating\":3}", {"r:2: the value of 'item' is a list"});
    second("{\"user\":1,\"item\":3,\"rating\":true}", {"r:2: the value of 'rating' is a truth value"});
    second("{\"user\":1,\"item\":3,\"rating\":3,\"user\":2}", {"r:2: the key 'user' comes twice"});
    second("{\"user\":1,\"item\":3", {"r:2: ", "JSON"});
    second("{'user':1}", {"r:2: ", "Python"});
    refused_ratings("{'user': 1, 'item': 2}\n", {"r:1: ", "dictionary of Python", "json.dumps"});
    refused_items("{'asin': 1, 'title': 'T'}\n", {"c:1: ", "dictionary of Python"});
    second("1,2,3", {"r:2: ", "no object"});
    refused_ratings("{\"user\":1,\"item\":2,\"ms\":3}\n", {"r:1: ", "'ms'", "value_column"});
    CHECK(ratings(good + "{\"user\":1,\"item\":3}\n{\"user\":1}{\n",
                  {.missing = on_bad_row::skip, .broken = on_bad_row::skip}) == list{"1 2 3.0"});
    refused_ratings("{\"user\":1,\n\"item\":2}\n", {"r:1: "});
}

TEST_CASE("Netflix's blocks are users, ratings and dates below their item") {
    CHECK(ratings("1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n12:\n1488844,4,2005-10-19\n") ==
          list{"1488844 1 3.0 1125964800", "822109 1 5.0 1115942400", "1488844 12 4.0 1129680000"});
    refused_ratings("1:\n1,3\n", {"r:2: the line has 2 fields", "ITEM:"});
}

TEST_CASE("coordinates of Matrix Market are read, and their number is checked") {
    const std::string head = "%%MatrixMarket matrix coordinate integer general\n% made\n3 3 2\n";
    CHECK(ratings(head + "1 2 5\n3 1 4\n") == list{"1 2 5.0", "3 1 4.0"});
    refused_ratings(head + "1 2 5\n", {"r:3: the header promises 2 entries, but the file has 1"});
    CHECK(ratings("%%MatrixMarket matrix coordinate pattern general\n1 1 1\n1 1\n") == list{"1 1 1.0"});
    refused_ratings("%%MatrixMarket matrix array real general\n1 1\n1\n", {"r:1: ", "coordinate"});
}

TEST_CASE("RecBole's items have their types in the header and blanks between classes") {
    CHECK(items("item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
                "1\tToy Story\t1995\tAnimation Comedy\n") == list{"1|Toy Story|Animation,Comedy,"});
}

TEST_CASE("an option of the other reader is refused") {
    CHECK_THROWS_AS(ratings("1,2\n", {.title_column = 1}), graft::argument_error);
    CHECK_THROWS_AS(items("1::2\n", {.value_column = 1}), graft::argument_error);
}
