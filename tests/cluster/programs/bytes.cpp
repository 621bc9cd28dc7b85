// What ranks send each other in training, counted where MPI is called, against the least that gives the bits of one machine:
// for each step the rows of the items that a rank's users meet and another has, the rows of these users, once for each
// owner, and a number for each such interaction. bytes USERS ITEMS BATCH: fails if it is more than 1.2 times as much.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mpi.h>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <graft/cluster/mpi_cpu.hpp>
#include <graft/cluster/session.hpp>
#include <graft/core/random.hpp>
#include <graft/model/recommender.hpp>
#include <graft/optim/adam.hpp>
#include <graft/train/trainer.hpp>

#include "../../support/ranks_apart.hpp"

namespace {

std::uint64_t sent = 0; // bytes, by this rank to others

std::uint64_t size_of(MPI_Datatype type) {
    int size = 0;
    PMPI_Type_size(type, &size);
    return static_cast<std::uint64_t>(size);
}
std::uint64_t other_ranks() {
    int size = 0;
    PMPI_Comm_size(MPI_COMM_WORLD, &size);
    return static_cast<std::uint64_t>(size) - 1;
}

void count(const int* counts, MPI_Datatype type) {
    int me = 0;
    PMPI_Comm_rank(MPI_COMM_WORLD, &me);
    for (int rank = 0; rank <= static_cast<int>(other_ranks()); ++rank)
        if (rank != me) sent += static_cast<std::uint64_t>(counts[rank]) * size_of(type);
}

} // namespace

// MPI's own functions are called by names with a P; these come first where a program has them.
extern "C" {
int MPI_Ialltoallv(const void* from, const int* counts, const int* begins, MPI_Datatype type, void* to,
                   const int* to_counts, const int* to_begins, MPI_Datatype to_type, MPI_Comm comm,
                   MPI_Request* request) {
    count(counts, type);
    return PMPI_Ialltoallv(from, counts, begins, type, to, to_counts, to_begins, to_type, comm, request);
}
int MPI_Alltoallv(const void* from, const int* counts, const int* begins, MPI_Datatype type, void* to,
                  const int* to_counts, const int* to_begins, MPI_Datatype to_type, MPI_Comm comm) {
    count(counts, type);
    return PMPI_Alltoallv(from, counts, begins, type, to, to_counts, to_begins, to_type, comm);
}
int MPI_Alltoall(const void* from, int count, MPI_Datatype type, void* to, int to_count, MPI_Datatype to_type,
                 MPI_Comm comm) {
    sent += other_ranks() * static_cast<std::uint64_t>(count) * size_of(type);
    return PMPI_Alltoall(from, count, type, to, to_count, to_type, comm);
}
int MPI_Allgatherv(const void* from, int count, MPI_Datatype type, void* to, const int* to_counts,
                   const int* to_begins, MPI_Datatype to_type, MPI_Comm comm) {
    sent += other_ranks() * static_cast<std::uint64_t>(count) * size_of(type);
    return PMPI_Allgatherv(from, count, type, to, to_counts, to_begins, to_type, comm);
}
int MPI_Allreduce(const void* from, void* to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
    sent += other_ranks() * static_cast<std::uint64_t>(count) * size_of(type); // at most
    return PMPI_Allreduce(from, to, count, type, op, comm);
}
}

namespace {

constexpr std::size_t dim = 64;

void run(const graft::mpi_rank& me, std::size_t num_users, std::size_t num_items, std::size_t batch) {
    constexpr std::size_t steps = 100;
    std::vector<graft::user_id> users;
    std::vector<graft::item_id> items;
    std::vector<float> targets;
    graft::random_engine engine(3);
    for (std::size_t k = 0; k < steps * batch; ++k) {
        users.push_back(static_cast<graft::user_id>(graft::draw_below(engine, num_users)));
        items.push_back(static_cast<graft::item_id>(graft::draw_below(engine, num_items)));
        targets.push_back(static_cast<float>(k % 5));
    }
    std::uint64_t rows = 0; // that all ranks must send
    std::uint64_t numbers = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        std::set<std::pair<std::size_t, std::size_t>> lent, pulling; // items and users, and to whom
        for (std::size_t k = step * batch; k < (step + 1) * batch; ++k) {
            const std::size_t user = graft::row_of(users[k]);
            const std::size_t item = graft::row_of(items[k]);
            if (user % me.ranks() == item % me.ranks()) continue;
            lent.emplace(item, user % me.ranks());
            pulling.emplace(user, item % me.ranks());
            ++numbers;
        }
        rows += lent.size() + pulling.size();
    }
    graft::recommender<float, dim, graft::mpi_cpu> model(num_users, num_items);
    graft::trainer trainer(model);
    std::vector<double> losses(steps);
    sent = 0;
    trainer.train_checked({users, items, targets}, batch, losses);
    const std::uint64_t own = sent;
    std::uint64_t all = 0;
    PMPI_Allreduce(&own, &all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    const std::uint64_t least = (rows * dim + numbers) * sizeof(float);
    const double ratio = least == 0 ? 1.0 : static_cast<double>(all) / static_cast<double>(least);
    if (me.is_first())
        std::printf("%zu ranks, %zu x %zu, batches of %zu: %.1f bytes an interaction, %.4f of the least\n",
                    me.ranks(), num_users, num_items, batch,
                    static_cast<double>(all) / static_cast<double>(steps * batch), ratio);
    if (ratio > 1.2) throw std::runtime_error("more is sent than is needed");
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    ranks_apart = true;
    const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
    return graft::mpi_main(argc, argv,
                           [&](const graft::mpi_rank& me) { run(me, number(1), number(2), number(3)); });
}
