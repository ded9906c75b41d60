"""torch.jit.script: programs that run as Python, known to be scripted; and the modules and functions that trace and
load give."""

import copy
import enum
import functools
import inspect
import warnings

import mindtorch as torch

from . import frontend
from ._flags import doing, modifier_of
from .annotations import fits, name_of

_TABLES = ("_parameters", "_buffers", "_non_persistent_buffers_set")


class Error(RuntimeError):
    """Something failed in a scripted program."""


Error.__module__ = "torch.jit"


class ScriptModule(torch.nn.Module):
    """A module of torch.jit. A subclass of it is a module whose forward runs as Python."""

    def save(self, f, _extra_files=None):
        """Write the module to a file."""
        from ._serialization import save

        save(self, f, _extra_files)

    def save_to_buffer(self, _extra_files=None):
        """The module's file as bytes."""
        import io

        buffer = io.BytesIO()
        self.save(buffer, _extra_files)
        return buffer.getvalue()


class RecursiveScriptModule(ScriptModule):
    """A recorded, loaded or scripted module: the parameters, buffers and submodules of the original one, and its
    methods."""

    def __init__(self, original=None, keep_python=False):
        super().__init__()
        own = self.__dict__
        own["_programs"], own["_python"], own["_original_name"] = {}, original if keep_python else None, "Module"
        own["_exported"] = {}
        if original is None:
            return
        own["_exported"] = {
            n: getattr(original, n)
            for n in dir(type(original))
            if modifier_of(inspect.getattr_static(type(original), n, None)).startswith("export")
        }
        own["_original_name"] = getattr(original, "original_name", None) or type(original).__name__
        for table in _TABLES:
            own[table] = original.__dict__[table]  # one table for both: what changes there is seen here
        own["training"] = original.training
        for name, module in original._modules.items():
            self._modules[name] = None if module is None else RecursiveScriptModule(module, keep_python)

    @property
    def original_name(self):
        """The name of the original class."""
        return self.__dict__["_original_name"]

    def extra_repr(self):
        return f"original_name={self.original_name}"

    def forward(self, *args, **kwargs):
        """What the original module computes."""
        return self._call_program("forward", args, kwargs)

    def _call_program(self, name, args, kwargs):
        program = self._programs.get(name)
        if program is not None:
            return program(self, args, kwargs)
        if self._python is None:
            raise NotImplementedError(
                f"{self.original_name}.{name} was not recorded by itself: its steps are in the graph of the module "
                "that torch.jit.trace was called with"
            )
        method = getattr(self._python, name)
        _check_arguments(method, name, args, kwargs)
        with doing("scripting"), _ignored_raise(self._python):
            return method(*args, **kwargs)

    def _method(self, name):
        def method(*args, **kwargs):
            return self._call_program(name, args, kwargs)

        method.__name__ = name
        return method

    # ---- attributes ----
    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            pass
        own = self.__dict__
        if name in own.get("_programs", ()):
            return self._method(name)
        if name in own.get("_exported", ()):
            return script_method(own["_exported"][name])
        python = own.get("_python")
        if python is not None and hasattr(python, name):
            value = getattr(python, name)
            return self._method(name) if inspect.ismethod(value) and value.__self__ is python else value
        raise AttributeError(f"'RecursiveScriptModule' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        python = self.__dict__.get("_python")
        if python is not None and name in python.__dict__ and name not in ("training",):
            setattr(python, name, value)
            return
        super().__setattr__(name, value)

    def train(self, mode=True):
        """Set the mode, of a scripted original too."""
        super().train(mode)
        if self._python is not None:
            self._python.train(mode)
        return self

    # ---- the program ----
    @property
    def graph(self):
        """The graph of forward."""
        return _graph_of(self._programs.get("forward"), self.original_name)

    inlined_graph = graph

    @property
    def code(self):
        """The source of forward."""
        program = self._programs.get("forward")
        return program.source() if program is not None else inspect.getsource(type(self._python).forward)

    # ---- copies ----
    def __deepcopy__(self, memo):
        made = RecursiveScriptModule.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update({k: copy.deepcopy(v, memo) for k, v in self.__dict__.items()})
        return made

    def __copy__(self):
        made = RecursiveScriptModule.__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    def __reduce_ex__(self, protocol):
        raise RuntimeError(
            f"Tried to serialize object __torch__.{self.original_name} which does not have a __getstate__ method "
            f"defined! "
            "Use torch.jit.save"
        )


TopLevelTracedModule = TracedModule = RecursiveScriptModule  # what torch.jit.trace gives for a module


def _graph_of(program, name):
    if program is None:
        raise NotImplementedError(f"{name} is scripted: it runs as Python and has no graph. Use torch.jit.trace")
    return program.graph


class _ignored_raise:
    """with ...: methods marked unused raise, as they do in a scripted program."""

    def __init__(self, module):
        names = {}
        for inner in module.modules() if isinstance(module, torch.nn.Module) else ():
            for name in dir(type(inner)):
                function = inspect.getattr_static(type(inner), name, None)
                if modifier_of(function).startswith("unused") and name not in inner.__dict__:
                    names[(inner, name)] = function
        self.names = names

    def __enter__(self):
        def unusable(*args, **kwargs):
            raise Error(
                "The following operation failed in the TorchScript interpreter.\nRuntimeError: This Python function "
                "is annotated to be "
                "ignored and cannot be run"
            )

        for inner, name in self.names:
            object.__setattr__(inner, name, unusable)

    def __exit__(self, *exc):
        for inner, name in self.names:
            inner.__dict__.pop(name, None)


class ScriptFunction:
    """A scripted or recorded function."""

    def __init__(self, function=None, program=None):
        self._function, self._program = function, program
        self.name = program.name if program is not None else function.__name__
        self.qualified_name = f"__torch__.{self.name}"
        if function is not None:
            functools.update_wrapper(self, function, updated=())

    def __call__(self, *args, **kwargs):
        if self._program is not None:
            return self._program(getattr(self, "_holder", None), args, kwargs)
        _check_arguments(self._function, self.name, args, kwargs)
        with doing("scripting"):
            return self._function(*args, **kwargs)

    @property
    def graph(self):
        """The graph of a recorded function."""
        return _graph_of(self._program, self.name)

    inlined_graph = graph

    @property
    def code(self):
        """The source."""
        return self._program.source() if self._program is not None else inspect.getsource(self._function)

    @property
    def schema(self):
        """The declaration."""
        return self._program.declaration() if self._program is not None else _declaration(self._function, self.name)

    def save(self, f, _extra_files=None):
        """Write a recorded function to a file."""
        from ._serialization import save

        save(self, f, _extra_files)

    def save_to_buffer(self, _extra_files=None):
        """The function's file as bytes."""
        return ScriptModule.save_to_buffer(self, _extra_files)

    def __reduce__(self):
        raise RuntimeError("ScriptFunction cannot be pickled: use torch.jit.save")


class ScriptMethod(ScriptFunction):
    """A scripted method."""


def script_method(fn):
    """A method of a ScriptModule; it runs as Python."""

    @functools.wraps(fn)
    def scripted(*args, **kwargs):
        with doing("scripting"):
            return fn(*args, **kwargs)

    return scripted


def _annotation(fn, parameter):
    if parameter.annotation is inspect.Parameter.empty:
        return torch.Tensor
    if isinstance(parameter.annotation, str):
        return (
            eval(parameter.annotation, inspect.unwrap(fn).__globals__) if parameter.annotation.isidentifier() else None
        )
    return parameter.annotation


def _declaration(fn, name):
    signature = inspect.signature(fn)
    shown = []
    for p in signature.parameters.values():
        default = "" if p.default is p.empty else f"={p.default!r}"
        shown.append(f"{name_of(_annotation(fn, p))} {p.name}{default[:-1] if default.endswith('.0') else default}")
    back = signature.return_annotation
    return f"{name}({', '.join(shown)}) -> {'Tensor' if back is inspect.Signature.empty else name_of(back)}"


def _check_arguments(fn, name, args, kwargs):
    # what has no annotation is a tensor in a scripted function
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError:
        missing = next(
            (
                p.name
                for i, p in enumerate(signature.parameters.values())
                if i >= len(args) and p.name not in kwargs and p.default is p.empty
            ),
            None,
        )
        if missing is not None:
            raise RuntimeError(
                f"{name}() is missing value for argument '{missing}'. Declaration: {_declaration(fn, name)}"
            ) from None
        raise RuntimeError(
            f"{name}() expected at most {len(signature.parameters)} argument(s) but received {len(args) + len(kwargs)} "
            f"argument(s). Declaration: {_declaration(fn, name)}"
        ) from None
    for place, (key, value) in enumerate(bound.items()):
        parameter = signature.parameters[key]
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        wanted = _annotation(fn, parameter)
        if (
            value is not None
            and not fits(value, wanted)
            or value is None
            and wanted in (torch.Tensor, int, float, str, bool)
            and parameter.default is not None
        ):
            raise RuntimeError(
                f"{name}() Expected a value of type '{name_of(wanted)}' for argument '{key}' but instead found type "
                f"'{type(value).__name__}'.\nPosition: {place}\nValue: {value!r}\nDeclaration: {_declaration(fn, name)}"
            )


def script(obj, optimize=None, _frames_up=0, _rcb=None, example_inputs=None):
    """A module, function or class as a script: it runs as Python, with its arguments checked and
    torch.jit.is_scripting() true. What
    scripts can't contain is refused."""
    warnings.warn(
        "`torch.jit.script` is deprecated. Please switch to `torch.compile` or `torch.export`.",
        DeprecationWarning,
        stacklevel=2,
    )
    if optimize is not None:
        warnings.warn(
            "`optimize` is deprecated and has no effect. Use `with torch.jit.optimized_execution()` instead",
            FutureWarning,
            stacklevel=2,
        )
    if example_inputs is not None:
        raise NotImplementedError(
            "torch.jit.script(example_inputs=...) needs the package MonkeyType's records of types"
        )
    if isinstance(obj, (ScriptModule, ScriptFunction)):
        return obj
    if isinstance(obj, torch.nn.Module):
        method = getattr(type(obj), "forward", None)
        if method is not None and not type(obj).__module__.startswith(("torch.", "mindtorch.")):
            frontend.check(method)
        return RecursiveScriptModule(obj, keep_python=True)
    if isinstance(obj, (list, dict)):
        return obj
    if inspect.isclass(obj):
        if issubclass(obj, torch.nn.Module):
            raise RuntimeError(
                f"Type '{obj}' cannot be compiled since it inherits from nn.Module, consider passing an instance "
                f"instead"
            )
        if not issubclass(obj, enum.Enum) and len(obj.__mro__) > 2 and not hasattr(obj, "_fields"):
            raise RuntimeError(
                "TorchScript classes does not support inheritance yet. Please directly inherit from 'object'."
            )
        return obj
    if inspect.ismethod(obj) and isinstance(obj.__self__, torch.nn.Module):
        return getattr(script(obj.__self__), obj.__name__)
    if not inspect.isfunction(obj):
        raise TypeError(f"{type(obj)} is a built-in class")
    if (obj.__module__ or "").startswith(("torch.", "mindtorch.")) or obj.__module__ == "torch":
        return ScriptFunction(obj)
    frontend.check(obj)
    return ScriptFunction(obj)


def script_if_tracing(fn):
    """A function that is scripted while a program is recorded; it runs as Python then as well."""

    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        return fn(*args, **kwargs)

    wrapper.__original_fn, wrapper.__script_if_tracing_wrapper = fn, True
    return wrapper


for _class in (ScriptModule, RecursiveScriptModule, ScriptFunction, ScriptMethod):
    _class.__module__ = "torch.jit._script"
ScriptFunction.__module__ = "torch.jit"
