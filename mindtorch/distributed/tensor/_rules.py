"""How operators act on DTensors: which layout of the operands each needs, and which its result has.

A rule has a name, or several, and gets the call; it brings the operands into layouts with `part`, runs the function on
the rank's parts and wraps what comes out. A function without a rule gets whole operands, so that its result is whole on
every rank; one that writes, or draws random numbers, is refused by name instead."""
import contextlib
import inspect
import threading

import mindtorch as torch
from mindtorch._core.tensor import Tensor
from mindtorch._ops.table.registry import TABLE

from ._api import DTensor, wrap
from ._redistribute import moved, shared
from .placement_types import Partial, Replicate, Shard, _StridedShard

RULES = {}
R, TERM = Replicate(), Partial()
_signatures = {}


class _Implicit(threading.local):
    on = False


_implicit = _Implicit()


@contextlib.contextmanager
def implicit_replication():
    """Within it plain tensors count as whole on every rank."""
    before, _implicit.on = _implicit.on, True
    try:
        yield
    finally:
        _implicit.on = before


def rule(*names):
    """Declare a rule: f(call)."""

    def declare(function):
        for name in names:
            if name in RULES:
                raise ValueError(f"two rules for {name}")
            RULES[name] = function
        return function

    return declare


def _flat(value):
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for v in value:
            yield from _flat(v)


def _mapped(value, f):
    if isinstance(value, Tensor):
        return f(value)
    if isinstance(value, (tuple, list)):
        made = [_mapped(v, f) for v in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return value


class Call:
    """A function, what it was given, by name, and the mesh."""

    def __init__(self, func, args, kwargs):
        self.func, self.name, self.args, self.kwargs = func, func.__name__, args, kwargs
        self.tensors = [*_flat(args), *_flat(tuple(kwargs.values()))]
        self.of = [t for t in self.tensors if isinstance(t, DTensor)]
        self.mesh = self.of[0].device_mesh
        for t in self.of:
            if t.device_mesh != self.mesh:
                raise RuntimeError(f"Cannot run {self.name} on inputs with different meshes: got {self.mesh} and "
                                   f"{t.device_mesh}")
        for t in self.tensors:
            if not isinstance(t, DTensor) and t.numel() != 1 and not _implicit.on:
                raise RuntimeError(f"{self.name} got mixed torch.Tensor and DTensor, need to convert all torch.Tensor "
                                   "to DTensor before calling distributed operators!")
        self.dims = range(self.mesh.ndim)
        self.moved = False  # whether a part was brought into another layout

    def bound(self):
        """The arguments by name."""
        made = _signatures.get(self.func)
        if made is None:
            made = _signatures[self.func] = inspect.signature(self.func)
        given = made.bind(*self.args, **self.kwargs)
        given.apply_defaults()
        return given

    def placements(self, t):
        """A tensor's layout; a plain one is whole."""
        return t.placements if isinstance(t, DTensor) else (R,) * self.mesh.ndim

    def part(self, t, placements, shared_along=()):
        """The rank's part of a tensor in a layout. `shared_along`: mesh dimensions along which each rank makes another
        use of it, so that its gradients are to be summed."""
        if not isinstance(t, DTensor):
            t = wrap(t, self.mesh, (R,) * self.mesh.ndim, t.shape)
        self.moved = self.moved or tuple(placements) != t.placements
        made = moved(t._local_tensor, t.shape, self.mesh, t.placements, placements)
        return shared(made, self.mesh, [i for i in shared_along if isinstance(placements[i], Replicate)])

    def wrap(self, value, placements, shape):
        """A DTensor of a rank's part."""
        return wrap(value, self.mesh, placements, shape)

    def wrapped(self, results, placements, sizes):
        """DTensors of parts whose split dimensions are as long as `sizes` say: {dimension: size}."""
        def one(t):
            shape = [sizes.get(d, n) for d, n in enumerate(t.shape)]
            return wrap(t, self.mesh, placements, shape)

        return _mapped(results, one)


def answer(func, args, kwargs):
    """What a call with DTensors gives."""
    name = getattr(func, "__name__", str(func))
    found = RULES.get(name)
    if kwargs.get("out") is not None:
        out = kwargs["out"]
        result = answer(func, args, {k: v for k, v in kwargs.items() if k != "out"})
        if not isinstance(out, DTensor) or not isinstance(result, DTensor) or out.shape != result.shape:
            raise RuntimeError(f"{name}: out= for a DTensor is a DTensor of the result's shape")
        with torch.no_grad():
            return out.copy_(result)
    call = Call(func, args, kwargs)
    writes = name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))
    if writes and getattr(args[0] if args else None, "_is_copy", False):
        raise RuntimeError(f"{name}: into a view of a DTensor that is a copy of its numbers, because it needed another "
                           "layout: what is written would be lost. redistribute() the DTensor first, or write into a "
                           "clone()")
    result = (found or _whole)(call)
    if name in _VIEWS and (call.moved or any(getattr(t, "_is_copy", False) for t in call.of)):
        _mapped(result, _marked)
    return result


