"""embedding_bag: sums, means or maxima of rows of a weight, a bag at a time."""
from mindtorch._core.modes import no_grad
from mindtorch._core.size import whole
from mindtorch._core.codes import HALVES, INDICES, INT64, UP_TO_SINGLE

from ..table.checks import cpp_name, dense, known
from ..creation.factories import new
from ..table.registry import FUNCTIONS, NAMESPACES, composition, op, run


def _check(weight, input, offsets, mode, sample_weights):
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input._dtype_code not in INDICES:
        raise RuntimeError(
            f"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{cpp_name(input)}Tensor instead (while checking "
            "arguments for embedding_bag)"
        )
    if not weight.dtype.is_floating_point:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, "
            "Float, Double; but "
            f"got torch.{cpp_name(weight)}Tensor instead "
            "(while checking arguments for embedding_bag)"
        )
    if offsets._dtype_code not in INDICES:
        raise RuntimeError(
            "Expected tensor for argument #1 'offsets' to have one of the following scalar types: Long, Int; but got "
            f"torch.{cpp_name(offsets)}Tensor instead "
            "(while checking arguments for embedding_bag)"
        )
    if sample_weights is not None and sample_weights._dtype_code != weight._dtype_code:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            "'per_sample_weights'; but type "
            f"torch.{cpp_name(weight)}Tensor does not equal torch.{cpp_name(sample_weights)}Tensor (while checking "
            "arguments for embedding_bag)"
        )
    if sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on "
            "GitHub."
        )
    if offsets._numel and known(offsets):
        first, last = offsets[0].item(), offsets[-1].item()
        if first != 0:
            raise RuntimeError("offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
                               f"position 0. However, got {first}")
        if last > input._numel:
            raise RuntimeError(f"offsets[-1] can not be greater than input's length {input._numel} but got offsets[-1] "
                               f"of {last}")


@op(namespace="nn.functional", out=False, tensors=["input", "weight", "offsets", "per_sample_weights"])
def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean",
                  sparse=False, per_sample_weights=None, include_last_offset=False,
                  padding_idx=None):
    """Rows of weight summed, averaged or maximised over bags of indices: the rows of a matrix, or what begins at each
    offset. Empty bags give zeros."""
    if weight._dtype_code == INT64 and input.dtype.is_floating_point:
        input, weight = weight, input  # the order of arguments that was once allowed
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must "
                         f"have the same shape as the input ({input.shape})")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                "sequences. However, found offsets of type "
                f"{type(offsets)}"
            )
        offsets = (FUNCTIONS["arange"](0, input._numel, input.shape[1], device=input.device) if input._numel
                   else FUNCTIONS["zeros"](input.shape[0], device=input.device).long())
        include_last_offset = False
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    elif input.ndim == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.ndim != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if padding_idx is not None:
        padding_idx = whole(padding_idx, "embedding_bag", "padding_idx")
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    _check(weight, input, offsets, mode, per_sample_weights)
    if max_norm is not None:
        with no_grad():
            FUNCTIONS["embedding_renorm_"](weight.detach(), input, max_norm, norm_type)
    if padding_idx is not None and not -weight.shape[0] <= padding_idx < weight.shape[0]:
        raise RuntimeError("padding_idx must be within the number of embeddings")
    padding = -1 if padding_idx is None else padding_idx % weight.shape[0]
    input, offsets = input.long(), offsets.long()
    end = input._numel
    bags = offsets.shape[0]
    if include_last_offset:
        if not bags:
            raise RuntimeError("include_last_offset: number of offset should be at least 1")
        bags -= 1
        end = offsets[-1].item() if known(offsets) else end
        offsets = offsets[:-1]
    places = FUNCTIONS["arange"](input._numel, device=input.device)
    bag = FUNCTIONS["searchsorted"](offsets.contiguous(), places, right=True) - 1
    if not bags:
        return weight[:0].clone()
    if end < input._numel:
        input, bag = input[:end], bag[:end]
        per_sample_weights = None if per_sample_weights is None else per_sample_weights[:end]
    if end and known(input) and ((input < 0) | (input >= weight.shape[0])).any().item():
        at = int(((input < 0) | (input >= weight.shape[0])).long().argmax().item())
        raise RuntimeError(f"Index {at} of input takes value {input[at].item()} which is not in the valid range [0, "
                           f"{weight.shape[0]})")
    if mode == "max":
        return _maximum(weight, input, bag, bags, padding)
    rows = FUNCTIONS["embedding"](weight, input, padding, scale_grad_by_freq, sparse)
    if weight._dtype_code in HALVES:
        rows = rows.float()
    kept = (input != padding).to(rows.dtype)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    if padding >= 0:
        rows = rows * kept.unsqueeze(-1)
    out = FUNCTIONS["zeros"]((bags, weight.shape[1]), dtype=rows.dtype, device=weight.device).index_add(0, bag, rows)
    if mode == "mean":
        count = FUNCTIONS["zeros"]((bags,), dtype=out.dtype, device=weight.device).index_add(0, bag, kept.to(out.dtype))
        out = out.to(weight.dtype) / count.clamp_min(1).unsqueeze(-1).to(weight.dtype)
    return out.to(weight.dtype)


