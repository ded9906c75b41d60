"""A change of a graph module as an object."""

import abc
from collections import namedtuple

__all__ = ["PassResult", "PassBase"]


class PassResult(namedtuple("PassResult", ["graph_module", "modified"])):
    """The module, and whether it was changed."""

    __slots__ = ()
    __module__ = "torch.fx.passes.infra.pass_base"


class PassBase(abc.ABC):
    """call(graph_module) makes the change; requires and ensures check before and after."""

    def __call__(self, graph_module):
        self.requires(graph_module)
        result = self.call(graph_module)
        self.ensures(graph_module)
        return result

    @abc.abstractmethod
    def call(self, graph_module):
        """Make the change: a PassResult, or None."""

    def requires(self, graph_module):
        """Check what must hold before."""
        return None

    def ensures(self, graph_module):
        """Check what must hold after."""
        return None
