"""The engine believes nobody: arguments of its functions, geometry, owners of memory, what changed between forward and
backward, cycles."""
import ctypes
import gc
import io
import itertools
import random
import types
import weakref

import mindtorch._C as _C
import numpy as np
import pytest
import torch

from .child import outcome


# ---- functions of mindtorch._C ----
def _everything():
    """A value of every kind that a caller may come with."""
    x = torch.arange(4.0)
    leaf = torch.ones(2, 3, requires_grad=True)
    made = leaf * 2

    class Index:
        def __index__(self):
            return 1

    class Raises:
        def __index__(self):
            raise ValueError("no")

        __bool__ = __float__ = __iter__ = __index__

    return [None, True, 0, 1, -1, 3, 99, 2**31, 2**62, 2**63, -(2**63), 1.5, float("nan"), 1j, "a", "add", b"b", (),
            (1,), (2, 2), (-1,), (2**62, 4), (x, x), (None,), ((x, 0), (x, 7)), [1, 2], {}, {"a": 1},
            x, leaf, made, made.grad_fn, torch.ones(0), torch.ones((), dtype=torch.int8), torch.empty(2, device="meta"),
            torch.ones(3, 3).t(), torch.ones(1).expand(5), np.int8(3), np.ones(3),
            torch.float32, torch.device("cpu"), int, torch.Tensor, torch.Size, ValueError, lambda *a: None, Index(),
            Raises(), object(), iter(()), bytearray(16), memoryview(b"abc"), type(made.grad_fn)]


def _calls(name, seed):
    function, values, choose = getattr(_C, name), _everything(), random.Random(seed)
    failures = 0
    tries = [[]] + [[v] for v in values] + [[v] * n for n in range(2, 13) for v in values]
    tries += [[choose.choice(values) for _ in range(n)] for n in range(2, 13) for _ in range(60)]
    tries += [[torch.arange(4.0), *(choose.choice(values) for _ in range(n))] for n in range(1, 6) for _ in range(40)]
    for arguments in tries:
        try:
            result = function(*arguments)
            if isinstance(result, torch.Tensor) and result.device.type == "cpu":
                result.sum()
        except Exception:
            failures += 1
    return len(tries), failures


FUNCTIONS = sorted(n for n in dir(_C) if isinstance(getattr(_C, n), types.BuiltinFunctionType))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_called_with_anything(name):
    got = outcome(lambda: _calls(name, len(name)), limit_s=100)
    assert got.startswith("value ("), got


def test_most_calls_are_refused():
    tried, failures = _calls("view", 1)
    assert failures > 0.9 * tried
    with pytest.raises(TypeError, match="takes exactly 4 arguments"):
        _C.empty_strided((1,), (1,), 0)
    with pytest.raises(TypeError, match="argument 2 must be a tuple"):
        _C.call(0, [], ())
    with pytest.raises(ValueError, match="dtype"):
        _C.empty((1,), 99, 0)
    with pytest.raises(ValueError, match="device"):
        _C.empty((1,), 0, 1000)


def test_nodes_are_made_by_the_engine_alone():
    node = (torch.ones(2, requires_grad=True) * 2).grad_fn
    for cls in (_C.Node, type(node)):
        with pytest.raises(TypeError, match="cannot create"):
            cls()
        with pytest.raises(TypeError):
            object.__new__(cls)


# ---- geometry ----
@pytest.mark.parametrize("shape, stride, offset",
                         [((4,), (2,), 0), ((5,), (1,), 0), ((2,), (1,), 3), ((2, 2), (3, 1), 0), ((2,), (2**62,), 0),
                          ((2**62,), (4,), 0), ((1,), (1,), 2**61)])
def test_what_reaches_outside_a_storage(shape, stride, offset):
    x = torch.arange(4.0)
    for make in (
        lambda: _C.strided(x, shape, stride, offset, -1),
        lambda: _C.view("A", None, None, x, shape, stride, offset, -1, 0),
        lambda: torch.as_strided(x, shape, stride, offset),
    ):
        with pytest.raises(RuntimeError):
            make()


