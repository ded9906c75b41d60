"""Expressions by kind, whose outcomes are recorded from the reference: python tests/kinds_cases.py >
tests/data/kinds.json
(with its interpreter, on x86-64 with AVX2)."""
import decimal  # noqa: F401
import fractions  # noqa: F401  (the expressions use it)
import json
import math
import operator  # noqa: F401
import sys
import warnings
import zlib

import numpy as np
import torch
import torch.distributions as D  # noqa: F401
import torch.nn.functional as F  # noqa: F401
from torch import nn  # noqa: F401
from torch.nn import init  # noqa: F401

T = torch
ROW, TURNED = T.full((5, 7), -1.0), T.full((7, 5), -1.0).t()
LAST = T.full((2, 3, 2, 2), -1.0).to(memory_format=T.channels_last)

# Filling in place: every distribution, sizes below and above a block of 16, whole blocks and not, strided, every dtype.
FILLERS = ["uniform_(-0.3, 1.6)", "uniform_()", "normal_()", "normal_(0.31, 1.7)", "exponential_(0.7)",
           "cauchy_(0.1, 2.0)", "log_normal_(0.2, 0.7)", "geometric_(0.3)", "random_()", "bernoulli_(0.4)"]
DTYPES = ["float32", "float64", "float16", "bfloat16"]
SIZES = ["7", "16", "33", "20000", "5, 7", "16, 3"]
STREAMS = [f"T.empty({size}, dtype=T.{dtype}){turned}.{filler}" for filler in FILLERS for dtype in DTYPES
           for size in SIZES for turned in ("", ".t()") if (turned == "") != (size in SIZES[-2:])]
STREAMS += [f"T.{make}({size})" for make in ("rand", "randn") for size in (5, 16, 100, 20000)]
STREAMS += ["T.randn(40, dtype=T.complex64)", "T.randn(40, dtype=T.complex128)", "T.randn_like(LAST)",
            "T.rand_like(TURNED)", "T.randint_like(TURNED, 9)", "T.nn.Linear(9, 40).weight",
            "T.nn.LSTM(3, 5).weight_hh_l0",
            "T.nn.Conv2d(3, 8, 3).weight", "T.nn.Embedding(40, 3).weight",
            "T.nn.MultiheadAttention(8, 2).in_proj_weight"]
STREAMS += [f"init.{f}_(T.empty(40, 6))" for f in ("uniform", "normal", "trunc_normal", "xavier_uniform",
                                                   "xavier_normal",
                                                  "kaiming_uniform", "kaiming_normal")]
STREAMS += ["init.trunc_normal_(T.empty(100), std=0.02)", "init.trunc_normal_(T.empty(9, 9), 0.1, 2.0)"]
STREAMS += [f"T._standard_gamma(T.full((50,), {a}, dtype=T.{d}))" for a in (1e-4, 0.3, 1.0, 2.5, 100.0)
            for d in ("float32", "float64")]
STREAMS += [f"T._sample_dirichlet(T.full((50, 3), {a}, dtype=T.{d}))" for a in (1e-8, 1e-4, 1e-3, 1e-2, 0.5, 3.0)
            for d in ("float32", "float64")]
# Parameters in every layout: in what order the results are drawn, and how they lie.
FROM_TENSORS = [
    "T.bernoulli({x}.abs() / 2)",
    "T.bernoulli({x}, 0.5)",
    "{x}.bernoulli(0.5)",
    "T.bernoulli({x}.abs() / 2, out=T.empty(0))",
    "T.bernoulli({x}.abs() / 2, out=T.empty_like({x}))",
    "T.bernoulli({x}.abs() / 2, out=T.empty(0, dtype=T.int64))",
    "T.poisson({x}.abs())",
    "T.binomial({x}.abs() * 8, {x}.abs() / 2)",
    "T._standard_gamma({x}.abs() / 2)",
    "T._sample_dirichlet({x}.abs() / 2)",
    "T.normal({x}, {x}.abs())",
    "T.normal({x}, 2.0)",
    "T.normal(2.0, {x}.abs())",
    "T.normal({x}, {x}[0].abs())",
    "T.normal({x}[0], {x}.abs())",
    "T.normal(2.0, {x}.abs(), out=T.empty_like({x}))",
    "F.rrelu({x}, training=True)",
    "F.rrelu_({x}.clone(), training=True)",
    "F.dropout({x}, 0.4)",
    "F.dropout({x}.clone(), 0.4, True, True)",
    "F.alpha_dropout({x}, 0.4, True)",
    "F.feature_alpha_dropout({x}, 0.4, True)",
    "T.native_dropout({x}, 0.4, True)[0]",
    "D.Categorical({x}.abs()).sample()",
    "D.Bernoulli({x}.abs() / 2).sample()",
    "D.Exponential({x}.abs()).sample()",
    "D.Uniform({x}, {x}.abs()).sample()",
    "D.Geometric({x}.abs() / 2).sample()",
    "D.Gamma({x}.abs(), {x}.abs()).sample()",
    "D.Poisson({x}.abs()).sample()",
]
STREAMS += [f.format(x=x) for f in FROM_TENSORS for x in ("ROW[:, ::2]", "TURNED", "LAST")]
STREAMS += [f"T.multinomial({w}, {n}, {again})" for w in ("T.rand(5, 7).t()", "T.rand(5, 7)[:, ::2]", "T.rand(7)[::2]",
                                                         "T.rand(1, 7).expand(4, 7)")
            for n in (1, 3) for again in (False, True)]


