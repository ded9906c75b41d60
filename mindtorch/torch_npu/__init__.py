"""torch_npu: what scripts written for Ascend import beside torch. The npu is part of torch here, so that importing this
changes nothing."""
import math

import mindtorch as torch
from mindtorch import npu  # noqa: F401
from mindtorch.importer import TORCH_VERSION as __version__  # noqa: F401

_ND = 2  # the number of the format in which memory is in the order of its strides


def npu_format_cast(tensor, acl_format):
    """The tensor in another private format of CANN's: ND alone is supported, in which all tensors are.
    NotImplementedError for others."""
    if int(acl_format) != _ND:
        raise NotImplementedError(f"npu_format_cast: tensors are ND (2) here, format {acl_format} is not supported")
    return tensor


def get_npu_format(tensor):
    """2: ND, the format that tensors have here."""
    return _ND


def _blocked(mask, sparse_mode, queries, keys, device):
    """What a query does not see, as bools, or None. Modes 2 and 3 give one large triangle, of which each call has its
    part."""
    if sparse_mode in (0, 1):
        return None if mask is None else mask.bool()
    if sparse_mode in (2, 3):
        shift = keys - queries if sparse_mode == 3 else 0  # aligned at the bottom right, else at the top left
        return torch.ones(queries, keys, dtype=torch.bool, device=device).triu(1 + shift)
    raise NotImplementedError(f"npu_fusion_attention: sparse_mode {sparse_mode} is not supported; 0 to 3 are")


def _attention(q, k, v, blocked, bias, scale, p):
    mask = None if blocked is None else torch.zeros(blocked.shape, dtype=q.dtype,
                                                    device=q.device).masked_fill(blocked, -math.inf)
    if bias is not None:
        mask = bias if mask is None else mask + bias
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=p, scale=scale,
                                                            enable_gqa=q.shape[1] != k.shape[1])


_TO_HEADS = {  # by layout: to [batch, heads, length, width], and back
    "BNSD": (lambda t, n: t, lambda t: t),
    "BSND": (lambda t, n: t.transpose(1, 2), lambda t: t.transpose(1, 2)),
    "BSH": (lambda t, n: t.unflatten(2, (n, -1)).transpose(1, 2), lambda t: t.transpose(1, 2).flatten(2)),
    "SBH": (lambda t, n: t.unflatten(2, (n, -1)).permute(1, 2, 0, 3), lambda t: t.permute(2, 0, 1, 3).flatten(2)),
}


def npu_fusion_attention(query, key, value, head_num, input_layout, pse=None, padding_mask=None, atten_mask=None,
                         scale=1.0, keep_prob=1.0, pre_tockens=2147483647,
                         next_tockens=2147483647, inner_precise=0, prefix=None, actual_seq_qlen=None,
                         actual_seq_kvlen=None, sparse_mode=0, gen_mask_parallel=True, sync=False):
    """Attention of softmax(query key^T * scale + pse) value, masked where atten_mask is True, as
    scaled_dot_product_attention; a tuple of which the first is the result.

    The statistics beside it, which only CANN's own gradient wants, are None: autograd has its own. NotImplementedError
    for padding_mask, prefix and bands."""
    whole = 2147483647
    if padding_mask is not None or prefix is not None or sparse_mode == 0 and atten_mask is None and (
        pre_tockens < whole or next_tockens < whole):
        raise NotImplementedError("npu_fusion_attention: padding_mask, prefix and bands are not supported")
    if input_layout == "TND":
        parts, start_q, start_k = [], 0, 0
        if actual_seq_qlen is None or actual_seq_kvlen is None or pse is not None:
            raise NotImplementedError(
                "npu_fusion_attention: TND wants actual_seq_qlen and actual_seq_kvlen, and no pse")
        for end_q, end_k in zip(actual_seq_qlen, actual_seq_kvlen, strict=True):
            q, k, v = (t.transpose(0, 1)[None] for t in (query[start_q:end_q], key[start_k:end_k],
                                                         value[start_k:end_k]))
            blocked = _blocked(atten_mask, sparse_mode, q.shape[2], k.shape[2], q.device)
            parts.append(_attention(q, k, v, blocked, None, scale, 1 - keep_prob)[0].transpose(0, 1))
            start_q, start_k = end_q, end_k
        return torch.cat(parts), None, None, None, 0, 0, 0
    if input_layout not in _TO_HEADS:
        raise NotImplementedError(f"npu_fusion_attention: layout {input_layout} is not supported; "
                                  f"{', '.join(_TO_HEADS)} and TND are")
    to_heads, back = _TO_HEADS[input_layout]
    q = to_heads(query, head_num)
    heads = head_num if len(input_layout) == 4 else key.shape[2] // q.shape[3]
    k, v = to_heads(key, heads), to_heads(value, heads)
    out = _attention(q, k, v, _blocked(atten_mask, sparse_mode, q.shape[2], k.shape[2], q.device), pse, scale,
                     1 - keep_prob)
    return back(out), None, None, None, 0, 0, 0
