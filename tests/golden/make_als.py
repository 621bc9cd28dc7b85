"""Makes als.golden with NumPy: python make_als.py

Two runs of alternating least squares for clicks with dense solves in float64: `plain` with the least options, `full`
with confidences, anchors and an exponent. The file has lines of text, `block NAME ROWS COLS`, up to the line `data`, then
the numbers of all blocks, float64, little-endian and row-major. tests/train/als.cpp has the settings, too.
"""

import pathlib

import numpy as np

USERS, ITEMS, DIM, CLICKS, EPOCHS = 9, 7, 3, 30, 3


def solve(clicks, column, rows, others, confidence, w0, l2, exponent, anchors):
    """The rows of one table; those without clicks are left out."""
    present = np.unique(clicks[:, 1 - column].astype(int))
    gram = w0 * others[present].T @ others[present]
    solved = anchors.copy()
    for r in range(rows):
        mine = clicks[:, column] == r
        if not mine.any():
            continue
        q, c = others[clicks[mine, 1 - column].astype(int)], confidence[mine]
        weight = l2 * (c.sum() + w0 * len(present)) ** exponent
        a = gram + (q * c[:, None]).T @ q + weight * np.eye(DIM)
        solved[r] = np.linalg.solve(a, q.T @ c + weight * anchors[r])
    return solved


def main():
    rng = np.random.default_rng(5)
    clicks = np.stack([rng.integers(0, USERS - 1, CLICKS), rng.integers(0, ITEMS - 1, CLICKS), rng.integers(1, 6, CLICKS)], 1).astype(float)
    blocks = {
        "clicks": clicks,
        "first_items": rng.normal(0, 0.3, (ITEMS, DIM)),
        "user_anchor": rng.normal(0, 0.3, (USERS, DIM)).astype(np.float32).astype(float),
        "item_anchor": rng.normal(0, 0.3, (ITEMS, DIM)).astype(np.float32).astype(float),
    }
    for name, full in ("plain", False), ("full", True):
        confidence = 0.5 * clicks[:, 2] if full else np.ones(CLICKS)
        settings = (0.3, 0.05, 0.5) if full else (0.1, 0.01, 1.0)
        p, q = None, blocks["first_items"]
        for _ in range(EPOCHS):
            p = solve(clicks, 0, USERS, q, confidence, *settings, full * blocks["user_anchor"])
            q = solve(clicks, 1, ITEMS, p, confidence, *settings, full * blocks["item_anchor"])
        blocks[name + "_users"], blocks[name + "_items"] = p, q
    with open(pathlib.Path(__file__).with_name("als.golden"), "wb") as f:
        for name, values in blocks.items():
            f.write(f"block {name} {values.shape[0]} {values.shape[1]}\n".encode())
        f.write(b"data\n")
        for values in blocks.values():
            f.write(values.astype("<f8").tobytes())


if __name__ == "__main__":
    main()
