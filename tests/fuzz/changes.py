"""Changes between forward and backward, for every differentiable operator and module of the recording."""
import random

from . import mutations, templates
from .calls import lines


class Fuzz:
    """cases(number) -> a forward, a change and a backward; the same for the same seed and number."""

    def __init__(self, seed, only=None, avoid=()):
        self.seed, self.avoid = seed, avoid
        found = [("torch." + name, call) for name, calls in templates.recorded().items() for call in calls]
        found += [("torch." + name, call) for name, calls in templates.modules().items() for call in calls]
        self.calls = [(name, call.text(target_of(name))) for name, call in found]
        import ast

        self.calls += [("line: " + ast.unparse(line)[:60], ast.unparse(line)) for line in lines()]
        self.calls = [(name, text) for name,
                      text in self.calls if ("g=1" in text or "fx(" in text or text.startswith("module("))
                      and (only is None or only(name))]
        random.Random(f"changes {seed}").shuffle(self.calls)

    def __call__(self, number):
        draw = random.Random(f"changes {self.seed} {number}")
        name, text = self.calls[number % len(self.calls)]
        if self.avoid and self.avoid(name):
            return None
        kind = draw.random()
        if kind < 0.3:
            change, position = draw.choice(list(mutations.COUNTED)), draw.randrange(8)
        elif kind < 0.65:
            change, position = draw.choice(list(mutations.OTHERS)), draw.randrange(8)
        elif kind < 0.87:
            change, position = draw.choice(list(mutations.UNPACKED)), -1
        else:
            change, position = draw.choice(list(mutations.COTANGENTS)), 100
        order = 2 if draw.random() < 0.2 else 1
        return {"name": name, "text": f"changed(lambda: {text}, {change!r}, {position}, {order})", "mode": 0,
                "seed": self.seed}


def target_of(name):
    """How an operator of the recording is called: a function of torch, or a method."""
    import mindtorch as torch

    found = torch
    for part in name.split(".")[1:]:
        if part == "torch":
            continue
        found = getattr(found, part, None)
    if callable(found):
        return name
    return "torch.Tensor." + name.removeprefix("torch.") if callable(
        getattr(torch.Tensor, name.removeprefix("torch."),
                None)) else f"(lambda x: getattr(x, {name.removeprefix('torch.')!r}))"
