"""torch.fx.Tracer and symbolic_trace: a program run on Proxies becomes a graph."""

import builtins
import collections
import contextlib
import copy
import functools
import inspect
import math
import threading
import types
import warnings

import mindtorch as torch
from mindtorch.overrides import TorchFunctionMode
from mindtorch.utils import _pytree as pytree

from ._compatibility import compatibility
from .graph import Graph, _PyTreeCodeGen, _PyTreeInfo
from .graph_module import GraphModule
from .node import base_types, map_aggregate
from .proxy import ParameterProxy, Proxy, Scope, ScopeContextManager, TracerBase

__all__ = [
    "Tracer",
    "ProxyableClassMeta",
    "symbolic_trace",
    "wrap",
    "PH",
    "PHBase",
    "PHWithMeta",
    "is_fx_tracing",
    "is_fx_symbolic_tracing",
]
_VARIADIC = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_proxyable_classes = {}
_wrapped_fns_to_patch = {}  # (id of a module's globals, name) -> those globals
_wrapped_methods_to_patch = []
_tracing = threading.local()
_patching = threading.RLock()


def is_fx_tracing():
    """Whether this thread traces a program symbolically."""
    return getattr(_tracing, "depth", 0) > 0


def is_fx_symbolic_tracing():
    """Whether this thread traces a program symbolically, and no compiler does."""
    return is_fx_tracing() and not torch.compiler.is_compiling()


class ProxyableClassMeta(type):
    """Metaclass of classes whose objects may be made of Proxies: their construction becomes a step."""

    def __init__(cls, name, bases, attrs):
        _proxyable_classes.setdefault(cls)
        super().__init__(name, bases, attrs)

    def __call__(cls, *args, **kwargs):
        instance = cls.__new__(cls)
        found = []
        map_aggregate((args, kwargs), lambda a: found.append(a) if isinstance(a, Proxy) else None)
        if found:
            return found[0].tracer.create_proxy("call_function", cls, args, kwargs)
        instance.__init__(*args, **kwargs)
        return instance


class PHBase:
    """Marks, in concrete_args, a leaf that stays an input."""

    def __repr__(self):
        return "PH"


PH = PHBase()


class PHWithMeta(PHBase):
    """A PH with a key of the user's."""

    def __init__(self, ph_key=None):
        super().__init__()
        self.ph_key = ph_key


def _assert_is_none(value, msg):
    if value is not None:
        raise AssertionError(msg)


# ---- functions that are recorded instead of run ----
def wrap(fn_or_name):
    """Record calls of a function of this module as steps, instead of tracing into it. To be called at the top of a
    module, with
    the function or its name; also a decorator."""
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    name = fn_or_name.__code__.co_name if callable(fn_or_name) and hasattr(fn_or_name, "__code__") else fn_or_name
    if not isinstance(name, str):
        name = fn_or_name.__name__
    frame = inspect.currentframe().f_back
    if frame.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _wrapped_fns_to_patch[(id(frame.f_globals), name)] = frame.f_globals
    return fn_or_name


def _find_proxy(*objects):
    found = []
    map_aggregate(objects, lambda a: found.append(a) if isinstance(a, Proxy) else None)
    return found[0] if found else None


