#!/usr/bin/env python3
"""Exact top K of graft and Faiss (IndexFlatIP), or on a GPU of graft and PyTorch, on the same rows, in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_top_k
    python3 -m venv venv && venv/bin/pip install -r bench/compare/requirements.txt
    venv/bin/python bench/compare/top_k.py --build build-bench [--json FILE] [--check]

Faiss runs with 1 and 2 threads, and the better counts. The two sides take turns over --rounds rounds, of which the
medians count; their lists must agree. With --check: 1,024 users among 1,000,000 items of dim 64 are at least 5 times as
fast with graft on two threads, and one user's list takes at most 1.3 times as long as reading the rows once.

With --device cuda the program is compare_top_k_cuda on all threads, and the peer torch.topk(q @ items.T); graft
is to be at least as fast with the lists of many.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

USERS, ITEMS, DIM, K = 1024, 1_000_000, 64, 10
FASTER = 5
OF_READING = 1.3


def tables(users, items, dim):
    import numpy as np

    def table(rows, stream):
        w = np.empty(rows * dim, dtype=np.float32)
        part = 1 << 22
        for begin in range(0, rows * dim, part):
            counters = np.arange(begin, min(begin + part, rows * dim), dtype=np.uint64)
            with np.errstate(over="ignore"):
                z = np.uint64(stream * 0xA0761D6478BD642F % 2**64) + (counters + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
                z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                z = z ^ (z >> np.uint64(31))
            bits = (z >> np.uint64(40)).astype(np.int64) - (1 << 23)
            w[begin : begin + len(counters)] = (bits / (1 << 25)).astype(np.float32)
        return w.reshape(rows, dim)

    return table(users, 4), table(items, 5)


def torch_run(threads, users, items, dim, k):
    """In a process of its own: prints a line of JSON. Lists are in main memory in the end, as graft's are."""
    import torch

    queries, base = (torch.from_numpy(t).cuda() for t in tables(users, items, dim))

    def search(q):
        return torch.topk(q @ base.T, k).indices.cpu()

    def times(rounds, work):
        all_ = []
        for r in range(rounds + 2):  # two to warm up
            begin = time.perf_counter()
            work(r)
            all_.append((time.perf_counter() - begin) * 1e3)
        return statistics.median(all_[2:])

    batch = times(5, lambda _: search(queries)) / users
    single = times(20, lambda r: search(queries[r : r + 1]))
    print(json.dumps({"batch_ms": batch, "single_ms": single, "lists": search(queries[:20]).tolist(), "version": torch.__version__}))


def faiss_run(threads, users, items, dim, k):
    """In a process of its own: prints a line of JSON."""
    import faiss

    faiss.omp_set_num_threads(threads)
    queries, base = tables(users, items, dim)
    index = faiss.IndexFlatIP(dim)
    index.add(base)
    begin = time.perf_counter()
    _, lists = index.search(queries, k)
    batch = (time.perf_counter() - begin) * 1e3 / users
    singles = []
    for u in range(min(users, 5)):
        begin = time.perf_counter()
        index.search(queries[u : u + 1], k)
        singles.append((time.perf_counter() - begin) * 1e3)
    print(json.dumps({"batch_ms": batch, "single_ms": statistics.median(singles), "lists": lists[:20].tolist(),
                      "version": faiss.__version__}))


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--json", help="write the figures to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    a = parser.parse_args()
    gpu = a.device == "cuda"
    peer_name = "torch" if gpu else "Faiss"
    program = os.path.join(a.build, "bench", "compare_top_k_cuda" if gpu else "compare_top_k")
    size = [str(x) for x in (a.users, a.items, DIM, K)]

    counts = (0,) if gpu else (1, 2)  # threads; 0: all
    ours = {t: [] for t in counts}
    theirs = {t: [] for t in counts}
    for _ in range(a.rounds):
        for threads in counts:
            ours[threads].append(run([program, *size, str(threads), "1"]))
            theirs[threads].append(run([sys.executable, __file__, "--torch" if gpu else "--faiss", str(threads), *size]))
    median = lambda runs, what: statistics.median(r[what] for r in runs)
    mine = {what: {t: median(ours[t], what) for t in ours} for what in ("batch_ms", "single_ms", "read_ms")}
    peer = {what: {t: median(theirs[t], what) for t in theirs} for what in ("batch_ms", "single_ms")}

    version = theirs[counts[0]][0]["version"]
    of_threads = "" if gpu else ", 1 / 2 threads"
    print(f"| top {K} of {a.items} x {DIM} | graft{of_threads}, ms | {peer_name} {version}{of_threads}, ms | faster, best against best |")
    print("|---|---|---|---|")
    all_of = lambda times: " / ".join(f"{t:.3g}" for t in times.values())
    for what, name in (("batch_ms", f"a user of {a.users}"), ("single_ms", "one user")):
        ratio = min(peer[what].values()) / min(mine[what].values())
        print(f"| {name} | {all_of(mine[what])} | {all_of(peer[what])} | {ratio:.2g} |")
    if not gpu:
        print(f"| the rows read once | {all_of(mine['read_ms'])} | | |")

    missed = []
    same = [set(m) == set(t) for m, t in zip(ours[counts[0]][0]["lists"], theirs[counts[0]][0]["lists"])]
    if not all(same):
        missed.append(f"{same.count(False)} of {len(same)} lists differ from {peer_name}'s")
    if any(o["lists"] != ours[counts[0]][0]["lists"] for t in ours for o in ours[t]):
        missed.append("lists depend on the number of threads")
    faster = min(peer["batch_ms"].values()) / mine["batch_ms"][counts[-1]]
    wanted = 1 if gpu else FASTER
    if faster < wanted:
        missed.append(f"lists of many: {faster:.2g} times as fast as {peer_name}, not {wanted}")
    of_reading = mine["single_ms"][counts[-1]] / mine["read_ms"][counts[-1]]
    if not gpu and of_reading > OF_READING:
        missed.append(f"one list: {of_reading:.2f} times the reading of the rows, not {OF_READING}")
    if a.json:
        with open(a.json, "w") as f:
            json.dump({"users": a.users, "items": a.items, "dim": DIM, "k": K, "device": a.device, "graft": mine, peer_name.lower(): peer,
                       f"{peer_name.lower()}_version": version, "faster": faster, "of_reading": None if gpu else of_reading,
                       "missed": missed}, f, indent=1)
    if missed:
        print("missed: " + "; ".join(missed))
    sys.exit(1 if a.check and missed else 0)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in ("--faiss", "--torch"):
        run_peer = faiss_run if sys.argv[1] == "--faiss" else torch_run
        run_peer(*(int(x) for x in sys.argv[2:7]))
    else:
        main()
