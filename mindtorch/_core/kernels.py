"""Kernels by name."""
import mindtorch._C as _C

_ids = {}


def run(kernel, tensors, scalars=()):
    """Run a kernel over (results, then operands); nothing happens on meta tensors."""
    if tensors[0]._device_code < 0:
        return
    number = _ids.get(kernel)
    if number is None:
        number = _ids[kernel] = _C.kernel_id(kernel)
    _C.call(number, tensors, scalars)
