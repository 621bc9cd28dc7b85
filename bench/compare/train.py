#!/usr/bin/env python3
"""Training steps of graft and PyTorch on the same ids, targets and first weights, in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_train
    python3 -m venv venv && venv/bin/pip install -r bench/compare/requirements.txt
    venv/bin/python bench/compare/train.py build-bench/bench/compare_train [--sizes S,M] [--json FILE]

PyTorch runs in all of its settings (dense Adam plain, foreach and fused; SparseAdam) with 1 and 2 threads, and the
best one counts. Both sides take the same steps first, and their losses must agree. Rates are medians of --rounds
rounds in which the two sides take turns.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

CONFIGS = {  # name: users, items, dim, batch, wanted against dense Adam, wanted against SparseAdam
    "S256": (943, 1682, 100, 256, 15, 25),
    "S1024": (943, 1682, 100, 1024, 8, 14),
    "M1024": (6040, 3706, 100, 1024, 8, 16),
    "M8192": (6040, 3706, 64, 8192, 4, 10),
    "L": (200_000, 50_000, 64, 4096, 30, 8),
    "XL": (1_000_000, 200_000, 64, 8192, 60, 7),
    "XXL": (10_000_000, 1_000_000, 64, 8192, 400, 7),
}
SETTINGS = ["plain", "foreach", "fused", "sparse"]
CHECK_STEPS = 3


def torch_run(setting, threads, users, items, dim, batch, seconds):
    """In a process of its own: prints a line of JSON."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)

    def mix(stream, counters):
        with np.errstate(over="ignore"):
            z = np.uint64(stream * 0xA0761D6478BD642F % 2**64) + (counters + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return z ^ (z >> np.uint64(31))

    def table(rows, stream):
        w = torch.empty(rows * dim)
        part = 1 << 22
        for begin in range(0, rows * dim, part):
            counters = np.arange(begin, min(begin + part, rows * dim), dtype=np.uint64)
            bits = (mix(stream, counters) >> np.uint64(40)).astype(np.int64) - (1 << 23)
            w[begin : begin + len(counters)] = torch.from_numpy((bits / (1 << 25)).astype(np.float32))
        return torch.nn.Embedding.from_pretrained(w.view(rows, dim), freeze=False, sparse=setting == "sparse")

    p, q = table(users, 4), table(items, 5)
    parameters = list(p.parameters()) + list(q.parameters())
    if setting == "sparse":
        optimizer = torch.optim.SparseAdam(parameters, lr=1e-3)
    else:
        optimizer = torch.optim.Adam(parameters, lr=1e-3, foreach=setting == "foreach", fused=setting == "fused")
    loss_of = torch.nn.MSELoss()

    steps = 64
    k = np.arange(steps * batch, dtype=np.uint64)
    u = torch.from_numpy((mix(1, k) % np.uint64(users)).astype(np.int64)).view(steps, batch)
    i = torch.from_numpy((mix(2, k) % np.uint64(items)).astype(np.int64)).view(steps, batch)
    r = torch.from_numpy((1 + mix(3, k) % np.uint64(5)).astype(np.float32)).view(steps, batch)

    def step(s):
        optimizer.zero_grad()
        loss = loss_of((p(u[s]) * q(i[s])).sum(1), r[s])
        loss.backward()
        optimizer.step()
        return loss

    for s in range(CHECK_STEPS):
        step(s)
    loss = step(CHECK_STEPS).item()
    begin = time.perf_counter()
    done = 0
    while time.perf_counter() - begin < seconds or done < 2:
        step((CHECK_STEPS + 1 + done) % steps)
        done += 1
    print(json.dumps({"loss": loss, "rate": done * batch / (time.perf_counter() - begin)}))


def run(command, timeout):
    """The JSON that a command prints, or None where it fails (too little memory for a setting, say)."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, IndexError):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="compare_train")
    parser.add_argument("--sizes", default=",".join(CONFIGS), help="of " + ", ".join(CONFIGS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="at least so long per measurement")
    parser.add_argument("--json", help="write the table to this file")
    a = parser.parse_args()

    rows = []
    failed = False
    print("| size | d, batch | dense Adam (best) | ours, 1 / 2 threads | ratio (wanted) | SparseAdam (best) | ours, same semantics, 1 / 2 | ratio (wanted) | lazy costs |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in a.sizes.split(","):
        users, items, dim, batch, want_dense, want_sparse = CONFIGS[name]
        peers = {(s, t): [] for s in SETTINGS for t in (1, 2)}
        ours = {(o, t): [] for o in ("adam", "sparse_adam") for t in (1, 2)}
        losses = {}
        for round_ in range(a.rounds):
            for o, t in ours:
                got = run([a.program, *map(str, (users, items, dim, batch)), o, str(t), str(CHECK_STEPS), str(a.seconds)], 600)
                if got is None:
                    sys.exit(f"{a.program} failed on {name}, {o}")
                ours[o, t].append(got["rate"])
                losses.setdefault("adam" if o == "adam" else "sparse", []).append(got["loss"])
            for s, t in peers:
                if round_ > 0 and not peers[s, t]:
                    continue  # it failed
                got = run([sys.executable, __file__, "--torch", s, str(t), *map(str, (users, items, dim, batch, a.seconds))], 600)
                if got is not None:
                    peers[s, t].append(got["rate"])
                    losses.setdefault("sparse" if s == "sparse" else "adam", []).append(got["loss"])
        for semantics, values in losses.items():
            if max(values) - min(values) > 1e-5 * max(values):
                failed = True
                print(f"{name}: losses after {CHECK_STEPS} steps differ ({semantics}): {values}", file=sys.stderr)

        median = lambda v: statistics.median(v) if v else 0.0
        dense = max(((median(v), k) for k, v in peers.items() if k[0] != "sparse"))
        sparse = max(((median(v), k) for k, v in peers.items() if k[0] == "sparse"))
        mine = {k: median(v) for k, v in ours.items()}
        best = {o: max(mine[o, 1], mine[o, 2]) for o in ("adam", "sparse_adam")}
        m = lambda x: f"{x / 1e6:.3g}"
        print(
            f"| {name} {users} x {items} | {dim}, {batch} | {m(dense[0])} ({dense[1][0]}, {dense[1][1]}) | {m(mine['adam', 1])} / {m(mine['adam', 2])}"
            f" | {best['adam'] / dense[0]:.1f} ({want_dense}) | {m(sparse[0])} ({sparse[1][1]})"
            f" | {m(mine['sparse_adam', 1])} / {m(mine['sparse_adam', 2])} | {best['sparse_adam'] / sparse[0]:.1f} ({want_sparse})"
            f" | {best['sparse_adam'] / best['adam']:.2f} |",
            flush=True,
        )
        for o, peer in (("adam", dense), ("sparse_adam", sparse)):
            for t in (1, 2):
                rows.append({"size": name, "users": users, "items": items, "dim": dim, "batch": batch, "optimizer": o,
                             "peer": {"setting": peer[1][0], "threads": peer[1][1], "rate": peer[0]},
                             "ours": {"threads": t, "rate": mine[o, t]}, "ratio": mine[o, t] / peer[0]})
    if a.json:
        with open(a.json, "w") as f:
            json.dump(rows, f, indent=1)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--torch":
        torch_run(sys.argv[2], *(int(x) for x in sys.argv[3:8]), float(sys.argv[8]))
    else:
        main()
