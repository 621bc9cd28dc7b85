#!/usr/bin/env python3
"""Reading millions of ratings with ids as text: graft, polars and pandas on the same file in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_ratings
    venv/bin/python bench/compare/ratings.py --build build-bench [--ratings 2240000] [--json FILE] [--check]

graft reads, numbers the ids and looks for repeated pairs. polars reads with text ids and casts them to Categorical,
pandas reads with text ids and factorizes them; the repeated pairs, which they look for in a second step, do not count
against them. All have --threads threads and take turns; times are medians of --rounds rounds. With --check: graft is
3 times as fast as polars and 8 times as pandas, and its peak of memory is at most 1.5 times the finished result.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

POLARS, PANDAS, MEMORY = 3, 8, 1.5


def generate(path, ratings, users, items):
    """Users in random order, items by popularity, no pair twice."""
    draw = random.Random(7)
    seen = set()
    with open(path, "w") as f:
        f.write("userId,movieId,rating,timestamp\n")
        while len(seen) < ratings:
            user, item = draw.randrange(users), int(items * draw.random() ** 2)
            if user * items + item in seen:
                continue
            seen.add(user * items + item)
            f.write(f"u{user * 7919 % 1000003},item_{item},{draw.randrange(1, 11) / 2},{draw.randrange(11 * 10**8, 14 * 10**8)}\n")


def run_polars(path):
    import polars as pl

    start = time.perf_counter()
    table = pl.read_csv(path, schema_overrides={"userId": pl.String, "movieId": pl.String}).with_columns(
        pl.col("userId").cast(pl.Categorical), pl.col("movieId").cast(pl.Categorical))
    read = time.perf_counter()
    table.select("userId", "movieId").is_duplicated().any()
    return read - start, time.perf_counter() - start, len(table)


def run_pandas(path):
    import pandas as pd

    start = time.perf_counter()
    table = pd.read_csv(path, dtype={"userId": str, "movieId": str})
    users, items = pd.factorize(table.userId), pd.factorize(table.movieId)
    read = time.perf_counter()
    pd.DataFrame({"user": users[0], "item": items[0]}).duplicated().any()
    return read - start, time.perf_counter() - start, len(table)


def in_process(name, path, threads):
    done = subprocess.run([sys.executable, __file__, "--one", name, path], check=True, stdout=subprocess.PIPE,
                          env={**os.environ, "POLARS_MAX_THREADS": str(threads)})
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build-bench", help="the build folder")
    parser.add_argument("--file", help="a CSV with the columns userId, movieId, rating, timestamp instead of a generated one")
    parser.add_argument("--ratings", type=int, default=2_240_000)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.one:
        run = {"polars": run_polars, "pandas": run_pandas}[a.one[0]]
        run(a.one[1])  # the first one loads code and the file
        print(json.dumps(run(a.one[1])))
        return

    with tempfile.TemporaryDirectory(prefix="graft_ratings_") as folder:
        path = a.file
        if not path:
            path = os.path.join(folder, "ratings.csv")
            generate(path, a.ratings, a.users, a.items)
        program = os.path.join(a.build, "bench", "compare_ratings")
        seconds = {"graft": [], "polars": [], "pandas": [], "polars, pairs too": [], "pandas, pairs too": []}
        for _ in range(a.rounds):
            done = subprocess.run([program, path, str(a.threads), "2"], check=True, stdout=subprocess.PIPE)
            ours = json.loads(done.stdout)
            seconds["graft"].append(ours["seconds"][1])
            for name in ("polars", "pandas"):
                read, both, size = in_process(name, path, a.threads)
                seconds[name].append(read)
                seconds[name + ", pairs too"].append(both)
                if size != ours["size"]:
                    sys.exit(f"{name} reads {size} ratings where graft reads {ours['size']}")

    median = {name: statistics.median(all) for name, all in seconds.items()}
    print(f"{ours['size']} ratings, {ours['users']} users, {ours['items']} items, {a.threads} threads")
    print("| | s | times graft |\n|---|---|---|")
    for name, value in median.items():
        print(f"| {name} | {value:.3f} | {value / median['graft']:.2f} |")
    memory = ours["peak"] / ours["result"]
    print(f"memory: peak {ours['peak'] // 1024} MiB, result {ours['result'] // 1024} MiB, {memory:.2f} of it")
    if a.json:
        with open(a.json, "w") as f:
            json.dump({"seconds": seconds, "medians": median, "graft": ours}, f, indent=1)
    missed = [f"{what} {value:.2f} (goal {goal})"
              for what, value, goal, right in (
                  ("polars", median["polars"] / median["graft"], POLARS, median["polars"] >= POLARS * median["graft"]),
                  ("pandas", median["pandas"] / median["graft"], PANDAS, median["pandas"] >= PANDAS * median["graft"]),
                  ("memory", memory, MEMORY, memory <= MEMORY)) if not right]
    if missed:
        print("missed: " + ", ".join(missed))
    sys.exit(1 if a.check and missed else 0)


if __name__ == "__main__":
    main()