@pytest.mark.parametrize("shape, stride, offset",
                         [((-1,), (1,), 0), ((2,), (-1,), 3), ((2,), (1,), -1), ((2, 2), (1,), 0),
                          ((2**62, 4), (0, 0), 0), ((0, 2**62, 4), (1, 1, 1), 0)])
def test_what_is_no_geometry(shape, stride, offset):
    with pytest.raises(RuntimeError):
        _C.strided(torch.arange(4.0), shape, stride, offset, -1)
    if offset == 0:
        with pytest.raises(RuntimeError):
            _C.empty_strided(shape, stride, 8, 0)


@pytest.mark.parametrize("shape, stride, offset, values",
                         [((), (), 3, 3.0), ((0,), (2**62,), 2**61, []), ((3,), (0,), 3, [3.0] * 3),
                          ((1,), (2**62,), 3, [3.0]), ((2, 2), (2, 1), 0, [[0.0, 1.0], [2.0, 3.0]])])
def test_what_lies_inside(shape, stride, offset, values):
    assert torch.as_strided(torch.arange(4.0), shape, stride, offset).tolist() == values


def test_views_of_a_shrunk_storage():
    x = torch.arange(4.0)
    y = x.view(2, 2)
    x.untyped_storage().resize_(0)
    assert x.view(4).shape == (4,) and x.detach().shape == (4,)  # nothing is read
    uses = [lambda: x[1:3], lambda: x[0], lambda: y.t(), lambda: x.item(), lambda: x + 1, lambda: x.sum(),
            lambda: x.clone(), lambda: x.tolist(), lambda: x.__setitem__(0, 1.0), lambda: x.fill_(0),
            lambda: x.view(4).exp(), lambda: torch.ones(4).copy_(x), lambda: repr(x),
            lambda: torch.save(x, io.BytesIO())]
    for use in uses:
        with pytest.raises(RuntimeError):
            use()


def test_numbers_come_before_memory():
    """A number whose __index__ shrinks the storage of an operand."""
    x = torch.zeros(1 << 20)

    class Shrinks(torch.Tensor):  # a class of nobody's is refused before it is asked
        def __index__(self):
            x.untyped_storage().resize_(0)
            return 1

    got = outcome(lambda: _C.call(_C.kernel_id("fill"), (x,), (torch.tensor(1.0).as_subclass(Shrinks),)))
    assert got.startswith("raised RuntimeError"), got


def test_a_list_that_changes_while_it_is_read():
    sizes = []

    class Empties:
        def __index__(self):
            sizes.clear()
            return 1

    sizes += [Empties(), 2, 3]
    assert outcome(lambda: tuple(_C.empty(sizes, 8, 0).shape)) == "value (1,)"


