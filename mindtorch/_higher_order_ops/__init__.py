"""torch._higher_order_ops: functions that take functions."""
import sys
import types

from .control_flow import cond, while_loop  # noqa: F401
from mindtorch.utils import _pytree


def associative_scan(combine_fn, xs, dim, reverse=False, combine_mode="pointwise"):
    """Running results of an associative combine_fn along a dimension of every tensor in xs, in log2(n) rounds of whole
    slices."""
    if not callable(combine_fn):
        raise ValueError(f"Combine_fn must be a callable, but got {combine_fn}")
    if combine_mode not in ("pointwise", "generic"):
        raise ValueError(f"Combine_mode must either 'pointwise' or 'generic', but got {combine_mode}")
    import mindtorch as torch

    leaves, spec = _pytree.tree_flatten(xs)
    if not leaves:
        raise ValueError("Expected at least 1 xs leaf")
    if any(not isinstance(x, torch.Tensor) for x in leaves):
        raise ValueError("All xs leaves must be a Tensor")
    if any(x.ndim <= dim or dim < -x.ndim for x in leaves):
        raise ValueError("All xs leaves must at least have 'dim' number of dimensions and scan dimension > 0")
    if len({x.shape[dim] for x in leaves}) != 1:
        raise ValueError("All xs leaves must have the same size in the scan dimension")
    leaves = [x.movedim(dim, 0) for x in leaves]
    leaves = [x.flip(0) for x in leaves] if reverse else leaves
    n, step = leaves[0].shape[0], 1
    while step < n:
        # element i takes in what element i - step has gathered
        before = _pytree.tree_unflatten([x[:-step] for x in leaves], spec)
        after = _pytree.tree_unflatten([x[step:] for x in leaves], spec)
        made = _pytree.tree_leaves(_over_slices(combine_fn, before, after, combine_mode))
        leaves = [torch.cat([x[:step], m]) for x, m in zip(leaves, made)]
        step *= 2
    leaves = [x.flip(0) for x in leaves] if reverse else leaves
    return _pytree.tree_unflatten([x.movedim(0, dim) for x in leaves], spec)


def _over_slices(combine_fn, before, after, mode):
    # a generic function sees one slice at a time and may mix its elements
    if mode == "pointwise":
        return combine_fn(before, after)
    from mindtorch.func import vmap

    return vmap(combine_fn)(before, after)


for _name, _function in {"associative_scan": associative_scan, "cond": cond, "while_loop": while_loop}.items():
    _module = types.ModuleType(f"{__name__}.{_name}", "One function.")
    setattr(_module, _name, _function)
    sys.modules[_module.__name__] = _module
