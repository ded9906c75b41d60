"""__torch_dispatch__: what public functions do with tensors, told operator by operator to modes and to tensor classes.

There is no dispatcher below the public functions. A call is written as the operators of torch.ops.aten that PyTorch
makes of it (a table of overloads, and compositions where it takes several) at the place where __torch_function__ would
hear of it; what no operator stands for is called as it is, for a mode unseen, and refused for a class that wraps
tensors. Backward is not told."""
import functools

import mindtorch as torch
from mindtorch._core import overrides


def operators_of(func, args, kwargs):
    """(overload, args, kwargs), a composition to be called with (args, kwargs), or None where there is no operator."""
    from mindtorch.fx import _aten
    from mindtorch.fx._written import as_written

    if isinstance(getattr(func, "_overloadname", None), str):
        return func, args, kwargs
    kind, target, given, named = as_written(func, args, kwargs)
    name = target if isinstance(target, str) else getattr(target, "__name__", "")
    if target is getattr:
        rule = _ATTRIBUTES.get(given[1])
        return None if rule is None else (functools.partial(rule, given[0]), (), {})
    rule = _COMPOSITIONS.get(name)
    if rule is not None:
        try:
            made = rule(*given, **named)
        except TypeError:  # an argument that the composition has not
            made = None
        if made is not None:
            return made, (), {}
    return _aten.to_aten(kind, target, tuple(given), dict(named))


def _asked(ask, func, args, kwargs):
    """The result of a call whose operators are told to ask(overload, args, kwargs); NotImplemented where there are
    none."""
    found = operators_of(func, args, kwargs)
    if found is None:
        return NotImplemented
    target, args, kwargs = found
    if hasattr(target, "_overloadname"):
        return ask(target, tuple(args), kwargs)
    return target(lambda name, *a, **k: ask(_overload(name), a, k))


@functools.cache
def _overload(name):
    packet, _, overload = name.partition(".")
    return getattr(getattr(torch.ops.aten, packet), overload or "default")


# ---- functions that are several operators ----
def _product(aten, a, b):
    if a.dim() == 2 and b.dim() == 2:
        return aten("mm", a, b)
    if a.dim() == 1 and b.dim() == 1:
        return aten("dot", a, b)
    if a.dim() == 2 and b.dim() == 1:
        return aten("mv", a, b)
    if b.dim() == 2 and a.dim() > 2:
        rows = aten("mm", aten("view", a, [-1, a.shape[-1]]), b)
        return aten("_unsafe_view", rows, [*a.shape[:-1], b.shape[-1]])
    if a.dim() < 3 and b.dim() < 3:
        return None
    batch = list(torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])) if a.dim() > 1 and b.dim() > 1 else None
    if batch is None:
        return None
    parts = [aten("view", aten("expand", x, [*batch, *x.shape[-2:]]), [-1, *x.shape[-2:]]) for x in (a, b)]
    return aten("_unsafe_view", aten("bmm", *parts), [*batch, a.shape[-2], b.shape[-1]])


def _matmul(a, b):
    both = a.dim() > 1 and b.dim() > 1
    if not both and (a.dim(), b.dim()) not in ((1, 1), (2, 1)):
        return None
    return lambda aten: _product(aten, a, b)


def _linear(input, weight, bias=None):
    if weight.dim() != 2 or input.dim() < 2:
        return None

    def steps(aten):
        rows = input if input.dim() == 2 or bias is None else aten("view", input, [-1, input.shape[-1]])
        columns = aten("t", weight)
        if bias is None:
            return _product(aten, input, columns)
        if input.dim() == 2:
            return aten("addmm", bias, input, columns)
        rows = aten("addmm", bias, rows, columns)
        return aten("view", rows, [*input.shape[:-1], weight.shape[0]])

    return steps


def _softmax(name):
    def rule(input, dim=None, _stacklevel=3, dtype=None):
        return None if dim is None or dtype is not None else lambda aten: aten(name, input, dim, False)

    return rule


def _layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return lambda aten: aten("native_layer_norm", input, list(normalized_shape), weight, bias, eps)[0]


