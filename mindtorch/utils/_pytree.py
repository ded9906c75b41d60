"""Nested containers as a list of leaves and a description of their shape."""
import dataclasses
import functools
import importlib
from collections import OrderedDict, defaultdict, deque, namedtuple
from typing import Any, NamedTuple

__all__ = ["PyTree", "Context", "FlattenFunc", "UnflattenFunc", "DumpableContext", "ToDumpableContextFn",
           "FromDumpableContextFn", "TreeSpec", "LeafSpec", "keystr", "key_get",
           "register_pytree_node", "tree_is_leaf", "tree_flatten", "tree_flatten_with_path", "tree_unflatten",
           "tree_iter", "tree_leaves", "tree_leaves_with_path",
               "tree_structure", "tree_map",
           "tree_map_with_path", "tree_map_", "tree_map_only", "tree_map_only_", "tree_all", "tree_any",
           "tree_all_only", "tree_any_only", "treespec_dumps", "treespec_loads",
               "treespec_pprint",
           "is_namedtuple", "is_namedtuple_class", "register_dataclass", "register_constant"]

PyTree = Context = DumpableContext = Any
FlattenFunc = UnflattenFunc = ToDumpableContextFn = FromDumpableContextFn = Any
_PROTOCOL = 1


class NodeDef(NamedTuple):
    """How a container type is taken apart and put together."""

    type: type
    flatten_fn: Any
    unflatten_fn: Any
    flatten_with_keys_fn: Any = None


class _Dump(NamedTuple):
    """How a container type is written as JSON."""

    name: str
    to_dumpable: Any
    from_dumpable: Any


SUPPORTED_NODES = {}
SUPPORTED_SERIALIZED_TYPES = {}
SERIALIZED_TYPE_TO_PYTHON_TYPE = {}
CONSTANT_NODES = set()
BUILTIN_TYPES = frozenset((tuple, list, dict, namedtuple, OrderedDict, defaultdict, deque))


@dataclasses.dataclass(frozen=True)
class SequenceKey:
    """A place in a sequence."""

    idx: int

    def __str__(self):
        return f"[{self.idx!r}]"

    def get(self, sequence):
        return sequence[self.idx]


@dataclasses.dataclass(frozen=True)
class MappingKey:
    """A key of a mapping."""

    key: Any

    def __str__(self):
        return f"[{self.key!r}]"

    def get(self, mapping):
        return mapping[self.key]


@dataclasses.dataclass(frozen=True)
class GetAttrKey:
    """An attribute."""

    name: str

    def __str__(self):
        return f".{self.name}"

    def get(self, obj):
        return getattr(obj, self.name)


def keystr(kp):
    """A path as it would be written in Python."""
    return "".join(map(str, kp))


def key_get(obj, kp):
    """What lies at the end of a path."""
    return functools.reduce(lambda o, k: k.get(o), kp, obj)


