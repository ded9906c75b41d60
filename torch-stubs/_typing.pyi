# Written by `make stubs` from the finished namespace; don't edit.
"""Names for annotations: torch has values called float, int, bool, and properties called dtype."""
from collections.abc import Callable as Callable, Iterable as Iterable, Iterator as Iterator, Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any, ClassVar as ClassVar, Literal as Literal, NamedTuple as NamedTuple, Self as Self
from typing import TypeAlias as TypeAlias, overload as overload

import torch
from torch import Generator as Generator, Tensor as Tensor

Bool: TypeAlias = bool
Bytes: TypeAlias = bytes
Complex: TypeAlias = complex
Float: TypeAlias = float
Int: TypeAlias = int
Str: TypeAlias = str
DType: TypeAlias = torch.dtype
Layout: TypeAlias = torch.layout
MemoryFormat: TypeAlias = torch.memory_format
TorchDevice: TypeAlias = torch.device
Number: TypeAlias = Int | Float | Complex | Bool
Ints: TypeAlias = Int | Sequence[Int]
OptionalInts: TypeAlias = Int | Sequence[Int | None] | None
Floats: TypeAlias = Float | Sequence[Float]
Device: TypeAlias = TorchDevice | Str | Int | None
