"""The old name of Tensor."""
from mindtorch._core.tensor import Tensor

__all__ = ["Variable", "VariableMeta"]


class VariableMeta(type):
    """Every tensor is a Variable."""

    def __instancecheck__(cls, other):
        return isinstance(other, Tensor)


class Variable(metaclass=VariableMeta):
    """Variable(tensor, requires_grad=False) is that tensor."""

    def __new__(cls, data=None, requires_grad=False, volatile=False):
        made = Tensor() if data is None else data.detach()
        if requires_grad and not volatile:
            made.requires_grad_()
        return made


class _Engine:
    """What DDP-like code asks of the engine."""

    @staticmethod
    def queue_callback(function):
        """Call `function` when the backward that runs now is over; RuntimeError outside one."""
        import mindtorch._C as _C

        _C.queue_callback(function)


Variable._execution_engine = _Engine()
