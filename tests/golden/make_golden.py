"""Makes the golden values of this folder with PyTorch (CPU): python make_golden.py

Every case trains a small model, score = mean + user_bias + item_bias + <user, item> (biased) or <user, item>
(dot), in float64 and in float32 from the same initial weights, and stores the weights at some steps. Ids,
targets and initial weights come from integers that golden.hpp makes again, so they are not stored.

File format, NAME.golden: lines of text `key value...` up to the line `data`, then the numbers of all blocks,
in the order of the `block` lines, little-endian and row-major. golden.hpp reads it and explains the keys.
"""

import pathlib
import sys

import torch

MASK = (1 << 64) - 1


def mix(seed, stream, counter):
    """splitmix64 (Steele, Lea and Flood 2014) at any place of a sequence."""
    z = (seed * 0xD1342543DE82EF95 + stream * 0xA0761D6478BD642F + (counter + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def pick(n, steps, phase, step, h):
    """A row out of n. Row 0 is met often; row n-1 never; row n-2 only in the first and last 20 steps; the
    others while their window is the current one, which moves on after `phase` steps."""
    if n < 8:
        return h % n
    r, h = h % 8, h // 8
    if r == 0 and (step < 20 or step >= steps - 20):
        return n - 2
    if r == 1:
        return 0
    window = (n - 2) // 3
    return (step // phase * window + h % window) % (n - 2)


def weight(seed, stream, counter):
    """A number in [-1/4, 1/4) that float32 holds exactly."""
    return ((mix(seed, stream, counter) >> 40) - (1 << 23)) / (1 << 25)


def batch(case, step):
    size = case["short_batch"] if (step + 1) % case["steps_per_epoch"] == 0 else case["batch"]
    users, items, targets = [], [], []
    for i in range(size):
        k = step * case["batch"] + i
        first = k - k % case["group"]  # a group has one user
        users.append(pick(case["n_users"], case["steps"], case["phase"], step, mix(case["seed"], 1, first)))
        items.append(pick(case["n_items"], case["steps"], case["phase"], step, mix(case["seed"], 2, k)))
        h = mix(case["seed"], 3, k)
        targets.append(float(h % 2) if case["criterion"] == "logistic" else (1 + h % 9) / 2)
    return users, items, targets


def checksum(case):
    """FNV-1a over all ids and doubled targets."""
    h = 0xCBF29CE484222325
    for step in range(case["steps"]):
        for row in zip(*batch(case, step)):
            for value in (row[0], row[1], int(2 * row[2])):
                h = ((h ^ value) * 0x100000001B3) & MASK
    return h


class Model(torch.nn.Module):
    def __init__(self, case, dtype):
        super().__init__()
        sparse = case["optimizer"] == "sparse_adam"
        self.mean = case["mean"]

        def table(stream, rows, dim):
            w = [[weight(case["seed"], stream, r * dim + c) for c in range(dim)] for r in range(rows)]
            w = torch.tensor(w, dtype=dtype)
            return torch.nn.Embedding(rows, dim, sparse=sparse, _weight=w)

        self.users = table(4, case["n_users"], case["dim"])
        self.items = table(5, case["n_items"], case["dim"])
        self.biased = case["scorer"] == "biased"
        if self.biased:
            self.user_bias = table(6, case["n_users"], 1)
            self.item_bias = table(7, case["n_items"], 1)

    def forward(self, users, items):
        score = (self.users(users) * self.items(items)).sum(1)
        if self.biased:
            score = self.mean + self.user_bias(users)[:, 0] + self.item_bias(items)[:, 0] + score
        return score

    def tables(self):
        names = ["users", "items"] + (["user_bias", "item_bias"] if self.biased else [])
        return [(name, getattr(self, name).weight) for name in names]


def make_optimizer(case, model):
    lr, betas, eps = case["lr"], (case["beta1"], case["beta2"]), case["eps"]
    parameters = list(model.parameters())
    if case["optimizer"] == "adam":
        return torch.optim.Adam(parameters, lr=lr, betas=betas, eps=eps, foreach=False)
    if case["optimizer"] == "adamw":
        wd = case["weight_decay"]
        return torch.optim.AdamW(parameters, lr=lr, betas=betas, eps=eps, weight_decay=wd, foreach=False)
    if case["optimizer"] == "sparse_adam":
        return torch.optim.SparseAdam(parameters, lr=lr, betas=betas, eps=eps)
    return torch.optim.SGD(parameters, lr=lr)


def make_schedule(case, optimizer):
    kind, values = case["schedule"][0], case["schedule"][1:]
    schedules = torch.optim.lr_scheduler
    if kind == "step":
        return schedules.StepLR(optimizer, step_size=values[0], gamma=values[1])
    if kind == "cosine":
        return schedules.CosineAnnealingLR(optimizer, T_max=values[0], eta_min=values[1])
    if kind == "exponential":
        return schedules.ExponentialLR(optimizer, gamma=values[0])
    if kind == "factors":
        return schedules.LambdaLR(optimizer, lambda epoch: values[min(epoch, len(values) - 1)])
    return schedules.LambdaLR(optimizer, lambda epoch: 1.0)


def loss_of(case, score, targets):
    functional = torch.nn.functional
    if case["criterion"] == "logistic":
        return functional.binary_cross_entropy_with_logits(score, targets)
    groups = score.reshape(-1, case["group"])
    if case["criterion"] == "bpr":
        return -functional.logsigmoid(groups[:, :1] - groups[:, 1:]).mean()
    if case["criterion"] == "softmax":
        return functional.cross_entropy(groups, torch.zeros(len(groups), dtype=torch.long))
    return functional.mse_loss(score, targets)


def train(case, dtype):
    """Yields the rates of the epochs and the weights at the checkpoints."""
    model = Model(case, dtype)
    optimizer = make_optimizer(case, model)
    schedule = make_schedule(case, optimizer)
    rates, snapshots = [], []
    for step in range(case["steps"]):
        if step % case["steps_per_epoch"] == 0:
            if step > 0:
                schedule.step()
            rates.append(optimizer.param_groups[0]["lr"])
        users, items, targets = batch(case, step)
        optimizer.zero_grad()
        score = model(torch.tensor(users), torch.tensor(items))
        loss = loss_of(case, score, torch.tensor(targets, dtype=dtype))
        (loss * case["loss_scale"]).backward()
        optimizer.step()
        if step + 1 in case["checkpoints"]:
            tables = [(name, w.detach().clone()) for name, w in model.tables()]
            snapshots.append((step + 1, loss.item(), tables))
    return rates, snapshots


def gradient(case):
    """Scores, loss and gradients of the batch of step 0."""
    model = Model(case, torch.float64)
    users, items, targets = batch(case, 0)
    score = model(torch.tensor(users), torch.tensor(items))
    loss = torch.nn.functional.mse_loss(score, torch.tensor(targets, dtype=torch.float64))
    loss.backward()
    blocks = [("scores", score.detach()[:, None])]
    blocks += [("grad_" + name, w.grad) for name, w in model.tables()]
    return loss.item(), blocks


def write(case, folder):
    lines, data = ["graft golden 1"], []

    def add(bits, step, name, tensor):
        lines.append(f"block f{bits} {step} {name} {tensor.shape[0]} {tensor.shape[1]}")
        data.append(tensor.contiguous().numpy().astype(f"<f{bits // 8}").tobytes())

    for key, value in case.items():
        if (key, value) in (("criterion", "mse"), ("group", 1)):
            continue  # what goes without saying
        if isinstance(value, (tuple, list)):
            value = " ".join(repr(v) if isinstance(v, float) else str(v) for v in value)
        lines.append(f"{key} {value!r}" if isinstance(value, float) else f"{key} {value}")
    lines.append(f"checksum {checksum(case)}")
    if case["optimizer"] == "none":
        loss, blocks = gradient(case)
        lines.append(f"loss 0 {loss!r}")
        for name, tensor in blocks:
            add(64, 0, name, tensor)
    else:
        rates, snapshots = train(case, torch.float64)
        lines.append("rates " + " ".join(repr(float(rate)) for rate in rates))
        for step, loss, tables in snapshots:
            lines.append(f"loss {step} {loss!r}")
            for name, tensor in tables:
                add(64, step, name, tensor)
        for step, _, tables in train(case, torch.float32)[1]:
            for name, tensor in tables:
                add(32, step, name, tensor)
    text = "\n".join(lines + ["data", ""]).encode()
    (folder / (case["name"] + ".golden")).write_bytes(text + b"".join(data))


def case(name, optimizer, seed, **changes):
    values = dict(
        name=name, optimizer=optimizer, scorer="dot", mean=0.0, seed=seed, n_users=40, n_items=30, dim=8,
        lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, loss_scale=1.0,
        criterion="mse", group=1, steps=500, batch=16, short_batch=5, steps_per_epoch=50, phase=100,
        schedule=("constant",), checkpoints=(1, 10, 100, 500))
    assert not changes.keys() - values.keys()
    values.update(changes)
    return values


small = dict(n_users=24, n_items=18)
long = dict(small, steps=3000, steps_per_epoch=300, phase=700, checkpoints=(100, 1000, 3000))
biased = dict(scorer="biased", mean=2.5)
CASES = [
    case("gradient_dot", "none", 1, steps=1, checkpoints=()),
    case("gradient_biased", "none", 2, steps=1, checkpoints=(), **biased),
    case("adam_basic", "adam", 3),
    case("adam_biased", "adam", 4, dim=10, **biased),
    case("adam_long", "adam", 5, dim=13, **long),
    case("adam_betas", "adam", 6, beta1=0.5, beta2=0.9, eps=1e-3, **long),
    case("adam_tiny", "adam", 7, loss_scale=1e-6, **long),
    case("adam_tinier", "adam", 8, loss_scale=1e-9, **long),
    case("adam_lr0", "adam", 9, lr=0.0, **small),
    case("adam_pause", "adam", 10, schedule=("factors", 1.0, 1.0, 0.0, 0.0, 0.0, 0.5, 1.0), **small),
    case("adam_one_row", "adam", 11, n_users=1, n_items=1, dim=3),
    case("adam_step", "adam", 12, schedule=("step", 3, 0.3), **long),
    case("adam_cosine", "adam", 13, schedule=("cosine", 10, 1e-5), **long),
    case("adam_exponential", "adam", 14, schedule=("exponential", 0.7), **long),
    case("adamw_basic", "adamw", 15, weight_decay=0.01),
    case("adamw_biased", "adamw", 16, weight_decay=0.01, dim=6, **biased, **small),
    case("adamw_long", "adamw", 17, weight_decay=0.01, schedule=("cosine", 10, 0.0), **long),
    case("adamw_tiny", "adamw", 18, weight_decay=0.01, loss_scale=1e-6, **long),
    case("sparse_adam_basic", "sparse_adam", 19),
    case("sparse_adam_long", "sparse_adam", 20, schedule=("exponential", 0.9), **long),
    case("sgd_basic", "sgd", 21, lr=0.05),
    case("sgd_biased", "sgd", 22, lr=0.05, schedule=("step", 4, 0.5), **biased, **small),
    case("adam_logistic", "adam", 23, criterion="logistic", **biased, **small),
    case("adam_bpr", "adam", 24, criterion="bpr", group=4, short_batch=4, **small),
    case("adam_softmax", "adam", 25, criterion="softmax", group=4, short_batch=4, **small),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).resolve().parent
    for c in CASES:
        if len(sys.argv) < 2 or c["name"] in sys.argv[1:]:
            write(c, folder)
    print(f"{len(CASES)} cases, PyTorch {torch.__version__}")
