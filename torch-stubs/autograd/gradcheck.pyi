# Written by `make stubs` from the finished namespace; don't edit.
"""Analytical gradients against finite differences."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class GradcheckError(RuntimeError):
    """Gradients are not what the differences say."""
    ...
def get_analytical_jacobian(inputs: Any, output: Any, nondet_tol: Float = 0.0, grad_out: Float = 1.0) -> Any:
    """The same matrices by backward, with (reentrant, sizes correct, types correct)."""
    ...
def get_numerical_jacobian(fn: Any, inputs: Any, target: Any = None, eps: Float = 0.001, grad_out: Float = 1.0) -> Any:
    """Matrices (elements of an input, elements of the output) by central differences, for each differentiable input."""
    ...
def gradcheck(func: Any, inputs: Any, *, eps: Float = 1e-06, atol: Float = 1e-05, rtol: Float = 0.001, raise_exception: Bool = True, nondet_tol: Float = 0.0, check_undefined_grad: Bool = True, check_grad_dtypes: Bool = False, check_batched_grad: Bool = False, check_batched_forward_grad: Bool = False, check_forward_ad: Bool = False, check_backward_ad: Bool = True, fast_mode: Bool = False, masked: Any = None) -> Any:
    """Whether backward (and forward mode, where asked) agrees with central differences: in every element, with
    fast_mode along one random direction.
    GradcheckError where it does not, or False without raise_exception. check_grad_dtypes is always done."""
    ...
def gradgradcheck(func: Any, inputs: Any, grad_outputs: Any = None, *, eps: Float = 1e-06, atol: Float = 1e-05, rtol: Float = 0.001, gen_non_contig_grad_outputs: Bool = False, raise_exception: Bool = True, nondet_tol: Float = 0.0, check_undefined_grad: Bool = True, check_grad_dtypes: Bool = False, check_batched_grad: Bool = False, check_fwd_over_rev: Bool = False, check_rev_over_rev: Bool = True, fast_mode: Bool = False, masked: Bool = False) -> Any:
    """gradcheck of the gradient of func, with respect to its inputs and to the cotangents."""
    ...
