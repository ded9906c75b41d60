"""Which steps a back end can do."""

import abc

from .tools_common import get_node_target

__all__ = ["OperatorSupportBase", "OperatorSupport", "create_op_support", "chain", "OpSupports", "any_chain"]


class OperatorSupportBase(abc.ABC):
    """is_node_supported(submodules, node)."""

    @abc.abstractmethod
    def is_node_supported(self, submodules, node):
        """Whether the back end can do this step."""


class OperatorSupport(OperatorSupportBase):
    """By a table: {target: None for any dtypes, or (dtypes of positional arguments, {keyword: dtypes})}."""

    _support_dict = {}

    def __init__(self, support_dict=None):
        self._support_dict = support_dict or self._support_dict

    def is_node_supported(self, submodules, node):
        """Whether the table has the step's target with the dtypes of its arguments."""
        if node.op not in ("call_module", "call_function", "call_method"):
            return True
        target = get_node_target(submodules, node)
        if target not in self._support_dict:
            return False
        allowed = self._support_dict[target]
        if allowed is None:
            return True
        positional, named = allowed
        for i, dtypes in enumerate(positional):
            if len(node.args) <= i:
                break
            if hasattr(node.args[i], "meta") and _get_arg_dtype(node.args[i]) not in dtypes:
                return False
        return all(
            not hasattr(node.kwargs.get(k), "meta") or _get_arg_dtype(node.kwargs[k]) in dtypes
            for k, dtypes in named.items()
        )


def _get_arg_dtype(arg):
    meta = arg.meta.get("tensor_meta")
    return meta.dtype if hasattr(meta, "dtype") else arg.meta.get("type")


class _ByFunction(OperatorSupportBase):
    def __init__(self, function):
        self.function = function

    def is_node_supported(self, submodules, node):
        return self.function(submodules, node)


def create_op_support(is_node_supported):
    """An OperatorSupportBase of a function."""
    return _ByFunction(is_node_supported)


def chain(*op_support):
    """Supported where all say so."""
    return create_op_support(lambda submodules, node: all(s.is_node_supported(submodules, node) for s in op_support))


def any_chain(*op_support):
    """Supported where one says so."""
    return create_op_support(lambda submodules, node: any(s.is_node_supported(submodules, node) for s in op_support))


class OpSupports:
    """Makers of common ones."""

    @classmethod
    def decline_if_input_dtype(cls, dtype):
        """Not where an argument has this dtype."""
        return create_op_support(
            lambda submodules, node: all(_get_arg_dtype(n) is not dtype for n in node.all_input_nodes)
        )

    @classmethod
    def decline_if_node_in_names(cls, disallow_set):
        """Not steps with these names."""
        return create_op_support(lambda submodules, node: node.name not in disallow_set)
