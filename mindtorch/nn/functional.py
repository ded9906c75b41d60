"""torch.nn.functional: the op families' entries, and the torch functions that it shows too."""
from mindtorch._ops.linalg.grouped import ScalingType, SwizzleType  # noqa: F401
from mindtorch._ops.table.registry import FUNCTIONS as _FUNCTIONS, NAMESPACES as _NAMESPACES

# torch functions under the same name here, where no family enters one of its own
_SHARED = """
adaptive_avg_pool1d avg_pool1d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d
conv_transpose2d
conv_transpose3d cosine_similarity native_channel_shuffle
pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu relu_ rrelu_ selu_ hardshrink sigmoid tanh threshold_
scaled_dot_product_attention
""".split()

globals().update({n: _FUNCTIONS[n] for n in _SHARED if n in _FUNCTIONS})
globals().update(_NAMESPACES["nn.functional"])
