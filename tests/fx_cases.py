"""Programs for torch.fx: what their graphs look like is recorded from the reference (python tests/fx_cases.py >
tests/data/fx.json)."""

import collections
import json
import math
import operator
import sys

import torch
import torch.nn.functional as F
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.fx.passes.split_module import split_module

Pair = collections.namedtuple("Pair", "a b")


@fx.wrap
def kept_whole(x, y):
    return x if y else 2 * x


fx.wrap("len")


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin, self.act = nn.Linear(3, 3), nn.ReLU()

    def forward(self, x):
        y = self.lin(x)
        return self.act(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 5)
        self.param = nn.Parameter(torch.ones(5))
        self.seq = nn.Sequential(nn.ReLU(), nn.Linear(5, 5))
        self.register_buffer("buf", torch.ones(5))

    def forward(self, x, y: torch.Tensor = None, *, k=3):
        a = self.lin(x) + self.param * self.buf
        b = F.relu(a)[:, 1:2, None, ...]
        c = (a - b.squeeze()).view(x.size(0), -1)
        d = c.T.shape[0] if y is None else 3
        e = self.seq(a).clamp(min=0.0, max=float("inf")).to(torch.float32)
        return {
            "o": e + torch.ones(2),
            "p": (c, [d, math.pi]),
            "q": -x,
            "r": 2**x,
            "t": x @ x,
            "v": x.sum(-1, keepdim=True),
            "w": x.to(device=torch.device("cpu")),
        }


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.block, self.blocks = Block(), nn.Sequential(nn.Linear(3, 3), Block())

    def forward(self, x):
        a = self.block(x) + 1
        b = self.blocks(a)
        return a, b


