"""Borders and windows: pad, fold and unfold, pixel and channel shuffles; embedding and one_hot under nn.functional."""
import mindtorch._C as _C
from mindtorch._core import layouts
from mindtorch._core.size import MOST, check_count, wholes
from mindtorch._core.codes import BOOL, INT64

from ..creation.casts import check_fill
from ..table.checks import known
from ..creation.factories import like
from ..shape.indexing import zeros
from .embedding import embedding
from ..shape.mutation import copied
from ..table.registry import With, composition, kernel_rows, op, public, register, run
from ..shape.joining import cat, flip, memory_format
from ..shape.views import narrow, reshape, wrap_dim

F = "nn.functional"


# ---- pad ----
def _pairs(pad, ndim):
    """[(dimension, before, after)] from torch's list, which begins with the last dimension."""
    return [(ndim - 1 - k, pad[2 * k], pad[2 * k + 1]) for k in range(len(pad) // 2)]


def _borders(pad, function):
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"{function}(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    return wholes(pad, function, "pad")


@op(out=False, method=False, grad={"input": lambda g, pad: constant_pad_nd(g, [-p for p in pad], 0)})
def constant_pad_nd(input, pad, value=0):
    """input with borders of a value; pad counts from the last dimension, negative numbers cut. RuntimeError when too
    much is cut."""
    pad = _borders(pad, "constant_pad_nd")
    if isinstance(value, (int, float, complex)):
        value = check_fill(value, input.dtype)
    elif value is None:
        raise TypeError("constant_pad_nd(): argument 'value' (position 3) must be Number, not NoneType")
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError("Length of pad should be no more than twice the number of dimensions of the input. Pad "
                           f"length is {len(pad)} while the input has {input.ndim} dimensions.")
    shape = list(input.shape)
    for d, before, after in _pairs(pad, input.ndim):
        shape[d] += before + after
        if shape[d] < 0 or (
            shape[d] == 0 and (before < 0 or after < 0) and -min(before, 0) - min(after, 0) > input.shape[d]
        ):
            raise RuntimeError(
                f"The input size {input.shape[d]}, plus negative padding {before} and {after} resulted in a negative "
                "output size, which is invalid. "
                f"Check dimension {d} of your input."
            )
    check_count(shape)
    out = _C.empty_strided(shape, layouts.dense_strides(shape, memory_format(input)), input._dtype_code,
                           input._device_code)
    run("fill", (out,), (value,))
    source, target = input, out
    for d, before, after in _pairs(pad, input.ndim):
        source = narrow(source, d, max(0, -before), source.shape[d] - max(0, -before) - max(0, -after))
        target = narrow(target, d, max(0, before), target.shape[d] - max(0, before) - max(0, after))
    if source._numel:
        run("copy", (target, source))
    return out


def _bordered(x, d, before, after, mode):
    """One dimension with borders taken from x itself."""
    n = x.shape[d]
    middle = x if before >= 0 and after >= 0 else narrow(x, d, max(0, -before), n - max(0, -before) - max(0, -after))
    parts = [middle]
    if mode == "reflect":
        first, last = (lambda: flip(narrow(x, d, 1, before),
                                    (d,))), (lambda: flip(narrow(x, d, n - 1 - after, after), (d,)))
    elif mode == "replicate":
        spread = lambda start, count: narrow(x, d, start,
                                             1).expand([count if k == d else s for k, s in enumerate(x.shape)])
        first, last = (lambda: spread(0, before)), (lambda: spread(n - 1, after))
    else:
        n = middle.shape[d]
        if not n:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        if before > n or after > n:  # a cut left too little: round and round
            places = public.tensor([i % n for i in range(-max(before, 0), n + max(after, 0))], device=x.device)
            return public.index_select(middle, d, places)
        first, last = (lambda: narrow(middle, d, n - before, before)), (lambda: narrow(middle, d, 0, after))
    if before > 0:
        parts.insert(0, first())
    if after > 0:
        parts.append(last())
    return cat(parts, d) if len(parts) > 1 else middle


@op(method=False, out=False, namespace=F)
def pad(input, pad, mode="constant", value=None):
    """input with borders: mode constant (with a value), reflect, replicate or circular; pad counts from the last
    dimension."""
    pad = _borders(pad, "pad")
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError("Padding length should be less than or equal to two times the input dimension but got "
                           f"padding length {len(pad)} and input of dimension {input.ndim}")
    if mode == "constant":
        return constant_pad_nd(input, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    k = len(pad) // 2
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if not 1 <= k <= 3 or input.ndim not in (k + 1, k + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor. Supported combinations for "
            "non-constant padding: "
            "2D or 3D input: padding size = 2 (pads last dimension), 3D or 4D input: padding size = 4 (pads last 2 "
            "dimensions), "
            "4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    pairs = _pairs(pad, input.ndim)
    batched = input.ndim == k + 2
    if mode != "circular" and 0 in (input.shape[1:] if batched else input.shape):
        raise RuntimeError(f"Expected {k + 1}D or {k + 2}D (batch mode) tensor with possibly 0 batch size and other "
                           f"non-zero dimensions for input, but got: {list(input.shape)}")
    for d, before, after in pairs:
        n = input.shape[d]
        if mode == "reflect" and (before >= n or after >= n):
            raise RuntimeError(
                f"Argument #{4 + 2 * (input.ndim - 1 - d)}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({before}, {after}) at dimension "
                f"{d} of input {list(input.shape)}"
            )
        if mode == "circular" and (before > n or after > n):
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < (0 if mode == "circular" else 1):
            raise RuntimeError("Negative padding value is resulting in an empty dimension" if mode == "circular" else
                               f"input (size: {n}) is too small. Calculated output size: {n + before + after}")
    made = input
    for d, before, after in pairs:
        if before or after:
            made = _bordered(made, d, before, after, mode)
    made = made.clone() if made is input or made._base is not None else made
    return made if mode == "circular" else made.contiguous(memory_format=memory_format(input))


# ---- windows ----
def _pair(v, name):
    v = wholes(v, "unfold", name)
    values = (v, v) if type(v) is int else v
    if len(values) == 1:
        values *= 2
    if len(values) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(values)}")
    return values


def _geometry(kernel_size, dilation, padding, stride):
    k, d, p, s = _pair(kernel_size, "kernel_size"), _pair(dilation,
                                                          "dilation"), _pair(padding,
                                                                             "padding"), _pair(stride, "stride")
    for name, v, least in (("kernel size", k, 1), ("dilation", d, 1), ("padding", p, 0), ("stride", s, 1)):
        if min(v) < least:
            word = name.replace(" ", "_")
            raise RuntimeError(f"{name} should be {'greater than zero' if least else 'non-negative'}, but got "
                               f"{word}_height: {v[0]} {word}_width: {v[1]}")
    return k, d, p, s


def _blocks(size, k, d, p, s):
    return tuple((n + 2 * b - c * (a - 1) - 1) // e + 1 for n, a, c, b, e in zip(size, k, d, p, s))


def _dense(t):
    return t if t._contiguous else copied(t)


@op("unfold", method=False, function=False, out=False, namespace=F, node="Im2ColBackward0", grad={
    "input": lambda g, size, kernel_size, dilation, padding,
    stride: fold(g, size, kernel_size, dilation, padding, stride)})
def im2col(input, kernel_size, dilation=1, padding=0, stride=1):
    """Sliding windows of [N, C, H, W] (or [C, H, W]) as columns: [N, C * kernel, windows]."""
    k, d, p, s = _geometry(kernel_size, dilation, padding, stride)
    wrap_dim(2, input.ndim)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError("Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
                           f"dimensions for input, but got: {list(input.shape)}")
    if not (input.dtype.is_floating_point or input.dtype.is_complex or input._dtype_code == BOOL):
        names = {'int64': 'Long', 'int32': 'Int', 'int16': 'Short', 'int8': 'Char', 'uint8': 'Byte'}
        raise NotImplementedError("\"im2col_out_cpu\" not implemented for "
                                  f"'{names.get(input.dtype._name, input.dtype._name)}'")
    size = tuple(input.shape[-2:])
    out_h, out_w = _blocks(size, k, d, p, s)
    if out_h < 1 or out_w < 1:
        raise RuntimeError(
            f"Given input with spatial size {size}, kernel_size={k}, dilation={d}, padding={p}, calculated shape of "
            f"the array of sliding blocks as ({out_h}, {out_w}), but its "
            "components must be at least one."
        )
    lead, channels = tuple(input.shape[:-3]), input.shape[-3]
    out = like(input, (*lead, channels * k[0] * k[1], out_h * out_w))
    n = lead[0] if lead else 1
    dense = _dense(input)
    run(
        "im2col",
        (
            _C.strided(out, (n, *out.shape[-2:]), layouts.dense_strides((n, *out.shape[-2:])), 0, -1),
            _C.strided(dense, (n, channels, *size), layouts.dense_strides((n, channels, *size)), dense._offset, -1),
        ),
        ((channels, *size, *k, *d, *p, *s, out_h, out_w),),
    )
    return With(out, size=size)


@op(method=False, function=False, out=False, namespace=F, node="Col2ImBackward0", grad={
    "input": lambda g, kernel_size, dilation, padding, stride: im2col(g, kernel_size, dilation, padding, stride)})
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns [N, C * kernel, windows] (or without N) added up at their places in [N, C, *output_size]."""
    size = _pair(output_size, "output_size")
    k, d, p, s = _geometry(kernel_size, dilation, padding, stride)
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError("Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
                           f"dimensions for input, but got: {list(input.shape)}")
    rows = input.shape[-2]
    if rows % (k[0] * k[1]):
        raise RuntimeError("Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
                           f"got input.size(1)={rows} and kernel_size={k}.")
    out_h, out_w = _blocks(size, k, d, p, s)
    given = f"Given output_size={size}, kernel_size={k}, dilation={d}, padding={p}, stride={s}, expected "
    if input.shape[-1] != out_h * out_w:
        raise RuntimeError(f"{given}size of input's dimension 2 to match the calculated number of sliding blocks "
                           f"{out_h} * {out_w} = {out_h * out_w}, but got input.size(2)={input.shape[-1]}.")
    if out_h < 1 or out_w < 1:
        raise RuntimeError(f"{given}calculated shape of the array of sliding blocks as ({out_h}, {out_w}), which is "
                           "too small (non-positive)")
    channels, lead = rows // (k[0] * k[1]), tuple(input.shape[:-2])
    out = like(input, (*lead, channels, *size))
    n = lead[0] if lead else 1
    dense = _dense(input)
    run("col2im", (_C.strided(out, (n, channels, *size), layouts.dense_strides((n, channels, *size)), 0, -1),
                   _C.strided(dense, (n, rows, out_h * out_w), layouts.dense_strides((n, rows, out_h * out_w)),
                              dense._offset, -1)), ((channels, *size, *k, *d, *p, *s, out_h, out_w),))
    return out


kernel_rows(columns_to_image="aclnnIm2colBackward T1 I0 I1 I2 I3 I4 T0")


@composition("im2col")
def _windows_on_device(tensors, scalars):
    """A copy of overlapping windows: Ascend's own operator is documented for one image, and owners report that it
    fails."""
    out, x = tensors
    _, h, w, kh, kw, dh, dw, ph, pw, sh, sw, rows, columns = scalars[0]
    if ph or pw:
        x = constant_pad_nd(x, (pw, pw, ph, ph))
    n, c, down, right = x._strides
    windows = _C.strided(x, (*x.shape[:2], kh, kw, rows, columns), (n, c, down * dh, right * dw, down * sh, right * sw),
                         x._offset, -1)
    run("copy", (_C.strided(out, windows.shape, layouts.dense_strides(windows.shape), out._offset, -1), windows))


@composition("col2im")
def _image_on_device(tensors, scalars):
    _, h, w, kh, kw, dh, dw, ph, pw, sh, sw, _, _ = scalars[0]
    run("columns_to_image", tensors, ((h, w), (kh, kw), (dh, dw), (ph, pw), (sh, sw)))


# ---- shuffles: also under torch ----
def _both(function):
    op(method=False, out=False, namespace=F)(function)
    return op(method=False, out=False)(function)


def _check_shuffle(input, name, r, word):
    if input.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} "
                           "dimension(s)")
    if r <= 0:
        raise RuntimeError(f"{name} expects a positive {word}, but got {r}")


@_both
def pixel_shuffle(input, upscale_factor):
    """[*, C * r * r, H, W] as [*, C, H * r, W * r]."""
    r = upscale_factor
    _check_shuffle(input, "pixel_shuffle", r, "upscale_factor")
    if r * r > MOST:
        raise ValueError(f"upscale factor is too large, (upscale_factor)^2 overflowed: upscale_factor={r}")
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise RuntimeError("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                           f"upscale_factor, but input.size(-3)={c} is not divisible by {r * r}")
    n = len(lead)
    split = reshape(input, (*lead, c // (r * r), r, r, h, w))
    made = split.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2).clone(memory_format=layouts.contiguous_format)
    return reshape(made, (*lead, c // (r * r), h * r, w * r)).contiguous(memory_format=memory_format(input))


@_both
def pixel_unshuffle(input, downscale_factor):
    """[*, C, H * r, W * r] as [*, C * r * r, H, W]."""
    r = downscale_factor
    _check_shuffle(input, "pixel_unshuffle", r, "downscale_factor")
    *lead, c, h, w = input.shape
    for name, d, v in (("height", -2, h), ("width", -1, w)):
        if v % r:
            raise RuntimeError(f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                               f"input.size({d})={v} is not divisible by {r}")
    n = len(lead)
    split = reshape(input, (*lead, c, h // r, r, w // r, r))
    made = split.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3).clone(memory_format=layouts.contiguous_format)
    return reshape(made, (*lead, c * r * r, h // r, w // r)).contiguous(memory_format=memory_format(input))


@_both
def channel_shuffle(input, groups):
    """Channels of [N, C, *] regrouped: from [groups, C / groups] to [C / groups, groups]."""
    if input.ndim <= 2:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    n, c, *rest = input.shape
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if c % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")
    return reshape(reshape(input,
                           (n, groups, c // groups,
                            *rest)).transpose(1, 2).clone(memory_format=layouts.contiguous_format),
                            (n, c, *rest)).contiguous(memory_format=memory_format(input))


register("native_channel_shuffle", channel_shuffle, method=False, family="padding")


# ---- embedding ----
@op("embedding_renorm_", method=False, out=False)
def embedding_renorm_(weight, indices, max_norm, norm_type):
    """Scale the rows that indices name down to a norm of at most max_norm, in place."""
    _C.check_inplace(weight)
    if weight.ndim != 2:
        raise RuntimeError(f"Expected 2-dimensional tensor, but got {weight.ndim}-dimensional tensor for argument #1 "
                           "'self' (while checking arguments for embedding_renorm_)")
    rows = sorted(set(indices.reshape(-1).tolist())) if known(indices) else []
    if not rows:
        return weight
    chosen = public.tensor(rows, device=weight.device)
    part = public.index_select(_C.detach(weight), 0, chosen)
    length = part.norm(norm_type, 1, True).double()  # a half's norm is a half, but its reciprocal is taken in double
    scale = public.where(length > max_norm, max_norm / (length + 1e-7), public.ones_like(length))
    return weight.index_copy_(0, chosen, part * scale.to(part.dtype))


@op("embedding", method=False, function=False, out=False, namespace=F, tensors=["input", "weight"])
def functional_embedding(
    input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False
):
    """Rows of weight at the int64 or int32 positions in input; padding_idx gets no gradient, rows longer than max_norm
    are
    scaled down in place first. IndexError out of range; sparse=True raises NotImplementedError."""
    if padding_idx is not None:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx = padding_idx + rows if padding_idx < 0 else padding_idx
    if max_norm is not None:
        mode = _C.is_grad_enabled()
        _C.set_grad_enabled(False)
        try:
            embedding_renorm_(weight, input, max_norm, norm_type)
        finally:
            _C.set_grad_enabled(mode)
    return embedding(weight, input, -1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)


@op(method=False, function=False, out=False, namespace=F)
def one_hot(tensor, num_classes=-1):
    """int64 vectors with a one at each class; num_classes -1 means one more than the largest. RuntimeError for classes
    outside."""
    if tensor._dtype_code != INT64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not tensor._numel:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return like(tensor, (*tensor.shape, num_classes))
    if tensor._device_code >= 0 and tensor.min().item() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(tensor.max().item()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif tensor._device_code >= 0 and tensor.max().item() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    check_count((*tensor.shape, num_classes))
    out = zeros(tensor, (*tensor.shape, num_classes))
    return out.scatter_(-1, tensor.unsqueeze(-1), 1)


# ---- less known relatives ----
@op("_unsafe_masked_index", method=False, out=False)
def _unsafe_masked_index(input, mask, indices, fill):
    """input[indices] where the mask holds (elsewhere the indices may be out of range), else fill."""
    return _clamped(input, mask, indices, lambda safe: input[safe]).masked_fill(~mask, fill)


def _clamped(input, mask, indices, use):
    safe = tuple(slice(None) if i is None else i.clamp(-n, n - 1) if n else i for i, n in zip(indices, input.shape))
    return use(safe)


@op("_unsafe_masked_index_put_accumulate", method=False, out=False)
def _unsafe_masked_index_put_accumulate(input, mask, indices, values):
    """input with values added at indices where the mask holds."""
    if not input._numel:
        return input.clone()
    return _clamped(input, mask, indices,
                    lambda safe: input.index_put(tuple(None if isinstance(s, slice) else s for s in safe),
                                                 values.masked_fill(~mask, 0), accumulate=True))


@op("_chunk_cat", method=False)
def _chunk_cat(tensors, dim, num_chunks):
    """Every tensor padded and cut into num_chunks along dim, the chunks of all tensors side by side: [..., num_chunks,
    -1]."""
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    dim = wrap_dim(dim, tensors[0].ndim)
    for t in tensors:
        if t.ndim <= dim or not t._numel:
            raise RuntimeError("_chunk_cat expects non-empty tensors with more dimensions than dim")
        if t._dtype_code != tensors[0]._dtype_code:
            raise RuntimeError("_chunk_cat expects all input tensors to have the same dtype")
        if t.shape[:dim] != tensors[0].shape[:dim]:
            raise RuntimeError("_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors")
    parts = []
    for t in tensors:
        size = -(-t.shape[dim] // num_chunks) * num_chunks
        padded = constant_pad_nd(t, [0, 0] * (t.ndim - dim - 1) + [0, size - t.shape[dim]])
        parts.append(reshape(padded, (*t.shape[:dim], num_chunks, -1)))
    return cat(parts, dim + 1)
