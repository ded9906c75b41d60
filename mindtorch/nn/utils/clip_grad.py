"""Gradients kept in bounds."""
import functools
import warnings

import mindtorch as torch


def _without_grad(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        with torch.no_grad():
            return function(*args, **kwargs)

    return run


def _list(tensors, said):
    if isinstance(tensors, torch.Tensor):
        return [tensors]
    if said:
        is_generator = hasattr(tensors, "__next__")
        tensors = list(tensors)
        if is_generator and not tensors:
            warnings.warn(f"`{said}` is an empty generator, no gradient clipping will occur.", stacklevel=4)
    return list(tensors)


def _groups(tensors):
    """Tensors by (device, dtype), in order."""
    groups = {}
    for t in tensors:
        groups.setdefault((t.device, t.dtype), []).append(t)
    return groups


def _use_foreach(foreach, tensors, device):
    """Whether one call may do a whole group. RuntimeError when it must and cannot."""
    can = not any(type(t) not in (torch.Tensor, torch.nn.Parameter) for t in tensors)
    if foreach and not can:
        raise RuntimeError(f"foreach=True was passed, but can't use the foreach API on {device.type} tensors")
    return can if foreach is None else foreach


@_without_grad
def get_total_norm(tensors, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """The norm of all tensors taken as one vector. RuntimeError for a non-finite one if error_if_nonfinite."""
    tensors = _list(tensors, "")
    norm_type = float(norm_type)
    if not tensors:
        return torch.tensor(0.0)
    first = tensors[0].device
    norms = []
    for (device, _), group in _groups(tensors).items():
        if _use_foreach(foreach, group, device):
            norms.extend(torch._foreach_norm(group, norm_type))
        else:
            norms.extend(torch.linalg.vector_norm(g, norm_type) for g in group)
    total = torch.linalg.vector_norm(torch.stack([n.to(first) for n in norms]), norm_type)
    if error_if_nonfinite and torch.logical_or(total.isnan(), total.isinf()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the "
            f"gradients by the "
            "non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@_without_grad
def clip_grads_with_norm_(parameters, max_norm, total_norm, foreach=None):
    """Scale gradients in place by max_norm / total_norm where that is below 1."""
    gradients = [p.grad for p in _list(parameters, "") if p.grad is not None]
    if not gradients:
        return
    factor = torch.clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
    for (device, _), group in _groups(gradients).items():
        if _use_foreach(foreach, group, device):
            torch._foreach_mul_(group, factor.to(device))
        else:
            here = factor.to(device)
            for g in group:
                g.mul_(here)


@_without_grad
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale the gradients of parameters in place so that their total norm is at most max_norm; returns what it was."""
    parameters = _list(parameters, "parameters")
    total = get_total_norm([p.grad for p in parameters if p.grad is not None], norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(parameters, max_norm, total, foreach)
    return total


def clip_grad_norm(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """The old name of clip_grad_norm_."""
    warnings.warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
                  FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@_without_grad
def clip_grad_value_(parameters, clip_value, foreach=None):
    """Clamp the gradients of parameters to [-clip_value, clip_value] in place."""
    limit = float(clip_value)
    for (device, _), group in _groups([p.grad for p in _list(parameters, "") if p.grad is not None]).items():
        if _use_foreach(foreach, group, device):
            torch._foreach_clamp_min_(group, -limit)
            torch._foreach_clamp_max_(group, limit)
        else:
            for g in group:
                g.clamp_(min=-limit, max=limit)
