"""Operators of the user's own: forward and backward as static methods of a class."""
import functools
import inspect
from collections import namedtuple

import mindtorch._C as _C
from mindtorch._core import overrides
from mindtorch._core.tensor import Tensor
from mindtorch.utils.hooks import RemovableHandle

from .grad_mode import recording_kept

__all__ = ["FunctionCtx", "BackwardCFunction", "FunctionMeta", "Function", "once_differentiable", "InplaceFunction"]


class FunctionCtx:
    """What forward leaves for backward."""

    _to_save = ()
    _dirty = _non_differentiable = ()
    _materialize = True
    _for_forward = ()

    def save_for_backward(self, *tensors):
        """Keep tensors (or None) for backward's ctx.saved_tensors; a later in-place change of them is noticed there."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument {tensors.index(t)} is of "
                                f"type {type(t).__name__}")
        self._to_save = tensors

    def save_for_forward(self, *tensors):
        """Keep tensors for jvp."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError("save_for_forward expects all arguments to be tensors; you should save non-tensors as "
                                "attributes on ctx.")
        self._for_forward = tensors

    def mark_dirty(self, *args):
        """Say which inputs forward has changed in place; forward must return them."""
        self._dirty = args

    def mark_shared_storage(self, *pairs):
        """Of older PyTorch: views are recognised without it."""
        import warnings

        warnings.warn("mark_shared_storage is deprecated. Tensors with shared storages are automatically tracked. Note "
                      "that calls to `set_()` are not tracked", FutureWarning, stacklevel=2)

    def mark_non_differentiable(self, *args):
        """Say which outputs have no gradient."""
        self._non_differentiable = args

    def set_materialize_grads(self, value):
        """Whether backward gets zeros (the default) or None for outputs that nothing depends on."""
        self._materialize = bool(value)


class BackwardCFunction(FunctionCtx):
    """The ctx once forward is over: the output's grad_fn."""

    _node = None  # a weak reference: the node owns its ctx

    def _plain(self):
        node = self._node() if self._node is not None else None
        if node is None:
            raise RuntimeError("this Function's node is gone: attributes of the graph live as long as the output does")
        return node

    @property
    def saved_tensors(self):
        """What save_for_backward kept; RuntimeError after the graph was freed or when a tensor was changed in place."""
        if self._node is None:
            return self._for_forward
        node = self._node()
        return node.saved if node is not None else ()

    saved_variables = saved_tensors

    @property
    def _raw_saved_tensors(self):
        return self._plain()._raw_saved_tensors

    @property
    def saved_for_forward(self):
        return self._for_forward

    @property
    def next_functions(self):
        return self._plain().next_functions

    @property
    def metadata(self):
        return self._plain().metadata

    @property
    def requires_grad(self):
        return self._node is not None

    @property
    def to_save(self):
        return self._to_save

    @property
    def dirty_tensors(self):
        return self._dirty or None

    @property
    def non_differentiable(self):
        return self._non_differentiable or None

    @property
    def materialize_grads(self):
        return self._materialize

    @property
    def _input_metadata(self):
        return self._plain()._input_metadata

    def name(self):
        return type(self).__name__

    def _sequence_nr(self):
        return self._plain()._sequence_nr()

    def register_hook(self, hook):
        """hook(grad_inputs, grad_outputs) after backward; what it returns replaces grad_inputs."""
        return self._plain().register_hook(hook)

    def register_prehook(self, hook):
        """hook(grad_outputs) before backward; what it returns replaces them."""
        return self._plain().register_prehook(hook)

    def maybe_clear_saved_tensors(self):
        self._plain()._release()

    def apply(self, *grads):
        """backward with these cotangents."""
        return _backward(self, *grads)

    def __call__(self, *grads):
        return _backward(self, *grads)


class FunctionMeta(type):
    """Gives every Function class the class of its ctx, NameBackward."""

    def __init__(cls, name, bases, attributes):
        cls._backward_cls = type(name + "Backward", (BackwardCFunction,),
                                 {"_forward_cls": cls, "__module__": "torch.autograd.function"})
        super().__init__(name, bases, attributes)


def _backward(ctx, *grads):
    """The rule of a Function's node: the user's backward, checked and stripped of what belongs to non-tensors."""
    function = ctx._forward_cls
    user = function.backward
    if function.backward is Function.backward and function.vjp is not Function.vjp:
        user = function.vjp
    elif function.vjp is not Function.vjp and function.backward is not Function.backward:
        raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should "
                           "only implement one of them.")
    result = user(ctx, *grads)
    if not isinstance(result, tuple):
        result = (result,)
    places, count = ctx._tensor_places, len(ctx.needs_input_grad)
    if len(result) > count and all(r is None for r in result[count:]):
        result = result[:count]
    if len(result) != count:
        raise RuntimeError(f"function {type(ctx).__name__} returned an incorrect number of gradients (expected "
                           f"{count}, got {len(result)})")
    for i, r in enumerate(result):
        if r is None:
            continue
        if i not in places:
            raise RuntimeError(f"function {type(ctx).__name__} returned a gradient different than None at position "
                               f"{i + 1}, but the corresponding forward input was not a Variable")
        if not isinstance(r, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(r).__name__})")
    return tuple(r if needed else None for r, needed in ((result[i], ctx.needs_input_grad[i]) for i in places))