def _create_wrapped_func(function):
    """A function that makes a step when a Proxy is among its arguments, and else runs the original."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        proxy = _find_proxy(args, kwargs)
        if proxy is None:
            return function(*args, **kwargs)
        made = proxy.tracer.create_proxy("call_function", function, args, kwargs)
        made.node.meta["is_wrapped"] = True
        return made

    return wrapped


def _create_wrapped_method(cls, name):
    original = getattr(cls, name)

    @functools.wraps(original)
    def wrapped(*args, **kwargs):
        proxy = _find_proxy(args, kwargs)
        if proxy is None:
            return original(*args, **kwargs)
        return proxy.tracer.create_proxy("call_method", name, args, kwargs)

    return wrapped


class _Patcher:
    """Replaces entries of dicts and attributes of classes, and puts everything back at the end."""

    def __init__(self):
        self.undo, self.seen = [], set()

    def patch(self, frame_dict, name, new_fn, deduplicate=True):
        """frame_dict[name] = new_fn until the end."""
        absent = name not in frame_dict
        old = frame_dict.get(name)
        self.undo.append((frame_dict.pop, (name, None)) if absent else (frame_dict.__setitem__, (name, old)))
        frame_dict[name] = new_fn

    def patch_method(self, cls, name, new_fn, deduplicate=True):
        """cls.name = new_fn until the end."""
        own = name in vars(cls)
        old = getattr(cls, name)
        self.undo.append((setattr, (cls, name, old)) if own else (delattr, (cls, name)))
        setattr(cls, name, new_fn)

    def visit_once(self, thing):
        """True the first time a thing comes by."""
        new = id(thing) not in self.seen
        self.seen.add(id(thing))
        return new

    def __enter__(self):
        _patching.acquire()  # what one thread puts back must not be what another one put there
        return self

    def __exit__(self, *exc):
        try:
            while self.undo:
                function, args = self.undo.pop()
                function(*args)
            self.seen.clear()
        finally:
            _patching.release()


def _patch_wrapped_functions(patcher):
    for (_, name), scope in list(_wrapped_fns_to_patch.items()):
        original = scope.get(name, getattr(builtins, name, None))
        if original is not None:
            patcher.patch(scope, name, _create_wrapped_func(original))
    for cls, name in _wrapped_methods_to_patch:
        patcher.patch_method(cls, name, _create_wrapped_method(cls, name))


def _autowrap_check(patcher, frame_dict, function_ids):
    # functions of math and the like that a module imported by name
    if patcher.visit_once(frame_dict):
        for name, value in list(frame_dict.items()):
            if not name.startswith("_") and callable(value) and id(value) in function_ids:
                patcher.patch(frame_dict, name, _create_wrapped_func(value))


def _without_variadics(function, nargs):
    """The function with *args and **kwargs as ordinary arguments: they are given as they are."""
    code = function.__code__
    plain = code.replace(
        co_flags=code.co_flags & ~_VARIADIC, co_argcount=nargs, co_posonlyargcount=0, co_kwonlyargcount=0
    )
    made = types.FunctionType(
        plain, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    made.__dict__.update(function.__dict__)
    return made


_patch_function = _without_variadics


class _SizesMode(TorchFunctionMode):
    """Records calls that have Proxies only where no tensor stands: sizes, fill values, indices."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        proxy = _find_proxy(args, kwargs)
        if proxy is None or func is torch.tensor:
            return func(*args, **kwargs)
        return type(proxy).__torch_function__(func, types, args, kwargs)


