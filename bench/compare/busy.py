#!/usr/bin/env python3
"""Training with two threads on a machine of two cores of which other processes keep some busy.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_train
    python3 bench/compare/busy.py --build build-bench [--sizes S256,S1024] [--json FILE] [--check]

One and two threads take turns, first with nothing beside them, then beside one busy process. Rates are medians over
--rounds rounds. With --check: two threads beside a busy process take at most 1.1 times as long as one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from train import CONFIGS, run

SLOWEST = 1.1


def measure(program, name, threads, seconds):
    users, items, dim, batch, *_ = CONFIGS[name]
    got = run([program, *map(str, (users, items, dim, batch)), "adam", str(threads), "3", str(seconds)], 600)
    if got is None:
        sys.exit(f"{program} failed on {name}")
    return got["rate"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--sizes", default="S256,S1024,M8192", help="of " + ", ".join(CONFIGS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="at least so long per measurement")
    parser.add_argument("--json", help="write the table to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    a = parser.parse_args()
    program = os.path.join(a.build, "bench", "compare_train")

    rows = []
    missed = []
    print("| size | free: 1 / 2 threads, M/s | busy: 1 / 2 threads, M/s | time of two beside one, free | busy (at most 1.1) |")
    print("|---|---|---|---|---|")
    for name in a.sizes.split(","):
        rate = {}
        for busy in (False, True):
            others = [subprocess.Popen([sys.executable, "-c", "while True: pass"])] if busy else []
            try:
                rates = {1: [], 2: []}
                for _ in range(a.rounds):
                    for threads in rates:
                        rates[threads].append(measure(program, name, threads, a.seconds))
                rate[busy] = {threads: statistics.median(r) for threads, r in rates.items()}
            finally:
                for process in others:
                    process.kill()
                    process.wait()
        slower = {busy: r[1] / r[2] for busy, r in rate.items()}
        if slower[True] > SLOWEST:
            missed.append(f"{name}: {slower[True]:.2f}")
        m = lambda r: f"{r[1] / 1e6:.3g} / {r[2] / 1e6:.3g}"
        print(f"| {name} | {m(rate[False])} | {m(rate[True])} | {slower[False]:.2f} | {slower[True]:.2f} |", flush=True)
        rows.append({"size": name, "free": rate[False], "busy": rate[True]})
    if a.json:
        with open(a.json, "w") as f:
            json.dump(rows, f, indent=1)
    if missed:
        print("missed: two threads beside a busy process are slower than one by more than 1.1: " + ", ".join(missed))
    sys.exit(1 if a.check and missed else 0)


if __name__ == "__main__":
    main()
