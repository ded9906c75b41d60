"""Calls that succeed, taken apart: a target and texts of its arguments, from the recording and from the calls of the
leak audit."""
import functools

from . import values



class Sequence:
    """A list or tuple of arguments, in which each item can be spoiled."""

    def __init__(self, kind, items):
        self.kind, self.items = kind, items

    def __str__(self):
        inner = ", ".join(map(str, self.items))
        return f"[{inner}]" if self.kind == "l" else f"({inner}{',' if len(self.items) == 1 else ''})"


class Call:
    """`pattern` has {} where arguments go."""

    def __init__(self, args, kwargs, pattern="{target}({})"):
        self.args, self.kwargs, self.pattern = args, kwargs, pattern

    def places(self):
        """Where an argument can be replaced: [(container, key)]"""
        found = []

        def look(container, keys):
            for k in keys:
                found.append((container, k))
                if isinstance(container[k], Sequence) and len(container[k].items) < 8:
                    look(container[k].items, range(len(container[k].items)))

        look(self.args, range(len(self.args)))
        look(self.kwargs, list(self.kwargs))
        return found

    def copy(self):
        def same(v):
            return Sequence(v.kind, [same(x) for x in v.items]) if isinstance(v, Sequence) else v

        return Call([same(a) for a in self.args], {k: same(v) for k, v in self.kwargs.items()}, self.pattern)

    def text(self, target):
        inner = ", ".join([*map(str, self.args), *(f"{k}={v}" for k, v in self.kwargs.items())])
        return self.pattern.replace("{target}", target).replace("{}", inner)


# ---- the recording ----
def text_of(v):
    """The text of a recorded value."""
    if not isinstance(v, dict):
        return repr(v)
    if "t" in v:
        at, size, dtype, shape = v["t"]
        more = (f", stride={v['stride']}" if "stride" in v else "") + (", g=1" if v.get("g") else "")
        return f"S({at}, {size}, {dtype!r}, {shape}{more})"
    if "f" in v:
        return v["f"]
    if "c" in v:
        return f"complex({text_of(v['c'][0])}, {text_of(v['c'][1])})"
    if "n" in v:
        return "torch." + v["n"]
    if "dev" in v:
        return f"torch.device({v['dev']!r})"
    if "s" in v:
        return "slice({}, {}, {})".format(*map(text_of, v["s"]))
    if "e" in v:
        return "..."
    if "l" in v or "u" in v:
        return Sequence("l" if "l" in v else "u", [text_of(x) for x in v.get("l", v.get("u"))])
    return "{" + ", ".join(f"{k!r}: {text_of(x)}" for k, x in v["m"].items()) + "}"


def sizes(row, limit=1 << 14):
    """Whether all tensors of a row are small."""
    if isinstance(row, dict):
        return row["t"][1] <= limit if "t" in row else all(sizes(v) for v in row.values())
    return all(map(sizes, row)) if isinstance(row, list) else True


def pair(args, kwargs):
    return text_of(args).items, {k: text_of(v) for k, v in kwargs["m"].items()}


@functools.cache
def recorded(per_op=6):
    """{operator: [Call]}, few of each but of as many forms as there are."""
    found, forms = {}, {}
    for row in values.samples().samples:
        args = row["args"]
        form = str([sorted(a) if isinstance(a, dict) else type(a).__name__ for a in args["l"] if True] if "l" in args
                   else len(args)) + str(sorted(row["kwargs"]["m"])) + str(row.get("dtype"))
        seen = forms.setdefault(row["op"], set())
        if form not in seen and len(seen) < per_op and sizes([args, row["kwargs"]]):
            seen.add(form)
            found.setdefault(row["op"], []).append(Call(*pair(args, row["kwargs"])))
    return found


@functools.cache
def modules():
    """{class: [Call]}: made with options, then called."""
    found = {}
    for row in values.samples().rows:
        if "module" in row and sizes([row["args"], row["kwargs"]]) and len(found.get(row["module"], ())) < 6:
            init = Sequence("u", text_of(row["init_args"]).items)
            options = Mapping({k: text_of(v) for k, v in row["init"]["m"].items()})
            args, kwargs = pair(row["args"], row["kwargs"])
            found.setdefault(row["module"], []).append(Call([Sequence("u", [init, options]), *args], kwargs,
                                                            "module({target}, {})"))
    return found


class Mapping(Sequence):
    """Options by name."""

    def __init__(self, options):
        super().__init__("m", list(options.values()))
        self.names = list(options)

    def __str__(self):
        return "{" + ", ".join(f"{k!r}: {v}" for k, v in zip(self.names, self.items)) + "}"


@functools.cache
def optimizers():
    """{class: [Call]}"""
    found = {}
    for row in values.samples().rows:
        if "optimizer" in row and len(found.get(row["optimizer"], ())) < 6:
            params, grads = text_of(row["params"]), text_of(row["steps"])
            grads = grads.items[0] if isinstance(grads, Sequence) and grads.items else grads
            found.setdefault("optim." + row["optimizer"],
                             []).append(Call([params, grads], {k: text_of(v) for k, v in row["kwargs"]["m"].items()},
                                             "trained({target}, {})"))
    return found
