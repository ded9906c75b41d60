"""torch.nn.init: fill parameters in place; the numbers are torch's for the same seed."""
import math
import warnings

import mindtorch as torch

__all__ = ["calculate_gain", "uniform_", "normal_", "trunc_normal_", "constant_", "ones_", "zeros_", "eye_", "dirac_",
           "xavier_uniform_", "xavier_normal_", "kaiming_uniform_",
           "kaiming_normal_", "orthogonal_", "sparse_", "uniform", "normal", "constant", "eye", "dirac",
           "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
           "orthogonal", "sparse"]

_GAINS = {"linear": 1, "conv1d": 1, "conv2d": 1, "conv3d": 1, "conv_transpose1d": 1, "conv_transpose2d": 1,
          "conv_transpose3d": 1, "sigmoid": 1,
          "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}


def calculate_gain(nonlinearity, param=None):
    """The factor by which a nonlinearity's weights are scaled; param is leaky_relu's slope (0.01). ValueError for other
    names and slopes that are no numbers."""
    if nonlinearity == "leaky_relu":
        if param is None:
            param = 0.01
        elif isinstance(param, bool) or not isinstance(param, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _GAINS[nonlinearity]


def _filler(function):
    """Without gradients; subclasses with __torch_function__ may take over."""
    import functools

    from mindtorch._core import overrides

    @functools.wraps(function)
    def inside(tensor, *args, **kwargs):
        if overrides.modes or type(tensor) not in overrides.plain:
            result = overrides.dispatch(inside, (tensor,), (tensor, *args), kwargs)
            if result is not NotImplemented:
                return result
        with torch.no_grad():
            return function(tensor, *args, **kwargs)

    return inside


@_filler
def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Numbers from [a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@_filler
def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Normal numbers."""
    return tensor.normal_(mean, std, generator=generator)


def _below(x):
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


@_filler
def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Normal numbers within [a, b]: those outside are drawn again. Where few would fall inside, the distribution
    function is inverted instead
    (the same distribution, but not PyTorch's numbers)."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
                      "incorrect.", stacklevel=3)
    low, high = _below((a - mean) / std), _below((b - mean) / std)
    if high - low < 0.3:
        wide = torch.empty(tensor.shape, dtype=torch.float64,
                           device=tensor.device).uniform_(2 * low - 1, 2 * high - 1, generator=generator)
        return tensor.copy_(wide.erfinv_().mul_(std * math.sqrt(2.0)).add_(mean).clamp_(min=a, max=b))
    tensor.normal_(mean, std, generator=generator)
    while True:
        outside = (tensor < a) | (tensor > b)
        if not outside.any().item():
            return tensor
        tensor.copy_(torch.where(outside, torch.empty_like(tensor).normal_(mean, std, generator=generator), tensor))


@_filler
def constant_(tensor, val):
    """One value everywhere."""
    return tensor.fill_(val)


@_filler
def ones_(tensor):
    """Ones."""
    return tensor.fill_(1.0)


@_filler
def zeros_(tensor):
    """Zeros."""
    return tensor.zero_()


@_filler
def eye_(tensor):
    """The identity of a matrix. ValueError for other dimensions."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return tensor.copy_(torch.eye(*tensor.shape, dtype=tensor.dtype, device=tensor.device))


@_filler
def dirac_(tensor, groups=1):
    """A convolution's weight that keeps as many channels as it can, in each group. ValueError for other than 3 to 5
    dimensions."""
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    each = tensor.shape[0] // groups
    middle = tuple(s // 2 for s in tensor.shape[2:])
    tensor.zero_()
    for g in range(groups):
        for d in range(min(each, tensor.shape[1])):
            tensor[(g * each + d, d, *middle)] = 1
    return tensor


def _calculate_fan_in_and_fan_out(tensor):
    """(inputs, outputs) of a unit with this weight. ValueError below 2 dimensions."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _calculate_correct_fan(tensor, mode):
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform numbers of variance 2 gain^2 / (fan_in + fan_out)."""
    return uniform_(tensor,
                    -(bound := math.sqrt(3.0) * gain
                      * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor))))), bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal numbers of variance 2 gain^2 / (fan_in + fan_out)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor)))), generator)


def _kaiming_std(tensor, a, mode, nonlinearity):
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform numbers of variance gain^2 / fan. ValueError for other modes."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else uniform_(tensor, -math.sqrt(3.0) * std, math.sqrt(3.0) * std, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal numbers of variance gain^2 / fan. ValueError for other modes."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


@_filler
def orthogonal_(tensor, gain=1, generator=None):
    """Rows (or columns, where these are fewer) of length `gain` at right angles; further dimensions count as columns.
    ValueError below 2 dimensions."""
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor.numel():
        return tensor
    rows, columns = tensor.shape[0], tensor.numel() // tensor.shape[0]
    flat = torch.empty((rows, columns), dtype=tensor.dtype, device=tensor.device).normal_(0, 1, generator=generator)
    q, r = torch.linalg.qr(flat.t() if rows < columns else flat)
    q = q * torch.diag(r, 0).sign()
    return tensor.copy_((q.t() if rows < columns else q).reshape(tensor.shape)).mul_(gain)


@_filler
def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Normal numbers, with a fraction `sparsity` of each column zero. ValueError for other than matrices."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        tensor[torch.randperm(rows, generator=generator)[: math.ceil(sparsity * rows)], column] = 0
    return tensor


def _old(name):
    function = globals()[name + "_"]

    def old(*args, **kwargs):
        warnings.warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    old.__name__, old.__doc__ = name, f"Old name of {name}_."
    return old


for _name in ("uniform", "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal", "kaiming_uniform",
              "kaiming_normal", "orthogonal", "sparse"):
    globals()[_name] = _old(_name)
