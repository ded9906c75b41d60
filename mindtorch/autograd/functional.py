"""Jacobians, Hessians and their products with vectors."""
import mindtorch as torch

__all__ = ["vjp", "jvp", "jacobian", "hessian", "hvp", "vhp"]


def _tuple(value, what, name):
    """(values as a tuple, whether it was one); TypeError for something else than tensors."""
    is_tuple = isinstance(value, tuple)
    values = value if is_tuple else (value,)
    for i, v in enumerate(values):
        if not isinstance(v, torch.Tensor):
            if is_tuple:
                raise TypeError(f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the "
                                f"value at index {i} has type {type(v)}.")
            raise TypeError(f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the given "
                            f"{what} has type {type(v)}.")
    return values, is_tuple


def _untuple(values, is_tuple):
    return tuple(values) if is_tuple else values[0]


def _inputs(inputs, create_graph, name):
    """Inputs of which gradients are taken: leaves of their own, or tied to the caller's graph."""
    values, is_tuple = _tuple(inputs, "inputs", name)
    return tuple(v.view_as(v) if create_graph and v.requires_grad else v.detach().requires_grad_(True)
                 for v in values), is_tuple


def _check_graph(outputs, strict, name):
    if strict:
        for i, o in enumerate(outputs):
            if not o.requires_grad:
                raise RuntimeError(
                    f"Output {i} of the user-provided function does not require gradients. The outputs must be "
                    "computed in a differentiable manner from the input when running "
                    f"in strict mode."
                )


