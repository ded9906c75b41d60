"""interpolate and its relatives, grid_sample, affine_grid."""
import functools
import itertools
import math
import warnings

import mindtorch._C as _C
from mindtorch._core import dtypes, layouts
from mindtorch._core.size import MOST, whole, wholes
from mindtorch._core.codes import UINT8, UP_TO_SINGLE

from ..table.checks import cpp_name, dense, need_float
from ..creation.factories import like, new
from ..table.registry import FUNCTIONS, NAMESPACES, composition, kernel_rows, op, public, run, tried

_KERNEL_MODE = {"nearest": 0, "nearest-exact": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 3}
_SMOOTH_MODE = {"bilinear": 4, "bicubic": 5, "lanczos": 6}
_CONVERTED = (6, 7, 1)  # halves and bytes go through float32 when there is more than one pass


# ---- on Ascend: all dimensions of an image or a volume at once where its operators know the mode, else a table of
# weights or places a dimension ----
_TO = {0: ("Nearest", "Nearest"), 2: ("Bilinear", "Trilinear"), 3: ("Bicubic",)}


def _enter_rows():
    for mode, names in _TO.items():
        aligned = "" if mode == 0 else "i{} "
        for n, name in zip((2, 3), names):
            scales = " ".join(f"d{k}" for k in range(3, 3 + n))
            up, back = (f"aclnnUpsample{name}{n}d",
                        f"aclnnUpsample{name}{n}dBackward{'V2' if name == 'Bilinear' else ''}")
            kernel_rows(**{f"resize_{mode}_{n}": f"{up} T1 I0 {aligned.format(2)}{scales if mode or n == 3 else ''} T0",
                           f"resize_{mode}_{n}_slope": f"{back} T1 I0 I1 {aligned.format(2)}{scales} T0"})


_enter_rows()


def _at_once(x, sizes, backward, mode, align, factors):
    """The result of one operator, or None where none does exactly this."""
    n = len(sizes)
    if mode not in _TO or n == 3 and mode == 3 or x._dtype_code not in UP_TO_SINGLE or not x._numel or x.ndim != n + 2:
        return None
    sizes, factors = tuple(sizes), tuple(factors)
    small, large = (sizes, x.shape[2:]) if backward else (x.shape[2:], sizes)
    if mode == 0 and any(f and f * s != l for f, s, l in zip(factors, small, large)):
        return None  # the forward operator for planes goes by the sizes alone
    if n == 1:
        made = _at_once(x.unsqueeze(2), (1, *sizes), backward, mode, align, (None, *factors))
        return None if made is None else made.squeeze(2)
    made = new((*x.shape[:2], *sizes), x._dtype_code, x._device_code)
    scales = [float(f or 0) for f in factors]
    numbers = (x.shape[2:], made.shape, align, *scales) if backward else (sizes, (), align, *scales)
    return made if tried(f"resize_{mode}_{n}{'_slope' if backward else ''}", (made, x), numbers) else None