def _bound(forward, args, kwargs):
    """Positional arguments with defaults filled in."""
    try:
        bound = inspect.signature(forward).bind(*args, **kwargs)
    except (TypeError, ValueError) as error:
        raise TypeError(str(error)) from None
    bound.apply_defaults()
    return bound.args


def _view(t):
    """A view outside the graph."""
    mode = _C.is_grad_enabled()
    _C.set_grad_enabled(False)
    try:
        with overrides.Disabled():
            return t.view_as(t)
    finally:
        _C.set_grad_enabled(mode)


def _history(ctx, out, inputs):
    """(the object to return, how the engine takes it: 0 plain, 1 overwritten, 2 view or returned input, 3 no
    gradient)."""
    dirty = any(out is d for d in ctx._dirty)
    given = any(out is t for t in inputs)
    differentiable = (ctx._executable and (out.dtype.is_floating_point or out.dtype.is_complex)
                      and not any(out is t for t in ctx._non_differentiable))
    if not differentiable:
        if given and not dirty:
            return _C.detach(out) if out.requires_grad else _view(out), 3
        return out, 3
    if dirty:
        if not given:
            return out, 0
        return out, 1
    if given:
        return _view(out), 2
    return out, 2 if out._base is not None else 0


class Function(FunctionCtx, metaclass=FunctionMeta):
    """Subclass with static forward(ctx, ...) and backward(ctx, *grads), or forward(...) and setup_context(ctx, inputs,
    output); call by Name.apply(...)."""

    generate_vmap_rule = False

    def __init__(self, *args, **kwargs):
        import warnings

        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd "
            "function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args, **kwargs):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. "
            "(Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args, **kwargs):
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it with backward mode AD.")

    @staticmethod
    def vjp(ctx, *grad_outputs):
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it with backward mode AD.")

    @staticmethod
    def jvp(ctx, *grad_inputs):
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with "
                                  "forward mode AD.")

    @staticmethod
    def vmap(info, in_dims, *args):
        raise NotImplementedError("To use autograd.Function with vmap, you must either override the vmap static method "
                                  "or set generate_vmap_rule=True.")

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run forward outside the graph and hang its outputs on a node whose gradient is backward."""
        separate = cls.setup_context is not Function.setup_context
        if separate:
            args = _bound(cls.forward, args, kwargs)
        elif kwargs:
            args = _bound(cls.forward, (None, *args), kwargs)[1:]
        if overrides.modes and (made := overrides.batched_function(cls, args)) is not NotImplemented:
            return made
        for a in args:
            if type(a) in overrides.wrappers and a.requires_grad and _C.is_grad_enabled():
                raise NotImplementedError(f"{cls.__name__}.apply: an autograd Function of one's own sees no gradient "
                                          f"of a {type(a).__name__}; give it to_local() parts, as local_map does")
        ctx = cls._backward_cls.__new__(cls._backward_cls)
        results = cls._run(ctx, separate, args)
        if recording_kept() and cls.jvp is not Function.jvp:
            from .forward_ad import function_outputs

            node, ctx._node = ctx._node, None  # what jvp finds in saved_tensors is what save_for_forward was given
            try:
                return function_outputs(cls, ctx, args, results)
            finally:
                ctx._node = node
        return results

    @classmethod
    def _run(cls, ctx, separate, args):
        places = tuple(i for i, a in enumerate(args) if isinstance(a, Tensor))
        inputs = tuple(args[i] for i in places)
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        ctx._tensor_places = places
        ctx._executable = _C.needs_grad(*inputs)
        mode = _C.is_grad_enabled()
        _C.set_grad_enabled(False)
        try:
            if separate:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
            else:
                output = cls.forward(ctx, *args)
        finally:
            _C.set_grad_enabled(mode)
        single = not isinstance(output, tuple)
        results = (output,) if single else output
        _check_marks(ctx, inputs, results)
        if ctx._executable and ctx._dirty:
            for t in ctx._dirty:
                if t.requires_grad and t.is_leaf and t._base is None:
                    raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
                _C.check_inplace(t)
        for t in ctx._dirty:
            _C.bump_version(t)
        entries = [_history(ctx, r, inputs) if isinstance(r, Tensor) else (None, 3) for r in results]
        if not ctx._executable:
            ctx._to_save = ()
            return output if all(e[0] is r for e,
                                 r in zip(entries, results)
                                 if e[0] is not None) else _returned(entries, results, single)
        replaced = {id(r): e[0] for e, r in zip(entries, results) if e[0] is not None and e[0] is not r}
        # a returned input is saved as the output that stands for it only where it was an output all along
        saved = tuple(t if t is None or id(t) not in replaced or any(t is i for i in inputs) else replaced[id(t)]
                      for t in ctx._to_save)
        ctx._to_save = ()
        if not recording_kept():
            ctx._for_forward = ()
        node = _C.function_node(cls._backward_cls.__name__, _backward, ctx, inputs, saved, tuple(entries))
        if ctx._materialize:
            node._set_materialize(True)
        ctx._node = node._weak()
        ctx._dirty = ctx._non_differentiable = ()
        return _returned(entries, results, single)


def _returned(entries, results, single):
    out = tuple(r if e[0] is None else e[0] for e, r in zip(entries, results))
    return out[0] if single else out


def _check_marks(ctx, inputs, results):
    for t in ctx._dirty:
        if not any(t is i for i in inputs) and not any(t is r for r in results):
            raise RuntimeError("mark_dirty only accepts input tensors, but argument is not an input of the function")
        if not any(t is r for r in results):
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output. "
                               "The inputs that are modified inplace must all be outputs of the Function.")
    for t in ctx._non_differentiable:
        if not isinstance(t, Tensor):
            raise TypeError(f"mark_non_differentiable only accepts variable arguments, but got {type(t).__name__}")


def once_differentiable(fn):
    """Decorates a backward that is not differentiable itself: a second derivative through it raises RuntimeError."""

    @functools.wraps(fn)
    def wrapper(ctx, *args):
        mode = _C.is_grad_enabled()
        _C.set_grad_enabled(False)
        try:
            outputs = fn(ctx, *args)
        finally:
            _C.set_grad_enabled(mode)
        if not mode or not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        single = not isinstance(outputs, tuple)
        values = (outputs,) if single else outputs
        fresh = tuple(_C.detach(v) if isinstance(v, Tensor) else v for v in values)

        def refuse(node, *grads):
            raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

        _C.attach("Error", refuse, None, tuple(a for a in args if isinstance(a, Tensor) and a.requires_grad), fresh, ())
        return fresh[0] if single else fresh

    return wrapper


class InplaceFunction(Function):
    """A Function with an in-place switch, as older code derives from it."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace


