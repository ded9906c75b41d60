"""Selective checkpoints: a policy says which operators' results are kept for the recomputation."""
import enum
import threading

import mindtorch as torch
import mindtorch._C as _C
from mindtorch._core import overrides
from mindtorch._ops.table.aten import OpOverloadPacket
from mindtorch._ops.table.registry import TABLE, With
from mindtorch.autograd._mutation import inside


class CheckpointPolicy(enum.Enum):
    """What a selective checkpoint does with an operator's result."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4
    PREFER_CPU_OFFLOAD = 5


class SelectiveCheckpointContext:
    """Tells a policy whether it is asked during the recomputation."""

    def __init__(self, *, is_recompute):
        self.is_recompute = is_recompute


# aten's operator for kernels that have another name here
_ATEN = {
    "_matmul_nd": lambda args: "mm" if args[1].ndim == 2 else "bmm",
    "linear": lambda args: "mm" if args[2] is None else "addmm",
    "_convolve": lambda args: "convolution",
    "_fused_attention": lambda args: "_scaled_dot_product_flash_attention_for_cpu",
    "_dropout": lambda args: "native_dropout",
    "layer_norm": lambda args: "native_layer_norm",
    "true_divide": lambda args: "div",
}
_packets = {}


def operator_of(func, args):
    """The overload of torch.ops.aten that a call amounts to."""
    name = _ATEN[func.__name__](args) if func.__name__ in _ATEN else func.__name__
    packet = getattr(torch.ops.aten, name, None) or _packets.setdefault(name, OpOverloadPacket("aten", name, func))
    if name in ("add", "sub", "mul", "div"):
        return packet.Tensor if len(args) > 1 and isinstance(args[1], torch.Tensor) else packet.Scalar
    return packet.default


class _Selective:
    """A run of the function: asks the policy of each operator, and keeps results or gives them back."""

    _canonical = True

    def __init__(self, policy, kept, recompute, mutable):
        self.policy, self.kept, self.recompute, self.mutable = policy, kept, recompute, mutable

    def __enter__(self):
        self.thread = threading.get_ident()
        overrides.enter(self)
        return self

    def __exit__(self, *exc):
        overrides.leave(self)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, scope = kwargs or {}, getattr(func, "__globals__", {})
        if "_rule" not in scope:
            if func in _POINTWISE:
                self.asked(func, args, kwargs)  # such a result costs less to compute than to keep
            return inside(self, func, args, kwargs)
        if not self.asked(func, args, kwargs):
            return func(*args, **kwargs)
        original, me = scope["_forward"], self.thread

        def once(*a, **k):
            if threading.get_ident() != me:
                return original(*a, **k)
            scope["_forward"] = original
            return self.given_back(func) if self.recompute else self.remembered(func, original(*a, **k))

        scope["_forward"] = once
        try:
            return func(*args, **kwargs)
        finally:
            scope["_forward"] = original

    def asked(self, func, args, kwargs):
        """Whether the policy wants the result kept."""
        answer = self.policy(SelectiveCheckpointContext(is_recompute=self.recompute), operator_of(func, args), *args,
                             **kwargs)
        if isinstance(answer, bool):
            return answer
        return answer not in (CheckpointPolicy.MUST_RECOMPUTE, CheckpointPolicy.PREFER_RECOMPUTE)

    def remembered(self, func, result):
        versions = []
        self.kept.setdefault(func, []).append((_aliases(result, versions), versions))
        return result

    def given_back(self, func):
        if not self.kept.get(func):
            raise RuntimeError(
                f"{func.__name__} encountered during backward, but not found in storage: trying to backward an extra "
                "time through a selective checkpoint, or the function "
                "did something else this time"
            )
        result, versions = self.kept[func].pop(0)
        if not self.mutable and any(t._version != v for t, v in versions):
            raise RuntimeError("Tensor cached during selective activation checkpoint has been mutated. If you are sure "
                               "that this is fine, pass allow_cache_entry_mutation=True")
        return _aliases(result, [])


_POINTWISE = {row.function for row in TABLE.values() if row.kind == "pointwise"}


def _aliases(value, versions):
    """The same values in tensors without history."""
    if isinstance(value, With):
        return With(_aliases(value.result, versions), **{k: _aliases(v, versions) for k, v in value.extra.items()})
    if isinstance(value, torch.Tensor):
        made = _C.detach(value)
        versions.append((made, made._version))
        return made
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        parts = [_aliases(v, versions) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def create_selective_checkpoint_contexts(policy_fn_or_list, allow_cache_entry_mutation=False):
    """Two contexts for checkpoint's context_fn. policy(context, operator, *args, **kwargs) gives a CheckpointPolicy (or
    whether to keep) for each operator, named as in
    torch.ops.aten; a list names the operators whose results are kept. Element-wise results are computed again whatever
    the policy says: they have the same values.
    TypeError for another policy."""
    if isinstance(policy_fn_or_list, list):
        for op in policy_fn_or_list:
            if isinstance(op, OpOverloadPacket) or not hasattr(op, "overloadpacket"):
                raise ValueError(f"Unexpected op in `create_selective_checkpoint_contexts`: {op} of type {type(op)}: "
                                 "expected an overload such as torch.ops.aten.mm.default")
        chosen = list(policy_fn_or_list)

        def policy(context, op, *args, **kwargs):
            return CheckpointPolicy.MUST_SAVE if op in chosen else CheckpointPolicy.PREFER_RECOMPUTE
    elif callable(policy_fn_or_list):
        policy = policy_fn_or_list
    else:
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    kept = {}
    return _Selective(policy, kept, False,
                      allow_cache_entry_mutation), _Selective(policy, kept, True, allow_cache_entry_mutation)
