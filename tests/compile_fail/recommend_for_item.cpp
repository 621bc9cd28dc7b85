// expect: item_id
// expect: user_id
#include <graft/model/recommender.hpp>
#include <graft/serve/recommend.hpp>

int main() {
    const graft::recommender<float> model(3, 4, 2);
#ifdef GRAFT_BAD_LINE
    return recommend(model, graft::item_id{0}, 2).size() == 2;
#endif
    return recommend(model, graft::user_id{0}, 2).size() == 2;
}
