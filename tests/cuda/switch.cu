// What nvcc makes of the switch: the default is the GPU; without one a model of it is refused with a clear
// error, and one of the CPU is trained in the same program.
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include <graft/cuda.hpp>
#include <graft/graft.hpp>

static_assert(std::is_same_v<graft::default_backend, graft::cuda>);
static_assert(
    std::is_same_v<graft::recommender<float>, graft::recommender<float, Eigen::Dynamic, graft::cuda>>);
static_assert(graft::backend<graft::cuda>);

namespace {

template <class Backend>
double last_loss() {
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> ratings;
    for (unsigned k = 0; k < 2000; ++k) {
        users.push_back(graft::user_id{k * 7 % 50});
        items.push_back(graft::item_id{k * 11 % 40});
        ratings.push_back(static_cast<float>(k % 5));
    }
    const auto data = graft::interactions::from_rows(users, items, ratings, 50, 40);
    graft::recommender<float, Eigen::Dynamic, Backend, graft::biased> model(50, 40, 8);
    return graft::fit(model, data, {.epochs = 3}).epochs.back().train_loss;
}

} // namespace

int main() {
    const double on_cpu = last_loss<graft::cpu>();
    std::printf("cpu: %g\n", on_cpu);
    if (graft::cuda_available()) {
        const double on_gpu = last_loss<graft::cuda>();
        std::printf("cuda: %g\n", on_gpu);
        return on_gpu - on_cpu < 1e-4 && on_cpu - on_gpu < 1e-4 ? 0 : 1;
    }
    try {
        last_loss<graft::cuda>();
    } catch (const graft::error& e) {
        std::printf("no GPU: %s\n", e.what());
        return std::string(e.what()).find("cuda: there is no GPU that can be used") == 0 ? 0 : 1;
    }
    return 1;
}
