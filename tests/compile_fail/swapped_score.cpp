// expect: item_id.*user_id
#include <graft/model/recommender.hpp>

int main() {
    const graft::recommender<float> model(3, 4, 2);
    const graft::user_id user{0};
    const graft::item_id item{0};
#ifdef GRAFT_BAD_LINE
    return model.score(item, user) > 0;
#endif
    return model.score(user, item) > 0;
}
