"""Analytical gradients against finite differences."""
import itertools

import mindtorch as torch

__all__ = ["gradcheck", "gradgradcheck", "GradcheckError", "get_numerical_jacobian", "get_analytical_jacobian"]


class GradcheckError(RuntimeError):
    """Gradients are not what the differences say."""


def _flat(values):
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def _inputs_of(inputs):
    return [x for x in _flat(inputs) if isinstance(x, torch.Tensor) and x.requires_grad]


def _outputs_of(func, inputs):
    return [o for o in _flat(func(*inputs)) if isinstance(o, torch.Tensor) and (o.dtype.is_floating_point or o.dtype.is_complex)]


def _numerical(func, inputs, x, eps):
    """For each output the matrix d output / d x by central differences; complex entries as d/dre + i d/dim of conjugates."""
    count = x.numel()
    flat = x.data  # a version counter of its own: graphs made before do not notice the steps
    columns = None
    with torch.no_grad():
        for position in itertools.product(*(range(n) for n in x.shape)):
            steps = (eps, eps * 1j) if x.dtype.is_complex else (eps,)
            parts = []
            for step in steps:
                original = flat[position].item()
                flat[position] = original + step
                up = [o.detach().clone() for o in _outputs_of(func, inputs)]
                flat[position] = original - step
                down = [o.detach().clone() for o in _outputs_of(func, inputs)]
                flat[position] = original
                parts.append([((a - b) / (2 * eps)).reshape(-1) for a, b in zip(up, down)])
            columns = columns or [[[] for _ in parts] for _ in parts[0]]
            for k, part in enumerate(parts):
                for o, value in enumerate(part):
                    columns[o][k].append(value)
    if columns is None:
        return None
    return [[torch.stack(c, 0) if count else None for c in per_output] for per_output in columns]


def _analytical(output, inputs, cotangent):
    return torch.autograd.grad(output, inputs, cotangent, retain_graph=True, allow_unused=True)


def get_numerical_jacobian(fn, inputs, target=None, eps=1e-3, grad_out=1.0):
    """Matrices (elements of an input, elements of the output) by central differences, for each differentiable input."""
    wanted = _inputs_of(inputs if target is None else target)
    return tuple(_numerical(fn, _flat(inputs), x, eps)[0][0] for x in wanted)


def get_analytical_jacobian(inputs, output, nondet_tol=0.0, grad_out=1.0):
    """The same matrices by backward, with (reentrant, sizes correct, types correct)."""
    wanted = _inputs_of(inputs)
    rows = [[] for _ in wanted]
    for j in range(output.numel()):
        cotangent = torch.zeros_like(output)
        cotangent.view(-1)[j] = grad_out
        for row, g, x in zip(rows, _analytical(output, wanted, cotangent), wanted):
            row.append((torch.zeros_like(x) if g is None else g).reshape(-1))
    return tuple(torch.stack(r, 1) for r in rows), True, True, True


def _check_inputs(inputs):
    wanted = _inputs_of(inputs)
    if not wanted:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.")
    import warnings

    for i, x in enumerate(wanted):
        if x.dtype not in (torch.float64, torch.complex128):
            warnings.warn(f"Input #{i} requires gradient and is not a double precision floating point or complex. This check will likely fail if all the inputs are not of double precision "
                          "floating point or complex. ", stacklevel=4)
    return wanted