def register_pytree_node(cls, flatten_fn, unflatten_fn, *, serialized_type_name=None, to_dumpable_context=None,
                         from_dumpable_context=None, flatten_with_keys_fn=None):
    """Make `cls` a container: flatten_fn(x) -> (children, context), unflatten_fn(children, context) -> x. ValueError
    when it is one."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    _enter(cls, flatten_fn, unflatten_fn, serialized_type_name, to_dumpable_context, from_dumpable_context,
           flatten_with_keys_fn)


def _register_pytree_node(cls, flatten_fn, unflatten_fn, to_str_fn=None, maybe_from_str_fn=None, *,
                          serialized_type_name=None, to_dumpable_context=None, from_dumpable_context=None,
                          flatten_with_keys_fn=None):
    """The older name of register_pytree_node."""
    import warnings

    warnings.warn("`torch.utils._pytree._register_pytree_node` is deprecated. Please use "
                  "`torch.utils._pytree.register_pytree_node` instead.", FutureWarning, stacklevel=2)
    if to_str_fn is not None or maybe_from_str_fn is not None:
        warnings.warn("`to_str_fn` and `maybe_from_str_fn` is deprecated. Please use `to_dumpable_context` and "
                      "`from_dumpable_context` instead.", FutureWarning, stacklevel=2)
    _enter(cls, flatten_fn, unflatten_fn, serialized_type_name, to_dumpable_context, from_dumpable_context,
           flatten_with_keys_fn)


_private_register_pytree_node = _register_pytree_node


def _enter(cls, flatten_fn, unflatten_fn, name=None, to_dumpable=None, from_dumpable=None, with_keys=None):
    if (to_dumpable is None) != (from_dumpable is None):
        raise ValueError(f"Both to_dumpable_context and from_dumpable_context for {cls} must be None or registered.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, with_keys)
    if name is not None:
        SERIALIZED_TYPE_TO_PYTHON_TYPE[name] = cls
    SUPPORTED_SERIALIZED_TYPES[cls] = _Dump(name, to_dumpable, from_dumpable)


def register_dataclass(cls, *, field_names=None, drop_field_names=None, serialized_type_name=None):
    """Make a dataclass a container of its init fields."""
    names = (list(field_names) if field_names is not None
             else [f.name for f in dataclasses.fields(cls) if f.init and f.name not in (drop_field_names or ())])

    def flatten(obj):
        present = [n for n in names if getattr(obj, n, None) is not None]
        absent = [n for n in names if n not in present]
        return [getattr(obj, n) for n in present], [present, absent]

    def unflatten(values, context):
        return cls(**dict(zip(context[0], values)), **dict.fromkeys(context[1]))

    def with_keys(obj):
        values, context = flatten(obj)
        return [(GetAttrKey(n), v) for n, v in zip(context[0], values)], context

    register_pytree_node(cls, flatten, unflatten, serialized_type_name=serialized_type_name,
                         flatten_with_keys_fn=with_keys)


class ConstantNode(NamedTuple):
    """The context of a constant: its value."""

    value: Any


def register_constant(cls):
    """Make instances of `cls` containers without leaves, equal when they compare equal."""
    if cls.__eq__ is object.__eq__:
        raise TypeError("register_constant(cls) expects `cls` to have a non-default `__eq__` implementation.")
    if cls.__hash__ is None:
        raise TypeError("register_constant(cls) expects `cls` to have a non-default `__hash__` implementation.")
    register_pytree_node(cls, lambda x: ([], ConstantNode(x)), lambda _, context: context.value,
                         flatten_with_keys_fn=lambda x: ([], ConstantNode(x)))
    CONSTANT_NODES.add(cls)


def is_constant_class(cls):
    return isinstance(cls, type) and cls in CONSTANT_NODES


def _is_constant_holder(spec):
    return isinstance(spec.context, ConstantNode)


# ---- the containers that everybody has ----
def _tuple_flatten(d):
    return list(d), None


def _tuple_unflatten(values, context):
    return tuple(values)


def _list_flatten(d):
    return d, None


def _list_unflatten(values, context):
    return list(values)


def _sequence_with_keys(d):
    return [(SequenceKey(i), v) for i, v in enumerate(d)], None


_tuple_flatten_with_keys = _list_flatten_with_keys = _sequence_with_keys


def _dict_flatten(d):
    return list(d.values()), list(d.keys())


def _dict_unflatten(values, context):
    return dict(zip(context, values))


def _dict_flatten_with_keys(d):
    return [(MappingKey(k), v) for k, v in d.items()], list(d.keys())


def _namedtuple_flatten(d):
    return list(d), type(d)


def _namedtuple_unflatten(values, context):
    return context(*values)


def _namedtuple_flatten_with_keys(d):
    return [(GetAttrKey(n), v) for n, v in zip(d._fields, d)], type(d)


def _ordereddict_flatten(d):
    return list(d.values()), list(d.keys())


def _ordereddict_unflatten(values, context):
    return OrderedDict(zip(context, values))


def _defaultdict_flatten(d):
    return list(d.values()), [d.default_factory, list(d.keys())]


def _defaultdict_unflatten(values, context):
    return defaultdict(context[0], zip(context[1], values))


def _defaultdict_flatten_with_keys(d):
    return [(MappingKey(k), v) for k, v in d.items()], [d.default_factory, list(d.keys())]


def _deque_flatten(d):
    return list(d), d.maxlen


def _deque_unflatten(values, context):
    return deque(values, maxlen=context)


def _deque_flatten_with_keys(d):
    return [(SequenceKey(i), v) for i, v in enumerate(d)], d.maxlen


def _class_path(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def _class_at(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _dump_factory(context):
    return {"default_factory_module": context[0].__module__, "default_factory_name": context[0].__qualname__,
            "dict_context": context[1]}


def _load_factory(dumped):
    return [_class_at(f"{dumped['default_factory_module']}.{dumped['default_factory_name']}"), dumped["dict_context"]]


_enter(tuple, _tuple_flatten, _tuple_unflatten, "builtins.tuple", None, None, _sequence_with_keys)
_enter(list, _list_flatten, _list_unflatten, "builtins.list", None, None, _sequence_with_keys)
_enter(dict, _dict_flatten, _dict_unflatten, "builtins.dict", None, None, _dict_flatten_with_keys)
_enter(namedtuple, _namedtuple_flatten, _namedtuple_unflatten, "collections.namedtuple", _class_path, _class_at,
       _namedtuple_flatten_with_keys)
_enter(OrderedDict, _ordereddict_flatten, _ordereddict_unflatten, "collections.OrderedDict", None, None,
       _dict_flatten_with_keys)
_enter(defaultdict, _defaultdict_flatten, _defaultdict_unflatten, "collections.defaultdict", _dump_factory,
       _load_factory, _defaultdict_flatten_with_keys)
_enter(deque, _deque_flatten, _deque_unflatten, "collections.deque", None, None, _deque_flatten_with_keys)
STANDARD_DICT_TYPES = frozenset((dict, OrderedDict, defaultdict))


def is_namedtuple_class(cls):
    """Whether a class came from namedtuple."""
    return isinstance(cls, type) and issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None),
        tuple) and all(type(f) is str for f in cls._fields) and callable(getattr(cls, "_make", None))


def is_namedtuple(obj):
    """Whether an object, or a class, is a namedtuple."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def _node_type(tree):
    kind = type(tree)
    if kind in SUPPORTED_NODES:
        return kind
    if is_namedtuple_class(kind):
        for base in kind.__mro__:
            if base in SUPPORTED_NODES and base is not tuple:
                return base
        return namedtuple
    return kind