@functools.lru_cache(256)
def _weights(have, want, mode, align, factor, kept, code, device):
    """How much of each input every output holds, (want, have), as the CPU's kernel says; of the nearest, their
    places."""
    x = (public.arange(have, dtype=dtypes.float64) if mode < 2
         else public.eye(have, dtype=dtypes.float64 if kept == 9 else dtypes.float32))
    made = new((want,) if mode < 2 else (have, want), x._dtype_code, 0)
    run("resample", (made, x), (x._numel // have, 1, have, want, mode, align, factor, kept))
    return made.long().to(device) if mode < 2 else made.t().to(device, code).contiguous()


@composition("resample")
def _resample_on_device(tensors, scalars):
    out, x = tensors
    outer, inner, have, want, mode, align, factor, kept = scalars
    if mode < 2:
        run("index_select", (out.view(outer, want, inner), x.view(outer, have, inner),
                             _weights(have, want, mode, align, factor, kept, None, x.device)), (1,))
        return None
    if x._dtype_code not in UP_TO_SINGLE:
        return NotImplemented
    run("matmul",
        (out.view(outer, want, inner),
         _weights(have, want, mode, align, factor, kept, x.dtype, x.device).expand(outer, want, have),
         x.view(outer, have, inner), None), (1.0, 0.0))


@composition("resample_backward")
def _resample_slope_on_device(tensors, scalars):
    gx, g = tensors
    outer, inner, have, want, mode, align, factor, kept = scalars
    if g._dtype_code not in UP_TO_SINGLE:
        return NotImplemented
    if mode < 2:
        at = _weights(have, want, mode, align, factor, kept, None, g.device)
        run("copy",
            (gx,
             public.zeros(outer, have, inner, dtype=g.dtype,
                          device=g.device).index_add(1, at, g.view(outer, want, inner)).view(gx.shape)))
        return None
    weights = _weights(have, want, mode, align, factor, kept, g.dtype, g.device).t().expand(outer, have, want)
    run("matmul", (gx.view(outer, have, inner), weights, g.view(outer, want, inner), None), (1.0, 0.0))


kernel_rows(
    grid_sample="aclnnGridSampler2D T1 T2 i0 i1 i2 T0 #1=4 | aclnnGridSampler3D T1 T2 i0 i1 i2 T0 #1=5",
    grid_sample_slope="aclnnGridSampler2DBackward T2 T3 T4 i0 i1 i2 P5,6 T0 T1 #3=4 | aclnnGridSampler3DBackward T2 T3 "
                      "T4 i0 i1 i2 P5,6 T0 T1 #3=5",
)


@composition("grid_sample_backward")
def _grid_slope_on_device(tensors, scalars):
    gx, gg, g, x, grid = tensors  # both are results of the operator, wanted or not
    run("grid_sample_slope", (like(x) if gx is None else gx, like(grid) if gg is None else gg, g, x, grid, gx, gg),
        scalars)


def _passes(x, sizes, backward, mode, align, factors, final):
    """One kernel a dimension; `sizes` are those of the result (of the input, backward)."""
    if x._device_code > 0 and x._remote and (made := _at_once(x, sizes, backward, mode, align, factors)) is not None:
        return made
    code = x._dtype_code
    x = dense(x)
    several = sum(a != b for a, b in zip(x.shape[2:], sizes)) > 1 or backward
    if code in _CONVERTED and several and mode > 1:
        wide = new(x.shape, 8, x._device_code)
        run("copy", (wide, x))
        x = wide
    order = range(len(sizes) - 1, -1, -1)
    for d in order:
        have, want = x.shape[d + 2], sizes[d]
        if have == want and mode < 4 and not factors[d]:
            continue  # every output is its input
        shape = (*x.shape[: d + 2], want, *x.shape[d + 3:])
        made = new(shape, x._dtype_code, x._device_code)
        outer, inner = math.prod(x.shape[: d + 2]), math.prod(x.shape[d + 3:])
        if made._numel or x._numel:
            kept = 8 if mode == 2 and len(sizes) == 2 else code  # two-dimensional linear weights stay float32
            lengths = (want, have) if backward else (have, want)
            run("resample_backward" if backward else "resample", (made, x),
                (outer, inner, *lengths, mode, bool(align), float(factors[d] or 0), kept))
        x = made
    if x._dtype_code != code:
        made = new(x.shape, code, x._device_code)
        if code == UINT8:
            x = x.round().clamp(0, 255)
        run("copy", (made, x))
        x = made
    return x if x is not final else x.clone()


def _declare(node):
    @op(f"_resize_{node}_backward", method=False, out=False, node=node + "BackwardBackward0", grad={
        "g": lambda g, sizes, mode, align, factors: forward(g, sizes, mode, align, factors)})
    def backward(g, input_sizes, sizes, mode, align, factors):
        return _passes(g, input_sizes, True, mode, align, factors, g)

    @op(f"_resize_{node}", method=False, out=False, node=node + "Backward0", grad={
        "input": lambda g, input_sizes, sizes, mode, align,
        factors: backward(g, input_sizes, sizes, mode, align, factors)})
    def forward(input, sizes, mode, align, factors):
        from ..table.registry import With

        last = input.ndim in (4, 5) and not input._contiguous and input._strides == tuple(layouts.dense_strides(
            input.shape, layouts.channels_last if input.ndim == 4 else layouts.channels_last_3d))
        made = _passes(input, sizes, False, mode, align, factors, input)
        if last:
            made = made.contiguous(memory_format=layouts.channels_last if input.ndim == 4 else layouts.channels_last_3d)
        return With(made, input_sizes=tuple(input.shape[2:]))

    return forward


_RESIZE = {}
for _mode, _text in (
    ("nearest", "UpsampleNearest{}D"),
    ("nearest-exact", "UpsampleNearestExact{}D"),
    ("linear", "UpsampleLinear{}D"),
    ("bilinear", "UpsampleBilinear{}D"),
    ("trilinear", "UpsampleTrilinear{}D"),
    ("bicubic", "UpsampleBicubic{}D"),
):
    for _n in (1, 2, 3):
        if _mode.startswith("nearest") or _n == {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}[_mode]:
            _RESIZE[_mode, _n] = _declare(_text.format(_n))
for _mode in _SMOOTH_MODE:
    _RESIZE[_mode + "-aa", 2] = _declare(f"Upsample{_mode.capitalize()}2DAa")


def _given_sizes(sizes):
    """Sizes as ints; TypeError for anything else."""
    if any(isinstance(x, float) or not hasattr(x, "__index__") for x in sizes):
        raise TypeError("expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but "
                        f"got size with types {[type(x) for x in sizes]}")
    return list(wholes(sizes, "interpolate", "size"))


def _scaled(n, factor):
    """A size times a factor, rounded down; RuntimeError where that is no 64-bit number."""
    size = float(n) * factor
    if not -MOST <= size <= MOST:
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    return math.floor(size)


def _check_sizes(input, sizes):
    if any(s <= 0 for s in (*input.shape[2:], *sizes)):
        letters = "DHW"[3 - len(sizes):] if len(sizes) > 1 else "W"
        text = lambda values: ", ".join(f"{a}: {b}" for a, b in zip(letters, values))  # noqa: E731
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input ({text(input.shape[2:])}) "
                           f"output ({text(sizes)})")
    if input._numel == 0 and 0 in input.shape[1:]:
        raise RuntimeError(f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes "
                           f"{list(input.shape)}")


@op(namespace="nn.functional", out=False, tensors=["input"])
def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
                antialias=False):
    """Resize the spatial dimensions of (N, C, *) to `size` or by `scale_factor`; modes nearest, nearest-exact, linear,
    bilinear, trilinear, bicubic, area, lanczos.
    ValueError for arguments that do not go together, NotImplementedError for modes of other dimensions."""
    spatial = input.ndim - 2
    if mode in ("nearest", "area", "nearest-exact", "lanczos"):
        if align_corners is not None:
            raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear | "
                             "bicubic | trilinear")
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    align = bool(align_corners)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    factors = None
    if size is not None:
        if isinstance(size, (tuple, list)):
            if len(size) != spatial:
                raise ValueError(
                    "Input and output must have the same number of spatial dimensions, but got input with spatial "
                    "dimensions of "
                    f"{list(input.shape[2:])} and output size of {size}. Please provide input tensor in (N, C, d1, d2, "
                    "...,dK) format "
                    f"and output size in (o1, o2, ...,oK) format."
                )
            sizes = _given_sizes(size)
        else:
            sizes = _given_sizes((size,)) * spatial
    elif scale_factor is not None:
        if isinstance(scale_factor, (tuple, list)):
            if len(scale_factor) != spatial:
                raise ValueError(
                    "Input and scale_factor must have the same number of spatial dimensions, but got input with "
                    "spatial dimensions of "
                    f"{list(input.shape[2:])} and scale_factor of shape {scale_factor}. Please provide input tensor in "
                    "(N, C, d1, d2, "
                    f"...,dK) format and scale_factor in "
                    "(s1, s2, ...,sK) format."
                )
            factors = list(scale_factor)
        else:
            factors = [scale_factor] * spatial
        if any(isinstance(f, str) for f in factors):
            raise TypeError(f"interpolate(): scale_factor must be a number, not {type(scale_factor).__name__}")
        factors = [float(f) for f in factors]
        sizes = [_scaled(n, f) for n, f in zip(input.shape[2:], factors)]
    else:
        raise ValueError("either size or scale_factor should be defined")
    if recompute_scale_factor:
        if size is not None:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        factors = None
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.ndim == 4):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D "
                         "tensor as input")
    if mode == "area":
        if input.ndim in (3, 4, 5):
            _check_sizes(input, sizes)
            return NAMESPACES["nn.functional"][f"adaptive_avg_pool{spatial}d"](
                input, sizes if spatial > 1 else sizes[0])
    elif mode in ("linear", "bilinear", "trilinear") and input.ndim in (3, 4, 5) and (mode, spatial) not in _RESIZE:
        need = {"linear": 3, "bilinear": 4, "trilinear": 5}[mode]
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {need}D input")
    key = (mode + "-aa" if antialias else mode, spatial)
    if key not in _RESIZE:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: nearest | "
            "linear | "
            f"bilinear | bicubic | trilinear | lanczos | "
            f"area | nearest-exact (got {mode})"
        )
    _check_sizes(input, sizes)
    need_float(input, f"upsample_{mode}{spatial}d_channels_last" if spatial > 1 else f"upsample_{mode}{spatial}d", (1,))
    return _RESIZE[key](input, tuple(sizes), _SMOOTH_MODE[mode] if antialias else _KERNEL_MODE[mode], align,
                        tuple(factors or [None] * spatial))


