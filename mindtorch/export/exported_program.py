"""An exported program: a graph whose inputs are parameters, buffers, constants and what the caller gives."""

import collections
import copy
import dataclasses

import mindtorch as torch
from mindtorch.fx._codegen import _PyTreeCodeGen, _PyTreeInfo
from mindtorch.fx.graph import Graph
from mindtorch.fx.graph_module import GraphModule, _assign_attr
from mindtorch.utils import _pytree as pytree

from .graph_signature import InputKind

__all__ = ["ExportedProgram", "ModuleCallEntry", "ModuleCallSignature", "default_decompositions"]
CallSpec = collections.namedtuple("CallSpec", ["in_spec", "out_spec"])


@dataclasses.dataclass
class ModuleCallSignature:
    """How a module was called."""

    inputs: list
    outputs: list
    in_spec: object
    out_spec: object
    forward_arg_names: list | None = None


@dataclasses.dataclass
class ModuleCallEntry:
    """A call of a module."""

    fqn: str
    signature: ModuleCallSignature | None = None


def default_decompositions():
    """NotImplementedError: steps are functions of torch, which are not taken apart."""
    raise NotImplementedError(
        "torch.export.default_decompositions: steps are functions of torch, which are not taken apart"
    )


@dataclasses.dataclass
class Guard:
    """Something that must hold of the inputs: path of a leaf, what of it, and what it must be."""

    leaf: int
    text: str
    kind: str
    dim: int | None = None
    value: object = None

    def holds(self, leaves):
        """Whether it does."""
        value = leaves[self.leaf]
        if self.kind == "constant":
            return type(value) is type(self.value) and value == self.value
        if not isinstance(value, torch.Tensor):
            return False
        if self.kind == "rank":
            return value.ndim == self.value
        if self.kind == "dtype":
            return value.dtype == self.value
        size = value.shape[self.dim]
        if self.kind == "size":
            return size == self.value
        if self.kind == "min":
            return size >= self.value
        if self.kind == "max":
            return size <= self.value
        other, dim, factor, offset = self.value  # size * a + b == other size * c + d
        if self.kind == "same":
            return size == leaves[other].shape[dim] * factor + offset
        raise AssertionError(self.kind)


class GuardsFn(torch.nn.Module):
    """Checks the inputs of a call."""

    def __init__(self, guards):
        super().__init__()
        self.guards = guards

    def forward(self, *leaves):
        for guard in self.guards:
            if not guard.holds(leaves):
                raise AssertionError(f"Guard failed: {guard.text}")


