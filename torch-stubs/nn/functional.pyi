# Written by `make stubs` from the finished namespace; don't edit.
"""torch.nn.functional: the op families' entries, and the torch functions that it shows too."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class ScalingType:
    """How scales belong to a matrix."""
    TensorWise: ClassVar[Any]
    RowWise: ClassVar[Any]
    BlockWise1x16: ClassVar[Any]
    BlockWise1x32: ClassVar[Any]
    BlockWise1x128: ClassVar[Any]
    BlockWise128x128: ClassVar[Any]

class SwizzleType:
    """How scales are stored."""
    NO_SWIZZLE: ClassVar[Any]
    SWIZZLE_32_4_4: ClassVar[Any]
from torch import adaptive_avg_pool1d as adaptive_avg_pool1d
def adaptive_avg_pool2d(input: Tensor, output_size: OptionalInts) -> Tensor:
    """Mean over windows that divide 2 dimensions into output_size parts (None keeps a size)."""
    ...
def adaptive_avg_pool3d(input: Tensor, output_size: OptionalInts) -> Tensor:
    """Mean over windows that divide 3 dimensions into output_size parts (None keeps a size)."""
    ...
@overload
def adaptive_max_pool1d(input: Tensor, output_size: OptionalInts, return_indices: Literal[False] = False) -> Tensor:
    """Largest element of windows that divide 1 dimensions into output_size parts (None keeps a size)."""
    ...
@overload
def adaptive_max_pool1d(input: Tensor, output_size: OptionalInts, return_indices: Literal[True] = ...) -> tuple[Tensor, Tensor]: ...
def adaptive_max_pool1d_with_indices(input: Tensor, output_size: OptionalInts, return_indices: Bool = False) -> Tensor:
    """Largest element of windows that divide 1 dimensions into output_size parts (None keeps a size)."""
    ...
@overload
def adaptive_max_pool2d(input: Tensor, output_size: OptionalInts, return_indices: Literal[False] = False) -> Tensor:
    """Largest element of windows that divide 2 dimensions into output_size parts (None keeps a size)."""
    ...
@overload
def adaptive_max_pool2d(input: Tensor, output_size: OptionalInts, return_indices: Literal[True] = ...) -> tuple[Tensor, Tensor]: ...
def adaptive_max_pool2d_with_indices(input: Tensor, output_size: OptionalInts, return_indices: Bool = False) -> Tensor:
    """Largest element of windows that divide 2 dimensions into output_size parts (None keeps a size)."""
    ...
@overload
def adaptive_max_pool3d(input: Tensor, output_size: OptionalInts, return_indices: Literal[False] = False) -> Tensor:
    """Largest element of windows that divide 3 dimensions into output_size parts (None keeps a size)."""
    ...
@overload
def adaptive_max_pool3d(input: Tensor, output_size: OptionalInts, return_indices: Literal[True] = ...) -> tuple[Tensor, Tensor]: ...
def adaptive_max_pool3d_with_indices(input: Tensor, output_size: OptionalInts, return_indices: Bool = False) -> Tensor:
    """Largest element of windows that divide 3 dimensions into output_size parts (None keeps a size)."""
    ...
def affine_grid(theta: Any, size: Any, align_corners: Bool | None = None) -> Tensor:
    """The grid (N, *, 2 or 3) of affine maps theta (N, 2, 3) or (N, 3, 4) for an output of `size`. ValueError or
    NotImplementedError for sizes that do not fit."""
    ...
def alpha_dropout(input: Tensor, p: Any = 0.5, training: Bool = False, inplace: Bool = False) -> Tensor:
    """Dropout to the saturation value of selu, which keeps mean and variance. ValueError for p outside 0 .. 1."""
    ...
def avg_pool1d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, ceil_mode: Bool = False, count_include_pad: Bool = True) -> Tensor:
    """Mean of every window over 1 dimensions of [N, C, ...] (N optional)."""
    ...
def avg_pool2d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, ceil_mode: Bool = False, count_include_pad: Bool = True, divisor_override: Int | None = None, *, out: Any = None) -> Tensor:
    """Mean of every window over 2 dimensions of [N, C, ...] (N optional)."""
    ...
def avg_pool3d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, ceil_mode: Bool = False, count_include_pad: Bool = True, divisor_override: Int | None = None, *, out: Any = None) -> Tensor:
    """Mean of every window over 3 dimensions of [N, C, ...] (N optional)."""
    ...
def batch_norm(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | Number | None = None, bias: Tensor | None = None, training: Bool = False, momentum: Float = 0.1, eps: Float = 1e-05) -> Tensor:
    """Channels to mean 0 and variance 1 by the batch's or the running statistics. ValueError for one value a channel in
    training."""
    ...
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor | Number, bias: Tensor | None = None) -> Tensor:
    """x1 W x2 + b for every output: [..., i], [..., j] and [out, i, j] to [..., out]."""
    ...
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | Number | None = None, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """-(y log x + (1 - y) log(1 - x)) of probabilities x; logarithms are at least -100. ValueError for different sizes,
    RuntimeError outside 0 .. 1."""
    ...
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | Number | None = None, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean', pos_weight: Tensor | None = None) -> Tensor:
    """binary_cross_entropy of sigmoid(input), without its loss of precision; pos_weight multiplies the first term.
    ValueError for different sizes."""
    ...
def celu(input: Tensor, alpha: Number = 1.0, inplace: Bool = False) -> Tensor:
    """Element-wise celu; inplace writes into the input."""
    ...
def celu_(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """In-place celu."""
    ...
def channel_shuffle(input: Tensor, groups: Int) -> Tensor:
    """Channels of [N, C, *] regrouped: from [groups, C / groups] to [C / groups, groups]."""
    ...
from torch import conv1d as conv1d
from torch import conv2d as conv2d
from torch import conv3d as conv3d
from torch import conv_tbc as conv_tbc
from torch import conv_transpose1d as conv_transpose1d
from torch import conv_transpose2d as conv_transpose2d
from torch import conv_transpose3d as conv_transpose3d
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: Float = 0, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1. RuntimeError for sizes that do
    not fit."""
    ...