def _check_vector(v, others, is_other_tuple):
    values = v if isinstance(v, tuple) else (v,)
    if len(values) != len(others):
        if is_other_tuple:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(others)} but got {len(values)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (a, b) in enumerate(zip(values, others)):
        if a.size() != b.size():
            raise RuntimeError(f"{f'Entry {i} in v' if is_other_tuple else 'v'} has invalid size: should be {b.size()} "
                               f"but got {a.size()}.")
    return tuple(x.detach() if not x.requires_grad else x for x in values)


def _grads(outputs, inputs, vectors, create_graph, strict, stage, retain=None):
    """Gradients with zeros where nothing flows; RuntimeError there in strict mode."""
    pairs = [(o, v) for o, v in zip(outputs, vectors if vectors is not None else [None] * len(outputs))
             if o.requires_grad]
    if pairs:
        found = torch.autograd.grad([o for o, _ in pairs], inputs, [v for _, v in pairs], allow_unused=True,
                                    create_graph=create_graph, retain_graph=True if retain is None else retain)
    else:
        found = (None,) * len(inputs)
    made = []
    for i, (g, x) in enumerate(zip(found, inputs)):
        if g is None:
            if strict:
                raise RuntimeError(
                    f"The output of the user-provided function is independent of input {i}. This is not allowed in "
                    "strict mode."
                    if stage == "back"
                    else f"The gradient with respect to the input is independent of entry {i} in the input tuple. "
                         "This is not allowed in strict mode."
                )
            g = torch.zeros_like(x)
        elif strict and create_graph and not g.requires_grad:
            raise RuntimeError(f"The jacobian of the user-provided function is independent of input {i}. This is not "
                               "allowed in strict mode when create_graph=True.")
        made.append(g)
    return tuple(made)


def _finished(values, create_graph):
    return values if create_graph else tuple(v.detach() for v in values)


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(*inputs), v^T J); v may be left out for a function with a single element."""
    with torch.enable_grad():
        inputs, tuple_in = _inputs(inputs, create_graph, "vjp")
        outputs, tuple_out = _tuple(func(*inputs), "outputs of the user-provided function", "vjp")
        _check_graph(outputs, strict, "vjp")
        if v is not None:
            v = _check_vector(v, outputs, tuple_out)
        elif len(outputs) != 1 or outputs[0].nelement() != 1:
            raise RuntimeError("The vector v can only be None if the user-provided function returns a single Tensor "
                               "with a single element.")
    with torch.set_grad_enabled(create_graph or torch.is_grad_enabled()):
        result = _grads(outputs, inputs, v, create_graph, strict, "back")
    return _untuple(_finished(outputs, create_graph), tuple_out), _untuple(_finished(result, create_graph), tuple_in)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(*inputs), J v), by two backward passes; v may be left out for a single input with one element."""
    with torch.enable_grad():
        inputs, tuple_in = _inputs(inputs, create_graph, "jvp")
        if v is not None:
            v = _check_vector(v, inputs, tuple_in)
        elif len(inputs) != 1 or inputs[0].nelement() != 1:
            raise RuntimeError("The vector v can only be None if the input to the user-provided function is a single "
                               "Tensor with a single element.")
        outputs, tuple_out = _tuple(func(*inputs), "outputs of the user-provided function", "jvp")
        _check_graph(outputs, strict, "jvp")
        probes = tuple(torch.ones_like(o, requires_grad=True) for o in outputs)
        back = _grads(outputs, inputs, probes, True, strict, "back")
    with torch.set_grad_enabled(create_graph or torch.is_grad_enabled()):
        result = _grads(back, probes, v, create_graph, strict, "back_trick")
    return _untuple(_finished(outputs, create_graph), tuple_out), _untuple(_finished(result, create_graph), tuple_out)


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """d func / d inputs: for each output and input a tensor of shape output.shape + input.shape."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    forward = strategy == "forward-mode"
    refused = [("create_graph=True", create_graph, "create_graph=False", NotImplementedError),
               ("strict=True", strict, "strict=False", RuntimeError)] if forward else []
    for what, given, instead, error in refused:
        if given:
            raise error(
                f'torch.autograd.functional.jacobian: `{what}` and `strategy="forward-mode"` are not supported '
                f'together (yet). Please either set `{instead}` or '
                '`strategy="reverse-mode"`.'
            )
    if forward and not vectorize:
        raise NotImplementedError("Computing Jacobian using forward-AD or forward-over-reverse Hessian is only "
                                  "implemented for `vectorize=True`.")
    if strict and vectorize:
        raise RuntimeError("torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported "
                           "together. Please either set `strict=False` or `vectorize=False`.")
    with torch.enable_grad():
        inputs, tuple_in = _inputs(inputs, create_graph, "jacobian")
        outputs, tuple_out = _tuple(func(*inputs), "outputs of the user-provided function", "jacobian")
        _check_graph(outputs, strict, "jacobian")
        rows = []
        for i, out in enumerate(outputs):
            if vectorize:
                rows.append(_rows_at_once(out, inputs, create_graph))
                continue
            columns = tuple([] for _ in inputs)
            for j in range(out.nelement()):
                found = torch.autograd.grad((out.reshape(-1)[j],), inputs, retain_graph=True, create_graph=create_graph,
                                            allow_unused=True) if out.requires_grad else (None,) * len(inputs)
                for k, (column, g, x) in enumerate(zip(columns, found, inputs)):
                    if g is not None:
                        if strict and create_graph and not g.requires_grad:
                            raise RuntimeError("The jacobian of the user-provided function is independent of input "
                                               f"{i}. This is not allowed in strict mode when create_graph=True.")
                        column.append(g)
                        continue
                    if strict:
                        raise RuntimeError(f"Output {i} of the user-provided function is independent of input {k}. "
                                           "This is not allowed in strict mode.")
                    column.append(torch.zeros_like(x))
            rows.append(tuple(torch.stack(c, 0).view(out.size() + x.size()) if c
                              else x.new_zeros(out.size() + x.size()) for c, x in zip(columns, inputs)))
    if not create_graph:
        rows = [_finished(r, False) for r in rows]
    # lists in forward mode, as in torch
    made = [list(r) if forward and tuple_in else _untuple(r, tuple_in) for r in rows]
    return (list(made) if forward and tuple_in else tuple(made)) if tuple_out else made[0]


def _rows_at_once(out, inputs, create_graph):
    """All rows of the Jacobians of one output by a single batched backward."""
    count, zeros = out.nelement(), [x.new_zeros(out.size() + x.size()) for x in inputs]
    if not out.requires_grad or not count:
        return tuple(zeros)
    units = torch.eye(count, dtype=out.dtype, device=out.device).view(count, *out.shape)
    found = torch.autograd.grad(out, inputs, units, retain_graph=True, create_graph=create_graph, allow_unused=True,
                                is_grads_batched=True)
    return tuple(z if g is None else g.reshape(z.shape) for g, z in zip(found, zeros))


def _scalar(func, inputs, name):
    out = func(*inputs)
    if not isinstance(out, torch.Tensor):
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if out.nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return out.squeeze()


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """Second derivatives of a scalar function: for each pair of inputs a tensor of shape input_i.shape +
    input_j.shape."""
    if outer_jacobian_strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError('Expected strategy to be either "reverse-mode" or "forward-mode".')
    values, tuple_in = _tuple(inputs, "inputs", "hessian")

    def gradient(*xs):
        return _grads((_scalar(func, xs, "hessian"),), xs, None, True, strict, "back")

    result = jacobian(gradient, values, create_graph=create_graph, strict=strict, vectorize=vectorize,
                      strategy=outer_jacobian_strategy)
    return result if tuple_in else result[0][0]


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(*inputs), v^T H) of a scalar function."""
    with torch.enable_grad():
        inputs, tuple_in = _inputs(inputs, create_graph, "vhp")
        v = _vector_of_inputs(v, inputs, tuple_in)
        out = _scalar_checked(func, inputs, strict, "vhp")
        first = _grads((out,), inputs, None, True, strict, "back")
    with torch.set_grad_enabled(create_graph or torch.is_grad_enabled()):
        result = _grads(first, inputs, v, create_graph, strict, "double_back")
    return _finished((out,), create_graph)[0], _untuple(_finished(result, create_graph), tuple_in)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """(func(*inputs), H v) of a scalar function."""
    with torch.enable_grad():
        inputs, tuple_in = _inputs(inputs, create_graph, "hvp")
        v = _vector_of_inputs(v, inputs, tuple_in)
        out = _scalar_checked(func, inputs, strict, "hvp")
        first = _grads((out,), inputs, None, True, strict, "back")
        probes = tuple(torch.ones_like(x, requires_grad=True) for x in inputs)
        double = _grads(first, inputs, probes, True, strict, "double_back")
    with torch.set_grad_enabled(create_graph or torch.is_grad_enabled()):
        result = _grads(double, probes, v, create_graph, strict, "double_back_trick")
    return _finished((out,), create_graph)[0], _untuple(_finished(result, create_graph), tuple_in)


def _vector_of_inputs(v, inputs, tuple_in):
    if v is not None:
        return _check_vector(v, inputs, tuple_in)
    if len(inputs) != 1 or inputs[0].nelement() != 1:
        raise RuntimeError("The vector v can only be None if the input to the user-provided function is a single "
                           "Tensor with a single element.")
    return None


def _scalar_checked(func, inputs, strict, name):
    outputs, is_tuple = _tuple(func(*inputs), "outputs of the user-provided function", name)
    _check_graph(outputs, strict, name)
    if is_tuple or not isinstance(outputs[0], torch.Tensor):
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return outputs[0]