_get_node_type = _node_type


def tree_is_leaf(tree, is_leaf=None):
    """Whether `tree` is no container, or is_leaf says so."""
    return (is_leaf is not None and is_leaf(tree)) or _node_type(tree) not in SUPPORTED_NODES


_is_leaf = tree_is_leaf


@dataclasses.dataclass(init=True, frozen=True, eq=True, repr=False)
class TreeSpec:
    """The shape of a tree: type and context of the root, and the specs of its children."""

    type: Any
    context: Any = None
    children_specs: list = dataclasses.field(default_factory=list)
    num_nodes: int = dataclasses.field(init=False, compare=False)
    num_leaves: int = dataclasses.field(init=False, compare=False)
    num_children: int = dataclasses.field(init=False, compare=False)

    def __post_init__(self):
        leaf = self.type is None
        object.__setattr__(self, "num_children", len(self.children_specs))
        object.__setattr__(self, "num_nodes", 1 if leaf else 1 + sum(c.num_nodes for c in self.children_specs))
        object.__setattr__(self, "num_leaves", 1 if leaf else sum(c.num_leaves for c in self.children_specs))

    def is_leaf(self):
        """Whether the tree is a single leaf."""
        return self.type is None

    def children(self):
        """The specs of the children."""
        return list(self.children_specs)

    def child(self, index):
        """The spec of one child."""
        return self.children_specs[index]

    def entries(self):
        """The keys of the children."""
        if self.type in (dict, OrderedDict):
            return list(self.context)
        return list(self.context[1]) if self.type is defaultdict else list(range(self.num_children))

    def entry(self, index):
        return self.entries()[index]

    def __repr__(self, indent=0):
        if self.is_leaf():
            return "*"
        inner = ""
        if self.children_specs:
            pad = indent + 2
            rest = "".join(",\n" + " " * pad + c.__repr__(pad) for c in self.children_specs[1:])
            inner = self.children_specs[0].__repr__(pad) + rest
        return f"TreeSpec({self.type.__name__}, {self.context}, [{inner}])"

    __str__ = __repr__

    def __hash__(self):
        return hash((self.type, repr(self.context) if self.type in (dict, OrderedDict, defaultdict)
                     or isinstance(self.context, list) else self.context,
            tuple(self.children_specs)))

    def flatten_up_to(self, tree):
        """The subtrees of `tree` where this spec has leaves; ValueError when the shapes differ above them."""
        out = []
        self._collect(tree, out)
        return out

    def _collect(self, tree, out):
        if self.is_leaf():
            out.append(tree)
            return
        kind = _node_type(tree)
        both_dicts = self.type in STANDARD_DICT_TYPES and kind in STANDARD_DICT_TYPES
        if kind is not self.type and not both_dicts:
            raise ValueError(f"Node type mismatch; expected {self.type!r}, but got {type(tree)!r}.")
        if both_dicts:
            keys = self.context[1] if self.type is defaultdict else self.context
            if set(keys) != set(tree):
                missing, extra = ("{" + ", ".join(repr(k) for k in a if k not in b) + "}" for a,
                                  b in ((keys, tree), (tree, keys)))
                raise ValueError(f"Node keys mismatch; missing key(s): {missing}; extra key(s): {extra}.")
            children = [tree[k] for k in keys]
        else:
            children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
            children = list(children)
            if len(children) != self.num_children:
                raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
            if kind is not deque and context != self.context:
                raise ValueError(f"Node context mismatch for custom node type {self.type!r}.")
        for spec, child in zip(self.children_specs, children):
            spec._collect(child, out)

    def unflatten(self, leaves):
        """A tree of this shape; ValueError when the number of leaves differs."""
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a "
                             f"pytree that holds {self.num_leaves} items ({self}).")
        return self._built(iter(leaves))

    def _built(self, leaves):
        if self.is_leaf():
            return next(leaves)
        return SUPPORTED_NODES[self.type].unflatten_fn([c._built(leaves) for c in self.children_specs], self.context)


