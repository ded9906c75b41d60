# Written by `make stubs` from the finished namespace; don't edit.
"""torch.quantization: the old place of torch.ao.quantization."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.ao.quantization import DeQuantStub as DeQuantStub
from torch.ao.quantization import FakeQuantize as FakeQuantize
from torch.ao.quantization import FakeQuantizeBase as FakeQuantizeBase
from torch.ao.quantization import FusedMovingAvgObsFakeQuantize as FusedMovingAvgObsFakeQuantize
from torch.ao.quantization import HistogramObserver as HistogramObserver
from torch.ao.quantization import MinMaxObserver as MinMaxObserver
from torch.nn.modules.module import Module as Module
from torch.ao.quantization import MovingAverageMinMaxObserver as MovingAverageMinMaxObserver
from torch.ao.quantization import MovingAveragePerChannelMinMaxObserver as MovingAveragePerChannelMinMaxObserver
from torch.ao.quantization import ObserverBase as ObserverBase
from torch.ao.quantization import PerChannelMinMaxObserver as PerChannelMinMaxObserver
from torch.ao.quantization import PlaceholderObserver as PlaceholderObserver
from torch.ao.quantization import QConfig as QConfig
from torch.ao.quantization import QConfigMapping as QConfigMapping
from torch.ao.quantization import QuantStub as QuantStub
from torch.ao.quantization import QuantWrapper as QuantWrapper
from torch.ao.quantization import UniformQuantizationObserverBase as UniformQuantizationObserverBase
from torch.ao.quantization import convert as convert
from torch.ao.quantization import disable_fake_quant as disable_fake_quant
from torch.ao.quantization import disable_observer as disable_observer
from torch.ao.quantization import enable_fake_quant as enable_fake_quant
from torch.ao.quantization import enable_observer as enable_observer
from torch.ao.quantization import fuse_modules as fuse_modules
from torch.ao.quantization import fuse_modules_qat as fuse_modules_qat
from torch.ao.quantization import get_default_qat_qconfig as get_default_qat_qconfig
from torch.ao.quantization import get_default_qat_qconfig_mapping as get_default_qat_qconfig_mapping
from torch.ao.quantization import get_default_qconfig as get_default_qconfig
from torch.ao.quantization import get_default_qconfig_mapping as get_default_qconfig_mapping
from torch.ao.quantization import prepare as prepare
from torch.ao.quantization import prepare_qat as prepare_qat
from torch.ao.quantization import propagate_qconfig_ as propagate_qconfig_
from torch.ao.quantization import quantize as quantize
from torch.ao.quantization import quantize_dynamic as quantize_dynamic
from torch.ao.quantization import quantize_qat as quantize_qat
from torch.ao.quantization import swap_module as swap_module
