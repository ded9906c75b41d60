"""What is done to a tensor between forward and backward. Runs under mindtorch and under the reference.

Of each change is known whether the reference counts it: then the version must rise, and a backward that goes on must
give the
gradients that it would have given.
"""
import contextlib
import gc

import torch

from . import values


# what they leave is another tensor: then the reference goes on with it
GEOMETRY = {"set_", "set_ other", "set_ storage", "transpose_", "unsqueeze_", "as_strided_"}


class Wrong(str):
    """An answer that is a finding."""


def _no_grad(function):
    def run(t):
        with torch.no_grad():
            function(t)

    return run


def _swap(t):
    torch.utils.swap_tensors(t, torch.zeros(2, dtype=t.dtype))


def _assign(make):
    def run(t):
        t.data = make(t)

    return run


def _hook(answer):
    return lambda t: t.register_hook(answer)


def _node(answer, before=False):
    def run(t):
        node = t.grad_fn
        (node.register_prehook if before else node.register_hook)(answer)

    return run


def _half(t):
    t.untyped_storage().resize_(t.untyped_storage().nbytes() // 2)


def _forgotten(t):
    values.GIVEN.clear()
    gc.collect()


def _shrunken(t):
    y = torch.zeros(t.numel() + 8, dtype=t.dtype)[: t.numel()].view(t.shape)
    y.untyped_storage().resize_(y.element_size())
    return y


COUNTED = {
    "zero_": _no_grad(lambda t: t.zero_()),
    "add_": _no_grad(lambda t: t.add_(1)),
    "copy_": _no_grad(lambda t: t.copy_(torch.ones((), dtype=t.dtype))),
    "fill_ detached": lambda t: t.detach().fill_(1),
    "setitem": _no_grad(lambda t: t.__setitem__(..., 1)),
    "resize_ smaller": _no_grad(lambda t: t.detach().resize_([1] * t.ndim)),
    "resize_ larger": _no_grad(lambda t: t.detach().resize_([n + 3 for n in t.shape])),
    "resize_as_": _no_grad(lambda t: t.detach().resize_as_(torch.ones(5))),
    "a view's zero_": _no_grad(lambda t: t.view(-1)[:1].zero_()),
    "set_": _no_grad(lambda t: t.set_()),
    "set_ other": _no_grad(lambda t: t.set_(torch.zeros(2, dtype=t.dtype))),
    "set_ storage": _no_grad(lambda t: t.set_(t.untyped_storage(), 0, (1,), (1,))),
    "uniform_": _no_grad(lambda t: t.uniform_()),
    "out=": _no_grad(lambda t: torch.add(t.detach(), 1, out=t.detach())),
    "transpose_": _no_grad(lambda t: t.transpose_(0, -1)),
    "unsqueeze_": _no_grad(lambda t: t.unsqueeze_(0)),
    "as_strided_": _no_grad(lambda t: t.as_strided_((1,), (1,))),
    "foreach": _no_grad(lambda t: torch._foreach_mul_([t], 2)),
}
OTHERS = {
    "data smaller": _assign(lambda t: torch.zeros([1] * t.ndim, dtype=t.dtype)),
    "data flat": _assign(lambda t: t.detach().flatten()[:1]),
    "data same": _assign(lambda t: torch.ones_like(t)),
    "data larger": _assign(lambda t: torch.zeros([n + 2 for n in t.shape], dtype=t.dtype)),
    "data empty": _assign(lambda t: torch.zeros(0, dtype=t.dtype)),
    "data expanded": _assign(lambda t: torch.zeros((), dtype=t.dtype).expand(t.shape)),
    "data double": _assign(lambda t: t.detach().double()),
    "data half": _assign(lambda t: t.detach().half()),
    "data int": _assign(lambda t: t.detach().long()),
    "data complex": _assign(lambda t: t.detach().to(torch.complex64)),
    "data meta": _assign(lambda t: t.detach().to("meta")),
    "data turned": _assign(lambda t: t.detach().transpose(0, -1)),
    "data more dims": _assign(lambda t: t.detach()[None, None]),
    "data sparse": _assign(lambda t: t.detach().to_sparse()),
    "data shrunken": _assign(_shrunken),
    "data.zero_": lambda t: t.data.zero_(),
    "data.resize_": lambda t: t.data.resize_(1),
    "data shrunk later": lambda t: (_assign(lambda x: torch.zeros_like(x))(t), _half(t)),
    "storage resize_ 0": lambda t: t.untyped_storage().resize_(0),
    "storage resize_ half": _half,
    "storage resize_ larger": lambda t: t.untyped_storage().resize_(t.untyped_storage().nbytes() * 4),
    "storage fill": lambda t: t.untyped_storage().fill_(255),
    "typed storage resize_": lambda t: t.storage().resize_(1),
    "swap": _swap,
    "requires_grad": lambda t: t.requires_grad_(False),
    "requires_grad on": lambda t: t.requires_grad_(True),
    "detach_": lambda t: t.detach_(),
    "forgotten": _forgotten,
    "grad other": lambda t: setattr(t, "grad", torch.zeros_like(t)),
    "retain_grad": lambda t: t.retain_grad(),
    "numpy": lambda t: t.detach().numpy().fill(7),
    "numpy bytes": lambda t: t.detach().numpy().view("u1").fill(255),
    "hook smaller": _hook(lambda g: g.flatten()[:1]),
    "hook larger": _hook(lambda g: torch.cat([g.flatten(), g.flatten()])),
    "hook double": _hook(lambda g: g.double()),
    "hook int": _hook(lambda g: g.long()),
    "hook complex": _hook(lambda g: g.to(torch.complex64)),
    "hook meta": _hook(lambda g: g.to("meta")),
    "hook text": _hook(lambda g: "a"),
    "hook number": _hook(lambda g: 5),
    "hook raises": _hook(values.failing),
    "hook sparse": _hook(lambda g: g.to_sparse()),
    "hook expanded": _hook(lambda g: g.flatten()[:1].expand(g.numel()).view(g.shape)),
    "hook shrunken": _hook(_shrunken),
    "hook resizes": _hook(lambda g: g.resize_(0) and None),
    "hook empties": _hook(lambda g: g.untyped_storage().resize_(0) and None),
    "hook turned": _hook(lambda g: g.transpose(0, -1)),
    "hook NaN": _hook(lambda g: g * values.nan),
    "node none": _node(lambda i, o: None),
    "node smaller": _node(lambda i, o: tuple(g if g is None else g.flatten()[:1] for g in i)),
    "node fewer": _node(lambda i, o: ()),
    "node more": _node(lambda i, o: (*i, *i)),
    "node nothing": _node(lambda i, o: tuple(None for _ in i)),
    "node text": _node(lambda i, o: tuple("a" for _ in i)),
    "node meta": _node(lambda i, o: tuple(g if g is None else g.to("meta") for g in i)),
    "node half": _node(lambda i, o: tuple(g if g is None else g.half() for g in i)),
    "before smaller": _node(lambda o: tuple(g if g is None else g.flatten()[:1] for g in o), True),
    "before fewer": _node(lambda o: (), True),
    "before meta": _node(lambda o: tuple(g if g is None else g.to("meta") for g in o), True),
    "before double": _node(lambda o: tuple(g if g is None else g.double() for g in o), True),
    "before shrunken": _node(lambda o: tuple(g if g is None else _shrunken(g) for g in o), True),
    "before nothing": _node(lambda o: tuple(None for _ in o), True),
    "before expanded": _node(
        lambda o: tuple(g if g is None else g.flatten()[:1].expand(g.numel()).view(g.shape) for g in o), True
    ),
    "before larger": _node(lambda o: tuple(g if g is None else torch.cat([g, g]) for g in o), True),
}
# what a hook gives back for a saved tensor
UNPACKED = {
    "smaller": lambda t: t.flatten()[:1], "one": lambda t: torch.zeros([1] * t.ndim, dtype=t.dtype),
    "empty": lambda t: torch.zeros(0, dtype=t.dtype), "larger": lambda t: torch.cat([t, t]), "half": lambda t: t.half(),
    "double": lambda t: t.double(), "int": lambda t: t.long(),
    "bool": lambda t: t.bool(), "complex": lambda t: t.to(torch.complex64), "meta": lambda t: t.to("meta"),
    "sparse": lambda t: t.to_sparse(), "expanded": lambda t: t.flatten()[:1].expand(t.numel()).view(t.shape),
    "turned": lambda t: t.transpose(0, -1), "flat": lambda t: t.flatten(),
    "more dims": lambda t: t[None], "shrunken": _shrunken,
    "huge": lambda t: torch.full_like(t, 2**62 if not t.is_floating_point() else 1e38),
    "negative": lambda t: torch.full_like(t, -1), "NaN": lambda t: torch.full_like(t, values.nan),
    "text": lambda t: "a", "nothing": lambda t: None,
    "same": lambda t: t, "copy": lambda t: t.clone(), "strided": lambda t: torch.stack([t, t], -1)[..., 0],
    "requires": lambda t: t.detach().clone().requires_grad_(),
}
COTANGENTS = {k: UNPACKED[k] for k in ("smaller", "one", "empty", "larger", "half", "double", "int", "bool", "complex",
                                       "meta", "sparse", "expanded", "turned", "flat", "more dims", "shrunken", "NaN",
                                       "text", "nothing", "strided", "requires")}


def tensors(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for v in value:
            yield from tensors(v)


def run_forward(forward, hooks=contextlib.nullcontext()):
    """(results that require grad, leaves, all tensors that took part)"""
    values.forget()
    torch.manual_seed(0)
    with hooks:
        result = forward()
    roots = [t for t in tensors(result) if t.requires_grad and t.layout is torch.strided]
    leaves = [t for t in values.LEAVES if t.requires_grad]
    return roots, leaves, [*values.GIVEN, *(t for t in tensors(result) if not any(t is g for g in values.GIVEN))]


def gradients(roots, leaves, order, cotangents=None):
    cotangents = cotangents or [torch.ones_like(t) for t in roots]
    found = torch.autograd.grad(roots, leaves, cotangents, allow_unused=True, create_graph=order > 1)
    if order > 1:
        again = [g for g in found if g is not None and g.requires_grad]
        found = (*found, *(torch.autograd.grad(again, leaves, [torch.ones_like(g) for g in again], allow_unused=True)
                           if again else ()))
    return [g if g is None else g.detach().clone() for g in found]


def same(a, b):
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and a.dtype == b.dtype and bool(
        torch.isclose(a, b, rtol=1e-3, atol=1e-4, equal_nan=True).all())


def changed(forward, change, position, order=1):
    """Forward; a change to one of the tensors; backward."""
    if change in UNPACKED and position < 0:
        roots, leaves, _ = run_forward(forward, torch.autograd.graph.saved_tensors_hooks(lambda t: t, UNPACKED[change]))
        return gradients(roots, leaves, order)
    if change in COTANGENTS and position >= 100:
        roots, leaves, _ = run_forward(forward)
        return gradients(roots, leaves, order, [COTANGENTS[change](torch.ones_like(t)) for t in roots])
    expected = None
    if change in COUNTED:
        roots, leaves, _ = run_forward(forward)
        expected = gradients(roots, leaves, order)
    roots, leaves, all_of_them = run_forward(forward)
    if not roots or not leaves:
        return None
    t = all_of_them[position % len(all_of_them)]
    was, shape = t._version if not t.is_inference() else None, t.shape
    del all_of_them
    {**COUNTED, **OTHERS}[change](t)
    # to the shape that it has is no change: "smaller" of ones, and resize_as_ of five
    stays = change in COUNTED and was is not None and t._version == was and t.numel() > 1 and not (
        change.startswith("resize_") and (1 in shape or tuple(shape) == (5,)))
    del t
    found = gradients(roots, leaves, order)
    if stays:
        return Wrong(f"{change} does not count as a change")
    if expected is not None and change not in GEOMETRY and not all(map(same, found, expected)):
        return Wrong(f"gradients in silence after {change}")
    return found
