"""Random views, indexing, broadcasting, promotion and reductions against NumPy; drawn programs against their own meta
run and, with MINDTORCH_ORACLE
naming a Python that has PyTorch, against PyTorch in a process of its own. MINDTORCH_LONG=1 makes the run a hundred
times longer."""
import json
import os
import pathlib
import subprocess
import warnings

import mindtorch  # noqa: F401
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

from .programs import close, outcome

settings.register_profile("ours", max_examples=20000 if os.environ.get("MINDTORCH_LONG") else 200, deadline=None,
                          derandomize=not os.environ.get("MINDTORCH_LONG"), database=None,
                          suppress_health_check=list(HealthCheck))
settings.load_profile("ours")
DTYPES = {"bool": torch.bool, "uint8": torch.uint8, "int8": torch.int8, "int16": torch.int16, "int32": torch.int32,
          "int64": torch.int64, "float32": torch.float32, "float64": torch.float64,
          "complex64": torch.complex64, "complex128": torch.complex128}
shapes = st.lists(st.integers(0, 4), min_size=0, max_size=5).map(tuple)


def values(shape, dtype="float64"):
    count = int(np.prod(shape))
    return (np.arange(count) * 7 % 11 - 3).reshape(shape).astype(dtype)


def same(t, a):
    assert tuple(t.shape) == a.shape, (t.shape, a.shape)
    np.testing.assert_allclose(t.detach().numpy(), a, rtol=1e-6, atol=1e-6)


@st.composite
def viewed(draw):
    """(tensor, array) of one memory layout after a few views."""
    a = values(draw(shapes))
    t = torch.from_numpy(a.copy())
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["permute", "slice", "unsqueeze", "squeeze", "expand", "select", "reshape",
                                     "diagonal"]))
        if kind == "permute":
            order = draw(st.permutations(range(a.ndim)))
            t, a = t.permute(order), a.transpose(order)
        elif kind == "slice" and a.ndim:
            d, start, step = draw(st.integers(0, a.ndim - 1)), draw(st.integers(-5, 5)), draw(st.integers(1, 3))
            key = (slice(None),) * d + (slice(start, draw(st.integers(-5, 5)), step),)
            t, a = t[key], a[key]
        elif kind == "unsqueeze" and a.ndim < 6:
            d = draw(st.integers(-a.ndim - 1, a.ndim))
            t, a = t.unsqueeze(d), np.expand_dims(a, d)
        elif kind == "squeeze":
            t, a = t.squeeze(), a.squeeze()
        elif kind == "expand" and a.ndim < 6:
            shape = (draw(st.integers(0, 3)), *a.shape)
            t, a = t.expand(shape), np.broadcast_to(a, shape)
        elif kind == "select" and a.ndim and a.shape[-1]:
            i = draw(st.integers(-a.shape[-1], a.shape[-1] - 1))
            t, a = t.select(-1, i), a[..., i]
        elif kind == "reshape":
            t, a = t.reshape(-1), a.reshape(-1)
        elif kind == "diagonal" and a.ndim >= 2:
            k = draw(st.integers(-2, 2))
            if -a.shape[0] <= k <= a.shape[1]:
                t, a = t.diagonal(k), np.diagonal(a, k)
    return t, a


@given(viewed())
def test_views(pair):
    t, a = pair
    same(t, a)
    same(t.contiguous(), a)
    same(t * 2 + t, a * 3)
    same(t.flatten(), a.flatten())
    assert t.contiguous().is_contiguous() and t.clone().numel() == a.size


@given(viewed(), st.data())
def test_reductions(pair, data):
    t, a = pair
    dims = tuple(data.draw(st.lists(st.integers(0, a.ndim - 1), unique=True, min_size=1))) if a.ndim else ()
    keep = data.draw(st.booleans())
    if dims:
        same(t.sum(dims, keepdim=keep), a.sum(dims, keepdims=keep))
        same(t.any(dims[0]), a.any(dims[0]))
        same(t.cumsum(dims[0]), a.cumsum(dims[0]))
        if a.shape[dims[0]]:
            same(t.amax(dims[0], keepdim=keep), a.max(dims[0], keepdims=keep))
            same(t.argmin(dims[0]), a.argmin(dims[0]))
            same(t.sort(dims[0])[0], np.sort(a, dims[0]))
    same(t.prod(), a.prod())


