"""A graph of what a function does with real tensors: each call of a torch function becomes a step.

Python between the calls runs once, so that sizes and flags are those of the inputs; what depends on the values of
tensors
(`if x.sum() > 0`, `x.item()`) can't be recorded and goes to `on_value`."""

import copy
import enum
import functools
import linecache
import operator
import sys
import threading
import types

import mindtorch as torch
from mindtorch.func import _batched
from mindtorch.overrides import TorchFunctionMode

from ._names import qualified_name
from ._symbolic_trace import _Patcher
from ._written import as_written
from .graph import Graph
from .node import map_aggregate

_VALUES = {
    "item",
    "__bool__",
    "__int__",
    "__float__",
    "__complex__",
    "__index__",
    "tolist",
    "numpy",
    "__contains__",
    "is_nonzero",
    "equal",
    "allclose",
    "__array__",
    "__format__",
}
_QUESTIONS = {
    "size",
    "dim",
    "numel",
    "nelement",
    "stride",
    "storage_offset",
    "is_contiguous",
    "is_floating_point",
    "is_complex",
    "is_signed",
    "element_size",
    "__len__",
    "get_device",
    "is_pinned",
    "ndimension",
    "data_ptr",
    "is_same_size",
    "is_tensor",
    "__repr__",
    "__hash__",
    "requires_grad",
    "is_leaf",
    "grad_fn",
    "is_inference",
    "is_set_to",
    "result_type",
    "promote_types",
    "__dir__",
    "untyped_storage",
    "is_shared",
    "is_conj",
    "is_neg",
    "has_names",
}


_ITEMS = {"__getitem__": operator.getitem, "__setitem__": operator.setitem}
_DRAWS = {"bernoulli", "multinomial", "normal", "poisson", "dropout"}
_REFUSED = {"register_hook", "register_post_accumulate_grad_hook", "share_memory_", "set_"}


_PLAIN = (str, bytes, int, float, complex, enum.Enum, torch.dtype, torch.device, torch.layout, torch.memory_format)


class NotRecordable(RuntimeError):
    """Something that no graph can hold."""