class Answers:
    """An object that answers every reflected operator, and that could be taken for a number."""

    def __float__(self):
        return 2.0

    __hash__ = None


def _answer(name):
    def method(self, other):
        return name

    return method


_REFLECTED = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
for _name in [*("__r" + n for n in _REFLECTED), *("__" + n for n in "eq ne lt le gt ge".split())]:
    setattr(Answers, _name + "__", _answer(_name))


class Float:
    def __float__(self):
        return 2.0


class Index:
    def __index__(self):
        return 2


# Operators between tensors and what is none: element by element, left to the other side, or refused.
OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift",
             "rshift", "eq", "ne", "lt", "le", "gt", "ge"]
TENSORS = ["T.tensor([[1.0, 2.0], [3.0, 4.0]])", "T.tensor([[1, 2], [3, 4]])",
           "T.tensor([[True, False], [True, True]])"]
OTHERS = ["np.array([[1.0, 2.0], [1.0, 4.0]])", "np.array([[1, 2], [1, 4]], np.int32)", "np.array([1.0, 2.0])",
          "np.array(['a', 'b'])", "np.zeros((3,))", "np.float32(2)", "np.int8(2)", "np.bool_(True)", "Answers()",
          "Float()", "Index()", "fractions.Fraction(1, 2)", "[1.0, 2.0]", "(1, 2)", "'a'", "None", "{1}", "object()",
          "T.float32", "int"]
OPERANDS = [f"operator.{o}({t}, {x})" for o in OPERATORS for t in TENSORS for x in OTHERS]
OPERANDS += [f"operator.{o}({x}, {t})" for o in OPERATORS for t in TENSORS for x in OTHERS
             if o in ("sub", "pow", "matmul", "eq", "lt")]
OPERANDS += [f"T.{call}" for x in ("np.ones((2, 2))", "None", "[[1.0]]", "3") for call in (
    f"mm(T.ones(2, 2), {x})", f"bmm(T.ones(1, 2, 2), {x})", f"mv(T.ones(2, 2), {x})", f"dot(T.ones(2), {x})",
    f"matmul(T.ones(2, 2), {x})", f"matmul({x}, T.ones(2, 2))", f"nn.functional.linear(T.ones(2, 2), {x})")]

def recurrent(network, dtype, packed=False, state=None, given=None, **options):
    """The dtypes that a recurrent network gives under autocast, from input and state in their own dtypes."""
    net = getattr(T.nn, network)(4, 4, **options)
    x, parts = T.ones(3, 2, 4, dtype=given), 2 if options.get("bidirectional") else 1
    if packed:
        x = T.nn.utils.rnn.pack_padded_sequence(x, [3, 1])
    hx = None
    if state is not None:
        h = T.zeros(parts, 2, options.get("proj_size", 4), dtype=state)
        hx = (h, T.zeros(parts, 2, 4, dtype=state)) if network == "LSTM" else h
    with T.autocast("cpu", dtype):
        if "Cell" in network:
            return [str(t.dtype) for t in T.utils._pytree.tree_leaves(net(T.ones(2, 4)))]
        return [str(t.dtype) for t in T.utils._pytree.tree_leaves(net(x, hx)) if isinstance(t, T.Tensor)]


# Recurrent networks under autocast. Of dense LSTMs only what the reference computes on every processor.
RECURRENT = [f"recurrent('{network}', T.bfloat16{more})" for network, mores in {
    "GRU": ("", ", packed=True", ", bidirectional=True", ", state=T.float32", ", given=T.bfloat16",
            ", given=T.bfloat16, state=T.float32", ", state=T.bfloat16"),
    "RNN": ("", ", packed=True", ", nonlinearity='relu'", ", given=T.bfloat16, state=T.float32"),
    "LSTM": (", packed=True", ", proj_size=2", ", proj_size=2, packed=True", ", proj_size=2, state=T.float32",
             ", proj_size=2, given=T.bfloat16, state=T.float32"),
    "GRUCell": ("",), "LSTMCell": ("",), "RNNCell": ("",)}.items() for more in mores]


