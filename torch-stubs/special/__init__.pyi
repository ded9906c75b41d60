# Written by `make stubs` from the finished namespace; don't edit.
"""torch.special: special functions by their own names, and aliases of functions that torch has elsewhere too."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
def airy_ai(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise airy_ai; operands broadcast and promote."""
    ...
def bessel_j0(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise bessel_j0; operands broadcast and promote."""
    ...
def bessel_j1(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise bessel_j1; operands broadcast and promote."""
    ...
def bessel_y0(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise bessel_y0; operands broadcast and promote."""
    ...
def bessel_y1(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise bessel_y1; operands broadcast and promote."""
    ...
def chebyshev_polynomial_t(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise chebyshev_polynomial_t; operands broadcast and promote."""
    ...
def chebyshev_polynomial_u(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise chebyshev_polynomial_u; operands broadcast and promote."""
    ...
def chebyshev_polynomial_v(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise chebyshev_polynomial_v; operands broadcast and promote."""
    ...
def chebyshev_polynomial_w(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise chebyshev_polynomial_w; operands broadcast and promote."""
    ...
from torch import digamma as digamma
def entr(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise entr; operands broadcast and promote."""
    ...
from torch import erf as erf
from torch import erfc as erfc
def erfcx(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise erfcx; operands broadcast and promote."""
    ...
from torch import erfinv as erfinv
from torch import exp2 as exp2
from torch import sigmoid as expit
from torch import expm1 as expm1
from torch import igamma as gammainc
from torch import igammac as gammaincc
from torch import lgamma as gammaln
def hermite_polynomial_h(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise hermite_polynomial_h; operands broadcast and promote."""
    ...
def hermite_polynomial_he(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise hermite_polynomial_he; operands broadcast and promote."""
    ...
from torch import i0 as i0
def i0e(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise i0e; operands broadcast and promote."""
    ...
def i1(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise i1; operands broadcast and promote."""
    ...
def i1e(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise i1e; operands broadcast and promote."""
    ...
def laguerre_polynomial_l(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise laguerre_polynomial_l; operands broadcast and promote."""
    ...
def legendre_polynomial_p(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise legendre_polynomial_p; operands broadcast and promote."""
    ...
from torch import log1p as log1p
def log_ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise log_ndtr; operands broadcast and promote."""
    ...
from torch import log_softmax as log_softmax
from torch import logit as logit
from torch import logsumexp as logsumexp
def modified_bessel_i0(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise modified_bessel_i0; operands broadcast and promote."""
    ...
def modified_bessel_i1(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise modified_bessel_i1; operands broadcast and promote."""
    ...
def modified_bessel_k0(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise modified_bessel_k0; operands broadcast and promote."""
    ...
def modified_bessel_k1(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise modified_bessel_k1; operands broadcast and promote."""
    ...
from torch import mvlgamma as multigammaln
def ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise ndtr; operands broadcast and promote."""
    ...
def ndtri(input: Tensor, *, out: Any = None) -> Tensor:
    """Element-wise ndtri; operands broadcast and promote."""
    ...
from torch import polygamma as polygamma
from torch import digamma as psi
from torch import round as round
def scaled_modified_bessel_k0(x: Any, *, out: Any = None) -> Tensor:
    """Element-wise scaled_modified_bessel_k0; operands broadcast and promote."""
    ...
def scaled_modified_bessel_k1(x: Any, *, out: Any = None) -> Tensor:
    """Element-wise scaled_modified_bessel_k1; operands broadcast and promote."""
    ...
def shifted_chebyshev_polynomial_t(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise shifted_chebyshev_polynomial_t; operands broadcast and promote."""
    ...
def shifted_chebyshev_polynomial_u(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise shifted_chebyshev_polynomial_u; operands broadcast and promote."""
    ...
def shifted_chebyshev_polynomial_v(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise shifted_chebyshev_polynomial_v; operands broadcast and promote."""
    ...
def shifted_chebyshev_polynomial_w(input: Tensor, n: Any, *, out: Any = None) -> Tensor:
    """Element-wise shifted_chebyshev_polynomial_w; operands broadcast and promote."""
    ...
from torch import sinc as sinc
from torch import softmax as softmax
def spherical_bessel_j0(x: Any, *, out: Any = None) -> Tensor:
    """Element-wise spherical_bessel_j0; operands broadcast and promote."""
    ...
def xlog1py(input: Tensor, other: Tensor | Number, *, out: Any = None) -> Tensor:
    """Element-wise xlog1py; operands broadcast and promote."""
    ...
from torch import xlogy as xlogy
def zeta(input: Tensor, other: Tensor | Number, *, out: Any = None) -> Tensor:
    """Element-wise zeta; operands broadcast and promote."""
    ...
