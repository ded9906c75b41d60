"""Our public functions and classes against what PyTorch 2.13's are called with (tests/data/signatures.json.gz, written
by tests/record_signatures.py)."""
import gzip
import importlib
import inspect
import json
import pathlib

import torch
from mindtorch._ops.table.calls import name_for

DATA = pathlib.Path(__file__).parent / "data"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def recorded():
    with gzip.open(DATA / "signatures.json.gz", "rt") as f:
        return json.load(f)


def _find(module, name):
    owner = torch.Tensor if module == "torch.Tensor" else importlib.import_module(module)
    for part in name.split("."):
        owner = getattr(owner, part)
    return owner


def _parsed(signature):
    """({name: default or None} by position, the same by name only, *name?, **name?)"""
    by_position, by_name, star, stars, only = {}, {}, False, False, False
    for text in signature:
        if text == "*":
            only = True
        elif text.startswith("**"):
            stars = True
        elif text.startswith("*"):
            star = only = True
        else:
            name, has, default = text.partition("=")
            (by_name if only else by_position)[name] = default if has else None
    return by_position, by_name, star, stars


# names by which a first tensor goes; nobody gives it by its name across the two
_FIRST = {"self", "input"}


def compare(signature, ours, method):
    """What of a recorded signature ours does not take, in a few words; None when it takes all."""
    by_position, by_name, star, stars = _parsed(signature)
    mine = list(ours.parameters.values())
    accepted = {p.name for p in mine}
    my_star = next((p.name for p in mine if p.kind is p.VAR_POSITIONAL), None)
    my_stars = any(p.kind is p.VAR_KEYWORD for p in mine)
    places = [p.name for p in mine if p.kind in _POSITIONAL]
    spread = my_star is not None
    words = []
    for i, name in enumerate(by_position):
        if i == 0 and (name in _FIRST or method):
            continue
        if i >= len(places):
            if not spread:
                words.append(f"'{name}' not by position")
        elif places[i] not in (name, name_for(places, name)) and not (spread and len(places) == i):
            words.append(f"'{name}' is '{places[i]}' by position")
    for name, default in (*by_position.items(), *by_name.items()):
        if name in _FIRST or name == next(iter(by_position), None) and method:
            continue
        if name not in accepted and not my_stars and name_for(accepted, name) is None:
            if not any(w.startswith(f"'{name}'") for w in words):
                words.append(f"no '{name}'")
        elif name in accepted and default is not None:
            p = ours.parameters[name]
            if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
                words.append(f"'{name}' has no default")
    if star and my_star is None:
        words.append("no *")
    if stars and not my_stars:
        words.append("no **")
    for p in mine:
        if p.default is p.empty and p.kind in (*_POSITIONAL, p.KEYWORD_ONLY):
            told = (*by_position, *by_name)
            known = p.name in (*told, *_FIRST) or any(name_for([p.name], n) for n in told)
            if not known and not (method and p is mine[0]) and len(places) > len(by_position):
                words.append(f"'{p.name}' is asked for")
    return ", ".join(words) or None


def differences():
    """{"module name": what differs}"""
    found = {}
    for module, names in recorded().items():
        try:
            _find(module, "__name__")
        except (ImportError, AttributeError):
            found[module] = "missing"
            continue
        for name in names.get("", "").split():
            try:
                _find(module, name)
            except (AttributeError, ImportError):
                found[f"{module} {name}"] = "missing"
        for name, signatures in names.items():
            if not name:
                continue
            try:
                value = _find(module, name)
            except (AttributeError, ImportError):
                found[f"{module} {name}"] = "missing"
                continue
            try:
                ours = inspect.signature(value)
            except (TypeError, ValueError):
                continue
            method = ("." in name or module == "torch.Tensor") and not inspect.ismethod(value)
            words = [w for s in signatures if (w := compare(s, ours, method))]
            if words:
                found[f"{module} {name}"] = " | ".join(dict.fromkeys(words))
    return found