def node_register_hook(self, fn):
    """Call fn(grad_inputs, grad_outputs) after this node ran; what it returns replaces grad_inputs."""
    handle = RemovableHandle(self._post_hooks)
    self._post_hooks[handle.id] = fn
    return handle


def node_call(self, *grads):
    """Gradients of the inputs for these gradients of the outputs."""
    result = self._rule(self, *grads)
    return result[0] if isinstance(result, tuple) and len(result) == 1 else result


class SavedTensor:
    """What a node keeps, before it is unpacked: `node._raw_saved_x`."""

    def __init__(self, node, index):
        self._node, self._index = node, index

    data = property(lambda self: self._node.saved[self._index], doc="The tensor that backward gets.")

    def unpack(self):
        """The tensor that backward gets."""
        return self._node.saved[self._index]

    def register_hooks(self, pack_hook, unpack_hook, /):
        """Keep pack_hook(tensor) in the tensor's place; backward gets unpack_hook of that. RuntimeError for a second
        pair, for a node that has run, and where the pack hook changes its input; TypeError for what is no function."""
        if not (callable(pack_hook) and callable(unpack_hook)):
            raise TypeError("register_hooks(): incompatible function arguments: two functions are expected")
        self._node._hook_saved(self._index, pack_hook, unpack_hook)


SavedTensor.__module__ = "torch._C._autograd"


def node_saved(self, name):
    """_saved_x: what the operator kept of its argument x (or of its result); _raw_saved_x: where it is kept."""
    raw = name.startswith("_raw_saved_")
    if raw and name[11:] == "tensors":  # of a Function
        return tuple(SavedTensor(self, i) for i in range(len(self.saved)))
    if raw and name[11:] in (names := getattr(self._rule, "saved_names", ())):
        return SavedTensor(self, names.index(name[11:]))
    if name.startswith("_saved_"):
        names = getattr(self._rule, "saved_names", ())
        if name[7:] in names:
            return self.saved[names.index(name[7:])]
    raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def node_input_metadata(self):
    """Shape, dtype and device of each output, to which gradients must fit."""
    from mindtorch._core import devices, dtypes

    return [InputMetadata(shape, dtypes.DTYPES[code], devices.META if device < 0 else devices.CPU if device == 0
                          else devices.npu_devices()[device - 1]) for shape, code, device in self._outputs]


InputMetadata = namedtuple("InputMetadata", ("shape", "dtype", "device"))


def node_register_prehook(self, fn):
    """Call fn(grad_outputs) before this node runs; what it returns replaces them."""
    handle = RemovableHandle(self._pre_hooks)
    self._pre_hooks[handle.id] = fn
    return handle


class NestedIOFunction(Function):
    """Of older PyTorch: nested tuples as inputs and outputs. Not available."""

    @classmethod
    def apply(cls, *args, **kwargs):
        raise NotImplementedError("torch.autograd.function.NestedIOFunction is not supported; flatten the arguments "
                                  "and use Function")