@given(st.data(), st.sampled_from(sorted(DTYPES)), st.sampled_from(sorted(DTYPES)))
def test_broadcasting_and_promotion(data, first, second):
    shape = data.draw(shapes)
    cut = data.draw(st.integers(0, len(shape)))
    other = tuple(1 if data.draw(st.booleans()) else n for n in shape[cut:])
    a, b = values(shape, first), values(other, second)
    x, y = torch.from_numpy(a.copy()), torch.from_numpy(b.copy())
    want = torch.promote_types(DTYPES[first], DTYPES[second])
    if len(shape) and len(other):
        assert (x * y).dtype == want and (y + x).dtype == want
    made = x * y
    wide = str(made.dtype).removeprefix("torch.")
    same(made, a.astype(wide) * b.astype(wide))
    same(x == y, a.astype(wide) == b.astype(wide))
    same(torch.where(x.bool(), x, y), np.where(a.astype(bool), a.astype(wide), b.astype(wide)))
    z = torch.zeros(shape, dtype=made.dtype)
    z.copy_(y)
    same(z, np.broadcast_to(b, shape).astype(wide))


@st.composite
def keys(draw, shape):
    """An index for NumPy and ours: integers, slices, None, ellipsis, one or two lists of integers, or a mask."""
    key, lists = [], 0
    length = draw(st.integers(1, 3))
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(["int", "slice", "list", "none"]))
        if kind == "none":
            key.append(None)
            kind = "slice"
        if kind == "slice" or n == 0 or (kind == "list" and lists == 2):
            key.append(slice(draw(st.integers(-5, 5) | st.none()), draw(st.integers(-5, 5) | st.none()),
                             draw(st.integers(1, 3))))
        elif kind == "int":
            key.append(draw(st.integers(-n, n - 1)))
        else:
            lists += 1
            key.append(np.array(draw(st.lists(st.integers(-n, n - 1), min_size=length, max_size=length))))
    if draw(st.booleans()):
        key.append(...)
    return tuple(key)


@given(viewed(), st.data())
def test_indexing(pair, data):
    t, a = pair
    key = data.draw(keys(a.shape))
    if any(isinstance(k, np.ndarray) for k in key) and any(type(k) is int for k in key):
        # PyTorch takes integers first, NumPy with the lists
        key = tuple(np.array(k) if type(k) is int else k for k in key)
        if len({k.shape for k in key if isinstance(k, np.ndarray)}) > 1:
            key = tuple(np.full((next(x.size for x in key if isinstance(x, np.ndarray) and x.ndim),), int(k))
                        if isinstance(k, np.ndarray) and not k.ndim else k for k in key)
    ours = tuple(torch.from_numpy(k) if isinstance(k, np.ndarray) else k for k in key)
    same(t[ours], a[key])
    x, b = t.clone(), a.copy()
    x[ours], b[key] = 9.0, 9.0
    same(x, b)
    same(t[t > 0], a[a > 0])
    leaf = t.clone().requires_grad_()
    leaf[ours].sum().backward()
    count = np.zeros(a.shape)
    np.add.at(count, key, 1.0)
    same(leaf.grad, count)


@given(viewed(), st.data())
def test_gradients_reach_the_base_through_views(pair, data):
    t, a = pair
    leaf = torch.zeros(a.shape, dtype=torch.float64, requires_grad=True)
    order = data.draw(st.permutations(range(a.ndim)))
    (leaf.permute(order) * t.permute(order)).sum().backward()
    same(leaf.grad, a)


