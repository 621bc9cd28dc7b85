// The tutorial that graft grew from, step by step: pretrained word vectors become user embeddings, a
// dot-product model is trained on who met what, and items are recommended. Runs on synthetic data that comes
// with graft.
#include <iostream>
#include <string>

#include <graft/graft.hpp>

int main(int argc, char** argv) try {
    const std::string data = argc > 1 ? argv[1] : GRAFT_EXAMPLE_DATA;

    // 1. Pretrained vectors: glove = GloVe(name="6B", dim=100)
    const auto glove = graft::read_vectors(data + "/vectors.txt");
    std::cout << glove.size() << " word vectors of " << glove.dim() << " numbers\n";

    // 2. Transactions and the user-item matrix: build_user_item_matrix(transactions)
    const auto ratings = graft::read_ratings(data + "/ratings.tsv");
    const auto matrix = graft::build_user_item_matrix(ratings);
    std::cout << matrix.values.rows() << " users x " << matrix.values.cols() << " items, "
              << matrix.values.nonZeros() << " ratings (synthetic)\n";

    // 3. The model: nn.Embedding for users and items, user.weight.data = glove.vectors[:num_users]
    graft::recommender<float> model(ratings.num_users(), ratings.num_items(), glove.dim());
    const auto coverage = graft::transfer(glove, model.users(), graft::by_row{});
    std::cout << coverage.seeded << " of " << coverage.rows << " users start from a vector\n";

    // 4. Training: Adam(lr=0.001), MSELoss(), no penalty
    const auto [train, valid] = graft::split(ratings, graft::holdout{.fraction = 0.1, .seed = 7});
    graft::fit(model, train, valid, {.epochs = 5, .optimizer = {.lr = 1e-3}, .l2 = 0, .row_l2 = 0},
               graft::log_to(std::cout));

    // 5. Recommendations
    const auto user = ratings.user("1");
    std::cout << "for user " << ratings.id_of(user) << ":\n";
    for (const auto& [item, score] : graft::recommend(model, user, 5, graft::unseen_in(train)))
        std::cout << "  item " << ratings.id_of(item) << "  " << score << '\n';
} catch (const graft::error& e) {
    std::cerr << "tutorial: " << e.what() << '\n';
    return 1;
}