class TwoParts(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.p = nn.Linear(2, 3), nn.Linear(3, 4), nn.Parameter(torch.ones(4))

    def forward(self, x, y=None):
        h = self.a(x).relu()
        k = self.b(h) + self.p
        return k, h.sum()


def variadic(x, *args, **kw):
    return x + args[0] + kw["a"]


def flagged(x, n, flag=True):
    return x * n if flag else x


def unpacked(x):
    a, b = x
    return a + b


def increments(x):
    x += 1
    y = x
    y *= 2
    y.add_(1)
    return y


def annotated(x: torch.Tensor, y: list[torch.Tensor], z: int = 3) -> torch.Tensor:
    return x


def asserted(x):
    torch._assert(x.sum() > 0, "m")
    return x


def control_flow(x):
    return 1 if x.sum() > 0 else 2


def loops(x):
    return [i for i in x]


def operators(x):
    return [
        x // 2 % 3 >> 1 & x | x ^ 2,
        1 - x + (1 / x),
        x == 1,
        x != 2,
        x <= 3,
        abs(x),
        +x,
        ~x,
        x[..., None],
        x**0.5,
        pow(x, 2),
        operator.matmul(x, x),
        x.T @ x,
        x(1),
        sum([x, x]),
        x.a.b(1),
    ]


def whole(x):
    return kept_whole(x, y=3) + len(x) + math.sqrt(x)


def sizes(x):
    return torch.zeros(x.size(0)), torch.zeros((x.size(0), 2)), torch.full((2,), x), torch.arange(x), torch.ones(2)[0]


def functionals(x):
    return [
        F.interpolate(x, size=(x.shape[-1], 2), mode="bilinear"),
        F.dropout(x, 0.5, True),
        F.max_pool2d(x, 2),
        F.gelu(x),
        F.linear(x, x),
        F.layer_norm(x, (3,)),
        F.adaptive_avg_pool2d(x, 1),
        F.conv2d(x, x),
        F.pad(x, (1, 1)),
        F.embedding(x, x),
        F.cross_entropy(x, x),
        F.scaled_dot_product_attention(x, x, x),
        torch.einsum("ij,jk->ik", x, x),
        torch.meshgrid(x, x),
        torch.split(x, 2),
        torch.broadcast_tensors(x, x),
        torch.flatten(x, 1),
        torch.linalg.norm(x),
        torch.fft.fft(x),
        torch.cat([x, x], 1),
        Pair(x, 1),
    ]


def summed(x):
    return torch.relu(x) * 2 + torch.relu(x + 1) * 3


def thrice(x):
    return torch.relu(torch.relu(torch.relu(x)))


def with_dict(d):
    return d["a"] + d["b"][0]


def traced(root, **kwargs):
    return fx.symbolic_trace(root, **kwargs)


class Sigmoids(fx.Transformer):
    def call_function(self, target, args, kwargs):
        return super().call_function(torch.sigmoid if target == torch.relu else target, args, kwargs)


class KeepsBlocks(fx.Tracer):
    def is_leaf_module(self, m, qualname):
        return isinstance(m, Block)


def replaced(root, pattern, replacement):
    made = fx.symbolic_trace(root)
    fx.replace_pattern(made, pattern, replacement)
    return made


def shaped():
    model = Nested()
    made = fx.GraphModule(model, KeepsBlocks().trace(model), "Named")
    ShapeProp(made).propagate(torch.ones(2, 3))
    return made


def split():
    model = TwoParts()
    made = fx.symbolic_trace(model)
    return split_module(made, model, lambda n: 0 if n.name in ("a", "relu") else 1)


MODULES = {
    "net": lambda: traced(Net(), concrete_args={"y": None}),
    "nested": lambda: traced(Nested()),
    "keeps blocks": lambda: fx.GraphModule(Nested(), KeepsBlocks().trace(Nested())),
    "traced again": lambda: traced(traced(Nested())),
    "sequential": lambda: traced(nn.Sequential(nn.Linear(2, 2), nn.ReLU())),
    "variadic": lambda: traced(variadic),
    "flag": lambda: traced(flagged, concrete_args={"flag": False}),
    "two flags": lambda: traced(flagged, concrete_args={"flag": False, "n": 2}),
    "containers": lambda: traced(with_dict, concrete_args={"d": {"a": fx.PH, "b": [fx.PH, 1]}}),
    "unpacked": lambda: traced(unpacked),
    "increments": lambda: traced(increments),
    "annotated": lambda: traced(annotated),
    "asserted": lambda: traced(asserted),
    "operators": lambda: traced(operators),
    "whole": lambda: traced(whole),
    "sizes": lambda: traced(sizes),
    "functionals": lambda: traced(functionals),
    "transformed": lambda: Sigmoids(traced(summed)).transform(),
    "replaced": lambda: replaced(summed, lambda x: torch.relu(x) * 2, lambda x: torch.sigmoid(x)),
    "replaced by itself": lambda: replaced(summed, lambda x: x + 1, lambda x: x),
    "replaced two": lambda: replaced(thrice, lambda a: torch.relu(torch.relu(a)), lambda a: torch.neg(a)),
    "replaced results": lambda: replaced(
        lambda x: (x.sin(), x.cos()), lambda a: (a.sin(), a.cos()), lambda a: (a.cos(), a.sin())
    ),
    "not contained": lambda: replaced(lambda x: ((x + x) * (x + x), x + x), lambda x: (x + x) * (x + x), lambda x: x),
    "shaped": shaped,
    "split": split,
}
REFUSED = {
    "control flow": lambda: traced(control_flow),
    "loop": lambda: traced(loops),
    "kwargs": lambda: traced(lambda x: {**x}),
    "int": lambda: traced(lambda x: int(x)),
    "range": lambda: traced(lambda x: range(x)),
    "contains": lambda: traced(lambda x: x in [1, 2]),
    "item assignment": lambda: traced(lambda x: operator.setitem(x, 0, 1) if False else exec("x[0] = 1", {"x": x})),
    "no graph": lambda: fx.GraphModule(3, traced(summed).graph),
    "missing target": lambda: fx.GraphModule({"lin": nn.Linear(4, 5)}, traced(Net(), concrete_args={"y": None}).graph),
    "too few": lambda: fx.Interpreter(traced(summed)).run(),
}


def described(made):
    """What a graph module is, as JSON."""

    def text(value):
        return repr(value) if not isinstance(value, (torch.dtype, torch.device)) else str(value)

    rows = [
        [n.op, n.name, n._pretty_print_target(n.target), [text(a) for a in (*n.args, *n.kwargs.values())]]
        for n in made.graph.nodes
    ]
    return {
        "class": type(made).__name__,
        "nodes": rows,
        "code": made.code,
        "readable": made.print_readable(print_output=False),
        "modules": [n for n, _ in made.named_modules()],
        "keys": list(made.state_dict()),
        "shapes": [str(n.meta.get("tensor_meta")) for n in made.graph.nodes],
    }


def refusal(make):
    try:
        make()
    except Exception as error:
        return [type(error).__name__, str(error).split("\n")[0]]
    return None


def everything():
    return {
        "modules": {name: described(make()) for name, make in MODULES.items()},
        "refused": {name: refusal(make) for name, make in REFUSED.items()},
    }


if __name__ == "__main__":
    json.dump(everything(), sys.stdout, indent=1, sort_keys=True)