# ---- programs: against rules that need no reference, and against the reference where there is one ----
SHAPES = st.lists(st.integers(0, 3), min_size=0, max_size=4)
SCALARS = st.sampled_from(["2", "-1", "True", "1.5", "0", "(1+2j)", "torch.tensor(3)", "torch.tensor(2.5)",
                           "torch.tensor(True)", "torch.tensor(1.5, dtype=torch.float64)",
                           "torch.tensor(7, dtype=torch.uint8)"])
UNARY = ("neg", "abs", "square", "sign", "exp", "sqrt", "tanh", "relu", "floor", "isnan", "logical_not", "reciprocal",
         "contiguous", "clone", "flatten", "squeeze", "T", "real")
BINARY = ("+", "-", "*", "/", "//", "%", "**", "==", "<", ">=", "&", "|", "^")
REDUCTIONS = ("sum", "prod", "mean", "amax", "amin", "any", "all", "argmax", "cumsum", "cumprod", "std", "logsumexp",
              "count_nonzero", "sort", "max", "min", "median", "argsort", "softmax", "flip")


@st.composite
def indices(draw):
    """The text of an index: numbers, slices, None, ..., lists."""
    parts = draw(st.lists(st.one_of(st.integers(-3, 3).map(str), st.just("None"), st.just("..."), st.just("True"),
                                    st.just("[0, -1]"), st.just("torch.tensor([[0], [1]])"),
                                    st.tuples(st.integers(-4, 4), st.integers(-4, 4),
                                              st.integers(1, 3)).map(lambda s: f"{s[0]}:{s[1]}:{s[2]}"), st.just(":")),
                                              min_size=1, max_size=3))
    return ", ".join(parts)


@st.composite
def statements(draw):
    """One statement on t."""
    dim, other = draw(st.integers(-4, 3)), draw(SHAPES)
    kind = draw(st.sampled_from(("unary", "scalar", "tensor", "inplace", "reduce", "view", "index", "put", "mask",
                                 "join", "where", "cast", "grad")))
    second = (f"(torch.arange({int(np.prod(other))}) % 5 - "
              f"2).reshape({tuple(other)}).to(torch.{draw(st.sampled_from(sorted(DTYPES)))})")
    if kind == "unary":
        name = draw(st.sampled_from(UNARY))
        return f"t = t.{name}" + ("" if name in ("T", "real") else "()")
    if kind == "scalar":
        left, right = draw(st.permutations(("t", draw(SCALARS))))
        return f"t = {left} {draw(st.sampled_from(BINARY))} {right}"
    if kind == "tensor":
        return f"t = t {draw(st.sampled_from(BINARY))} {second}"
    if kind == "inplace":
        name = draw(st.sampled_from(("add_", "mul_", "sub_", "copy_", "div_", "pow_", "fill_", "clamp_min_")))
        return f"t.{name}({draw(st.one_of(SCALARS, st.just(second)))})"
    if kind == "reduce":
        name = draw(st.sampled_from(REDUCTIONS))
        return f"t = t.{name}({draw(st.sampled_from(('', str(dim), f'{dim}, keepdim=True', f'dim=({dim}, 0)')))})"
    if kind == "view":
        return draw(st.sampled_from((f"t = t.transpose({dim}, 0)", f"t = t.unsqueeze({dim})", "t = t.reshape(-1)",
                                     f"t = t.view({tuple(other)})", f"t = t.expand({tuple(other)})",
                                     f"t = t.narrow({dim}, 0, 1)",
                                     f"t = t.unfold({dim}, 2, 1)", f"t = t.select({dim}, -1)", "t = t.diagonal()",
                                     "t = t.movedim(0, -1)", f"t = t.chunk(2, {dim})[0]", "t = t.mT",
                                     f"t = t.repeat({tuple(other)})",
                                     "t = t.view(torch.int16)", f"t = t.swapaxes({dim}, 1)",
                                     f"t = t.unflatten({dim}, (-1, 1))", f"t = t.roll(1, {dim})",
                                     f"t = t.tile({tuple(other)})")))
    if kind == "index":
        return f"t = t[{draw(indices())}]"
    if kind == "put":
        return f"t = t.clone(); put(t, ({draw(indices()).replace(':', '_')},), {draw(SCALARS)})" if draw(
            st.booleans()) else f"t = t.clone(); t[{draw(indices())}] = {draw(SCALARS)}"
    if kind == "mask":
        return draw(st.sampled_from(("t = t[t > 0]", "t = t.masked_fill(t == 0, 3)", "t = t.masked_select(t != 1)",
                                     "t = t.nonzero()", "t = t.clone(); t[t == 0] = 5")))
    if kind == "join":
        return draw(st.sampled_from((f"t = torch.cat((t, t), {dim})", f"t = torch.stack((t, t), {dim})",
                                     f"t = torch.cat((t, {second}))", "t = t @ t.mT",
                                     f"t = torch.tensordot(t, {second}, 1)",
                                     f"t = torch.outer(t, {second})", f"t = torch.maximum(t, {second})")))
    if kind == "where":
        return f"t = torch.where(t == 0, {draw(SCALARS)}, t)"
    if kind == "cast":
        return f"t = t.to(torch.{draw(st.sampled_from(sorted(DTYPES)))})"
    return "x = t.detach().clone().requires_grad_(); y = x * x + x.sum(); t = torch.autograd.grad(y.sum(), x)[0]"


