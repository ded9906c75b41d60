"""Marks on functions that write operators for the older exporter, which works on TorchScript: they are kept, not
called."""

import functools

import mindtorch as torch

_TYPES = {
    "Float": torch.float32,
    "Double": torch.float64,
    "Half": torch.float16,
    "BFloat16": torch.bfloat16,
    "Long": torch.int64,
    "Int": torch.int32,
    "Short": torch.int16,
    "Char": torch.int8,
    "Byte": torch.uint8,
    "Bool": torch.bool,
}
cast_pytorch_to_onnx = {
    "Byte": 2,
    "Char": 3,
    "Double": 11,
    "Float": 1,
    "Half": 10,
    "Int": 6,
    "Long": 7,
    "Short": 5,
    "Bool": 9,
}
scalar_name_to_pytorch = {n.lower(): n for n in _TYPES}
pytorch_name_to_type = dict(_TYPES)
scalar_type_to_pytorch_type = list(_TYPES.values())


def parse_args(*arg_descriptors):
    """A decorator that notes what a function's arguments are."""

    def decorate(fn):
        @functools.wraps(fn)
        def wrapped(g, *args, **kwargs):
            return fn(g, *args, **kwargs)

        wrapped._arg_descriptors = arg_descriptors
        return wrapped

    return decorate


def quantized_args(*arg_q_descriptors, scale=None, zero_point=None, quantize_output=True):
    """A decorator that notes which arguments are quantized."""

    def decorate(fn):
        fn._arg_q_descriptors, fn._quantization = arg_q_descriptors, (scale, zero_point, quantize_output)
        return fn

    return decorate


def is_complex_value(x):
    """Whether a value of a graph is complex."""
    return getattr(x, "dtype", None) in (torch.complex64, torch.complex128)
