#include <cmath>
#include <cstdio>
#include <type_traits>

#include <graft/cuda.hpp>
#include <graft/model/recommender.hpp>

static_assert(std::is_same_v<graft::default_backend, graft::cuda>);

namespace {

template <class Backend>
bool scores() {
    const graft::recommender<float, Eigen::Dynamic, Backend> model(3, 4, 2);
    return std::isfinite(model.score(graft::user_id{0}, graft::item_id{1}));
}

} // namespace

int main() {
    if (!scores<graft::cpu>()) return 1;
    try {
        return scores<graft::cuda>() && graft::cuda_available() ? 0 : 1;
    } catch (const graft::error& e) {
        std::printf("%s\n", e.what());
        return graft::cuda_available() ? 1 : 0;
    }
}
