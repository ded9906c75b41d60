"""What distributions share: broadcasting of parameters, probabilities and logits, values computed when first asked
for."""
import functools
import math
import numbers

import mindtorch as torch

__all__ = ["broadcast_all", "logits_to_probs", "clamp_probs", "probs_to_logits", "lazy_property", "tril_matrix_to_vec",
           "vec_to_tril_matrix"]

euler_constant = 0.57721566490153286060
half_log_two_pi = 0.5 * math.log(2 * math.pi)


def broadcast_all(*values):
    """Tensors of one shape from tensors and numbers; numbers take the tensors' dtype and device. ValueError for
    anything else."""
    if not all(isinstance(v, (torch.Tensor, numbers.Number)) or hasattr(type(v), "__torch_function__") for v in values):
        raise ValueError("Input arguments must all be instances of Number, torch.Tensor or objects implementing "
                         "__torch_function__.")
    like = next((v for v in values if isinstance(v, torch.Tensor)), None)
    options = {"dtype": torch.get_default_dtype()} if like is None else {"dtype": like.dtype, "device": like.device}
    return torch.broadcast_tensors(*(torch.tensor(v, **options) if isinstance(v, numbers.Number) else v
                                     for v in values))


def standard_normal(shape, dtype, device):
    """Normal numbers of mean 0 and deviation 1."""
    return torch.normal(torch.zeros(shape, dtype=dtype, device=device), torch.ones(shape, dtype=dtype, device=device))


def sum_rightmost(value, dim):
    """Sum over the last `dim` dimensions."""
    return value if dim == 0 else value.reshape(value.shape[: value.dim() - dim] + (-1,)).sum(-1)


_standard_normal, _sum_rightmost = standard_normal, sum_rightmost  # torch's names


def clamp_probs(probs):
    """Probabilities kept an epsilon away from 0 and 1."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits, is_binary=False):
    """Sigmoid, or softmax over the last dimension."""
    return torch.sigmoid(logits) if is_binary else torch.softmax(logits, dim=-1)


def probs_to_logits(probs, is_binary=False):
    """Inverse of logits_to_probs, finite at 0 and 1."""
    inside = clamp_probs(probs)
    return torch.log(inside) - torch.log1p(-inside) if is_binary else torch.log(inside)


class lazy_property:
    """A property computed at its first reading, with gradients on, and then kept as an attribute."""

    def __init__(self, wrapped):
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)

    def __get__(self, instance, owner=None):
        if instance is None:
            return _lazy_property_and_property(self.wrapped)
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class _lazy_property_and_property(lazy_property, property):
    """What a lazy property is on its class: a property to documentation tools."""

    def __init__(self, wrapped):
        property.__init__(self, wrapped)


def tril_matrix_to_vec(mat, diag=0):
    """The lower triangle up to diagonal `diag`, row by row, as vectors. ValueError for a diagonal outside."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    at = torch.arange(n, device=mat.device)
    return mat[..., at < at.view(-1, 1) + (diag + 1)]


def vec_to_tril_matrix(vec, diag=0):
    """Lower triangular matrices from vectors that list the rows up to diagonal `diag`. ValueError for a length that is
    no triangle."""
    n = (-(1 + 2 * diag) + math.sqrt((1 + 2 * diag) ** 2 + 8 * vec.shape[-1] + 4 * abs(diag) * (diag + 1))) / 2
    if round(n) - n > torch.finfo(vec.dtype).eps:
        raise ValueError(f"The size of last dimension is {vec.shape[-1]} which cannot be expressed as the lower "
                         "triangular part of a square D x D matrix.")
    n = round(n)
    at = torch.arange(n, device=vec.device)
    mat = vec.new_zeros((*vec.shape[:-1], n, n))
    mat[..., at < at.view(-1, 1) + (diag + 1)] = vec
    return mat


def binary_parameters(dist, probs, logits):
    """Keeps the one of probs and logits that is given, as a tensor. ValueError unless exactly one is."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    name, value = ("logits", logits) if probs is None else ("probs", probs)
    setattr(dist, name, broadcast_all(value)[0])
    dist._given = name
    return isinstance(value, numbers.Number)


class Probabilities:
    """Adds `probs` and `logits`, each made from the other when first read; `_binary` says by sigmoid or by softmax."""

    _binary = True

    @lazy_property
    def logits(self):
        """Logits of the probabilities."""
        return probs_to_logits(self.probs, is_binary=self._binary)

    @lazy_property
    def probs(self):
        """Probabilities of the logits."""
        return logits_to_probs(self.logits, is_binary=self._binary)

    @property
    def _param(self):
        return self.__dict__[self._given]

    @property
    def param_shape(self):
        """Shape of the parameter that was given."""
        return self._param.size()

    def _new(self, *args, **kwargs):
        return self._param.new(*args, **kwargs)
