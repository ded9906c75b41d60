"""Graph modules that compile their code when first called: here code is made at once."""

import contextlib

from .graph_module import GraphModule


class _LazyGraphModule(GraphModule):
    """A GraphModule; its code is there from the beginning."""

    @classmethod
    def from_graphmodule(cls, gm):
        """The module of this class."""
        return gm if isinstance(gm, _LazyGraphModule) else _LazyGraphModule(gm, gm.graph)

    @staticmethod
    def force_recompile(gm):
        """Nothing: the code is there."""

    def real_recompile(self):
        """Nothing: the code is there."""


def _make_graph_module(*args, graph_module_cls=None, **kwargs):
    return (graph_module_cls or GraphModule)(*args, **kwargs)


@contextlib.contextmanager
def _use_lazy_graph_module(should_use):
    yield


@contextlib.contextmanager
def _force_skip_lazy_graph_module():
    yield
