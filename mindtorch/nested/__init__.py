"""torch.nested: several tensors of the same number of dimensions as one, each with sizes of its own (a thin layer over
the tensors)."""
import mindtorch as torch
from mindtorch._core import layouts

from .tensor import NestedTensor, from_parts

__all__ = ["as_nested_tensor", "masked_select", "narrow", "nested_tensor", "nested_tensor_from_jagged",
           "to_padded_tensor"]


def _checked_layout(layout):
    layout = layouts.strided if layout is None else layout
    if layout not in (layouts.strided, layouts.jagged):
        raise RuntimeError(f"Specified layout is unsupported for nested tensors: {layout}")
    return layout


def nested_tensor(tensor_list, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """A leaf with copies of the tensors (or lists of numbers) in `tensor_list`; layout strided or jagged. RuntimeError
    for unequal dimensions."""
    layout = _checked_layout(layout)
    parts = [torch.as_tensor(t, dtype=dtype, device=device).detach().clone() for t in tensor_list]
    made = from_parts(parts, layout)
    return made.requires_grad_() if requires_grad else made


def as_nested_tensor(ts, dtype=None, device=None, layout=None):
    """Tensors as one nested tensor that keeps their history; a dense tensor is cut along its first dimension."""
    layout = _checked_layout(layout)
    if isinstance(ts, NestedTensor):
        if ts.layout is not layout:
            raise RuntimeError(f"as_nested_tensor: cannot turn layout {ts.layout} into {layout}")
        return ts.to(dtype=dtype or ts.dtype, device=device or ts.device)
    if not isinstance(ts, (list, tuple, torch.Tensor)):
        raise TypeError("as_nested_tensor(): Expected first argument to be a tensor or a list / tuple of tensors ")
    if isinstance(ts, (list, tuple)) and not all(isinstance(t, torch.Tensor) for t in ts):
        ts = [torch.as_tensor(t) for t in ts]
    parts = [t.to(dtype=dtype or t.dtype, device=device or t.device)
             for t in (ts if isinstance(ts, (list, tuple)) else ts.unbind(0))]
    return from_parts(parts, layout)


def nested_tensor_from_jagged(values, offsets=None, lengths=None, jagged_dim=None, min_seqlen=None, max_seqlen=None):
    """The jagged tensor whose part i is values[offsets[i]:offsets[i + 1]] (or of lengths[i]); it shares memory and
    history with `values`."""
    if offsets is None and lengths is None:
        raise RuntimeError("nested_tensor_from_jagged(): At least one of offsets or lengths is required.")
    ends = [0, *lengths.cumsum(0).tolist()] if offsets is None else offsets.tolist()
    sizes = [b - a for a, b in zip(ends, ends[1:])] if lengths is None else lengths.tolist()
    dim = 1 if jagged_dim is None else jagged_dim
    if not 0 < dim <= values.dim():
        raise RuntimeError(f"nested_tensor_from_jagged(): jagged_dim {dim} is out of range for values of "
                           f"{values.dim()} dimensions")
    parts = [values.narrow(dim - 1, a, n) for a, n in zip(ends, sizes)]
    whole = lengths is None and ends[-1] == values.size(dim - 1) and ends[0] == 0
    if offsets is None:
        offsets = torch.tensor(ends, dtype=lengths.dtype, device=lengths.device)
        whole = ends[-1] == values.size(dim - 1)
    return from_parts(parts, layouts.jagged, ragged=dim, packed=values if whole else None, offsets=offsets)


def narrow(tensor, dim, start, length, layout=None):
    """Part i is tensor[i] from start[i], length[i] long, along dim 1; they share memory with it."""
    if dim != 1:
        raise RuntimeError("nested.narrow(): only dim=1 is supported")
    at = lambda v, i: int(v[i]) if isinstance(v, torch.Tensor) else int(v)
    return from_parts([tensor[i].narrow(0, at(start, i), at(length, i)) for i in range(tensor.size(0))],
                      _checked_layout(layout))


def masked_select(tensor, mask):
    """Row by row, what the mask selects, as a jagged tensor."""
    if tensor.layout is not layouts.strided or mask.layout is not layouts.strided:
        raise RuntimeError("nested.masked_select requires a strided tensor and a strided mask")
    tensor, mask = torch.broadcast_tensors(tensor, mask)
    return from_parts([t[m] for t, m in zip(tensor, mask)], layouts.jagged)


def to_padded_tensor(input, padding, output_size=None, out=None):
    """The parts side by side in one dense tensor, filled up with `padding`; output_size may ask for more room."""
    result = input.to_padded_tensor(padding, output_size)
    return result if out is None else out.copy_(result)
