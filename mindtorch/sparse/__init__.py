"""torch.sparse: functions of sparse tensors (see also torch.sparse_coo_tensor and Tensor.to_sparse)."""
from mindtorch import _absent
from mindtorch._ops.sparse.math import (  # noqa: A004,F401
    addmm, log_softmax, mm_reduce as mm, sampled_addmm, softmax, spdiags, total as sum)

_checks = [False]


class check_sparse_tensor_invariants:
    """Context, decorator or switch (enable, disable) by which sparse tensors are checked when made."""

    def __init__(self, enable=True):
        self.state, self.saved = enable, None

    @staticmethod
    def is_enabled():
        """Whether checks are on."""
        return _checks[0]

    @staticmethod
    def enable():
        """Turn checks on."""
        _checks[0] = True

    @staticmethod
    def disable():
        """Turn checks off."""
        _checks[0] = False

    def __enter__(self):
        if self.saved is not None:
            raise RuntimeError("This context manager instance is already activated. Use a different context manager "
                               "instance for context nesting.")
        self.saved, _checks[0] = _checks[0], self.state

    def __exit__(self, *exc):
        _checks[0], self.saved = self.saved, None

    def __call__(self, mth):
        import functools

        @functools.wraps(mth)
        def checked(*args, **kwargs):
            with type(self)(self.state):
                return mth(*args, **kwargs)

        return checked


_SEMI = "semi-structured products need a GPU"
SparseSemiStructuredTensor, SparseSemiStructuredTensorCUSPARSELT, SparseSemiStructuredTensorCUTLASS = (
    _absent.klass("torch.sparse." + n, _SEMI)
    for n in ("SparseSemiStructuredTensor", "SparseSemiStructuredTensorCUSPARSELT", "SparseSemiStructuredTensorCUTLASS")
)
to_sparse_semi_structured = _absent.function("torch.sparse.to_sparse_semi_structured", _SEMI)
as_sparse_gradcheck = _absent.function("torch.sparse.as_sparse_gradcheck", "checks of gradients take dense inputs")
spsolve = _absent.function("torch.sparse.spsolve", "solving with a sparse matrix needs a GPU library")


def __getattr__(name):
    """The old classes: torch.sparse.FloatTensor(indices, values, size)."""
    from mindtorch._core import dtypes
    from mindtorch._ops.sparse.math import legacy_sparse

    kinds = {"Float": "float32", "Double": "float64", "Half": "float16", "BFloat16": "bfloat16", "Byte": "uint8",
             "Char": "int8", "Short": "int16", "Int": "int32", "Long": "int64"}
    kind = kinds.get(name.removesuffix("Tensor")) if name.endswith("Tensor") else None
    if kind is None:
        raise AttributeError(f"module 'torch.sparse' has no attribute '{name}'")
    dtype = dtypes.BY_NAME[kind]

    class Legacy:
        __doc__ = f"A sparse tensor of {kind}: sparse_coo_tensor is its new name."

        def __new__(cls, *args, device=None):
            return legacy_sparse(*args, dtype=dtype, device=device)

    Legacy.__name__ = Legacy.__qualname__ = name
    Legacy.__module__ = "torch.sparse"
    globals()[name] = Legacy
    return Legacy
