"""Automatic differentiation."""
import mindtorch._C as _C
from mindtorch._core.tensor import Tensor

from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .function import Function, node_call, node_input_metadata, node_register_hook, node_register_prehook, node_saved
from .grad_mode import (
    enable_grad, enforce_grad_layout_policy, inference_mode, no_grad, recording_kept, set_grad_enabled,
    set_multithreading_enabled)
from .graph import GradientEdge, edge_of
from .variable import Variable

__all__ = ["Variable", "Function", "backward", "grad_mode", "NestedIOFunction", "detect_anomaly", "enable_grad",
           "enforce_grad_layout_policy", "grad", "gradcheck",
    "gradgradcheck", "inference_mode", "no_grad",
           "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled", "variable"]


def _cotangents(outputs, grads, batched):
    """A gradient for every output: checked, or ones for a scalar."""
    made = []
    for i, (out, g) in enumerate(zip(outputs, grads)):
        edge = isinstance(out, GradientEdge)
        if g is None:
            if edge:
                shape, code, device = out.node._outputs[out.output_nr] if hasattr(
                    out.node, "_outputs") else out.node._plain()._outputs[out.output_nr]
                if shape:
                    raise RuntimeError("grad can be implicitly created only for scalar outputs")
                g = _C_ones(shape, code, device)
            elif out.requires_grad:
                if out._numel != 1:
                    raise RuntimeError("grad can be implicitly created only for scalar outputs")
                if not (out.dtype.is_floating_point or out.dtype.is_complex):
                    raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                                       f"{out.dtype}")
                if out.dtype.is_complex:
                    raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                                       f"{out.dtype}")
                g = _C_ones(out.shape, out._dtype_code, out._device_code)
            made.append(g)
            continue
        if not isinstance(g, Tensor):
            raise TypeError("gradients can be either Tensors or None, but got " + type(g).__name__)
        if not edge:
            have = tuple(g.shape)[1:] if batched else tuple(g.shape)
            if have != tuple(out.shape):
                if batched:
                    raise RuntimeError(
                        "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the "
                        "batch dimension. The sizes of the remaining dimensions are "
                        "expected to match the shape of corresponding output, but a mismatch was detected: "
                        f"grad_output[{i}] has a shape of {g.shape} and output[{i}] has a "
                        f"shape of {out.shape}. If you only want some tensors in `grad_output` to be considered "
                        "batched, consider using vmap."
                    )
                raise RuntimeError(f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has "
                                   f"a shape of {out.shape}.")
            if out.dtype.is_complex != g.dtype.is_complex:
                raise RuntimeError(
                    "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch "
                    f"in dtype: grad_output[{i}] has a dtype of {g.dtype} and "
                    f"output[{i}] has a dtype of {out.dtype}."
                )
            if g.dtype != out.dtype and not batched:
                g = g.to(out.dtype)
        made.append(g)
    return made


def _C_ones(shape, code, device):
    from mindtorch._ops.table.registry import run

    made = _C.empty(shape, code, device)
    run("fill", (made,), (1,))
    return made


def _kept(retain, create):
    """(retain_graph, create_graph) as they are meant: gradients taken inside of a dual level carry tangents."""
    create = create or recording_kept()
    return create if retain is None or recording_kept() else retain, create


def _sequence(values):
    if values is None:
        return ()
    return (values,) if isinstance(values, (Tensor, GradientEdge)) else tuple(values)


def _gradients(grads, count):
    """As many gradients as outputs."""
    if isinstance(grads, Tensor):
        grads = (grads,)
    if grads is None:
        return [None] * count
    return list(grads)


def _own(outputs, grads):
    """Tensors whose graph is that of another one (of a rank's part), and their gradients, as those."""
    if not any(hasattr(type(t), "__autograd_root__") for t in outputs):
        return outputs, grads
    pairs = [t.__autograd_root__(g) if hasattr(type(t), "__autograd_root__") else (t, g)
             for t, g in zip(outputs, grads, strict=True)]
    return tuple(t for t, _ in pairs), [g for _, g in pairs]


def _leaves(inputs):
    return tuple(t._local_tensor if hasattr(type(t), "__autograd_root__") else t for t in inputs)