from torch import cosine_similarity as cosine_similarity
def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, ignore_index: Int = -100, reduce: Any = None, reduction: Str = 'mean', label_smoothing: Float = 0.0) -> Tensor:
    """-log softmax(input) at the target class of (N, C, *), or summed with the target's probabilities when shapes
    agree. IndexError for a class out of bounds."""
    ...
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: Int = 0, reduction: Str = 'mean', zero_infinity: Bool = False) -> Tensor:
    """Connectionist temporal classification of log-probabilities (T, N, C) or (T, C); "mean" divides by the target
    lengths first."""
    ...
def dropout(input: Tensor, p: Any = 0.5, training: Bool = True, inplace: Bool = False) -> Tensor:
    """Zeros with probability p, the rest divided by 1 - p; the input itself unless train. ValueError for p outside 0 .. 1."""
    ...
def dropout1d(input: Tensor, p: Any = 0.5, training: Bool = True, inplace: Bool = False) -> Tensor:
    """dropout of whole channels of (N, C, *). ValueError for p outside 0 .. 1."""
    ...
def dropout2d(input: Tensor, p: Any = 0.5, training: Bool = True, inplace: Bool = False) -> Tensor:
    """dropout of whole channels of (N, C, *). ValueError for p outside 0 .. 1."""
    ...
def dropout3d(input: Tensor, p: Any = 0.5, training: Bool = True, inplace: Bool = False) -> Tensor:
    """dropout of whole channels of (N, C, *). ValueError for p outside 0 .. 1."""
    ...
def elu(input: Tensor, alpha: Number = 1.0, inplace: Bool = False) -> Tensor:
    """Element-wise elu; inplace writes into the input."""
    ...