class LeafSpec(TreeSpec):
    """The shape of a single leaf."""

    def __init__(self):
        super().__init__(None, None, [])

    def __hash__(self):
        return hash(None)

    def __eq__(self, other):
        return isinstance(other, TreeSpec) and other.type is None


_LEAF_SPEC = LeafSpec()


def treespec_leaf():
    """The shape of a single leaf."""
    return _LEAF_SPEC


def treespec_tuple(iterable=()):
    """The shape of a tuple of these."""
    return TreeSpec(tuple, None, list(iterable))


def treespec_list(iterable=()):
    """The shape of a list of these."""
    return TreeSpec(list, None, list(iterable))


def treespec_dict(mapping=(), **kwargs):
    """The shape of a dict of these."""
    items = dict(mapping, **kwargs)
    return TreeSpec(dict, list(items), list(items.values()))


def _flatten(tree, leaves, is_leaf):
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return _LEAF_SPEC
    kind = _node_type(tree)
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(c, leaves, is_leaf) for c in children])


def tree_flatten(tree, is_leaf=None):
    """(list of leaves, TreeSpec)."""
    leaves = []
    spec = _flatten(tree, leaves, is_leaf)
    return leaves, spec


def tree_unflatten(leaves, treespec):
    """The tree of a spec with these leaves. TypeError when the second argument is no TreeSpec."""
    if not isinstance(treespec, TreeSpec):
        if not isinstance(leaves, TreeSpec):
            raise TypeError("Expected `treespec` to be an instance of PyTreeSpec but got item of type "
                            f"{type(treespec)}.")
        leaves, treespec = treespec, leaves
    return treespec.unflatten(leaves)


def tree_iter(tree, is_leaf=None):
    """Leaf after leaf."""
    if tree_is_leaf(tree, is_leaf):
        yield tree
        return
    for child in SUPPORTED_NODES[_node_type(tree)].flatten_fn(tree)[0]:
        yield from tree_iter(child, is_leaf)


def tree_leaves(tree, is_leaf=None):
    """The list of leaves."""
    return list(tree_iter(tree, is_leaf))


