"""Runs the text of a call under the torch of this process, reads what came of it, and goes backward."""
import itertools
import warnings

import torch

from . import mutations, values

ROOM = {**values.room(), "changed": mutations.changed}
warnings.simplefilter("ignore")
torch.set_num_threads(1)
READ = 1 << 16  # more elements are looked at by their corners
# set by calls, relied on by others
STATE = [(torch.is_grad_enabled, torch.set_grad_enabled), (torch.get_default_dtype, torch.set_default_dtype),
         (torch.is_autocast_enabled, None)]
BEFORE = [get() for get, _ in STATE]


def tensors(value, depth=4):
    """Tensors in nested results, and in the attributes of tensors and dicts."""
    if isinstance(value, torch.Tensor):
        yield value
    if not depth:
        return
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        for v in [
            *itertools.islice(value, 20),
            *(itertools.islice(value.values(), 20) if isinstance(value, dict) else ()),
        ]:
            yield from tensors(v, depth - 1)
    for v in list(getattr(value, "__dict__", {}).values())[:20] if isinstance(value, (torch.Tensor, dict)) else ():
        yield from tensors(v, depth - 1)


def outside(t):
    """Whether a dense tensor reaches outside of its storage."""
    if t.layout is not torch.strided or t.is_meta or t.is_quantized or t.is_nested or not t.numel():
        return False
    low = high = t.storage_offset()
    for n, s in zip(t.shape, t.stride()):
        low, high = (low + (n - 1) * s, high) if s < 0 else (low, high + (n - 1) * s)
    return low < 0 or (high + 1) * t.element_size() > t.untyped_storage().nbytes()


def read(t, how):
    """Every element, in one of several ways."""
    if isinstance(t, torch.Tensor):
        if t.is_meta:
            return repr(t)
        if t.layout is not torch.strided or t.is_quantized:
            return repr(t), t.to_dense() if t.layout is not torch.strided else t.dequantize()
        if t.numel() > READ:
            return t[(0,) * t.ndim].item(), t[(-1,) * t.ndim].item()
        if how == 0:
            return repr(t), t.tolist()
        if how == 1:
            return t.clone(), t.detach().cpu().resolve_conj().numpy().copy()
        return t.sum()
    if isinstance(t, (torch.UntypedStorage, torch.TypedStorage)):
        return t.tolist() if t.nbytes() <= READ else (t[0], t[len(t) - 1])
    return repr(t)[:200] if how == 0 else None


def guarded(function, *args):
    """The name of the exception that a call raises."""
    try:
        function(*args)
    except Exception as error:
        return type(error).__name__, str(error)[:100]
    return None, ""


def backward(result, mode):
    """Gradients of everything for every leaf; and of those once more."""
    leaves = [t for t in values.LEAVES if t.requires_grad]
    roots = [t for t in tensors(result) if t.requires_grad and t.layout is torch.strided]
    if not roots or not leaves:
        return
    loss = sum(t.sum().abs() if t.is_complex() else t.sum() for t in roots if not t.is_nested)
    grads = torch.autograd.grad(loss, leaves, allow_unused=True, create_graph=mode > 1)
    for g in grads:
        if g is not None:
            read(g, mode)
    roots = [g for g in grads if g is not None and g.requires_grad]
    if mode > 1 and roots:
        torch.autograd.grad(sum(g.sum().abs() if g.is_complex() else g.sum() for g in roots), leaves, allow_unused=True)


def run(case):
    """A word for what came of a call: value, raised TYPE, or something bad."""
    values.forget()
    text, mode = case["text"], case.get("mode", 1)
    try:
        result = eval(text, ROOM)
    except SystemError as error:
        return "SystemError: " + str(error)[:200]
    except Exception as error:
        reached = values.GIVEN[:]
        outcome = f"raised {type(error).__name__}: {str(error)[:100]}"
        del error
        return after(None, reached, 2, outcome)
    except BaseException as error:
        return f"left by {type(error).__name__}"
    if isinstance(result, mutations.Wrong):
        return "wrong: " + result
    return after(result, [*values.GIVEN], mode, "value")


def after(result, given, mode, outcome):
    """Reads and goes backward; every exception but SystemError is fine here."""
    bad = None
    spoiled = False
    for t in given:
        _, message = guarded(read, t, mode)
    for t in tensors(result):
        try:
            if outside(t) and not any(map(outside, given)):
                spoiled = True
        except Exception:
            pass
        name, message = guarded(read, t, mode)
        bad = bad or name == "SystemError" and message
    if not isinstance(result, torch.Tensor) and result is not None:
        guarded(read, result, mode)
    if mode and result is not None:
        name, message = guarded(backward, result, mode)
        bad = bad or name == "SystemError" and message
    for (get, put), was in zip(STATE, BEFORE):
        if put and get() != was:
            put(was)
    return f"SystemError: {bad}" if bad else "a view outside of its storage" if spoiled else outcome


def bad(outcome):
    """Whether an outcome is a finding without anybody's death."""
    return not outcome.startswith(("value", "raised"))
