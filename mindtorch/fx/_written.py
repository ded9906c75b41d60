"""How a call of a torch function is written into a graph: its arguments as PyTorch's graphs have them."""

import functools
import inspect

from mindtorch._ops.table.registry import FUNCTIONS, METHODS

from ._names import qualified_name

# Functions that are Python in PyTorch hand on what they require by position and all else by name, defaults included;
# the others hand on what the caller wrote.
_FUNCTIONAL = """\
adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices adaptive_max_pool2d
adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices affine_grid alpha_dropout
batch_norm binary_cross_entropy binary_cross_entropy_with_logits celu cosine_embedding_loss cross_entropy ctc_loss
dropout dropout1d dropout2d dropout3d elu embedding embedding_bag feature_alpha_dropout fold fractional_max_pool2d
fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices gaussian_nll_loss glu
grid_sample group_norm gumbel_softmax hardsigmoid hardswish hardtanh hinge_embedding_loss huber_loss instance_norm
interpolate kl_div l1_loss layer_norm leaky_relu linear_cross_entropy local_response_norm log_softmax lp_pool1d
lp_pool2d lp_pool3d margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices
max_pool3d max_pool3d_with_indices max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward
multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss nll_loss normalize pad poisson_nll_loss relu
relu6 rms_norm rrelu selu silu smooth_l1_loss soft_margin_loss softmax softmin softsign tanhshrink threshold
triplet_margin_loss triplet_margin_with_distance_loss unfold
""".split()
_GENERAL = "cdist lu meshgrid norm split stft tensordot unique unique_consecutive unravel_index".split()
_BY_NAME = {f"torch.nn.functional.{n}" for n in _FUNCTIONAL} | {f"torch.{n}" for n in _GENERAL}
_parameters = functools.cache(lambda function: inspect.signature(function).parameters)


class _Probe:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return args, kwargs or {}


@functools.cache
def _filled():
    """Whether handlers see defaults that the caller did not write."""
    return FUNCTIONS["flatten"](_Probe()) != ((_Probe,), {}) and len(FUNCTIONS["flatten"](_Probe())[0]) > 1


_OPERATORS = frozenset("add sub mul div remainder pow neg abs matmul ne lt le gt ge positive bitwise_not".split())


@functools.cache
def _is_method(function):
    return not any(function is f for f in FUNCTIONS.values()) and any(function is m for m in METHODS.values())


def _attribute(function):
    owner = getattr(function, "__self__", None)
    return getattr(owner, "__name__", None) if getattr(function, "__name__", "") == "__get__" else None


def as_written(function, args, kwargs):
    """(kind of step, its target, args, kwargs) for a call that __torch_function__ was told of."""
    attribute = _attribute(function)
    if attribute is not None:
        return "call_function", getattr, (args[0], attribute), {}
    if hasattr(function, "_overloads") or hasattr(function, "_overloadname"):
        return "call_function", function, args, kwargs
    try:
        parameters = _parameters(function)
    except (TypeError, ValueError):
        parameters = {}
    name = qualified_name(function)
    kinds = [p.kind for p in parameters.values()]
    if name in _BY_NAME:
        args, kwargs = _all_by_name(parameters, args, kwargs)
    elif _filled() and parameters and inspect.Parameter.VAR_POSITIONAL not in kinds:
        args, kwargs = _without_defaults(list(parameters.values()), args, kwargs)
    elif _filled():
        kwargs = {k: v for k, v in kwargs.items() if k not in parameters or not _same(v, parameters[k].default)}
    if function.__name__ in _OPERATORS or function.__name__.startswith("__"):  # written as an operator, most likely
        function = getattr(function, "_primary", function)
    if _is_method(function):
        return "call_method", function.__name__, args, kwargs
    return "call_function", function, args, kwargs


def _all_by_name(parameters, args, kwargs):
    given = dict(zip(parameters, args))
    spread = next((p.name for p in parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    if spread is not None:
        named = {p.name: kwargs.get(p.name, p.default) for p in parameters.values() if p.kind is p.KEYWORD_ONLY}
        return args, named
    given.update(kwargs)
    required = [p.name for p in parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    rest = {
        p.name: given.get(p.name, p.default)
        for p in parameters.values()
        if p.kind is not p.VAR_KEYWORD and p.name not in required
    }
    return tuple(given[n] for n in required), rest


def _same(value, default):
    return value is default or (
        type(value) is type(default) and isinstance(value, (int, float, str, tuple)) and value == default
    )


def _without_defaults(parameters, args, kwargs):
    args = list(args)
    while (
        args
        and len(args) <= len(parameters)
        and parameters[len(args) - 1].default is not inspect.Parameter.empty
        and _same(args[-1], parameters[len(args) - 1].default)
    ):
        args.pop()
    defaults = {p.name: p.default for p in parameters}
    return tuple(args), {k: v for k, v in kwargs.items() if k not in defaults or not _same(v, defaults[k])}
