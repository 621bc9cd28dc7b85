#include <graft/model/recommender.hpp>

int main() {
    const graft::recommender<float> model(3, 4, 2);
    return model.num_items() == 4 ? 0 : 1;
}
