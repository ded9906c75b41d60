"""Transposes as properties, and the conjugate transpose."""
from mindtorch._core.warning import warn_once

from ..table.registry import FUNCTIONS, op
from ..tensor.methods import prop


@prop
def T(self):
    """The tensor with its dimensions reversed."""
    if self.ndim not in (0, 2):
        warn_once(
            "T",
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to "
            "transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions "
            "of a tensor.",
        )
    return (FUNCTIONS["t"](self) if self.ndim in (0, 1, 2)
            else FUNCTIONS["permute"](self, tuple(range(self.ndim - 1, -1, -1))))


@prop
def mT(self):
    """The last two dimensions swapped; RuntimeError for fewer than two."""
    if self.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor.")
    return FUNCTIONS["transpose"](self, -2, -1)


@prop
def H(self):
    """Conjugate transpose of a matrix; RuntimeError for other than 0 or 2 dimensions."""
    if self.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor."
                           + (" For batches of matrices, consider using tensor.mH" if self.ndim > 2 else ""))
    if self.ndim == 0:
        return FUNCTIONS["conj"](self) if self.dtype.is_complex else self
    return (FUNCTIONS["conj"](FUNCTIONS["transpose"](self, 0, 1)) if self.dtype.is_complex
            else FUNCTIONS["transpose"](self, 0, 1))


def _mh(self):
    """Conjugate transpose of the last two dimensions; RuntimeError for one dimension."""
    if self.ndim in (0, 1):
        raise RuntimeError(f"tensor.{_mh.__name__} is only supported on matrices or batches of matrices. Got "
                           f"{self.ndim}-D tensor.")
    turned = FUNCTIONS["transpose"](self, -2, -1)
    return FUNCTIONS["conj"](turned) if self.dtype.is_complex else turned


_mh.__name__ = "mH"
prop(_mh)


@op(out=False)
def adjoint(input):
    """Conjugate transpose of the last two dimensions; RuntimeError for one dimension."""
    if input.ndim == 1:
        raise RuntimeError("tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.")
    if input.ndim == 0:
        warn_once("adjoint", "adjoint() is deprecated on 0-D tensors. Consider using x.conj().")
        return FUNCTIONS["conj"](input)
    turned = FUNCTIONS["transpose"](input, -2, -1)
    return FUNCTIONS["conj"](turned) if input.dtype.is_complex else turned
