"""A program with its inputs as a graph whose inputs are tensors alone, parameters among them, and as what a backend
makes of it."""

import inspect
import re

import mindtorch as torch
from mindtorch.fx._record import KeptModes, NotRecordable, Recorder, Untouched
from mindtorch.fx.graph_module import GraphModule
from mindtorch.utils import _pytree as pytree

from .exc import BackendCompilerFailed, Unsupported


def _kind(value):
    if isinstance(value, torch.Tensor):
        return (
            type(value),
            tuple(value.shape),
            value.dtype,
            value.device,
            value.requires_grad,
            tuple(value.stride()) if value.layout is torch.strided else None,
        )
    if isinstance(value, torch.nn.Module):
        return (id(value), tuple(m.training for m in value.modules()))
    try:
        hash(value)
    except TypeError:
        return (type(value), id(value))
    return (type(value), value)


def _modes():
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        tuple(torch.is_autocast_enabled(d) for d in ("cpu", "cuda")),
    )


class Entry:
    """A recorded program: `module` is its graph, fits() says for which calls it stands."""

    def __init__(self, fn, args, kwargs, backend):
        self.fn, self.backend, self.owner = fn, backend, _owner(fn)
        leaves, self.spec = pytree.tree_flatten((args, kwargs))
        self.kinds = [_kind(v) for v in leaves]
        self.flags, self.modes = self._training(), _modes()
        self.sources, self.examples = [], []  # how to get each input of the graph anew, and what it was
        self._record(args, kwargs, leaves)

    def _training(self):
        return None if self.owner is None else tuple(m.training for m in self.owner.modules())

    def _record(self, args, kwargs, leaves):
        names = _leaf_names(self.fn, args, kwargs)
        given = {id(v): i for i, v in reversed(list(enumerate(leaves))) if isinstance(v, torch.Tensor)}
        held = (
            {}
            if self.owner is None
            else {
                id(t): n
                for n, t in (
                    *self.owner.named_parameters(remove_duplicate=False),
                    *self.owner.named_buffers(remove_duplicate=False),
                )
            }
        )

        def outside(tensor):
            if id(tensor) in given:
                place = given[id(tensor)]
                label, source = f"L_{names[place]}_", ("leaf", place)
            elif id(tensor) in held:
                path = held[id(tensor)]
                *modules, last = path.split(".")
                kind = "parameters" if isinstance(tensor, torch.nn.Parameter) else "buffers"
                label = "L_self_" + "".join(f"modules_{m}_" for m in modules) + f"{kind}_{last}_"
                source = ("attribute", path)
            else:
                label, source = f"G_tensor_{len(self.sources)}_", ("tensor", tensor)
            graph = recorder.graph
            last = [n for n in graph.nodes if n.op == "placeholder"]
            with graph.inserting_after(last[-1]) if last else graph.inserting_before():
                node = graph.create_node(
                    "placeholder", re.sub(r"\W", "_", label), name=re.sub(r"\W", "_", label).lower()
                )
            node.meta["example_value"] = tensor
            self.sources.append(source)
            self.examples.append(tensor)
            return node

        def on_value(function, tensor):
            if getattr(function, "__name__", "") == "__iter__":
                return  # as often as there are rows: another size is another graph
            raise Unsupported(
                "Data-dependent branching\n  Explanation: the program asks for the value of a tensor "
                f"({getattr(function, '__name__', function)}), which a recorded graph does not have.\n"
                "  Hint: use torch.where or torch.cond, compile a smaller part with this backend, or use "
                'backend="eager".'
            )

        recorder = Recorder(outside, on_value)
        parameters = () if self.owner is None else tuple(self.owner.parameters())
        changing = [v for v in leaves if isinstance(v, torch.Tensor)]
        changing += () if self.owner is None else self.owner.buffers()
        untouched = Untouched(changing, parameters, recorder)
        try:
            with untouched:
                result = recorder.run(self.fn, *args, **kwargs)
            flat, self.out_spec = pytree.tree_flatten(result)
            self.places = [isinstance(v, torch.Tensor) for v in flat]
            self.constants = [None if p else v for v, p in zip(flat, self.places)]
            recorder.finish(tuple(v for v, p in zip(flat, self.places) if p))
        except NotRecordable as error:
            raise Unsupported(str(error)) from error
        self.module = GraphModule(torch.nn.Module(), recorder.graph)
        if self.owner is not None:
            self.module.training = self.owner.training

    def compile(self, backend, options):
        """Let the backend make a callable of the graph."""
        try:
            made = backend(self.module, list(self.examples), **options)
        except Exception as error:
            raise BackendCompilerFailed(backend, error) from error
        if not callable(made):
            raise BackendCompilerFailed(backend, AssertionError("compiler_fn did not return callable"))
        self.compiled, self.examples = made, None

    def fits(self, args, kwargs, backend):
        """Whether the graph stands for a call with these arguments."""
        if backend is not self.backend or self.modes != _modes() or self.flags != self._training():
            return False
        leaves, spec = pytree.tree_flatten((args, kwargs))
        return (
            len(leaves) == len(self.kinds)
            and spec == self.spec
            and all(_same(_kind(v), k) for v, k in zip(leaves, self.kinds))
        )

    def run(self, args, kwargs):
        """The result of a call."""
        leaves = pytree.tree_leaves((args, kwargs))
        with KeptModes():
            found = self.compiled(*(self._input(source, leaves) for source in self.sources))
        found = iter((found,) if isinstance(found, torch.Tensor) else found)
        return pytree.tree_unflatten(
            [next(found) if p else c for p, c in zip(self.places, self.constants)], self.out_spec
        )

    def _input(self, source, leaves):
        kind, where = source
        if kind == "leaf":
            return leaves[where]
        if kind == "tensor":
            return where
        at = self.owner
        for part in where.split("."):
            at = getattr(at, part)
        return at


def _same(a, b):
    # equal, and of one type: True is no 1
    try:
        return len(a) == len(b) and a == b and all(type(x) is type(y) for x, y in zip(a, b))
    except (TypeError, ValueError, RuntimeError):
        return False


def _owner(fn):
    if isinstance(fn, torch.nn.Module):
        return fn
    owner = getattr(fn, "__self__", None)
    return owner if isinstance(owner, torch.nn.Module) else None


def _leaf_names(fn, args, kwargs):
    """A name for every leaf of the arguments, by the parameter that it belongs to."""
    target = fn.forward if isinstance(fn, torch.nn.Module) else fn
    if isinstance(getattr(fn, "__self__", None), torch.nn.Module) and getattr(fn, "__name__", "") in (
        "__call__",
        "_call_impl",
        "_wrapped_call_impl",
    ):
        target = fn.__self__.forward
    try:
        bound = inspect.signature(target).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = None
    names = {}
    for name, value in (bound or {}).items():
        for path, leaf in pytree.tree_flatten_with_path(value)[0]:
            names.setdefault(id(leaf), name + "".join(f"_{getattr(k, 'idx', getattr(k, 'key', ''))}" for k in path))
    return [names.get(id(leaf), f"arg{i}") for i, leaf in enumerate(pytree.tree_leaves((args, kwargs)))]
