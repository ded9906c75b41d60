"""Training on inputs of several lengths: processes that are through take part until all are."""
import warnings

import mindtorch as torch

from .. import collectives
from .. import reducer as _reducer
from ..groups import group_of
from ..reduce_op import ReduceOp


class JoinHook:
    """What a process does that is through: main_hook() for every step of the others, post_hook() at the end."""

    def main_hook(self):
        """For every step that others make."""

    def post_hook(self, is_last_joiner):
        """When all are through."""


class Joinable:
    """What can be in a Join: join_hook(), join_device, join_process_group."""

    def join_hook(self, **kwargs):
        """The hook."""
        raise NotImplementedError("Joinable.join_hook")


class _Notes:
    """What a joinable knows of the Join that it is in."""

    def __init__(self, join, first):
        self.join, self.first, self.root = join, first, 0

    def notify(self, joinable):
        """Before a step: tells those that are through that there is one."""
        self.join.notify(joinable, self)


class Join:
    """with Join([model, optimizer]): processes may have inputs of several lengths."""

    def __init__(self, joinables, enable=True, throw_on_early_termination=False, **kwargs):
        if len(joinables) == 0:
            raise ValueError("The join context manager requires at least one joinable")
        self._joinables, self._enable, self._throw = joinables, enable, throw_on_early_termination
        self._hooks = [j.join_hook(**kwargs) for j in joinables]
        self.group, self._device = group_of(joinables[0].join_process_group), joinables[0].join_device
        for i, j in enumerate(joinables):
            j._join = _Notes(self, i == 0) if enable else None

    def __enter__(self):
        return self

    def _count(self, running):
        n = torch.tensor([int(running)], dtype=torch.int64)
        collectives.all_reduce(n, group=self.group)
        return int(n)

    def _someone_ends(self, ended):
        n = torch.tensor([int(ended)], dtype=torch.int64)
        collectives.all_reduce(n, group=self.group)
        return int(n)

    def notify(self, joinable, notes):
        """From a step of a joinable, once for all of them."""
        if not notes.first:
            return
        self.running = self._count(True)
        if self._throw and self._someone_ends(False):
            raise RuntimeError("Detected at least one rank that exhausted inputs. Throwing across all ranks.")

    def __exit__(self, kind, value, trace):
        for j in self._joinables:
            j._join = None
        if not self._enable or kind:
            return
        last, steps = True, 0
        while True:
            if self._count(False) == 0:
                break
            if self._throw:
                self._someone_ends(True)
                raise RuntimeError(f"Rank {self.group.rank()} exhausted all inputs.")
            last = False
            steps += 1
            if steps == 1001:
                warnings.warn("Detected uneven input skew of greater than 1000. This means that rank "
                              f"{self.group.rank()} has at least 1000 fewer inputs than other currently-active ranks.",
                              stacklevel=2)
            for hook in self._hooks:
                hook.main_hook()
        for hook in self._hooks:
            hook.post_hook(last)

    @staticmethod
    def notify_join_context(joinable):
        """From a step of a joinable of one's own; None."""
        notes = getattr(joinable, "_join", None)
        if notes is not None:
            notes.notify(joinable)


class DDPJoinHook(JoinHook):
    """Zeros for the gradients that the others reduce."""

    def __init__(self, ddp, divide_by_initial_world_size):
        self.ddp, self.by_initial = ddp, divide_by_initial_world_size
        if not divide_by_initial_world_size:
            raise NotImplementedError("DistributedDataParallel.join: divide_by_initial_world_size=False")

    def main_hook(self):
        """What forward and backward of another process call."""
        ddp = self.ddp
        if ddp.require_forward_param_sync and ddp.broadcast_buffers and ddp.training:
            ddp._sync_buffers()
        reducer = ddp.reducer
        if not ddp.require_backward_grad_sync:
            return
        reducer.used = set()
        with torch.no_grad():
            for bucket in reducer.buckets:
                bucket.own.zero_()
                bucket.flat = bucket.own
                bucket.make_views()
                if reducer.hook is not None:
                    state, hook = reducer.hook
                    bucket.result = hook(state, _reducer.GradBucket(bucket, len(reducer.buckets)))
                else:
                    bucket.result = collectives.all_reduce(bucket.flat, group=ddp.process_group, async_op=True)
            if reducer.find_unused:
                collectives.all_reduce(torch.zeros(len(reducer.parameters), dtype=torch.int32),
                                       group=ddp.process_group)
            for bucket in reducer.buckets:
                bucket.result.wait()
                bucket.result = None

    def post_hook(self, is_last_joiner):
        """All have the parameters of one that made the last step."""
        g = self.ddp.process_group
        rank = torch.tensor([g.rank() if is_last_joiner else -1], dtype=torch.int64)
        collectives.all_reduce(rank, ReduceOp.MAX, g)
        state = [t for t in self.ddp.module.state_dict(keep_vars=True).values() if isinstance(t, torch.Tensor)]
        _reducer.broadcast_coalesced(state, g, int(rank))
