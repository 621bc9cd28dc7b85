// What nvcc makes of the switch: the default is the GPU; without one a model of it is refused with a clear
// error, and one of the CPU is trained, judged and asked in the same program.
#include <cmath>
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

struct results {
    double loss, rmse, best_score;
};

template <class Backend>
results train_and_serve() {
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
    const double loss = graft::fit(model, data, data, {.epochs = 3}).epochs.back().train_loss;
    const double rmse = graft::evaluate(model, data, {.low = 0, .high = 4}).rmse;
    const auto best = graft::recommend(model, graft::user_id{0}, 5, graft::unseen_in(data));
    const results r{loss, rmse, static_cast<double>(best.at(0).score)};
    std::printf("%s: loss %g, RMSE %g, best score %g\n", Backend::name, r.loss, r.rmse, r.best_score);
    return r;
}

} // namespace

int main() {
    const auto on_cpu = train_and_serve<graft::cpu>();
    if (graft::cuda_available()) {
        const auto on_gpu = train_and_serve<graft::cuda>();
        const auto same = [](double a, double b) { return std::abs(a - b) < 1e-4; };
        return same(on_gpu.loss, on_cpu.loss) && same(on_gpu.rmse, on_cpu.rmse) &&
                       same(on_gpu.best_score, on_cpu.best_score)
                   ? 0
                   : 1;
    }
    try {
        train_and_serve<graft::cuda>();
    } catch (const graft::error& e) {
        std::printf("no GPU: %s\n", e.what());
        return std::string(e.what()).find("cuda: there is no GPU that can be used") == 0 ? 0 : 1;
    }
    return 1;
}
