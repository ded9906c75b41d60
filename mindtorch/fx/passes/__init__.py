"""torch.fx.passes: changes of graphs, and what is known about their steps."""

from . import (
    graph_drawer,
    graph_manipulation,
    operator_support,
    param_fetch,
    shape_prop,
    split_module,
    split_utils,
    tools_common,
)  # noqa: F401
