#include <iostream>

#include <graft/graft.hpp>

#ifndef GRAFT_COMPILED
#error "graft::compiled does not say that it is linked"
#endif

int main() {
    const auto clicks = graft::make_interactions({{"ann", "tea"}, {"ann", "jam"}, {"bob", "tea"}});
    graft::recommender<float> model(clicks.num_users(), clicks.num_items(), 2);
    const auto history = graft::fit(model, clicks, {.epochs = 3}, graft::log_to(std::cout));
    const auto rest = graft::recommend(model, clicks.user("bob"), 5, graft::unseen_in(clicks));
    return history.epochs.size() == 3 && rest.size() == 1 && rest[0].item == clicks.item("jam") ? 0 : 1;
}
