"""Makes ranking.txt, what the ranking metrics of eval/ranking.hpp must be, with pytrec_eval and scikit-learn:

    pip install pytrec-eval-terrier scikit-learn && python make_ranking.py

Who met what and all scores come from integers that tests/eval/ranking_golden.cpp makes again. A line is

    USER METRIC CUTOFF VALUE

with CUTOFF 0 where a metric has none. Lists have no ties: what they mean is the library's to say.
"""

import pathlib

import pytrec_eval
from sklearn.metrics import roc_auc_score

MASK = (1 << 64) - 1
USERS, ITEMS, CUTOFFS = 40, 150, (1, 5, 10, 200)


def mix(x):
    """splitmix64 (Steele, Lea and Flood 2014)"""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def kind(user, item):
    """train, test or none; some users have no test items."""
    h = mix(user * ITEMS + item) % 16
    return "train" if h < 3 else "test" if h == 3 + user % 20 else "none"


def score(user, item):
    """Relevant items tend to be higher."""
    base = (mix(1_000_000 + user * ITEMS + item) >> 11) / 2**53
    return base + (0.4 if kind(user, item) == "test" else 0.0)


def main():
    lines = []
    for user in range(USERS):
        unseen = [i for i in range(ITEMS) if kind(user, i) != "train"]
        relevant = {i for i in unseen if kind(user, i) == "test"}
        if not relevant:
            continue
        scores = {i: score(user, i) for i in unseen}
        assert len(set(scores.values())) == len(unseen)
        ranked = sorted(unseen, key=lambda i: -scores[i])
        qrel = {"u": {str(i): 1 for i in relevant}}
        for cutoff in CUTOFFS:
            names = {
                f"success_{cutoff}": "hit_rate",
                f"recall_{cutoff}": "recall",
                f"P_{cutoff}": "precision",
                f"ndcg_cut_{cutoff}": "ndcg",
                f"map_cut_{cutoff}": "map",
            }
            run = {"u": {str(i): scores[i] for i in unseen}}
            got = pytrec_eval.RelevanceEvaluator(qrel, set(names)).evaluate(run)["u"]
            for theirs, ours in names.items():
                lines.append(f"{user} {ours} {cutoff} {got[theirs]!r}")
            head = {"u": {str(i): scores[i] for i in ranked[:cutoff]}}
            got = pytrec_eval.RelevanceEvaluator(qrel, {"recip_rank"}).evaluate(head)["u"]
            lines.append(f"{user} mrr {cutoff} {got['recip_rank']!r}")
        auc = roc_auc_score([i in relevant for i in unseen], [scores[i] for i in unseen])
        lines.append(f"{user} auc 0 {float(auc)!r}")
    path = pathlib.Path(__file__).parent / "ranking.txt"
    path.write_text("\n".join(lines) + "\n")
    print(path, len(lines), "values")


if __name__ == "__main__":
    main()
