"""Model files between graft and Python: python model_file.py check MODEL SCORES | write MODEL

check: loads MODEL with the safetensors package (with torch, where it can be imported, else with numpy), gives its
factors to the net of PyTorch's tutorial, and compares scores with those in SCORES, lines "user item score" of ids,
to 1e-6. write: saves a net of fixed weights as the tutorial does. Needs numpy and safetensors.

tests/fixtures/models has a pair that graft wrote (biased) and what `write` gave (tutorial); tests/model/load.cpp reads
them.
"""
import sys

import numpy as np

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError:
    torch = None
    from safetensors.numpy import load_file, save_file

USERS, ITEMS, DIM = 4, 3, 5


if torch is not None:

    class Net(torch.nn.Module):
        """The net of the tutorial: two embeddings and their dot product."""

        def __init__(self, users, items, dim):
            super().__init__()
            self.user_embed = torch.nn.Embedding(users, dim)
            self.item_embed = torch.nn.Embedding(items, dim)

        def forward(self, user, item):
            return (self.user_embed(user) * self.item_embed(item)).sum(1)


def as_numpy(tensor):
    return tensor.detach().numpy() if torch is not None else tensor


def ids_of(tensors, kind):
    """id -> row"""
    text = bytes(as_numpy(tensors[kind + "_ids.bytes"]))
    offsets = as_numpy(tensors[kind + "_ids.offsets"])
    ids = [text[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]
    order = as_numpy(tensors[kind + "_ids.order"])
    assert [ids[row] for row in order] == sorted(ids, key=str.encode), "the order of ids is not theirs"
    return {name: row for row, name in enumerate(ids)}


def scores_of(tensors, users, items):
    """In double, but for the products, which the net makes where there is torch."""
    p, q = tensors["user_embed.weight"], tensors["item_embed.weight"]
    if torch is not None:
        net = Net(p.shape[0], q.shape[0], p.shape[1]).to(p.dtype)
        net.load_state_dict({name: tensors[name] for name in ("user_embed.weight", "item_embed.weight")})
        with torch.no_grad():
            scores = net(torch.tensor(users), torch.tensor(items)).numpy().astype(np.float64)
    else:
        scores = (p[users].astype(np.float64) * q[items]).sum(1)
    if "user_bias.weight" in tensors:
        scores += as_numpy(tensors["user_bias.weight"])[users, 0].astype(np.float64)
        scores += as_numpy(tensors["item_bias.weight"])[items, 0]
    if "mean" in tensors:
        scores += as_numpy(tensors["mean"])[0]
    return scores


def check(model, expected):
    tensors = load_file(model)
    users, items = ids_of(tensors, "user"), ids_of(tensors, "item")
    lines = [line.split("\t") for line in open(expected, encoding="utf-8").read().splitlines()]
    found = scores_of(tensors, [users[u] for u, _, _ in lines], [items[i] for _, i, _ in lines])
    apart = np.abs(found - [float(score) for _, _, score in lines]).max()
    print(f"{'torch' if torch is not None else 'numpy'}: {len(lines)} scores of {model}, at most {apart:.2g} apart")
    return 0 if lines and apart <= 1e-6 * max(1.0, np.abs(found).max()) else 1


def write(model):
    def rows(count, start):
        return ((np.arange(count * DIM, dtype=np.float32) + start) / 8).reshape(count, DIM)

    weights = {"user_embed.weight": rows(USERS, -9), "item_embed.weight": rows(ITEMS, 2)}
    if torch is not None:
        net = Net(USERS, ITEMS, DIM)
        net.load_state_dict({name: torch.tensor(value.tolist()) for name, value in weights.items()})
        weights = net.state_dict()
    save_file(weights, model, metadata={"format": "pt"})
    return 0


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "check":
        sys.exit(check(*sys.argv[2:]))
    if len(sys.argv) == 3 and sys.argv[1] == "write":
        sys.exit(write(sys.argv[2]))
    sys.exit(__doc__)