def resize_smooth(input, sizes, mode, align, factors):
    """Antialiased resizing of (N, C, H, W) by mode, to sizes; factors, where given, stand for the ratio of the
    sizes."""
    if input.ndim != 4:
        raise RuntimeError(f"It is expected input_size equals to 4, but got size {input.ndim}")
    if len(sizes) != 2:
        raise RuntimeError(f"It is expected output_size equals to 2, but got size {len(sizes)}")
    _check_sizes(input, sizes)
    need_float(input, f"upsample_{mode}2d_aa", (1,))
    return _RESIZE[mode + "-aa", 2](input, tuple(sizes), _SMOOTH_MODE[mode], bool(align),
                                    tuple(None if f is None else float(f) for f in factors))


def _old(name, mode, align):
    def f(input, size=None, scale_factor=None):
        warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=4)
        return interpolate(input, size, scale_factor, mode=mode, align_corners=align)

    f.__doc__ = f"interpolate with mode={mode!r}."
    op(name, namespace="nn.functional", out=False, tensors=["input"])(f)


_old("upsample_nearest", "nearest", None)
_old("upsample_bilinear", "bilinear", True)


@op(namespace="nn.functional", out=False, tensors=["input"])
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """Old name of interpolate."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=4)
    return interpolate(input, size, scale_factor, mode, align_corners)


# ---- sampling on a grid ----
def _padded(place, size, padding, align):
    """Positions folded into the picture as `padding` says: 1 to the border, 2 reflected."""
    if padding == 2:
        low, span = (0.0, size - 1.0) if align else (-0.5, float(size))
        if span <= 0:
            return public.zeros_like(place)
        away = public.remainder(place - low, 2 * span)
        place = span - (away - span).abs() + low
    return place.clamp(0, size - 1) if padding else place


def _cubic_weights(t, a=-0.75):
    """Weights of the four neighbours of a position at t between the middle two."""
    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return far(t + 1), near(t), near(1 - t), far(2 - t)


def _taps(place, size, mode, padding, align):
    """(index, weight) of the neighbours along one dimension."""
    if mode == 2:
        low = place.detach().floor()
        return [(_padded(low + (k - 1), size, padding, align), w) for k, w in enumerate(_cubic_weights(place - low))]
    place = _padded(place, size, padding, align)
    if mode == 1:
        return [(place.detach().round(), public.ones_like(place))]
    low = place.detach().floor()
    return [(low, low + 1 - place), (low + 1, place - low)]


def _sample_by_gather(input, grid, mode, padding, align):
    """The same samples out of differentiable functions: slower, but with derivatives of every order."""
    sizes, flat, grid_rows = input.shape[2:], input.flatten(2), grid.flatten(1, -2)
    places = [grid_rows[..., len(sizes) - 1 - d] for d in range(len(sizes))]
    taps = [_taps((p + 1) / 2 * (s - 1) if align else ((p + 1) * s - 1) / 2, s, mode, padding, align) for p,
            s in zip(places, sizes)]
    out = 0
    for corner in itertools.product(*taps):
        index, weight, inside = 0, 1, True
        for (i, w), s in zip(corner, sizes):
            index, weight, inside = index * s + i, weight * w, (i >= 0) & (i < s) & inside
        index = public.where(inside, index, 0).long().unsqueeze(1).expand(-1, input.shape[1], -1)
        out = out + flat.gather(2, index) * public.where(inside, weight, 0).unsqueeze(1)
    return out.reshape(*input.shape[:2], *grid.shape[1:-1])


def _grid_second(gs, grad, input, grid, mode, padding, align):
    """Gradients of the backward: that of the composition, differentiated again."""
    from mindtorch import autograd

    create = _C.is_grad_enabled()
    with autograd.enable_grad():
        grad, input, grid = (t.view_as(t) if create and t.requires_grad else t.detach().requires_grad_()
                             for t in (grad, input, grid))
        first = autograd.grad(_sample_by_gather(input, grid, mode, padding, align), (input, grid), grad,
                              create_graph=True, allow_unused=True)
    pairs = [(f, g) for f, g in zip(first, gs) if f is not None and g is not None and f.requires_grad]
    if not pairs:
        return None, None, None
    return autograd.grad([f for f, _ in pairs], (grad, input, grid), [g for _, g in pairs], create_graph=create,
                         allow_unused=True)


@op("_grid_sample_backward", method=False, out=False, grad={("grad", "input", "grid"): _grid_second})
def _grid_backward(grad, input, grid, mode, padding, align, wants_input, wants_grid):
    gx = like(input) if wants_input else None
    if gx is not None:
        run("fill", (gx,), (0,))
    gg = like(grid) if wants_grid else None
    if grad._device_code >= 0:
        _C.call(_C.kernel_id("grid_sample_backward"), (gx, gg, dense(grad), dense(input), dense(grid)),
                (mode, padding, align))
    return gx, gg


def _sampler(node):
    @op("_" + node, method=False, out=False, node=node + "Backward0", grad={
        ("input", "grid"): lambda g, input, grid, mode, padding, align,
        needs: _grid_backward(g, input, grid, mode, padding, align, *map(bool, needs))})
    def sample(input, grid, mode, padding, align):
        made = new((*input.shape[:2], *grid.shape[1:-1]), input._dtype_code, input._device_code)
        run("grid_sample", (made, dense(input), dense(grid)), (mode, padding, align))
        return made

    return sample


_SAMPLERS = {4: _sampler("GridSampler2D"), 5: _sampler("GridSampler3D")}


@op(method=False, out=False, tensors=["input", "grid"])
def grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners):
    """Values of (N, C, *) at positions in -1 .. 1; modes 0 bilinear, 1 nearest, 2 bicubic; padding 0 zeros, 1 border, 2
    reflection."""
    sizes = f"but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input._device_code != grid._device_code:
        raise RuntimeError("grid_sampler(): expected input and grid to be on same device, but input is on "
                           f"{input.device} and grid is on {grid.device}")
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {sizes}")
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got "
                           f"grid with sizes {list(grid.shape)}")
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, {sizes}")
    if 0 in input.shape[2:]:
        d = next(i for i, s in enumerate(input.shape[2:]) if s == 0) + 2
        raise RuntimeError("grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                           f"{list(input.shape)} with dimension {d} being empty")
    if type(interpolation_mode) is not int or type(padding_mode) is not int:
        interpolation_mode, padding_mode = whole(interpolation_mode, "grid_sampler",
                                                 "interpolation_mode"), whole(padding_mode, "grid_sampler",
                                                                              "padding_mode")
    if not (0 <= interpolation_mode <= 2 and 0 <= padding_mode <= 2):
        raise RuntimeError("grid_sampler(): modes are numbers from 0 to 2, but got interpolation_mode "
                           f"{interpolation_mode} and padding_mode {padding_mode}")
    if input.ndim == 5 and interpolation_mode == 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    need_float(input, "grid_sampler_2d_cpu" if input.ndim == 4 else "grid_sampler3d_cpu")
    if input._dtype_code != grid._dtype_code:
        raise RuntimeError(f"expected scalar type {cpp_name(input)} but found {cpp_name(grid)}")
    return _SAMPLERS[input.ndim](input, grid, interpolation_mode, padding_mode, bool(align_corners))


def _sampler_of(n):
    def sampler(input, grid, interpolation_mode, padding_mode, align_corners):
        if input.ndim != n + 2 or grid.ndim != n + 2:
            raise RuntimeError(
                f"grid_sampler(): expected {n + 2}D input and grid with same number of dimensions, but got input with "
                f"sizes {list(input.shape)} and grid with sizes "
                f"{list(grid.shape)}"
            )
        return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)

    sampler.__doc__ = f"grid_sampler of {n} dimensions; RuntimeError for others."
    op(f"grid_sampler_{n}d", method=False, out=False, tensors=["input", "grid"])(sampler)


for _n in (2, 3):
    _sampler_of(_n)


@op(namespace="nn.functional", out=False, tensors=["input", "grid"])
def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Values of (N, C, *) at the grid's positions in -1 .. 1 (x first). ValueError for other modes, RuntimeError for
    sizes that do not fit."""
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError("nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but "
                         f"got: '{mode}'")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError("nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
                         f"'reflection', but got: '{padding_mode}'")
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True "
            "if the old behavior is desired. "
            "See the documentation of grid_sample for details.",
            stacklevel=4,
        )
    return grid_sampler(input, grid, ("bilinear", "nearest", "bicubic").index(mode),
                        ("zeros", "border", "reflection").index(padding_mode), bool(align_corners))


