"""Specs of trees as JSON text."""
import json

from ._pytree import (
    SERIALIZED_TYPE_TO_PYTHON_TYPE, SUPPORTED_SERIALIZED_TYPES, TreeSpec, _LEAF_SPEC, _PROTOCOL)


def _dumped(spec):
    if spec.is_leaf():
        return {"type": None, "context": None, "children_spec": []}
    if spec.type not in SUPPORTED_SERIALIZED_TYPES or SUPPORTED_SERIALIZED_TYPES[spec.type].name is None:
        raise NotImplementedError(f"No registered serialization name for {spec.type} found. Please update your "
                                  "_register_pytree_node call with a `serialized_type_name` kwarg.")
    how = SUPPORTED_SERIALIZED_TYPES[spec.type]
    try:
        context = json.dumps(spec.context) if how.to_dumpable is None else json.dumps(how.to_dumpable(spec.context))
    except TypeError as error:
        raise TypeError("Unable to serialize context. Please make the context json dump-able, or register a custom "
                        "serializer using _register_pytree_node.") from error
    return {"type": how.name, "context": context, "children_spec": [_dumped(c) for c in spec.children_specs]}


def _loaded(dumped):
    if dumped["type"] is None:
        return _LEAF_SPEC
    if dumped["type"] not in SERIALIZED_TYPE_TO_PYTHON_TYPE:
        raise NotImplementedError(f"Deserializing `{dumped['type']}` in pytree is not registered.")
    kind = SERIALIZED_TYPE_TO_PYTHON_TYPE[dumped["type"]]
    how = SUPPORTED_SERIALIZED_TYPES[kind]
    context = json.loads(dumped["context"])
    return TreeSpec(kind, context if how.from_dumpable is None else how.from_dumpable(context),
                    [_loaded(c) for c in dumped["children_spec"]])


def treespec_dumps(treespec, protocol=None):
    """A spec as JSON text."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError("treespec_dumps(treespec, protocol): Expected `treespec` to be instance of TreeSpec but got "
                        f"item of type {type(treespec)}.")
    if protocol not in (None, _PROTOCOL):
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{_PROTOCOL}]")
    return json.dumps((_PROTOCOL, _dumped(treespec)))


def treespec_loads(serialized):
    """The spec that treespec_dumps wrote."""
    protocol, dumped = json.loads(serialized)
    if protocol != _PROTOCOL:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{_PROTOCOL}]")
    return _loaded(dumped)