def kept(call, *shapes):
    """Of a call with inputs of these shapes: which of them, and last the result, may be changed before backward."""
    answers = []
    for changed in range(len(shapes) + 1):
        leaves = [((T.arange(1.0, 1 + math.prod(s)).reshape(s) / 7).sin().abs() * 0.8 + 0.1).requires_grad_()
                  for s in shapes]
        inputs = [leaf * 1 for leaf in leaves]
        result = eval("lambda x, y=None, z=None: " + call)(*inputs)
        with T.no_grad():
            [*inputs, result][changed].mul_(1)
        try:
            T.autograd.backward(result, T.ones_like(result))
            answers.append(True)
        except RuntimeError as error:
            if "modified by an inplace" not in str(error):
                raise
            answers.append(False)
    return answers


_ONE = "abs acos asin atan cos cosh sin sinh tan tanh exp expm1 log log1p log2 log10 sqrt rsqrt reciprocal sigmoid " \
    "erf erfc erfinv neg square lgamma relu exp2 asinh atanh sinc logit digamma".split()
_ACTIVATIONS = "relu relu6 elu selu celu gelu silu mish softplus softsign hardtanh hardswish hardsigmoid leaky_relu " \
    "logsigmoid tanhshrink".split()
_TWO = "add sub mul div pow atan2 maximum minimum hypot logaddexp logaddexp2 xlogy fmod copysign".split()
_REDUCED = "sum mean prod amax logsumexp std var softmax log_softmax cumsum".split()
_LOSSES = "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy kl_div poisson_nll_loss " \
    "binary_cross_entropy_with_logits".split()
KEPT = [f"kept('T.{f}(x)', (3, 4))" for f in _ONE] + [f"kept('F.{f}(x - 0.5)', (3, 4))" for f in _ACTIVATIONS]
KEPT += [f"kept('T.{f}(x, y)', (3, 4), (3, 4))" for f in _TWO] + [f"kept('T.{f}(x, 1)', (3, 4))" for f in _REDUCED]
KEPT += [f"kept('F.{f}(x, y)', (3, 4), (3, 4))" for f in _LOSSES]
KEPT += ["kept('x @ y', (3, 4), (4, 3))", "kept('T.bmm(x, y)', (2, 3, 4), (2, 4, 3))",
         "kept('T.mv(x, y)', (3, 4), (4,))",
         "kept('T.addmm(x, y, z)', (3, 3), (3, 4), (4, 3))", "kept('F.linear(x, y, z)', (3, 4), (2, 4), (2,))",
         "kept('F.linear(x, y, z)', (2, 3, 4), (2, 4), (2,))", "kept('F.conv1d(x, y, z)', (1, 2, 6), (3, 2, 3), (3,))",
         "kept('F.conv2d(x, y, z)', (1, 2, 6, 6), (3, 2, 3, 3), (3,))", "kept('F.max_pool1d(x, 2)', (1, 2, 6))",
         "kept('F.max_pool2d(x, 2)', (1, 2, 6, 6))", "kept('F.max_pool3d(x, 2)', (1, 1, 4, 4, 4))",
         "kept('F.adaptive_max_pool2d(x, 2)', (1, 2, 6, 6))", "kept('F.adaptive_max_pool1d(x, 2)', (1, 2, 6))",
         "kept('F.avg_pool2d(x, 2)', (1, 2, 6, 6))", "kept('F.rms_norm(x, (4,), y)', (3, 4), (4,))",
         "kept('F.group_norm(x, 2, y, z)', (3, 4, 5), (4,), (4,))", "kept('F.embedding(T.tensor([0, 1]), x)', (3, 4))",
         "kept('F.batch_norm(x, None, None, y, z, True)', (3, 4), (4,), (4,))", "kept('F.glu(x)', (3, 4))",
         "kept('F.prelu(x, y)', (3, 4), (1,))", "kept('T.addcmul(x, y, z)', (3, 4), (3, 4), (3, 4))",
         "kept('T.lerp(x, y, z)', (3, 4), (3, 4), (3, 4))", "kept('T.where(x > 0.5, x, y)', (3, 4), (3, 4))",
         "kept('x.clamp(0.2, 0.6)', (3, 4))", "kept('F.scaled_dot_product_attention(x, y, z)', (1, 2, 3, 4), "
         "(1, 2, 3, 4), (1, 2, 3, 4))", "kept('T.cat([x, y])', (3, 4), (3, 4))", "kept('F.dropout(x, 0.5)', (3, 4))",
         "kept('F.cross_entropy(x, T.tensor([0, 1, 2]))', (3, 4))", "kept('T.special.ndtr(x)', (3, 4))",
         "kept('T.kron(x, y)', (2, 2), (2, 2))", "kept('T.linalg.svdvals(x)', (3, 4))"]
