"""An optimizer of which every rank has the state of some parameters only, and gives the others what they became."""
import mindtorch as torch
from mindtorch.optim import Optimizer

from .. import collectives
from ..algorithms.join import Joinable, JoinHook
from ..groups import get_global_rank, group_of
from ..objects import all_gather_object

__all__ = ["ZeroRedundancyOptimizer"]


class _Shadow(JoinHook):
    """Steps along, so that others get this rank's parameters."""

    def __init__(self, zero):
        self.zero = zero

    def main_hook(self):
        """A step."""
        self.zero.step()


class ZeroRedundancyOptimizer(Optimizer, Joinable):
    """optimizer_class over the parameters of a model that all ranks have whole, as in DistributedDataParallel:
    each parameter is updated by one rank, the one with the fewest numbers so far, which then broadcasts it.
    NotImplementedError for overlap_with_ddp."""

    def __init__(self, params, optimizer_class, process_group=None, parameters_as_bucket_view=False,
                 overlap_with_ddp=False, **defaults):
        if overlap_with_ddp:
            raise NotImplementedError("ZeroRedundancyOptimizer: overlap_with_ddp")
        if parameters_as_bucket_view:
            raise NotImplementedError("ZeroRedundancyOptimizer: parameters_as_bucket_view")
        self.process_group = group_of(process_group)
        self.rank, self.world_size = self.process_group.rank(), self.process_group.size()
        self._optimizer_class, self.optim, self._owner, self._everything = optimizer_class, None, {}, None
        self._loads = [0] * self.world_size
        self._defaults = defaults
        Optimizer.__init__(self, params, defaults)
        Joinable.__init__(self)
        for group in self.param_groups:
            self._share_out(group)
        self.optim = optimizer_class([self._mine(g) for g in self.param_groups], **defaults)
        for ours, local in zip(self.param_groups, self.optim.param_groups):
            for key, value in local.items():
                ours.setdefault(key, value)
        self.defaults = {**self.optim.defaults, **self.defaults}

    def _share_out(self, group):
        for p in sorted(group["params"], key=lambda p: -p.numel()):
            rank = min(range(self.world_size), key=self._loads.__getitem__)
            self._owner[p] = rank
            self._loads[rank] += p.numel()

    def _mine(self, group):
        return {**{k: v for k, v in group.items() if k not in ("params", "param_names")},
                "params": [p for p in group["params"] if self._owner[p] == self.rank]}

    def add_param_group(self, param_group):
        """Add a group, and share its parameters out."""
        super().add_param_group(param_group)
        if self.optim is not None:
            group = self.param_groups[-1]
            self._share_out(group)
            self.optim.add_param_group(self._mine(group))
            for key, value in self.optim.param_groups[-1].items():
                group.setdefault(key, value)

    def _tell(self, source, target):
        for ours, theirs in zip(source, target):
            for key, value in ours.items():
                if key not in ("params", "param_names"):
                    theirs[key] = value

    def step(self, closure=None, **kwargs):
        """The own parameters' step, and everybody's parameters; closure's loss."""
        from ..algorithms.join import Join

        Join.notify_join_context(self)
        self._tell(self.param_groups, self.optim.param_groups)
        loss = self.optim.step(closure, **kwargs) if closure is not None else self.optim.step(**kwargs)
        self._tell(self.optim.param_groups, self.param_groups)
        works = []
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    works.append(collectives.broadcast(p.detach(), group=self.process_group,
                                                       group_src=self._owner[p], async_op=True))
        for work in works:
            work.wait()
        return loss

    def join_hook(self, **kwargs):
        """What a rank without inputs does meanwhile."""
        if kwargs:
            raise TypeError(f"ZeroRedundancyOptimizer.join_hook takes no arguments, but got {sorted(kwargs)}")
        return _Shadow(self)

    @property
    def join_device(self):
        """The device of the parameters."""
        return self.param_groups[0]["params"][0].device

    @property
    def join_process_group(self):
        """The group."""
        return self.process_group

    def _numbers(self):
        every = [p for g in self.param_groups for p in g["params"]]
        return {p: i for i, p in enumerate(every)}

    def consolidate_state_dict(self, to=0):
        """Bring the state of all ranks to one, whose state_dict() has it then. All ranks call it."""
        number = self._numbers()
        own = {number[p]: {k: v.detach().cpu() if isinstance(v, torch.Tensor) else v for k, v in s.items()}
               for p, s in self.optim.state.items()}
        found = [None] * self.world_size
        all_gather_object(found, own, group=self.process_group)
        mine = get_global_rank(self.process_group, self.rank) == to
        self._everything = {i: s for part in found for i, s in part.items()} if mine else None

    def state_dict(self):
        """The state of all parameters; RuntimeError on a rank that consolidate_state_dict did not bring it to."""
        if self._everything is None:
            raise RuntimeError("Optimizer state has not been consolidated on this rank. Please call "
                               f"`consolidate_state_dict(to={get_global_rank(self.process_group, self.rank)})` on all "
                               "ranks beforehand if you meant to save the global state.")
        self._tell(self.optim.param_groups, self.param_groups)
        number = self._numbers()
        return {"state": dict(sorted(self._everything.items())),
                "param_groups": [{**{k: v for k, v in g.items() if k != "params"},
                                  "params": [number[p] for p in g["params"]]} for g in self.param_groups]}

    def load_state_dict(self, state_dict):
        """Take over what state_dict gave; every rank keeps what is its own."""
        number, own, local, at = self._numbers(), {}, [], 0
        for group, saved in zip(self.param_groups, state_dict["param_groups"], strict=True):
            mine = [p for p in group["params"] if self._owner[p] == self.rank]
            for i, p in enumerate(mine):
                if number[p] in state_dict["state"]:
                    own[at + i] = state_dict["state"][number[p]]
            local.append({**{k: v for k, v in saved.items() if k not in ("params", "param_names")},
                          "params": list(range(at, at + len(mine)))})
            at += len(mine)
        self.optim.load_state_dict({"state": own, "param_groups": local})
        self._tell(self.optim.param_groups, self.param_groups)
        self._everything = None


ZeroRedundancyOptimizer.__module__ = "torch.distributed.optim.zero_redundancy_optimizer"
