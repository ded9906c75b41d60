"""Analytical gradients against finite differences."""
import warnings

import mindtorch as torch

__all__ = ["gradcheck", "gradgradcheck", "GradcheckError", "get_numerical_jacobian", "get_analytical_jacobian"]


class GradcheckError(RuntimeError):
    """Gradients are not what the differences say."""


def _flat(values):
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def _inputs_of(inputs):
    return [x for x in _flat(inputs) if isinstance(x, torch.Tensor) and x.requires_grad]


def _outputs_of(func, inputs):
    return [o for o in _flat(func(*inputs)) if isinstance(o, torch.Tensor)
            and (o.dtype.is_floating_point or o.dtype.is_complex)]


def _along(func, inputs, x, direction, eps):
    """Derivative of each output along `direction` from x, by central differences."""
    data = x.data  # a version counter of its own: graphs made before do not notice the steps
    with torch.no_grad():
        start = data.clone()
        try:
            data.add_(direction, alpha=eps)
            up = [o.detach().clone() for o in _outputs_of(func, inputs)]
            data.copy_(start).sub_(direction, alpha=eps)
            down = [o.detach().clone() for o in _outputs_of(func, inputs)]
        finally:
            data.copy_(start)
        return [(a - b) / (2 * eps) for a, b in zip(up, down)]


def _units(x):
    """Unit vectors in x's shape, for complex x along the imaginary axis too."""
    for i in range(x.numel()):
        for step in (1, 1j) if x.dtype.is_complex else (1,):
            unit = torch.zeros(x.shape, dtype=x.dtype, device=x.device)
            unit.view(-1)[i] = step
            yield unit


def _dot(a, b):
    """Real inner product, of complex numbers as pairs."""
    return float((a.conj() * b).real.sum() if a.dtype.is_complex else (a * b).sum())


def _pulled(outputs, inputs, cotangents):
    found = torch.autograd.grad(outputs, inputs, cotangents, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs)]


def get_numerical_jacobian(fn, inputs, target=None, eps=1e-3, grad_out=1.0):
    """Matrices (elements of an input, elements of the output) by central differences, for each differentiable input."""
    wanted = _inputs_of(inputs if target is None else target)
    return tuple(torch.stack([_along(fn, _flat(inputs), x, u, eps)[0].reshape(-1) for u in _units(x)]) for x in wanted)


def get_analytical_jacobian(inputs, output, nondet_tol=0.0, grad_out=1.0):
    """The same matrices by backward, with (reentrant, sizes correct, types correct)."""
    wanted = _inputs_of(inputs)
    rows = [_pulled([output], wanted, [unit * grad_out]) for unit in _units(output)]
    again = [_pulled([output], wanted, [unit * grad_out]) for unit in _units(output)]
    reentrant = all(not bool(((a - b).abs() > nondet_tol).any()) for r, s in zip(rows, again) for a, b in zip(r, s))
    sizes, types = (all(getattr(g, name) == getattr(x, name) for r in rows for g, x in zip(r, wanted))
                    for name in ("shape", "dtype"))
    return tuple(torch.stack([r[i].reshape(-1) for r in rows], 1) for i in range(len(wanted))), reentrant, sizes, types


def _check_inputs(inputs):
    wanted = _inputs_of(inputs)
    if not wanted:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them have "
                         "requires_grad=True.")
    for i, x in enumerate(wanted):
        if x.dtype not in (torch.float64, torch.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision "
                "floating point or complex. ",
                stacklevel=4,
            )
        if x.layout == torch.strided and any(s == 0 and n > 1 for s, n in zip(x.stride(), x.shape)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients "
                "correctly. You should call .contiguous on the input before passing it to gradcheck."
            )
    return wanted


def _random_unit(x, generator):
    v = torch.randn(x.shape, dtype=torch.complex128 if x.dtype.is_complex else torch.float64, generator=generator)
    norm = float(v.abs().square().sum().sqrt())
    return (v / norm if norm else v).to(device=x.device, dtype=x.dtype)