def elu_(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """In-place elu."""
    ...
def embedding(input: Tensor, weight: Tensor, padding_idx: Any = None, max_norm: Float | None = None, norm_type: Float = 2.0, scale_grad_by_freq: Bool = False, sparse: Bool = False) -> Tensor:
    """Rows of weight at the int64 or int32 positions in input; padding_idx gets no gradient, rows longer than max_norm
    are
    scaled down in place first. IndexError out of range; sparse=True raises NotImplementedError."""
    ...
def embedding_bag(input: Tensor, weight: Tensor | Number, offsets: Tensor | None = None, max_norm: Float | None = None, norm_type: Float = 2, scale_grad_by_freq: Bool = False, mode: Str = 'mean', sparse: Bool = False, per_sample_weights: Tensor | None = None, include_last_offset: Bool = False, padding_idx: Any = None) -> Tensor:
    """Rows of weight summed, averaged or maximised over bags of indices: the rows of a matrix, or what begins at each
    offset. Empty bags give zeros."""
    ...
def feature_alpha_dropout(input: Tensor, p: Any = 0.5, training: Bool = False, inplace: Bool = False) -> Tensor:
    """alpha_dropout of whole channels of (N, C, *). ValueError for p outside 0 .. 1."""
    ...
def fold(input: Tensor, output_size: OptionalInts, kernel_size: Ints, dilation: Ints = 1, padding: Ints | Str = 0, stride: Ints = 1) -> Tensor:
    """Columns [N, C * kernel, windows] (or without N) added up at their places in [N, C, *output_size]."""
    ...
@overload
def fractional_max_pool2d(input: Tensor, kernel_size: Ints, output_size: OptionalInts | None = None, output_ratio: Floats | None = None, return_indices: Literal[False] = False, _random_samples: Any = None) -> Tensor:
    """Largest element of windows whose places over 2 dimensions are pseudo-random; _random_samples [N, C, 2] fixes them."""
    ...
@overload
def fractional_max_pool2d(input: Tensor, kernel_size: Ints, output_size: OptionalInts | None = None, output_ratio: Floats | None = None, return_indices: Literal[True] = ..., _random_samples: Any = None) -> tuple[Tensor, Tensor]: ...
def fractional_max_pool2d_with_indices(input: Tensor, kernel_size: Ints, output_size: OptionalInts | None = None, output_ratio: Floats | None = None, return_indices: Bool = False, _random_samples: Any = None) -> Tensor:
    """Largest element of windows whose places over 2 dimensions are pseudo-random; _random_samples [N, C, 2] fixes them."""
    ...
@overload
def fractional_max_pool3d(input: Tensor, kernel_size: Ints, output_size: OptionalInts | None = None, output_ratio: Floats | None = None, return_indices: Literal[False] = False, _random_samples: Any = None) -> Tensor:
    """Largest element of windows whose places over 3 dimensions are pseudo-random; _random_samples [N, C, 3] fixes them."""
    ...
@overload
def fractional_max_pool3d(input: Tensor, kernel_size: Ints, output_size: OptionalInts | None = None, output_ratio: Floats | None = None, return_indices: Literal[True] = ..., _random_samples: Any = None) -> tuple[Tensor, Tensor]: ...
def fractional_max_pool3d_with_indices(input: Tensor, kernel_size: Ints, output_size: OptionalInts | None = None, output_ratio: Floats | None = None, return_indices: Bool = False, _random_samples: Any = None) -> Tensor:
    """Largest element of windows whose places over 3 dimensions are pseudo-random; _random_samples [N, C, 3] fixes them."""
    ...
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor, full: Bool = False, eps: Float = 1e-06, reduction: Str = 'mean') -> Tensor:
    """Negative log likelihood of normal numbers of mean `input` and variance `var` (at least eps). ValueError for a
    negative variance or sizes that do not fit."""
    ...
def gelu(input: Tensor, *, approximate: Str = 'none', out: Any = None) -> Tensor:
    """x Phi(x), exact or by tanh; RuntimeError for other values of approximate."""
    ...
def glu(input: Tensor, dim: Int = -1, *, out: Any = None) -> Tensor:
    """First half times sigmoid of the second half along dim; RuntimeError for an odd size or no dimension."""
    ...
def grid_sample(input: Tensor, grid: Tensor, mode: Str = 'bilinear', padding_mode: Str = 'zeros', align_corners: Bool | None = None) -> Tensor:
    """Values of (N, C, *) at the grid's positions in -1 .. 1 (x first). ValueError for other modes, RuntimeError for
    sizes that do not fit."""
    ...
