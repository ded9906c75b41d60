"""torch.fx.annotate: a type for a value that is traced."""

from .proxy import Proxy


def annotate(val, type):
    """The value; a Proxy's step gets the type. RuntimeError where it has another one."""
    if isinstance(val, Proxy):
        if val.node.type:
            raise RuntimeError(
                f"Tried to annotate a value that already had a type on it! Existing type is {val.node.type} and new "
                f"type is "
                f"{type}. This could happen if you tried to annotate a function parameter value (in which case you "
                f"should use "
                "the type slot on the function signature) or you called annotate on the same value twice"
            )
        val.node.type = type
    return val
