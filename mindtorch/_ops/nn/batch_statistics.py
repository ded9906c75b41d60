"""The pieces of batch normalisation over many processes: statistics, their union, gradients."""
from mindtorch._core.modes import no_grad as _no_grad
from mindtorch._core.codes import HALVES

from ..table.registry import FUNCTIONS, op, public


@op(out=False, method=False, tensors=["input", "running_mean", "running_var"])
def batch_norm_update_stats(input, running_mean, running_var, momentum):
    """(mean, variance) of the channels of a batch; running statistics move towards them."""
    dims = [d for d in range(input.ndim) if d != 1]
    variance, mean = public.var_mean(input, dims, correction=0)
    count = input._numel // input.shape[1]
    with _no_grad():
        if running_mean is not None:
            running_mean.mul_(1 - momentum).add_(mean, alpha=momentum)
        if running_var is not None:
            running_var.mul_(1 - momentum).add_(variance * (count / (count - 1)), alpha=momentum)
    return mean, variance


def _channels(t, ndim):
    return t.reshape([1, -1] + [1] * (ndim - 2))


@op(out=False, method=False, tensors=["input"])
def batch_norm_stats(input, eps):
    """(mean, 1 / sqrt(variance + eps)) of the channels, in float32 for half precision."""
    variance, mean = public.var_mean(input.float() if input._dtype_code in HALVES else input,
                                     [d for d in range(input.ndim) if d != 1], correction=0)
    return mean, (variance + eps).rsqrt()


@op(method=False, tensors=["input", "weight", "bias", "mean", "invstd"])
def batch_norm_elemt(input, weight, bias, mean, invstd, eps):
    """(input - mean) * invstd * weight + bias, channel by channel."""
    out = (input - _channels(mean, input.ndim)) * _channels(invstd, input.ndim)
    out = out if weight is None else out * _channels(weight, input.ndim)
    return (out if bias is None else out + _channels(bias, input.ndim)).to(input.dtype)


@op(out=False, method=False, tensors=["input", "mean", "invstd", "running_mean", "running_var", "counts"])
def batch_norm_gather_stats_with_counts(input, mean, invstd, running_mean, running_var, momentum, eps, counts):
    """(mean, invstd) of all processes from each one's row of means, inverse deviations and its count; running
    statistics move towards them."""
    counts = counts.to(mean.dtype).reshape(-1, 1)
    total = counts.sum()
    joint = (mean * counts).sum(0) / total
    variance = ((invstd**-2 - eps + (mean - joint) ** 2) * counts).sum(0) / total
    with _no_grad():
        if running_mean is not None:
            running_mean.mul_(1 - momentum).add_(joint, alpha=momentum)
        if running_var is not None:
            running_var.mul_(1 - momentum).add_(variance * (total / (total - 1)), alpha=momentum)
    return joint, (variance + eps).rsqrt()


@op(out=False, method=False, tensors=["input", "mean", "invstd", "running_mean", "running_var"])
def batch_norm_gather_stats(input, mean, invstd, running_mean, running_var, momentum, eps, count):
    """batch_norm_gather_stats_with_counts of equal counts."""
    counts = public.full((mean.shape[0],), count, dtype=mean.dtype, device=mean.device)
    return FUNCTIONS["batch_norm_gather_stats_with_counts"](input, mean, invstd, running_mean, running_var, momentum,
                                                            eps, counts)


@op(out=False, method=False, tensors=["grad_out", "input", "mean", "invstd", "weight"])
def batch_norm_backward_reduce(grad_out, input, mean, invstd, weight, input_g, weight_g, bias_g):
    """(sum of gradients, sum of gradients times deviations, weight's gradient, bias's gradient); None for what is not
    asked for."""
    dims = [d for d in range(input.ndim) if d != 1]
    wide = grad_out.to(mean.dtype)
    total = wide.sum(dims)
    spread = (wide * (input - _channels(mean, input.ndim))).sum(dims)
    like = mean.dtype if weight is None else weight.dtype
    return (total if input_g else None, spread if input_g else None, (spread * invstd).to(like) if weight_g else None,
            total.to(like) if bias_g else None)


@op(out=False, method=False, tensors=["grad_out", "input", "mean", "invstd", "weight", "sum_dy", "sum_dy_xmu", "count"])
def batch_norm_backward_elemt(grad_out, input, mean, invstd, weight, sum_dy, sum_dy_xmu, count):
    """Gradient of the input from the joint sums of all processes."""
    n, total = input.ndim, count.sum()
    inner = grad_out - _channels(sum_dy / total,
                                 n) - (input - _channels(mean, n)) * _channels(invstd**2 * (sum_dy_xmu / total), n)
    return (inner * _channels(invstd if weight is None else invstd * weight, n)).to(input.dtype)


# ---- views undone ----
