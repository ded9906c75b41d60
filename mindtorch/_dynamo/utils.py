"""Odds and ends of torch._dynamo that other packages use."""

import collections
import functools
import warnings

import mindtorch as torch

counters = collections.defaultdict(collections.Counter)
compilation_time_metrics = {}


def is_compile_supported(device_type):
    """Whether programs on a type of device may be compiled."""
    from .eval_frame import is_dynamo_supported

    return is_dynamo_supported() and (
        device_type == "cpu" or device_type in ("cuda", "npu") and torch.npu.is_available()
    )


@functools.cache
def warn_once(msg, stacklevel=1):
    """A warning, the first time."""
    warnings.warn(msg, stacklevel=stacklevel + 1)


def detect_fake_mode(inputs=None):
    """None: there are no fake tensors."""
    return None


def is_parameter_freezing():
    """False: parameters stay what they are."""
    return False


def clone_input(x, *, dtype=None):
    """A copy of a tensor with its strides and gradient."""
    with torch.no_grad():
        out = x.clone() if dtype is None else x.to(dtype, copy=True)
    out.requires_grad_(x.requires_grad) if out.is_floating_point() or out.is_complex() else None
    if x.is_leaf and x.grad is not None:
        out.grad = clone_input(x.grad)
    return out


def clone_inputs(example_inputs):
    """Copies of tensors in a list or dict."""
    if isinstance(example_inputs, dict):
        return {k: clone_input(v) if isinstance(v, torch.Tensor) else v for k, v in example_inputs.items()}
    return [clone_input(v) if isinstance(v, torch.Tensor) else v for v in example_inputs]


def same(ref, res, fp64_ref=None, cos_similarity=False, tol=1e-4, equal_nan=False, exact_dtype=True):
    """Whether two results agree."""
    if fp64_ref is not None or cos_similarity:
        raise NotImplementedError("torch._dynamo.utils.same(fp64_ref=..., cos_similarity=...)")
    if isinstance(ref, (list, tuple)):
        return len(ref) == len(res) and all(
            same(a, b, tol=tol, equal_nan=equal_nan, exact_dtype=exact_dtype) for a, b in zip(ref, res)
        )
    if isinstance(ref, dict):
        return set(ref) == set(res) and all(
            same(ref[k], res[k], tol=tol, equal_nan=equal_nan, exact_dtype=exact_dtype) for k in ref
        )
    if isinstance(ref, torch.Tensor):
        if exact_dtype and ref.dtype != res.dtype:
            return False
        return torch.allclose(ref, res.to(ref.dtype), atol=tol, rtol=tol, equal_nan=equal_nan)
    return ref == res


def compile_times(repr="str", aggregate=False):
    """Seconds that compiling took: nothing was compiled."""
    return "TorchDynamo compilation metrics:\n" if repr == "str" else ([], [])


def reset_graph_break_dup_checker():
    """Nothing to forget."""


def is_namedtuple(obj):
    """Whether an object is a namedtuple."""
    return isinstance(obj, tuple) and hasattr(obj, "_fields")


def nothing(*args, **kwargs):
    """Nothing."""
