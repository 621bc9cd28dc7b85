#!/usr/bin/env python3
"""Training steps of graft and PyTorch on the same ids, targets and first weights, in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_train
    python3 -m venv venv && venv/bin/pip install -r bench/compare/requirements.txt
    venv/bin/python bench/compare/train.py build-bench/bench/compare_train [--sizes S,M] [--json FILE]

PyTorch runs in all of its settings (dense Adam plain, foreach and fused; SparseAdam) with 1 and 2 threads, and the
best one counts. With --device cuda both sides train on the GPU; the program is compare_train_cuda then. Both sides take the same steps first, and their losses must agree. Rates are medians of --rounds
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
ON_GPU = {"XL": (20, 5)}  # wanted of a GPU
SETTINGS = ["plain", "foreach", "fused", "sparse"]
CHECK_STEPS = 3


def torch_run(setting, device, threads, users, items, dim, batch, seconds):
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
        return torch.nn.Embedding.from_pretrained(w.view(rows, dim).to(device), freeze=False, sparse=setting == "sparse")

    p, q = table(users, 4), table(items, 5)
    parameters = list(p.parameters()) + list(q.parameters())
    if setting == "sparse":
        optimizer = torch.optim.SparseAdam(parameters, lr=1e-3)
    else:
        optimizer = torch.optim.Adam(parameters, lr=1e-3, foreach=setting == "foreach", fused=setting == "fused")
    loss_of = torch.nn.MSELoss()

    steps = 64
    k = np.arange(steps * batch, dtype=np.uint64)
    u = torch.from_numpy((mix(1, k) % np.uint64(users)).astype(np.int64)).to(device).view(steps, batch)
    i = torch.from_numpy((mix(2, k) % np.uint64(items)).astype(np.int64)).to(device).view(steps, batch)
    r = torch.from_numpy((1 + mix(3, k) % np.uint64(5)).astype(np.float32)).to(device).view(steps, batch)

    def step(s):
        optimizer.zero_grad()
        loss = loss_of((p(u[s]) * q(i[s])).sum(1), r[s])
        loss.backward()
        optimizer.step()
        return loss

    for s in range(CHECK_STEPS):
        step(s)
    loss = step(CHECK_STEPS).item()
    if device == "cuda":
        for s in range(4, 12):  # what is only slow at first
            step(s)
        torch.cuda.synchronize()
    begin = time.perf_counter()
    done = 0
    while time.perf_counter() - begin < seconds or done < 2:
        step((CHECK_STEPS + 1 + done) % steps)
        done += 1
    if device == "cuda":
        torch.cuda.synchronize()
    print(json.dumps({"loss": loss, "rate": done * batch / (time.perf_counter() - begin)}))


def run(command, timeout):
    """The JSON that a command prints, or None where it fails (too little memory for a setting, say)."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            print(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return None
        return json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, IndexError):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="compare_train, or compare_train_cuda")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--sizes", default=",".join(CONFIGS), help="of " + ", ".join(CONFIGS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="at least so long per measurement")
    parser.add_argument("--json", help="write the table to this file")
    a = parser.parse_args()

    rows = []
    failed = False
    gpu = a.device == "cuda"
    threads = (1,) if gpu else (1, 2)
    settings = SETTINGS[1:] if gpu else SETTINGS
    of_threads = "" if gpu else ", 1 / 2 threads"
    print(f"| size | d, batch | dense Adam (best) | ours{of_threads} | ratio (wanted) | SparseAdam (best) | ours, same semantics{of_threads} | ratio (wanted) | lazy costs |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in a.sizes.split(","):
        users, items, dim, batch, want_dense, want_sparse = CONFIGS[name]
        if gpu:
            want_dense, want_sparse = ON_GPU.get(name, ("-", "-"))
        peers = {(s, t): [] for s in settings for t in threads}
        ours = {(o, t): [] for o in ("adam", "sparse_adam") for t in threads}
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
                got = run([sys.executable, __file__, "--torch", s, a.device, str(t), *map(str, (users, items, dim, batch, a.seconds))], 600)
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
        if not (dense[0] and sparse[0]):
            failed = True
            print(f"{name}: PyTorch ran in no setting of dense Adam or of SparseAdam", file=sys.stderr)
        mine = {k: median(v) for k, v in ours.items()}
        best = {o: max(mine[o, t] for t in threads) for o in ("adam", "sparse_adam")}
        all_of = lambda o: " / ".join(m(mine[o, t]) for t in threads)
        ratio = lambda mine, theirs: mine / theirs if theirs else float("nan")  # where a setting has not run
        m = lambda x: f"{x / 1e6:.3g}"
        print(
            f"| {name} {users} x {items} | {dim}, {batch} | {m(dense[0])} ({dense[1][0]}, {dense[1][1]}) | {all_of('adam')}"
            f" | {ratio(best['adam'], dense[0]):.1f} ({want_dense}) | {m(sparse[0])} ({sparse[1][1]})"
            f" | {all_of('sparse_adam')} | {ratio(best['sparse_adam'], sparse[0]):.1f} ({want_sparse})"
            f" | {best['sparse_adam'] / best['adam']:.2f} |",
            flush=True,
        )
        for o, peer in (("adam", dense), ("sparse_adam", sparse)):
            for t in threads:
                rows.append({"size": name, "users": users, "items": items, "dim": dim, "batch": batch, "optimizer": o,
                             "device": a.device,
                             "peer": {"setting": peer[1][0], "threads": peer[1][1], "rate": peer[0]},
                             "ours": {"threads": t, "rate": mine[o, t]}, "ratio": mine[o, t] / peer[0] if peer[0] else None})
        if a.json:
            with open(a.json, "w") as f:
                json.dump(rows, f, indent=1)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--torch":
        torch_run(*sys.argv[2:4], *(int(x) for x in sys.argv[4:9]), float(sys.argv[9]))
    else:
        main()