def _convolution(n, transposed=False):
    def several(v):
        return [v] * n if isinstance(v, int) else list(v)

    def plain(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        if isinstance(padding, str) or input.dim() != n + 2:
            return None
        return lambda aten: aten("convolution", input, weight, bias, several(stride), several(padding),
                                 several(dilation), False, [0] * n, groups)

    def back(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        if input.dim() != n + 2:
            return None
        return lambda aten: aten("convolution", input, weight, bias, several(stride), several(padding),
                                 several(dilation), True, several(output_padding), groups)

    return back if transposed else plain


def _reshape(input, *shape):
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    if not input.is_contiguous():
        return None
    return lambda aten: aten("view", input, list(shape))


def _to(input, *args, **kwargs):
    from mindtorch._ops.creation.casts import parse_to

    device, dtype, later, copy, memory_format = parse_to(*args, **kwargs)
    changed = {"dtype": dtype if dtype is not None and dtype is not input.dtype else None,
               "device": device if device is not None and device != input.device else None}
    changed = {k: v for k, v in changed.items() if v is not None}
    if not changed and not copy and memory_format is None:
        return lambda aten: input
    if memory_format is not None:
        changed["memory_format"] = memory_format
    if later:
        changed["non_blocking"] = True
    return lambda aten: aten("_to_copy", input, **changed)


def _cast(dtype):
    return lambda input, memory_format=None: None if memory_format is not None else _to(input, dtype)


def _item(input):
    return lambda aten: aten("_local_scalar_dense", input)


def _contiguous(input, memory_format=torch.contiguous_format):
    if memory_format is torch.contiguous_format and not input.is_contiguous():
        return lambda aten: aten("clone", input, memory_format=memory_format)
    return (lambda aten: input) if input.is_contiguous(memory_format=memory_format) else None


def _getitem(input, index):
    from mindtorch.fx._aten import index_steps

    steps = index_steps(index, input.dim())
    if steps is None:
        return None

    def run(aten):
        x = input
        for name, overload, rest in steps:
            x = aten(f"{name}.{overload}", x, *rest)
        return x if steps else aten("alias", x)

    return run


def _cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
                   label_smoothing=0.0):
    plain = size_average is None and reduce is None and not label_smoothing and not target.is_floating_point()
    if not plain or input.dim() != 2:
        return None
    number = {"none": 0, "mean": 1, "sum": 2}[reduction]
    return lambda aten: aten("nll_loss", aten("_log_softmax", input, 1, False), target, weight, number, ignore_index)


def _loss(name):
    def rule(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
        if size_average is not None or reduce is not None or weight is not None or input.shape != target.shape:
            return None
        more = () if reduction == "mean" else ({"none": 0, "sum": 2}[reduction],)
        return lambda aten: aten(name, input, target, *more)

    return rule


def _chunk(input, chunks, dim=0):
    return lambda aten: aten("split.Tensor", input, -(-input.shape[dim] // chunks), *((dim,) if dim else ()))


def _reversed(input):
    return lambda aten: aten("permute", input, list(range(input.dim() - 1, -1, -1)))


_COMPOSITIONS = {
    "matmul": _matmul, "__matmul__": _matmul, "linear": _linear, "softmax": _softmax("_softmax"),
    "log_softmax": _softmax("_log_softmax"), "layer_norm": _layer_norm, "reshape": _reshape, "to": _to, "item": _item,
    "cross_entropy": _cross_entropy, "mse_loss": _loss("mse_loss"), "l1_loss": _loss("l1_loss"), "chunk": _chunk,
    "contiguous": _contiguous, "__getitem__": _getitem, "getitem": _getitem,
    **{f"conv{n}d": _convolution(n) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _convolution(n, True) for n in (1, 2, 3)},
    **{name: _cast(dtype) for name, dtype in {
        "float": torch.float32, "double": torch.float64, "half": torch.float16, "bfloat16": torch.bfloat16,
        "int": torch.int32, "long": torch.int64, "bool": torch.bool}.items()},
}
_ATTRIBUTES = {
    "T": lambda x, aten: _reversed(x)(aten), "data": lambda x, aten: aten("detach", x),
    "mT": lambda x, aten: aten("transpose.int", x, -2, -1),
}


# ---- modes ----
class FunctionSide:
    """Stands for a dispatch mode among the modes of functions."""

    def __init__(self, mode):
        self.mode = mode

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kinds = tuple(t for t in types if "__torch_dispatch__" in dir(t))

        def ask(overload, args, kwargs):
            return self.mode.__torch_dispatch__(overload, kinds, args, kwargs)

        if getattr(func, "__name__", "") in _OF_THE_SHELL:
            return func(*args, **(kwargs or {}))
        result = _asked(ask, func, args, kwargs or {})
        return func(*args, **(kwargs or {})) if result is NotImplemented else result


def current():
    """This thread's dispatch modes, innermost last."""
    return [side.mode for side in overrides.stack() if isinstance(side, FunctionSide)]


class without_modes:
    """Context in which this thread has no dispatch modes; gives those that it had."""

    def __enter__(self):
        self.sides = [side for side in overrides.stack() if isinstance(side, FunctionSide)]
        for side in reversed(self.sides):
            overrides.leave(side)
        return [side.mode for side in self.sides]

    def __exit__(self, *exc):
        for side in self.sides:
            overrides.enter(side)


# ---- classes ----
# what says how a tensor is made, and is not asked for
_OF_THE_SHELL = set("""size stride dim ndimension numel nelement element_size is_contiguous storage_offset get_device
is_floating_point is_complex is_signed __len__ __hash__ requires_grad_ register_hook retain_grad backward is_same_size
has_names is_inference is_conj is_neg __repr__ __str__ __format__ type as_subclass _is_view _version
__setstate__ __dir__ is_pinned __reduce_ex__ dim_order""".split())


def answer(cls, func, types, args, kwargs):
    """The result of a call with tensors of a class that has __torch_dispatch__."""
    kwargs = kwargs or {}
    name = getattr(func, "__name__", "")
    if name in ("__get__", "__set__") and getattr(func.__self__, "__name__", "") not in _ATTRIBUTES:
        with overrides.Disabled(2), _Below():
            return func(*args, **kwargs)
    if name in _OF_THE_SHELL:
        with overrides.Disabled(2), _Below():
            return func(*args, **kwargs)
    kinds = tuple(types)
    if name == "__deepcopy__":
        return _deepcopied(cls, kinds, *args)
    result = _asked(lambda overload, a, k: cls.__torch_dispatch__(overload, kinds, a, k), func, args, kwargs)
    if result is NotImplemented:
        raise NotImplementedError(f"{name}: no operator of torch.ops.aten stands for this call, of which "
                                  f"{cls.__name__}.__torch_dispatch__ could be told")
    return result


def _deepcopied(cls, kinds, x, memo):
    import copy

    if id(x) not in memo:
        made = cls.__torch_dispatch__(torch.ops.aten.clone.default, kinds, (x,), {})
        made.__dict__.update(copy.deepcopy(x.__dict__, memo))
        memo[id(x)] = made
    return memo[id(x)]


class _Below:
    """Context in which classes with __torch_dispatch__ are not asked."""

    def __enter__(self):
        overrides.below.append(True)

    def __exit__(self, *exc):
        overrides.below.pop()
