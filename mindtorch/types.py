"""torch.types: names for annotations."""
import builtins
import os
from collections.abc import Sequence
from typing import Any, Union

import mindtorch

_device, _dtype = mindtorch.device, mindtorch.dtype
_int, _float, _bool, _complex = builtins.int, builtins.float, builtins.bool, builtins.complex
Number = Union[_int, _float, _bool]
_size = Sequence[_int]
_symsize = _size
_str, _bytes = builtins.str, builtins.bytes
_dispatchkey = Union[str, Any]
Device = Union[_device, str, _int, None]
FileLike = Union[str, os.PathLike, Any]
Storage = Any
IntLikeType, FloatLikeType, BoolLikeType = _int, _float, _bool
py_sym_types = (_int, _float, _bool)
_qscheme = Any
__all__ = ["Number", "Device", "FileLike", "Storage"]
