"""The examples that stand on rows of the op table: `example="hypot(tensor([3.0]), tensor([4.0])) -> [5.0]"`."""
import functools

import mindtorch as torch
from mindtorch._ops.table.registry import METHODS, NAMESPACES, TABLE


class Example:
    """One example: the function, fresh arguments, the result that its formula gives."""

    def __init__(self, name, row):
        self.name, self.short, self.function = name, name.rpartition(".")[2], row.function
        self.autocast = row.autocast
        self.text, _, result = row.example.rpartition(" -> ")
        self.expected = eval(result, {"nan": float("nan"), "inf": float("inf")})

    def arguments(self, dtype=torch.float64, grad=True):
        """(args, kwargs); tensors of floating-point numbers have this dtype."""
        def tensor(data, dtype_=None):
            made = torch.tensor(data, dtype=dtype_)
            made = made.to(dtype) if made.is_floating_point() and dtype_ is None else made
            return made.requires_grad_(grad and made.is_floating_point())

        names = {"tensor": tensor, "torch": torch, "nan": float("nan"), "inf": float("inf")}
        return eval(self.text, {**names, self.short: lambda *args, **kwargs: (args, kwargs)})

    def forms(self):
        """{form: function of the arguments} of those that follow from the declaration."""
        found = {"function": self.function}
        if getattr(METHODS.get(self.short), "_primary", None) is self.function:
            found["method"] = lambda first, *args, **kwargs: getattr(first, self.short)(*args, **kwargs)
        places = [METHODS, *NAMESPACES.values()]
        in_place = next((p[self.short + "_"] for p in places if self.short + "_" in p), None)
        if in_place is not None:
            found["in place"] = lambda first, *args, **kwargs: in_place(first * 1, *args, **kwargs)
        if "out" in __import__("inspect").signature(self.function).parameters:
            found["out="] = self.into
        return found

    def into(self, *args, **kwargs):
        args = [a.detach() if isinstance(a, torch.Tensor) else a for a in args]
        out = torch.empty_like(self.function(*args, **kwargs))
        assert self.function(*args, out=out, **kwargs) is out
        return out


@functools.cache
def examples():
    """{name in the table: its Example}"""
    return {n: Example(n, row) for n, row in TABLE.items() if row.example}