class ExportedProgram:
    """What torch.export.export gives; module() is a module that can be called."""

    def __init__(
        self,
        root,
        graph,
        graph_signature,
        state_dict,
        range_constraints,
        module_call_graph,
        example_inputs=None,
        constants=None,
        *,
        verifiers=None,
        guards=(),
    ):
        self._graph_module = GraphModule(root, graph) if not isinstance(root, GraphModule) else root
        self._graph_signature, self._state_dict = graph_signature, state_dict
        self._range_constraints, self._module_call_graph = range_constraints, module_call_graph
        self._example_inputs, self._constants, self._guards = example_inputs, constants or {}, list(guards)
        self._verifiers = verifiers or []

    @property
    def graph_module(self):
        """The graph with its code."""
        return self._graph_module

    @property
    def graph(self):
        """The graph."""
        return self._graph_module.graph

    @property
    def graph_signature(self):
        """What its inputs and outputs are."""
        return self._graph_signature

    @property
    def state_dict(self):
        """Parameters and persistent buffers."""
        return self._state_dict

    @property
    def constants(self):
        """Other tensors: buffers that are in no state_dict, and what the program made use of."""
        return self._constants

    tensor_constants = constants

    @property
    def range_constraints(self):
        """{symbol of a size that varies: its range}."""
        return self._range_constraints

    @property
    def module_call_graph(self):
        """How the module was called."""
        return self._module_call_graph

    @property
    def example_inputs(self):
        """(args, kwargs) of the export."""
        return self._example_inputs

    @property
    def call_spec(self):
        """The shapes of arguments and result."""
        signature = self._module_call_graph[0].signature
        return CallSpec(signature.in_spec, signature.out_spec)

    @property
    def dialect(self):
        """'TRAINING': steps are what the program called, changes in place among them."""
        return "TRAINING"

    @property
    def verifiers(self):
        """[]"""
        return self._verifiers

    def _held(self, path):
        return self._state_dict[path] if path in self._state_dict else self._constants[path]

    def named_parameters(self):
        """(path, parameter) pairs."""
        return ((path, self._held(path)) for path in self._graph_signature.parameters)

    def parameters(self):
        """The parameters."""
        return (value for _, value in self.named_parameters())

    def named_buffers(self):
        """(path, buffer) pairs."""
        return ((path, self._held(path)) for path in self._graph_signature.buffers)

    def buffers(self):
        """The buffers."""
        return (value for _, value in self.named_buffers())

    def __call__(self, *args, **kwargs):
        raise RuntimeError(
            "Unable to call ExportedProgram directly. You should use `exported_program.module()` instead."
        )

    def __str__(self):
        shown = self._graph_module.print_readable(print_output=False)
        return (
            f"ExportedProgram:\n    {_indented(shown)}\nGraph signature: "
            f"{_indented(str(self._graph_signature))}\nRange constraints: "
            f"{self._range_constraints}\n"
        )

    def module(self, check_guards=True):
        """A GraphModule with the parameters and buffers in their places, that takes what the caller of the original
        gave."""
        graph, values, attributes = Graph(), {}, {}
        specs = {s.arg.name: s for s in self._graph_signature.input_specs}
        held = [n for n in self.graph.nodes if n.op == "placeholder" and specs[n.name].kind is not InputKind.USER_INPUT]
        given = [n for n in self.graph.nodes if n.op == "placeholder" and n not in held]
        for node in given:
            values[node] = graph.placeholder(node.name)
            values[node].meta = copy.copy(node.meta)
        for node in held:
            path = specs[node.name].target
            attributes[path] = self._held(path)
            values[node] = graph.create_node("get_attr", path, name=path.replace(".", "_"))
            values[node].meta = copy.copy(node.meta)
        if check_guards and self._guards:
            attributes["_guards_fn"] = GuardsFn(self._guards)
            graph.call_module("_guards_fn", tuple(values[n] for n in given))
        output = graph.graph_copy(self.graph, values)
        graph.output(output)
        signature = self._module_call_graph[0].signature
        graph._codegen = _ExportCodeGen(
            _PyTreeInfo(list(signature.forward_arg_names), signature.in_spec, signature.out_spec)
        )
        root = torch.nn.Module()
        for path, value in attributes.items():
            _assign_attr(value, root, path)
        for path in self._graph_signature.non_persistent_buffers:
            owner, _, name = path.rpartition(".")
            root.get_submodule(owner)._non_persistent_buffers_set.add(name)
        made = _Callable(root, graph)
        made._leaves_spec, made._argument_names = signature.in_spec, list(signature.forward_arg_names)
        for path in self._graph_signature.non_persistent_buffers:
            owner, _, name = path.rpartition(".")
            made.get_submodule(owner)._non_persistent_buffers_set.add(name)
        return made

    def run_decompositions(self, decomp_table=None, decompose_custom_triton_ops=False):
        """The program with some steps taken apart: only an empty table is possible."""
        if decompose_custom_triton_ops:
            raise NotImplementedError("run_decompositions(decompose_custom_triton_ops=True)")
        if decomp_table is None or len(decomp_table):
            raise NotImplementedError(
                "ExportedProgram.run_decompositions: steps are functions of torch, which are not taken apart"
            )
        return copy.copy(self)

    def _update(self, graph_module, graph_signature, *, state_dict=None, constants=None):
        return ExportedProgram(
            graph_module,
            graph_module.graph,
            graph_signature,
            state_dict or self._state_dict,
            self._range_constraints,
            self._module_call_graph,
            self._example_inputs,
            constants or self._constants,
            guards=self._guards,
        )


class _ExportCodeGen(_PyTreeCodeGen):
    """Checks the shape of the arguments, then takes them apart."""

    def gen_fn_def(self, free_vars, maybe_return_annotation, *, expanded_def=False):
        names = [v for v in free_vars if v != "self"]
        head = f"def {self._func_name}(self, *args, **kwargs){maybe_return_annotation}:"
        taken = f"{', '.join(names)}, = self._leaves(args, kwargs)" if names else "self._leaves(args, kwargs)"
        return f"{head}\n    {taken}"

    def process_inputs(self, *args):
        return pytree.tree_leaves((args, {}))


def _indented(text):
    return text.replace("\n", "\n    ")


class _Callable(GraphModule):
    """The module of an exported program."""

    def _leaves(self, args, kwargs):
        """The leaves of a call's arguments. ValueError where they have another structure than the example inputs."""
        names, spec = self._argument_names, self._leaves_spec
        positional = spec.child(0).num_children
        named = dict(zip(names[len(args) : positional], [None] * positional))
        if named and all(n in kwargs for n in named):  # what was given by place may come by name
            kwargs = dict(kwargs)
            args = (*args, *(kwargs.pop(n) for n in named))
        order = spec.child(1).context
        if set(kwargs) == set(order):
            kwargs = {k: kwargs[k] for k in order}
        leaves, found = pytree.tree_flatten((args, kwargs))
        if found != spec:
            raise ValueError(
                f"Trying to flatten user inputs with exported input tree spec: \n{spec}\nbut actually got inputs "
                f"with tree spec of: "
                f"\n{found}.\nPlease check that the inputs have the same number and type of args and kwargs as the "
                f"ones you used "
                "when tracing."
            )
        return leaves

    def train(self, mode=True):
        """NotImplementedError: the steps are those of the mode in which the program was exported."""
        raise NotImplementedError("Calling train() is not supported yet.")

    def eval(self):
        """NotImplementedError: the steps are those of the mode in which the program was exported."""
        raise NotImplementedError("Calling eval() is not supported yet.")


for _class in (ExportedProgram, ModuleCallEntry, ModuleCallSignature):
    _class.__module__ = "torch.export.exported_program"
