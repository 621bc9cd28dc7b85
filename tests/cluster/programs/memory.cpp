// A model that is larger than what each rank may take of memory is trained, with checkpoints and the weights of the best
// epoch, asked for lists, saved and loaded: memory FOLDER. A rank may take 36 MB beyond what MPI has; the model has 38 MB of
// weights and, in training, 154 MB.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <graft/cluster/mpi_cpu.hpp>
#include <graft/cluster/session.hpp>
#include <graft/data/split.hpp>
#include <graft/model/load.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>
#include <graft/serve/similar.hpp>
#include <graft/train/fit.hpp>

#include <support/on_ranks.hpp>

namespace {

using model = graft::recommender<float, 128, graft::mpi_cpu>;
constexpr std::size_t num_users = 67'500, num_items = 7'500;

/// From here on no more private memory than `bytes` beyond what there is.
void limit_memory(std::size_t bytes) {
    std::size_t now = 0;
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmData:" && status >> now) break;
    if (now == 0) throw std::runtime_error("the memory of this process is not known");
    const rlimit limit{now * 1024 + bytes, now * 1024 + bytes};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) throw std::runtime_error("memory cannot be limited");
}

Eigen::VectorXf scores(const model& of, const on_ranks::world& data) {
    return of.score(std::span(data.users).first(1000), std::span(data.items).first(1000));
}

} // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        limit_memory(std::size_t{36'000'000});
        const on_ranks::world data(20'000, num_users, num_items);
        if (me.is_first()) std::filesystem::remove(folder + "/large.checkpoint");
        Eigen::VectorXf want;
        {
            model trained(num_users, num_items);
            graft::fit_options<> options{.epochs = 2, .batch_size = 2048};
            options.checkpoint = folder + "/large.checkpoint";
            const auto [train, valid] = graft::split(data.interactions(), graft::holdout{});
            graft::fit(trained, train, valid, options);
            graft::save(trained, folder + "/large.safetensors");
            want = scores(trained, data);
            if (graft::similar_users(trained, graft::user_id{1}, 10).size() != 10)
                throw std::runtime_error("the list of similar users is too short");
        }
        if (scores(graft::load<model>(folder + "/large.safetensors"), data) != want)
            throw std::runtime_error("the model that is loaded is another one");
        if (me.is_first()) {
            std::filesystem::remove(folder + "/large.checkpoint");
            std::filesystem::remove(folder + "/large.safetensors");
        }
    });
}
