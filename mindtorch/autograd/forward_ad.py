"""Forward-mode differentiation: tensors that carry a tangent.

Tangents travel in the graph of the reverse mode: a dual tensor hangs on a root of its own, every operator records as
usual, and
unpack_dual differentiates the reverse pass by its cotangents. So whatever has first and second derivatives has
tangents, in-place
changes and views included. While a level is active, operators record even under no_grad (dual tensors therefore say
that they
require grad), gradients are computed with create_graph, and inference mode is refused.
"""
import threading
from collections import namedtuple

import mindtorch._C as _C
from mindtorch._core.tensor import Tensor

from . import grad_mode

__all__ = ["UnpackedDualTensor", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual", "dual_level"]

UnpackedDualTensor = namedtuple("UnpackedDualTensor", ["primal", "tangent"])
UnpackedDualTensor.__doc__ = "What unpack_dual returns: the tensor without and its tangent, or None."
_local = threading.local()


class _Level:
    """The roots that dual tensors of this level hang on, with their tangents."""

    def __init__(self):
        self.roots, self.tangents, self.mode = [], [], _C.is_grad_enabled()


def _active():
    return getattr(_local, "level", None)


def enter_dual_level():
    """Open a level and return its number, 0. RuntimeError when one is open."""
    if _active() is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    if _C.is_inference_enabled():
        raise NotImplementedError("forward_ad: a dual level inside of inference mode is not supported, tangents travel "
                                  "in the graph")
    _local.level = _Level()
    grad_mode.keep_recording(True)
    _C.set_grad_enabled(True)
    return 0


def exit_dual_level(*, level=None):
    """Close the level: no tensor has a tangent any more. RuntimeError when none is open."""
    current = _active()
    if current is None:
        raise RuntimeError("Dual level must be a positive number.")
    if level not in (None, 0):
        raise RuntimeError("Trying to exit a forward AD level that was not the last one that was created. This is not "
                           "supported.")
    _local.level = None
    grad_mode.keep_recording(False)
    _C.set_grad_enabled(current.mode)


class dual_level(grad_mode._Switch):
    """Context in which dual tensors can be made; its value is the level's number."""

    def __enter__(self):
        return enter_dual_level()

    def __exit__(self, *exc):
        exit_dual_level()


def _check_level(level):
    if level not in (None, 0):
        raise RuntimeError(f"forward_ad: there is no level {level}")


def make_dual(tensor, tangent, *, level=None):
    """The tensor with a tangent of its shape: shares memory with `tensor`. ValueError unless both are of floating or
    complex dtype,
    RuntimeError for other sizes, without a level, or for a tensor that has a tangent."""
    _check_level(level)
    current = _active()
    if current is None:
        raise RuntimeError("Trying to create a dual Tensor for forward AD but no level exists, make sure to "
                           "enter_dual_level() first.")
    for name, t in (("primal", tensor), ("tangent", tangent)):
        if not (t.dtype.is_floating_point or t.dtype.is_complex):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {t.dtype}")
    if type(tensor) is not Tensor and not isinstance(tensor, Tensor):
        raise TypeError(f"make_dual(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            "supported. "
            f"Tensor is of size {list(tensor.shape)} while the given forward gradient is of size {list(tangent.shape)}."
        )
    if tensor.dtype != tangent.dtype:
        raise RuntimeError(f"forward_ad.make_dual: a tangent of dtype {tangent.dtype} for a tensor of dtype "
                           f"{tensor.dtype} is not supported")
    if tangent_of(tensor) is not None:
        raise RuntimeError("Making a dual Tensor based on a Tensor that already has a forward gradient at the same "
                           "level 0 is not supported.")
    return _rooted(current, tensor, tangent)


def _rooted(current, tensor, tangent):
    """`tensor` on a new root; a tensor with a history of its own keeps it behind the root."""
    if tensor.requires_grad:
        root = made = tensor.view_as(tensor)
    else:
        # not a view of a leaf: such may not be changed in place
        root, made = _C.detach(tensor).requires_grad_(True), _C.detach(tensor)
        _C.attach("MakeDualBackward0", _identity, None, (root,), (made,), ())
    current.roots.append(root)
    current.tangents.append(tangent)
    return made


def _identity(node, g):
    return (g,)


def tangent_of(tensor):
    """The tangent of a tensor at the open level, or None; differentiable itself."""
    current = _active()
    if current is None or not current.roots or not tensor.requires_grad:
        return None
    from mindtorch import autograd, ones_like, zeros_like

    with autograd.enable_grad():
        probe = ones_like(tensor).requires_grad_(True)  # any value: the reverse pass is linear in it
        _local.pulling = True
        try:
            back = autograd.grad(tensor, current.roots, probe, retain_graph=True, create_graph=True, allow_unused=True)
        finally:
            _local.pulling = False
        pairs = [(b, t) for b, t in zip(back, current.tangents) if b is not None]
        if not pairs:
            return None
        pairs = [(b, t) for b, t in pairs if b.requires_grad]
        if not pairs:
            return zeros_like(tensor)
        found, = autograd.grad([b for b, _ in pairs], probe, [t for _, t in pairs], retain_graph=True,
                               create_graph=True, allow_unused=True)
    return zeros_like(tensor) if found is None else found


def unpack_dual(tensor, *, level=None):
    """(primal, tangent) of a tensor; the tangent is None for one without, or without a level. Both keep the history
    that the caller's tensors have."""
    _check_level(level)
    current = _active()
    if current is None:
        return UnpackedDualTensor(tensor, None)
    tangent = tangent_of(tensor)
    if tangent is None:
        return UnpackedDualTensor(tensor.view_as(tensor), None)
    from mindtorch.func import _foreign_leaves

    def released(t):
        return t if _foreign_leaves([t], current.roots) else t.detach()

    return UnpackedDualTensor(released(tensor), released(tangent))


def function_outputs(function, context, args, results):
    """Outputs of a custom Function with a jvp, with the tangents that it gives; `results` unless an input has a
    tangent."""
    current = _active()
    tangents = [tangent_of(a) if isinstance(a, Tensor) and (a.dtype.is_floating_point or a.dtype.is_complex) else None
                for a in args]
    if all(t is None for t in tangents):
        return results
    if context._materialize:
        from mindtorch import zeros_like

        tangents = [zeros_like(a) if t is None and isinstance(a, Tensor) else t for a, t in zip(args, tangents)]
    single = not isinstance(results, tuple)
    with grad_mode.enable_grad():
        given = function.jvp(context, *tangents)
    given = given if isinstance(given, tuple) else (given,)
    values = (results,) if single else results
    if len(given) != len(values):
        raise RuntimeError(f"{function.__name__}.jvp returned {len(given)} tangents for {len(values)} outputs")
    made = tuple(_with_tangent(current, v, t) if isinstance(v, Tensor) and t is not None else v for v,
                 t in zip(values, given))
    return made[0] if single else made


def _with_tangent(current, output, tangent):
    """The output with that tangent: what the reverse pass of its Function would give as tangent is not asked for."""
    root, made = _C.detach(output).requires_grad_(True), _C.detach(output)
    _C.attach("JvpBackward0", _one_way, None, (output, root), (made,), ())
    current.roots.append(root)
    current.tangents.append(tangent)
    return made


def _one_way(node, g):
    return (None, g) if getattr(_local, "pulling", False) else (g, None)