@st.composite
def programs(draw):
    shape = draw(SHAPES)
    start = (f"t = (torch.arange({int(np.prod(shape))}) * 7 % 11 - "
             f"4).reshape({tuple(shape)}).to(torch.{draw(st.sampled_from(sorted(DTYPES)))})")
    return [start, *draw(st.lists(statements(), min_size=1, max_size=4))]


@given(programs())
def test_programs_raise_no_foreign_error(program):
    """Whatever is asked, the answer is a tensor or an error of Python's kinds that torch raises, twice the same."""
    found = outcome(torch, program)
    assert found == outcome(torch, program)
    assert not isinstance(found[-1], str) or found[-1] in ("RuntimeError", "TypeError", "ValueError", "IndexError",
                                                           "NotImplementedError", "OutOfMemoryError", "SyntaxError",
                                                           "NameError"), (program, found[-1])


@given(programs())
def test_programs_on_meta_have_the_same_geometry(program):
    """The same statements on a meta tensor: shape, dtype and strides of the real run, or a refusal where values are
    asked for."""
    real = outcome(torch, program)
    with torch.device("meta"):
        found = outcome_of_geometry(program)
    for r, f in zip(real, found):
        if isinstance(f, str):
            assert f in ("NotImplementedError", "RuntimeError") or f == r, (program, f, r)
            return
        if isinstance(r, dict):
            assert f == (r["dtype"], r["shape"], r["stride"]), (program, f, r)


def outcome_of_geometry(program):
    names, found = {"torch": torch, "put": lambda t, key, value: t.__setitem__(key, value)}, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for line in program:
            try:
                exec(line, names)
            except Exception as error:
                return [*found, type(error).__name__]
            t = names["t"]
            plain = isinstance(t, torch.Tensor)
            found.append((str(t.dtype), list(t.shape), [s for n, s in zip(t.shape, t.stride()) if n > 1] if t.numel()
                          else []) if plain else None)
    return found


if os.environ.get(
    "MINDTORCH_ORACLE"
):  # a Python with the reference: python -m pytest tests/test_properties.py -k reference

    @pytest.fixture(scope="module")
    def reference():
        process = subprocess.Popen([os.environ["MINDTORCH_ORACLE"],
                                    str(pathlib.Path(__file__).with_name("programs.py"))], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True, bufsize=1)

        def ask(program):
            process.stdin.write(json.dumps(program) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.kill()
        process.wait()

    @given(program=programs())
    def test_programs_do_as_the_reference(reference, program):
        expected, found = reference(program), json.loads(json.dumps(outcome(torch, program)))
        there = expected[len(found) - 1] if len(expected) >= len(found) else expected[-1]
        assert close(found, expected), f"{program}\nhere:  {found[-1]}\nthere: {there}"
