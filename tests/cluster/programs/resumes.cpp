// A run with checkpoints, of which rank KILLED is killed after so many microseconds: resumes FOLDER KILLED MICROSECONDS, or
// resumes FOLDER for a run to its end. Run again, it goes on. FOLDER/model is the model that comes out, FOLDER/time the
// microseconds that a whole run took.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include <graft/cluster/mpi_cpu.hpp>
#include <graft/cluster/session.hpp>
#include <graft/model/recommender.hpp>
#include <graft/model/save.hpp>
#include <graft/train/fit.hpp>

#include <support/on_ranks.hpp>

int main(int argc, char** argv) {
    return graft::mpi_main(argc, argv, [&](const graft::mpi_rank& me) {
        using clock = std::chrono::steady_clock;
        const auto begin = clock::now();
        const std::string folder = argc > 1 ? argv[1] : ".";
        if (argc > 3 && std::to_string(me.rank()) == argv[2])
            std::thread([after = std::chrono::microseconds(std::strtoll(argv[3], nullptr, 10))] {
                std::this_thread::sleep_for(after);
                std::raise(SIGKILL);
            }).detach();
        const on_ranks::world data(20'000, 500, 300);
        graft::recommender<float, 16, graft::mpi_cpu> model(500, 300);
        graft::fit_options<> options{.epochs = 8, .batch_size = 256};
        options.checkpoint = folder + "/checkpoint";
        graft::fit(model, data.interactions(), options);
        graft::save(model, folder + "/model");
        const auto time = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin);
        if (me.is_first()) std::ofstream(folder + "/time") << time.count();
    });
}