# ---- memory of others ----
def test_memory_belongs_to_its_owner():
    buffer = bytearray(64)
    address = ctypes.addressof(ctypes.c_char.from_buffer(bytearray(64)))
    for pointer, count, owner in ((4096, 16, None), (address, 16, buffer), (4096, 16, buffer),
                                  (4096, 16, torch.ones(4)), (address, 64, object())):
        with pytest.raises((RuntimeError, TypeError)):
            _C.from_memory(pointer, count, (count // 4,), 8, owner)
    array = np.arange(4, dtype=np.float32)
    begin = array.__array_interface__["data"][0]
    assert _C.from_memory(begin + 4, 12, (3,), 8, array).tolist() == [1.0, 2.0, 3.0]
    for first, count, numbers in ((begin, 20, 5), (begin - 4, 8, 2), (begin + 16, 4, 1), (begin, 8, 4)):
        with pytest.raises(RuntimeError):
            _C.from_memory(first, count, (numbers,), 8, array)
    t = torch.frombuffer(buffer, dtype=torch.uint8)
    with pytest.raises(BufferError):
        buffer.extend(b"x" * 1000)
    del t
    gc.collect()
    buffer.extend(b"x" * 1000)


def test_a_frozen_storage_keeps_its_size():
    x = torch.arange(4.0)
    assert _C.is_resizable(x)
    _C.freeze_storage(x)
    _C.freeze_storage(x)
    assert not _C.is_resizable(x) and not _C.is_resizable(x[1:])
    with pytest.raises(RuntimeError, match="not resizable"):
        x.untyped_storage().resize_(64)
    assert x.tolist() == [0.0, 1.0, 2.0, 3.0] and _C.is_resizable(torch.arange(4.0))


# ---- between forward and backward ----
def test_data_of_another_shape():
    for other in (torch.zeros(1, 1), torch.zeros(12), torch.zeros(4, 3)):
        for forward in (torch.exp, torch.sin, lambda t: t * t, lambda t: t.softmax(1), lambda t: t @ t.t(),
                        lambda t: t + 1):
            x = torch.rand(3, 4, requires_grad=True)
            y = forward(x).sum()
            x.data = other
            with pytest.raises(RuntimeError):
                y.backward()


def test_data_of_the_same_shape_is_used_as_in_the_reference():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.data = torch.tensor([5.0, 7.0])
    y.backward()
    assert x.grad.tolist() == [10.0, 14.0]


def test_another_dtype_starts_another_accumulator():
    x = torch.ones(2, requires_grad=True)
    held = (x * 2).sum()
    x.data = x.data.double()
    (x * 3).sum().backward()
    assert x.grad.dtype is torch.float64 and x.grad.tolist() == [3.0, 3.0]
    del held


def test_outputs_that_a_node_does_not_have():
    node = (torch.ones(2, requires_grad=True) * 2).grad_fn
    with pytest.raises(ValueError):
        node._tensor_hooks(10**6)
    with pytest.raises(ValueError):
        torch.autograd.grad(torch.autograd.graph.GradientEdge(node, 10**6), torch.ones(2, requires_grad=True),
                            allow_unused=True, grad_outputs=torch.ones(2))


# ---- cycles ----
def _left(make, count=10):
    refs = list(itertools.chain.from_iterable([make()] for _ in range(count)))
    gc.collect()
    return sum(r() is not None for r in refs)


def _leaf_hook():
    x = torch.ones(10, requires_grad=True)
    x.register_hook(lambda g, x=x: g)
    return weakref.ref(x)


def _after_hook():
    x = torch.ones(10, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda t, x=x: None)
    return weakref.ref(x)


def _parameter_hook():
    p = torch.nn.Parameter(torch.ones(10))
    p.register_hook(lambda g: p.grad)
    return weakref.ref(p)


def _grad_that_knows():
    x = torch.ones(10, requires_grad=True)
    x.sum().backward()
    x.grad.of = x
    return weakref.ref(x)


def _output_on_ctx():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.out = x * 2
            return ctx.out

        @staticmethod
        def backward(ctx, g):
            return g * 2

    return weakref.ref(Double.apply(torch.ones(10, requires_grad=True)))


def _hook_of_an_output():
    y = torch.ones(10, requires_grad=True) * 2
    y.register_hook(lambda g, y=y: g)
    return weakref.ref(y)


@pytest.mark.parametrize("make", [_leaf_hook, _after_hook, _parameter_hook, _grad_that_knows, _output_on_ctx,
                                  _hook_of_an_output])
def test_cycles_are_collected(make):
    assert _left(make) == 0


def test_the_collector_takes_nothing_that_is_in_use():
    x = torch.ones(3, requires_grad=True)
    seen = []
    x.register_hook(lambda g, x=x: seen.append(1))
    y = x * 2
    y.register_hook(lambda g, y=y: seen.append(2))
    node = y.grad_fn
    loss = y.sum()
    del x, y
    for _ in range(3):
        gc.collect()
    loss.backward()
    assert seen == [2, 1] and node.name() == "MulBackward0"
