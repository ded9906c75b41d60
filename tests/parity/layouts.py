"""The same values otherwise in memory: orders in which recorder and replay lay out arguments. The torch in use is
given."""

ORDERS = ("reversed", "channels_last", "gapped")


def copy(torch, t):
    """A copy with the tensor's own strides where they do not overlap."""
    if t.layout is not torch.strided or t.is_contiguous() or 0 in t.stride() or not t.numel():
        return t.clone()
    return torch.empty_strided(t.shape, t.stride(), dtype=t.dtype).copy_(t)


def laid(torch, t, order):
    """t's values in memory with the dimensions reversed, as channels_last, or with gaps; t itself where that means
    nothing."""
    if t.layout is not torch.strided or t.ndim < 2 or not t.numel():
        return t
    if order == "reversed":
        return t.permute(*range(t.ndim - 1, -1, -1)).contiguous().permute(*range(t.ndim - 1, -1, -1))
    if order == "channels_last":
        return t.contiguous(memory_format=torch.channels_last) if t.ndim == 4 else t.contiguous(
            memory_format=torch.channels_last_3d) if t.ndim == 5 else t
    wide = torch.zeros((*t.shape[:-1], 2 * t.shape[-1]), dtype=t.dtype)
    wide[..., ::2] = t
    return wide[..., ::2]


def to_meta(torch, t):
    """A meta tensor of t's geometry."""
    return torch.empty_strided(t.shape, t.stride(), dtype=t.dtype, device="meta").requires_grad_(t.requires_grad)
