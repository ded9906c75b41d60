"""Copies and pickles of tensors."""
import copy
from collections import OrderedDict

import mindtorch._C as _C
from mindtorch import _utils
from mindtorch._core import overrides
from mindtorch._core.tensor import Tensor
from mindtorch._ops.tensor.methods import address_of

from .typed import LEGACY_NAME, TypedStorage
from .untyped import UntypedStorage


def _state(t):
    """Attributes that users have put on a tensor."""
    return dict(t.__dict__)


def typed_storage(t):
    """(storage that pickles mention, dtype that must be told besides or None)."""
    untyped = UntypedStorage._of(t)
    if t.dtype in LEGACY_NAME:
        return TypedStorage(wrap_storage=untyped, dtype=t.dtype, _internal=True), None
    return untyped, t.dtype


def _reduce_plain(t):
    if t._device_code < 0:
        return _utils._rebuild_meta_tensor_no_storage, (t.dtype, tuple(t.shape), t._strides, t.requires_grad)
    from mindtorch.utils import hooks

    hooks.warn_if_has_hooks(t)
    address_of(t)  # raises for a tensor whose storage has shrunk: nobody could read such a file
    storage, dtype = typed_storage(t)
    arguments = (storage, t._offset, tuple(t.shape), t._strides, t.requires_grad, OrderedDict())
    return (_utils._rebuild_tensor_v2, arguments) if dtype is None else (_utils._rebuild_tensor_v3, (*arguments, dtype))


def reduce_tensor(t, protocol):
    """What pickle stores: geometry, and a storage that other views of it share."""
    if type(t) is not Tensor and type(
        t).__torch_function__ is not overrides.disabled_implementation and overrides.disabled(
            ) == 0 and "__torch_function__" in vars(type(t)):
        result = overrides.dispatch(Tensor.__reduce_ex__, (t,), (t, protocol), {})
        if result is not NotImplemented:
            return result
    function, arguments = _reduce_plain(t)
    state = _state(t)
    if type(t) is Tensor and not state:
        return function, arguments
    return _utils._rebuild_from_type_v2, (function, type(t), arguments, state)


def deepcopy_tensor(t, memo):
    """A leaf with memory of its own; tensors that share a storage share its copy. RuntimeError for non-leaves."""
    if id(t) in memo:
        return memo[id(t)]
    if not t.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because "
            "of a torch.nn.utils.weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
        )
    with overrides.Disabled(2):
        if t._device_code < 0:
            made = _C.empty_strided(t.shape, t._strides, t._dtype_code, -1)
        else:
            copied = UntypedStorage._of(t).__deepcopy__(memo)
            made = _C.strided(copied._bytes, t.shape, t._strides, t._offset, t._dtype_code)
            _C.share_version(made, _C.empty((0,), 0, 0))
        if type(t) is not Tensor:
            made.__class__ = type(t)
        if t.requires_grad:
            made.requires_grad = True
        if t._grad is not None:
            made._grad = copy.deepcopy(t._grad, memo)
        memo[id(t)] = made
        if state := _state(t):
            made.__dict__.update(copy.deepcopy(state, memo))
    return made


def set_state(t, state):
    """Undo of old pickles: (storage, offset, size, stride), (requires_grad, _, hooks) or
    (data, _, _, requires_grad, hooks)."""
    if len(state) == 4:
        t.set_(*state)
        return
    if len(state) == 5:
        t.data = state[0]
        requires_grad = state[3]
    else:
        requires_grad, _, _ = state
    if type(requires_grad) is not bool:
        raise RuntimeError("requires_grad must be a bool")
    t.requires_grad = requires_grad


def _reduce_ex(self, protocol):
    return reduce_tensor(self, protocol)


def _deepcopy(self, memo):
    if overrides.modes or type(self) not in overrides.plain:
        result = overrides.dispatch(Tensor.__deepcopy__, (self,), (self, memo), {})
        if result is not NotImplemented:
            return result
    return deepcopy_tensor(self, memo)


for _name, _function in {"__reduce_ex__": _reduce_ex, "__deepcopy__": _deepcopy, "__setstate__": set_state}.items():
    _function.__name__, _function.__qualname__ = _name, "Tensor." + _name
    setattr(Tensor, _name, _function)