class Recorder(TorchFunctionMode):
    """with recorder: calls of torch functions become steps of `graph`. `outside(tensor)` gives the Node of a tensor
    that no
    step made; `on_value(function, tensor)` is asked where a program wants a value (it raises, or lets the value
    pass)."""

    def __init__(self, outside, on_value):
        super().__init__()
        self.graph, self.outside, self.on_value = Graph(), outside, on_value
        self.nodes, self.pending, self.alive, self.paused, self.fixed = {}, {}, [], 0, set()
        self.thread = threading.get_ident()
        self.grad = torch.is_grad_enabled()
        self.autocast = _autocast()
        self.sizes, self.before_change, self.on_step, self.aten = None, None, None, False

    # ---- tensors and their Nodes ----
    def bind(self, value, node):
        """A step made this value: tensors in it are known from now on."""
        if isinstance(value, torch.Tensor):
            self.alive.append(value)  # its id must stay its own
            self.nodes[id(value)] = node
            self.pending.pop(id(value), None)
            return
        if isinstance(value, dict):
            items = value.items()
        elif isinstance(value, (tuple, list)):
            items = enumerate(value)
        else:
            return
        for key, item in items:
            if isinstance(item, torch.Tensor) or isinstance(item, (tuple, list, dict)):
                self._later(item, node, (key,))

    def _later(self, value, node, path):
        if isinstance(value, torch.Tensor):
            self.alive.append(value)
            self.pending[id(value)] = (node, path)
            self.nodes.pop(id(value), None)
        elif isinstance(value, (tuple, list, dict)):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                self._later(item, node, (*path, key))

    def node_of(self, tensor):
        """The Node that stands for a tensor."""
        found = self.nodes.get(id(tensor))
        if found is not None:
            return found
        waiting = self.pending.pop(id(tensor), None)
        if waiting is not None:
            node, path = waiting
            for key in path:
                node = self.graph.call_function(operator.getitem, (node, key))
        else:
            if type(tensor) is _batched.BatchedTensor:
                raise NotRecordable("what happens inside of this use of vmap can't be recorded")
            node = self.outside(tensor)
        self.alive.append(tensor)
        self.nodes[id(tensor)] = node
        return node

    def argument(self, value):
        """A value as an argument of a step."""
        if self.sizes is not None:
            known = self.sizes.node_of(value)
            if known is not None:
                return known
        if isinstance(value, torch.Tensor):
            return self.node_of(value)
        if isinstance(value, torch.Size):
            return tuple(self.argument(v) for v in value)
        if isinstance(value, tuple):
            made = [self.argument(v) for v in value]
            return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
        if isinstance(value, list):
            return [self.argument(v) for v in value]
        if isinstance(value, dict):
            return {k: self.argument(v) for k, v in value.items()}
        if isinstance(value, slice):
            return slice(*(self.argument(v) for v in (value.start, value.stop, value.step)))
        if value is None or value is ... or isinstance(value, _PLAIN) or callable(value):
            return value
        raise NotRecordable(f"an argument of type {type(value).__name__} can't be recorded")

    def is_mine(self):
        """Whether this is the thread that is recorded."""
        return threading.get_ident() == self.thread

    # ---- calls ----
    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if self.paused or not self.is_mine():
            return func(*args, **kwargs)
        if name in _REFUSED:
            raise NotRecordable(f"Tensor.{name} can't be recorded")
        if name in _QUESTIONS:
            out = func(*args, **kwargs)
            return out if self.sizes is None else self.sizes.answer(self, name, args, kwargs, out)
        if name == "__get__" and _attribute_of(func) == "grad" and isinstance(func(*args), torch.Tensor):
            out = func(*args)
            self.bind(out, self.graph.call_function(getattr, (self.node_of(args[0]), "grad")))
            return out
        if name == "__deepcopy__":
            self.paused += 1
            try:
                out = func(*args, **kwargs)
            finally:
                self.paused -= 1
            self.bind(out, self.graph.call_function(copy.deepcopy, (self.node_of(args[0]),)))
            return out
        if name == "__iter__":
            self.on_value(func, args[0])
            return iter(self.__torch_function__(torch.unbind, types, (args[0],)))
        if name in _VALUES and args:
            if self.nodes.get(id(args[0])) not in self.fixed:
                self.on_value(func, args[0])
            return func(*args, **kwargs)
        if name == "__get__" and _attribute_is_plain(func):
            return func(*args, **kwargs)
        if self.aten:
            from . import _aten

            rule = _aten.COMPOSITIONS.get(qualified_name(func))
            if rule is not None:
                with self:
                    out = rule(*args, **kwargs)
                if out is not NotImplemented:
                    return out
        if self.before_change is not None and (name.endswith("_") or kwargs.get("out") is not None):
            self.before_change()
        self.paused += 1
        try:
            if self.sizes is not None and self.sizes.made:
                out = func(*self.sizes.plain(tuple(args)), **self.sizes.plain(kwargs))
            else:
                out = func(*args, **kwargs)
        finally:
            self.paused -= 1
        self._step(func, args, kwargs, out)
        return out

    def _step(self, func, args, kwargs, out):
        name = getattr(func, "__name__", "")
        if name == "__set__":
            owner = getattr(func, "__self__", None)
            kind, target, args, kwargs = "call_function", assign, (args[0], owner.__name__, args[1]), {}
        elif name in _ITEMS:
            kind, target = "call_function", _ITEMS[name]
        else:
            kind, target, args, kwargs = as_written(func, args, kwargs)
            label = getattr(target, "__name__", "")
            if kind == "call_function" and label.startswith("__") and label in vars(torch.Tensor):
                kind, target = "call_method", label
        self._modes()
        node = self._operator(kind, target, args, kwargs, out) if self.aten else None
        if node is None:
            node = self.graph.create_node(kind, target, self.argument(tuple(args)), self.argument(dict(kwargs)))
        # what changes a tensor in place and gives it back: later uses come after this step
        if self._is_fixed(node):
            self.fixed.add(node)
        self.bind(out, node)
        if self.on_step is not None:
            self.on_step(node, out)

    def _operator(self, kind, target, args, kwargs, out):
        """A step that calls an operator of torch.ops.aten; None where none gives the same."""
        from . import _aten

        if target is operator.getitem:
            steps = _aten.index_steps(args[1], args[0].dim())
            if steps is not None:
                return self._indexed(steps, args[0], out)
        found = _aten.to_aten(kind, target, args, kwargs)
        if found is None:
            return None
        overload, args, kwargs = found
        name = overload.overloadpacket.__name__
        if name[-1] != "_" and "rand" not in name and name not in _DRAWS and kwargs.get("out") is None:
            again = self._tried(overload, args, kwargs)
            if again is None or not _equal(again, out):
                return None
        label = name if overload._overloadname == "default" else None
        return self.graph.call_function(
            overload, self.argument(tuple(args)), self.argument(dict(kwargs)), name=label or name
        )

    def _tried(self, overload, args, kwargs):
        plain = self.sizes.plain if self.sizes is not None else lambda v: v
        self.paused += 1
        try:
            with torch.no_grad():
                return overload(*plain(tuple(args)), **plain(dict(kwargs)))
        except (AttributeError, IndexError, NotImplementedError, RuntimeError, TypeError, ValueError):
            return None  # an operator that is not there, or takes something else: the public function stays
        finally:
            self.paused -= 1

    def _indexed(self, steps, tensor, out):
        if not steps:
            return None
        value, node = tensor, self.node_of(tensor)
        for name, overload, rest in steps:
            called = getattr(getattr(torch.ops.aten, name), overload)
            value = self._tried(called, (value, *rest), {})
            if value is None:
                return None
            node = self.graph.call_function(called, (node, *self.argument(rest)), name=name)
            node.meta["val"] = shell(value)
        return node if _equal(value, out) else None

    def _is_fixed(self, node):
        # made of numbers alone: its values may be asked for
        name = node.target if node.op == "call_method" else getattr(node.target, "__name__", "")
        return (
            all(n in self.fixed for n in node.all_input_nodes)
            and "rand" not in name
            and not name.endswith("_")
            and name not in _DRAWS
        )

    def engine(self, function):
        """torch.autograd.grad or backward as one step."""

        @functools.wraps(function)
        def run(*args, **kwargs):
            if self.paused or not self.is_mine():
                return function(*args, **kwargs)
            if _batched.levels_of(tensors_in((args, kwargs))):
                raise _batched.Unbatchable("what is recorded goes through the engine row by row")
            self.paused += 1
            try:
                out = function(*args, **kwargs)
            finally:
                self.paused -= 1
            node = self.graph.create_node(
                "call_function", function, self.argument(tuple(args)), self.argument(dict(kwargs))
            )
            self.bind(out, node)
            return out

        return run

    def custom(self, apply, function, args, kwargs):
        """A step for a call of an autograd.Function, with its own backward."""
        if self.paused or not self.is_mine():
            return apply(*args, **kwargs)
        self.paused += 1
        try:
            out = apply(*args, **kwargs)
        finally:
            self.paused -= 1
        node = self.graph.create_node(
            "call_function",
            types.MethodType(apply.func, function),
            self.argument(tuple(args)),
            self.argument(dict(kwargs)),
        )
        self.bind(out, node)
        return out

    def _refuse_dual(self, *args, **kwargs):
        raise NotRecordable("forward-mode derivatives can't be recorded")

    def _modes(self):
        # steps for what a program entered or left since the last step
        grad, autocast = torch.is_grad_enabled(), _autocast()
        if grad != self.grad:
            self.grad = grad
            self.graph.call_function(switch_grad, (grad,))
        for before, now in zip(self.autocast, autocast):
            if before != now:
                self.graph.call_function(switch_autocast, now)
        self.autocast = autocast

    def finish(self, result):
        """The output step."""
        self._modes()
        return self.graph.output(self.argument(result))

    def run(self, function, *args, **kwargs):
        """function(*args, **kwargs), recorded."""
        recorder = self
        with _Patcher() as patcher:
            original = torch.autograd.Function.apply.__func__

            @classmethod
            def apply(cls, *args, **kwargs):
                return recorder.custom(functools.partial(original, cls), cls, args, kwargs)

            patcher.patch_method(torch.autograd.Function, "apply", apply)
            for name in ("grad", "backward"):
                _patch_everywhere(patcher, getattr(torch.autograd, name), self.engine(getattr(torch.autograd, name)))
            track = torch.func._Run.track

            def tracked(run, value):
                out = track(run, value)
                if not self.paused and self.is_mine():
                    self.bind(out, self.graph.call_function(root_of, (self.node_of(value),)))
                return out

            patcher.patch_method(torch.func._Run, "track", tracked)
            for name in ("make_dual", "unpack_dual"):
                _patch_everywhere(patcher, getattr(torch.autograd.forward_ad, name), self._refuse_dual)
            if self.sizes is not None:
                self.sizes.patch(patcher, self)
            # Function.apply is looked up on the class: put back by name
            patcher.undo[0] = (setattr, (torch.autograd.Function, "apply", classmethod(original)))
            with self:
                return function(*args, **kwargs)


