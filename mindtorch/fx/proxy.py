"""torch.fx.Proxy: stands for a value while a program is traced, and records what is done with it."""

import collections
import dataclasses
import dis
import enum
import inspect
import operator
import traceback

import mindtorch as torch

from ._codegen import magic_methods, reflectable_magic_methods
from ._written import as_written
from .node import Node, base_types, map_aggregate

__all__ = [
    "TracerBase",
    "GraphAppendingTracer",
    "TraceError",
    "Proxy",
    "MetaProxy",
    "Attribute",
    "ParameterProxy",
    "Scope",
    "ScopeContextManager",
]
_HERE = __file__.rpartition("/")[0] + "/"
_NO_LOOP = (
    "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a loop or as a *args or **kwargs "
    "function argument. See the torch.fx docs on pytorch.org for a more detailed explanation of what types of "
    "control flow "
    "can be traced, and check out the Proxy docstring for help troubleshooting Proxy iteration errors"
)


class TraceError(ValueError):
    """A program that can't be traced."""

    __module__ = "torch.fx.proxy"


class Scope:
    """The module whose forward runs: its path and its type."""

    def __init__(self, module_path, module_type):
        self.module_path, self.module_type = module_path, module_type


class ScopeContextManager:
    """with ...: a scope takes on the values of another one."""

    def __init__(self, scope, current_scope):
        self._scope = scope
        self._before = (scope.module_path, scope.module_type)
        scope.module_path, scope.module_type = current_scope.module_path, current_scope.module_type

    def __enter__(self):
        return self._scope

    def __exit__(self, *exc):
        self._scope.module_path, self._scope.module_type = self._before


class TracerBase:
    """Makes Nodes of a graph for what happens to Proxies."""

    record_stack_traces = False
    _record_forward_stack_traces_only = False
    check_mutable_operations = False
    trace_asserts = False
    proxy_buffer_attributes = False
    traced_func_name = "forward"

    def create_node(self, kind, target, args, kwargs, name=None, type_expr=None):
        """A Node of the graph, with where it came from in its meta."""
        if kind == "call_function" and self.check_mutable_operations:
            from .operator_schemas import check_for_mutable_operation

            check_for_mutable_operation(target, args, kwargs)
        node = self.graph.create_node(kind, target, args, kwargs, name, type_expr)
        self.node_name_to_scope[node.name] = (self.scope.module_path, self.scope.module_type)
        from . import traceback as fx_traceback

        if fx_traceback.has_preserved_node_meta():
            node.meta.update(fx_traceback.get_current_meta())
        if self.module_stack:
            node.meta["nn_module_stack"] = collections.OrderedDict(self.module_stack)
        if self.record_stack_traces and not node.stack_trace:
            frames = [f for f in traceback.extract_stack() if not f.filename.startswith(_HERE)]
            last = self.__dict__.get("_outer_frames", 0)
            node.stack_trace = "".join(traceback.format_list(frames[last:])).strip()
        return node

    def proxy(self, node):
        """The Proxy of a Node."""
        return Proxy(node, self)

    def create_proxy(self, kind, target, args, kwargs, name=None, type_expr=None, proxy_factory_fn=None):
        """A new step, and the Proxy of its result."""
        args, kwargs = self.create_arg(args), self.create_arg(kwargs)
        if not isinstance(args, tuple):
            raise AssertionError(f"Expected args to be tuple, got {type(args)}")
        if not isinstance(kwargs, dict):
            raise AssertionError(f"Expected kwargs to be dict, got {type(kwargs)}")
        node = self.create_node(kind, target, args, kwargs, name, type_expr)
        return self.proxy(node) if not proxy_factory_fn else proxy_factory_fn(node)

    def _find_user_frame(self):
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename.startswith(_HERE):
            frame = frame.f_back
        return frame

    def create_arg(self, a):
        """A value as an argument of a Node; NotImplementedError for what a graph can't hold."""
        if isinstance(a, Proxy):
            return a.node
        if hasattr(a, "__fx_create_arg__"):
            return a.__fx_create_arg__(self)
        if isinstance(a, tuple):
            if hasattr(a, "_fields"):
                return type(a)(*(self.create_arg(x) for x in a))
            return type(a)([self.create_arg(x) for x in a]) if type(a) is not torch.Size else a
        if isinstance(a, list):
            return [self.create_arg(x) for x in a]
        if isinstance(a, dict):
            made = {}
            for k, v in a.items():
                if not isinstance(k, base_types) and not isinstance(k, (int, str)):
                    k = self.create_arg(k)
                map_aggregate(k, _refuse_node)
                made[k] = self.create_arg(v)
            return made
        if isinstance(a, slice):
            return slice(*(self.create_arg(x) for x in (a.start, a.stop, a.step)))
        if isinstance(a, range):
            return range(*(self.create_arg(x) for x in (a.start, a.stop, a.step)))
        if isinstance(a, base_types) or isinstance(a, enum.Enum) or a is None or a is ... or hasattr(a, "_overloads"):
            return a
        if dataclasses.is_dataclass(a) and not isinstance(a, type):
            fields = {f.name: self.create_arg(getattr(a, f.name)) for f in dataclasses.fields(a)}
            return self.create_node("call_function", type(a), (), fields)
        if isinstance(a, type) or inspect.isfunction(a) or inspect.isbuiltin(a) or hasattr(type(a), "_primary"):
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    # ---- what a traced value can't tell ----
    def to_bool(self, obj):
        """Called where the truth of a Proxy is asked for."""
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj):
        """Called where a Proxy is iterated over: only `a, b = proxy` can be traced, as its length is written there."""
        frame = self._find_user_frame()
        if frame is None:
            raise AssertionError("Expected frame to be not None")
        at = next((i for i in dis.get_instructions(frame.f_code) if i.offset == frame.f_lasti), None)
        if at is not None and at.opname == "UNPACK_SEQUENCE":
            return (obj[i] for i in range(at.argval))
        raise TraceError(_NO_LOOP)

    def keys(self, obj):
        """Called where a Proxy's keys are asked for, for **proxy too."""
        return Attribute(obj, "keys")()


