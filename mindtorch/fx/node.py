"""torch.fx.Node: one step of a graph."""

import operator
import types
import typing
import warnings

import mindtorch as torch
from mindtorch._ops.table import aten as _aten

from ._compatibility import compatibility
from ._names import qualified_name as _get_qualified_name
from .immutable_collections import immutable_dict, immutable_list

__all__ = ["Node", "map_arg", "map_aggregate", "has_side_effect"]

base_types = (
    str,
    int,
    float,
    bool,
    complex,
    torch.dtype,
    torch.Tensor,
    torch.device,
    torch.memory_format,
    torch.layout,
    _aten.OpOverload,
    torch.SymInt,
    torch.SymBool,
    torch.SymFloat,
)
Target = typing.Callable[..., typing.Any] | str
Argument = typing.Any
_legal_ops = dict.fromkeys(("placeholder", "call_method", "call_module", "call_function", "get_attr", "output", "root"))
_side_effectful_functions = {
    operator.setitem,
    torch._assert,
    torch._C._set_grad_enabled if hasattr(torch._C, "_set_grad_enabled") else torch.set_grad_enabled,
}
if hasattr(torch, "_assert_async"):
    _side_effectful_functions.add(torch._assert_async)
_SIDE_EFFECT_OPERATORS = {
    "_assert_async",
    "_assert_scalar",
    "_assert_tensor_metadata",
    "sym_constrain_range",
    "sym_constrain_range_for_size",
}
_RANDOM = ("bernoulli", "dropout", "multinomial", "normal", "poisson", "rand", "randint", "randn", "randperm")
dtype_abbrs = {
    torch.bfloat16: "bf16",
    torch.float64: "f64",
    torch.float32: "f32",
    torch.float16: "f16",
    torch.complex32: "c32",
    torch.complex64: "c64",
    torch.complex128: "c128",
    torch.int8: "i8",
    torch.int16: "i16",
    torch.int32: "i32",
    torch.int64: "i64",
    torch.bool: "b8",
    torch.uint8: "u8",
    torch.uint16: "u16",
    torch.uint32: "u32",
    torch.uint64: "u64",
    torch.float8_e4m3fn: "f8e4m3fn",
    torch.float8_e5m2: "f8e5m2",
}


@compatibility(is_backward_compatible=False)
def has_side_effect(fn):
    """Note that calls of a function must stay though nobody uses their results; returns the function."""
    _side_effectful_functions.add(fn)
    return fn


def map_aggregate(a, fn):
    """fn over the leaves of tuples, lists, dicts and slices; lists and dicts come out immutable."""
    if isinstance(a, tuple):
        made = [map_aggregate(x, fn) for x in a]
        return type(a)(*made) if hasattr(a, "_fields") else tuple(made)
    if isinstance(a, list):
        return immutable_list([map_aggregate(x, fn) for x in a])
    if isinstance(a, dict):
        return immutable_dict((k, map_aggregate(v, fn)) for k, v in a.items())
    if isinstance(a, slice):
        return slice(*(map_aggregate(x, fn) for x in (a.start, a.stop, a.step)))
    return fn(a)


def map_arg(a, fn):
    """fn over the Nodes in nested arguments; everything else stays."""
    if not callable(fn):
        raise AssertionError("torch.fx.map_arg(a, fn): fn must be a callable")
    return map_aggregate(a, lambda x: fn(x) if isinstance(x, Node) else x)


def _type_repr(obj):
    """A type as an annotation would write it."""
    if isinstance(obj, type) and not isinstance(obj, types.GenericAlias):
        return obj.__qualname__ if obj.__module__ == "builtins" else f"{obj.__module__}.{obj.__qualname__}"
    if obj is ...:
        return "..."
    return obj.__name__ if isinstance(obj, types.FunctionType) else repr(obj)


def _format_arg(arg, max_list_len=float("inf")):
    if hasattr(arg, "_custom_fx_repr_fn"):
        return arg._custom_fx_repr_fn()
    if isinstance(arg, (list, tuple)):
        shown = ", ".join(_format_arg(a) for i, a in enumerate(arg) if i < max_list_len)
        if len(arg) > max_list_len:
            shown += f", ...[total_len={len(arg)}]"
        if isinstance(arg, list):
            return f"[{shown}]"
        return f"({shown},)" if len(arg) == 1 else f"({shown})"
    if isinstance(arg, dict):
        return "{" + ", ".join(f"{k}: {_format_arg(v)}" for k, v in arg.items()) + "}"
    return f"%{arg}" if isinstance(arg, Node) else str(arg)