def assign(tensor, name, value):
    """tensor.name = value, for the few attributes of tensors that can be set."""
    if name not in ("data", "grad", "requires_grad", "names", "real", "imag"):
        raise AttributeError(f"a graph can't set the attribute {name}")
    setattr(tensor, name, value)


assign.__module__ = "torch.fx._record"


def root_of(tensor):
    """A tensor to differentiate by: within its graph where it is in one, else on a root of its own."""
    return tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_(True)


root_of.__module__ = "torch.fx._record"


def switch_grad(enabled):
    """Turn the recording of gradients on or off: where a program entered or left no_grad."""
    torch.set_grad_enabled(enabled)


def switch_autocast(device, enabled, dtype):
    """Turn autocast on or off: where a program entered or left it."""
    torch.set_autocast_enabled(device, enabled)
    torch.set_autocast_dtype(device, dtype)
    if not enabled:
        torch.clear_autocast_cache()


switch_grad.__module__ = switch_autocast.__module__ = "torch.fx._record"


class KeptModes:
    """with ...: what steps switched on or off is afterwards as it was, errors or not."""

    def __enter__(self):
        self.grad, self.autocast = torch.is_grad_enabled(), _autocast()

    def __exit__(self, *exc):
        if torch.is_grad_enabled() != self.grad:
            torch.set_grad_enabled(self.grad)
        if _autocast() != self.autocast:
            for state in self.autocast:
                switch_autocast(*state)


