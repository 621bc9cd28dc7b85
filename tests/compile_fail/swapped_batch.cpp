// expect: item_id
// expect: user_id
#include <span>
#include <vector>

#include <graft/model/recommender.hpp>

int main() {
    const graft::recommender<float> model(3, 4, 2);
    const std::vector<graft::user_id> users(5);
    const std::vector<graft::item_id> items(5);
#ifdef GRAFT_BAD_LINE
    return model.score(items, users).size() == 5;
#endif
    return model.score(users, items).size() == 5;
}
