"""How a module is called: hooks before, after, around, and in backward."""
import warnings
from collections import OrderedDict

import mindtorch as torch
from mindtorch.utils.hooks import add_hook

_global_buffer_registration_hooks = OrderedDict()
_global_module_registration_hooks = OrderedDict()
_global_parameter_registration_hooks = OrderedDict()
_global_backward_pre_hooks = OrderedDict()
_global_backward_hooks = OrderedDict()
_global_forward_pre_hooks = OrderedDict()
_global_forward_hooks = OrderedDict()
_global_forward_hooks_always_called = OrderedDict()
_global_forward_hooks_with_kwargs = OrderedDict()
_full = [None]  # whether the global backward hooks are full ones; None before the first


def registered(hooks, module, name, value):
    """The value to register: what the global registration hooks make of it."""
    for hook in hooks.values():
        output = hook(module, name, value)
        if output is not None:
            value = output
    return value


def register_module_buffer_registration_hook(hook):
    """hook(module, name, buffer) for every buffer registered anywhere; what it returns is registered instead."""
    return add_hook(_global_buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook):
    """hook(module, name, submodule) for every submodule registered anywhere; what it returns is registered instead."""
    return add_hook(_global_module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook):
    """hook(module, name, parameter) for every parameter registered anywhere; what it returns is registered instead."""
    return add_hook(_global_parameter_registration_hooks, hook)


def register_module_forward_pre_hook(hook):
    """hook(module, args) before every module's forward; it may return new args."""
    return add_hook(_global_forward_pre_hooks, hook)


def register_module_forward_hook(hook, *, with_kwargs=False, always_call=False):
    """hook(module, args, output) after every module's forward; it may return a new output."""
    extra = [flags for wanted,
             flags in ((with_kwargs, _global_forward_hooks_with_kwargs),
                       (always_call, _global_forward_hooks_always_called)) if wanted]
    return add_hook(_global_forward_hooks, hook, extra)


def register_module_full_backward_pre_hook(hook):
    """hook(module, grad_output) before every module's backward; it may return a new grad_output."""
    return add_hook(_global_backward_pre_hooks, hook)


def _global_backward(hook, full):
    if _full[0] is (not full):
        raise RuntimeError("Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
                           "Please use only one of them.")
    _full[0] = full
    return add_hook(_global_backward_hooks, hook)


def register_module_backward_hook(hook):
    """hook(module, grad_input, grad_output) on every module's last node (deprecated form)."""
    return _global_backward(hook, False)


def register_module_full_backward_hook(hook):
    """hook(module, grad_input, grad_output) in every module's backward; it may return a new grad_input."""
    return _global_backward(hook, True)


def _has_any_global_hook():
    return _global_backward_pre_hooks or _global_backward_hooks or _global_forward_pre_hooks or _global_forward_hooks


