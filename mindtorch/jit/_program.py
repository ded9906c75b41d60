"""A recorded method or function: its graph, the shapes of what goes in and out, and the call."""

import inspect
import linecache
import itertools

import mindtorch as torch
from mindtorch.fx._record import KeptModes
from mindtorch.utils import _pytree as pytree

_numbers = itertools.count()


class Program:
    """A graph whose placeholders are the tensors in its arguments."""

    def __init__(self, name, parameters, in_specs, graph, out_spec, receiver=None):
        self.name, self.parameters, self.in_specs = name, parameters, in_specs
        self.graph, self.out_spec, self.receiver = graph, out_spec, receiver
        self._function = None

    def __getstate__(self):
        return self.__dict__ | {"_function": None}

    def declaration(self):
        """name(types and names of arguments) -> type, for messages."""
        first = [f"{self.receiver} self"] if self.receiver else []
        given = [f"{_spec_name(s)} {p}" for p, s in zip(self.parameters, self.in_specs)]
        return f"{self.name}({', '.join([*first, *given])}) -> {_spec_name(self.out_spec)}"

    def source(self):
        """The graph as Python."""
        return self.graph.python_code("self").src.strip("\n ").replace("def forward(", f"def {self.name}(", 1)

    def _compiled(self):
        if self._function is None:
            code = self.graph.python_code("self")
            label = f"<traced {self.name} {next(_numbers)}>"
            linecache.cache[label] = (len(code.src), None, code.src.splitlines(keepends=True), label)
            scope = dict(code.globals)
            exec(compile(code.src, label, "exec"), scope)
            self._function = scope["forward"]
        return self._function

    def __call__(self, holder, args, kwargs):
        leaves = self._leaves(args, kwargs)
        with KeptModes():
            found = self._compiled()(holder, *leaves)
        return pytree.tree_unflatten(list(found), self.out_spec)

    def _leaves(self, args, kwargs):
        extra = 1 if self.receiver else 0
        if len(args) > len(self.parameters):
            raise RuntimeError(
                f"{self.name}() expected at most {len(self.parameters) + extra} argument(s) but received "
                f"{len(args) + extra} "
                f"argument(s). Declaration: {self.declaration()}"
            )
        given = dict(zip(self.parameters, args))
        for key, value in kwargs.items():
            if key not in self.parameters or key in given:
                raise RuntimeError(
                    f"Unknown keyword argument '{key}' for operator '{self.name}'. Schema: {self.declaration()}"
                )
            given[key] = value
        leaves = []
        for place, (name, spec) in enumerate(zip(self.parameters, self.in_specs)):
            if name not in given:
                raise RuntimeError(
                    f"{self.name}() is missing value for argument '{name}'. Declaration: {self.declaration()}"
                )
            value = given[name]
            try:
                found = spec.flatten_up_to(value)
            except ValueError:
                found = [None]
            for leaf in found:
                if not isinstance(leaf, torch.Tensor):
                    raise RuntimeError(
                        f"{self.name}() Expected a value of type '{_spec_name(spec)}' for argument '{name}' but "
                        f"instead found "
                        f"type '{type(value).__name__}'.\nPosition: {place + extra}\nValue: {value!r}\nDeclaration: "
                        f"{self.declaration()}"
                    )
            leaves += found
        return leaves


def _spec_name(spec):
    if spec.is_leaf():
        return "Tensor"
    inside = [_spec_name(c) for c in spec.children()]
    if spec.type is list:
        return f"{inside[0] if inside else 'Tensor'}[]"
    if spec.type is dict:
        return f"Dict(str, {inside[0] if inside else 'Tensor'})"
    return f"({', '.join(inside)})"


def parameter_names(function, count):
    """Names of a function's first arguments."""
    try:
        names = [
            p.name
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        names = []
    return [*names, *(f"argument_{i}" for i in range(len(names), count))][:count]
