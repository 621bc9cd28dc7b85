#!/usr/bin/env python3
"""Ranked lists of graft and implicit on the same clicks, each tuned over a grid of one size, in one run.

    cmake -S . -B build-bench -DGRAFT_NATIVE=ON -DGRAFT_BUILD_TESTS=OFF -DGRAFT_BUILD_EXAMPLES=OFF
    cmake --build build-bench --target compare_ranking
    python3 -m venv venv && venv/bin/pip install -r bench/compare/requirements.txt
    venv/bin/python bench/compare/ranking.py --build build-bench [--ratings FILE] [--json FILE] [--check]

Every rating is a click. The latest click of each user is the test; of what is left, the three latest are the validation
cut, on which the settings with the best NDCG@10 are chosen; the chosen ones train on all but the test. Each test item is
ranked among all items that its user has not met (of equal scores it counts as the last), and among 99 of them, drawn.
One piece of NumPy judges all methods by the products of their factors.

With --candidates FILE, as NCF's `.test.negative` files (a line `(user,item)` and then the negatives for each user), the
test is what the file says, and NDCG@10 among 99 is what is tuned for. Ratings: user, item, rating and time, separated by
tabs, commas or `::`, such as MovieLens' and NCF's.

With --check: graft's ALS, and of its losses that take no more time for tuning and training than implicit's best method the
one that is best in validation, have at least the NDCG@10 of that method, and ALS takes no more time either; with --candidates: HR@10 of at least .73, NDCG@10 of
at least .453.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

TOP = 10
NEGATIVES = 99
VALID = 3  # clicks of each user that settings are chosen on
HIT_RATE, NDCG = 0.73, 0.453  # wanted with --candidates
TIMES = "seconds", "seconds_with_tuning"
ML_100K = os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared", "data", "ml-100k", "u.data")


# Data


class Clicks:
    """users, items: [n], rows; later clicks of a user stand behind earlier ones."""

    def __init__(self, users, items, num_users, num_items):
        self.users, self.items, self.num_users, self.num_items = users, items, num_users, num_items

    def part(self, mask):
        return Clicks(self.users[mask], self.items[mask], self.num_users, self.num_items)

    def without_latest(self, count):
        """(what is left, the latest `count` of each user); at least one click of each user is left."""
        size = np.bincount(self.users, minlength=self.num_users)
        order = np.argsort(self.users, kind="stable")
        from_end = np.empty(len(order), int)
        ends = np.cumsum(size)
        from_end[order] = ends[self.users[order]] - 1 - np.arange(len(order))
        held = from_end < np.minimum(count, size[self.users] - 1)
        return self.part(~held), self.part(held)

    def matrix(self):
        import scipy.sparse

        ones = np.ones(len(self.users), np.float32)
        return scipy.sparse.csr_matrix((ones, (self.users, self.items)), shape=(self.num_users, self.num_items))

    def write(self, path):
        with open(path, "wb") as f:
            np.array([len(self.users), self.num_users, self.num_items], "<i4").tofile(f)
            self.users.astype("<i4").tofile(f)
            self.items.astype("<i4").tofile(f)
            np.ones(len(self.users), "<f4").tofile(f)


def read(ratings, candidates):
    """The training clicks, the test clicks, and the candidates [tests x negatives] or None."""
    with open(ratings, encoding="latin-1") as f:
        rows = [line.replace("::", "\t").replace(",", "\t").split() for line in f if line[:1].isdigit()]
    users, items = (np.array([int(r[c]) for r in rows]) for c in (0, 1))
    times = np.array([float(r[3]) if len(r) > 3 else 0.0 for r in rows])
    order = np.argsort(times, kind="stable")
    users, items = users[order], items[order]
    tests = []
    if candidates:
        with open(candidates) as f:
            for line in f:
                pair, *negatives = line.split()
                tests.append([*(int(x) for x in pair.strip("()").split(",")), *map(int, negatives)])
        tests = np.array(tests)
    all_users = np.unique(np.concatenate([users] + ([tests[:, 0]] if candidates else [])))
    all_items = np.unique(np.concatenate([items] + ([tests[:, 1:].ravel()] if candidates else [])))
    clicks = Clicks(np.searchsorted(all_users, users), np.searchsorted(all_items, items), len(all_users), len(all_items))
    if not candidates:
        return *clicks.without_latest(1), None
    test = Clicks(np.searchsorted(all_users, tests[:, 0]), np.searchsorted(all_items, tests[:, 1]), len(all_users), len(all_items))
    tested = np.isin(clicks.users * len(all_items) + clicks.items, test.users * len(all_items) + test.items)
    return clicks.part(~tested), test, np.searchsorted(all_items, tests[:, 2:])


def draw_negatives(seen, test, seed=0):
    """[tests x NEGATIVES], of the items that a user has met in none of the clicks."""
    rng = np.random.default_rng(seed)
    met = np.zeros((seen.num_users, seen.num_items), bool)
    for clicks in seen, test:
        met[clicks.users, clicks.items] = True
    return np.stack([rng.choice(np.flatnonzero(~met[u]), NEGATIVES, replace=False) for u in test.users])


# Judgement


def gains(ranks):
    return {"hr": float(np.mean(ranks < TOP)), "ndcg": float(np.mean(np.where(ranks < TOP, 1 / np.log2(ranks + 2.0), 0)))}


def evaluate(user_factors, item_factors, seen, test, candidates):
    """Hit rate and NDCG among all unseen items and among the candidates. Held-out clicks do not stand in each other's way."""
    full, few = np.empty(len(test.users), int), np.empty(len(test.users), int)
    met = np.zeros((seen.num_users, seen.num_items), bool)
    for clicks in seen, test:
        met[clicks.users, clicks.items] = True
    for begin in range(0, len(test.users), 1024):
        u, i = test.users[begin : begin + 1024], test.items[begin : begin + 1024]
        scores = user_factors[u] @ item_factors.T
        wanted = np.take_along_axis(scores, i[:, None], 1)
        if not np.isfinite(scores).all():
            sys.exit("a score is not finite")
        few[begin : begin + 1024] = (np.take_along_axis(scores, candidates[begin : begin + 1024], 1) >= wanted).sum(1)
        full[begin : begin + 1024] = ((scores >= wanted) & ~met[u]).sum(1)
    return {"full": gains(full), "few": gains(few)}


