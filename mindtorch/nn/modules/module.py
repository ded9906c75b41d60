"""nn.Module: a tree of parameters, buffers and submodules with a forward."""
import itertools
import warnings
from collections import OrderedDict
from typing import TypeVar

import mindtorch as torch
from mindtorch.nn.parameter import Buffer, Parameter, forget_gradients

from . import _hooks
from ._hooks import (  # noqa: F401  (torch.nn.modules.module owns these names)
    _global_backward_hooks,
    _global_backward_pre_hooks,
    _global_buffer_registration_hooks,
    _global_forward_hooks,
    _global_forward_hooks_always_called,
    _global_forward_hooks_with_kwargs,
    _global_forward_pre_hooks,
    _global_module_registration_hooks,
    _global_parameter_registration_hooks,
    _has_any_global_hook,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from ._state import _EXTRA_STATE_KEY_SUFFIX, StateDict, _IncompatibleKeys, _WrappedHook  # noqa: F401

T = TypeVar("T", bound="Module")
T_destination = TypeVar("T_destination", bound=dict)
_HOOK_TABLES = ("_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs",
                "_forward_hooks_always_called", "_forward_pre_hooks",
                "_forward_pre_hooks_with_kwargs", "_state_dict_hooks", "_state_dict_pre_hooks",
                "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks")


def _addindent(text, spaces):
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)])


def _type_name(value):
    return value.type() if isinstance(value, torch.Tensor) else type(value).__name__


def _forward_unimplemented(self, *input):
    """What runs when called; subclasses define it. NotImplementedError here."""
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


def _parse_to(device=None, dtype=None, non_blocking=False, *, memory_format=None, tensor=None):
    """(device, dtype, non_blocking, memory_format) from the three ways of calling Module.to."""
    if isinstance(device, torch.Tensor):
        tensor, device, non_blocking = device, None, dtype if isinstance(dtype, bool) else non_blocking
    elif isinstance(device, torch.dtype):
        device, dtype, non_blocking = None, device, dtype if isinstance(dtype, bool) else non_blocking
    if tensor is not None:
        return tensor.device, tensor.dtype, non_blocking, memory_format
    if dtype is not None and not isinstance(dtype, torch.dtype):
        raise TypeError(f"to() received an invalid combination of arguments - got dtype {type(dtype).__name__}")
    return device if device is None else torch.device(device), dtype, non_blocking, memory_format


