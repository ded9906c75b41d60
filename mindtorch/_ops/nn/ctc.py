"""Connectionist temporal classification."""
import math

import mindtorch._C as _C
from mindtorch._core import dtypes
from mindtorch._core.size import wholes
from mindtorch._core.codes import BOOL

from ..table.checks import dense, need_float, need_tensors
from ..creation.factories import like, new
from .loss_reduction import functional, numbered, reduced, reduction_of
from ..table.registry import FUNCTIONS, With, op, run


def _lengths(v, name):
    """Lengths as a tensor or as a list of ints, as int64."""
    if hasattr(v, "_dtype_code"):
        if v.dtype.is_floating_point or v.dtype.is_complex or v._dtype_code == BOOL:
            raise RuntimeError(f"{name} must be integral")
        return v.long().contiguous().reshape(-1)
    return FUNCTIONS["tensor"](wholes(v, "ctc_loss", name), dtype=dtypes.int64).reshape(-1)


@op("_ctc_loss", method=False, out=False, node="CtcLossBackward0",
    grad={"log_probs": lambda g, slope: slope * g.unsqueeze(-1).unsqueeze(0)})
def _ctc(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity, wants):
    loss = new((log_probs.shape[1],), log_probs._dtype_code, log_probs._device_code)
    slope = like(log_probs) if wants else None
    run("ctc", (loss, slope, dense(log_probs), targets, input_lengths, target_lengths), (blank, bool(zero_infinity)))
    return With(loss, slope=slope)


def _check_alignments(log_probs, targets, lengths, sizes, blank):
    """RuntimeError unless log-probabilities, targets and their lengths go together."""
    where = "(while checking arguments for ctc_loss_allocate_outputs)"
    if not log_probs._numel:
        raise RuntimeError("log_probs tensor must not be empty")
    if log_probs.ndim != 3:
        raise RuntimeError(f"Expected 3-dimensional tensor, but got {log_probs.ndim}-dimensional tensor for argument "
                           f"#1 'log_probs' {where}")
    if targets.ndim not in (1, 2):
        raise RuntimeError(f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument #2 "
                           f"'targets' {where}")
    steps, batch, labels = log_probs.shape
    if not 0 <= blank < labels:
        raise RuntimeError("blank must be in label range")
    for name, given in (("input_lengths", lengths), ("target_lengths", sizes)):
        if len(given) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    for name, given in (("target_lengths", sizes), ("input_lengths", lengths)):
        if (least := min(given)) < 0:
            raise RuntimeError(f"Expected {name} to have value at least 0, but got value {least} {where}")
    longest = max(sizes) if targets.ndim == 2 else 0
    count = batch if targets.ndim == 2 else sum(sizes)
    if targets.shape[0] != count:
        raise RuntimeError(f"Expected tensor to have size {count} at dimension 0, but got size {targets.shape[0]} for "
                           f"argument #2 'targets' {where}")
    if targets.ndim == 2 and targets.shape[1] < longest:
        raise RuntimeError(f"Expected tensor to have size at least {longest} at dimension 1, but got size "
                           f"{targets.shape[1]} for argument #2 'targets' {where}")
    if (most := max(lengths)) > steps:
        raise RuntimeError(f"Expected input_lengths to have value at most {steps}, but got value {most} {where}")


@functional("ctc_loss", ["log_probs", "targets", "input_lengths", "target_lengths"])
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Connectionist temporal classification of log-probabilities (T, N, C) or (T, C); "mean" divides by the target
    lengths first."""
    reduction = reduction_of(None, None, reduction)
    need_tensors("ctc_loss", targets=targets)
    lengths, sizes = _lengths(input_lengths, "input_lengths"), _lengths(target_lengths, "target_lengths")
    single = log_probs.ndim == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.reshape(1, -1) if targets.ndim == 1 else targets
    _check_alignments(log_probs, targets, lengths.tolist(), sizes.tolist(), blank)
    need_float(log_probs, "ctc_loss_cpu")
    lengths, sizes = (t.to(log_probs.device) for t in (lengths, sizes))  # they may come from the CPU
    loss = _ctc(log_probs, targets.long().contiguous(), lengths, sizes, blank, zero_infinity,
                log_probs.requires_grad and _C.is_grad_enabled())
    if zero_infinity:
        loss = loss.masked_fill(loss.detach() == math.inf, 0.0)
    if reduction == "mean":
        return (loss / sizes.clamp(min=1).to(loss.dtype)).mean()
    loss = reduced(loss, reduction)
    return loss.squeeze(0) if single and reduction == "none" else loss


numbered("log_probs, targets, input_lengths, target_lengths, blank=0, reduction=1, zero_infinity=False", "ctc_loss",
         "log_probs, targets, input_lengths, target_lengths, blank, zero_infinity=zero_infinity")
