// The tutorial on whichever backend is there: device = "cuda" if available else "cpu".
#include <cstdio>
#include <exception>
#include <iostream>

#include <graft/cuda.hpp>
#include <graft/graft.hpp>

#ifndef GRAFT_EXAMPLE_DATA
#define GRAFT_EXAMPLE_DATA "examples/data/synthetic"
#endif

template <class Backend>
void run(const graft::interactions& ratings) {
    std::printf("backend: %s\n", Backend::name);
    const auto [train, valid] = graft::split(ratings, graft::holdout{.fraction = 0.1, .seed = 7});
    graft::recommender<float, Eigen::Dynamic, Backend> model(ratings.num_users(), ratings.num_items(), 32);
    graft::fit(model, train, valid, {.epochs = 5, .optimizer = {.lr = 1e-2}}, graft::log_to(std::cout));
    for (auto [item, score] : graft::recommend(model, graft::user_id{0}, 5, graft::unseen_in(train)))
        std::cout << ratings.id_of(item) << "  " << score << '\n';
}

int main() {
    try {
        const auto ratings = graft::read_ratings(GRAFT_EXAMPLE_DATA "/ratings.tsv");
        if (graft::cuda_available())
            run<graft::cuda>(ratings);
        else
            run<graft::cpu>(ratings);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
