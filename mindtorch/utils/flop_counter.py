"""torch.utils.flop_counter: multiplications and additions of matrix products, convolutions and attention, forward and
backward, by operator and by module. Seen from the public functions, so that operators bear the names which PyTorch's
decomposition would give them; as there, attention on the CPU and recurrent layers do not count."""
import collections
import math

import mindtorch as torch
from mindtorch import _absent
from mindtorch._ops.table.aten import OpOverloadPacket
from mindtorch.overrides import TorchFunctionMode

__all__ = ["FlopCounterMode", "register_flop_formula"]

aten = torch.ops.aten
_BACKWARD = OpOverloadPacket("aten", "convolution_backward",
                             _absent.function("torch.ops.aten.convolution_backward"))  # a name to count under
suffixes = ["", "K", "M", "B", "T"]
flop_registry = {}
_CONVOLUTIONS = {"conv1d": False, "conv2d": False, "conv3d": False, "conv_transpose1d": True, "conv_transpose2d": True,
                 "conv_transpose3d": True}


def register_flop_formula(targets, get_raw=False):
    """Decorator: formula(*shapes of tensors, **others, out_shape=) -> flops of operators (torch.ops packets or public
    functions); with get_raw the tensors themselves come, and out_val=."""

    def register(formula):
        def on_values(*args, out_val=None, **kwargs):
            if get_raw:
                return formula(*args, out_val=out_val, **kwargs)
            args, kwargs, shape = _shapes(args), _shapes(kwargs), _shapes(out_val)
            return formula(*args, out_shape=shape, **kwargs)

        for t in targets if isinstance(targets, (list, tuple)) else [targets]:
            if t in flop_registry:
                raise RuntimeError(f"duplicate registrations for {t}")
            flop_registry[t] = on_values
        return formula

    return register


def _shapes(value):
    """Shapes in the place of tensors."""
    if isinstance(value, torch.Tensor):
        return value.shape
    if isinstance(value, dict):
        return {k: _shapes(v) for k, v in value.items()}
    return type(value)(map(_shapes, value)) if type(value) in (list, tuple) else value


def _matrices(packet):
    """mm, bmm: rows x inner x columns, twice."""

    @register_flop_formula(packet)
    def flop(a_shape, b_shape, out_shape=None, **kwargs):
        """Operations of a product: two for each pair of numbers."""
        if a_shape[-1] != b_shape[-2]:
            raise AssertionError(f"matmul: inner dimensions must match, got {a_shape[-1]} and {b_shape[-2]}")
        return 2 * math.prod(a_shape) * b_shape[-1]

    return flop


mm_flop, bmm_flop = _matrices(aten.mm), _matrices(aten.bmm)


@register_flop_formula(aten.addmm)
def addmm_flop(self_shape, a_shape, b_shape, out_shape=None, **kwargs):
    """Flops of addmm."""
    return mm_flop(a_shape, b_shape)


@register_flop_formula(aten.baddbmm)
def baddbmm_flop(self_shape, a_shape, b_shape, out_shape=None, **kwargs):
    """Flops of baddbmm."""
    return bmm_flop(a_shape, b_shape)


def conv_flop_count(x_shape, w_shape, out_shape, transposed=False):
    """Flops of a convolution."""
    return 2 * math.prod((x_shape if transposed else out_shape)[2:]) * math.prod(w_shape) * x_shape[0]


def sdpa_flop_count(query_shape, key_shape, value_shape):
    """Flops of attention: two products."""
    (b, h, s, e), t, v = query_shape, key_shape[2], value_shape[3]
    return 2 * b * h * s * t * (e + v)


def _einsum(equation, operands):
    """Flops of the pairwise products, from left to right."""
    inputs, _, output = equation.replace(" ", "").partition("->")
    labels, sizes = inputs.split(","), {}
    if "." in equation:
        raise NotImplementedError("FlopCounterMode: einsum with an ellipsis")
    for names, t in zip(labels, operands):
        sizes.update(zip(names, t.shape))
    held, total = set(labels[0]), 0
    for i, names in enumerate(labels[1:], 2):
        involved = held | set(names)
        later = set(output).union(*labels[i:])
        if involved - later or i == 2 and not output:
            total += 2 * math.prod(sizes[n] for n in involved)
        held = involved & later
    return total


