"""Handles of registered hooks, and the backward hooks of modules."""
import weakref
from collections import OrderedDict

import mindtorch._C as _C

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks", "BackwardHook"]


class RemovableHandle:
    """remove() takes the hook out of its dict (and out of `extra_dict`, one dict or several); also a context."""

    next_id = 0

    def __init__(self, hooks_dict, *, extra_dict=None):
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        extra = () if extra_dict is None else extra_dict if isinstance(extra_dict, (list, tuple)) else (extra_dict,)
        self.extra_dict_ref = tuple(weakref.ref(d) for d in extra)

    def remove(self):
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self):
        return self.hooks_dict_ref(), self.id, tuple(r() for r in self.extra_dict_ref)

    def __setstate__(self, state):
        hooks = state[0] if state[0] is not None else OrderedDict()
        self.hooks_dict_ref, self.id = weakref.ref(hooks), state[1]
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)
        self.extra_dict_ref = tuple(weakref.ref(OrderedDict() if d is None else d)
                                    for d in (state[2] if len(state) > 2 else ()))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()


def add_hook(table, hook, extra=(), prepend=False):
    """Put a hook into a table, and True into the `extra` tables of flags; the handle removes it from all."""
    handle = RemovableHandle(table, extra_dict=[*extra]) if extra else RemovableHandle(table)
    table[handle.id] = hook
    for flags in extra:
        flags[handle.id] = True
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


def unserializable_hook(f):
    """Marks a hook of which a pickled tensor should warn."""
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor):
    """Warn for tensor hooks that pickling would drop."""
    hooks = getattr(tensor, "_backward_hooks", None) or {}
    for hook in hooks.values():
        if not hasattr(hook, "__torch_unserializable__"):
            import warnings

            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook "
                "to suppress this warning",
                stacklevel=2,
            )


class BackwardHook:
    """Puts a node around a module's inputs and one around its outputs, and calls the user's hooks when gradients pass.

    user_hooks get (module, grad_input, grad_output) and may replace grad_input; user_pre_hooks get (module,
    grad_output)
    and may replace grad_output.
    """

    def __init__(self, module, user_hooks, user_pre_hooks):
        self.module, self.user_hooks, self.user_pre_hooks = module, user_hooks, user_pre_hooks
        self.grad_outputs = None
        self.input_places = self.output_places = None
        self.input_count = self.output_count = -1

    def _spread(self, values, places, count):
        """The node's gradients, at the places that their tensors had among all arguments."""
        if places is None:
            return values
        full = [None] * count
        for place, value in zip(places, values):
            full[place] = value
        return tuple(full)

    def _through_identity(self, args, attach):
        from mindtorch import Tensor
        from mindtorch.autograd.function import Function

        places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        tensors = [args[i] for i in places]
        if not (_C.is_grad_enabled() and any(t.requires_grad for t in tensors)):
            return args, None
        passed = _identity(Function).apply(*tensors)
        if not tensors:
            raise RuntimeError("Cannot set Module backward hook for a Module with no input Tensors.")
        nodes = [t.grad_fn for t in passed if t.grad_fn is not None
                 and t.grad_fn.name() == "BackwardHookFunctionBackward"]
        if not nodes:
            raise RuntimeError("Error while setting up backward hooks. Please open an issue with a code sample to "
                               "reproduce this.")
        attach(nodes[0])
        out = list(args)
        for place, t in zip(places, passed):
            out[place] = t
        return type(args)(*out) if hasattr(args, "_fields") else tuple(out), places

    def _returned(self, what, given, expected):
        if what == "hook" and not isinstance(given, tuple):
            given = (given,)  # a pre-hook's is read as it is: a tensor there stands for its rows
        if len(given) != expected:
            raise RuntimeError(f"Backward {what} returned an invalid number of "
                               f"grad_{'output' if 'pre' in what else 'input'}, got {len(given)}, but expected "
                               f"{expected}")
        return tuple(given)

    def setup_input_hook(self, args):
        def attach(node):
            def hook(grad_input, _):
                if self.grad_outputs is None:
                    return None  # the output side has not been reached: nothing of the module is in this pass
                result = self._spread(grad_input, self.input_places, self.input_count)
                for user_hook in self.user_hooks:
                    out = user_hook(self.module, result, self.grad_outputs)
                    if out is not None:
                        result = self._returned("hook", out, len(result))
                self.grad_outputs = None
                return tuple(result[i] for i in self.input_places)

            node.register_hook(hook)

        self.input_count = len(args)
        result, self.input_places = self._through_identity(args, attach)
        return result

    def setup_output_hook(self, args):
        def attach(node):
            def hook(grad_output):
                grads = self._spread(grad_output, self.output_places, self.output_count)
                for user_pre_hook in self.user_pre_hooks:
                    out = user_pre_hook(self.module, grads)
                    if out is not None:
                        grads = self._returned("pre hook", out, len(grads))
                self.grad_outputs = grads
                if self.input_places is None:  # no input wants a gradient: the hooks run here, with nothing to replace
                    grad_inputs = tuple(None for _ in range(max(self.input_count, 0)))
                    for user_hook in self.user_hooks:
                        out = user_hook(self.module, grad_inputs, self.grad_outputs)
                        if out is not None and not (isinstance(out, tuple) and all(o is None for o in out)):
                            raise RuntimeError("Backward hook for Modules where no input requires gradient should "
                                               "always return None or None for all gradients.")
                    self.grad_outputs = None
                return tuple(grads[i] for i in self.output_places)

            node.register_prehook(hook)

        single = not isinstance(args, tuple)
        if single:
            args = (args,)
        self.output_count = len(args)
        self.output_places = None
        result, self.output_places = self._through_identity(args, attach)
        return result[0] if single else result


_identities = {}


def _identity(base):
    if base not in _identities:
        class BackwardHookFunction(base):
            @staticmethod
            def forward(ctx, *tensors):
                ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
                return tensors

            @staticmethod
            def backward(ctx, *grads):
                return grads

        _identities[base] = BackwardHookFunction
    return _identities[base]