def _roots(outputs, grads):
    for i, out in enumerate(outputs):
        if isinstance(out, Tensor):
            if not out.requires_grad or _C.gradient_edge(out) is None:
                raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        elif not isinstance(out, GradientEdge):
            raise TypeError(f"element {i} of tensors is of type {type(out).__name__}, expected a Tensor or a "
                            "GradientEdge")
    return tuple(edge_of(o) for o in outputs), tuple(grads)


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Accumulate into .grad of the leaves (or of `inputs`) the sum of gradients of `tensors`, weighted by grad_tensors
    (None: ones for a scalar)."""
    if grad_variables is not None:
        import warnings

        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError("`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                               "`backward()`. Please only use `grad_tensors`.")
        grad_tensors = grad_variables
    inputs = None if inputs is None else _sequence(inputs)
    if inputs is not None and not inputs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    tensors = _sequence(tensors)
    grads = _gradients(grad_tensors, len(tensors))
    if len(grads) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    tensors, grads = _own(tensors, grads)
    inputs = None if inputs is None else _leaves(inputs)
    retain_graph, create_graph = _kept(retain_graph, create_graph)
    roots, grads = _roots(tensors, _cotangents(tensors, grads, False))
    if inputs is not None:
        for t in inputs:
            if isinstance(t, Tensor):
                if not t.requires_grad:
                    raise RuntimeError("One of the differentiated Tensors does not require grad")
                if t.grad_fn is not None:
                    t.retain_grad()
        inputs = tuple(edge_of(t) for t in inputs)
    if create_graph and not recording_kept():
        import warnings

        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
            "gradient which can cause a memory leak. We recommend using "
            "autograd.grad when creating the graph to avoid this. If you have to use this function, make sure to reset "
            "the .grad fields of your parameters to None after use to "
            "break the cycle and avoid the leak.",
            UserWarning,
            stacklevel=2,
        )
    _C.run_backward(roots, grads, retain_graph, create_graph, inputs, True)


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True, allow_unused=None,
         is_grads_batched=False, materialize_grads=False):
    """Gradients of `outputs`, weighted by grad_outputs, with respect to `inputs`, as a tuple; nothing is accumulated.
    RuntimeError for an input that was not used, unless allow_unused (None) or materialize_grads (zeros)."""
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                         "allow_unused=False.")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    outputs, inputs = _sequence(outputs), _sequence(inputs)
    if not only_inputs:
        import warnings

        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    retain_graph, create_graph = _kept(retain_graph, create_graph)
    outputs, grads = _own(outputs, _gradients(grad_outputs, len(outputs)))
    asked, inputs = inputs, _leaves(inputs)
    grads = _cotangents(outputs, grads, is_grads_batched)
    roots, grads = _roots(outputs, grads)
    for t in inputs:
        if isinstance(t, Tensor) and (not t.requires_grad or _C.gradient_edge(t) is None):
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    wanted = tuple(edge_of(t) for t in inputs)
    if is_grads_batched:
        results = _batched(roots, grads, retain_graph, create_graph, wanted)
    else:
        results = _C.run_backward(roots, grads, retain_graph, create_graph, wanted, False)
    if not allow_unused:
        for i, r in enumerate(results):
            if r is None:
                raise RuntimeError(f"The differentiated Tensor at index {i} appears to not have been used in the "
                                   "graph. Set allow_unused=True if this is the desired behavior.")
    if materialize_grads:
        import mindtorch

        if any(r is None and isinstance(t, GradientEdge) for r, t in zip(results, inputs)):
            raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
        results = tuple(mindtorch.zeros_like(t, requires_grad=create_graph) if r is None else r for r,
                        t in zip(results, inputs))
    if any(a is not t for a, t in zip(asked, inputs)):
        results = tuple(r if a is t or r is None else a.__autograd_result__(r)
                        for r, a, t in zip(results, asked, inputs))
    return results


def _batched(roots, grads, retain, create, wanted):
    """One backward for all rows of the cotangents, or where an operator cannot, one a row, stacked."""
    import mindtorch
    from mindtorch.func._batched import Unbatchable
    from mindtorch.func._vmap import vectorized

    given = tuple(g for g in grads if g is not None)
    count = given[0].shape[0]
    if not count:
        raise ValueError("vmap: cannot map over a dimension of size 0")

    def backward(keep, *rows):
        rest = iter(rows)
        return _C.run_backward(roots, tuple(None if g is None else next(rest) for g in grads), keep, create, wanted,
                               False)

    used = []

    def at_once(*rows):
        found = backward(True, *rows)
        used.extend(g is not None for g in found)
        return tuple(g for g in found if g is not None)

    try:
        found = iter(vectorized(at_once, randomness="same")(*given))
        results = tuple(next(found) if u else None for u in used)
        if not retain:
            backward(False, *(g[0] for g in given))
        return results
    except Unbatchable:
        rows = [backward(retain or i < count - 1, *(g[i] for g in given)) for i in range(count)]
        return tuple(None if column[0] is None else mindtorch.stack(column) for column in zip(*rows))


_C.Node.register_hook = node_register_hook
_C.Node.register_prehook = node_register_prehook
_C.Node.__call__ = node_call
_C.Node.__getattr__ = node_saved
_C.Node._input_metadata = property(node_input_metadata)
_C.Node.requires_grad = True

from . import anomaly_mode, forward_ad, function, functional, grad_mode, graph, profiler, variable  # noqa: E402,F401
from . import tensor_methods  # noqa: E402,F401
from .function import NestedIOFunction  # noqa: E402
from .gradcheck import gradcheck, gradgradcheck  # noqa: E402


def _profiler_enabled():
    """Whether a profiler runs."""
    from . import profiler as _profiler

    return bool(_profiler._active)
