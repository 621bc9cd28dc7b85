#pragma once

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <graft/graft.hpp>

namespace pages {

/// What the blocks of a page take for granted: names that the pages before them have made, and the files that they
/// read, in the current folder.
struct world {
    explicit world(const std::filesystem::path& fixtures) {
        const auto copied = [](const std::filesystem::path& from, const char* name) {
            std::filesystem::copy_file(from, name, std::filesystem::copy_options::overwrite_existing);
        };
        for (const char* name : {"glove.6B.100d.txt", "crawl-300d-2M.vec"})
            copied(std::filesystem::path(GRAFT_EXAMPLE_DATA) / "vectors.txt", name);
        copied(fixtures / "vectors" / "fasttext.bin", "cc.en.300.bin");
        std::ofstream("plays.tsv") << "listener\tsong\nann\tyellow\nann\tblue\nbob\tyellow\nbob\tgreen\n";
        std::ofstream("plays.tsv.gz")
            << "listener\tyear\tsong\tn\nann\t1999\tblue\t3\nbob\t2001\tgreen\tNA\nbob\t1999\tblue\t1\n";
        graft::fit(model, train, {.epochs = 1});
    }

    void at(int line) { line_ = line; }
    [[nodiscard]] int line() const { return line_; }

    // of README.md's first program, on a tenth of the synthetic data
    graft::interactions ratings =
        graft::split(graft::read_ratings(GRAFT_EXAMPLE_DATA "/ratings.tsv"), graft::holdout{.fraction = 0.1})
            .valid;
    graft::catalog movies = graft::read_catalog(GRAFT_EXAMPLE_DATA "/items.csv");
    graft::keyed_vectors glove = graft::read_vectors(GRAFT_EXAMPLE_DATA "/vectors.txt");
    graft::split_parts parts_ = graft::split(ratings, graft::holdout{.fraction = 0.1, .seed = 7});
    graft::interactions train = parts_.train, test = parts_.valid;
    graft::biased_recommender<float> model{ratings.num_users(), ratings.num_items(), 16};
    // and of what is written about single things
    graft::interactions valid = parts_.valid;
    std::size_t users = ratings.num_users();
    std::size_t items = ratings.num_items();

private:
    int line_ = 0;
};

/// Runs the blocks of a page, and names the block that throws.
template <class Page>
int run(const char* name, const std::filesystem::path& fixtures) {
    Page page(fixtures);
    try {
        page.run();
        return 0;
    } catch (const std::exception& e) {
        std::cerr << name << ":" << page.line() << ": the block throws: " << e.what() << '\n';
        return 1;
    }
}

} // namespace pages
