"""Arithmetic of layouts."""
from ._dtensor_spec import compute_local_shape_and_global_offset  # noqa: F401
