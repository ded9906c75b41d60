"""Public names of the public classes that users derive from, and of objects of them; recorded from the reference:
python tests/class_names.py > tests/data/class_names.json (with its interpreter)."""
import importlib
import json
import sys
import warnings

import torch

MODULES = ("torch", "torch.nn", "torch.nn.parallel", "torch.nn.utils.rnn", "torch.nn.utils.parametrize", "torch.optim",
           "torch.optim.lr_scheduler", "torch.optim.swa_utils", "torch.distributions",
           "torch.distributions.constraints", "torch.distributions.transforms", "torch.utils.data",
           "torch.utils.data.sampler", "torch.autograd",
           "torch.autograd.graph", "torch.fx", "torch.overrides", "torch.amp", "torch.profiler", "torch.utils.hooks")


def classes():
    """Public classes by their full names, under the first module that has them."""
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        for label in sorted(dir(module)):
            kind = getattr(module, label, None)
            if isinstance(kind, type) and label[0] != "_" and kind not in found.values() and hasattr(kind, "__mro__"):
                found[f"{name}.{label}"] = kind
    return found


def objects():
    """Objects of classes that users derive from: what they hold besides."""
    p = torch.nn.Parameter(torch.ones(2))
    nn, optim, D = torch.nn, torch.optim, torch.distributions
    sgd = optim.SGD([p], lr=0.1)
    return {"tensor": torch.ones(2), "parameter": p, "untyped storage": torch.ones(2).untyped_storage(),
            "storage": torch.ones(2).storage(), "module": nn.Module(), "linear": nn.Linear(2, 2), "lstm": nn.LSTM(2, 2),
            "convolution": nn.Conv2d(2, 2, 1), "normalization": nn.BatchNorm2d(2), "sequence": nn.Sequential(),
            "attention": nn.MultiheadAttention(2, 1), "embedding": nn.Embedding(2, 2), "list": nn.ParameterList(),
            "encoder": nn.TransformerEncoderLayer(2, 1), "loss": nn.CrossEntropyLoss(), "sgd": sgd,
            "adamw": optim.AdamW([p]), "lbfgs": optim.LBFGS([p]), "schedule": optim.lr_scheduler.StepLR(sgd, 1),
            "normal": D.Normal(0.0, 1.0), "categorical": D.Categorical(torch.ones(2)),
            "autocast": torch.autocast("cpu"), "scaler": torch.amp.GradScaler("cpu"), "dtype": torch.float32,
            "device": torch.device("cpu"),
            "loader": torch.utils.data.DataLoader([1]), "no_grad": torch.no_grad()}


def public(x):
    """Names that can be read, without those of one underscore or two."""
    found = set()
    for name in dir(x):
        if name[0] != "_":
            try:
                getattr(x, name)
            except AttributeError:
                continue
            except Exception:  # a property that refuses: it is there
                pass
            found.add(name)
    return found


def everything():
    """{class or object: [the recorded classes above it, its names beyond theirs]}"""
    found, seen, labels = {}, {}, {}
    for label, kind in sorted(classes().items(), key=lambda item: len(item[1].__mro__)):
        seen[kind], labels[kind] = public(kind), label
        above = [k for k in kind.__mro__[1:] if k in labels]
        found[label] = [[labels[k] for k in above], sorted(seen[kind].difference(*(seen[k] for k in above)))]
    for label, x in objects().items():
        above = [k for k in type(x).__mro__ if k in labels]
        found[label] = [[labels[k] for k in above], sorted(public(x).difference(*(seen[k] for k in above)))]
    return found


def recorded(record, label):
    """All names that a class or an object has in the reference."""
    above, own = record[label]
    return set(own).union(*(record[a][1] for a in above))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(everything(), sys.stdout, indent=0)
