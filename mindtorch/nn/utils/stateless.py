"""Modules called with other parameters than their own."""
import contextlib
import warnings

import mindtorch as torch


def _owner(module, name):
    path, _, leaf = name.rpartition(".")
    return module.get_submodule(path), leaf


def _swap(owner, name, value):
    """Put a tensor where the module finds it; returns what was there."""
    for table in (owner._parameters, owner._buffers):
        if name in table:
            old, table[name] = table[name], value
            return old
    raise KeyError(name)


def _with_tied(module, given):
    """The given tensors under every name of the tensor they stand for. ValueError when two names of one tensor get
    different ones."""
    names = {}
    for name, t in (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)):
        names.setdefault(t, []).append(name)
    made = dict(given)
    for tied in names.values():
        values = {id(given[n]): given[n] for n in tied if n in given}
        if len(values) > 1:
            raise ValueError(f"functional_call got multiple values for keys {sorted(n for n in tied if n in given)}, "
                             "which are tied. Consider using tie_weights=False")
        for value in values.values():
            made.update(dict.fromkeys(tied, value))
    return made


@contextlib.contextmanager
def _reparametrize_module(module, parameters_and_buffers, *, tie_weights=False, strict=False, stack_weights=False):
    values = _with_tied(module, parameters_and_buffers) if tie_weights else dict(parameters_and_buffers)
    own = {n for n, _ in (*module.named_parameters(remove_duplicate=False),
                          *module.named_buffers(remove_duplicate=False))}
    if strict:
        missing, unexpected = [n for n in sorted(own) if n not in values], [n for n in values if n not in own]
        if missing or unexpected:
            said = [f"Unexpected key(s): {', '.join(map(repr, unexpected))}."] if unexpected else []
            said += [f"Missing key(s): {', '.join(map(repr, missing))}."] if missing else []
            raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(said))
    old = []
    try:
        for name, value in values.items():
            if name not in own and isinstance(getattr(module, name, None), torch.nn.Module):
                raise TypeError(f"attribute `{name}`: {getattr(module, name)} is not an instance of torch.Tensor")
            if name in own:
                owner, leaf = _owner(module, name)
                old.append((name, owner, leaf, _swap(owner, leaf, value)))
        yield
    finally:
        for name, owner, leaf, value in reversed(old):
            last = _swap(owner, leaf, value)
            if name in parameters_and_buffers:
                parameters_and_buffers[name] = last  # the forward may have put in another tensor


def functional_call(module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """module(*args, **kwargs) with tensors given by name in place of its own (deprecated: see
    torch.func.functional_call)."""
    warnings.warn(
        "This API is deprecated as of PyTorch 2.0 and will be removed in a future version of PyTorch. Please use "
        "torch.func.functional_call instead which is a "
        "drop-in replacement for "
        "this API.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)


def _functional_call(module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights=True, strict=False):
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _reparametrize_module(module, parameters_and_buffers, tie_weights=tie_weights, strict=strict):
        return module(*args, **(kwargs or {}))
