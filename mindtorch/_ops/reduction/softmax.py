"""softmax, log_softmax and softmin."""
import warnings

from ..table.checks import dense, need_dtype_of, need_float
from ..creation.factories import like
from ..table.registry import FUNCTIONS, kernel_rows, op, run
from ..shape.views import wrap_dim

kernel_rows(softmax="aclnnSoftmax T1 i0 T0", softmax_backward="aclnnSoftmaxBackward T1 T2 i0 T0",
            log_softmax="aclnnLogSoftmax T1 i0 T0", log_softmax_backward="aclnnLogSoftmaxBackward T1 T2 i0 T0")


def _backward(kernel, g, y, dim):
    if g.shape != y.shape:
        raise RuntimeError(
            "Expected tensor for argument #1 'grad' to have same size as tensor for argument #2 'output'; but "
            f"{list(g.shape)} does not equal {list(y.shape)} "
            f"(while checking arguments for {kernel})"
        )
    need_dtype_of(y, g)
    made = like(y)
    run(kernel, (made, dense(g), dense(y)), (wrap_dim(dim, y.ndim),))
    return made


@op("_softmax_backward_data", method=False, out=False, node="SoftmaxBackwardBackward0",
    tensors=["grad_output", "output"], grad={
    "grad_output": lambda g, output, dim: softmax_backward(g, output, dim),
    "output": lambda g, grad_output, output, dim: g * grad_output - g * (grad_output * output).sum(dim, keepdim=True)
    - grad_output * (g * output).sum(dim, keepdim=True)})
def softmax_backward(grad_output, output, dim, input_dtype=None):
    """Gradient of softmax from that of its result and the result."""
    return _backward("softmax_backward", grad_output, output, dim)


@op("_log_softmax_backward_data", method=False, out=False, node="LogSoftmaxBackwardBackward0",
    tensors=["grad_output", "output"], grad={
    "grad_output": lambda g, output, dim: g - (g * output.exp()).sum(dim, keepdim=True),
    "output": lambda g, grad_output, output, dim: -g * output.exp() * grad_output.sum(dim, keepdim=True)})
def log_softmax_backward(grad_output, output, dim, input_dtype=None):
    """Gradient of log_softmax from that of its result and the result."""
    return _backward("log_softmax_backward", grad_output, output, dim)


def _forward(kernel, x, dim):
    need_float(x, kernel + "_kernel_impl" if dim != x.ndim - 1 or kernel == "softmax"
               else kernel + "_lastdim_kernel_impl")
    made = like(x)
    run(kernel, (made, dense(x)), (dim,))
    return made


def _refuse_conversion(name, half_to_float):
    if half_to_float:
        raise RuntimeError(f"{name} with half to float conversion is not supported on CPU")


@op(grad={"input": lambda g, result, dim: softmax_backward(g, result, dim)}, tensors=["input"])
def _softmax(input, dim, half_to_float):
    """softmax along a dimension, without a change of dtype."""
    _refuse_conversion("softmax", half_to_float)
    return _forward("softmax", input, wrap_dim(dim, input.ndim))


@op(grad={"input": lambda g, result, dim: log_softmax_backward(g, result, dim)}, tensors=["input"])
def _log_softmax(input, dim, half_to_float):
    """log_softmax along a dimension, without a change of dtype."""
    _refuse_conversion("softmax", half_to_float)
    return _forward("log_softmax", input, wrap_dim(dim, input.ndim))


@op(tensors=["input"])
def softmax(input, dim, dtype=None):
    """exp(x) / sum(exp(x)) along a dimension; the input is converted to dtype first when that is given. IndexError for
    a bad dim."""
    return _softmax(input if dtype is None else input.to(dtype), dim, False)


@op(tensors=["input"])
def log_softmax(input, dim, dtype=None):
    """Logarithm of softmax along a dimension; the input is converted to dtype first when that is given. IndexError for
    a bad dim."""
    return _log_softmax(input if dtype is None else input.to(dtype), dim, False)


def _implied(name, ndim, stacklevel):
    warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an "
                  "argument.", stacklevel=stacklevel + 3)
    return 0 if ndim in (0, 1, 3) else 1


def _functional(name, function, negate=False):
    def f(input, dim=None, _stacklevel=3, dtype=None):
        if dim is None:
            dim = _implied(name, input.ndim, _stacklevel)
        return function(-input if negate else input, dim, dtype=dtype)

    f.__doc__ = f"{name} along dim, in dtype when that is given."
    op(name, namespace="nn.functional", out=False, tensors=["input"])(f)


_functional("softmax", softmax)
_functional("log_softmax", log_softmax)
_functional("softmin", softmax, negate=True)


@op(namespace="nn.functional", out=False, tensors=["logits"])
def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """softmax of (logits + Gumbel noise) / tau; with `hard` one-hot vectors that have the soft ones' gradient."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=4)
    noise = -FUNCTIONS["empty"](logits.shape, dtype=logits.dtype, device=logits.device).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = FUNCTIONS["zeros_like"](logits.detach()).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