class Node:
    """A step: its op, its target, arguments among which are other Nodes, and who uses its result."""

    def __init__(self, graph, name, op, target, args, kwargs, return_type=None):
        if op not in _legal_ops:
            raise AssertionError(f"op '{op}' is not one of {list(_legal_ops)}")
        if op == "call_function":
            if not callable(target):
                raise ValueError(
                    f"Node [graph = {graph}, name = '{name}'] target {target} has type "
                    f"{torch.typename(target)} but a Callable is expected"
                )
        elif not isinstance(target, str):
            raise ValueError(
                f"Node [graph = {graph}, name = '{name}'] target {target} has type "
                f"{torch.typename(target)} but a str is expected"
            )
        own = self.__dict__
        own.update(
            graph=graph,
            name=name,
            op=op,
            target=target,
            _input_nodes={},
            users={},
            type=return_type,
            _prev=self,
            _next=self,
            _erased=False,
            _repr_fn=None,
            meta={},
            _args=(),
            _kwargs=immutable_dict(),
        )
        self._take(args, kwargs)

    # ---- arguments and who uses whom ----
    def _take(self, args, kwargs):
        for used in self._input_nodes:
            used.users.pop(self, None)
        inputs = {}

        def note(n):
            inputs[n] = None
            n.users.setdefault(self)
            return n

        own = self.__dict__
        own["_args"], own["_kwargs"] = map_arg(tuple(args), note), map_arg(dict(kwargs), note)
        own["_input_nodes"] = inputs

    @property
    def args(self):
        """Positional arguments; assigning new ones keeps `users` right."""
        return self._args

    @args.setter
    def args(self, values):
        self._take(values, self._kwargs)

    @property
    def kwargs(self):
        """Keyword arguments; assigning new ones keeps `users` right."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, values):
        self._take(self._args, values)

    @property
    def all_input_nodes(self):
        """The Nodes among the arguments, once each."""
        return list(self._input_nodes)

    def update_arg(self, idx, arg):
        """Set one positional argument."""
        args = list(self.args)
        args[idx] = arg
        self.args = tuple(args)

    def insert_arg(self, idx, arg):
        """Put a positional argument before place `idx`."""
        if not 0 <= idx <= len(self.args):
            raise AssertionError("insert_args index must be between 0 and len(self.args)")
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key, arg):
        """Set one keyword argument."""
        self.kwargs = {**self.kwargs, key: arg}

    def replace_input_with(self, old_input, new_input):
        """Take another Node wherever `old_input` stands among the arguments."""
        owner = getattr(self.graph, "owning_module", None)
        for hook in getattr(owner, "_replace_hooks", None) or ():
            hook(old=old_input, new=new_input.name, user=self)
        self._swap(old_input, new_input)

    def _swap(self, old, new):
        def pick(n):
            return new if n is old else n

        self._take(map_arg(self._args, pick), map_arg(self._kwargs, pick))

    def replace_all_uses_with(self, replace_with, delete_user_cb=lambda user: True, *, propagate_meta=False):
        """Let all users (for which delete_user_cb is true) use another Node; gives those that changed."""
        if propagate_meta:
            if replace_with.meta:
                raise AssertionError(
                    "Called node.replace_all_uses_with(replace_with, propagate_meta=True), but "
                    "replace_with already has .meta keys"
                )
            replace_with.meta.update(self.meta)
        hooks = getattr(getattr(self.graph, "owning_module", None), "_replace_hooks", None) or ()
        changed = []
        for user in list(self.users):
            if not delete_user_cb(user):
                continue
            changed.append(user)
            for hook in hooks:
                hook(old=self, new=replace_with.name, user=user)
            user._swap(self, replace_with)
        return changed

    # ---- the place in the graph ----
    @property
    def next(self):
        """The Node after this one."""
        return self._next

    @property
    def prev(self):
        """The Node before this one."""
        return self._prev

    def prepend(self, x):
        """Put a Node of the same graph before this one."""
        if x.graph is not self.graph:
            raise AssertionError("Attempting to move a Node into a different Graph")
        if x is self:
            warnings.warn("Trying to prepend a node to itself. This behavior has no effect on the graph.", stacklevel=2)
            return
        x._remove_from_list()
        before = self._prev
        before._next, x._prev = x, before
        x._next, self._prev = self, x
        self.graph._order = None

    def append(self, x):
        """Put a Node of the same graph after this one."""
        self._next.prepend(x)

    def _remove_from_list(self):
        self._prev._next, self._next._prev = self._next, self._prev
        self.__dict__.update(_prev=self, _next=self)
        self.graph._order = None

    def _place(self):
        return self.graph._places().get(self, -1)

    @property
    def _sort_key(self):
        return (self._place(),)

    def __lt__(self, other):
        return self._place() < other._place()

    def __gt__(self, other):
        return self._place() > other._place()

    def __le__(self, other):
        return self is other or self < other

    def __ge__(self, other):
        return self is other or self > other

    # ---- what is known of it ----
    @property
    def stack_trace(self):
        """Where the program made this step, if that was recorded."""
        return self.meta.get("stack_trace")

    @stack_trace.setter
    def stack_trace(self, trace):
        self.meta["stack_trace"] = trace

    def is_impure(self, impure_random=True):
        """Whether the step must stay though nobody uses its result."""
        if self.op in ("placeholder", "output"):
            return True
        if self.op == "call_function":
            if self.target in _side_effectful_functions:
                return True
            name = getattr(self.target, "__name__", "").partition(".")[0]
            packet = getattr(self.target, "overloadpacket", self.target)
            if hasattr(packet, "namespace") and name in _SIDE_EFFECT_OPERATORS:
                return True
            if hasattr(self.target, "_overloadname") and name.endswith("_") and not name.endswith("__"):
                return True
            return impure_random and name in _RANDOM and hasattr(packet, "namespace")
        if self.op == "call_module":
            owner = self.graph.owning_module
            if owner is None:
                raise AssertionError("self.graph.owning_module not set for purity check")
            module = owner.get_submodule(self.target)
            return getattr(module, "_is_impure", False)
        return False

    def normalized_arguments(self, root, arg_types=None, kwarg_types=None, normalize_to_only_use_kwargs=False):
        """Arguments with names and defaults filled in, or None where there is no signature."""
        from .operator_schemas import normalize_function, normalize_module

        if self.op == "call_function":
            return normalize_function(
                self.target, self.args, self.kwargs, arg_types, kwarg_types, normalize_to_only_use_kwargs
            )
        if self.op == "call_module":
            return normalize_module(root, self.target, self.args, self.kwargs, normalize_to_only_use_kwargs)
        return None

    def _rename(self, candidate):
        if candidate != self.name:
            self.name = self.graph._graph_namespace.create_name(candidate, None)
            self.graph._graph_namespace._rename_object(self, self.name)

    # ---- text ----
    def __repr__(self):
        return self._repr_fn(self) if self._repr_fn else self.name

    @staticmethod
    def _pretty_print_target(target):
        if isinstance(target, str):
            return target
        if getattr(target, "__module__", None) == "builtins":
            return f"builtins.{target.__name__}"
        if getattr(target, "__module__", None) == "_operator":
            return f"operator.{target.__name__}"
        return _get_qualified_name(target)

    def format_node(self, placeholder_names=None, maybe_return_typename=None, *, include_tensor_metadata=False):
        """One line that says everything of the step; names of placeholders and the type of the output are
        collected where lists for them are given (then None comes back)."""
        kind = f"{_type_repr(self.type)} " if self.type else ""
        if self.op == "placeholder":
            if placeholder_names is not None:
                placeholder_names.append(self.target + (f": {_type_repr(self.type)}" if self.type else ""))
                return None
            default = f"(default={self.args[0]})" if self.args else ""
            head = f"%{self.name} : {kind}[num_users={len(self.users)}]"
            return f"{head} = placeholder[target={self.target}]{default}"
        if self.op == "output":
            if self.type and maybe_return_typename is not None:
                maybe_return_typename[0] = f" -> {_type_repr(self.type)}"
            return f"return {self.args[0]}"
        head = f"%{self.name} : {kind}[num_users={len(self.users)}] = {self.op}"
        target = self._pretty_print_target(self.target)
        if self.op == "get_attr":
            return f"{head}[target={target}]"
        return f"{head}[target={target}](args = {_format_arg(self.args)}, kwargs = {_format_arg(self.kwargs)})"

    # ---- copies: the neighbours are the graph's business ----
    def __getstate__(self):
        state = self.__dict__.copy()
        state.update(_erased=self._erased, _prev=self._prev, _next=self._next)
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)


Node.__module__ = "torch.fx.node"