class Tracer(TracerBase):
    """Runs a module's forward, or a function, on Proxies. Subclasses say which modules stay whole and what becomes of
    values."""

    def __init__(self, autowrap_modules=(math,), autowrap_functions=(), param_shapes_constant=False):
        super().__init__()
        self._autowrap_function_ids = {
            id(value)
            for module in autowrap_modules
            for name, value in vars(module).items()
            if not name.startswith("_") and callable(value)
        }
        self._autowrap_function_ids.update(id(f) for f in autowrap_functions)
        self._autowrap_search = list(autowrap_modules)
        self.param_shapes_constant = param_shapes_constant
        self.submodule_paths = None
        self.root_module_name = ""
        self.scope = Scope("", None)
        self.module_stack = collections.OrderedDict()
        self.num_calls = {}
        self.node_name_to_scope = {}
        self._qualname_counter = collections.defaultdict(int)

    def get_fresh_qualname(self, prefix):
        """A name that the root has not: prefix0, prefix1 ..."""
        while True:
            name = f"{prefix}{self._qualname_counter[prefix]}"
            self._qualname_counter[prefix] += 1
            if not hasattr(self.root, name):
                return name

    # ---- what values become ----
    def create_arg(self, a):
        """A value as an argument: parameters and buffers by their path, modules too, other tensors as constants of
        the root."""
        if isinstance(a, torch.nn.Parameter):
            path = next((n for n, p in self.root.named_parameters() if p is a), None)
            if path is None:
                raise NameError("parameter is not a member of this module")
            return self.create_node("get_attr", path, (), {})
        if isinstance(a, torch.Tensor):
            path = next((n for n, b in self.root.named_buffers() if b is a), None) or self._constant(a)
            return self.create_node("get_attr", path, (), {})
        if isinstance(a, torch.nn.Module):
            path = next((n for n, m in self.root.named_modules() if m is a and n), None)
            if path is not None:
                return self.create_node("get_attr", path, (), {})
        if type(a) in _proxyable_classes:
            path = self.get_fresh_qualname(f"_{type(a).__name__}_constant_")
            setattr(self.root, path, a)
            return self.create_node("get_attr", path, (), {})
        if isinstance(a, tuple) and hasattr(a, "_fields"):
            return self.create_node("call_function", type(a), tuple(self.create_arg(x) for x in a), {})
        return super().create_arg(a)

    def _constant(self, tensor):
        path = self.tensor_attrs.get(id(tensor), (None, None))[1]
        if path is None:
            path = self.get_fresh_qualname("_tensor_constant")
            self.tensor_attrs[id(tensor)] = (tensor, path)
            setattr(self.root, path, tensor)
        return path

    # ---- modules ----
    def is_leaf_module(self, m, module_qualified_name):
        """Whether a call of a module is one step: those of torch.nn are, but for Sequential."""
        return m.__module__.startswith(("torch.nn", "torch.ao.nn")) and not isinstance(m, torch.nn.Sequential)

    def path_of_module(self, mod):
        """The path of a submodule of the root; NameError for others."""
        if self.submodule_paths:
            path = self.submodule_paths.get(mod)
            if path is None:
                raise NameError("module is not installed as a submodule")
            return path
        path = next((n for n, m in self.root.named_modules() if m is mod), None)
        if path is None:
            raise NameError("module is not installed as a submodule")
        return path

    def call_module(self, m, forward, args, kwargs):
        """What a call of a submodule does: a step for a leaf, else its forward is traced."""
        path = self.path_of_module(m)
        with ScopeContextManager(self.scope, Scope(path, type(m))):
            count = self.num_calls.get(path, 0)
            self.num_calls[path] = count + 1
            key = f"{path}@{count}" if count else path
            self.module_stack[key] = (path, type(m))
            try:
                if self.is_leaf_module(m, path):
                    return self.create_proxy("call_module", path, args, kwargs)
                return forward(*args, **kwargs)
            finally:
                self.module_stack.pop(key)

    def getattr(self, attr, attr_val, parameter_proxy_cache):
        """What reading an attribute of a module gives: Proxies for parameters (and buffers, where asked for)."""
        if isinstance(attr_val, torch.nn.Parameter):
            path = next((n for n, p in self.root.named_parameters() if p is attr_val), None)
        elif self.proxy_buffer_attributes and isinstance(attr_val, torch.Tensor):
            path = next((n for n, b in self.root.named_buffers() if b is attr_val), None)
        else:
            return attr_val
        if path is None:
            return attr_val
        if path not in parameter_proxy_cache:
            factory = None
            if self.param_shapes_constant and isinstance(attr_val, torch.nn.Parameter):
                factory = functools.partial(self._parameter_proxy, path, attr_val)
            parameter_proxy_cache[path] = self.create_proxy("get_attr", path, (), {}, proxy_factory_fn=factory)
        return parameter_proxy_cache[path]

    def _parameter_proxy(self, path, value, node):
        return ParameterProxy(self, node, path, value)

    # ---- the inputs ----
    def create_args_for_root(self, root_fn, is_module, concrete_args=None):
        """(the function to run, its arguments): placeholders for all but what concrete_args fixes."""
        base = inspect.unwrap(root_fn)
        if isinstance(base, functools.partial) or not hasattr(base, "__code__"):
            raise TypeError(f"cannot trace {root_fn}: it is no Python function")
        code = base.__code__
        count = code.co_argcount + code.co_kwonlyargcount
        names = list(code.co_varnames)
        signature = inspect.signature(base)
        args = []
        if is_module:
            if count == 0:
                raise RuntimeError("``self`` argument cannot be part of *args expansion!")
            args.append(self.root)
        skip = len(args)
        given = names[skip:count]
        if isinstance(concrete_args, tuple):
            if len(given) != len(concrete_args):
                raise RuntimeError(
                    f"Tracing expected {len(given)} arguments but got {len(concrete_args)} concrete arguments"
                )
            concrete_args = dict(zip(given, concrete_args))
        args.extend(self._proxy_placeholder(n, concrete_args, signature, base) for n in given)
        total = count
        if code.co_flags & _VARIADIC:
            for flag, star in ((inspect.CO_VARARGS, "*"), (inspect.CO_VARKEYWORDS, "**")):
                if code.co_flags & flag:
                    args.append(self._proxy_placeholder(star + names[total], concrete_args, signature, base))
                    total += 1
            root_fn = _without_variadics(base, len(args))
        elif code.co_kwonlyargcount:
            root_fn = _without_variadics(base, len(args))
        leaves, spec = pytree.tree_flatten(tuple(args))
        if concrete_args is not None and any(
            not isinstance(s, pytree.LeafSpec) and not s.is_leaf() for s in spec.children()
        ):
            self.graph._codegen = _PyTreeCodeGen(_PyTreeInfo(names[:total], spec, None))
            return self._flattened(root_fn, spec, skip), leaves
        return root_fn, args

    def _flattened(self, root_fn, spec, skip):
        def run(*leaves):
            out = root_fn(*pytree.tree_unflatten(list(leaves), spec))
            flat, out_spec = pytree.tree_flatten(out)
            info = self.graph._codegen.pytree_info
            # the module itself is no leaf that a caller gives
            inputs = pytree.TreeSpec(list, None, spec.children()[skip:])
            self.graph._codegen.pytree_info = info._replace(in_spec=inputs, out_spec=out_spec)
            return flat

        return run

    def _proxy_placeholder(self, name, concrete_args, signature, function):
        bare = name.lstrip("*")
        if concrete_args is not None and name in concrete_args:
            self._concrete = 0
            return pytree.tree_map(functools.partial(self._concrete_leaf, name, signature), concrete_args[name])
        parameter = signature.parameters.get(bare)
        default = (
            ()
            if name[0] == "*" or parameter is None or parameter.default is inspect.Parameter.empty
            else (parameter.default,)
        )
        return self.create_proxy("placeholder", name, default, {}, type_expr=function.__annotations__.get(name))

    def _concrete_leaf(self, name, signature, value):
        self._concrete += 1
        parameter = signature.parameters.get(name)
        default = () if parameter is None or parameter.default is inspect.Parameter.empty else (parameter.default,)
        out = self.create_proxy(
            "placeholder", f"{name}_{self._concrete}", default if not isinstance(value, PHBase) else (), {}
        )
        if isinstance(value, PHBase):
            if isinstance(value, PHWithMeta):
                out.node.meta["ph_key"] = value.ph_key
            return out
        if value is None:
            self.create_proxy(
                "call_function",
                _assert_is_none,
                (out, f"{name} has been specialized to have value None but got another value"),
                {},
            )
        elif isinstance(value, (bool, int, float)) or type(value) in base_types and not isinstance(value, torch.Tensor):
            message = f"{name} has been specialized to have value {value} but got another value"
            self.create_proxy("call_function", torch._assert, (out == value, message), {})
        else:
            warnings.warn(
                f"Was not able to add assertion to guarantee correct input {name} to specialized function. It is "
                "up to the "
                "user to make sure that your inputs match the inputs you specialized the function with.",
                stacklevel=2,
            )
        return value

    # ---- the run ----
    @compatibility(is_backward_compatible=True)
    def trace(self, root, concrete_args=None):
        """The Graph of a module or function."""
        _tracing.depth = getattr(_tracing, "depth", 0) + 1
        try:
            return self._trace(root, concrete_args)
        finally:
            _tracing.depth -= 1

    def _trace(self, root, concrete_args):
        if isinstance(root, torch.nn.Module):
            self.root = root
            if not hasattr(type(root), self.traced_func_name):
                raise AssertionError(f"traced_func_name={self.traced_func_name} doesn't exist in {type(root).__name__}")
            function = getattr(type(root), self.traced_func_name)
            self.root_module_name = root._get_name()
            self.submodule_paths = {m: n for n, m in root.named_modules()}
        else:
            self.root, function = torch.nn.Module(), root
        self.graph = Graph(tracer_cls=type(self))
        if isinstance(root, GraphModule) and self.traced_func_name == "forward":
            self.graph._codegen = copy.copy(root.graph._codegen)
        self.tensor_attrs = {}
        for path, module in self.root.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, torch.Tensor):
                    self.tensor_attrs.setdefault(id(value), (value, f"{path}.{name}" if path else name))
        self._outer_frames = len(inspect.stack(0)) if self.record_stack_traces else 0
        is_module = isinstance(root, torch.nn.Module)
        run, args = self.create_args_for_root(function, is_module, concrete_args)
        cache = {}
        scope = getattr(inspect.unwrap(function), "__globals__", {})
        with self._patched(scope, cache):
            result = run(*args)
            annotation = getattr(inspect.unwrap(function), "__annotations__", {}).get("return")
            self.create_node("output", "output", (self.create_arg(result),), {}, type_expr=annotation)
        self.submodule_paths = None
        return self.graph

    @contextlib.contextmanager
    def _patched(self, scope, cache):
        module, me = torch.nn.Module, threading.get_ident()
        with _Patcher() as patcher, _SizesMode():
            read, call = module.__getattr__, module.__call__

            def getattr_(mod, name):
                value = read(mod, name)
                return self.getattr(name, value, cache) if threading.get_ident() == me else value

            def call_(mod, *args, **kwargs):
                if threading.get_ident() != me:
                    return call(mod, *args, **kwargs)
                forward = functools.partial(call, mod)
                names = getattr(getattr(mod, "forward", mod), "__globals__", {})
                _autowrap_check(patcher, names, self._autowrap_function_ids)
                return self.call_module(mod, forward, args, kwargs)

            patcher.patch_method(module, "__getattr__", getattr_)
            patcher.patch_method(module, "__call__", call_)
            _patch_wrapped_functions(patcher)
            _autowrap_check(patcher, scope, self._autowrap_function_ids)
            for searched in self._autowrap_search:
                _autowrap_check(patcher, vars(searched), self._autowrap_function_ids)
            yield

    def __deepcopy__(self, memo):
        made = Tracer.__new__(type(self))
        for key, value in self.__dict__.items():
            made.__dict__[key] = value if key == "_autowrap_search" else copy.deepcopy(value, memo)
        return made


def symbolic_trace(root, concrete_args=None):
    """A GraphModule of what a module or function does with its arguments; concrete_args fixes some of them."""
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, torch.nn.Module) else root.__name__
    return GraphModule(tracer.root, graph, name)


for _class in (Tracer, ProxyableClassMeta, PHBase, PHWithMeta):
    _class.__module__ = "torch.fx._symbolic_trace"
for _function in (wrap, symbolic_trace, _assert_is_none):
    _function.__module__ = "torch.fx._symbolic_trace"