_VIEWS = set("""view view_as reshape reshape_as flatten ravel unflatten permute transpose swapaxes swapdims t movedim
moveaxis unsqueeze squeeze expand expand_as broadcast_to select narrow unbind split split_with_sizes chunk tensor_split
__getitem__ unfold diagonal hsplit vsplit dsplit""".split())


def _marked(t):
    t._is_copy = True
    return t


_READS = {"is_floating_point", "is_complex", "is_signed", "element_size", "get_device", "is_same_size", "is_inference",
          "is_conj", "is_neg", "result_type", "is_pinned", "is_shared", "untyped_storage", "data_ptr", "is_contiguous",
          "_is_view", "storage_offset", "_typed_storage", "storage", "dim_order"}


def _whole(call):
    """The way without a rule: whole operands."""
    name = call.name
    row = TABLE.get(name)
    if name in ("__get__", "__set__", "__delete__"):
        raise NotImplementedError(f"{call.func}: this attribute of a DTensor")
    if name.endswith("_") and not name.endswith("__") or name in _RANDOM or (row and row.kind in (
            "random", "factory")) or name in ("resize_as_sparse_", "set_", "__setitem__"):
        raise NotImplementedError(f"{name}: there is no rule for DTensors, and it cannot be done on whole tensors")
    if name in ("batch_norm", "instance_norm"):  # which write into the running statistics
        given = call.bound().arguments
        for key in ("running_mean", "running_var"):
            t = given.get(key)
            if isinstance(t, DTensor) and any(p != R for p in t.placements):
                raise NotImplementedError(f"{name}: running statistics that are split over ranks")
    with_parts = lambda t: call.part(t, (R,) * call.mesh.ndim)
    result = call.func(*_mapped(call.args, with_parts), **{k: _mapped(v, with_parts) for k, v in call.kwargs.items()})
    return call.wrapped(result, (R,) * call.mesh.ndim, {})


_RANDOM = {"bernoulli", "poisson", "_standard_gamma", "binomial", "multinomial", "normal", "alpha_dropout",
           "feature_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "rrelu", "gumbel_softmax",
           "fractional_max_pool2d", "fractional_max_pool3d", "randint_like", "_sample_dirichlet", "native_dropout"}


# ---- what only asks ----
@rule("size")
def _size(call):
    given = list(call.args[1:]) or [call.kwargs.get("dim")]
    shape = call.args[0].shape
    return shape if given[0] is None else shape[given[0]]


@rule("numel", "nelement")
def _numel(call):
    return call.args[0].shape.numel()


@rule("dim", "ndimension")
def _dim(call):
    return call.args[0].ndim


@rule("stride")
def _stride(call):
    stride, dim = call.of[0]._spec.tensor_meta.stride, (*call.args[1:], call.kwargs.get("dim"))[0]
    return stride if dim is None else stride[dim]


@rule(*_READS)
def _reads(call):
    local = lambda t: t._local_tensor if isinstance(t, DTensor) else t
    return call.func(*_mapped(call.args, local), **{k: _mapped(v, local) for k, v in call.kwargs.items()})


@rule("equal", "allclose", "is_nonzero")
def _asks(call):
    with torch.no_grad():
        whole = lambda t: call.part(t, (R,) * call.mesh.ndim)
        return call.func(*_mapped(call.args, whole), **call.kwargs)


# the methods of the class that stand in for functions of the same name
@rule("detach", "requires_grad_", "retain_grad", "backward", "register_hook", "register_post_accumulate_grad_hook",
      "__len__", "__iter__", "__bool__", "__int__", "__float__", "__complex__", "__index__", "item", "tolist", "numpy",
      "__array__", "__repr__")
def _methods(call):
    if not isinstance(call.args[0], DTensor):
        raise RuntimeError(f"{call.name} got mixed torch.Tensor and DTensor")
    return getattr(DTensor, call.name)(*call.args, **call.kwargs)


# ---- element by element ----
_POINTWISE = """float double half bfloat16 int long short char byte bool cfloat cdouble to type_as type contiguous clone
copy_ fill_ fill zero_ square square_ rsub div div_ divide divide_ true_divide multiply multiply_ subtract subtract_
float_power float_power_ clamp clamp_ clip clip_ round round_ conj deg2rad rad2deg positive resolve_conj resolve_neg
where isclose masked_fill masked_fill_ silu relu6 hardtanh mish leaky_relu elu selu celu hardswish hardsigmoid threshold
gelu softplus logsigmoid softshrink softsign tanhshrink sigmoid tanh hardshrink relu logit logit_ cpu npu cuda
nan_to_num_ ldexp polar frexp greater less greater_equal less_equal not_equal absolute absolute_ negative negative_
arctan2 real imag __and__ __or__ __xor__ __rand__ __ror__ __rxor__ logaddexp isreal arccos arcsin arctan acos asin fix
expit special_expit view_as_real""".split()
_LINEAR_UNARY = {"float", "double", "half", "bfloat16", "to", "type", "type_as", "contiguous", "clone", "neg",
                 "negative", "positive", "zero_", "cpu", "npu", "cuda"}
