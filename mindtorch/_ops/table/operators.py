"""Operators of torch.library: one schema, its implementations by dispatch key, and its gradient."""
import threading

from . import dispatch_keys

_PENDING = {}  # "space::name.overload" -> [(key, function)], implemented before they are defined
BY_NAME = {}  # the same names -> Operator
_AUTOCAST = {"AutocastCPU": "cpu", "AutocastCUDA": "cuda", "AutocastPrivateUse1": "npu"}


def plain_name(name):
    """'space::name', 'space::name.default' and 'space::name.overload' as one spelling of each."""
    return name.removesuffix(".default")


def tensors_in(values):
    """The tensors among values and in their lists."""
    from mindtorch._core.tensor import Tensor

    for v in values:
        if isinstance(v, Tensor):
            yield v
        elif isinstance(v, (list, tuple)):
            yield from tensors_in(v)


class Operator:
    """An operator that a library has defined. Its kernels: those of device types, one for everywhere (None), one for
    meta tensors, and what runs before them under autocast or for autograd. Keys that mean nothing here are kept
    (`others`) and never run."""

    def __init__(self, namespace, schema, of_function=False):
        self.schema, self.of_function = schema, of_function
        schema.name = f"{namespace}::{schema.name.rpartition('::')[2]}"
        self.qualname = schema._label()
        self.kernels, self.composite, self.fake, self.autograd, self.autocast, self.others = {}, None, None, {}, {}, {}
        self.backward = self.setup_context = self._function = None
        self.dispatched = []  # (class of tensors or mode, function), of register_torch_dispatch
        BY_NAME[self.qualname] = self
        for key, function in _PENDING.pop(self.qualname, ()):
            self.implement(key, function)

    # ---- registration ----
    def implement(self, key, function):
        """Enter an implementation for a dispatch key or a device type."""
        key = dispatch_keys.parse(key)
        if getattr(function, "_mindtorch_fallthrough", False):
            return  # says that a key has nothing to add, which is so for keys without an implementation
        if key in dispatch_keys.EVERYWHERE:
            self.kernels[None] = function
        elif key == "CompositeImplicitAutograd":
            self.composite = function
        elif key == "Meta":
            self.fake = function
        elif key in dispatch_keys.DEVICES:
            self.kernels[dispatch_keys.DEVICES[key]] = function
        elif key.startswith("Autograd") and (key == "Autograd" or key[8:] in dispatch_keys.DEVICES):
            self.autograd[dispatch_keys.DEVICES.get(key[8:])] = function
        elif key in _AUTOCAST:
            self.autocast[_AUTOCAST[key]] = function
        else:
            self.others[key] = function

    def has_kernel(self, key):
        """Whether there is an implementation under a key."""
        key = dispatch_keys.parse(key)
        if key in ("Meta",):
            return self.fake is not None
        if key in dispatch_keys.EVERYWHERE:
            return None in self.kernels
        if key == "CompositeImplicitAutograd":
            return self.composite is not None
        if key in dispatch_keys.DEVICES:
            return dispatch_keys.DEVICES[key] in self.kernels
        if key.startswith("Autograd"):
            return dispatch_keys.DEVICES.get(key[8:]) in self.autograd
        return key in self.others or _AUTOCAST.get(key) in self.autocast

    # ---- calls ----
    def __call__(self, *args, **kwargs):
        values, named = self.schema._bind(args, kwargs)
        tensors = list(tensors_in((*values, *named.values())))
        for owner, function in self.dispatched:
            if any(isinstance(t, owner) for t in tensors):
                return function(owner, self.overload(), tuple({type(t) for t in tensors}), values, named)
        device = self._device(tensors, named)
        if device in self.autocast:
            import mindtorch as torch

            if torch.is_autocast_enabled(device):
                with torch.autocast(device, enabled=False):
                    return self.run(self.autocast[device], values, named)
        before = self.autograd.get(device, self.autograd.get(None))
        if before is not None and "Autograd" not in dispatch_keys.excluded():
            return self.run(before, values, named)
        if self._records(tensors):
            return self._recorded(values, named)
        return self.compute(values, named, device)

    def overload(self):
        """torch.ops.<space>.<name>.<overload>."""
        from .aten import ops

        space, _, rest = self.schema.name.partition("::")
        return getattr(getattr(getattr(ops, space), rest), self.schema.overload_name or "default")

    @staticmethod
    def _device(tensors, named):
        if tensors:
            return next((t.device.type for t in tensors if t.device.type != "cpu"), "cpu")
        wanted = named.get("device")
        return "cpu" if wanted is None else str(wanted).partition(":")[0]

    def _records(self, tensors):
        """Whether a call becomes a node of the graph: a function's operator, or one with a gradient of its own. Others
        are recorded by what their kernels do."""
        import mindtorch as torch

        if self.backward is None and (not self.of_function or self.schema.is_mutable):
            return False
        return torch.is_grad_enabled() and any(t.requires_grad for t in tensors)

    def run(self, kernel, values, named):
        """Call a kernel as torch calls it."""
        values, named = self.schema._without_defaults(values, named)
        return kernel(*values, **named)

    def kernel(self, device):
        """The implementation for a device type; NotImplementedError when there is none."""
        found = self.fake if device == "meta" else self.kernels.get(device)
        found = found or self.kernels.get(None) or self.composite
        if found is None and device == "meta":
            raise NotImplementedError(f"{self.qualname}: no fake implementation was registered for meta tensors; use "
                                      "register_fake")
        if found is None:
            raise NotImplementedError(
                f"Could not run '{self.qualname}' with arguments from the '{device.upper()}' backend: it was "
                f"registered for {sorted(filter(None, self.kernels))}")
        return found

    def compute(self, values, named, device):
        """The result, without the operator's own gradient."""
        kernel = self.kernel(device)
        result = self.run(kernel, values, named)
        if self.of_function and device != "meta":
            self._check_aliases(kernel, tensors_in((*values, *named.values())), result)
        return result

    def _check_aliases(self, kernel, tensors, result):
        inputs = {t.data_ptr() for t in tensors if t.numel()}
        if any(t.numel() and t.data_ptr() in inputs for t in tensors_in((result,))):
            raise RuntimeError(
                f"{self.qualname} (with implementation in {kernel.__module__}): The output of this custom operator "
                "must not also be an input to this custom operator and may not alias any inputs to this custom "
                "operator or other returns. The most common way to trigger this error is if we have y = custom_op(x) "
                "and y and x are the same Tensor. Please instead return a clone of the offending output tensor(s) "
                "(e.g. return x.clone()) or refactor the custom operator to not return y.")

    def _recorded(self, values, named):
        if self._function is None:
            self._function = _function_of(self)
        flat, lengths = [], []
        for v in values:
            several = isinstance(v, (list, tuple)) and any(True for _ in tensors_in((v,)))
            lengths.append((type(v), len(v)) if several else None)
            flat += v if several else [v]
        _now.call = (lengths, named)
        return self._function.apply(*flat)


