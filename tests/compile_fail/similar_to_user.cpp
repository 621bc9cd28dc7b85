// expect: user_id
// expect: item_id
#include <graft/model/recommender.hpp>
#include <graft/serve/similar.hpp>

int main() {
    const graft::recommender<float> model(3, 4, 2);
#ifdef GRAFT_BAD_LINE
    return graft::similar_items(model, graft::user_id{0}, 2).size() == 2;
#endif
    return graft::similar_items(model, graft::item_id{0}, 2).size() == 2;
}
