#!/usr/bin/env python3
"""Training steps on two processes: graft with MPI, and PyTorch's DistributedDataParallel with gloo, in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_train compare_cluster
    python3 -m venv venv && venv/bin/pip install -r bench/compare/requirements.txt
    venv/bin/python bench/compare/cluster.py --build build-bench [--sizes L] [--rounds 3] [--json FILE] [--check]

graft with two ranks of one thread stands beside one process of two threads, which must have the same losses, beside two ranks
that send each other all rows, as those of two machines do, and beside two processes of PyTorch of one thread, each with half of
the batch: dense Adam (fused) and SparseAdam. Rates are medians of --rounds rounds in which all take turns. With --network RATE
(such as 1gbit; as root on Linux) the ranks that send are in two network namespaces, in each of which packets arrive with that
rate (`tc`, tbf). With --check: at L two ranks reach .7 of two
threads, and 10 times DistributedDataParallel.
"""

import argparse
import contextlib
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
    """What a program's last line says; gloo at times aborts when all is done."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if not done.stdout.strip():
        sys.exit(f"{' '.join(command)}: {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Network:
    """Two network namespaces and a bridge between them, with packets of so many bits a second."""

    def __init__(self, rate):
        self.rate = rate

    def __enter__(self):
        ip("link add graft-bridge type bridge")
        ip("link set graft-bridge up")
        ip("addr add 10.77.0.1/24 dev graft-bridge")
        for k in (0, 1):
            ip(f"netns add graft-{k}")
            ip(f"link add graft-veth{k} type veth peer name eth0 netns graft-{k}")
            ip(f"link set graft-veth{k} master graft-bridge up")
            ip(f"-n graft-{k} addr add 10.77.0.{k + 2}/24 dev eth0")
            ip(f"-n graft-{k} link set eth0 up")
            ip(f"-n graft-{k} link set lo up")
            subprocess.run(f"tc qdisc add dev graft-veth{k} root tbf rate {self.rate} burst 256kb latency 50ms".split(), check=True)
        return self

    def __exit__(self, *_):
        for k in (0, 1):
            ip(f"netns del graft-{k}")
        ip("link del graft-bridge")

    def mpirun(self, program):
        command = "mpirun --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24".split()
        parts = [["-n", "1", "ip", "netns", "exec", f"graft-{k}", *program] for k in (0, 1)]
        return [*command, *parts[0], ":", *parts[1]]

    environment = {"PMIX_MCA_ptl_tcp_if_include": "graft-bridge", "PMIX_MCA_ptl_tcp_remote_connections": "1"}


def ip(command):
    subprocess.run(["ip", *command.split()], check=True)


def graft(build, users, items, batch, seconds, ranks, apart=False, network=None):
    sizes = [str(users), str(items)]
    if ranks == 1:
        return last_line([f"{build}/bench/compare_train", *sizes, str(DIM), str(batch), "adam", "2", str(CHECK_STEPS), str(seconds)])
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    program = [f"{build}/bench/compare_cluster", *sizes, str(batch), "adam", "1", str(CHECK_STEPS), str(seconds)]
    if apart:
        program.append("apart")
    if network:
        return last_line(network.mpirun(program), {**environment, **network.environment})
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
    parser.add_argument("--network", metavar="RATE")
    parser.add_argument("--json")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    options = parser.parse_args()
    results = {}
    missed = []
    with Network(options.network) if options.network else contextlib.nullcontext() as network:
        for size in options.sizes.split(","):
            shape = SIZES[size]
            rates = {}
            for round_ in range(options.rounds):
                runs = {
                    "2 ranks": graft(options.build, *shape, options.seconds, 2),
                    "2 threads": graft(options.build, *shape, options.seconds, 1),
                    "2 ranks that send": graft(options.build, *shape, options.seconds, 2, True, network),
                }
                losses = {name: run["loss"] for name, run in runs.items()}
                if len(set(losses.values())) > 1:
                    sys.exit(f"{size}: the losses differ: {losses}")
                runs["DDP Adam"] = torch("fused", *shape, options.seconds, 29500 + 2 * round_)
                runs["DDP SparseAdam"] = torch("sparse", *shape, options.seconds, 29501 + 2 * round_)
                for name, run in runs.items():
                    rates.setdefault(name, []).append(run["rate"])
            results[size] = {name: statistics.median(values) for name, values in rates.items()}
            ours = results[size]["2 ranks"]
            print(f"{size}: two ranks {ours / 1e6:.3g} million interactions a second")
            for name in list(rates)[1:]:
                print(f"    {ours / results[size][name]:.3g} x {name}, {results[size][name] / 1e6:.3g} million")
            if size == "L":
                for name, goal in (("2 threads", 0.7), ("DDP Adam", 10), ("DDP SparseAdam", 10)):
                    if ours < goal * results[size][name]:
                        missed.append(f"{name} {ours / results[size][name]:.3g} (goal {goal})")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    if missed:
        print("missed: " + ", ".join(missed))
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--torch":
        setting, users, items, batch, seconds, port, rank = sys.argv[2:]
        torch_rank(setting, int(rank), int(users), int(items), int(batch), float(seconds), port)
    else:
        main()