def group_norm(input: Tensor, num_groups: Int, weight: Tensor | Number | None = None, bias: Tensor | None = None, eps: Float = 1e-05) -> Tensor:
    """Groups of channels to mean 0 and variance 1, times weight plus bias. ValueError for groups of one value."""
    ...
def grouped_mm(mat_a: Any, mat_b: Any, *, offs: Any = None, bias: Tensor | None = None, out_dtype: Any = None) -> Tensor:
    """Products of groups of rows, columns or batches (see torch._grouped_mm)."""
    ...
def gumbel_softmax(logits: Any, tau: Tensor = 1, hard: Bool = False, eps: Float = 1e-10, dim: Int = -1) -> Tensor:
    """softmax of (logits + Gumbel noise) / tau; with `hard` one-hot vectors that have the soft ones' gradient."""
    ...
from torch import hardshrink as hardshrink
def hardsigmoid(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise hardsigmoid; inplace writes into the input."""
    ...
def hardswish(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise hardswish; inplace writes into the input."""
    ...
def hardtanh(input: Tensor, min_val: Float = -1.0, max_val: Float = 1.0, inplace: Bool = False) -> Tensor:
    """Element-wise hardtanh; inplace writes into the input."""
    ...
def hardtanh_(input: Tensor, min_val: Float = -1.0, max_val: Float = 1.0) -> Tensor:
    """In-place hardtanh."""
    ...
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: Float = 1.0, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1."""
    ...
def huber_loss(input: Tensor, target: Tensor, reduction: Str = 'mean', delta: Float = 1.0, weight: Tensor | Number | None = None) -> Tensor:
    """Half squares of differences below delta, delta * (absolute value - delta / 2) above. RuntimeError for a delta
    that is not positive."""
    ...
def instance_norm(input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | Number | None = None, bias: Tensor | None = None, use_input_stats: Bool = True, momentum: Float = 0.1, eps: Float = 1e-05) -> Tensor:
    """Channels of each sample to mean 0 and variance 1. ValueError for channels of one element."""
    ...
def interpolate(input: Tensor, size: Any = None, scale_factor: Floats | None = None, mode: Str = 'nearest', align_corners: Bool | None = None, recompute_scale_factor: Bool | None = None, antialias: Bool = False) -> Tensor:
    """Resize the spatial dimensions of (N, C, *) to `size` or by `scale_factor`; modes nearest, nearest-exact, linear,
    bilinear, trilinear, bicubic, area, lanczos.
    ValueError for arguments that do not go together, NotImplementedError for modes of other dimensions."""
    ...
def kl_div(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean', log_target: Bool = False) -> Tensor:
    """Kullback-Leibler divergence target * (log target - input), of log-probabilities `input`; "batchmean" divides the
    sum by the batch size."""
    ...
def l1_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean', weight: Tensor | Number | None = None) -> Tensor:
    """Absolute differences: their mean, sum, or all of them."""
    ...
def layer_norm(input: Tensor, normalized_shape: Ints, weight: Tensor | Number | None = None, bias: Tensor | None = None, eps: Float = 1e-05) -> Tensor:
    """Samples to mean 0 and variance 1 over the last dimensions, times weight plus bias."""
    ...
def leaky_relu(input: Tensor, negative_slope: Float = 0.01, inplace: Bool = False) -> Tensor:
    """Element-wise leaky_relu; inplace writes into the input."""
    ...
def leaky_relu_(input: Tensor, negative_slope: Float = 0.01) -> Tensor:
    """In-place leaky_relu."""
    ...
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Any = None) -> Tensor:
    """input @ weight.T + bias: [..., in] and [out, in] to [..., out]; RuntimeError when sizes or dtypes do not fit."""
    ...
def linear_cross_entropy(input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None, weight: Tensor | Number | None = None, reduction: Str = 'mean', ignore_index: Any = None, label_smoothing: Float = 0.0, options: Any = None) -> Tensor:
    """cross_entropy of linear(input, linear_weight, linear_bias) for a vector or a matrix of inputs. `options` says how
    to save memory: nothing is
    chunked here, but halves are then computed in float32 where the reference's chunks are."""
    ...
def local_response_norm(input: Tensor, size: Any, alpha: Number = 0.0001, beta: Number = 0.75, k: Any = 1.0) -> Tensor:
    """Elements divided by (k + alpha * mean of the squares of `size` neighbouring channels) ** beta."""
    ...
def log_softmax(input: Tensor, dim: Int | None = None, _stacklevel: Int = 3, dtype: DType | None = None) -> Tensor:
    """log_softmax along dim, in dtype when that is given."""
    ...
from torch.distributions.negative_binomial import logsigmoid as logsigmoid
def lp_pool1d(input: Tensor, norm_type: Float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: Bool = False) -> Tensor:
    """p-norm of every window over 1 dimensions of [N, C, ...]: the root of the sum of powers."""
    ...
def lp_pool2d(input: Tensor, norm_type: Float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: Bool = False) -> Tensor:
    """p-norm of every window over 2 dimensions of [N, C, ...]: the root of the sum of powers."""
    ...
def lp_pool3d(input: Tensor, norm_type: Float, kernel_size: Ints, stride: Ints | None = None, ceil_mode: Bool = False) -> Tensor:
    """p-norm of every window over 3 dimensions of [N, C, ...]: the root of the sum of powers."""
    ...
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: Float = 0, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """max(0, -target * (input1 - input2) + margin). RuntimeError for different numbers of dimensions."""
    ...
@overload
def max_pool1d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Largest element of every window over 1 dimensions of [N, C, ...] (N optional); with return_indices also its flat place."""
    ...
@overload
def max_pool1d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Literal[True] = ...) -> tuple[Tensor, Tensor]: ...
def max_pool1d_with_indices(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Bool = False) -> Tensor:
    """Largest element of every window over 1 dimensions of [N, C, ...] (N optional); with return_indices also its flat place."""
    ...
@overload
def max_pool2d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Largest element of every window over 2 dimensions of [N, C, ...] (N optional); with return_indices also its flat place."""
    ...
@overload
def max_pool2d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Literal[True] = ...) -> tuple[Tensor, Tensor]: ...
def max_pool2d_with_indices(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Bool = False) -> Tensor:
    """Largest element of every window over 2 dimensions of [N, C, ...] (N optional); with return_indices also its flat place."""
    ...
