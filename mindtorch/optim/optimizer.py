"""The base of all optimizers: groups, state, hooks, state_dict."""
import functools
import itertools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import mindtorch as torch
from mindtorch.nn.parameter import forget_gradients
from mindtorch.utils.hooks import add_hook

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

_global_optimizer_pre_hooks, _global_optimizer_post_hooks = OrderedDict(), OrderedDict()
_FUSED_DEVICES = ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]
_CAPTURABLE_DEVICES = ["cuda", "xpu", "hpu", "privateuseone", "xla"]


ParamsT = Iterable[torch.Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, torch.Tensor]]
Args, Kwargs, StateDict = tuple[Any, ...], dict[str, Any], dict[str, Any]
_FOREACH_DEVICES = ["cuda", "xpu", "mtia", "privateuseone"]
_foreach_supported_types = [torch.Tensor, torch.nn.parameter.Parameter]


class _Required:
    def __repr__(self):
        return "<required parameter>"


required = _Required()


def register_optimizer_step_pre_hook(hook):
    """hook(optimizer, args, kwargs) before every step of every optimizer; it may return new (args, kwargs)."""
    return add_hook(_global_optimizer_pre_hooks, hook)


def register_optimizer_step_post_hook(hook):
    """hook(optimizer, args, kwargs) after every step of every optimizer."""
    return add_hook(_global_optimizer_post_hooks, hook)


def _get_foreach_kernels_supported_devices():
    """Device types on which lists of tensors are worth it; npu's is privateuseone."""
    return list(_FOREACH_DEVICES)


def _get_fused_kernels_supported_devices():
    return list(_FUSED_DEVICES)


def _get_capturable_supported_devices(supports_xla=True):
    return [d for d in _CAPTURABLE_DEVICES if supports_xla or d != "xla"]


def _default_to_fused_or_foreach(params, differentiable, use_fused=False):
    """(fused, foreach) where a user has said nothing: by the devices and dtypes of the parameters."""
    if differentiable:
        return False, False

    def all_on(devices):
        return all(p is None or type(p) in _foreach_supported_types
                   and ("privateuseone" if p.device.type == "npu" else p.device.type) in devices for p in params)

    fused = use_fused and all_on(_FUSED_DEVICES) and all(p is None or p.is_floating_point() for p in params)
    return fused, not fused and all_on(_FOREACH_DEVICES)


def _to_scalar(x):
    return x.squeeze() if isinstance(x, torch.Tensor) and x.dim() != 0 else x


def _get_value(x):
    return x.item() if isinstance(x, torch.Tensor) else x


def _get_scalar_dtype(is_fused=None):
    return torch.float32 if is_fused or torch.get_default_dtype() is not torch.float64 else torch.float64


def _use_grad_for_differentiable(function):
    """Run a step with gradients on exactly when the optimizer is differentiable."""

    @functools.wraps(function)
    def step(self, *args, **kwargs):
        before = torch.is_grad_enabled()
        torch.set_grad_enabled(self.defaults.get("differentiable", False))
        try:
            return function(self, *args, **kwargs)
        finally:
            torch.set_grad_enabled(before)

    return step


def check_fused(params):
    """RuntimeError for parameters that fused steps cannot take."""
    for p in params:
        if p.device.type not in (*_FUSED_DEVICES, "npu", "meta") or not p.dtype.is_floating_point:
            raise RuntimeError("`fused=True` requires all the params to be floating point Tensors of supported "
                               f"devices: {_FUSED_DEVICES} but {p.dtype} and {p.device.type}")


def check_flags(fused, foreach, differentiable):
    """RuntimeError for contradictory ways of computing a step."""
    if fused:
        if differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_foreach(group):
    """AssertionError for a group that wants foreach and gradients through its steps."""
    if group.get("foreach") and group.get("differentiable"):
        raise AssertionError("_foreach ops don't support autograd")


def check_at_least_zero(**values):
    """ValueError for negative settings; keys are their names in the message."""
    for name, value in values.items():
        if not 0.0 <= value:
            raise ValueError(f"Invalid {name.replace('__', ' ')}: {value}")


def check_betas(betas):
    """ValueError for betas outside [0, 1)."""
    for i, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_lr(lr, foreach=None, capturable=True):
    """ValueError for a tensor lr that is not one number, or that foreach steps cannot use."""
    if isinstance(lr, torch.Tensor):
        if foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        if lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")


