"""state_dict and load_state_dict."""
import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Mapping

import mindtorch as torch
from mindtorch.nn.parameter import Parameter, is_lazy

_EXTRA_STATE_KEY_SUFFIX = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"

    __str__ = __repr__


_IncompatibleKeys.__module__ = "torch.nn.modules.module"


def _listed(keys):
    return ", ".join(f'"{k}"' for k in keys)


class StateDict:
    """The part of Module that saves and loads."""

    def get_extra_state(self):
        """More state for state_dict; override it together with set_extra_state."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
        )

    def set_extra_state(self, state):
        """Take what get_extra_state gave."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
        )

    # ---- saving ----
    def _register_state_dict_hook(self, hook):
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError("Cannot register the same function as the state dict post hook that was previously "
                               "registered via register_state_dict_post_hook")
        return self._hook(self._state_dict_hooks, hook)

    def register_state_dict_post_hook(self, hook):
        """hook(module, state_dict, prefix, local_metadata) runs after this module wrote its entries; it must return
        None."""
        hook._from_public_api = True
        return self._hook(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook):
        """hook(module, prefix, keep_vars) runs before this module writes its entries."""
        return self._hook(self._state_dict_pre_hooks, hook)

    def _persistent(self):
        """(name, tensor) of what belongs into the state, parameters first."""
        for name, p in self._parameters.items():
            if p is not None:
                yield name, p
        for name, b in self._buffers.items():
            if b is not None and name not in self._non_persistent_buffers_set:
                yield name, b

    def _has_extra_state(self):
        return getattr(type(self), "get_extra_state", StateDict.get_extra_state) is not StateDict.get_extra_state

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        for name, t in self._persistent():
            destination[prefix + name] = t if keep_vars else t.detach()
        if self._has_extra_state():
            destination[prefix + _EXTRA_STATE_KEY_SUFFIX] = self.get_extra_state()

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
        """Ordered dict of all parameters and persistent buffers by dotted name (detached unless keep_vars), with
        ._metadata."""
        if args:
            warnings.warn("Positional args are being deprecated, use kwargs instead. Refer to "
                          "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for "
                          "details.", FutureWarning, stacklevel=2)
            given = dict(zip(("destination", "prefix", "keep_vars"), args))
            destination = given["destination"] if destination is None else destination
            prefix = given.get("prefix", prefix) if prefix == "" else prefix
            keep_vars = given.get("keep_vars", keep_vars) if keep_vars is False else keep_vars
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            result = hook(self, destination, prefix, local_metadata)
            if result is not None:
                if getattr(hook, "_from_public_api", False):
                    raise RuntimeError("state_dict post-hook must return None")
                destination = result
        return destination

    # ---- loading ----
    def _register_load_state_dict_pre_hook(self, hook, with_module=False):
        return self._hook(self._load_state_dict_pre_hooks, _WrappedHook(hook, self if with_module else None))

    def register_load_state_dict_pre_hook(self, hook):
        """hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs) runs
        before this module loads."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook):
        """hook(module, incompatible_keys) runs after this module and its children loaded; it may change the two
        lists."""
        return self._hook(self._load_state_dict_post_hooks, hook)

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = dict(self._persistent())
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, t in own.items():
            key = prefix + name
            if key in state_dict:
                self._load_one(name, key, t, state_dict[key], assign, error_msgs)
            elif strict:
                missing_keys.append(key)
        extra_key = prefix + _EXTRA_STATE_KEY_SUFFIX
        if getattr(type(self), "set_extra_state", None) is not StateDict.set_extra_state:
            if extra_key in state_dict:
                self.set_extra_state(state_dict[extra_key])
            elif strict:
                missing_keys.append(extra_key)
        elif strict and extra_key in state_dict:
            unexpected_keys.append(extra_key)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra_key:
                    name, dot, _ = key[len(prefix):].partition(".")
                    if name not in (self._modules if dot else own):
                        unexpected_keys.append(key)

    def _load_one(self, name, key, t, value, assign, error_msgs):
        from mindtorch import __future__ as future

        if not torch.overrides.is_tensor_like(value):
            error_msgs.append(f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
                              f'from checkpoint but received {type(value)}')
            return
        lazy = is_lazy(t)
        if not lazy and t.dim() == 0 and value.dim() == 1:
            value = value[0]  # very old files keep scalars as vectors of one
        if not lazy and value.shape != t.shape:
            error_msgs.append(f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the "
                              f"shape in current model is {t.shape}.")
            return
        if t.is_meta and not value.is_meta and not assign:
            warnings.warn(
                f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current "
                "model, which is a no-op. (Did you mean to pass "
                f"`assign=True` to "
                "assign items in the state dictionary to their corresponding key in the module instead of copying them "
                "in place?)",
                stacklevel=2,
            )
        try:
            with torch.no_grad():
                if future.get_swap_module_params_on_conversion():
                    new = t.module_load(value, assign=assign)
                    if id(new) in (id(value), id(t)):
                        raise RuntimeError("module_load returned one of self or other, please .detach() the result if "
                                           "returning one of the inputs in module_load")
                    if isinstance(t, Parameter):
                        new = new.requires_grad_(t.requires_grad) if isinstance(new, Parameter) else Parameter(
                            new, requires_grad=t.requires_grad)
                    torch.utils.swap_tensors(t, new)
                elif assign:
                    if isinstance(t, Parameter):
                        value = value.requires_grad_(t.requires_grad) if isinstance(value, Parameter) else Parameter(
                            value, requires_grad=t.requires_grad)
                    setattr(self, name, value)
                else:
                    t.copy_(value)
        except Exception as e:
            action = "swapping" if future.get_swap_module_params_on_conversion() else "copying"
            error_msgs.append(
                f'While {action} the parameter named "{key}", whose dimensions in the model are {t.size()} and whose '
                'dimensions in the checkpoint are '
                f'{value.size()}, an exception '
                f"occurred : {e.args}."
            )

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copy (or with assign put in) the tensors of a state dict; returns (missing_keys, unexpected_keys).
        RuntimeError for shapes that differ and, if strict, for keys that don't match."""
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing, unexpected, errors = [], [], []
        metadata = getattr(state_dict, "_metadata", None)
        state_dict = OrderedDict(state_dict)
        if metadata is not None:
            state_dict._metadata = metadata

        def load(module, entries, prefix=""):
            local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
            if assign:
                local_metadata["assign_to_params_buffers"] = assign
            module._load_from_state_dict(entries, prefix, local_metadata, True, missing, unexpected, errors)
            for name, child in module._modules.items():
                if child is not None:
                    below = prefix + name + "."
                    load(child, {k: v for k, v in entries.items() if k.startswith(below)}, below)
            incompatible = _IncompatibleKeys(missing, unexpected)
            for hook in module._load_state_dict_post_hooks.values():
                if hook(module, incompatible) is not None:
                    raise AssertionError(
                        "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                        "values, if incompatible_keys need to "
                        "be modified, it "
                        "should be done inplace."
                    )

        load(self, state_dict)
        if strict:
            if unexpected:
                errors.insert(0, f"Unexpected key(s) in state_dict: {_listed(unexpected)}. ")
            if missing:
                errors.insert(0, f"Missing key(s) in state_dict: {_listed(missing)}. ")
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        return _IncompatibleKeys(missing, unexpected)


class _WrappedHook:
    """A hook that gets its module first, without keeping it alive."""

    def __init__(self, hook, module=None):
        import functools
        import weakref

        self.hook, self.with_module = hook, module is not None
        functools.update_wrapper(self, hook)
        if self.with_module:
            self.module = weakref.ref(module)

    def __call__(self, *args, **kwargs):
        if not self.with_module:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self):
        state = {"hook": self.hook, "with_module": self.with_module}
        if self.with_module:
            state["module"] = self.module()
        return state

    def __setstate__(self, state):
        import weakref

        self.hook, self.with_module = state["hook"], state["with_module"]
        if self.with_module:
            if state["module"] is None:
                raise RuntimeError("You are trying to revive the hook of a dead Module!")
            self.module = weakref.ref(state["module"])


_WrappedHook.__module__ = "torch.nn.modules.module"