@overload
def max_pool3d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Literal[False] = False) -> Tensor:
    """Largest element of every window over 3 dimensions of [N, C, ...] (N optional); with return_indices also its flat place."""
    ...
@overload
def max_pool3d(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Literal[True] = ...) -> tuple[Tensor, Tensor]: ...
def max_pool3d_with_indices(input: Tensor, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, dilation: Ints = 1, ceil_mode: Bool = False, return_indices: Bool = False) -> Tensor:
    """Largest element of every window over 3 dimensions of [N, C, ...] (N optional); with return_indices also its flat place."""
    ...
def max_unpool1d(input: Tensor, indices: Any, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, output_size: OptionalInts | None = None) -> Tensor:
    """Puts elements of [N, C, ...] back to the places that max_pool1d with indices gave, zeros elsewhere."""
    ...
def max_unpool2d(input: Tensor, indices: Any, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, output_size: OptionalInts | None = None) -> Tensor:
    """Puts elements of [N, C, ...] back to the places that max_pool2d with indices gave, zeros elsewhere."""
    ...
def max_unpool3d(input: Tensor, indices: Any, kernel_size: Ints, stride: Ints | None = None, padding: Ints | Str = 0, output_size: OptionalInts | None = None) -> Tensor:
    """Puts elements of [N, C, ...] back to the places that max_pool3d with indices gave, zeros elsewhere."""
    ...
