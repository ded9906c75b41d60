"""Which sizes of inputs may vary: Dim, and what users write as dynamic_shapes."""

import collections
import dataclasses
import enum
import inspect

import mindtorch as torch
from mindtorch._dynamo.exc import UserError, UserErrorType
from mindtorch.utils import _pytree as pytree

__all__ = [
    "Constraint",
    "Dim",
    "dims",
    "refine_dynamic_shapes_from_suggested_fixes",
    "AdditionalInputs",
    "ShapesCollection",
]
INFINITE = float("inf")


class _HintKind(enum.Enum):
    AUTO = 1
    STATIC = 2
    DYNAMIC = 3


@dataclasses.dataclass(frozen=True)
class _DimHint:
    """Dim.AUTO, Dim.DYNAMIC (the size may vary) or Dim.STATIC (it may not)."""

    type: _HintKind
    min: int | None = None
    max: int | None = None

    def __call__(self, min=None, max=None):
        return _DimHint(self.type, min, max)

    def __repr__(self):
        bounds = [f"{n}={v}" for n, v in (("min", self.min), ("max", self.max)) if v is not None]
        return f"DimHint({', '.join([self.type.name, *bounds])})"


class Dim:
    """Dim("batch", min=2, max=64): a size that varies, the same wherever the object stands."""

    AUTO, STATIC, DYNAMIC = _DimHint(_HintKind.AUTO), _DimHint(_HintKind.STATIC), _DimHint(_HintKind.DYNAMIC)

    def __init__(self, name, *, min=None, max=None):
        low, high = 0 if min is None else min, INFINITE if max is None else max
        if high < low:
            raise AssertionError(f"Cannot create Dim with inconsistent min={low}, max={high}")
        if not name.isidentifier():
            raise AssertionError(f"Dim name must be a valid identifier, got {name}")
        self.__name__, self.min, self.max = name, low, high

    root, factor, offset = None, 1, 0

    def _derived(self, factor, offset):
        made = _DerivedDim.__new__(_DerivedDim)
        made.root = self.root if self.root is not None else self
        made.factor, made.offset = factor, offset
        made.__name__ = _expression(made.root.__name__, factor, offset)
        made.min = made.root.min * factor + offset
        made.max = made.root.max * factor + offset
        return made

    def __add__(self, other):
        _whole(other, "add")
        return self._derived(self.factor, self.offset + other)

    __radd__ = __add__

    def __sub__(self, other):
        _whole(other, "subtract")
        return self._derived(self.factor, self.offset - other)

    def __mul__(self, other):
        _whole(other, "multiply")
        if other <= 0:
            raise NotImplementedError(
                f"Attempted to multiply {other} with {self.__name__}, where a positive integer was expected. "
                "(Only increasing linear operations with integer coefficients are supported.)"
            )
        return self._derived(self.factor * other, self.offset * other)

    __rmul__ = __mul__

    def __repr__(self):
        upper = "" if self.max == INFINITE else f", max={self.max}"
        return f"Dim('{self.__name__}', min={self.min}{upper})"


class _DerivedDim(Dim):
    """2*batch + 1: a size that follows another one."""

    def __repr__(self):
        return self.__name__


class _StaticDim(Dim):
    """A size that is given as a number."""

    def __init__(self, value):
        self.__name__, self.value, self.min, self.max = str(value), value, value, value


def _expression(name, factor, offset):
    text = name if factor == 1 else f"{factor}*{name}"
    return text if not offset else f"{text} {'+' if offset > 0 else '-'} {abs(offset)}"


def _whole(value, verb):
    if type(value) is not int:
        raise NotImplementedError(
            f"Attempted to {verb} {value}, where an integer was expected. (Only increasing linear operations with "
            "integer coefficients are supported.)"
        )


def dims(*names, min=None, max=None):
    """Several Dims with the same bounds."""
    return tuple(Dim(name, min=min, max=max) for name in names)


@dataclasses.dataclass
class Constraint:
    """A bound on a size of a tensor."""

    t_id: int
    dim: int


