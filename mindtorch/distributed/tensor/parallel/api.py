"""parallelize_module: a plan of which module is split how."""
import fnmatch
import warnings

from .._api import _mesh
from .style import ParallelStyle


def _matching(module, pattern):
    """The submodules of a path whose parts may be patterns: [(path, module)]."""
    found = [("", module)]
    for part in pattern.split("."):
        found = [(f"{path}.{name}".lstrip("."), child) for path, parent in found
                 for name, child in parent.named_children() if fnmatch.fnmatch(name, part)]
    return found


def parallelize_module(module, device_mesh=None, parallelize_plan=None, *, src_data_rank=0):
    """Split a module's parameters over a mesh of one dimension, as a style says or a plan {path: style}, whose paths
    may have patterns ("layers.*.mlp"); "" is the module itself. Without a plan, or where a path names nothing, it
    warns. Returns the module. ValueError for a mesh of more dimensions, TypeError for what is no plan."""
    mesh = _mesh(device_mesh)
    if mesh.ndim != 1:
        raise ValueError(f"parallelize_module: a mesh of one dimension, but this has {mesh.ndim}: mesh[\"tp\"] is a "
                         "part of one")
    if parallelize_plan is None:
        warnings.warn("No parallelize_plan is provided and auto-parallel is not supported at the moment, so this "
                      "parallelize_module call will do nothing.", stacklevel=2)
        return module
    if isinstance(parallelize_plan, ParallelStyle):
        parallelize_plan.src_data_rank = src_data_rank
        return parallelize_plan._apply(module, mesh)
    if not isinstance(parallelize_plan, dict):
        raise TypeError("Expect Union[ParallelStyle, Dict[str, ParallelStyle]] for parallelize_plan, "
                        f"{type(parallelize_plan)} found!")
    for path, style in parallelize_plan.items():
        found = _matching(module, path) if path else [("", module)]
        if not found:
            warnings.warn(f"Parallelize plan key '{path}' could not be resolved: no submodule matching it in module "
                          f"{type(module).__name__}, skipping this plan entry.", stacklevel=2)
        for _, child in found:
            parallelize_module(child, mesh, style, src_data_rank=src_data_rank)
    return module