class Hooks:
    """The part of Module that is called."""


    def _hook(self, table, hook):
        return add_hook(table, hook)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """hook(module, args) before forward, or (module, args, kwargs) when with_kwargs; it may return new ones."""
        return add_hook(self._forward_pre_hooks, hook, [self._forward_pre_hooks_with_kwargs] if with_kwargs else (),
                        prepend)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """hook(module, args, output) after forward, or (module, args, kwargs, output) when with_kwargs; it may return a
        new output.
        With always_call it runs even when forward raises."""
        extra = [flags for wanted,
                 flags in ((with_kwargs, self._forward_hooks_with_kwargs),
                           (always_call, self._forward_hooks_always_called)) if wanted]
        return add_hook(self._forward_hooks, hook, extra, prepend)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """hook(module, grad_output) before this module's backward; it may return a new grad_output."""
        return add_hook(self._backward_pre_hooks, hook, prepend=prepend)

    def _backward(self, hook, full, prepend=False):
        if self._is_full_backward_hook is (not full):
            raise RuntimeError("Cannot use both regular backward hooks and full backward hooks on a single Module. "
                               "Please use only one of them.")
        self._is_full_backward_hook = full
        return add_hook(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook):
        """hook(module, grad_input, grad_output) on the last node of forward (deprecated; see
        register_full_backward_hook)."""
        return self._backward(hook, False)

    def register_full_backward_hook(self, hook, prepend=False):
        """hook(module, grad_input, grad_output) once gradients of the inputs are there; it may return a new
        grad_input."""
        return self._backward(hook, True, prepend)

    def _get_backward_hooks(self):
        """(full hooks, non-full hooks) that apply here, global ones first."""
        full, partial = [], []
        for table, is_full in ((_global_backward_hooks, _full[0]), (self._backward_hooks, self._is_full_backward_hook)):
            if is_full is not None:
                (full if is_full else partial).extend(table.values())
        return full, partial

    def _get_backward_pre_hooks(self):
        return [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]

    def _maybe_warn_non_full_backward_hook(self, inputs, result, grad_fn):
        """FutureWarning where a hook of the deprecated form does not see all gradients."""
        outputs = (result,) if isinstance(result, torch.Tensor) else result
        inputs = (inputs,) if isinstance(inputs, torch.Tensor) else inputs
        flat = {side: isinstance(values, tuple) and all(isinstance(v, torch.Tensor) for v in values) for side,
                values in (("output", outputs), ("input", inputs))}
        if not flat["output"]:
            problem, lost = "on a Module that does not return a single Tensor or a tuple of Tensors", "grad_output"
        elif not flat["input"]:
            problem, lost = ("on a Module that does not take as input a single Tensor or a tuple of Tensors",
                             "grad_input")
        elif len({r.grad_fn for r in outputs if r.grad_fn is not None}) > 1:
            problem, lost = "when outputs are generated by different autograd Nodes", "grad_output"
        elif {i.grad_fn for i in inputs if i.grad_fn is not None} != {n[0] for n in grad_fn.next_functions}:
            problem, lost = "when the forward contains multiple autograd Nodes", "grad_input"
        else:
            return
        warnings.warn(
            f"Using a non-full backward hook {problem} is deprecated and will be removed. This hook will be missing "
            f"some {lost}. Please use "
            f"register_full_backward_hook to get the "
            "documented behavior.",
            FutureWarning,
            stacklevel=5,
        )

    # ---- the call ----
    def _wrapped_call_impl(self, *args, **kwargs):
        if self._compiled_call_impl is not None:
            return self._compiled_call_impl(*args, **kwargs)
        return self._call_impl(*args, **kwargs)

    def _call_impl(self, *args, **kwargs):
        own = self.__dict__
        if not (own["_forward_hooks"] or own["_forward_pre_hooks"] or own["_backward_hooks"]
                or own["_backward_pre_hooks"] or _global_forward_hooks or _global_forward_pre_hooks
                or _global_backward_hooks or _global_backward_pre_hooks):
            return self.forward(*args, **kwargs)
        if not (own["_forward_hooks_always_called"] or _global_forward_hooks_always_called):
            return self._hooked_call(args, kwargs, set())
        called, state = set(), [args, kwargs, None]
        try:
            return self._hooked_call(args, kwargs, called, state)
        except Exception:
            self._call_remaining(called, *state)
            raise

    def _hooked_call(self, args, kwargs, called, state=None):
        for key, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            if key in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError("forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                                           f"but got {changed}.")
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        full, partial = self._get_backward_hooks()
        pre = self._get_backward_pre_hooks()
        around = None
        if full or pre:
            from mindtorch.utils.hooks import BackwardHook

            around = BackwardHook(self, full, pre)
            args = around.setup_input_hook(args)
        result = self.forward(*args, **kwargs)
        if state is not None:
            state[:] = args, kwargs, result
        for key, hook, with_kwargs, always in self._after():
            if always:
                called.add(key)
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
                if state is not None:
                    state[2] = result
        if around is not None:
            if not isinstance(result, (torch.Tensor, tuple)):
                warnings.warn("For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                              "but received " f"{type(result)}", stacklevel=3)
            result = around.setup_output_hook(result)
        if partial:
            self._hook_last_node(partial, args, result)
        return result

    def _after(self):
        """(id, hook, with_kwargs, always_call) of the forward hooks, global ones first."""
        for table, kwargs, always in (
            (_global_forward_hooks, _global_forward_hooks_with_kwargs, _global_forward_hooks_always_called),
            (self._forward_hooks, self._forward_hooks_with_kwargs, self._forward_hooks_always_called),
        ):
            for key, hook in [*table.items()]:
                yield key, hook, key in kwargs, key in always

    def _call_remaining(self, called, args, kwargs, result):
        """After an exception: the always_call hooks that did not run yet; their own exceptions become warnings."""
        for key, hook, with_kwargs, always in self._after():
            if always and key not in called:
                try:
                    changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
                    result = result if changed is None else changed
                except Exception as e:
                    where = "global module" if key in _global_forward_hooks else "module"
                    warnings.warn(f"{where} forward hook with ``always_call=True`` raised an exception that was "
                                  f"silenced as another error was raised in forward: {e}", stacklevel=3)

    def _hook_last_node(self, hooks, args, result):
        import functools

        found = result
        while not isinstance(found, torch.Tensor):
            found = next((v for v in found.values() if isinstance(v, torch.Tensor)),
                         None) if isinstance(found, dict) else found[0]
        if found.grad_fn is not None:
            for hook in hooks:
                found.grad_fn.register_hook(functools.wraps(hook)(functools.partial(hook, self)))
            self._maybe_warn_non_full_backward_hook(args, result, found.grad_fn)

    __call__ = _wrapped_call_impl

    def _slow_forward(self, *input, **kwargs):
        return self.forward(*input, **kwargs)
