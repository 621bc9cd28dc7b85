// expect: no matching function for call to .*recommend
#include <graft/data/interactions.hpp>
#include <graft/model/recommender.hpp>
#include <graft/serve/recommend.hpp>
#include <graft/serve/unseen.hpp>

int main() {
    const graft::recommender<float> model(3, 4, 2);
    const Eigen::RowVectorXd row = Eigen::RowVectorXd::Ones(2);
#ifdef GRAFT_BAD_LINE
    return recommend(model, row, 2, graft::unseen_in(graft::interactions{})).size() == 2; // whose items?
#endif
    return recommend(model, row, 2, graft::all_items{}).size() == 2;
}
