"""Settings of all pipes that one is made of."""
from .dataset import IterDataPipe, MapDataPipe


def _pipes(pipe, seen):
    if id(pipe) in seen:
        return
    seen[id(pipe)] = pipe
    for value in vars(pipe).values():
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, (IterDataPipe, MapDataPipe)):
                _pipes(part, seen)


def get_all_graph_pipes(datapipe):
    """All pipes that a pipe draws from, itself included."""
    seen = {}
    _pipes(datapipe, seen)
    return list(seen.values())


def apply_shuffle_settings(datapipe, shuffle=None):
    """Switch every shuffler on or off; with None nothing changes."""
    if shuffle is not None:
        for pipe in get_all_graph_pipes(datapipe):
            if callable(getattr(pipe, "set_shuffle", None)):
                pipe.set_shuffle(shuffle)
    return datapipe


def apply_random_seed(datapipe, rng):
    """A seed from a generator for every pipe that takes one."""
    import mindtorch as torch

    for pipe in get_all_graph_pipes(datapipe):
        if callable(getattr(pipe, "set_seed", None)):
            pipe.set_seed(int(torch.empty((), dtype=torch.int64).random_(generator=rng).item()))
    return datapipe


apply_shuffle_seed = apply_random_seed


def apply_sharding(datapipe, num_of_instances, instance_id, sharding_group=1):
    """Tell every pipe that shards which of how many parts it gives. RuntimeError when two of them are behind one
    another."""
    import inspect

    def visit(pipe, before):
        applies = callable(getattr(pipe, "apply_sharding", None))
        if applies and before is not None:
            raise RuntimeError("Sharding twice on a single pipeline is likely unintended and will cause data loss. "
                               f"Sharding already applied to {before} while trying to apply to {pipe}")
        if applies:
            several = len(inspect.signature(pipe.apply_sharding).parameters) >= 3
            pipe.apply_sharding(num_of_instances, instance_id, *([sharding_group] if several else []))
        for value in vars(pipe).values():
            for part in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(part, (IterDataPipe, MapDataPipe)):
                    visit(part, pipe if applies else before)

    visit(datapipe, None)
    return datapipe
