"""What becomes of a call when a number is given as a tensor, and a flag as a number: run by either interpreter.

    python tests/number_tensors.py > tests/data/number_tensors.json        (the reference's, to record it)

{operator: {place: what becomes of it}}: "0" an argument by position, "dim" by its name, "0.1" an element of a list.
What becomes of it is one letter for each way: t a tensor of no dimension, g one that requires grad, f a flag as 1;
"+" it is taken, "-" TypeError, "!" another error.
"""
import contextlib
import json
import pathlib
import sys
import warnings


def resolve(torch, name):
    """torch.<name> or Tensor.<name>; None when neither is there."""
    for found in (torch, torch.Tensor):
        for part in name.split("."):
            found = getattr(found, part, None)
        if callable(found):
            return found
    return None


def places(args, kwargs):
    """(place, value, call arguments with another value there) for numbers and flags."""
    for i, v in enumerate(args):
        if isinstance(v, (int, float)):
            yield str(i), v, lambda new, i=i: ([*args[:i], new, *args[i + 1:]], kwargs)
        elif isinstance(v, (tuple, list)) and v and all(type(x) is int for x in v):
            yield f"{i}.0", v[0], lambda new, i=i, v=v: ([*args[:i], type(v)([new, *v[1:]]), *args[i + 1:]], kwargs)
    for k, v in kwargs.items():
        if isinstance(v, (int, float)):
            yield k, v, lambda new, k=k: (args, {**kwargs, k: new})
        elif isinstance(v, (tuple, list)) and v and all(type(x) is int for x in v):
            yield f"{k}.0", v[0], lambda new, k=k, v=v: (args, {**kwargs, k: type(v)([new, *v[1:]])})


def outcome(call):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except TypeError:
        return "-"
    except Exception:  # any other: it was taken, and refused for what it is
        return "!"
    return "+"


def table(torch, reader):
    """Every operator's first samples, each argument changed in turn."""
    found, seen = {}, {}
    for sample in reader.samples:
        name = sample["op"]
        if sample.get("dtype") not in ("float32", "int64") or seen.get(name, 0) >= 4 or sample.get("module"):
            continue
        function = resolve(torch, name)
        if function is None:
            continue
        args, kwargs = (reader.decode(sample[k]) for k in ("args", "kwargs"))
        seen[name] = seen.get(name, 0) + 1
        for place, value, changed in places(list(args), kwargs):
            if place in found.get(name, {}):
                continue
            ways = ""
            makers = [("f", lambda: 1)] if type(value) is bool else [("t", lambda: torch.tensor(value))]
            if type(value) is float:
                makers.append(("g", lambda: torch.tensor(float(value)).requires_grad_()))
            for way, new in makers:
                torch.manual_seed(0)
                given, named = changed(new())
                first = given[0]  # only what is written to in place needs to be another tensor
                given = [a.detach().clone() if isinstance(a, torch.Tensor) and (a is not first or name.endswith("_"))
                         else a for a in given]
                ways += way + outcome(lambda: function(*given, **named))
            found.setdefault(name, {})[place] = ways
    return found


def main():
    here = pathlib.Path(__file__).parent
    sys.path.insert(0, str(here / "parity"))
    import codec

    if sys.argv[1:] == ["ours"]:
        import mindtorch  # noqa: F401 the names of torch are its own then
    import torch

    with contextlib.redirect_stdout(sys.stderr):
        made = table(torch, codec.Reader(here / "parity" / "samples.zip", torch))
    json.dump(made, sys.stdout, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    main()
