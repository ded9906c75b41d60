"""torch._custom_ops: the older way to operators of one's own, over torch.library."""
import inspect

import mindtorch as torch
from mindtorch._ops.table import operators
from mindtorch.library import get_ctx, infer_schema  # noqa: F401

__all__ = ["custom_op", "impl", "impl_abstract", "get_ctx", "impl_save_for_backward", "impl_backward"]


def custom_op(qualname, func_or_schema=None):
    """Declare an operator by a schema or by an annotated function, whose body is not run; a decorator without
    either."""

    def declare(function):
        torch.library.define(qualname, infer_schema(function, mutates_args=()))
        return function

    if func_or_schema is None:
        return declare
    if inspect.isfunction(func_or_schema):
        return declare(func_or_schema)
    torch.library.define(qualname, func_or_schema)


def impl(qualname, *, device_types=("cpu", "cuda"), func=None):
    """Implementation for device types."""

    def put(f):
        torch.library.register_kernel(qualname, device_types, f)
        return f

    return put if func is None else put(func)


def impl_abstract(qualname, *, func=None):
    """Rule for meta tensors."""
    return torch.library.register_fake(qualname, func)


def _parts(qualname):
    operator = torch.library._operator(qualname)
    if not hasattr(operator, "old_parts"):
        operator.old_parts = {}
    return operator, operator.old_parts


def _join(operator, parts):
    if len(parts) < 2:
        return
    names = [a.name for a in operator.schema.arguments if not a.kwarg_only]

    def setup(ctx, inputs, output, keyword_only_inputs=None):
        given = inspect.Signature.bind(operator.schema.signature, *inputs, **(keyword_only_inputs or {})).arguments
        saved = parts["save"](type("Inputs", (), dict(given)), output)
        ctx._saved_values = saved

    def backward(ctx, *grads):
        made = parts["backward"](ctx, ctx._saved_values, *grads)
        return tuple(made.get(n) for n in names)

    operator.backward, operator.setup_context = backward, setup


def impl_save_for_backward(qualname, *, func=None):
    """func(inputs, output): what backward needs."""

    def put(f):
        operator, parts = _parts(qualname)
        parts["save"] = f
        _join(operator, parts)
        return f

    return put if func is None else put(func)


def impl_backward(qualname, output_differentiability=None, *, func=None):
    """func(ctx, saved, *grads): {name of an argument: its gradient}."""
    if output_differentiability is not None and not all(output_differentiability):
        raise NotImplementedError("torch._custom_ops.impl_backward: output_differentiability")

    def put(f):
        operator, parts = _parts(qualname)
        parts["backward"] = f
        _join(operator, parts)
        return f

    return put if func is None else put(func)


def _destroy(qualname):
    operators.forget(torch.library._operator(qualname))