def _refuse_node(n):
    if isinstance(n, Node):
        raise RuntimeError(f"Keys for dictionaries used as an argument cannot contain a Node. Got key: {n}")
    return n


class GraphAppendingTracer(TracerBase):
    """A tracer that appends to a graph which exists already."""

    def __init__(self, graph):
        super().__init__()
        self.graph = graph
        self.scope = Scope("", None)
        self.module_stack = collections.OrderedDict()
        self.node_name_to_scope = {}


def assert_fn(x):
    """AssertionError unless x."""
    if not x:
        raise AssertionError("Assertion failed in assert_fn")


class Proxy:
    """A value of a program that is traced: attributes, methods, operators and torch functions make Nodes."""

    def __init__(self, node, tracer=None):
        self.tracer = tracer if tracer is not None else GraphAppendingTracer(node.graph)
        self.node = node

    def __repr__(self):
        return f"Proxy({self.node.name})"

    def __getattr__(self, k):
        if k == "tracer" or k == "node":  # copies are asked before they have any
            raise AttributeError(k)
        return Attribute(self, k)

    def __getstate__(self):
        return self.__dict__

    def __setstate__(self, state):
        self.__dict__.update(state)

    def __deepcopy__(self, memo):
        from copy import deepcopy

        made = Proxy.__new__(type(self))
        made.__dict__.update({k: deepcopy(v, memo) for k, v in self.__dict__.items()})
        return made

    def __call__(self, *args, **kwargs):
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self):
        return self.tracer.iter(self)

    def __abs__(self):
        return self.tracer.create_proxy("call_function", operator.abs, (self,), {})

    def __bool__(self):
        if self.tracer.trace_asserts and self._asserted():
            self.tracer.create_proxy("call_function", assert_fn, (self,), {})
            return True
        return self.tracer.to_bool(self)

    def _asserted(self):
        # `assert proxy`: a jump over the raising of an AssertionError
        frame = self.tracer._find_user_frame()
        steps = list(dis.get_instructions(frame.f_code)) if frame is not None else []
        at = next((i for i, s in enumerate(steps) if s.offset == frame.f_lasti), None)
        if at is None or "JUMP" not in steps[at].opname or "IF_TRUE" not in steps[at].opname:
            return False
        return steps[at + 1].opname in ("LOAD_ASSERTION_ERROR", "LOAD_COMMON_CONSTANT")

    def keys(self):
        """What the tracer makes of the keys."""
        return self.tracer.keys(self)

    def __len__(self):
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be recorded, please "
            "call torch.fx.wrap('len') at module scope"
        )

    @classmethod
    def __torch_function__(cls, orig_method, types, args=None, kwargs=None):
        args, kwargs = args or (), kwargs or {}
        tracers = {}

        def note(a):
            if isinstance(a, cls):
                tracers[a.tracer] = None
            return a

        map_aggregate(args, note)
        map_aggregate(kwargs, note)
        if len(tracers) != 1:
            raise RuntimeError(
                f"Found multiple different tracers {list(tracers)} while trying to trace operations {orig_method}"
            )
        tracer = next(iter(tracers))
        kind, target, args, kwargs = as_written(orig_method, args, kwargs)
        return tracer.create_proxy(kind, target, args, kwargs, name=_short(target) if kind == "call_function" else None)