_ADDING = {"add", "sub", "add_", "sub_", "subtract", "subtract_", "rsub"}
_SCALING = {"mul", "mul_", "multiply", "multiply_", "div", "div_", "divide", "divide_", "true_divide"}


def _terms(call, i, tensors):
    """Whether along a mesh dimension the function may act on the terms of sums."""
    kinds = [call.placements(t)[i] for t in tensors]
    if not any(isinstance(k, Partial) for k in kinds):
        return False
    if any(isinstance(k, Partial) and k.reduce_op != "sum" for k in kinds):
        return call.name in _LINEAR_UNARY and len(tensors) == 1
    if call.name in _LINEAR_UNARY:
        return True
    if call.name in _ADDING:
        return len(tensors) == 2 and all(isinstance(k, Partial) for k in kinds)
    if call.name in _SCALING:
        return (isinstance(kinds[0], Partial) and all(isinstance(k, Replicate) for k in kinds[1:])
                and not call.kwargs.get("rounding_mode"))
    return False


def _pointwise(call):
    tensors = call.tensors
    inplace = call.name.endswith("_") and not call.name.endswith("__")
    first = tensors[0]
    same = all(isinstance(t, DTensor) and t.shape == first.shape and t.placements == first.placements for t in tensors)
    if same and not any(isinstance(p, Partial) for p in first.placements):
        local = lambda t: t._local_tensor
        made = call.func(*_mapped(call.args, local), **{k: _mapped(v, local) for k, v in call.kwargs.items()})
        return first if inplace else call.wrapped(made, first.placements, dict(enumerate(first.shape)))
    shape = tuple(first.shape) if inplace else torch.broadcast_shapes(*(t.shape for t in tensors))
    if inplace and not isinstance(first, DTensor):
        raise RuntimeError(f"{call.name} got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to "
                           "DTensor before calling distributed operators!")
    target = []
    for i in call.dims:
        if inplace:
            target.append(first.placements[i])
            if isinstance(target[-1], Partial) and not _terms(call, i, tensors):
                raise RuntimeError(f"{call.name}: in-place operations on the terms of a reduction ({target[-1]})")
            continue
        if _terms(call, i, tensors):
            target.append(next(p for p in (call.placements(t)[i] for t in tensors) if isinstance(p, Partial)))
            continue
        found = R
        for t in tensors:
            p = call.placements(t)[i]
            if isinstance(p, Shard) and t.shape[p.dim] == shape[p.dim + len(shape) - t.ndim]:
                at = p.dim + len(shape) - t.ndim
                found = (_StridedShard(at, split_factor=p.split_factor) if isinstance(p, _StridedShard) else Shard(at))
                break
        target.append(found)
    scaling = call.name in _SCALING

    def local(t):
        placements, uses = [], []
        for i in call.dims:
            p, shift = target[i], len(shape) - t.ndim
            if isinstance(p, Shard):
                own = p.dim - shift
                if own < 0 or t.shape[own] != shape[p.dim]:
                    placements.append(R)
                    uses.append(i)
                else:
                    placements.append(_StridedShard(own, split_factor=p.split_factor)
                                      if isinstance(p, _StridedShard) else Shard(own))
            elif isinstance(p, Partial):
                whole = scaling and not isinstance(call.placements(t)[i], Partial)
                placements.append(R if whole else p)
                if whole:
                    uses.append(i)
            else:
                placements.append(R)
        return call.part(t, tuple(placements), uses)

    made = call.func(*_mapped(call.args, local), **{k: _mapped(v, local) for k, v in call.kwargs.items()})
    return first if inplace else call.wrapped(made, tuple(target), dict(enumerate(shape)))


_names = {*_POINTWISE}
for _n, _row in TABLE.items():
    if _row.kind in ("pointwise", "inplace"):
        _names.add(_n.rpartition(".")[2])
_names -= {"t_", "transpose_", "unsqueeze_", "squeeze_", "as_strided_", "detach_", "addmm_", "baddbmm_", "addbmm_",
           "addmv_", "addr_", "cumsum_", "cumprod_", "index_put_", "index_add_", "index_copy_", "index_fill_",
           "index_reduce_", "put_", "masked_scatter_", "scatter_", "scatter_add_", "scatter_reduce_", "tril_", "triu_",
           "renorm_", *_READS}
rule(*sorted(n for n in _names if n not in RULES))(_pointwise)

from . import _rules_matrix, _rules_shape, _rules_sum  # noqa: E402, F401
