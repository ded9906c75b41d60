"""torch.compile: the compiler's room is imported when it is first asked for."""


def compile(model=None, *, fullgraph=False, dynamic=None, backend=None, mode=None, options=None, name=None,
            disable=False, recompile_limit=None, isolate_recompiles=False, shapes_spec=None):
    """A module, function or class that runs through a backend; without a model, a decorator. Named backends run it as
    it is, a backend(graph_module, example_inputs) of the user's own gets its graph."""
    from mindtorch._dynamo import eval_frame

    return eval_frame.compile(model, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options,
                              name=name, disable=disable, recompile_limit=recompile_limit,
                              isolate_recompiles=isolate_recompiles, shapes_spec=shapes_spec)


def _disable_dynamo(fn=None, recursive=True):
    """A function that is never compiled; also a decorator."""
    from mindtorch._dynamo import eval_frame

    return eval_frame.disable(fn, recursive)
