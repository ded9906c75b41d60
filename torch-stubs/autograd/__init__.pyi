# Written by `make stubs` from the finished namespace; don't edit.
"""Automatic differentiation."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.autograd import anomaly_mode as anomaly_mode
from torch.autograd import forward_ad as forward_ad
from torch.autograd import function as function
from torch.autograd import functional as functional
from torch.autograd import grad_mode as grad_mode
from torch.autograd import graph as graph
from torch.autograd import profiler as profiler
from torch.autograd import profiler_util as profiler_util
from torch.autograd import tensor_methods as tensor_methods
from torch.autograd import variable as variable
from torch.autograd.function import Function as Function
from torch.autograd.graph import GradientEdge as GradientEdge
from torch.autograd.function import NestedIOFunction as NestedIOFunction
from torch import Tensor as Tensor
from torch.autograd.variable import Variable as Variable
def backward(tensors: Any, grad_tensors: Any = None, retain_graph: Any = None, create_graph: Bool = False, grad_variables: Any = None, inputs: Any = None) -> None:
    """Accumulate into .grad of the leaves (or of `inputs`) the sum of gradients of `tensors`, weighted by grad_tensors
    (None: ones for a scalar)."""
    ...
from torch.autograd.anomaly_mode import detect_anomaly as detect_anomaly
from torch.autograd.graph import edge_of as edge_of
from torch.autograd.grad_mode import enable_grad as enable_grad
from torch.autograd.grad_mode import enforce_grad_layout_policy as enforce_grad_layout_policy
def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: Any = None, create_graph: Bool = False, only_inputs: Bool = True, allow_unused: Any = None, is_grads_batched: Bool = False, materialize_grads: Bool = False) -> Any:
    """Gradients of `outputs`, weighted by grad_outputs, with respect to `inputs`, as a tuple; nothing is accumulated.
    RuntimeError for an input that was not used, unless allow_unused (None) or materialize_grads (zeros)."""
    ...
from torch.autograd.gradcheck import gradcheck as gradcheck
from torch.autograd.gradcheck import gradgradcheck as gradgradcheck
from torch.autograd.grad_mode import inference_mode as inference_mode
from torch.autograd.grad_mode import no_grad as no_grad
from torch.autograd.function import node_call as node_call
from torch.autograd.function import node_input_metadata as node_input_metadata
from torch.autograd.function import node_register_hook as node_register_hook
from torch.autograd.function import node_register_prehook as node_register_prehook
from torch.autograd.function import node_saved as node_saved
from torch.autograd.grad_mode import recording_kept as recording_kept
from torch.autograd.anomaly_mode import set_detect_anomaly as set_detect_anomaly
from torch.autograd.grad_mode import set_grad_enabled as set_grad_enabled
from torch.autograd.grad_mode import set_multithreading_enabled as set_multithreading_enabled