def _patch_everywhere(patcher, function, replacement):
    for name, module in list(sys.modules.items()):
        if name.startswith(("mindtorch.autograd", "mindtorch.func")):
            for label, value in list(vars(module).items()):
                if value is function:
                    patcher.patch(vars(module), label, replacement)


def _autocast():
    return tuple((d, torch.is_autocast_enabled(d), torch.get_autocast_dtype(d)) for d in ("cpu", "cuda"))


def _attribute_of(func):
    return getattr(getattr(func, "__self__", None), "__name__", "")


def _attribute_is_plain(func):
    # attributes that are no tensors, or that a graph must not hold
    return getattr(getattr(func, "__self__", None), "__name__", "") in (
        "grad",
        "_grad",
        "grad_fn",
        "requires_grad",
        "is_leaf",
        "_version",
        "shape",
        "dtype",
        "device",
        "layout",
        "ndim",
        "names",
        "itemsize",
        "nbytes",
        "is_sparse",
        "is_meta",
        "is_cuda",
        "is_cpu",
        "is_quantized",
        "is_nested",
        "output_nr",
        "retains_grad",
        "name",
    )


def _equal(got, want):
    """Whether an operator gave what the function did."""
    if isinstance(want, torch.Tensor):
        return (
            isinstance(got, torch.Tensor)
            and got.shape == want.shape
            and got.dtype == want.dtype
            and got.layout == want.layout
            and (want.is_meta or torch.equal(got, want) or torch.allclose(got, want, equal_nan=True))
        )
    if isinstance(want, (tuple, list)):
        return isinstance(got, (tuple, list)) and len(got) == len(want) and all(map(_equal, got, want))
    return got == want


def describe(func):
    """A function's public name, for messages."""
    return qualified_name(func)


def tensors_in(value):
    """The tensors in nested data."""
    found = []
    map_aggregate(value, lambda v: found.append(v) if isinstance(v, torch.Tensor) else None)
    return found


def shell(value):
    """Nested data with tensors that have no memory in the place of tensors."""

    def empty(v):
        if not isinstance(v, torch.Tensor):
            return v
        if v.layout is not torch.strided:
            return v.detach()
        return torch.empty_strided(tuple(v.shape), tuple(v.stride()), dtype=v.dtype, device="meta")

    return map_aggregate(value, empty)


def origin():
    """Where in the program a step is made: the frames outside of torch, below the one that records."""
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name == __name__ and frame.f_code.co_name == "run":
            break
        if not name.startswith("mindtorch") and frame.f_code.co_filename[:1] != "<":
            frames.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return "\n  ".join(
        f'File "{file}", line {line}, in {name}\n    {linecache.getline(file, line).strip()}'
        for file, line, name in reversed(frames)
    )


class Untouched:
    """with ...: tensors and random numbers are afterwards what they were before: what was recorded did not happen."""

    def __init__(self, tensors, held, recorder):
        self.tensors, self.held, self.saved = tensors, held, {}
        recorder.before_change = self._save_all

    def _save(self, tensors):
        for t in tensors:
            if id(t) not in self.saved and t.layout is torch.strided and not t.is_inference():
                self.saved[id(t)] = (t, t._version, t.detach().clone())

    def _save_all(self):
        self._save(self.held)
        self.held = ()

    def __enter__(self):
        self._save(self.tensors)
        self.random = torch.get_rng_state()
        self.device_random = torch.npu.get_rng_state() if torch.npu.is_available() else None
        return self

    def __exit__(self, *exc):
        torch.set_rng_state(self.random)
        if self.device_random is not None:
            torch.npu.set_rng_state(self.device_random)
        with torch.no_grad():
            for tensor, version, value in self.saved.values():
                if tensor._version != version:
                    tensor.copy_(value)