class _Now(threading.local):
    call = None


_now = _Now()


def _packed(flat, lengths):
    """Values as they were given, lists of tensors as lists again."""
    values, rest = [], iter(flat)
    for length in lengths:
        values.append(next(rest) if length is None else length[0](next(rest) for _ in range(length[1])))
    return tuple(values)


def _function_of(operator):
    from mindtorch.autograd import Function

    class Generated(Function):
        @staticmethod
        def forward(ctx, *flat):
            (ctx._lengths, named), _now.call = _now.call, None
            values = _packed(flat, ctx._lengths)
            result = operator.compute(values, named, operator._device(list(tensors_in((values,))), named))
            if operator.setup_context is not None:
                more = {"keyword_only_inputs": named} if named else {}
                operator.setup_context(ctx=ctx, inputs=values, output=result, **more)
            ctx._is_list = isinstance(result, list)
            _now.listed = ctx._is_list
            return tuple(result) if ctx._is_list else result

        @staticmethod
        def backward(ctx, *grads):
            if operator.backward is None:
                raise RuntimeError(f"Trying to backward through {operator.qualname}.default but no autograd formula "
                                   "was registered. Please use register_autograd to add one.")
            made = operator.backward(ctx, *([list(grads)] if ctx._is_list else grads))
            if all(length is None for length in ctx._lengths):
                return made
            flat = []
            for length, g in zip(ctx._lengths, made if isinstance(made, tuple) else (made,)):
                flat += [g] if length is None else [None] * length[1] if g is None else list(g)
            return tuple(flat)

    label = operator.schema.name.replace("::", "_") + "_" + (operator.schema.overload_name or "default")
    Generated.__name__ = Generated.__qualname__ = f"GeneratedBackwardFor_{label}"

    class Applied:
        @staticmethod
        def apply(*flat):
            result = Generated.apply(*flat)
            return list(result) if _now.listed else result

    return Applied


def define(namespace, schema, of_function=False, replace=False):
    """Enter an operator; RuntimeError when it is there."""
    from .aten import ops

    label = f"{namespace}::{schema._label().rpartition('::')[2]}"
    if label in BY_NAME and not replace:
        raise RuntimeError(f"Tried to register an operator ({schema}) with the same name and overload name multiple "
                           "times.")
    operator = Operator(namespace, schema, of_function)
    getattr(ops, namespace)._enter(schema.name.partition("::")[2], schema.overload_name or "default", operator)
    return operator


def forget(operator):
    """Take an operator out."""
    from .aten import ops

    if BY_NAME.get(operator.qualname) is operator:
        del BY_NAME[operator.qualname]
        space, _, name = operator.schema.name.partition("::")
        getattr(ops, space)._leave(name, operator.schema.overload_name or "default")


def implement(qualname, key, function):
    """Implement an operator that is defined, or will be."""
    dispatch_keys.parse(key)
    qualname = plain_name(qualname)
    if qualname in BY_NAME:
        BY_NAME[qualname].implement(key, function)
        return
    from .aten import is_own

    if is_own(qualname):
        if dispatch_keys.parse(key) in (*dispatch_keys.DEVICES, *dispatch_keys.EVERYWHERE, "CompositeImplicitAutograd",
                                        "Autograd", "AutogradCPU", "AutogradPrivateUse1", *_AUTOCAST):
            raise NotImplementedError(f"torch.library: the implementations of {qualname} cannot be replaced")
        return  # for a key that never runs here
    _PENDING.setdefault(qualname, []).append((key, function))