_MOST_COMPARED = 1 << 24


@composition("bag_max")
def _largest_on_device(tensors, scalars):
    """Each bag against all rows: for bags as models have them; larger ones go to the host."""
    chosen, weight, input, bag = tensors
    bags, rows = chosen.shape[0], input._numel
    if not rows or bags * rows * weight.shape[1] > _MOST_COMPARED:
        return NotImplemented
    inside = (bag == FUNCTIONS["arange"](bags, device=bag.device).unsqueeze(1)) & (input != scalars[0])
    scores = FUNCTIONS["embedding"](weight,
                                    input).unsqueeze(0).masked_fill(inside.logical_not().unsqueeze(-1), float("-inf"))
    run("copy", (chosen, input[scores.max(1)[1]].masked_fill(inside.any(1, keepdim=True).logical_not(), -1)))


def _maximum(weight, input, bag, bags, padding):
    chosen = new((bags, weight.shape[1]), 5, weight._device_code)
    run("bag_max", (chosen, dense(weight.detach()), dense(input), dense(bag)), (padding,))
    if not weight.shape[0]:
        return FUNCTIONS["zeros"]((bags, weight.shape[1]), dtype=weight.dtype, device=weight.device)
    return weight.gather(0, chosen.clamp_min(0)).masked_fill(chosen < 0, 0)


@op("embedding_bag", out=False, method=False, tensors=["weight", "indices", "offsets", "per_sample_weights"])
def _four(weight, indices, offsets, scale_grad_by_freq=False, mode=0, sparse=False, per_sample_weights=None,
          include_last_offset=False, padding_idx=None):
    """torch.embedding_bag: (bags, bag of each index, size of each bag, index of each maximum); mode 0 sums, 1 averages,
    2 takes maxima.
    What a mode does not need is empty or zero."""
    if mode not in (0, 1, 2):
        raise RuntimeError(f"embedding_bag: mode has to be 0, 1 or 2, got {mode}")
    out = NAMESPACES["nn.functional"]["embedding_bag"](indices, weight, offsets, None, 2, scale_grad_by_freq,
                                                       ("sum", "mean", "max")[mode], sparse, per_sample_weights,
        include_last_offset,
                                                       padding_idx)
    bags = offsets.shape[0] - bool(include_last_offset)
    places = FUNCTIONS["arange"](indices._numel, device=indices.device)
    bag = FUNCTIONS["searchsorted"](offsets[:bags].long().contiguous(), places, right=True) - 1
    none = FUNCTIONS["zeros"]((bags,), dtype=indices.dtype, device=indices.device)
    if mode == 0:
        fast = weight._dtype_code in UP_TO_SINGLE and padding_idx is None
        return out, (bag[:0] if fast else bag).to(indices.dtype), none, none.clone()
    padding = -1 if padding_idx is None else padding_idx % weight.shape[0]
    size = none.index_add(0, bag, (indices != padding).to(indices.dtype))
    if mode == 1:
        return out, bag.to(indices.dtype), size, size.clone()
    chosen = new((bags, weight.shape[1]), 5, weight._device_code)
    run("bag_max", (chosen, dense(weight.detach()), dense(indices.long()), dense(bag)), (padding,))
    return out, bag.to(indices.dtype), size, chosen.clamp_min(0).to(indices.dtype)
