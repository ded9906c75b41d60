"""Shapes, dtypes and layouts of all steps, by a run."""

import traceback
from typing import NamedTuple

import mindtorch as torch
from mindtorch.fx.interpreter import Interpreter
from mindtorch.fx.node import map_aggregate

__all__ = ["TensorMetadata", "ShapeProp"]


class TensorMetadata(NamedTuple):
    """What is known of a tensor without its values."""

    shape: torch.Size
    dtype: torch.dtype
    requires_grad: bool
    stride: tuple
    memory_format: object
    is_quantized: bool
    qparams: dict


TensorMetadata.__module__ = "torch.fx.passes.shape_prop"


def _extract_tensor_metadata(result, include_contiguity=True):
    """The TensorMetadata of a tensor."""
    form = None
    if include_contiguity:
        formats = (torch.contiguous_format, torch.channels_last, torch.channels_last_3d)
        ranks = (None, 4, 5)
        form = next(
            (f for f, r in zip(formats, ranks) if r in (None, result.dim()) and result.is_contiguous(memory_format=f)),
            None,
        )
    qparams = {}
    if result.is_quantized:
        qparams["qscheme"] = scheme = result.qscheme()
        if scheme in (torch.per_tensor_affine, torch.per_tensor_symmetric):
            qparams.update(scale=result.q_scale(), zero_point=result.q_zero_point())
        else:
            qparams.update(
                scale=result.q_per_channel_scales().tolist(),
                zero_point=result.q_per_channel_zero_points().tolist(),
                axis=result.q_per_channel_axis(),
            )
    return TensorMetadata(
        result.shape, result.dtype, result.requires_grad, tuple(result.stride()), form, result.is_quantized, qparams
    )


class ShapeProp(Interpreter):
    """propagate(*args) runs a graph and leaves `tensor_meta` and `type` in every step's meta."""

    def __init__(self, gm, fake_mode=None):
        super().__init__(gm)
        if fake_mode is not None:
            raise NotImplementedError("ShapeProp(fake_mode=...): run it on meta tensors instead")
        self.real_module = self.module

    def run_node(self, n):
        """The value of a step, noted down."""
        try:
            result = super().run_node(n)
        except Exception as error:
            traceback.print_exc()
            raise RuntimeError(f"ShapeProp error for: node={n.format_node()} with meta={n.meta}") from error
        seen = []

        def note(obj):
            if isinstance(obj, torch.Tensor):
                seen.append(obj)
                return _extract_tensor_metadata(obj)
            return obj

        meta = map_aggregate(result, note)
        if seen:
            n.meta["tensor_meta"] = meta
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args):
        """Run the graph on these arguments."""
        return super().run(*args)