def mish(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise mish; inplace writes into the input."""
    ...
def mse_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean', weight: Tensor | Number | None = None) -> Tensor:
    """Squared differences: their mean, sum, or all of them."""
    ...
def multi_head_attention_forward(query: Tensor, key: Any, value: Tensor | Number, embed_dim_to_check: Any, num_heads: Int, in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor, bias_v: Tensor, add_zero_attn: Any, dropout_p: Any, out_proj_weight: Tensor, out_proj_bias: Tensor, training: Bool = True, key_padding_mask: Any = None, need_weights: Bool = True, attn_mask: Tensor | None = None, use_separate_proj_weight: Bool = False, q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None, static_k: Any = None, static_v: Any = None, average_attn_weights: Bool = True, is_causal: Bool = False) -> tuple[Tensor, Tensor | None]:
    """(attention of (L, N, E) queries, its weights or None). Masks are True or -inf where attention must not look;
    sizes that do not fit raise AssertionError."""
    ...
def multi_margin_loss(input: Tensor, target: Tensor, p: Any = 1, margin: Float = 1.0, weight: Tensor | Number | None = None, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """Mean over the other classes of max(0, margin - x[target] + x[i]) ** p, p in (1, 2). ValueError for other p."""
    ...
def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """Mean of max(0, 1 - x[target] + x[other]) over a row's targets (up to the first -1) and its other classes."""
    ...
def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Tensor | Number | None = None, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """Binary cross entropy with logits, averaged over the classes."""
    ...
from torch import native_channel_shuffle as native_channel_shuffle
def nll_loss(input: Tensor, target: Tensor, weight: Tensor | Number | None = None, size_average: Any = None, ignore_index: Int = -100, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """-weight * log-probability of the target class of (N, C, *). IndexError for a class out of bounds."""
    ...
def normalize(input: Tensor, p: Any = 2.0, dim: Int = 1, eps: Float = 1e-12, *, out: Any = None) -> Tensor:
    """Vectors along dim divided by their p-norm, or by eps when that is larger."""
    ...
def one_hot(tensor: Tensor, num_classes: Int = -1) -> Tensor:
    """int64 vectors with a one at each class; num_classes -1 means one more than the largest. RuntimeError for classes
    outside."""
    ...
def pad(input: Tensor, pad: Sequence[Int], mode: Str = 'constant', value: Tensor | Number | None = None) -> Tensor:
    """input with borders: mode constant (with a value), reflect, replicate or circular; pad counts from the last
    dimension."""
    ...
from torch import pairwise_distance as pairwise_distance
from torch import pdist as pdist
def pixel_shuffle(input: Tensor, upscale_factor: Any) -> Tensor:
    """[*, C * r * r, H, W] as [*, C, H * r, W * r]."""
    ...
def pixel_unshuffle(input: Tensor, downscale_factor: Any) -> Tensor:
    """[*, C, H * r, W * r] as [*, C * r * r, H, W]."""
    ...
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: Bool = True, full: Bool = False, size_average: Any = None, eps: Float = 1e-08, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """Negative log likelihood of Poisson counts; input is the log of the rate unless log_input is False. `full` adds
    Stirling's term."""
    ...
from torch import prelu as prelu
def relu(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise relu; inplace writes into the input."""
    ...
def relu6(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise relu6; inplace writes into the input."""
    ...
def relu_(input: Tensor) -> Tensor:
    """In-place relu."""
    ...
def rms_norm(input: Tensor, normalized_shape: Ints, weight: Tensor | Number | None = None, eps: Float | None = None) -> Tensor:
    """Samples divided by their root mean square over the last dimensions, times weight."""
    ...
def rrelu(input: Tensor, lower: Float = 0.125, upper: Any = 0.3333333333333333, training: Bool = False, inplace: Bool = False) -> Tensor:
    """Leaky relu of random slope in training, of the mean slope else. RuntimeError for lower > upper."""
    ...
def rrelu_(input: Tensor, lower: Float = 0.125, upper: Any = 0.3333333333333333, training: Bool = False, generator: Generator | None = None) -> Tensor:
    """In-place rrelu."""
    ...
def scaled_dot_product_attention(query: Tensor, key: Any, value: Tensor | Number, attn_mask: Tensor | None = None, dropout_p: Float = 0.0, is_causal: Bool = False, *, scale: Any = None, enable_gqa: Bool = False) -> Tensor:
    """softmax(query key^T scale + mask) value for [..., L, E], [..., S, E], [..., S, V]. A bool mask is True where
    attention is allowed, a float mask is added;
    scale defaults to 1/sqrt(E). RuntimeError for sizes or dtypes that do not fit."""
    ...
def scaled_grouped_mm(mat_a: Any, mat_b: Any, scale_a: Any, scale_recipe_a: Any, scale_b: Any, scale_recipe_b: Any, swizzle_a: Any = None, swizzle_b: Any = None, bias: Tensor | None = None, offs: Any = None, output_dtype: Any = ..., contraction_dim: Any = ..., use_fast_accum: Bool = False) -> Tensor:
    """Products of groups of scaled matrices with a scale a row of mat_a and a column of each group of mat_b, summed in
    float32."""
    ...
def scaled_mm(mat_a: Any, mat_b: Any, scale_a: Any, scale_recipe_a: Any, scale_b: Any, scale_recipe_b: Any, swizzle_a: Any = None, swizzle_b: Any = None, bias: Tensor | None = None, output_dtype: Any = ..., contraction_dim: Any = ..., use_fast_accum: Bool = False) -> Tensor:
    """Product of scaled matrices by TensorWise or RowWise scales, summed in float32."""
    ...
def selu(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise selu; inplace writes into the input."""
    ...
def selu_(input: Tensor) -> Tensor:
    """In-place selu."""
    ...
def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
    ...
def silu(input: Tensor, inplace: Bool = False) -> Tensor:
    """Element-wise silu; inplace writes into the input."""
    ...
def smooth_l1_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean', beta: Number = 1.0) -> Tensor:
    """Squares / (2 beta) of differences below beta, absolute values - beta / 2 above. RuntimeError for a negative
    beta."""
    ...
def soft_margin_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """log(1 + exp(-target * input))."""
    ...
def softmax(input: Tensor, dim: Int | None = None, _stacklevel: Int = 3, dtype: DType | None = None) -> Tensor:
    """softmax along dim, in dtype when that is given."""
    ...
def softmin(input: Tensor, dim: Ints | None = None, _stacklevel: Int = 3, dtype: DType | None = None) -> Tensor:
    """softmin along dim, in dtype when that is given."""
    ...
def softplus(input: Tensor, beta: Number = 1.0, threshold: Number = 20.0, *, out: Any = None) -> Tensor:
    """log(1 + e^(beta x)) / beta; x itself above the threshold."""
    ...
def softshrink(input: Tensor, lambd: Number = 0.5, *, out: Any = None) -> Tensor:
    """x moved towards 0 by lambd; RuntimeError for a negative lambd."""
    ...
def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    ...
def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    ...
def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    ...
def threshold(input: Tensor, threshold: Number, value: Tensor | Number, inplace: Bool = False) -> Tensor:
    """Element-wise threshold; inplace writes into the input."""
    ...
def threshold_(input: Tensor, threshold: Number, value: Tensor | Number) -> Tensor:
    """In-place threshold."""
    ...
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: Float = 1.0, p: Any = 2, eps: Float = 1e-06, swap: Bool = False, size_average: Any = None, reduce: Any = None, reduction: Str = 'mean') -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) with p-norm distances; swap takes the nearer of anchor
    and positive."""
    ...
def triplet_margin_with_distance_loss(anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Any = None, margin: Float = 1.0, swap: Bool = False, reduction: Str = 'mean') -> Tensor:
    """triplet_margin_loss with any distance function."""
    ...
def unfold(input: Tensor, kernel_size: Ints, dilation: Ints = 1, padding: Ints | Str = 0, stride: Ints = 1) -> Tensor:
    """Sliding windows of [N, C, H, W] (or [C, H, W]) as columns: [N, C * kernel, windows]."""
    ...
def upsample(input: Tensor, size: Any = None, scale_factor: Floats | None = None, mode: Str = 'nearest', align_corners: Bool | None = None) -> Tensor:
    """Old name of interpolate."""
    ...
def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Floats | None = None) -> Tensor:
    """interpolate with mode='bilinear'."""
    ...
def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Floats | None = None) -> Tensor:
    """interpolate with mode='nearest'."""
    ...
