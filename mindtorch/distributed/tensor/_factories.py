"""DTensors from nothing: zeros, ones, empty, full, and random numbers.

Random numbers are those of one process: every rank draws all of them from the state that the generator of the mesh's
first rank has, and keeps its part. So a Replicate is the same everywhere, and a layout changes no number."""
import math

import mindtorch as torch

from .. import collectives
from ._api import _mesh, wrap
from ._dtensor_spec import local_shape_and_offset, normalized
from ._redistribute import move
from .placement_types import Partial, Replicate


def agreed(mesh, device):
    """Give this rank's default generator the state of that of the mesh's first rank."""
    if mesh.size() == 1 or mesh.get_coordinate() is None:
        return
    source = torch.npu if device.type == "npu" else torch.random
    state = source.get_rng_state()
    for i in range(mesh.ndim):
        if mesh.shape[i] > 1:
            collectives.broadcast(state, group=mesh.get_group(i), group_src=0)
    source.set_rng_state(state)


def drawn(fill, shape, dtype, device, mesh, placements):
    """This rank's part of a tensor that `fill` fills with random numbers. RuntimeError for terms of reductions."""
    if any(isinstance(p, Partial) for p in placements):
        raise RuntimeError("random numbers as terms of a reduction")
    if device.type == "meta":
        return torch.empty(local_shape_and_offset(shape, mesh, placements)[0], dtype=dtype, device=device)
    agreed(mesh, device)
    with torch.no_grad():
        whole = fill(torch.empty(shape, dtype=dtype, device=device))
    return move(whole, shape, mesh, (Replicate(),) * mesh.ndim, placements)


def _size(size):
    return tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else tuple(size)


def _make(make, size, requires_grad, layout, device_mesh, placements, random=False, dtype=None):
    if layout not in (None, torch.strided):
        raise RuntimeError(f"a DTensor of layout {layout}")
    mesh = _mesh(device_mesh)
    placements = normalized(placements, mesh, len(size))
    device = torch.device("npu" if mesh.device_type == "cuda" else mesh.device_type)
    if mesh.get_coordinate() is None:
        local = torch.empty((0,), dtype=dtype, device=device)
    elif random:
        local = drawn(make, size, dtype or torch.get_default_dtype(), device, mesh, placements)
    else:
        local = make(local_shape_and_offset(size, mesh, placements)[0], device)
    made = wrap(local, mesh, placements, size)
    return made.requires_grad_() if requires_grad else made


def zeros(*size, requires_grad=False, dtype=None, layout=torch.strided, device_mesh=None, placements=None):
    """A DTensor of zeros."""
    return _make(lambda s, d: torch.zeros(s, dtype=dtype, device=d), _size(size), requires_grad, layout, device_mesh,
                 placements)


def empty(*size, dtype=None, layout=torch.strided, requires_grad=False, device_mesh=None, placements=None):
    """A DTensor of whatever was in memory."""
    return _make(lambda s, d: torch.empty(s, dtype=dtype, device=d), _size(size), requires_grad, layout, device_mesh,
                 placements)


def full(size, fill_value, *, dtype=None, layout=torch.strided, requires_grad=False, device_mesh=None,
         placements=None):
    """A DTensor of one number; as terms of a sum it is divided between the ranks."""
    size = tuple(size) if not isinstance(size, int) else (size,)
    mesh = _mesh(device_mesh)
    terms = math.prod(mesh.shape[i] for i, p in enumerate(placements or ())
                      if isinstance(p, Partial) and p.reduce_op == "sum")
    value = fill_value if terms == 1 else fill_value / terms
    return _make(lambda s, d: torch.full(s, value, dtype=dtype, device=d), size, requires_grad, layout, mesh,
                 placements)


def ones(*size, dtype=None, layout=torch.strided, requires_grad=False, device_mesh=None, placements=None):
    """A DTensor of ones."""
    return full(_size(size), 1.0, dtype=dtype or torch.get_default_dtype(), layout=layout, requires_grad=requires_grad,
                device_mesh=device_mesh, placements=placements)


def rand(*size, requires_grad=False, dtype=None, layout=torch.strided, device_mesh=None, placements=None):
    """A DTensor of random numbers from 0 to 1: those that one process would draw."""
    return _make(lambda t: t.uniform_(), _size(size), requires_grad, layout, device_mesh, placements, True, dtype)


def randn(*size, requires_grad=False, dtype=None, layout=torch.strided, device_mesh=None, placements=None):
    """A DTensor of normally distributed random numbers: those that one process would draw."""
    return _make(lambda t: t.normal_(), _size(size), requires_grad, layout, device_mesh, placements, True, dtype)


__all__ = ["zeros", "empty", "full", "ones", "rand", "randn", "agreed", "drawn"]
