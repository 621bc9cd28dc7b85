#!/usr/bin/env python3
"""Training steps on two processes: graft with MPI, and PyTorch's DistributedDataParallel with gloo, in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_train compare_cluster
    python3 -m venv venv && venv/bin/pip install -r bench/compare/requirements.txt
    venv/bin/python bench/compare/cluster.py --build build-bench [--sizes L] [--rounds 3] [--json FILE]

graft with two ranks of one thread stands beside one process of two threads, which must have the same losses, and beside two
processes of PyTorch of one thread, each with half of the batch: dense Adam (fused) and SparseAdam. Rates are medians of --rounds
rounds in which all take turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

SIZES = {"S": (943, 1682, 1024), "L": (200_000, 50_000, 4096)}  # users, items, batch; dim 64
DIM = 64
CHECK_STEPS = 3


def torch_rank(setting, rank, users, items, batch, seconds, port):
    """In a process of its own: the first prints a line of JSON."""
    import torch
    import torch.distributed as dist

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=port, GLOO_SOCKET_IFNAME="lo")
    dist.init_process_group("gloo", rank=rank, world_size=2)
    torch.set_num_threads(1)
    torch.manual_seed(1)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            sparse = setting == "sparse"
            self.p = torch.nn.Embedding(users, DIM, sparse=sparse)
            self.q = torch.nn.Embedding(items, DIM, sparse=sparse)

        def forward(self, u, i):
            return (self.p(u) * self.q(i)).sum(1)

    model = torch.nn.parallel.DistributedDataParallel(Model())
    if setting == "sparse":
        optimizer = torch.optim.SparseAdam(list(model.parameters()), lr=1e-3)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    torch.manual_seed(rank)
    half = batch // 2
    u, i = torch.randint(users, (16, half)), torch.randint(items, (16, half))
    r = torch.randint(1, 6, (16, half)).float()

    def step(s):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(u[s % 16], i[s % 16]), r[s % 16]).backward()
        optimizer.step()

    step(0)
    step(1)
    dist.barrier()
    begin = time.perf_counter()
    step(2)
    dist.barrier()
    # Both take as many steps: as many as the first has time for.
    count = torch.tensor([max(3, int(seconds / (time.perf_counter() - begin)))])
    dist.broadcast(count, 0)
    dist.barrier()
    begin = time.perf_counter()
    for s in range(int(count)):
        step(s)
    dist.barrier()
    if rank == 0:
        print(json.dumps({"rate": int(count) * batch / (time.perf_counter() - begin)}))
    dist.destroy_process_group()


def last_line(command, environment=None):
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.strip().splitlines()[-1])


def graft(build, users, items, batch, seconds, ranks):
    sizes = [str(users), str(items)]
    if ranks == 1:
        return last_line([f"{build}/bench/compare_train", *sizes, str(DIM), str(batch), "adam", "2", str(CHECK_STEPS), str(seconds)])
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    program = [f"{build}/bench/compare_cluster", *sizes, str(batch), "adam", "1", str(CHECK_STEPS), str(seconds)]
    return last_line(["mpirun", "-n", str(ranks), *program], environment)


def torch(setting, users, items, batch, seconds, port):
    command = [sys.executable, __file__, "--torch", setting, str(users), str(items), str(batch), str(seconds), str(port)]
    other = subprocess.Popen([*command, "1"])
    try:
        return last_line([*command, "0"])
    finally:
        other.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="folder of the build")
    parser.add_argument("--sizes", default="L")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    results = {}
    for size in options.sizes.split(","):
        shape = SIZES[size]
        rates = {name: [] for name in ("2 ranks", "2 threads", "DDP Adam", "DDP SparseAdam")}
        for round_ in range(options.rounds):
            two = graft(options.build, *shape, options.seconds, 2)
            one = graft(options.build, *shape, options.seconds, 1)
            if two["loss"] != one["loss"]:
                sys.exit(f"{size}: the losses differ: {two['loss']} of two ranks, {one['loss']} of one process")
            rates["2 ranks"].append(two["rate"])
            rates["2 threads"].append(one["rate"])
            rates["DDP Adam"].append(torch("fused", *shape, options.seconds, 29500 + 2 * round_)["rate"])
            rates["DDP SparseAdam"].append(torch("sparse", *shape, options.seconds, 29501 + 2 * round_)["rate"])
        results[size] = {name: statistics.median(values) for name, values in rates.items()}
        ours = results[size]["2 ranks"]
        print(f"{size}: two ranks {ours / 1e6:.3g} million interactions a second")
        for name in list(rates)[1:]:
            print(f"    {ours / results[size][name]:.3g} x {name}, {results[size][name] / 1e6:.3g} million")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--torch":
        setting, users, items, batch, seconds, port, rank = sys.argv[2:]
        torch_rank(setting, int(rank), int(users), int(items), int(batch), float(seconds), port)
    else:
        main()