class ShapesCollection:
    """Dynamic shapes by tensor: shapes[tensor] = {0: Dim("batch")}."""

    def __init__(self):
        self._shapes = {}

    def __setitem__(self, t, shape):
        if not isinstance(t, torch.Tensor):
            raise AssertionError(f"Cannot assign shape to non-tensor or integer type {type(t)}")
        if id(t) in self._shapes and self._shapes[id(t)][1] != shape:
            raise AssertionError(f"Shapes assigned to input is a different shape: {shape} vs {self._shapes[id(t)][1]}")
        self._shapes[id(t)] = (t, shape)

    def __getitem__(self, t):
        return self._shapes.setdefault(id(t), (t, {}))[1]

    def __len__(self):
        return len(self._shapes)

    def dynamic_shapes(self, m, args, kwargs=None):
        """What export takes: {argument: shapes}."""
        shapes = {i: s for i, (_, s) in self._shapes.items()}
        return pytree.tree_map(lambda v: shapes.get(id(v)), _named(m, args, kwargs or {}))


class AdditionalInputs:
    """Further inputs; sizes that differ among them are dynamic."""

    def __init__(self):
        self._examples = []

    def add(self, args, kwargs=None):
        """One more set of inputs."""
        if type(args) is not tuple:
            raise AssertionError(f"Representative args {args} must be a tuple")
        self._examples.append((args, kwargs or {}))

    def dynamic_shapes(self, m, args, kwargs=None):
        """What export takes: Dim.DYNAMIC for sizes that differ."""
        first, spec = pytree.tree_flatten(_named(m, args, kwargs or {}))
        others = [pytree.tree_leaves(_named(m, *e)) for e in self._examples]

        def varying(place, value):
            if not isinstance(value, torch.Tensor):
                return None
            return tuple(
                Dim.DYNAMIC if any(o[place].shape[i] != n for o in others) else None for i, n in enumerate(value.shape)
            )

        return pytree.tree_unflatten([varying(i, v) for i, v in enumerate(first)], spec)

    def verify(self, ep):
        """Run a program on all inputs."""
        for args, kwargs in self._examples:
            ep.module()(*args, **kwargs)


def refine_dynamic_shapes_from_suggested_fixes(msg, dynamic_shapes):
    """There are no suggested fixes to read."""
    raise NotImplementedError("torch.export.dynamic_shapes.refine_dynamic_shapes_from_suggested_fixes")


def _named(m, args, kwargs):
    signature = inspect.signature(m.forward if isinstance(m, torch.nn.Module) else m)
    return dict(signature.bind(*args, **kwargs).arguments)


_HELP = (
    "For more information about this error, see: "
    "https://pytorch.org/docs/main/generated/exportdb/index.html#dynamic-shapes-validation"
)


def of_leaves(m, args, kwargs, dynamic_shapes):
    """[{dim: Dim or hint}] for every leaf of (args, kwargs). UserError for shapes that do not fit the inputs."""
    if isinstance(dynamic_shapes, (ShapesCollection, AdditionalInputs)):
        dynamic_shapes = dynamic_shapes.dynamic_shapes(m, args, kwargs)
    named = _spread(m, args, kwargs)
    if dynamic_shapes is None:
        return [{} for _ in pytree.tree_leaves((args, kwargs))]
    if isinstance(dynamic_shapes, dict):
        if set(dynamic_shapes) != set(named):
            raise UserError(
                UserErrorType.INVALID_INPUT,
                "When `dynamic_shapes` is specified as a dict, its top-level keys must be the arg names "
                f"{list(named)} of `inputs`, but here they are {list(dynamic_shapes)}. Alternatively, you could also "
                f"ignore arg names "
                f"entirely and specify `dynamic_shapes` as a list/tuple matching `inputs`. {_HELP}",
            )
        given = [dynamic_shapes[name] for name in named]
    elif isinstance(dynamic_shapes, (tuple, list)):
        if len(dynamic_shapes) != len(named):
            raise UserError(
                UserErrorType.INVALID_INPUT,
                f"Detected mismatch between the structure of `inputs` and `dynamic_shapes`: `inputs` has "
                f"{len(named)} elements, but `dynamic_shapes` has {len(dynamic_shapes)} elements. {_HELP}",
            )
        given = list(dynamic_shapes)
    else:
        raise UserError(
            UserErrorType.INVALID_INPUT, f"dynamic_shapes must be a dict, a tuple or a list, got {type(dynamic_shapes)}"
        )
    found = []
    for (name, value), shape in zip(named.items(), given):
        _walk(value, shape, f"inputs['{name}']", found)
    return found


