"""What the text of a call may name: recorded tensors, hostile objects, and ways to spoil a tensor.

The same text is run under mindtorch and under the reference, so this file knows `torch` by its name alone. Every tensor
argument
is kept while a call runs: leaves to take gradients of, and all of them to be read again afterwards.
"""
import ast
import base64
import functools
import io
import math
import os
import pathlib
import sys
import tempfile
import zlib

import numpy as np
import torch

from ..parity import codec

nan, inf = math.nan, math.inf
F, nn = torch.nn.functional, torch.nn
SAMPLES = pathlib.Path(__file__).parents[1] / "parity" / "samples.zip"
LEAVES, GIVEN, FIXTURES = [], [], {}


@functools.cache
def samples():
    """The recording, open."""
    return codec.Reader(SAMPLES, torch)


def kept(t):
    """Remember an argument; a leaf also as one to take the gradient of."""
    GIVEN.append(t)
    if t.requires_grad and t.is_leaf:
        LEAVES.append(t)
    return t


def forget():
    """Before the next call."""
    LEAVES.clear()
    GIVEN.clear()
    FIXTURES.clear()


# ---- tensors ----
def S(at, size, dtype, shape, stride=None, g=0):
    """A tensor of the recording."""
    row = {"t": [at, size, dtype, shape]}
    if stride is not None:
        row["stride"] = stride
    if g:
        row["g"] = g
    return kept(samples().tensor(row))


def fill(shape, dtype):
    """Small numbers that every dtype can hold."""
    n = math.prod(shape)
    return (torch.arange(n, dtype=torch.int64) % 5).reshape(shape).to(dtype)


def t(dtype, *shape, g=0):
    """A made tensor."""
    made = fill(shape, getattr(torch, dtype))
    return kept(made.requires_grad_() if g else made)


def cast(x, dtype):
    return kept(x.detach().to(getattr(torch, dtype)))


def boolbytes(x):
    """A bool tensor whose bytes are neither 0 nor 1."""
    data = (np.arange(max(x.numel(), 1)) % 4 * 85).astype(np.uint8)[: x.numel()]
    return kept(torch.from_numpy(data).view(torch.bool).reshape(x.shape))


def turned(x):
    return kept(x.transpose(-1, -2)) if x.ndim > 1 else kept(x.flip(0))


def laid(x):
    """The same values, its dimensions in the opposite order in memory."""
    order = list(range(x.ndim))[::-1]
    return kept(x.detach().permute(order).contiguous().permute(order).requires_grad_(x.requires_grad))


def expanded(x):
    """Stride 0 in every dimension."""
    return kept(x.detach().flatten()[:1].reshape([1] * x.ndim).expand(x.shape)) if x.numel() else x


def stepped(x):
    """Every second element of a larger tensor."""
    return kept(torch.stack([x.detach(), x.detach()], -1)[..., 0])


def offset(x):
    """A view at the very end of a larger storage."""
    whole = torch.cat([x.detach().flatten(), x.detach().flatten()])
    return kept(whole[x.numel():].view(x.shape))