class Optimizer:
    """Base class: `params` are tensors, (name, tensor) pairs or dicts of a group; `defaults` the settings of groups
    that lack them."""

    _optimizer_step_pre_hooks = _optimizer_step_post_hooks = None

    def __init__(self, params, defaults):
        self.defaults = defaults
        self._make_hooks()
        self._patch_step_function()
        if isinstance(params, torch.Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, but "
                            f"got {torch.typename(params)}")
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)
        self._warned_capturable_if_run_uncaptured = True

    def _make_hooks(self):
        for name in ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre",
                     "load_state_dict_post"):
            name = f"_optimizer_{name}_hooks"
            if self.__dict__.get(name) is None:
                setattr(self, name, OrderedDict())

    def __getstate__(self):
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._make_hooks()
        self._patch_step_function()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self):
        text = self.__class__.__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n" + "".join(f"    {key}: {group[key]}\n" for key in sorted(group)
                                                         if key != "params")
        return text + ")"

    # ---- hooks ----
    def _optimizer_step_code(self):
        """What profilers mark as the end of a step."""

    @staticmethod
    def profile_hook_step(func):
        """Wrap a step so that hooks run around it."""

        @functools.wraps(func)
        def wrapper(*args, **kwargs):
            self, *_ = args
            for hook in itertools.chain(_global_optimizer_pre_hooks.values(), self._optimizer_step_pre_hooks.values()):
                result = hook(self, args, kwargs)
                if result is not None:
                    if not isinstance(result, tuple) or len(result) != 2:
                        raise RuntimeError(f"{func} must return None or a tuple of (new_args, new_kwargs), but got "
                                           f"{result}.")
                    args, kwargs = result
            out = func(*args, **kwargs)
            self._optimizer_step_code()
            for hook in itertools.chain(
                self._optimizer_step_post_hooks.values(), _global_optimizer_post_hooks.values()
            ):
                hook(self, args, kwargs)
            return out

        return wrapper

    def _patch_step_function(self):
        self._zero_grad_profile_name = f"Optimizer.zero_grad#{self.__class__.__name__}.zero_grad"
        step = self.__class__.step
        if not getattr(step, "hooked", None):
            self.__class__.step = self.profile_hook_step(step)
            self.__class__.step.hooked = True

    def register_step_pre_hook(self, hook):
        """hook(optimizer, args, kwargs) before each step; it may return new (args, kwargs)."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook):
        """hook(optimizer, args, kwargs) after each step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        """hook(optimizer) before state_dict()."""
        return add_hook(self._optimizer_state_dict_pre_hooks, hook, prepend=prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        """hook(optimizer, state_dict) after state_dict(); it may return another one."""
        return add_hook(self._optimizer_state_dict_post_hooks, hook, prepend=prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        """hook(optimizer, state_dict) before load_state_dict(); it may return another one."""
        return add_hook(self._optimizer_load_state_dict_pre_hooks, hook, prepend=prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        """hook(optimizer) after load_state_dict()."""
        return add_hook(self._optimizer_load_state_dict_post_hooks, hook, prepend=prepend)

    # ---- state ----
    def state_dict(self):
        """{"state": ..., "param_groups": ...} with parameters replaced by their numbers."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers, groups = {}, []
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
            packed = {k: v for k, v in group.items() if k != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {(numbers[id(k)] if isinstance(k, torch.Tensor) else k): v for k, v in self.state.items()}
        result = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            other = hook(self, result)
            if other is not None:
                result = other
        return result

    @staticmethod
    def _process_value_according_to_param_policy(param, value, param_id, param_groups, key=None):
        """A loaded state tensor on the parameter's device and in its dtype; steps where a fresh optimizer counts them:
        on the host, unless the group is capturable."""
        if key == "step":
            group = next((g for g in param_groups if param_id in g["params"]), {})
            if group.get("capturable"):
                return value.to(dtype=torch.float32, device=param.device)
            return value.to(dtype=torch.float32, device="cpu") if group.get("fused") else value
        return value.to(dtype=param.dtype,
                        device=param.device) if param.is_floating_point() else value.to(device=param.device)

    @torch.no_grad()
    def load_state_dict(self, state_dict):
        """Take over what state_dict() gave; ValueError when groups or their sizes differ."""
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            other = hook(self, state_dict)
            if other is not None:
                state_dict = other
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's "
                             "group")
        owners = dict(zip(itertools.chain.from_iterable(s["params"] for s in saved),
                          itertools.chain.from_iterable(g["params"] for g in groups)))

        def cast(param, value, number, key=None):
            if isinstance(value, torch.Tensor):
                return Optimizer._process_value_according_to_param_policy(param, value, number,
                                                                          state_dict["param_groups"], key)
            if isinstance(value, dict):
                return {k: cast(param, v, number, k) for k, v in value.items()}
            if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
                return type(value)(cast(param, v, number) for v in value)
            return value

        state = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in owners:
                state[owners[key]] = cast(owners[key], value, key)
            else:
                state[key] = value
        for group, new in zip(groups, saved):
            new["params"] = group["params"]
            if "param_names" in group and "param_names" not in new:
                new["param_names"] = group["param_names"]
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters, or fill them with zeros."""
        for group in self.param_groups:
            forget_gradients(group["params"], set_to_none)

    def step(self, closure=None):
        """One update; `closure` recomputes the loss and returns it."""
        raise NotImplementedError

    def add_param_group(self, param_group):
        """Add a group; TypeError or ValueError for what cannot be optimized."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, torch.Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of "
                            "tensors in sets will change between runs. Please use a list instead.")
        params = list(params)
        param_group["params"] = params
        named = [isinstance(p, tuple) for p in params]
        if any(named):
            if not all(named):
                raise ValueError("all optimizer params should be with/without names. Some param names are missing")
            param_group["params"], param_group["param_names"] = [p for _, p in params], [n for n, _ in params]
        for p in param_group["params"]:
            if not isinstance(p, torch.Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + torch.typename(p))
            if not self.defaults.get("differentiable") and not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        ids = [id(p) for p in param_group["params"]]
        if len(ids) != len(set(ids)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        if {id(p) for g in self.param_groups for p in g["params"]} & set(ids):
            raise ValueError("some parameters appear in more than one parameter group")
        if self.param_groups and ("param_names" in param_group) != ("param_names" in self.param_groups[0]):
            with_names = "param_names" in param_group
            raise ValueError("all optimizer param groups should be with/without names. cannot add param group "
                             f"with{'' if with_names else 'out'} names to the optimizer")
        self.param_groups.append(param_group)


def evaluated(closure):
    """The loss of a closure run with gradients on; None without a closure."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()


class RealState(dict):
    """State of a complex parameter seen as pairs of real numbers."""

    def __init__(self, state):
        super().__init__({k: torch.view_as_real(v) if isinstance(v, torch.Tensor) and v.is_complex() else v for k,
                          v in state.items()})


class TensorwiseOptimizer(Optimizer):
    """Updates each parameter by itself: a subclass gives `_begin` (state of a fresh parameter) and
    `_update_parameter`.

    _FLAGS are settings that state dicts of earlier versions may lack."""

    _FLAGS = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _SPARSE_MESSAGE = "{} does not support sparse gradients"
    _capture_what = "params and state_steps"

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self._FLAGS.items():
                group.setdefault(name, value)
            for p in group["params"]:
                s = self.state.get(p, {})
                if s and "step" in s and not isinstance(s["step"], torch.Tensor):
                    s["step"] = torch.tensor(float(s["step"]), dtype=_get_scalar_dtype(group.get("fused")))

    def _begin(self, group, p):
        """State of a parameter before its first step."""
        raise NotImplementedError

    def _update_parameter(self, group, p, grad, state):
        """Change p and its state by one step."""
        raise NotImplementedError

    @_use_grad_for_differentiable
    def step(self, closure=None):
        """One update of all parameters that have gradients; returns closure's loss."""
        loss = evaluated(closure)
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                if grad.is_sparse:
                    raise RuntimeError(self._SPARSE_MESSAGE.format(type(self).__name__))
                state = self.state[p]
                if not state:
                    state.update(self._begin(group, p))
                check_foreach(group)
                if group.get("capturable") and p.device.type in ("cpu", "meta"):
                    raise AssertionError(f"If capturable=True, {self._capture_what} must be on supported devices: "
                                         f"{_CAPTURABLE_DEVICES}.")
                if group.get("maximize"):
                    grad = -grad
                if p.is_complex():
                    seen = RealState(state)
                    self._update_parameter(group, torch.view_as_real(p), torch.view_as_real(grad), seen)
                    for key, value in seen.items():  # what the update put there anew
                        if key not in state:
                            state[key] = torch.view_as_complex(value) if isinstance(
                                value, torch.Tensor) and value.ndim == p.ndim + 1 else value
                else:
                    self._update_parameter(group, p, grad, state)
        return loss


def with_values(sparse, values):
    """Values at the indices of a coalesced tensor."""
    return torch.sparse_coo_tensor(sparse.indices(), values, sparse.shape, is_coalesced=True, check_invariants=False)


def zero_step(group=None):
    """A fresh step counter."""
    return torch.zeros((), dtype=_get_scalar_dtype(group.get("fused") if group else None))


def zeros_like(p):
    """Fresh state of a parameter's shape and memory order."""
    return torch.zeros_like(p, memory_format=torch.preserve_format)


def advanced(state):
    """Count a step; its number."""
    state["step"] += 1
    return state["step"].item()
