"""What is remembered of the step that runs, for the steps made meanwhile."""

import contextlib
import traceback

__all__ = [
    "annotate",
    "annotate_fn",
    "preserve_node_meta",
    "has_preserved_node_meta",
    "set_stack_trace",
    "format_stack",
    "set_current_meta",
    "get_current_meta",
    "set_grad_fn_seq_nr",
    "reset_grad_fn_seq_nr",
]
current_meta = {}
current_replay_node = None
should_preserve_node_meta = False
_KEPT = (
    "stack_trace",
    "nn_module_stack",
    "source_fn_stack",
    "custom",
    "seq_nr",
    "torch_fn",
    "original_aten",
    "recompute",
    "from_node",
)


@contextlib.contextmanager
def preserve_node_meta(enable=True):
    """Context in which steps made while another one runs take over its meta."""
    global should_preserve_node_meta, current_meta
    before = should_preserve_node_meta, current_meta
    should_preserve_node_meta, current_meta = enable, current_meta.copy()
    try:
        yield
    finally:
        should_preserve_node_meta, current_meta = before


def has_preserved_node_meta():
    """Whether preserve_node_meta is on."""
    return should_preserve_node_meta


def get_current_meta():
    """The meta of the step that runs."""
    return current_meta


@contextlib.contextmanager
def set_current_meta(node, pass_name=""):
    """Context in which a step runs."""
    global current_meta
    if not should_preserve_node_meta or not node.meta:
        yield
        return
    before = current_meta
    current_meta = {k: v for k, v in node.meta.items() if k in _KEPT}
    try:
        yield
    finally:
        current_meta = before


@contextlib.contextmanager
def annotate(annotation_dict):
    """Context whose steps get these entries in meta['custom']."""
    global should_preserve_node_meta, current_meta
    before = should_preserve_node_meta, current_meta
    should_preserve_node_meta = True
    current_meta = {**current_meta, "custom": {**current_meta.get("custom", {}), **annotation_dict}}
    try:
        yield
    finally:
        should_preserve_node_meta, current_meta = before


def annotate_fn(annotation_dict):
    """annotate as a decorator."""
    import functools

    def decorate(function):
        @functools.wraps(function)
        def annotated(*args, **kwargs):
            with annotate(annotation_dict):
                return function(*args, **kwargs)

        return annotated

    return decorate


def set_stack_trace(stack):
    """Where steps made from now on come from."""
    if should_preserve_node_meta and stack:
        current_meta["stack_trace"] = "".join(stack)


def format_stack():
    """Where the step that runs came from, else where the caller stands."""
    if should_preserve_node_meta:
        return [current_meta.get("stack_trace", "")]
    return traceback.format_list(traceback.extract_stack()[:-1])


def set_grad_fn_seq_nr(seq_nr):
    """The number of the gradient's step in the order of recording."""
    if should_preserve_node_meta:
        current_meta["prev_grad_fn_seq_nr"] = current_meta.get("grad_fn_seq_nr")
        current_meta["grad_fn_seq_nr"] = seq_nr


def reset_grad_fn_seq_nr():
    """The number before the last one."""
    if should_preserve_node_meta:
        current_meta["grad_fn_seq_nr"] = current_meta.pop("prev_grad_fn_seq_nr", None)


@contextlib.contextmanager
def set_current_replay_node(node):
    """Context in which a step is made anew from another one."""
    global current_replay_node
    before, current_replay_node = current_replay_node, node
    try:
        yield
    finally:
        current_replay_node = before


def get_current_replay_node():
    """The step that is made anew."""
    return current_replay_node
