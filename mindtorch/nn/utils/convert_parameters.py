"""Parameters as one vector and back."""
import mindtorch as torch


def _check_device(param, first):
    device = param.get_device() if param.is_cuda else -1
    if first is not None and device != first:
        raise TypeError("Found two parameters on different devices, this is currently not supported.")
    return device


def parameters_to_vector(parameters):
    """All parameters flattened, one after the other. TypeError when they are on different devices."""
    device, parts = None, []
    for p in parameters:
        device = _check_device(p, device)
        parts.append(p.view(-1))
    return torch.cat(parts)


def vector_to_parameters(vec, parameters):
    """Let each parameter's data be its part of the vector."""
    if not isinstance(vec, torch.Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    device, done = None, 0
    for p in parameters:
        device = _check_device(p, device)
        n = p.numel()
        p.data = vec[done:done + n].view_as(p).data
        done += n