class _Check:
    """One function at one point with its tolerances."""

    def __init__(self, func, inputs, eps, atol, rtol, nondet_tol):
        self.func, self.inputs, self.eps, self.atol, self.rtol, self.nondet_tol = (
            func, inputs, eps, atol, rtol, nondet_tol)
        self.wanted = _check_inputs(inputs)
        self.every = _outputs_of(func, inputs)
        self.outputs = [o for o in self.every if o.requires_grad]
        self.places = [i for i, o in enumerate(self.every) if o.requires_grad]

    def along(self, x, direction):
        return _along(self.func, self.inputs, x, direction, self.eps)

    def close(self, got, expected, scale=1.0):
        return abs(got
                   - expected) <= self.atol * scale + self.rtol * abs(expected) or (
                       got != got and expected != expected) or got == expected

    def constant(self):
        """No output has a history: the differences must be zero."""
        for x in self.wanted:
            for unit in _units(x):
                if any(bool((d != 0).any()) for d in self.along(x, unit)):
                    raise GradcheckError("Numerical gradient for function expected to be zero")

    def pull(self, cotangents, outputs=None):
        """Gradients of all inputs, twice, with the checks of form."""
        outputs = self.outputs if outputs is None else outputs
        grads, again = (_pulled(outputs, self.wanted, cotangents) for _ in range(2))
        for g, h, x in zip(grads, again, self.wanted):
            if g.shape != x.shape or g.dtype != x.dtype:
                raise GradcheckError("Backward produced a gradient of the wrong size or type")
            if bool(((g - h).abs() > self.nondet_tol).any()):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    "gives different values, although analytical "
                    f"gradient matches numerical gradient.The tolerance for nondeterminism was {self.nondet_tol}."
                )
        return grads

    def elements(self):
        """Every element of every Jacobian."""
        numerical = [[(u, self.along(x, u)) for u in _units(x)] for x in self.wanted]
        for place, output in zip(self.places, self.outputs):
            for cotangent in _units(output):
                for index, g in enumerate(self.pull([cotangent], [output])):
                    for unit, moved in numerical[index]:
                        a, n = _dot(g, unit), _dot(cotangent, moved[place])
                        if not self.close(a, n):
                            raise GradcheckError(f"Jacobian mismatch for output {place} with respect to input "
                                                 f"{index},\nnumerical:{n}\nanalytical:{a}\n")

    def projection(self):
        """One random direction and one random cotangent instead: what an error would change with probability one."""
        generator = torch.Generator().manual_seed(42)
        cotangents = [_random_unit(o, generator) for o in self.outputs]
        for index, (x, g) in enumerate(zip(self.wanted, self.pull(cotangents))):
            if not x.numel():
                continue
            direction = _random_unit(x, generator)
            moved = self.along(x, direction)
            n = sum(_dot(c, moved[p].to(c.dtype)) for c, p in zip(cotangents, self.places))
            a = _dot(g, direction)
            if not self.close(
                a, n, max(1.0, sum(float(c.abs().sum()) for c in cotangents) * float(direction.abs().sum()))
            ):
                raise GradcheckError(f"Jacobian computed with fast mode mismatch with respect to input {index},\n"
                                     f"numerical:{n}\nanalytical:{a}\n")

    def forward(self, fast):
        """Forward mode against the differences."""
        generator = torch.Generator().manual_seed(42)
        for index, x in enumerate(self.wanted):
            for direction in [_random_unit(x, generator)] if fast else _units(x):
                tangents = _forward_tangents(self.func, self.inputs, x, direction)
                for place, (t, n) in enumerate(zip(tangents, self.along(x, direction))):
                    t = torch.zeros_like(n) if t is None else t
                    if t.shape != n.shape or not torch.allclose(
                        t.detach(), n.to(t.dtype), self.rtol, self.atol, equal_nan=True
                    ):
                        raise GradcheckError(f"Jacobian mismatch for output {place} with respect to input {index} "
                                             f"computed with forward mode,\nnumerical:{n}\nanalytical:{t}\n")

    def batched(self):
        """A batch of cotangents at once against one after the other."""
        generator = torch.Generator().manual_seed(7)
        for output in self.outputs:
            rows = torch.stack([_random_unit(output, generator) for _ in range(2)])
            together = torch.autograd.grad([output], self.wanted, [rows], retain_graph=True, allow_unused=True,
                                           is_grads_batched=True)
            single = [_pulled([output], self.wanted, [r]) for r in rows]
            for i, t in enumerate(together):
                if t is not None and not torch.allclose(
                    t, torch.stack([s[i] for s in single]), self.rtol, self.atol, equal_nan=True
                ):
                    raise GradcheckError(f"For output and input {i}: gradients computed for a batch of grad_outputs "
                                         "differ from those computed one by one")

    def undefined(self):
        """Zero cotangents give no gradient or zeros."""
        if any(
            bool((g != 0).any())
            for g in _pulled(self.outputs, self.wanted, [torch.zeros_like(o) for o in self.outputs])
        ):
            raise GradcheckError("backward not multiplied by grad_output")


