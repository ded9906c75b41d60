"""How save and load go about it: there is one way, these classes say a few things about it."""


class DefaultSavePlanner:
    """The way that save goes: nested dicts and lists by their paths, what several ranks have from the lowest one."""

    __module__ = "torch.distributed.checkpoint"

    def __init__(self, flatten_state_dict=True, flatten_sharded_tensors=True, dedup_replicated_tensors=None,
                 dedup_save_to_lowest_rank=True, enable_plan_caching=False):
        if not flatten_state_dict or not dedup_save_to_lowest_rank or enable_plan_caching:
            raise NotImplementedError("DefaultSavePlanner: nested names, other ranks, cached plans")
        self.flatten_state_dict, self.flatten_sharded_tensors = flatten_state_dict, flatten_sharded_tensors


class DefaultLoadPlanner:
    """The way that load goes; with allow_partial_load what the checkpoint lacks stays as it is."""

    __module__ = "torch.distributed.checkpoint"

    def __init__(self, flatten_state_dict=True, flatten_sharded_tensors=True, allow_partial_load=False):
        if not flatten_state_dict:
            raise NotImplementedError("DefaultLoadPlanner: nested names")
        self.flatten_state_dict, self.flatten_sharded_tensors = flatten_state_dict, flatten_sharded_tensors
        self.allow_partial_load = allow_partial_load


def checked(planner, kind):
    """A planner; NotImplementedError for one of another making."""
    if planner is not None and type(planner) is not kind:
        raise NotImplementedError(f"a planner of another class than {kind.__name__}")
    return planner or kind()