# Methods: train(clicks, threads, **settings) gives user factors, item factors and seconds


def graft(program, method):
    def train(clicks, threads, **settings):
        with tempfile.TemporaryDirectory() as folder:
            data, factors = os.path.join(folder, "clicks"), os.path.join(folder, "factors")
            clicks.write(data)
            given = [f"{name}={value}" for name, value in {**settings, "threads": threads}.items()]
            done = subprocess.run([program, method, data, factors, *given], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{program} failed: {done.stderr}")
            said = json.loads(done.stdout)
            rows = np.fromfile(factors, "<f4").reshape(-1, said["width"])
        return rows[: clicks.num_users], rows[clicks.num_users :], said["seconds"]

    return train


def implicit(make):
    def train(clicks, threads, **settings):
        model = make()(num_threads=threads, random_state=0, **settings)
        matrix = clicks.matrix()
        begin = time.perf_counter()
        model.fit(matrix, show_progress=False)
        return model.user_factors, model.item_factors, time.perf_counter() - begin

    return train


def implicit_als():
    from implicit.cpu.als import AlternatingLeastSquares

    return AlternatingLeastSquares


def implicit_bpr():
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    return BayesianPersonalizedRanking


DIMS = [64, 192]
RATES, PENALTIES = [1e-3, 2e-3, 4e-3], [0.005, 0.01, 0.02]  # lr and l2 of graft's losses
UNOBSERVED = [0.2, 0.4, 0.8]  # weight of a pair that was not observed against that of one that was


def methods(program):
    """(name, train, settings that stay, settings to choose from); the same number of choices for all."""
    return [
        (
            "implicit ALS",
            implicit(implicit_als),
            {"iterations": 15},
            {"factors": DIMS, "alpha": [1 / w for w in UNOBSERVED], "regularization": [5, 10, 20]},
        ),
        (
            "implicit BPR",
            implicit(implicit_bpr),
            {"iterations": 100},
            {"factors": DIMS, "learning_rate": [0.01, 0.02, 0.05], "regularization": [0.001, 0.01, 0.03]},
        ),
        (
            "graft ALS",
            graft(program, "als"),
            {"epochs": 15},
            {"dim": DIMS, "unobserved_weight": UNOBSERVED, "l2": [0.003, 0.006, 0.012]},
        ),
    ] + [
        (
            f"graft {name}",
            graft(program, loss),
            {"epochs": 20, "negatives": 16},
            {"dim": DIMS, "lr": RATES, "l2": PENALTIES},
        )
        for name, loss in (("squared error", "squared_error"), ("BPR", "bpr"), ("softmax", "softmax"))
    ] + [
        (
            "graft squared error, short",
            graft(program, "squared_error"),
            {"dim": 32, "negatives": 8, "batch": 2048},
            {"epochs": [4, 8], "lr": [0.012, 0.018, 0.025], "l2": [0.006, 0.009, 0.012]},
        )
    ]


def choices(grid):
    return [dict(zip(grid, values)) for values in itertools.product(*grid.values())]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--ratings", default=ML_100K, help="default: MovieLens 100K, beside the project")
    parser.add_argument("--candidates", help="tests and their negatives, as NCF's")
    parser.add_argument("--methods", default="", help="only those whose names have one of these words, after commas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="trainings of the chosen settings; their median counts")
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    a = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as implicit asks for
    try:
        import threadpoolctl

        threadpoolctl.threadpool_limits(1, "blas")
    except ImportError:
        pass

    train, test, candidates = read(a.ratings, a.candidates)
    cut, valid = train.without_latest(VALID)
    aim = "few" if a.candidates else "full"
    if candidates is None:
        candidates = draw_negatives(train, test)
    valid_candidates = draw_negatives(cut, valid)
    print(f"{train.num_users} users, {train.num_items} items, {len(train.users)} clicks and {len(test.users)} tests; {a.threads} threads")
    print(f"| method | chosen of | settings | NDCG@10 in validation | HR@10, NDCG@10 among all | among {candidates.shape[1]} | training, s | with tuning, s |")
    print("|---|---|---|---|---|---|---|---|")
    results = {}
    wanted = [word for word in a.methods.split(",") if word]
    for name, fit, fixed, grid in methods(os.path.join(a.build, "bench", "compare_ranking")):
        if wanted and not any(word in name for word in wanted):
            continue
        tuning, best, trials = 0.0, None, []
        for settings in choices(grid):
            users, items, seconds = fit(cut, a.threads, **fixed, **settings)
            tuning += seconds
            found = evaluate(users, items, cut, valid, valid_candidates)
            trials.append({"settings": settings, "seconds": seconds, "valid": found})
            if best is None or found[aim]["ndcg"] > best["valid"][aim]["ndcg"]:
                best = trials[-1]
        times = []
        for _ in range(a.rounds):
            users, items, seconds = fit(train, a.threads, **fixed, **best["settings"])
            times.append(seconds)
        found = evaluate(users, items, train, test, candidates)
        final = statistics.median(times)
        results[name] = {**best, "test": found, "seconds": final, "seconds_with_tuning": tuning + final, "trials": trials}
        text = ", ".join(f"{key} {value:.4g}" for key, value in {**fixed, **best["settings"]}.items())
        pair = lambda g: f"{g['hr']:.4f}, {g['ndcg']:.4f}"
        print(f"| {name} | {len(trials)} | {text} | {best['valid'][aim]['ndcg']:.4f} | {pair(found['full'])} | {pair(found['few'])} | {final:.2f} | {tuning + final:.1f} |", flush=True)
    if a.json:
        with open(a.json, "w") as f:
            json.dump(results, f, indent=1)

    missed = []
    peers = {name: r for name, r in results.items() if name.startswith("implicit")}
    losses = [name for name in results if name.startswith("graft") and name != "graft ALS"]
    best = max(peers, key=lambda name: peers[name]["test"][aim]["ndcg"], default=None)
    peer = peers.get(best)
    as_quick = [name for name in losses if a.candidates or not peer or all(results[name][what] <= peer[what] for what in TIMES)]
    best_loss = max(as_quick or losses, key=lambda name: results[name]["valid"][aim]["ndcg"], default=None)
    for name, r in results.items():
        if name not in ("graft ALS", best_loss):
            continue
        if peer:
            if r["test"][aim]["ndcg"] < peer["test"][aim]["ndcg"]:
                missed.append(f"{name}: NDCG@10 {r['test'][aim]['ndcg']:.4f}, {best} {peer['test'][aim]['ndcg']:.4f}")
            for what in TIMES:
                if r[what] > peer[what]:
                    missed.append(f"{name}: {what.replace('_', ' ')} {r[what]:.2f}, {best} {peer[what]:.2f}")
        if a.candidates:
            for what, least in ("hr", HIT_RATE), ("ndcg", NDCG):
                if r["test"]["few"][what] < least:
                    missed.append(f"{name}: {what}@10 among candidates {r['test']['few'][what]:.4f}, wanted {least}")
    if missed:
        print("missed: " + "; ".join(missed))
    sys.exit(1 if a.check and missed else 0)


if __name__ == "__main__":
    main()
