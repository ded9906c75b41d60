"""Parts of a batch to devices and back."""
import copy

import mindtorch as torch


def scatter(inputs, target_gpus, dim=0):
    """A list with a device's part of every tensor in nested tuples, lists and dicts; other objects go to all."""
    targets = [torch.device("cuda", t) if isinstance(t, int) else torch.device(t) for t in target_gpus]

    def parts(value):
        if isinstance(value, torch.Tensor):
            chunks = value.chunk(len(targets), dim)
            return [c.to(t) for c, t in zip(chunks, targets)]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return [type(value)(*p) for p in zip(*map(parts, value))]
        if isinstance(value, (tuple, list)) and value:
            return [type(value)(p) for p in zip(*map(parts, value))]
        if isinstance(value, dict) and value:
            return [type(value)(p) for p in zip(*([(k, v) for v in parts(x)] for k, x in value.items()))]
        return [value] * len(targets)

    return parts(inputs)


def gather(outputs, target_device, dim=0):
    """Outputs of all devices as one on a device (-1: cpu), tensors joined along dim."""
    target = (torch.device("cpu") if target_device in (-1, "cpu") else torch.device("cuda", target_device)
              if isinstance(target_device, int) else torch.device(target_device))
    first = outputs[0]
    if isinstance(first, torch.Tensor):
        return torch.cat([(o.reshape(1) if o.ndim == 0 else o).to(target) for o in outputs],
                         0 if first.ndim == 0 else dim)
    if first is None:
        return None
    if isinstance(first, dict):
        if any(len(o) != len(first) for o in outputs):
            raise ValueError("All dicts must have the same number of keys")
        return type(first)((k, gather([o[k] for o in outputs], target, dim)) for k in first)
    joined = [gather(o, target, dim) for o in zip(*outputs)]
    return type(first)(*joined) if hasattr(first, "_fields") else type(first)(joined)


def replicate(network, devices, detach=False):
    """A copy of a module on every device; NotImplementedError for more than one device, whose gradients would have to
    meet."""
    if len(devices) != 1:
        raise NotImplementedError("replicate over several devices is not supported")
    device = torch.device("cuda", devices[0]) if isinstance(devices[0], int) else torch.device(devices[0])
    if any(t.device != device for t in (*network.parameters(), *network.buffers())):
        raise NotImplementedError(f"replicate: the module is not on {device}; move it there first")
    shared = {id(t): (t.detach() if detach else t) for t in (*network.parameters(), *network.buffers())}
    return [copy.deepcopy(network, shared)]


def parallel_apply(modules, inputs, kwargs_tup=None, devices=None):
    """modules[i](*inputs[i], **kwargs_tup[i]) for every i, one after the other."""
    if len(modules) != len(inputs):
        raise AssertionError(f"The number of modules {len(modules)} is not equal to the number of inputs {len(inputs)}")
    kwargs_tup = [{}] * len(modules) if kwargs_tup is None else kwargs_tup
    return [m(*(i if isinstance(i, (tuple, list)) else (i,)), **k) for m, i, k in zip(modules, inputs, kwargs_tup)]