def _spread(m, args, kwargs):
    # {name: value} in the order of the leaves of (args, kwargs)
    signature = inspect.signature(m.forward)
    names = [p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    variable = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    named = dict(zip(names, args))
    if variable is not None and len(args) > len(names):
        named[variable] = tuple(args[len(names) :])
    return named | kwargs


def _walk(value, shape, where, found):
    if isinstance(value, torch.Tensor):
        found.append(_of_tensor(value, shape, where))
        return
    node = pytree.SUPPORTED_NODES.get(pytree._node_type(value))
    if node is None:
        if shape is not None and not isinstance(shape, _DimHint):
            raise UserError(
                UserErrorType.INVALID_INPUT,
                f"Cannot associate shape {shape} specified at `dynamic_shapes` to non-tensor type "
                f"{type(value)} at `{where}` (expected None). {_HELP}",
            )
        found.append({})
        return
    children = list(node.flatten_fn(value)[0])
    if shape is None:
        inner = [None] * len(children)
    elif isinstance(shape, dict):
        keys = list(value) if isinstance(value, dict) else list(range(len(children)))
        if set(shape) != set(keys):
            raise UserError(
                UserErrorType.INVALID_INPUT,
                f"Detected mismatch between the structure of `inputs` and `dynamic_shapes`: `{where}` has keys "
                f"{keys}, but its shapes have {list(shape)}. {_HELP}",
            )
        inner = [shape[k] for k in keys]
    elif isinstance(shape, (tuple, list)) and len(shape) == len(children):
        inner = list(shape)
    else:
        raise UserError(
            UserErrorType.INVALID_INPUT,
            f"Detected mismatch between the structure of `inputs` and `dynamic_shapes`: `{where}` is a "
            f"{type(value)}, but its shapes are {shape}. {_HELP}",
        )
    for i, (child, s) in enumerate(zip(children, inner)):
        _walk(child, s, f"{where}[{i}]", found)


def _of_tensor(tensor, shape, where):
    if shape is None:
        return {}
    if isinstance(shape, dict):
        items = shape.items()
    elif isinstance(shape, (tuple, list)):
        if len(shape) != tensor.ndim:
            raise UserError(
                UserErrorType.INVALID_INPUT,
                f"Expected dynamic shape spec {shape} specified at `dynamic_shapes` to have the same length as "
                f"the actual tensor shape {tensor.shape} (expected {tensor.ndim}, but got {len(shape)} instead). "
                f"{_HELP}",
            )
        items = enumerate(shape)
    else:
        raise UserError(UserErrorType.INVALID_INPUT, f"Unexpected dynamic shape {shape} at `{where}`. {_HELP}")
    found = {}
    for dim, what in items:
        size = tensor.shape[dim]
        if isinstance(what, int) and not isinstance(what, bool):
            if what != size:
                raise UserError(
                    UserErrorType.CONSTRAINT_VIOLATION,
                    f"Static shape constraint of {what} does not match input size of {size}, for {where}.shape[{dim}]",
                )
        elif isinstance(what, (Dim, _DimHint)):
            low, high = (
                (what.min, what.max)
                if isinstance(what, Dim)
                else (what.min or 0, what.max if what.max is not None else INFINITE)
            )
            if not low <= size <= high:
                raise UserError(
                    UserErrorType.CONSTRAINT_VIOLATION,
                    f"Constraints violated! For more information, run with "
                    f'TORCH_LOGS="+dynamic".\n  - Received user-specified dim hint or Dim {what!r}, but '
                    f"{where}.shape[{dim}] is {size}",
                )
            if not (isinstance(what, _DimHint) and what.type is _HintKind.STATIC):
                found[dim] = what
        elif what is not None:
            raise UserError(UserErrorType.INVALID_INPUT, f"Unexpected dynamic shape {what!r} at `{where}`. {_HELP}")
    return found


Symbol = collections.namedtuple("Symbol", ["name"])
Symbol.__repr__ = lambda self: self.name


@dataclasses.dataclass(frozen=True)
class ValueRanges:
    """From lower to upper."""

    lower: int
    upper: float

    def __repr__(self):
        return f"VR[{self.lower}, {'int_oo' if self.upper == INFINITE else self.upper}]"


for _class in (Dim, _DerivedDim, _DimHint, ShapesCollection, AdditionalInputs):
    _class.__module__ = "torch.export.dynamic_shapes"