class FlopCounterMode:
    """Counts in its block. `mods` is not needed: modules are seen when they run; `depth` and `display` are the table's;
    custom_mapping: {operator or public function: formula}."""

    def __init__(self, mods=None, depth=2, display=True, custom_mapping=None):
        self.depth, self.display, self.flop_registry = depth, display, dict(flop_registry)
        self.flop_counts = collections.defaultdict(lambda: collections.defaultdict(int))
        for target, formula in (custom_mapping or {}).items():
            raw = getattr(formula, "_get_raw", False)
            self.flop_registry[target] = formula if raw else _by_shape(formula)
        self._mode = self._stack = self._names = None

    def __enter__(self):
        from mindtorch.nn.modules import module as modules

        self.flop_counts.clear()
        self._stack, self._names, self._silent = ["Global"], {}, 0
        self._hooks = [modules.register_module_forward_pre_hook(self._enter_module),
                       modules.register_module_forward_hook(self._leave_module, always_call=True)]
        self._mode = _Counting(self)
        self._mode.__enter__()
        return self

    def __exit__(self, *exc):
        self._mode.__exit__(*exc)
        for hook in self._hooks:
            hook.remove()
        if self.display:
            print(self.get_table(self.depth))

    def _enter_module(self, module, inputs):
        name = self._names.get(module)
        if name is None:
            name = type(module).__name__
            for path, part in module.named_modules():
                self._names[part] = f"{name}.{path}" if path else name
        self._stack.append(name)
        self._silent += isinstance(module, torch.nn.LSTM)

    def _leave_module(self, module, inputs, output):
        self._stack.pop()
        self._silent -= isinstance(module, torch.nn.LSTM)

    def _count(self, packet, flops, where):
        for name in dict.fromkeys(where):
            self.flop_counts[name][packet] += flops

    def get_flop_counts(self):
        """{module: {operator: flops}}; 'Global' is everything."""
        return {k: dict(v) for k, v in self.flop_counts.items()}

    def get_total_flops(self):
        """All flops."""
        return sum(self.flop_counts["Global"].values())

    def get_table(self, depth=None):
        """The counts as a text, modules down to a depth."""
        depth = self.depth if depth is None else depth
        total = max(self.get_total_flops(), 1)
        rows = [("Module", "FLOP", "% Total")]
        for name in sorted(self.flop_counts, key=lambda n: (n != "Global", n)):
            level = 0 if name == "Global" else name.count(".") + 1
            if level > depth:
                continue
            counts = self.flop_counts[name]
            rows.append(("  " * level + name, *_cells(sum(counts.values()), total)))
            rows += [("  " * level + f" - {str(op)}", *_cells(n, total)) for op, n in counts.items()]
        widths = [max(len(r[i]) for r in rows) for i in range(3)]
        lines = ["  ".join((r[0].ljust(widths[0]), r[1].rjust(widths[1]), r[2].rjust(widths[2]))) for r in rows]
        return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])


def _by_shape(formula):
    return lambda *args, out_val=None, **kwargs: formula(*_shapes(args), out_shape=_shapes(out_val), **_shapes(kwargs))


def _cells(n, total):
    return convert_num_with_suffix(n, get_suffix_str(n)), convert_to_percent_str(n, total)


