"""The graph seen from outside: nodes, edges, hooks on what operators save."""
import abc
import contextlib
import functools
from collections import defaultdict, namedtuple

import mindtorch._C as _C
from mindtorch._core.tensor import Tensor
from mindtorch.utils.hooks import RemovableHandle

from .function import BackwardCFunction

__all__ = ["saved_tensors_hooks", "save_on_cpu", "disable_saved_tensors_hooks", "register_multi_grad_hook",
           "allow_mutation_on_saved_tensors", "Node", "GradientEdge", "get_gradient_edge",
           "increment_version", "set_warn_on_accumulate_grad_stream_mismatch"]


class Node(abc.ABC):
    """What grad_fn is: name(), next_functions, metadata, register_hook(), register_prehook()."""

    @classmethod
    def __subclasshook__(cls, other):
        if cls is Node and isinstance(other, type) and issubclass(other, (_C.Node, BackwardCFunction)):
            return True
        return NotImplemented


class GradientEdge(namedtuple("GradientEdge", ("node", "output_nr", "ownership_token"), defaults=(None,))):
    """Where a tensor's gradient flows: output `output_nr` of `node`."""


def get_gradient_edge(tensor):
    """The GradientEdge of a tensor that requires grad; RuntimeError for others."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    edge = _C.gradient_edge(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node, index = edge
    return GradientEdge(node, index, node._plain() if isinstance(node, BackwardCFunction) else None)


def edge_of(value):
    """What the engine takes for a tensor or a GradientEdge."""
    if isinstance(value, GradientEdge):
        node = value.node
        return (node._plain() if isinstance(node, BackwardCFunction) else node), value.output_nr
    return value


def increment_version(tensor):
    """Count a change of the tensor, or of several, that autograd did not see."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        if t.is_inference():
            raise RuntimeError("Inplace update to inference tensor outside InferenceMode is not allowed.")
        _C.bump_version(t)


def set_warn_on_accumulate_grad_stream_mismatch(enabled):
    """There are no streams here that could mismatch: nothing is ever warned of."""
    if not isinstance(enabled, bool):
        raise TypeError("set_warn_on_accumulate_grad_stream_mismatch expects a bool")


_disabled = []  # messages of disable_saved_tensors_hooks, innermost last


class saved_tensors_hooks:
    """What operators save inside goes through pack_hook(tensor); backward gets unpack_hook of what that returned."""

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self):
        if _disabled and _disabled[-1] is not None:
            raise RuntimeError(_disabled[-1])
        _C.push_saved_hooks(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exc):
        _C.pop_saved_hooks()


class save_on_cpu(saved_tensors_hooks):
    """Operators inside keep their saved tensors in main memory and move them back for backward."""

    def __init__(self, pin_memory=False, device_type="cuda"):
        def pack(tensor):
            if not pin_memory:
                return tensor.device, tensor.cpu()
            import mindtorch

            packed = mindtorch.empty(tensor.size(), dtype=tensor.dtype, layout=tensor.layout,
                                     pin_memory=getattr(mindtorch, device_type).is_available())
            packed.copy_(tensor)
            return tensor.device, packed

        super().__init__(pack, lambda packed: packed[1].to(packed[0], non_blocking=pin_memory))


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message):
    """Inside, saved_tensors_hooks raises RuntimeError(error_message)."""
    if _C.saved_hooks_depth():
        raise RuntimeError(error_message)
    _disabled.append(error_message)
    try:
        yield
    finally:
        _disabled.pop()


class _MultiHandle(RemovableHandle):
    """Removes the hooks of several tensors at once."""

    def __init__(self, handles):
        self.handles = tuple(handles)

    def remove(self):
        for handle in self.handles:
            handle.remove()

    def __getstate__(self):
        return self.handles

    def __setstate__(self, state):
        self.handles = state


def register_multi_grad_hook(tensors, fn, *, mode="all"):
    """fn(list of gradients) once the gradients of all `tensors` of a backward are there, or with mode='any'
    fn(gradient) at the first.
    Tensors that a backward does not reach count as None."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = tuple(tensors)
    if mode == "any":
        seen = {}

        @functools.wraps(fn)
        def first(grad):
            task = _C.current_task()
            if seen.get("task") != task:
                seen["task"] = task
                fn(grad)

        return _MultiHandle([t.register_hook(first) for t in tensors])

    edges = [edge_of(get_gradient_edge(t)) for t in tensors]
    count, buffers, expected = defaultdict(int), {}, {}

    def inner(index):
        def hook(grad):
            task = _C.current_task()
            if task not in buffers:
                buffers[task] = [None] * len(tensors)
                expected[task] = sum(_C.will_execute(*e) for e in edges)
            buffers[task][index] = grad
            count[task] += 1
            if count[task] == expected[task]:
                values = buffers.pop(task)
                del count[task], expected[task]
                fn(values)
            else:
                _C.queue_callback(lambda: [d.pop(task, None) for d in (buffers, count, expected)])

        return hook

    return _MultiHandle([t.register_hook(inner(i)) for i, t in enumerate(tensors)])


from ._mutation import allow_mutation_on_saved_tensors  # noqa: E402
