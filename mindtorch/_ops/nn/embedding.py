"""Embeddings: rows of a weight by numbers, and what comes back to them."""
import mindtorch._C as _C

from ..creation.factories import like
from ..shape.mutation import copied
from ..table.registry import With, kernel_rows, op, public, run, tried
from ..shape.indexing import ADD, _INDEX_CODES, _combine, index_select, offsets, zeros

kernel_rows(embedding="aclnnEmbedding T1 T2 T0",
            embedding_dense_backward="aclnnEmbeddingDenseBackward T1 T2 i0 i1 =0 T0")


def _check_embedding(weight, indices):
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    if indices._dtype_code not in _INDEX_CODES:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {indices.type()} instead (while checking arguments for embedding)"
        )


@op("embedding", method=False, out=False, tensors=["weight", "indices"], grad={
    "weight": lambda g, indices, rows, padding_idx, scale_grad_by_freq,
    sparse: _embedding_gradient(g, indices, rows, padding_idx, scale_grad_by_freq, sparse)})
def embedding(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    """Rows of weight at indices; with sparse=True the gradient of weight is a sparse tensor. IndexError out of
    range."""
    _check_embedding(weight, indices)
    rows, width = weight.shape
    device = weight._device_code
    if device > 0 and weight._remote:
        out = like(weight, (*indices.shape, width))
        if tried("embedding", (out, weight, indices)):
            return With(out, rows=rows)
    at = offsets((indices,), (0,), (rows,), (weight._strides[0],), indices.shape, device, wrap=False, error=1)
    out = like(weight, (*indices.shape, width))
    run("take_rows", (_C.strided(out, (indices._numel, width), (width, 1), 0, -1), weight, at), (0, (0,)))
    return With(out, rows=rows)


def _embedding_gradient(g, indices, rows, padding_idx, scale_grad_by_freq, sparse):
    if sparse:
        if scale_grad_by_freq:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        at, values = indices.reshape(-1).long(), g.reshape(-1, g.shape[-1])
        if padding_idx >= 0:
            kept = at != padding_idx
            at, values = at[kept], values[kept]
        return public.sparse_coo_tensor(at.unsqueeze(0), values, (rows, g.shape[-1]), check_invariants=False)
    return embedding_dense_backward(g, indices, rows, padding_idx, scale_grad_by_freq)


@op("embedding_dense_backward", method=False, function=False, out=False, grad={
    "grad": lambda g, indices, padding_idx,
    scale_grad_by_freq: _embedding_double(g, indices, padding_idx, scale_grad_by_freq)})
def embedding_dense_backward(grad, indices, num_weights, padding_idx=-1, scale_grad_by_freq=False):
    """Gradient of embedding's weight: rows of grad added up at their indices, in the order of the indices."""
    width = grad.shape[-1]
    if scale_grad_by_freq:
        grad = grad * frequencies(grad, indices, num_weights)
    device = grad._device_code
    if device > 0 and grad._remote:
        out = like(grad, (num_weights, width))
        if tried("embedding_dense_backward", (out, grad, indices), (num_weights, padding_idx)):
            return out
    out = zeros(grad, (num_weights, width))
    flat = grad if grad._contiguous else copied(grad)
    at = offsets((indices,), (0,), (num_weights,), (width,), indices.shape, device, wrap=False, error=1,
                 padding=padding_idx if padding_idx >= 0 else None)
    rows = _C.strided(flat, (indices._numel, width), (width, 1), flat._offset, -1)
    run("put_rows", (out, rows, at), (0, (0,), ADD))
    return out


def frequencies(grad, indices, rows):
    """One over how often each index occurs, shaped to scale rows."""
    flat = _C.detach(indices).reshape(-1)
    one = like(grad, flat.shape)
    run("fill", (one,), (1,))
    count = zeros(grad, (rows,))
    _combine(count, 0, flat, one, ADD)
    return (1 / index_select(count, 0, flat)).reshape(*indices.shape, 1)


def _embedding_double(g, indices, padding_idx, scale_grad_by_freq):
    found = embedding(g, indices)
    if scale_grad_by_freq:
        found = found * frequencies(found, indices, g.shape[0])
    return found.masked_fill((indices == padding_idx).unsqueeze(-1), 0) if padding_idx >= 0 else found