def shrunk(x):
    """A view that reaches outside of what its storage has become."""
    y = x.detach().clone()
    y.untyped_storage().resize_(y.untyped_storage().nbytes() // 2)
    return kept(y)


def emptied(x):
    """A tensor whose storage has lost all memory."""
    y = x.detach().clone()
    y.untyped_storage().resize_(0)
    return kept(y)


def none_of(x, dim=0):
    """No elements in one dimension."""
    return kept(x.detach().narrow(dim, 0, 0).requires_grad_(x.requires_grad))


def less(x):
    return (kept(x.detach()[: max(1, x.shape[0] // 2)].clone().requires_grad_(x.requires_grad)) if x.ndim
            else kept(x.detach()[None]))


def more(x):
    return kept(torch.cat([x.detach(),
                           x.detach()]).requires_grad_(x.requires_grad)) if x.ndim else kept(x.detach()[None, None])


def wider(x):
    """Twice as long in the last dimension."""
    return kept(torch.cat([x.detach(), x.detach()],
                          -1).requires_grad_(x.requires_grad)) if x.ndim else kept(x.detach()[None])


def first(x):
    """0-dim."""
    return kept(x.detach().flatten()[0])


def flat(x):
    return kept(x.detach().flatten())


def raised(x, n=1):
    """More dimensions."""
    return kept(x.detach().reshape([1] * n + list(x.shape)).requires_grad_(x.requires_grad))


def lowered(x):
    return kept(x.detach()[0])


def filled(x, value):
    """Every element is `value`."""
    return kept(torch.full_like(x.detach(), value))


def spiked(x, value):
    """Some element is `value`."""
    y = x.detach().clone()
    y.view(-1)[x.numel() // 2] = value
    return kept(y.requires_grad_(x.requires_grad))


def rooted(x):
    """A leaf that requires grad."""
    return kept(x.detach().clone().requires_grad_())


def grown(x):
    """Requires grad and is no leaf."""
    return kept(rooted(x) * 1)


def meta(x):
    return kept(x.detach().to("meta"))


def sparse(x):
    return kept(x.detach().to_sparse())


def csr(x):
    return kept(x.detach().to_sparse_csr())


def nested(x):
    return kept(torch.nested.nested_tensor([x.detach(), x.detach()[:1]]))


def jagged(x):
    return kept(torch.nested.nested_tensor([x.detach(), x.detach()[:1]], layout=torch.jagged))


def quantised(x):
    return kept(torch.quantize_per_tensor(x.detach().float(), 0.1, 3, torch.quint8))


def quantised_by_row(x):
    n = x.shape[0]
    return kept(torch.quantize_per_channel(x.detach().float(), torch.ones(n), torch.zeros(n, dtype=torch.int64), 0,
                                           torch.qint8))


def conj(x):
    return kept(x.detach().to(torch.complex64).conj())


def negative(x):
    """The lazy negative: the imaginary part of a conjugate."""
    return kept(x.detach().to(torch.complex64).conj().imag)


def inference(x):
    with torch.inference_mode():
        return kept(x.detach().clone())


def parameter(x):
    return kept(nn.Parameter(x.detach().clone()))


class Subclass(torch.Tensor):
    """A subclass with no answers of its own."""


def subclass(x):
    return kept(x.detach().as_subclass(Subclass))


class Wild(torch.Tensor):
    """A subclass that answers every call with rubbish."""

    @classmethod
    def __torch_function__(cls, function, kinds, args=(), kwargs=None):
        return NotImplemented


def wild(x):
    return kept(x.detach().as_subclass(Wild))


def array(x):
    return x.detach().numpy().copy()


def storage(x):
    return x.detach().untyped_storage()


# ---- objects ----
class Index:
    """Claims to be a whole number; raises where that is None."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        if self.value is None:
            raise KeyError("index")
        return self.value

    __int__ = __index__


class Float:
    """Claims to be a number."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        if self.value is None:
            raise KeyError("float")
        return self.value


class Array:
    """Claims to be an array at an address where nothing is."""

    def __init__(self, shape=(4,), kind="<f4", data=(4096, False), version=3):
        self.__array_interface__ = {"data": data, "shape": shape, "typestr": kind, "version": version}


class Pack:
    """Claims DLPack."""

    def __dlpack__(self, *args, **kwargs):
        return 5

    def __dlpack_device__(self):
        return (1, 0)


class Length:
    """A sequence whose length is a lie."""

    def __init__(self, length, item=1):
        self.length, self.item = length, item

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        if i > 40:
            raise IndexError(i)
        return self.item


class Growing(list):
    """A list that is longer each time it is asked."""

    def __len__(self):
        if super().__len__() < 100:
            self.append(1)
        return super().__len__()


class Raises:
    """Every attribute raises."""

    def __getattr__(self, name):
        raise KeyError(name)


class Equal:
    """Equal to everything, of any hash."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class Answers:
    """Answers the protocol of functions with rubbish."""

    @classmethod
    def __torch_function__(cls, function, kinds, args=(), kwargs=None):
        return 7


class Number(int):
    """An int with another mind."""

    def __index__(self):
        return -(1 << 62)

    def __add__(self, other):
        return "sum"


class Text(str):
    """A str that is none."""

    def __eq__(self, other):
        return False

    __hash__ = str.__hash__


def itself():
    """A list that holds itself."""
    x = [1]
    x.append(x)
    return x


def deep(n=2000):
    """A list in a list in a list ..."""
    x = []
    for _ in range(n):
        x = [x]
    return x


def generator(*values):
    yield from values


def failing(*args, **kwargs):
    """A function that raises."""
    raise KeyError("failing")


def constant(*args, **kwargs):
    return 3


def identity(x=None, *args, **kwargs):
    return x


def ragged():
    return np.array([[1, 2], [3]], dtype=object)


def backwards():
    """A NumPy array of negative strides."""
    return np.arange(6.0)[::-1]


def swapped():
    """A NumPy array of the other byte order."""
    return np.arange(6, dtype=">i4")


def fixed():
    """A NumPy array that cannot be written to."""
    x = np.arange(6.0)
    x.flags.writeable = False
    return x


# ---- constructs ----
def got(thing, name):
    """An attribute, called when it is a function."""
    found = getattr(thing, name)
    return found


def put(thing, name, value):
    setattr(thing, name, value)
    return thing


def called(thing, name, *args, **kwargs):
    return getattr(thing, name)(*args, **kwargs)


def within(manager, *args):
    """A context manager entered and left around a little work."""
    with manager:
        return torch.ones(3) * 2


def trained(kind, params, grads, steps=2, **options):
    """Parameters after some steps of an optimizer."""
    params = list(params)
    made = kind(params, **options)
    for _ in range(steps):
        for p, g in zip(params, grads):
            p.grad = g
        made.step(functools.partial(closure, params)) if kind is torch.optim.LBFGS else made.step()
    return params


def closure(params):
    return torch.ones(())


def module(kind, options, *args, **kwargs):
    """A module made by options, then called."""
    made = kind(*options[0], **options[1])
    LEAVES.extend(p for p in made.parameters() if p.requires_grad)
    return made(*args, **kwargs)


def drawn(sampler, n=8):
    """The first items of something that can be walked over."""
    return [x for x, _ in zip(sampler, range(n))]


def names():
    return {k: v for k, v in globals().items() if not k.startswith("__")}


# ---- files ----
def loaded(kind, packed, how):
    """What a file holds: read from its path, mapped, or from memory."""
    data = zlib.decompress(base64.b85decode(packed))
    if how != "buffer" or kind == "safetensors":
        path = pathlib.Path(tempfile.gettempdir()) / f"case{os.getpid()}"
        path.write_bytes(data)
    try:
        if kind == "safetensors":
            from safetensors.torch import load, load_file

            return load(data) if how == "buffer" else load_file(path)
        return torch.load(io.BytesIO(data) if how == "buffer" else path, weights_only=True, mmap=how == "mapped")
    finally:
        if how != "buffer" or kind == "safetensors":
            path.unlink()


# ---- fixtures of the leak audit ----
@functools.cache
def _audit():
    from . import calls

    definitions, helpers, _ = calls.audit()
    room = dict(names(), aten=torch.ops.aten, fx=fx, f64=torch.float64)
    room["sys"] = sys
    exec(compile(ast.Module(helpers, []), str(calls.AUDIT), "exec"), room)
    codes = {}
    for name, (value, position) in definitions.items():
        value = ast.fix_missing_locations(calls.Fixtures().visit(value))
        codes[name] = compile(ast.Expression(value), str(calls.AUDIT), "eval"), position
    return room, codes


def fx(name):
    """A fixture of the leak audit, made anew for every call."""
    if name in FIXTURES:
        return FIXTURES[name]
    room, codes = _audit()
    code, position = codes[name]
    made = eval(code, room)
    made = made if position is None else list(made)[position]
    for x in made if isinstance(made, (list, tuple)) else [made]:
        if isinstance(x, torch.Tensor):
            kept(x)
    FIXTURES[name] = made
    return made


def room():
    """Everything that a text may name."""
    found = dict(names(), aten=torch.ops.aten)
    found.update({k: v for k, v in _audit()[0].items() if k in ("leaf", "words", "each", "read")})
    return found
