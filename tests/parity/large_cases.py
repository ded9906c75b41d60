"""Calls with 1e5 to 1e7 elements, written once for the reference and for us: a case makes its tensors from `given`."""


def given(torch, shape, dtype="float32", seed=0, below=None):
    """Numbers that both sides make alike: a hash of the position, uniform in [-1, 1), or whole ones in [0, below)."""
    import numpy

    count = 1
    for n in shape:
        count *= n
    with numpy.errstate(over="ignore"):
        x = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> numpy.uint64(shift))) * numpy.uint64(factor)
    if below is not None:
        return torch.from_numpy((x >> numpy.uint64(33)).astype(numpy.int64) % below).reshape(shape)
    made = torch.from_numpy((x >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-23 - 1.0)
    return made.to(getattr(torch, dtype)).reshape(shape)


def spread(torch, x):
    """The same values in memory that is not dense."""
    made = torch.empty(*x.shape[:-1], x.shape[-1] * 2, dtype=x.dtype)[..., ::2]
    return made.copy_(x)


# name -> (function of torch and operands, shapes of the operands, dtypes). Where a shape is ("int", below, *sizes)
# whole numbers are given.
REAL, HALVES = ("float32", "float64"), ("bfloat16", "float16")
CASES = {}


def case(name, shapes, function, dtypes=("float32",), grad=True):
    """Enter a case; `grad`: gradients to all real operands are compared too."""
    CASES[name] = (function, shapes, dtypes, grad)


def _functional(name, *args, **kwargs):
    def call(torch, *operands):
        f = torch.nn.functional
        for part in name.split("."):
            f = getattr(f, part)
        return f(*operands, *args, **kwargs)

    return call


def _torch(name, *args, **kwargs):
    return lambda torch, *operands: getattr(torch, name)(*operands, *args, **kwargs)


# ---- products ----
case("mm", [(512, 768), (768, 1024)], _torch("mm"), REAL + HALVES)
case("mm, first transposed", [(768, 512), (768, 3072)], lambda torch, a, b: a.t() @ b)
case("mm, second transposed", [(512, 1024), (3072, 1024)], lambda torch, a, b: a @ b.t(), ("float32", "bfloat16"))
case("mm, gaps", [(300, 500), (500, 700)], lambda torch, a, b: spread(torch, a) @ spread(torch, b))
case("mm, long sums", [(64, 20000), (20000, 64)], _torch("mm"), REAL)
case("mv", [(2000, 3000), (3000,)], _torch("mv"), REAL)
case("dot", [(1000003,), (1000003,)], _torch("dot"), REAL)
case("addmm", [(1024,), (512, 768), (768, 1024)], _torch("addmm", beta=0.5, alpha=2.0))
case("bmm", [(48, 128, 64), (48, 64, 128)], _torch("bmm"), REAL + HALVES)
case("linear", [(8, 128, 768), (3072, 768), (3072,)], _functional("linear"), ("float32", "bfloat16"))
case("einsum", [(16, 128, 96), (16, 96, 80)], lambda torch, a, b: torch.einsum("bik,bkj->bji", a, b))

# ---- convolutions ----
case("conv2d", [(4, 64, 56, 56), (64, 64, 3, 3), (64,)], _functional("conv2d", padding=1), ("float32", "bfloat16"))
case("conv2d, strided", [(4, 32, 65, 63), (48, 32, 5, 5)], _functional("conv2d", stride=2, padding=2), REAL)
case("conv2d, dilated", [(2, 32, 64, 64), (32, 32, 3, 3)], _functional("conv2d", dilation=2, padding=2))
case("conv2d, depthwise", [(4, 96, 56, 56), (96, 1, 3, 3)], _functional("conv2d", padding=1, groups=96))
case("conv2d, channels last", [(4, 32, 48, 48), (32, 32, 3, 3)],
     lambda torch, x, w: torch.nn.functional.conv2d(x.contiguous(memory_format=torch.channels_last), w, padding=1))
case("conv1d", [(8, 80, 1000), (96, 80, 3)], _functional("conv1d", padding=1))
case("conv3d", [(2, 16, 12, 28, 28), (16, 16, 3, 3, 3)], _functional("conv3d", padding=1))
case("conv_transpose2d", [(4, 48, 28, 28), (48, 24, 4, 4)], _functional("conv_transpose2d", stride=2, padding=1))

# ---- element by element ----
for _name in ("exp", "tanh", "sigmoid", "erf", "sin", "expm1", "atan"):
    case(_name, [(1000003,)], _torch(_name), REAL + HALVES)
for _name in ("gelu", "silu", "relu", "softplus", "mish"):
    case(_name, [(1003, 997)], _functional(_name), ("float32", "bfloat16"))
for _name in ("log", "sqrt", "rsqrt", "lgamma"):
    case(_name, [(1000003,)], lambda torch, x, n=_name: getattr(torch, n)(x.abs() + 0.125), REAL)
case("add, large", [(10000000,), (10000000,)], _torch("add", alpha=0.3), ("float32",), grad=False)
case("add, halves", [(1000003,), (1000003,)], _torch("add", alpha=0.3), HALVES)
case("mul, broadcast", [(700, 1, 300), (5, 300)], _torch("mul"), ("float32", "bfloat16"))
case("div, transposed", [(1500, 700), (700, 1500)], lambda torch, a, b: a / (b.t().abs() + 0.5), REAL)
case("pow", [(1000003,)], lambda torch, x: (x.abs() + 0.1) ** 1.7, REAL)
case("atan2", [(1000003,), (1000003,)], _torch("atan2"))
case("where", [(1003, 997), (1003, 997)], lambda torch, a, b: torch.where(a > b, a, b * 2))
case("clamp", [(1000003,)], _torch("clamp", -0.3, 0.4), ("float32", "float16"))
case("whole numbers", [("int", 1000, 1000003)], lambda torch, x: (x * 2654435761) // 7 % 1001, ("int64",))

# ---- reductions and scans ----
case("sum", [(10000000,)], _torch("sum"))
for _dim in (0, 1):
    case(f"sum of dimension {_dim}", [(3001, 1703)], _torch("sum", _dim), REAL + HALVES)
    case(f"var of dimension {_dim}", [(2001, 1003)], _torch("var", _dim), REAL)
    case(f"logsumexp of dimension {_dim}", [(2001, 1003)], _torch("logsumexp", _dim))
case("sum, gaps", [(1200, 1100)], lambda torch, x: spread(torch, x).sum((0, 1)))
case("mean of the middle", [(60, 400, 90)], _torch("mean", 1))
case("std", [(1000003,)], _torch("std"), REAL)
case("norm", [(1000003,)], _torch("norm"), REAL)
case("prod", [(1000, 300)], lambda torch, x: torch.prod(1 + x / 16, 1))
case("amax", [(1000, 1301)], lambda torch, x: torch.amax(x, 0))
case("max", [(1000, 1301)], lambda torch, x: torch.max(x, 1))
case("argmin", [(1000, 1301)], lambda torch, x: torch.argmin(x, 0), grad=False)
case("cumsum", [(300, 3001)], _torch("cumsum", 1), REAL)
case("cumprod", [(3001, 300)], lambda torch, x: torch.cumprod(1 + x / 64, 0))
case("sort", [(300, 3001)], _torch("sort", 1))
case("sort, long", [(1000003,)], _torch("sort", stable=True), ("float32",), grad=False)
case("sort, whole numbers", [("int", 50000, 300001)], lambda torch, x: torch.sort(x, stable=True), ("int64",))
case("topk", [(300, 3001)], _torch("topk", 17))
case("kthvalue", [(300, 3001)], _torch("kthvalue", 1500))
case("median", [(300, 3001)], _torch("median", 1))
case("unique", [("int", 5000, 300001)], lambda torch, x: torch.unique(x, return_counts=True), ("int64",))
case("bincount", [("int", 5000, 1000003)], _torch("bincount"), ("int64",))

# ---- layers ----
case("softmax", [(2000, 1001)], _functional("softmax", -1), REAL + HALVES)
case("softmax of dimension 0", [(1001, 1000)], _functional("softmax", 0))
case("log_softmax", [(2000, 1001)], _functional("log_softmax", -1), ("float32", "bfloat16"))
case("layer_norm", [(2048, 768), (768,), (768,)],
     lambda torch, x, w, b: torch.nn.functional.layer_norm(x, (768,), w, b), ("float32", "bfloat16"))
case("rms_norm", [(2048, 768), (768,)], lambda torch, x, w: torch.nn.functional.rms_norm(x, (768,), w))
case("group_norm", [(8, 64, 40, 40), (64,), (64,)],
     lambda torch, x, w, b: torch.nn.functional.group_norm(x, 8, w, b))
case("batch_norm", [(16, 64, 28, 28), (64,), (64,)],
     lambda torch, x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, training=True))
for _causal in (False, True):
    case("attention, causal" if _causal else "attention", [(2, 8, 256, 64)] * 3,
         _functional("scaled_dot_product_attention", is_causal=_causal), ("float32", "bfloat16"))
case("attention, masked", [(2, 8, 200, 64)] * 3 + [(200, 200)],
     lambda torch, q, k, v, m: torch.nn.functional.scaled_dot_product_attention(q, k, v, m))
case("cross_entropy", [(2000, 1001), ("int", 1001, 2000)], _functional("cross_entropy"), ("float32", "bfloat16"))
case("mse_loss", [(1000003,), (1000003,)], _functional("mse_loss"))
case("bce with logits", [(1003, 997), (1003, 997)],
     lambda torch, x, y: torch.nn.functional.binary_cross_entropy_with_logits(x * 8, y.abs()))
case("embedding", [("int", 5000, 64, 128), (5000, 96)], _functional("embedding"), ("float32", "bfloat16"))
case("max_pool2d", [(8, 32, 56, 56)], _functional("max_pool2d", 3, 2, 1))
case("avg_pool2d", [(8, 32, 56, 56)], _functional("avg_pool2d", 3, 2, 1))
case("interpolate", [(4, 16, 48, 48)], _functional("interpolate", scale_factor=2.5, mode="bilinear"))
case("interpolate, bicubic", [(4, 16, 48, 48)], _functional("interpolate", size=(100, 90), mode="bicubic"))

# ---- moving and indexing ----
case("gather", [(2000, 700), ("int", 700, 2000, 300)], lambda torch, x, i: torch.gather(x, 1, i))
case("scatter_add", [(2000, 300), ("int", 700, 2000, 300)],
     lambda torch, x, i: torch.zeros(2000, 700, dtype=x.dtype).scatter_add(1, i, x))
case("index_add", [(5000, 96), ("int", 300, 5000)],
     lambda torch, x, i: torch.zeros(300, 96, dtype=x.dtype).index_add(0, i, x), ("float32", "bfloat16"))
case("index", [(3000, 400), ("int", 3000, 2500), ("int", 400, 2500)], lambda torch, x, i, j: x[i, j])
case("cat", [(300, 1000), (500, 1000)], lambda torch, a, b: torch.cat((a, b.flip(0)), 0))
case("permuted copy", [(60, 70, 80, 3)], lambda torch, x: x.permute(3, 1, 0, 2).contiguous())
case("roll", [(1000, 1003)], _torch("roll", (7, -3), (0, 1)))
case("fft", [(300, 1024)], lambda torch, x: torch.view_as_real(torch.fft.rfft(x)), REAL)

# ---- matrices ----
case("cholesky", [(200, 200)], lambda torch, x: torch.linalg.cholesky(x @ x.t() + 10 * torch.eye(200, dtype=x.dtype)),
     REAL)
case("solve", [(200, 200), (200, 50)], lambda torch, a, b: torch.linalg.solve(a + 8 * torch.eye(200, dtype=a.dtype), b),
     REAL)
