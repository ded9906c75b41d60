"""Imports every family, so that the table is complete."""
from . import arithmetic, creation, views  # noqa: F401
from . import random  # noqa: F401
from . import bitwise, comparison, math, operators, promotion  # noqa: F401
from . import matmul  # noqa: F401
from . import casts, dense_only, memory, parts, ranges, tensor_methods  # noqa: F401
from . import foreach, reduction, scan, sort, statistics  # noqa: F401
from . import getitem, indexing, masking, scatter, split  # noqa: F401
from . import attention  # noqa: F401
from . import fft  # noqa: F401
from . import activations  # noqa: F401
from . import convolution  # noqa: F401
from . import softmax  # noqa: F401
from . import normalization  # noqa: F401
from . import dropout  # noqa: F401
from . import ctc, loss  # noqa: F401
from . import replaced, shape  # noqa: F401
from . import pooling  # noqa: F401
from . import special  # noqa: F401
from . import device_indexing, device_reductions, device_special  # noqa: F401
from . import padding  # noqa: F401
from . import distance  # noqa: F401
from . import recurrent  # noqa: F401
from . import spectral  # noqa: F401
from . import resize  # noqa: F401
from . import linalg, solving  # noqa: F401
from . import orthogonal  # noqa: F401
from . import matrices  # noqa: F401
from . import einsum  # noqa: F401
from . import embedding_bag  # noqa: F401
from . import refused  # noqa: F401
from . import multihead  # noqa: F401
from . import weight_norm  # noqa: F401
from . import lowrank  # noqa: F401
from . import grouped, rare  # noqa: F401
from . import sparse, sparse_math  # noqa: F401
from . import quantized, quantized_math  # noqa: F401
from . import aten_names  # noqa: F401
from .compiled import keep

keep()
