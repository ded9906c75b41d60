"""What __torch_function__ hears of a call of each function, and which functions become methods as attributes of a
class: run by either interpreter.

    python tests/heard.py > tests/data/heard.json        (the reference's, to record it)

{"heard": {function: [how many arguments, [name, how many by position, names of the others]]}, "python": [functions
that bind]}.
"""
import inspect
import json
import sys
import warnings

SPACES = "torch torch.nn.functional torch.linalg torch.fft torch.special".split()


class Duck:
    """What is no tensor but answers for one."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return [getattr(function, "__name__", "?"), len(args), sorted(kwargs or {})]


def find(torch, path):
    found = torch
    for part in path.split(".")[1:]:
        found = getattr(found, part)
    return found


def call(torch, path, count):
    """What is heard of a call with so many ducks; the name of the exception where nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            heard = find(torch, path)(*(Duck() for _ in range(count)))
    except Exception as error:
        return type(error).__name__
    return heard if isinstance(heard, list) and len(heard) == 3 else "nothing"


def binds(torch, path):
    """Whether a function that is an attribute of a class becomes a method of its instances."""
    function = find(torch, path)
    return type("Net", (), {"act": function})().act is not function


def record(torch):
    table, names = torch.overrides.get_testing_overrides(), {}
    for space in SPACES:
        for name in dir(find(torch, space)):
            function = getattr(find(torch, space), name)
            try:
                known = function in table
            except TypeError:
                continue
            if known:
                names.setdefault(function, f"{space}.{name}")
    heard, python = {}, []
    for function, path in names.items():
        needed = [p for p in inspect.signature(table[function]).parameters.values()
                  if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        said = call(torch, path, len(needed))
        if isinstance(said, list):
            heard[path] = [len(needed), said]
    for space in SPACES:
        for name in dir(find(torch, space)):
            function = getattr(find(torch, space), name)
            if name[0] != "_" and inspect.isroutine(function) and binds(torch, f"{space}.{name}"):
                python.append(f"{space}.{name}")
    return {"heard": heard, "python": sorted(python)}


if __name__ == "__main__":
    import torch as reference

    warnings.simplefilter("ignore")
    json.dump(record(reference), sys.stdout, separators=(",", ":"), sort_keys=True)