def _base(n, align, like_tensor):
    place = {"dtype": like_tensor.dtype, "device": like_tensor.device}
    line = FUNCTIONS["linspace"](-1, 1, n, **place) if n > 1 else FUNCTIONS["zeros"](n, **place)
    return line if align else line * (n - 1) / n


@op(namespace="nn.functional", out=False, tensors=["theta"])
def affine_grid(theta, size, align_corners=None):
    """The grid (N, *, 2 or 3) of affine maps theta (N, 2, 3) or (N, 3, 4) for an output of `size`. ValueError or
    NotImplementedError for sizes that do not fit."""
    if align_corners is None:
        warnings.warn("Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. "
                      "Please specify align_corners=True "
                      "if the old behavior is desired. "
                      "See the documentation of grid_sample for details.", stacklevel=4)
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    size = wholes(tuple(size), "affine_grid", "size")
    if len(size) not in (4, 5):
        raise NotImplementedError("affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
                                  f"respectively. Got size {_shown(size)}.")
    k = len(size) - 2
    if theta.ndim != 3 or theta.shape[-2] != k or theta.shape[-1] != k + 1:
        raise ValueError(f"Expected a batch of {k}D affine matrices of shape Nx{k}x{k + 1} for size {_shown(size)}. "
                         f"Got {theta.shape}.")
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {_shown(size)}")
    return _affine(theta, size, bool(align_corners))


def _shown(size):
    return f"({', '.join(map(str, size))})"


def _affine(theta, size, align):
    k = len(size) - 2
    spatial = size[2:]
    parts = []
    for d in range(k - 1, -1, -1):  # x first
        shape = [1] * k
        shape[d] = spatial[d]
        parts.append(_base(spatial[d], align, theta).reshape(shape).expand(spatial))
    parts.append(FUNCTIONS["ones"](spatial, dtype=theta.dtype, device=theta.device))
    points = FUNCTIONS["stack"](parts, -1).reshape(1, -1, k + 1).expand(size[0], -1, -1)
    return points.bmm(theta.transpose(1, 2)).reshape(size[0], *spatial, k)


@op(method=False, out=False, tensors=["theta"])
def affine_grid_generator(theta, size, align_corners):
    """affine_grid without its checks."""
    return _affine(theta, wholes(tuple(size), "affine_grid_generator", "size"), bool(align_corners))