def _compare(func, inputs, eps, atol, rtol, nondet_tol, masked):
    wanted = _check_inputs(inputs)
    outputs = [o for o in _outputs_of(func, inputs) if o.requires_grad]
    everything = _outputs_of(func, inputs)
    if not outputs:
        for x in wanted:
            for number in _numerical(func, inputs, x, eps) or ():
                if any(part is not None and bool((part != 0).any()) for part in number):
                    raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    for index, x in enumerate(wanted):
        numerical = _numerical(func, inputs, x, eps)
        if numerical is None:
            continue
        for o, output in enumerate(everything):
            if not output.requires_grad:
                continue
            for unit in (1, 1j) if output.dtype.is_complex else (1,):
                for j in range(output.numel()):
                    cotangent = torch.zeros_like(output)
                    cotangent.view(-1)[j] = unit
                    got, = _analytical(output, [x], cotangent)
                    again, = _analytical(output, [x], cotangent)
                    if got is None:
                        got = again = torch.zeros_like(x)
                    if got.shape != x.shape or got.dtype != x.dtype:
                        raise GradcheckError("Backward produced a gradient of the wrong size or type")
                    if bool(((got - again).abs() > nondet_tol).any()):
                        raise GradcheckError(f"Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although analytical "
                                             f"gradient matches numerical gradient.The tolerance for nondeterminism was {nondet_tol}.")
                    parts = [p[:, j] for p in numerical[o]]
                    # gradient of Re(conj(unit) * output): along re, and along im for complex inputs
                    along = [(p * (1 if unit == 1 else -1j)).real if p.dtype.is_complex else p for p in parts]
                    flat = got.reshape(-1)
                    have = [flat.real, flat.imag] if x.dtype.is_complex else [flat]
                    for a, n in zip(have, along):
                        if not torch.allclose(a, n.to(a.dtype), rtol, atol, equal_nan=True):
                            raise GradcheckError(f"Jacobian mismatch for output {o} with respect to input {index},\nnumerical:{n}\nanalytical:{a}\n")


def _undefined(func, inputs):
    """Backward with undefined cotangents gives no gradient or zeros."""
    wanted = _inputs_of(inputs)
    outputs = [o for o in _outputs_of(func, inputs) if o.requires_grad]
    if not outputs:
        return
    found = torch.autograd.grad(outputs, wanted, [torch.zeros_like(o) for o in outputs], allow_unused=True)
    if any(g is not None and bool((g != 0).any()) for g in found):
        raise GradcheckError("backward not multiplied by grad_output")


def _refuse(check_forward_ad, check_batched_forward_grad):
    if check_forward_ad or check_batched_forward_grad:
        raise NotImplementedError("gradcheck: check_forward_ad is not supported, there is no forward-mode differentiation")


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
              check_batched_forward_grad=False, check_forward_ad=False, check_backward_ad=True, fast_mode=False, masked=None):
    """Whether backward agrees with central differences in every element (fast_mode too); GradcheckError where it does not, or False without raise_exception."""
    _refuse(check_forward_ad, check_batched_forward_grad)
    inputs = _flat(inputs)
    try:
        if check_backward_ad:
            with torch.enable_grad():
                _compare(func, inputs, eps, atol, rtol, nondet_tol, masked)
                _undefined(func, inputs)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3, gen_non_contig_grad_outputs=False, raise_exception=True, nondet_tol=0.0, check_undefined_grad=True,
                  check_grad_dtypes=False, check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True, fast_mode=False, masked=False):
    """gradcheck of the gradient of func, with respect to its inputs and to the cotangents."""
    _refuse(check_fwd_over_rev, False)
    inputs = _flat(inputs)
    outputs = [o for o in _outputs_of(func, inputs) if o.requires_grad]
    if grad_outputs is None:
        grad_outputs = [torch.randn(o.shape, dtype=o.dtype if o.dtype in (torch.float64, torch.complex128) else torch.float64, device=o.device, requires_grad=True) for o in outputs]
        if gen_non_contig_grad_outputs:
            grad_outputs = [torch.stack([g, g], -1)[..., 0].detach().requires_grad_() for g in grad_outputs]
    grad_outputs = _flat(grad_outputs)
    places = [i for i, x in enumerate(inputs) if isinstance(x, torch.Tensor) and x.requires_grad]

    def gradient(*values):
        given, cotangents = values[: len(inputs)], values[len(inputs) :]
        given = tuple(x.detach().requires_grad_() if i in places and not x.requires_grad else x for i, x in enumerate(given))
        results = [o for o in _outputs_of(func, given) if o.requires_grad]
        with torch.enable_grad():
            found = torch.autograd.grad(results, [given[i] for i in places], cotangents, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    def differentiable(*values):
        with torch.enable_grad():
            return gradient(*values)

    return gradcheck(differentiable, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
                     check_undefined_grad=check_undefined_grad, fast_mode=fast_mode)