class Module(_hooks.Hooks, StateDict):
    """Base of all layers and models. Attributes that are Parameter, Buffer or Module are registered under their
    names."""

    dump_patches = False
    _version = 1
    T_destination = T_destination
    training: bool
    call_super_init = False
    _compiled_call_impl = None
    forward = _forward_unimplemented

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("mindtorch."):  # pickles and reprs name torch's modules
            cls.__module__ = cls.__module__.removeprefix("mind")

    def __init__(self, *args, **kwargs):
        if not self.call_super_init:
            if kwargs:
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument "
                                f"'{next(iter(kwargs))}'")
            if args:
                raise TypeError(f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} "
                                "were given")
        self.__dict__.update(
            training=True, _parameters={}, _buffers={}, _non_persistent_buffers_set=set(),
            _backward_pre_hooks=OrderedDict(), _backward_hooks=OrderedDict(),
                _is_full_backward_hook=None,
            **{name: OrderedDict() for name in _HOOK_TABLES[2:]}, _modules={})
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # ---- registration ----
    def _check_name(self, kind, name, table):
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_type_name(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in table:
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is state but no parameter; persistent ones are in state_dict. KeyError or TypeError for a
        bad name or value."""
        if persistent is False and isinstance(self, _script_module()):
            raise RuntimeError("ScriptModule does not support non-persistent buffers")
        self._check_name("buffer", name, self.__dict__.get("_buffers", ()))
        if tensor is not None and not isinstance(tensor, torch.Tensor):
            raise TypeError(f"cannot assign '{_type_name(tensor)}' object to buffer '{name}' (torch Tensor or None "
                            "required)")
        self._buffers[name] = _hooks.registered(_hooks._global_buffer_registration_hooks, self, name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def register_parameter(self, name, param):
        """Add a parameter or None; ValueError when it has a history, KeyError or TypeError for a bad name or value."""
        self._check_name("parameter", name, self.__dict__.get("_parameters", ()))
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(f"cannot assign '{_type_name(param)}' object to parameter '{name}' (torch.nn.Parameter "
                                "or None required)")
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                    f"explicitly. To express '{name}' as a function of "
                    f"another Tensor, "
                    "compute the value in the forward() method."
                )
            param = _hooks.registered(_hooks._global_parameter_registration_hooks, self, name, param)
        self._parameters[name] = param

    def add_module(self, name, module):
        """Add a submodule or None; KeyError or TypeError for a bad name or value."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_type_name(module)} is not a Module subclass")
        self._check_name("module", name, self.__dict__.get("_modules", ()))
        self._modules[name] = _hooks.registered(_hooks._global_module_registration_hooks, self, name, module)

    def register_module(self, name, module):
        """The same as add_module."""
        self.add_module(name, module)

    def _forget(self, name, *but):
        for table in ("__dict__", "_parameters", "_buffers", "_modules"):
            if table not in but:
                (self.__dict__ if table == "__dict__" else self.__dict__.get(table, {})).pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __setattr__(self, name, value):
        own = self.__dict__
        parameters = own.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
            return
        if parameters is not None and name in parameters:
            if value is not None:
                raise TypeError(f"cannot assign '{_type_name(value)}' as parameter '{name}' (torch.nn.Parameter or "
                                "None expected)")
            self.register_parameter(name, value)
            return
        modules = own.get("_modules")
        if isinstance(value, Module):
            if modules is None:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_modules")
            modules[name] = _hooks.registered(_hooks._global_module_registration_hooks, self, name, value)
            return
        if modules is not None and name in modules:
            if value is not None:
                raise TypeError(f"cannot assign '{_type_name(value)}' as child module '{name}' (torch.nn.Module or "
                                "None expected)")
            modules[name] = _hooks.registered(_hooks._global_module_registration_hooks, self, name, value)
            return
        buffers = own.get("_buffers")
        is_buffer = isinstance(value, Buffer)
        if is_buffer or (buffers is not None and name in buffers):
            if buffers is None:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            if value is not None and not isinstance(value, torch.Tensor):
                raise TypeError(f"cannot assign '{_type_name(value)}' as buffer '{name}' (torch.nn.Buffer, "
                                "torch.Tensor or None expected)")
            persistent = value.persistent if is_buffer else name not in self._non_persistent_buffers_set
            if is_buffer:
                self._forget(name, "_buffers")
                self.register_buffer(name, value, persistent)
            else:
                buffers[name] = _hooks.registered(_hooks._global_buffer_registration_hooks, self, name, value)
            return
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        own = self.__dict__
        for table in ("_parameters", "_buffers", "_modules"):
            found = own.get(table)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        if name in self._parameters:
            del self._parameters[name]
        elif name in self._buffers:
            del self._buffers[name]
            self._non_persistent_buffers_set.discard(name)
        elif name in self._modules:
            del self._modules[name]
        else:
            object.__delattr__(self, name)

    # ---- by dotted name ----
    def get_submodule(self, target):
        """The submodule at 'a.b.c', self for ''; AttributeError when it isn't there."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target, module, strict=False):
        """Put `module` at 'a.b.c' (with strict only over an existing one); ValueError for an empty target or what is no
        module."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        path, _, name = target.rpartition(".")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _get_leaf(self, target):
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not hasattr(owner, name):
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        return owner, name, getattr(owner, name)

    def get_parameter(self, target):
        """The parameter at 'a.b.name'; AttributeError when it isn't one."""
        _, name, value = self._get_leaf(target)
        if not isinstance(value, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return value

    def get_buffer(self, target):
        """The buffer at 'a.b.name'; AttributeError when it isn't one."""
        owner, name, value = self._get_leaf(target)
        if name not in owner._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return value

    # ---- walking ----
    def _named_members(self, get_members_fn, prefix="", recurse=True, remove_duplicate=True):
        seen = set()
        for path, module in (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        ):
            for name, value in get_members_fn(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield path + ("." if path else "") + name, value

    def parameters(self, recurse=True):
        """Iterator over parameters, each once."""
        for _, value in self.named_parameters(recurse=recurse):
            yield value

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """Iterator over (name, parameter)."""
        yield from self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        """Iterator over buffers, each once."""
        for _, value in self.named_buffers(recurse=recurse):
            yield value

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """Iterator over (name, buffer)."""
        yield from self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def children(self):
        """Iterator over direct submodules, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self):
        """Iterator over (name, direct submodule), each module once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate=True):
        """Iterator over all modules of the tree, self first."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """Iterator over (dotted name, module) of the tree, self first under `prefix`; modules in `memo` are left
        out."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, prefix + ("." if prefix else "") + name, remove_duplicate)

    def apply(self, fn):
        """Call fn(module) for the tree, children first; returns self."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # ---- conversion ----
    def _apply(self, fn, recurse=True):
        """Replace every parameter, gradient and buffer t by fn(t). Parameters keep their identity (their data change)
        unless
        torch.__future__ says otherwise or the new data cannot live in the same object."""
        from mindtorch import __future__ as future

        if recurse:
            for module in self.children():
                module._apply(fn)
        overwrite, swap = future.get_overwrite_module_params_on_conversion(
            ), future.get_swap_module_params_on_conversion()
        for name, parameter in self._parameters.items():
            if parameter is None:
                continue
            grad = parameter.grad
            with torch.no_grad():
                made = fn(parameter)
            in_place = not overwrite and _same_kind(parameter, made)
            if swap or _wraps(made):
                if grad is not None:
                    parameter.grad = None
                try:
                    new = Parameter(made, parameter.requires_grad)
                    torch.utils.swap_tensors(parameter, new)
                except Exception as e:
                    if grad is not None:
                        parameter.grad = grad
                    raise RuntimeError(f"_apply(): Couldn't swap {self._get_name()}.{name}") from e
                out = parameter
            elif in_place:
                if made is not parameter:
                    parameter.data = made
                out = parameter
            else:
                out = self._parameters[name] = Parameter(made, parameter.requires_grad)
            if grad is not None:
                with torch.no_grad():
                    new_grad = fn(grad)
                if swap:
                    grad.requires_grad_(parameter.requires_grad)
                    torch.utils.swap_tensors(grad, new_grad)
                    out.grad = grad
                elif in_place and _same_kind(grad, new_grad):
                    out.grad.data = new_grad
                else:
                    out.grad = new_grad.requires_grad_(grad.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def cuda(self, device=None):
        """Move to an npu, under its other name; returns self."""
        return self._apply(lambda t: t.cuda(device))

    def npu(self, device=None):
        """Move to an npu; returns self."""
        return self._apply(lambda t: t.npu(device))

    def cpu(self):
        """Move to the cpu; returns self."""
        return self._apply(lambda t: t.cpu())

    def ipu(self, device=None):
        """Move to an ipu: RuntimeError, there is none."""
        return self.to(torch.device("ipu", device))

    def xpu(self, device=None):
        """Move to an xpu: RuntimeError, there is none."""
        return self.to(torch.device("xpu", device))

    def mtia(self, device=None):
        """Move to an mtia: RuntimeError, there is none."""
        return self.to(torch.device("mtia", device))

    def type(self, dst_type):
        """Cast all parameters and buffers to dst_type; returns self."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self):
        """Cast floating point parameters and buffers to float32; returns self."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self):
        """Cast floating point parameters and buffers to float64; returns self."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self):
        """Cast floating point parameters and buffers to float16; returns self."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self):
        """Cast floating point parameters and buffers to bfloat16; returns self."""
        return self._apply(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def to_empty(self, *, device, recurse=True):
        """Move to a device without copying values; returns self."""
        return self._apply(lambda t: torch.empty_like(t, device=device), recurse=recurse)

    def to(self, *args, **kwargs):
        """to(device), to(dtype), to(tensor), to(memory_format=...): move and cast in place; returns self.
        TypeError for a dtype that is neither floating point nor complex (only such tensors are cast)."""
        if kwargs.pop("copy", False) or (
            len(args) > 3 - isinstance(args[0], (torch.dtype, torch.Tensor)) if args else False
        ):
            raise RuntimeError(".to() does not accept copy argument")
        device, dtype, non_blocking, memory_format = _parse_to(*args, **kwargs)
        if dtype is not None:
            if not (dtype.is_floating_point or dtype.is_complex):
                raise TypeError("nn.Module.to only accepts floating point or complex dtypes, but got desired "
                                f"dtype={dtype}")
            if dtype.is_complex:
                warnings.warn(
                    "Complex modules are a new feature under active development whose design may change, and some "
                    "modules might not work as expected when using "
                    "complex tensors "
                    "as parameters or buffers. Please file an issue at "
                    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a complex module "
                    "does not work as "
                    "expected.",
                    stacklevel=2,
                )

        def convert(t):
            how = {}
            if device is not None:
                how["device"] = device
            if dtype is not None and (t.is_floating_point() or t.is_complex()):
                how["dtype"] = dtype
            if memory_format is not None and t.dim() in (4, 5):
                how["memory_format"] = memory_format
            if not how:
                return t
            try:
                return t.to(non_blocking=non_blocking, **how)
            except NotImplementedError as e:
                if str(e) == "Cannot copy out of meta tensor; no data!":
                    raise NotImplementedError(
                        f"{e} Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module "
                        "from meta to a different "
                        f"device."
                    ) from None
                raise

        return self._apply(convert)

    def share_memory(self):
        """Move all tensors to shared memory; returns self."""
        return self._apply(lambda t: t.share_memory_())

    # ---- modes ----
    def train(self, mode=True):
        """Set the training mode of the tree; returns self. ValueError for what is no bool."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """train(False)."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Set requires_grad of all parameters; returns self."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters, or fill them with zeros."""
        if getattr(self, "_is_replica", False):
            warnings.warn(
                "Calling .zero_grad() from a module created with nn.DataParallel() has no effect. The parameters are "
                "copied (in a differentiable manner) from the "
                "original module. "
                "This means they are not leaf nodes in autograd and so don't accumulate gradients. If you need "
                "gradients in your forward method, consider using "
                "autograd.grad "
                "instead.",
                stacklevel=2,
            )
        forget_gradients(self.parameters(), set_to_none)

    def compile(self, *args, **kwargs):
        """Let calls go through torch.compile(...) of this module's call."""
        self._compiled_call_impl = torch.compile(self._call_impl, *args, **kwargs)

    # ---- copies and text ----
    def __getstate__(self):
        state = self.__dict__.copy()
        state.pop("_compiled_call_impl", None)
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        for name in _HOOK_TABLES:
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

    def _replicate_for_data_parallel(self):
        replica = self.__new__(type(self))
        replica.__dict__ = self.__dict__.copy()
        replica.__dict__.update(_parameters={}, _buffers=self._buffers.copy(), _modules=self._modules.copy(),
                                _is_replica=True)
        return replica

    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        """What repr shows between the parentheses."""
        return ""

    def __repr__(self):
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {_addindent(repr(module), 2)}" for name, module in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + children) + "\n)"

    def __dir__(self):
        names = itertools.chain(dir(type(self)), self.__dict__, self._parameters, self._modules, self._buffers)
        return sorted({name for name in names if not name[:1].isdigit()})


def _script_module():
    """torch.jit.ScriptModule when there is one; no class otherwise."""
    return getattr(getattr(torch, "jit", None), "ScriptModule", ())


def _wraps(t):
    return hasattr(t, "__tensor_flatten__") and hasattr(t, "__tensor_unflatten__")


def _same_kind(old, new):
    """Whether old.data = new is possible: both hold memory, or neither does, in the same layout."""
    return old.layout == new.layout and (old.device.type == "meta") == (new.device.type == "meta")


Module.__module__ = "torch.nn.modules.module"