def get_suffix_str(number):
    """'K', 'M' ...: the one that leaves up to three more digits before the point than needed."""
    return suffixes[max(0, min(len(suffixes) - 1, (len(str(number)) - 2) // 3))]


def convert_num_with_suffix(number, suffix):
    """A number in units of a suffix."""
    return f"{number / 1000 ** suffixes.index(suffix):.3f}{suffix}"


def convert_to_percent_str(num, denom):
    """A share in percent."""
    return f"{num / denom:.2%}" if denom else "0%"


class _Counting(TorchFunctionMode):
    def __init__(self, counter):
        super().__init__()
        self.counter, self._inside = counter, None

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        registry = self.counter.flop_registry
        own = func if _hashable(func) and func in registry else None
        what = None if own is not None else _RULES.get(name)
        if self.counter._silent:
            return func(*args, **kwargs)  # PyTorch's LSTM is one operator, which has no formula
        if own is None and what is None:
            if name in ("__get__", "__set__", "__delete__", "lstm", "scaled_dot_product_attention"):
                return func(*args, **kwargs)
            if self._inside is func:
                return func(*args, **kwargs)
            before, self._inside = self._inside, func
            try:
                with self:  # what is made of other public functions is counted by them
                    return func(*args, **kwargs)
            finally:
                self._inside = before
        result = func(*args, **kwargs)
        if own is not None:
            self.counter._count(own, registry[own](*args, **kwargs, out_val=result), self.counter._stack)
            return result
        rule = what(name, args, kwargs, result)
        if rule is not None:
            packet, flops, back, inputs = rule
            self._seen(packet, flops, back, inputs, result)
        return result

    def _seen(self, packet, flops, back, inputs, result):
        counter, where = self.counter, list(self.counter._stack)
        counter._count(packet, flops, where)
        needed = sum(isinstance(t, torch.Tensor) and t.requires_grad for t in inputs)
        if result.requires_grad and needed:
            def ran(grad):
                if counter._mode is self and flops:
                    counter._count(back, flops * needed, where)

            result.register_hook(ran)


def _hashable(func):
    try:
        hash(func)
    except TypeError:
        return False
    return True


def _linear(name, args, kwargs, result):
    x, weight, bias = _arguments(("input", "weight", "bias"), args, kwargs)
    return (aten.mm if bias is None else aten.addmm, 2 * result.numel() * x.shape[-1], aten.mm, (x, weight))


def _product(name, args, kwargs, result):
    a, b = _arguments(("input", "mat2", "other", "tensor"), args, kwargs)[:2]
    if name == "__rmatmul__":
        a, b = b, a
    if not isinstance(a, torch.Tensor) or not isinstance(b, torch.Tensor) or min(a.ndim, b.ndim) < 2:
        return None  # vectors do not count
    packet = aten.bmm if a.ndim > 2 and b.ndim > 2 else aten.mm
    return packet, 2 * result.numel() * a.shape[-1], packet, (a, b)


def _added(name, args, kwargs, result):
    _, a, b = _arguments(("input", "mat1", "mat2", "batch1", "batch2"), args, kwargs)[:3]
    plain = name.startswith("addmm")
    return (aten.addmm if plain else aten.baddbmm, 2 * result.numel() * a.shape[-1], aten.mm if plain else aten.bmm,
            (a, b))


def _summed(name, args, kwargs, result):
    equation, operands = args[0], args[1:]
    operands = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    if len(operands) < 2 or not isinstance(equation, str):
        return None
    flops = _einsum(equation, operands)
    return (aten.bmm, flops, aten.bmm, operands) if flops else None


def _convolved(name, args, kwargs, result):
    x, weight = _arguments(("input", "weight"), args, kwargs)[:2]
    lone = x.ndim < weight.ndim
    shape, made = ((1, *x.shape), (1, *result.shape)) if lone else (x.shape, result.shape)
    flops = conv_flop_count(shape, weight.shape, made, _CONVOLUTIONS[name])
    return aten.convolution, flops, getattr(aten, "convolution_backward", _BACKWARD), (x, weight)


def _arguments(names, args, kwargs):
    values = [*args, *(kwargs[n] for n in names if n in kwargs)]
    return values + [None] * (3 - len(values))


_RULES = {"linear": _linear, "einsum": _summed, **dict.fromkeys(_CONVOLUTIONS, _convolved),
          **dict.fromkeys(("mm", "bmm", "matmul", "__matmul__", "__rmatmul__"), _product),
          **dict.fromkeys(("addmm", "baddbmm", "addmm_", "baddbmm_"), _added)}
get_shape = _shapes
