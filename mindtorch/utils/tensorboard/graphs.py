"""Graphs of models as TensorBoard shows them: from a traced module, or from an ONNX file."""
from tensorboard.compat.proto import attr_value_pb2, graph_pb2, node_def_pb2, versions_pb2

_PRODUCER = 22  # a version that TensorBoard's reader knows


def _node(name, kind, inputs, text):
    return node_def_pb2.NodeDef(name=name, op=kind, input=list(inputs),
                                attr={"attr": attr_value_pb2.AttrValue(s=text.encode())})


def traced(model, args, verbose=False, use_strict_trace=True):
    """The graph of one call of model(args), parameters under the names of their modules."""
    import torch

    kept = model.training if isinstance(model, torch.nn.Module) else None
    graph = torch.jit.trace(model, args, strict=use_strict_trace).graph
    if kept is not None:
        model.train(kept)
    if verbose:
        print(graph)
    names, nodes = {}, []
    for n in graph.nodes:
        name = {"placeholder": "input/", "get_attr": "", "output": "output/"}.get(n.op, "call/") + (
            str(n.target).replace(".", "/") if n.op == "get_attr" else n.name)
        names[n] = name
        kind = {"placeholder": "IO Node", "output": "IO Node", "get_attr": "Parameter"}.get(n.op) or getattr(
            n.target, "__name__", str(n.target))
        values = ", ".join([*(str(a) for a in n.args), *(f"{k}={v}" for k, v in n.kwargs.items())])
        nodes.append(_node(name, kind, (names[i] for i in n.all_input_nodes), values))
    return graph_pb2.GraphDef(node=nodes, versions=versions_pb2.VersionDef(producer=_PRODUCER))


def from_onnx(path):
    """The graph of an ONNX file."""
    import onnx

    graph = onnx.load(path).graph
    ends = (*graph.input, *graph.output)
    nodes = [_node(value.name.replace(":", "_"), "Variable", (), str(value.type)) for value in ends]
    for n in graph.node:
        inputs = [i.replace(":", "_") for i in n.input if i]
        attributes = ", ".join(f"{a.name}={onnx.helper.get_attribute_value(a)}" for a in n.attribute)
        nodes += [_node(out.replace(":", "_"), n.op_type, inputs, attributes) for out in n.output]
    return graph_pb2.GraphDef(node=nodes, versions=versions_pb2.VersionDef(producer=_PRODUCER))