def _short(function):
    # what makes a good name for the step: linalg_norm for torch.linalg.norm
    space = getattr(function, "__module__", "")
    for name in ("linalg", "fft", "special"):
        if space == "torch." + name:
            return f"{name}_{function.__name__.removeprefix(name + '_')}"
    return None


class Attribute(Proxy):
    """proxy.name: a method until somebody uses it as a value."""

    def __init__(self, root, attr):
        self.root, self.attr, self.tracer, self._node = root, attr, root.tracer, None

    @property
    def node(self):
        """The step that reads the attribute; it is made only when it is used."""
        if self._node is None:
            self._node = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {}).node
        return self._node

    def __call__(self, *args, **kwargs):
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


class ParameterProxy(Proxy):
    """Proxy of a parameter whose shape is known while tracing."""

    def __init__(self, tracer, node, name, param):
        super().__init__(node, tracer)
        if not isinstance(param, torch.nn.Parameter):
            raise AssertionError(f"Expected Parameter, got {type(param)}")
        self.param, self.name = param, name

    def __repr__(self):
        return f"ParameterProxy({self.name})"

    @property
    def shape(self):
        return self.param.shape

    def size(self):
        return self.param.size()

    def dim(self):
        return self.param.dim()

    @property
    def ndim(self):
        return self.param.ndim

    def numel(self):
        return self.param.numel()

    def nelement(self):
        return self.param.nelement()


class MetaProxy(Proxy):
    """Proxy that carries what is known of the value, for code that asks."""

    def __init__(self, node, tracer=None, fake_mode=None):
        super().__init__(node, tracer)
        self.fake_mode = fake_mode

    def __repr__(self):
        return f"MetaProxy({self.node.name})"

    @classmethod
    def __torch_function__(cls, orig_method, types, args=None, kwargs=None):
        args, kwargs = args or (), kwargs or {}
        first = next(a for a in args if isinstance(a, cls))
        made = Proxy.__torch_function__.__func__(Proxy, orig_method, types, args, kwargs)
        made.node.meta["val"] = orig_method(*[a.node.meta["val"] if isinstance(a, cls) else a for a in args], **kwargs)
        return MetaProxy(made.node, made.tracer, first.fake_mode)


def _operators():
    for name in magic_methods:
        target = getattr(operator, name)

        def method(*args, _target=target):
            tracer = args[0].tracer
            return tracer.create_proxy("call_function", _target, args, {})

        label = f"__{name.strip('_')}__"
        method.__name__ = label
        setattr(Proxy, label, method)
    for name in reflectable_magic_methods:
        target = getattr(operator, name)

        def reflected(self, rhs, _target=target):
            return self.tracer.create_proxy("call_function", _target, (rhs, self), {})

        label = f"__r{name.strip('_')}__"
        reflected.__name__ = label
        setattr(Proxy, label, reflected)
    Proxy.__hash__ = object.__hash__


_operators()
for _class in (
    TracerBase,
    GraphAppendingTracer,
    Proxy,
    Attribute,
    ParameterProxy,
    MetaProxy,
    Scope,
    ScopeContextManager,
):
    _class.__module__ = "torch.fx.proxy"
assert_fn.__module__ = "torch.fx.proxy"
