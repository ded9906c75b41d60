"""Which submodules FSDP takes by themselves."""
import contextlib

from mindtorch import nn

__all__ = ["always_wrap_policy", "lambda_auto_wrap_policy", "transformer_auto_wrap_policy",
           "size_based_auto_wrap_policy", "enable_wrap", "wrap", "CustomPolicy", "ModuleWrapPolicy"]


def always_wrap_policy(*args, **kwargs):
    """Every submodule."""
    return True


class _Policy:
    def chosen(self, module):
        """What the policy says of a module: False, True, or options."""
        raise NotImplementedError


class ModuleWrapPolicy(_Policy):
    """The modules of some classes."""

    def __init__(self, module_classes):
        self._module_classes = set(module_classes)

    def chosen(self, module):
        """Whether it is of one of the classes."""
        return isinstance(module, tuple(self._module_classes))

    def __call__(self, module, recurse, *args, **kwargs):
        return True if recurse else self.chosen(module)

    def __repr__(self):
        return f"ModuleWrapPolicy({self._module_classes})"


class CustomPolicy(_Policy):
    """The modules of which a function says True, or gives options of FSDP for them."""

    def __init__(self, lambda_fn):
        self._lambda_fn = lambda_fn

    def chosen(self, module):
        """What the function says; ValueError for what is neither bool nor dict."""
        made = self._lambda_fn(module)
        if not isinstance(made, (dict, bool)):
            raise ValueError("The lambda_fn passed to CustomPolicy should return False/True or a kwarg dict, but it "
                             f"returned {made}")
        return made


def lambda_auto_wrap_policy(module, recurse, nonwrapped_numel, lambda_fn):
    """The modules of which lambda_fn says True."""
    return True if recurse else lambda_fn(module)


def transformer_auto_wrap_policy(module, recurse, nonwrapped_numel, transformer_layer_cls):
    """The layers of a transformer, by their classes."""
    return True if recurse else isinstance(module, tuple(transformer_layer_cls))


def _module_wrap_policy(module, recurse, nonwrapped_numel, module_classes):
    return True if recurse else isinstance(module, tuple(module_classes))


def _or_policy(module, recurse, nonwrapped_numel, policies):
    """Whether one of several policies says so."""
    return any(p(module=module, recurse=recurse, nonwrapped_numel=nonwrapped_numel) for p in policies)


def size_based_auto_wrap_policy(module, recurse, nonwrapped_numel, min_num_params=int(1e8), force_leaf_modules=None,
                                exclude_wrap_modules=None):
    """Modules with at least so many parameters that are in no wrapped module inside."""
    leaves = (nn.MultiheadAttention,) if force_leaf_modules is None else tuple(force_leaf_modules)
    excluded = (nn.ModuleList, nn.ModuleDict) if exclude_wrap_modules is None else tuple(exclude_wrap_modules)
    large = nonwrapped_numel >= min_num_params
    if recurse:
        return large and not isinstance(module, leaves)
    return large and not isinstance(module, excluded)


_wrapping = []


@contextlib.contextmanager
def enable_wrap(*, wrapper_cls, **wrapper_kwargs):
    """Within it wrap(module) gives wrapper_cls(module, **wrapper_kwargs)."""
    _wrapping.append((wrapper_cls, wrapper_kwargs))
    try:
        yield
    finally:
        _wrapping.pop()


def wrap(module, **wrap_overrides):
    """A module, wrapped as the enable_wrap around says; as it is without one."""
    if not _wrapping:
        return module
    wrapper_cls, kwargs = _wrapping[-1]
    return wrapper_cls(module, **{**kwargs, **wrap_overrides})


def wrapped_inside(module, policy, wrapper, ignored):
    """Wrap the submodules that a policy chooses, innermost first; the number of parameters left unwrapped."""
    def visit(child):
        """(what stands for a module now, number of parameters in it that are not wrapped)"""
        count = sum(p.numel() for p in {id(p): p for p in child.parameters()}.values())
        if isinstance(policy, _Policy):
            into, how = True, policy.chosen(child)
        else:
            into, how = policy(module=child, recurse=True, nonwrapped_numel=count), None
        left = count
        if into:
            for name, sub in list(child.named_children()):
                if sub in ignored:
                    continue
                total = sum(p.numel() for p in sub.parameters())
                made, rest = visit(sub)
                left -= total - rest
                if made is not sub:
                    setattr(child, name, made)
        if how is None:
            how = policy(module=child, recurse=False, nonwrapped_numel=left)
        if child is module or not how:
            return child, left
        return wrapper(child, **(how if isinstance(how, dict) else {})), 0

    return visit(module)[1]
