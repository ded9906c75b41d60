"""What lies around DTensor: implicit_replication, local_map. context_parallel is not there."""
import functools

from mindtorch import _absent

from ...device_mesh import _mesh_resources
from .._api import DTensor
from .._rules import implicit_replication

__all__ = ["implicit_replication", "local_map", "context_parallel"]
context_parallel = _absent.function("torch.distributed.tensor.experimental.context_parallel",
                                    "sequences are not split over ranks")


def local_map(func=None, out_placements=None, in_placements=None, in_grad_placements=None, device_mesh=None, *,
              redistribute_inputs=False):
    """A function of the ranks' parts as one of DTensors: DTensor arguments come as parts, in in_placements if they are
    given (moved there with redistribute_inputs, else ValueError), results are DTensors in out_placements."""
    if func is None:
        return functools.partial(local_map, out_placements=out_placements, in_placements=in_placements,
                                 in_grad_placements=in_grad_placements, device_mesh=device_mesh,
                                 redistribute_inputs=redistribute_inputs)

    @functools.wraps(func)
    def mapped(*args, **kwargs):
        mesh, found = device_mesh, False
        if in_placements is not None and len(in_placements) != len(args):
            raise AssertionError(f"in_placements length {len(in_placements)} does not match the number of input args "
                                 f"{len(args)}!")
        parts = []
        for i, arg in enumerate(args):
            if not isinstance(arg, DTensor):
                parts.append(arg)
                continue
            found, mesh = True, mesh or arg.device_mesh
            want = in_placements[i] if in_placements is not None else None
            if want is not None and tuple(want) != arg.placements:
                if not redistribute_inputs:
                    raise ValueError(f"arg {arg} in local_map has a mismatched placements: arg placements is "
                                     f"{arg.placements} but the input placements is {tuple(want)}! If redistribute is "
                                     "wanted, set redistribute_inputs=True.")
                arg = arg.redistribute(mesh, want)
            grads = in_grad_placements[i] if in_grad_placements is not None else None
            parts.append(arg.to_local(grad_placements=grads))
        results = func(*parts, **kwargs)
        if not found:
            return results
        mesh = mesh or _mesh_resources.get_current_mesh()
        several = isinstance(results, (tuple, list))
        every = results if several else [results]
        places = out_placements if several and out_placements and isinstance(out_placements[0], (tuple, list)) else (
            [out_placements] * len(every))
        made = [r if p is None else DTensor.from_local(r, mesh, p) for r, p in zip(every, places, strict=True)]
        return type(results)(made) if several else made[0]

    return mapped