def tree_structure(tree, is_leaf=None):
    """The TreeSpec."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func, tree, *rests, is_leaf=None):
    """A tree of func(leaf, corresponding parts of rests ...)."""
    leaves, spec = tree_flatten(tree, is_leaf)
    return spec.unflatten(map(func, leaves, *(spec.flatten_up_to(r) for r in rests)))


def tree_map_(func, tree, *rests, is_leaf=None):
    """func for its effect on every leaf; gives `tree`."""
    leaves, spec = tree_flatten(tree, is_leaf)
    deque(map(func, leaves, *(spec.flatten_up_to(r) for r in rests)), maxlen=0)
    return tree


def _predicate(type_or_types_or_pred):
    if isinstance(type_or_types_or_pred, type):
        return lambda x: isinstance(x, type_or_types_or_pred)
    if isinstance(type_or_types_or_pred, tuple) or type(type_or_types_or_pred).__name__ == "UnionType":
        return lambda x: isinstance(x, type_or_types_or_pred)
    if callable(type_or_types_or_pred):
        return type_or_types_or_pred
    raise TypeError("Argument must be a type, a tuple of types, or a callable.")


def map_only(type_or_types_or_pred, /):
    """Decorator: the function for matching values, others pass as they are."""
    matches = _predicate(type_or_types_or_pred)

    def wrapper(func):
        @functools.wraps(func)
        def wrapped(x):
            return func(x) if matches(x) else x

        return wrapped

    return wrapper


def tree_map_only(type_or_types_or_pred, /, func, tree, is_leaf=None):
    """tree_map for leaves of these types, or for which the predicate holds."""
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(type_or_types_or_pred, /, func, tree, is_leaf=None):
    """tree_map_ for leaves of these types."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred, tree, is_leaf=None):
    """Whether pred holds for every leaf."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred, tree, is_leaf=None):
    """Whether pred holds for some leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(type_or_types_or_pred, /, pred, tree, is_leaf=None):
    """Whether pred holds for every leaf of these types."""
    matches = _predicate(type_or_types_or_pred)
    return all(pred(x) for x in tree_iter(tree, is_leaf) if matches(x))


def tree_any_only(type_or_types_or_pred, /, pred, tree, is_leaf=None):
    """Whether pred holds for some leaf of these types."""
    matches = _predicate(type_or_types_or_pred)
    return any(pred(x) for x in tree_iter(tree, is_leaf) if matches(x))


def _broadcast_to_and_flatten(tree, treespec, is_leaf=None):
    """The leaves of `tree` spread over the leaves of a deeper spec, or None when it is no prefix of it."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    kind = _node_type(tree)
    if treespec.is_leaf() or kind is not treespec.type:
        return None
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    out = []
    for child, spec in zip(children, treespec.children_specs):
        part = _broadcast_to_and_flatten(child, spec, is_leaf)
        if part is None:
            return None
        out.extend(part)
    return out


# ---- paths ----
def _paths(path, tree, is_leaf):
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    with_keys = SUPPORTED_NODES[_node_type(tree)].flatten_with_keys_fn
    if with_keys is None:
        raise ValueError(f"Did not find a flatten_with_keys_fn for type: {_node_type(tree)}. Please pass a "
                         "flatten_with_keys_fn argument to register_pytree_node.")
    for key, child in with_keys(tree)[0]:
        yield from _paths((*path, key), child, is_leaf)


def tree_flatten_with_path(tree, is_leaf=None):
    """(list of (path, leaf), TreeSpec)."""
    return list(_paths((), tree, is_leaf)), tree_structure(tree, is_leaf)


def tree_leaves_with_path(tree, is_leaf=None):
    """List of (path, leaf)."""
    return list(_paths((), tree, is_leaf))


def tree_map_with_path(func, tree, *rests, is_leaf=None):
    """tree_map with the path as first argument."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    return spec.unflatten(func(path, leaf, *others) for (path, leaf),
                          *others in zip(pairs, *(spec.flatten_up_to(r) for r in rests)))


class _Star:
    def __repr__(self):
        return "*"


def treespec_pprint(treespec):
    """A spec as text, leaves as stars."""
    return repr(treespec.unflatten([_Star()] * treespec.num_leaves))


def arg_tree_leaves(*args, **kwargs):
    """The leaves of all arguments."""
    return [leaf for value in (*args, *kwargs.values()) for leaf in tree_iter(value)]


PyTreeSpec, is_namedtuple_instance = TreeSpec, is_namedtuple


def is_structseq_class(cls):
    """Whether a class is a struct sequence, as time.struct_time is."""
    return (isinstance(cls, type) and cls.__bases__ == (tuple,)
            and all(isinstance(getattr(cls, n, None), int)
                    for n in ("n_fields", "n_sequence_fields", "n_unnamed_fields")))


def is_structseq(obj):
    """Whether an object (or class) is a struct sequence."""
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def is_structseq_instance(obj):
    """Whether an object is a struct sequence."""
    return is_structseq_class(type(obj))


def _enter_return_types():
    from mindtorch.return_types import all_return_types

    for kind in all_return_types:
        register_pytree_node(kind, lambda d: (list(d), None), lambda values, context, kind=kind: kind(*values),
                             flatten_with_keys_fn=lambda d: ([(GetAttrKey(n), v) for n, v in zip(d._fields, d)], None))


_enter_return_types()


from ._pytree_json import treespec_dumps, treespec_loads  # noqa: E402,F401  (it takes the names above)