def _forward_tangents(func, inputs, x, direction):
    from . import forward_ad

    with forward_ad.dual_level():
        return [forward_ad.unpack_dual(o).tangent
                for o in _outputs_of(func, [forward_ad.make_dual(v, direction) if v is x else v for v in inputs])]


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0,
              check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
              check_batched_forward_grad=False, check_forward_ad=False, check_backward_ad=True, fast_mode=False,
              masked=None):
    """Whether backward (and forward mode, where asked) agrees with central differences: in every element, with
    fast_mode along one random direction.
    GradcheckError where it does not, or False without raise_exception. check_grad_dtypes is always done."""
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad:
        if not check_forward_ad:
            raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
        raise NotImplementedError("gradcheck: check_batched_forward_grad is not supported; forward mode takes one "
                                  "tangent at a time")
    inputs = _flat(inputs)
    if any(isinstance(x, torch.Tensor) and x.layout != torch.strided for x in inputs):
        raise NotImplementedError("gradcheck: sparse inputs are not supported; check a function that makes its sparse "
                                  "tensors itself")
    try:
        with torch.enable_grad():
            check = _Check(func, inputs, eps, atol, rtol, nondet_tol)
            if check_forward_ad:
                check.forward(fast_mode)
            if check_backward_ad:
                if not check.outputs:
                    check.constant()
                else:
                    (check.projection if fast_mode else check.elements)()
                    if check_batched_grad:
                        check.batched()
                    if check_undefined_grad:
                        check.undefined()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3, gen_non_contig_grad_outputs=False,
                  raise_exception=True, nondet_tol=0.0, check_undefined_grad=True,
                  check_grad_dtypes=False, check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True,
                  fast_mode=False, masked=False):
    """gradcheck of the gradient of func, with respect to its inputs and to the cotangents."""
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    inputs = _flat(inputs)
    with torch.enable_grad():
        outputs = [o for o in _outputs_of(func, inputs) if o.requires_grad]
    if grad_outputs is None:
        grad_outputs = [torch.randn(o.shape, dtype=o.dtype if o.dtype in (torch.float64, torch.complex128)
                                    else torch.complex128 if o.dtype.is_complex else torch.float64, device=o.device,
                                    requires_grad=True) for o in outputs]
        if gen_non_contig_grad_outputs:
            grad_outputs = [torch.stack([g, g], -1)[..., 0].detach().requires_grad_() for g in grad_outputs]
    grad_outputs = _flat(grad_outputs)
    places = [i for i, x in enumerate(inputs) if isinstance(x, torch.Tensor) and x.requires_grad]

    def gradient(*values):
        given, cotangents = values[: len(inputs)], values[len(inputs) :]
        with torch.enable_grad():
            given = tuple(x.requires_grad_() if i in places and not x.requires_grad else x for i, x in enumerate(given))
            results = [o for o in _outputs_of(func, given) if o.requires_grad]
            found = torch.autograd.grad(results, [given[i] for i in places], cotangents, create_graph=True,
                                        allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(gradient, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
                     nondet_tol=nondet_tol,
                     check_undefined_grad=check_undefined_grad, check_batched_grad=check_batched_grad,
                     fast_mode=fast_mode, check_forward_ad=check_fwd_over_rev,
                     check_backward_ad=check_rev_over_rev)
