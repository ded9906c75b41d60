"""Lists and dicts that stay as they were made: what a Node's arguments are kept in."""

from mindtorch.utils import _pytree

__all__ = ["immutable_list", "immutable_dict"]

_ADVICE = """\
object does not support mutation. If you are attempting to modify the kwargs or args of a torch.fx.Node object,
instead create a new copy of it and assign the copy to the node:

    new_args = ...  # copy and mutate args
    node.args = new_args"""


def _no_mutation(self, *args, **kwargs):
    raise TypeError(f"{type(self).__name__!r} {_ADVICE}")


def _frozen(kind, names):
    return {name: _no_mutation for name in names.split()}


_LIST = _frozen(list, "__delitem__ __iadd__ __imul__ __setitem__ append clear extend insert pop remove reverse sort")
_DICT = _frozen(dict, "__delitem__ __ior__ __setitem__ clear pop popitem setdefault update")


class immutable_list(list):
    """A list that raises TypeError when it would change; it hashes by what it holds."""

    __module__ = "torch.fx.immutable_collections"
    locals().update(_LIST)

    def __hash__(self):
        return hash(tuple(self))

    def __reduce__(self):
        return (type(self), (tuple(self),))


class immutable_dict(dict):
    """A dict that raises TypeError when it would change; it hashes by what it holds."""

    __module__ = "torch.fx.immutable_collections"
    locals().update(_DICT)

    def __hash__(self):
        return hash(frozenset(self.items()))

    def __reduce__(self):
        return (type(self), (tuple(self.items()),))


_pytree.register_pytree_node(
    immutable_list,
    lambda values: (list(values), None),
    lambda values, context: immutable_list(values),
    serialized_type_name="torch.fx.immutable_collections.immutable_list",
    flatten_with_keys_fn=lambda values: ([(_pytree.SequenceKey(i), v) for i, v in enumerate(values)], None),
)
_pytree.register_pytree_node(
    immutable_dict,
    lambda values: (list(values.values()), list(values)),
    lambda values, context: immutable_dict(zip(context, values)),
    serialized_type_name="torch.fx.immutable_collections.immutable_dict",
    flatten_with_keys_fn=lambda values: ([(_pytree.MappingKey(k), v) for k, v in values.items()], list(values)),
)
