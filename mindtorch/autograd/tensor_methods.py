"""Methods of Tensor that speak of the graph."""
import mindtorch._C as _C
from mindtorch._core.tensor import Tensor
from mindtorch._ops.table.registry import METHODS, op
from mindtorch.utils.hooks import RemovableHandle

_PLAIN = {"function": False, "out": False, "tensors": ["self"]}


@op("backward", **_PLAIN)
def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Accumulate the gradients of this tensor (weighted by `gradient`; None for a scalar) into the leaves, or into
    `inputs`."""
    from mindtorch import autograd

    autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


@op("register_hook", **_PLAIN)
def register_hook(self, hook):
    """hook(grad) whenever a gradient of this tensor is computed; a tensor that it returns replaces the gradient. Gives
    a removable handle."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    hooks = _C.tensor_hooks(self)
    _C.keep_identity(self)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


@op("register_post_accumulate_grad_hook", **_PLAIN)
def register_post_accumulate_grad_hook(self, hook):
    """hook(tensor) after .grad of this leaf has been updated. RuntimeError for non-leaves."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self.grad_fn is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    hooks = _C.after_hooks(self)
    _C.keep_identity(self)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


@op("retain_grad", **_PLAIN)
def retain_grad(self):
    """Keep .grad of this non-leaf too. RuntimeError when it does not require grad."""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    _C.retain_grad(self)


@op("is_inference", function=True, out=False)
def is_inference(input):
    """Whether the tensor was made in inference mode."""
    return _C.is_inference(input)


@op("reinforce", **_PLAIN)
def reinforce(self, reward):
    """Gone since PyTorch 0.4: raises RuntimeError."""
    raise RuntimeError("reinforce() was removed. Use torch.distributions instead.")


def _backward_hooks(self):
    """The dict of tensor hooks, or None."""
    return (_C.tensor_hooks(self) or None) if self.requires_grad else None


def _post_accumulate_grad_hooks(self):
    return (_C.after_hooks(self) or None) if self.requires_grad and self.is_leaf else None


for _name in ("backward", "register_hook", "register_post_accumulate_grad_hook", "retain_grad", "is_inference",
              "reinforce"):
    setattr(Tensor, _name, METHODS[_name])
Tensor._backward_hooks = property(_backward_hooks)
Tensor._post_accumulate_grad_hooks = property(_post_accumulate_grad_hooks)
