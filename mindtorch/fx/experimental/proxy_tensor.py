"""make_fx: what a function does with tensors, as operators of torch.ops.aten."""

import contextlib
import functools
import inspect

import mindtorch as torch
from mindtorch.fx import _record
from mindtorch.fx._codegen import _PyTreeCodeGen, _PyTreeInfo
from mindtorch.fx._sizes import Sizes
from mindtorch.fx.graph_module import GraphModule
from mindtorch.utils import _pytree as pytree

__all__ = [
    "make_fx",
    "get_proxy_mode",
    "maybe_disable_thunkify",
    "disable_proxy_modes_tracing",
    "is_sym_node",
    "get_isolated_graphmodule",
    "py_sym_types",
]
py_sym_types = (torch.SymInt, torch.SymFloat, torch.SymBool)


class _Recorder(_record.Recorder):
    """A Recorder that takes operators apart by a table of decompositions."""

    decompositions = {}

    def _step(self, func, args, kwargs, out):
        if self.decompositions:
            from mindtorch.fx import _aten
            from mindtorch.fx._written import as_written

            found = _aten.to_aten(*as_written(func, args, kwargs))
            rule = (
                None
                if found is None
                else self.decompositions.get(found[0], self.decompositions.get(found[0].overloadpacket))
            )
            if rule is not None:
                with self:
                    made = rule(*found[1], **found[2])
                if made is not NotImplemented:
                    for got, want in zip(pytree.tree_leaves(made), pytree.tree_leaves(out)):
                        if isinstance(want, torch.Tensor):
                            self.bind(want, self.node_of(got))
                    return
        super()._step(func, args, kwargs, out)


def _on_value(function, tensor):
    name = getattr(function, "__name__", "")
    if name == "__iter__":
        return
    raise RuntimeError(
        "It appears that you're trying to get value out of a tracing tensor with aten._local_scalar_dense.default - "
        "erroring out! It's "
        f"likely that this is caused by data-dependent control flow or similar ({name})."
    )


def _names(function, count):
    try:
        parameters = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters][:count]
    return names + [f"arg{i}" for i in range(len(names), count)]


def make_fx(
    f,
    decomposition_table=None,
    tracing_mode="real",
    _allow_non_fake_inputs=False,
    *,
    pre_dispatch=False,
    record_module_stack=False,
    _allow_fake_constant=False,
    _error_on_data_dependent_ops=True,
    record_stack_traces=False,
    _disable_torch_fn_metadata_mode=False,
):
    """make_fx(f)(*args) is a GraphModule of what f does with args. Operators that call others stay whole, as with
    pre_dispatch=True, but
    for those in decomposition_table ({operator: function}). tracing_mode "symbolic" computes sizes of the inputs
    anew."""
    if tracing_mode not in ("real", "fake", "symbolic"):
        raise AssertionError(f"Unexpected tracing type: {tracing_mode}")
    if record_module_stack:
        raise NotImplementedError("make_fx(record_module_stack=True)")

    @functools.wraps(f)
    def traced(*args):
        return _trace(f, args, decomposition_table or {}, tracing_mode == "symbolic", record_stack_traces)

    return traced


def _trace(f, args, decompositions, symbolic, traces):
    leaves, spec = pytree.tree_flatten(args)
    names, constants = _names(f, len(args)), {}
    flat = all(child.is_leaf() for child in spec.children())
    root = torch.nn.Module()

    def outside(tensor):
        kind = "_param_constant" if isinstance(tensor, torch.nn.Parameter) else "_tensor_constant"
        path = f"{kind}{sum(name.startswith(kind) for name in constants)}"
        constants[path] = tensor
        setattr(root, path, tensor)
        return recorder.graph.get_attr(path)

    recorder = _Recorder(outside, _on_value)
    recorder.aten, recorder.decompositions = True, decompositions
    if symbolic:
        recorder.sizes = Sizes()
        recorder.sizes.recorder = recorder

    def on_step(node, out):
        node.meta["val"] = _record.shell(out)
        if traces:
            node.stack_trace = _record.origin() or None

    recorder.on_step = on_step
    count = iter(range(1, len(leaves) + 1))
    fresh = []
    for name, child, value in zip(names, spec.children(), args):
        inner = []
        for leaf in pytree.tree_leaves(value):
            node = recorder.graph.placeholder(f"{name}_{next(count) if not flat else 1}")
            if isinstance(leaf, torch.Tensor):
                leaf = leaf.view_as(leaf) if id(leaf) in recorder.nodes else leaf
                recorder.bind(leaf, node)
                node.meta["val"] = _record.shell(leaf)
            inner.append(leaf)
        fresh.append(pytree.tree_unflatten(inner, child))
    recorder.graph._owning_module = None
    changing = [v for v in leaves if isinstance(v, torch.Tensor)]
    with _record.Untouched(changing, (), recorder):
        result = recorder.run(f, *fresh)
    if flat:
        recorder.finish(result)
    else:
        out, out_spec = pytree.tree_flatten(result)
        recorder.finish(out)
        inputs = pytree.TreeSpec(list, None, spec.children())
        recorder.graph._codegen = _PyTreeCodeGen(_PyTreeInfo(names, inputs, out_spec))
    return GraphModule(root, recorder.graph, getattr(f, "__name__", type(f).__name__))


def get_isolated_graphmodule(func, args, kwargs, tracing_mode="real", decomposition_table=None):
    """The GraphModule of a call."""
    leaves, spec = pytree.tree_flatten((args, kwargs))

    def wrapped(*flat):
        positional, named = pytree.tree_unflatten(list(flat), spec)
        return func(*positional, **named)

    return make_fx(wrapped, decomposition_table, tracing_mode)(*leaves)


def get_proxy_mode():
    """None: calls are recorded without a mode of dispatch."""
    return None


def is_sym_node(node):
    """Whether a step gives a number."""
    return isinstance(node.meta.get("val"), (int, float, bool))


@contextlib.contextmanager
def maybe_disable_thunkify():
    """Nothing to switch."""
    yield


@contextlib.contextmanager
def disable_proxy_modes_tracing():
    """Context in which nothing is recorded."""
    from mindtorch.overrides import _get_current_function_mode_stack

    recorders = [m for m in _get_current_function_mode_stack() if isinstance(m, _record.Recorder)]
    for recorder in recorders:
        recorder.paused += 1
    try:
        yield
    finally:
        for recorder in recorders:
            recorder.paused -= 1


make_fx.__module__ = "torch.fx.experimental.proxy_tensor"
