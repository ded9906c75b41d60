"""PowerSGD (Vogels, Karimireddy, Jaggi 2019): gradients of matrices as products of two thin ones, with what that leaves
out added to the next gradient."""
import mindtorch as torch

from ... import collectives
from ...groups import group_of
from . import default_hooks


class PowerSGDState:
    """What the hook keeps between steps."""

    def __init__(self, process_group, matrix_approximation_rank=1, start_powerSGD_iter=1000, min_compression_rate=2,
                 use_error_feedback=True, warm_start=True, orthogonalization_epsilon=0, random_seed=0,
                 compression_stats_logging_frequency=10000, batch_tensors_with_same_shape=False):
        if (use_error_feedback or warm_start) and start_powerSGD_iter <= 1:
            raise ValueError("Expect `start_powerSGD_iter` > 1 if `use_error_feedback` or `warm_start` is enabled, "
                             "because PowerSGD can only be applied after the first two iterations in DDP.")
        self.process_group, self.matrix_approximation_rank = process_group, matrix_approximation_rank
        self.start_powerSGD_iter, self.min_compression_rate = start_powerSGD_iter, min_compression_rate
        self.use_error_feedback, self.warm_start = use_error_feedback, warm_start
        self.orthogonalization_epsilon, self.random_seed = orthogonalization_epsilon, random_seed
        self.compression_stats_logging_frequency = compression_stats_logging_frequency
        self.batch_tensors_with_same_shape = batch_tensors_with_same_shape
        self.generator = torch.Generator().manual_seed(random_seed)
        self.error_dict, self.p_memory_dict, self.q_memory_dict = {}, {}, {}
        self.iter = 0

    def maybe_increase_iter(self, bucket):
        """Counts a step at its last bucket."""
        if bucket.is_last():
            self.iter += 1


def _orthogonal(m, epsilon):
    """The columns, orthogonal and of length 1."""
    for i in range(m.shape[1]):
        column = m[:, i: i + 1]
        column /= torch.norm(column) + epsilon
        if i + 1 < m.shape[1]:
            rest = m[:, i + 1:]
            rest -= torch.sum(column * rest, dim=0) * column


def powerSGD_hook(state, bucket):
    """A future of the approximated average."""
    g = group_of(state.process_group)
    if state.iter < state.start_powerSGD_iter:
        state.maybe_increase_iter(bucket)
        return default_hooks.allreduce_hook(g, bucket)
    buffer, index = bucket.buffer(), bucket.index()
    before = None
    if state.use_error_feedback:
        if index in state.error_dict:
            buffer.add_(state.error_dict[index])
        else:
            state.error_dict[index] = torch.zeros_like(buffer)
        before = buffer.clone()
    matrices, whole = [], []
    for t in bucket.gradients():
        m = t.view(t.shape[0], -1) if t.dim() else t.view(1, 1)
        rank = min(*m.shape, state.matrix_approximation_rank)
        small = sum(m.shape) * rank * state.min_compression_rate < m.numel()
        (matrices if small and t.dim() > 1 else whole).append((t, m, rank))
    if whole:
        flat = torch.cat([t.reshape(-1) for t, _, _ in whole]).div_(g.size())
        collectives.all_reduce(flat, group=g)
        at = 0
        for t, _, _ in whole:
            t.copy_(flat[at: at + t.numel()].view(t.shape))
            at += t.numel()
    if not (state.warm_start and index in state.q_memory_dict):
        state.q_memory_dict[index] = [
            torch.randn(m.shape[1], rank, generator=state.generator, dtype=torch.float32).to(m)
            for _, m, rank in matrices]
    qs = state.q_memory_dict[index]
    for q in qs:
        _orthogonal(q, state.orthogonalization_epsilon)
    ps = [m @ q for (_, m, _), q in zip(matrices, qs)]
    _average(ps, g)
    for p in ps:
        _orthogonal(p, state.orthogonalization_epsilon)
    for i, ((_, m, _), p) in enumerate(zip(matrices, ps)):
        qs[i] = m.t() @ p
    _average(qs, g)
    for (_, m, _), p, q in zip(matrices, ps, qs):
        m.copy_(p @ q.t())
    if before is not None:
        state.error_dict[index] = before - buffer
    if not state.warm_start:
        state.q_memory_dict.pop(index)
    state.maybe_increase_iter(bucket)
    future = torch.futures.Future()
    future.set_result(buffer)
    return future


def _average(tensors, g):
    if not tensors:
        return
    flat = torch.cat([t.reshape(-1) for t in tensors]).div_(g.size())
    collectives.all_reduce(flat, group=g)
    at = 0
    for t in tensors:
        t.copy_(flat[at: at + t.numel()].view(t.shape))
        at += t.numel()


def batched_powerSGD_hook(state, bucket):
    """Not supported."""
    raise NotImplementedError("batched_powerSGD_hook; powerSGD_hook works parameter by parameter")
