"""load, under the name of its file."""
from .default_planner import DefaultLoadPlanner
from .filesystem import FileSystemReader
from .state_dict_saver import load, load_state_dict

__all__ = ["load", "load_state_dict"]


def _load_state_dict(state_dict, storage_reader=None, process_group=None, coordinator_rank=0, no_dist=False,
                     planner=None):
    """load, as programs reach it."""
    if coordinator_rank:
        raise NotImplementedError("_load_state_dict: coordinator_rank")
    if type(planner).__name__ == "_EmptyStateDictLoadPlanner":
        reader = storage_reader if isinstance(storage_reader, FileSystemReader) else None
        if reader is None:
            raise NotImplementedError("a storage_reader of another class than FileSystemReader")
        from .format_utils import whole_state

        state_dict.update(whole_state(reader))
        return
    load(state_dict, storage_reader=storage_reader, process_group=process_group, no_dist=no_dist,
         planner=planner or DefaultLoadPlanner())
