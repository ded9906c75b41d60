"""make_tensor: random tensors for tests."""
import mindtorch as torch


def make_tensor(*shape, dtype, device=None, low=None, high=None, requires_grad=False, noncontiguous=False,
                exclude_zero=False, memory_format=None):
    """Uniform values in [low, high): by default [-9, 9) for numbers, [0, 10) for uint8, {0, 1} for bool."""
    shape = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
    if noncontiguous and memory_format is not None:
        raise ValueError("The parameters `noncontiguous` and `memory_format` are mutually exclusive")
    device = device if device is not None else "cpu"
    if noncontiguous and shape:
        shape = (*shape[:-1], shape[-1] * 2)
    if dtype is torch.bool:
        result = torch.randint(0, 2, shape, device=device).to(dtype)
    elif dtype.is_floating_point or dtype.is_complex:
        low, high = (-9 if low is None else low), (9 if high is None else high)
        real = dtype.to_real()
        draw = lambda: (torch.rand(shape, device=device, dtype=torch.float64) * (high - low)
                        + low).to(real if real.itemsize > 1 else torch.float32)
        result = torch.complex(draw(), draw()) if dtype.is_complex else draw().to(dtype)
    else:
        low, high = ((0 if dtype is torch.uint8 else -9) if low is None
                     else int(low)), (10 if high is None else int(high))
        result = torch.randint(low, high, shape, device=device).to(dtype)
    if exclude_zero:
        result[result == 0] = (torch.tensor(1, dtype=dtype).item() if not dtype.is_floating_point
                               else torch.finfo(dtype.to_real()).tiny)
    if noncontiguous and shape:
        result = result[..., ::2]
    if memory_format is not None:
        result = result.clone(memory_format=memory_format)
    return result.requires_grad_(requires_grad)