# Saved beyond what the reference saves, and why.
KEPT_MORE = {
    "kept('F.cross_entropy(x, T.tensor([0, 1, 2]))', (3, 4))": "the logits stand for a copy as large of logarithms",
    "kept('T.special.ndtr(x)', (3, 4))": "one kernel where the reference composes",
    "kept('T.kron(x, y)', (2, 2), (2, 2))": "one product where the reference makes views of copies",
    "kept('T.linalg.svdvals(x)', (3, 4))": "the factors are made again from the matrix",
}


class Sequence:
    """What has a length and elements and is no list."""

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return range(2)[i]


class Complex:
    def __complex__(self):
        return 2j


# Python data of every sort where numbers are meant, for every sort of dtype.
LEAVES = ["'a'", "''", "b'a'", "None", "object()", "{}", "{1}", "Float()", "Index()", "Complex()", "Sequence()", "1.5",
          "True", "2", "-1", "300", "2**70", "1e40", "float('nan')", "1j", "decimal.Decimal(1)", "np.float32(1.5)",
          "np.float64(2)", "np.int64(3)", "np.bool_(True)", "np.str_('a')", "np.array([1.5, 2])", "np.array([300])",
          "np.array(2)", "np.array(['a'])", "T.tensor(1.5)", "T.tensor(2)", "T.tensor([1.5])", "T.tensor([1, 2])",
          "int", "...", "[]", "[1, 2]", "(3,)", "range(3)", "bytearray(b'ab')"]
RAGGED = ["[[1], [2, 3]]", "[[1], 2]", "[1, [2]]", "[[[]], [1]]", "[[], [1]]", "[[1, None]]", "['a', 1]", "[1, 'a']",
          "[2**64, 1.0]", "[1, 1j]", "[1, 2.5]", "[True, 2]", "[np.float64(1), np.int64(2)]", "[np.arange(2)] * 2",
          "[[np.arange(2)], [np.arange(2)]]", "[T.tensor(1), T.tensor(2.0)]", "[(), ()]"]
DATA = [f"T.tensor({x}{d})" for x in [*LEAVES, *(f"[{leaf}]" for leaf in LEAVES), *RAGGED]
        for d in ("", *(f", dtype=T.{name}" for name in ("float32", "int64", "uint8", "bool", "complex64")))]
DATA += [f"T.{make}([{x}])" for make in ("as_tensor", "FloatTensor", "LongTensor", "ones(1).new_tensor") for x in LEAVES
         if x != "np.str_('a')"]

# Dtypes and ranges of functions that are rarely called.
_MANTISSAS = ((1.0, 130), (1.5, -140), (2.0**-10, 200), (3.0, 1000), (1.0, -1000), (0.0, 2000), ("float('inf')", 3),
              (2.0**100, -150))
RARE = [f"T.ldexp(T.tensor([{m}], dtype=T.{d}), T.tensor([{e}]))" for d in DTYPES for m, e in _MANTISSAS]
RARE += [f"T.ldexp(T.tensor([2, 3], dtype=T.{a}), T.tensor([1, 2], dtype=T.{b}))"
         for a in (*DTYPES, "int32", "complex64") for b in ("int32", "uint8", "bool", "float32", "float64")]
RARE += [f"T.cross(T.tensor([2, 3, 5], dtype=T.{a}), T.tensor([1, 2, 3], dtype=T.{b}))"
         for a in ("float32", "int32") for b in ("float32", "float64", "int32", "uint8")]
RARE += [f"T.{f}(T.tensor([2, 3], dtype=T.{a}), T.tensor([1, 2], dtype=T.{b})).dtype" for f in ("igamma", "igammac")
         for a in ("float32", "int32", "bool") for b in ("float64", "int32", "bool")]
RARE += ["T.trace(T.ones(2, 2, dtype=T.bool))", "T.mvlgamma(T.ones(2, dtype=T.bool), 1)",
         "T.heaviside(T.ones(2, requires_grad=True), T.ones(2)).requires_grad",
         "T.heaviside(T.ones(2, requires_grad=True), T.ones(2)).sum().backward()"]


