# Written by `make stubs` from the finished namespace; don't edit.
"""torch.utils.flop_counter: multiplications and additions of matrix products, convolutions and attention, forward and"""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types

class FlopCounterMode:
    """Counts in its block. `mods` is not needed: modules are seen when they run; `depth` and `display` are the table's;
    custom_mapping: {operator or public function: formula}."""
    depth: Any
    display: Any
    flop_registry: Any
    flop_counts: Any
    def __init__(self, mods: Any = None, depth: Int = 2, display: Bool = True, custom_mapping: Any = None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: Any) -> Any: ...
    def get_flop_counts(self) -> Any:
        """{module: {operator: flops}}; 'Global' is everything."""
        ...
    def get_total_flops(self) -> Any:
        """All flops."""
        ...
    def get_table(self, depth: Any = None) -> Any:
        """The counts as a text, modules down to a depth."""
        ...

class OpOverloadPacket:
    """All overloads of an operator."""
    namespace: Any
    def __init__(self, namespace: Any, name: Any, function: Any = None) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def overloads(self) -> Any:
        """Names of the overloads."""
        ...
    def __iter__(self) -> Iterator[Any]: ...
from torch.autograd.profiler import TorchFunctionMode as TorchFunctionMode
def addmm_flop(self_shape: Any, a_shape: Any, b_shape: Any, out_shape: Any = None, **kwargs: Any) -> Any:
    """Flops of addmm."""
    ...
aten: Any
def baddbmm_flop(self_shape: Any, a_shape: Any, b_shape: Any, out_shape: Any = None, **kwargs: Any) -> Any:
    """Flops of baddbmm."""
    ...
def bmm_flop(a_shape: Any, b_shape: Any, out_shape: Any = None, **kwargs: Any) -> Any:
    """Operations of a product: two for each pair of numbers."""
    ...
def conv_flop_count(x_shape: Any, w_shape: Any, out_shape: Any, transposed: Bool = False) -> Any:
    """Flops of a convolution."""
    ...
def convert_num_with_suffix(number: Any, suffix: Any) -> Any:
    """A number in units of a suffix."""
    ...
def convert_to_percent_str(num: Any, denom: Any) -> Any:
    """A share in percent."""
    ...
flop_registry: Any
def get_shape(value: Any) -> Any:
    """Shapes in the place of tensors."""
    ...
def get_suffix_str(number: Any) -> Any:
    """'K', 'M' ...: the one that leaves up to three more digits before the point than needed."""
    ...
def mm_flop(a_shape: Any, b_shape: Any, out_shape: Any = None, **kwargs: Any) -> Any:
    """Operations of a product: two for each pair of numbers."""
    ...
def register_flop_formula(targets: Any, get_raw: Bool = False) -> Any:
    """Decorator: formula(*shapes of tensors, **others, out_shape=) -> flops of operators (torch.ops packets or public
    functions); with get_raw the tensors themselves come, and out_val=."""
    ...
def sdpa_flop_count(query_shape: Any, key_shape: Any, value_shape: Any) -> Any:
    """Flops of attention: two products."""
    ...
suffixes: Any