def warned(expression):
    """How the warnings of an expression begin, and their classes."""
    T.set_warn_always(True)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        eval(expression)
    T.set_warn_always(False)
    return [[str(w.message).split(" (Trigg")[0][:60], w.category.__name__] for w in given[:1]]


def read_only(*shape):
    array = np.ones(shape)
    array.setflags(write=False)
    return array


_WARNING = """T.tensor([np.ones(2)]); T.as_tensor([np.ones(2)] * 2); T.tensor([[np.ones(2)]]); T.tensor(T.ones(2))
T.ones(2).new_tensor(T.ones(2)); T.as_tensor(T.ones(2)); T.from_numpy(read_only(2)); T.as_tensor(read_only(2))
T.asarray(read_only(2)); T.tensor(read_only(2)); T.from_numpy(np.broadcast_to(np.ones(2), (2, 2)))
T.frombuffer(b'abcd', dtype=T.uint8); T.frombuffer(bytearray(4), dtype=T.uint8); T.ones(2, 2, 2).T; T.ones(2).T
(T.ones(2, requires_grad=True) * 2).grad; float(T.ones(1, requires_grad=True)); int(T.ones(1, requires_grad=True))
T.ones(1, requires_grad=True).item(); complex(T.ones(1, requires_grad=True)); T.ones(2, dtype=T.complex64).float()
T.ones(1).std(); T.var_mean(T.ones(3, 1), 1); T.ones(3).var(correction=3); T.ones(2).var(); T.cov(T.ones(1, 1))
T.ones(3).index_reduce(0, T.tensor([0]), T.ones(1), 'prod'); T.qr(T.eye(2)); T.eye(2).qr(); T.cholesky(T.eye(2))
T.scatter(T.ones(3), 0, T.tensor([0]), T.ones(1), reduce='add')
T.scatter(T.ones(3), 0, T.tensor([0]), 2.0, reduce='add')
T.triangular_solve(T.eye(2), T.eye(2)); T.lu(T.eye(2)); T.chain_matmul(T.eye(2), T.eye(2)); T.svd(T.eye(2))
T.stft(T.ones(20), 4, return_complex=True); F.conv1d(T.ones(1, 1, 5), T.ones(1, 1, 2), padding='same')
T.set_default_tensor_type(T.FloatTensor); nn.NLLLoss2d(); nn.utils.clip_grad_norm([], 1.0)
T.add(T.ones(2), 1, out=T.ones(3))
F.softmax(T.ones(2)); F.mse_loss(T.ones(2, 1), T.ones(2)); nn.LSTM(2, 2, dropout=0.5); nn.Softmax()(T.ones(2, 3))
F.interpolate(T.ones(1, 1, 2, 2), scale_factor=2.0); nn.init.normal(T.ones(2)); F.kl_div(T.ones(2), T.ones(2))
T.floor_divide(T.ones(2), 2); T.meshgrid(T.ones(2)); T.range(0, 2); T.norm(T.ones(2)); T.nonzero(T.ones(2))"""
WARNINGS = [f"warned({e.strip()!r})" for line in _WARNING.splitlines() for e in line.split(";")]


def drawn(expression):
    """What an expression draws: strides, checksum of the bytes in logical order, some values, and what comes next."""
    T.manual_seed(11)
    made = eval(expression).detach()
    flat = (T.view_as_real(made) if made.is_complex() else made).contiguous().flatten()
    values = flat[:40].double().tolist()
    return [list(made.stride()), zlib.crc32(flat.view(T.uint8).numpy().tobytes()),
            [str(v) if math.isnan(v) or math.isinf(v) else v for v in values], T.randint(2**31 - 1, ()).item()]


def outcome(expression):
    """The value as JSON has it, or the exception's type."""
    try:
        with np.errstate(all="ignore"):
            return plain(eval(expression))
    except Exception as error:
        return type(error).__name__


def plain(value):
    if isinstance(value, T.Tensor):
        return [str(value.dtype), list(value.shape), plain(value.tolist())]
    if isinstance(value, complex):
        return ["complex", plain(value.real), plain(value.imag)]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


EXPRESSIONS = {"operands": OPERANDS, "recurrent": RECURRENT, "kept": KEPT, "data": DATA, "rare": RARE,
               "warnings": WARNINGS}


def everything():
    return {"streams": {e: drawn(e) for e in STREAMS}, **{kind: {e: outcome(e) for e in expressions}
                                                          for kind, expressions in EXPRESSIONS.items()}}


if __name__ == "__main__":
    json.dump(everything(), sys.stdout, indent=0)
