"""torch.export.export: a module's steps for example inputs, and what must hold of other inputs."""

import collections

import mindtorch as torch
from mindtorch import compiler
from mindtorch._dynamo.exc import UserError, UserErrorType
from mindtorch.fx._record import NotRecordable, Recorder, Untouched, origin, shell
from mindtorch.fx._sizes import Sizes
from mindtorch.fx.graph_module import GraphModule
from mindtorch.fx.node import Node
from mindtorch.utils import _pytree as pytree

from . import dynamic_shapes as shapes_of
from .dynamic_shapes import Dim, INFINITE, Symbol, ValueRanges
from .exported_program import ExportedProgram, Guard, ModuleCallEntry, ModuleCallSignature
from .graph_signature import (
    ConstantArgument,
    ExportGraphSignature,
    InputKind,
    InputSpec,
    OutputKind,
    OutputSpec,
    TensorArgument,
)

_HINT = (
    "\n\nThe error above occurred when calling torch.export.export. What a recorded graph can't hold, write with "
    "torch.where, torch.cond or "
    "without asking for the values of tensors."
)


class _Recording:
    """One run of a module over example inputs."""

    def __init__(self, mod, args, kwargs, names, dynamic):
        self.mod, self.names = mod, names
        self.constants = {}
        self.placeholders = {}
        recorder = self.recorder = Recorder(self._outside, self._on_value)
        recorder.on_step, recorder.aten = self._on_step, True
        if dynamic:
            recorder.sizes = Sizes()
            recorder.sizes.recorder = recorder
        self.held = [
            *((n, p, InputKind.PARAMETER) for n, p in mod.named_parameters(remove_duplicate=False)),
            *((n, b, InputKind.BUFFER) for n, b in mod.named_buffers(remove_duplicate=False)),
        ]
        for path, tensor, kind in self.held:
            label = f"{'p' if kind is InputKind.PARAMETER else 'b'}_{path.replace('.', '_')}"
            node = recorder.graph.create_node("placeholder", label, name=label)
            self.placeholders[path] = node
            node.meta["val"] = shell(tensor)
            if id(tensor) not in recorder.nodes:
                recorder.nodes[id(tensor)] = node
                recorder.alive.append(tensor)
        leaves, self.spec = pytree.tree_flatten((args, kwargs))
        self.given = []
        fresh = []
        for label, value in zip(names, leaves):
            node = recorder.graph.create_node("placeholder", label, name=label)
            self.given.append((node, value))
            if isinstance(value, torch.Tensor):
                value = value.view_as(value) if id(value) in recorder.nodes else value
                recorder.bind(value, node)
                node.meta["val"] = shell(value)
            fresh.append(value)
        args, kwargs = pytree.tree_unflatten(fresh, self.spec)
        changing = [v for v in leaves if isinstance(v, torch.Tensor)] + list(mod.buffers())
        flags = compiler._state
        flags.compiling, flags.exporting = getattr(flags, "compiling", 0) + 1, getattr(flags, "exporting", 0) + 1
        try:
            with Untouched(changing, tuple(mod.parameters()), recorder):
                result = recorder.run(mod, *args, **kwargs)
        except NotRecordable as error:
            raise UserError(UserErrorType.ANTI_PATTERN, f"{error}{_HINT}") from error
        finally:
            flags.compiling -= 1
            flags.exporting -= 1
        self.flat, self.out_spec = pytree.tree_flatten(result)
        self.output = recorder.finish(tuple(self.flat))

    def _outside(self, tensor):
        name = f"lifted_tensor_{len(self.constants)}"
        graph = self.recorder.graph
        first = next((n for n, _ in self.given), None)
        with graph.inserting_before(first):
            node = graph.create_node("placeholder", f"c_{name}", name=f"c_{name}")
        self.constants[name] = (node, tensor.detach())
        node.meta["val"] = shell(tensor)
        return node

    @staticmethod
    def _on_step(node, out):
        node.meta["val"] = shell(out)
        node.stack_trace = origin() or None

    @staticmethod
    def _on_value(function, tensor):
        if getattr(function, "__name__", "") == "__iter__":
            return  # as often as there are rows, which are checked or tried out
        raise UserError(
            UserErrorType.DYNAMIC_CONTROL_FLOW,
            "Could not guard on data-dependent expression: the program asks for the value of a tensor "
            f"({getattr(function, '__name__', function)}).{_HINT}",
        )

    def steps(self):
        """What the graph does, for comparing two recordings."""

        def blank(a):
            return a.name if isinstance(a, Node) else a

        from mindtorch.fx.node import map_aggregate

        return [
            (n.op, n.target, map_aggregate(n.args, blank), tuple(map_aggregate(n.kwargs, blank).items()))
            for n in self.recorder.graph.nodes
        ]


def _leaf_names(mod, args, kwargs):
    """A name for every leaf of (args, kwargs)."""
    found = []
    for name, value in shapes_of._spread(mod, args, kwargs).items():
        leaves = pytree.tree_flatten_with_path(value)[0]
        for path, _ in leaves:
            found.append(
                "_".join([name, *(str(getattr(k, "idx", getattr(k, "key", getattr(k, "name", "")))) for k in path)])
            )
    made = []
    for name in found:
        name = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
        while name in made:
            name += "_1"
        made.append(name)
    return made


def export(
    mod,
    args,
    kwargs=None,
    *,
    dynamic_shapes=None,
    strict=False,
    preserve_module_call_signature=(),
    prefer_deferred_runtime_asserts_over_guards=False,
):
    """An ExportedProgram of a module: its steps for inputs like these. dynamic_shapes says which sizes may vary
    (Dim); all others, the
    dtypes and the values that are no tensors are checked at a call. Both values of `strict` record the module as it
    runs."""
    if not isinstance(mod, torch.nn.Module):
        raise ValueError(f"Expected `mod` to be an instance of `torch.nn.Module`, got {type(mod)}.")
    if preserve_module_call_signature:
        raise NotImplementedError(
            "torch.export.export(preserve_module_call_signature=...): submodules are not kept apart"
        )
    if prefer_deferred_runtime_asserts_over_guards:
        raise NotImplementedError(
            "torch.export.export(prefer_deferred_runtime_asserts_over_guards=True): sizes are checked before the call"
        )
    if not isinstance(args, tuple):
        raise UserError(
            UserErrorType.INVALID_INPUT,
            f"Expecting `args` to be a tuple of example positional inputs, got {type(args)}",
        )
    if type(strict) is not bool:
        raise TypeError(f"strict must be a bool, got {type(strict)}")
    kwargs = kwargs or {}
    shapes = shapes_of.of_leaves(mod, args, kwargs, dynamic_shapes)
    names = _leaf_names(mod, args, kwargs)
    recording = _Recording(mod, args, kwargs, names, any(shapes))
    leaves = pytree.tree_leaves((args, kwargs))
    symbols = _symbols(leaves, shapes)
    if symbols:
        _verify(mod, recording, leaves, shapes, symbols, names)
    guards = _guards(leaves, shapes, symbols, names)
    return _program(mod, recording, args, kwargs, guards, symbols, names)


def _symbols(leaves, shapes):
    """{Dim or (leaf, dim) of a hint: (Symbol, size of the root, low, high, places)}."""
    found = {}
    for leaf, dims in enumerate(shapes):
        for dim, what in dims.items():
            key = (what.root or what).__name__ if isinstance(what, Dim) else (leaf, dim)
            size = leaves[leaf].shape[dim]
            if isinstance(what, Dim):
                root = what.root or what
                low, high = root.min, root.max
                if what.root is not None:
                    size = (size - what.offset) // what.factor
            else:
                low, high = what.min or 0, INFINITE if what.max is None else what.max
            entry = found.setdefault(key, (Symbol(f"s{len(found)}"), size, low, high, []))
            if entry[1] != size:
                raise UserError(
                    UserErrorType.CONSTRAINT_VIOLATION,
                    f"Constraints violated ({key})! The same Dim stands for sizes {entry[1]} and {size}",
                )
            entry[4].append((leaf, dim, what))
    return found


def _sizes_to_try(size, low, high, auto):
    # 0 and 1 behave in ways of their own
    wanted = [size + 1, size * 2, size + 3, max(low, 2)]
    return [n for n in dict.fromkeys(wanted) if max(low, 2) <= n <= high and n != size][:3]


def _resized(tensor, dim, size):
    """A tensor like another one, of another size: rows repeated."""
    index = torch.arange(size) % tensor.shape[dim]
    with torch.no_grad():
        made = tensor.detach().index_select(dim, index.to(tensor.device))
    return made.requires_grad_(tensor.requires_grad) if tensor.is_leaf else made


def _with_size(leaves, places, root):
    leaves = list(leaves)
    for leaf, dim, what in places:
        size = root * what.factor + what.offset if isinstance(what, Dim) else root
        leaves[leaf] = _resized(leaves[leaf], dim, size)
    return leaves


def _verify(mod, recording, leaves, shapes, symbols, names):
    """Record again with other sizes: the steps must be the same."""
    pending = dict(symbols)
    steps = recording.steps()
    while pending:
        key, (symbol, size, low, high, places) = pending.popitem()
        auto = not isinstance(key, str)
        for other in _sizes_to_try(size, low, high, auto):
            problem = _differs(mod, recording, steps, _with_size(leaves, places, other), names)
            if problem is None:
                continue
            together = (
                [k for k in symbols if not isinstance(k, str) and k != key and symbols[k][1] == size] if auto else []
            )
            if together and _merge(mod, recording, steps, leaves, symbols, key, together, other, names):
                for k in together:
                    pending.pop(k, None)
                break
            if auto and places[0][2].type.name == "AUTO":  # AUTO gives way
                del symbols[key]
                for leaf, dim, _ in places:
                    shapes[leaf].pop(dim)
                break
            name = key if isinstance(key, str) else f"{names[places[0][0]]}.shape[{places[0][1]}]"
            raise UserError(
                UserErrorType.CONSTRAINT_VIOLATION,
                f'Constraints violated ({name})! For more information, run with TORCH_LOGS="+dynamic".\n'
                f"  - You marked {name} as dynamic but your code specialized it to be a constant ({size}): with "
                f"{other} {problem}.\n"
                f"Suggested fixes:\n  {name} = {size}",
            )


def _merge(mod, recording, steps, leaves, symbols, key, together, other, names):
    # sizes that hints leave open may have to be equal
    places = [p for k in (key, *together) for p in symbols[k][4]]
    if _differs(mod, recording, steps, _with_size(leaves, places, other), names) is not None:
        return False
    symbol, size, low, high, mine = symbols[key]
    for k in together:
        mine.extend(symbols[k][4])
        low, high = max(low, symbols[k][2]), min(high, symbols[k][3])
        del symbols[k]
    symbols[key] = (symbol, size, low, high, mine)
    return True


def _differs(mod, recording, steps, leaves, names):
    """What goes otherwise with other inputs; None where nothing does."""
    args, kwargs = pytree.tree_unflatten(leaves, recording.spec)
    try:
        again = _Recording(mod, args, kwargs, names, True)
    except UserError:
        raise
    except Exception as error:
        return f"the program raises {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    if again.steps() != steps:
        changed = next((f"{b[1]}" for a, b in zip(steps, again.steps()) if a != b), "the number of steps")
        return f"the program does something else ({changed})"
    return None


def _guards(leaves, shapes, symbols, names):
    found = []
    first = {}
    of = {(leaf, dim): key for key, entry in symbols.items() for leaf, dim, _ in entry[4]}
    for leaf, (value, name) in enumerate(zip(leaves, names)):
        if not isinstance(value, torch.Tensor):
            if value is not None or True:
                found.append(Guard(leaf, f"{name} == {value!r}", "constant", value=value))
            continue
        found.append(Guard(leaf, f"{name}.dim() == {value.ndim}", "rank", value=value.ndim))
        found.append(Guard(leaf, f"{name}.dtype == {value.dtype}", "dtype", value=value.dtype))
        for dim, size in enumerate(value.shape):
            text = f"{name}.size()[{dim}]"
            key = of.get((leaf, dim))
            if key is None:
                found.append(Guard(leaf, f"{text} == {size}", "size", dim, size))
                continue
            what = next(w for place, d, w in symbols[key][4] if (place, d) == (leaf, dim))
            _, _, low, high, _ = symbols[key]
            factor, offset = (what.factor, what.offset) if isinstance(what, Dim) else (1, 0)
            if low * factor + offset > 2:
                found.append(Guard(leaf, f"{text} >= {low * factor + offset}", "min", dim, low * factor + offset))
            if high != INFINITE:
                found.append(Guard(leaf, f"{text} <= {high * factor + offset}", "max", dim, high * factor + offset))
            if key not in first:
                first[key] = (leaf, dim, factor, offset)
            elif (factor, offset) == first[key][2:]:
                other, other_dim = first[key][:2]
                found.append(
                    Guard(leaf, f"{text} == {names[other]}.size()[{other_dim}]", "same", dim, (other, other_dim, 1, 0))
                )
            else:
                other, other_dim, f, o = first[key]
                if f == 1:  # in terms of the first one: (other - o) * factor + offset
                    found.append(
                        Guard(
                            leaf,
                            f"{text} == {factor}*{names[other]}.size()[{other_dim}] + {offset - o * factor}",
                            "same",
                            dim,
                            (other, other_dim, factor, offset - o * factor),
                        )
                    )
                elif factor == 1:
                    found.append(
                        Guard(
                            other,
                            f"{names[other]}.size()[{other_dim}] == {f}*{text} + {o - offset * f}",
                            "same",
                            other_dim,
                            (leaf, dim, f, o - offset * f),
                        )
                    )
    return found


def _program(mod, recording, args, kwargs, guards, symbols, names):
    inputs, constants, state = [], {}, collections.OrderedDict()
    saved = mod.state_dict(keep_vars=True)
    for path, tensor, kind in recording.held:
        persistent = path in saved if kind is InputKind.BUFFER else None
        inputs.append(InputSpec(kind, TensorArgument(recording.placeholders[path].name), path, persistent))
        (state if persistent is not False else constants)[path] = tensor
    for name, (node, tensor) in recording.constants.items():
        inputs.append(InputSpec(InputKind.CONSTANT_TENSOR, TensorArgument(node.name), name))
        constants[name] = tensor
    for place, (node, value) in enumerate(recording.given):
        node.meta["dims"] = {
            d: symbol.name for symbol, *_, places in symbols.values() for leaf, d, _ in places if leaf == place
        }
        arg = TensorArgument(node.name) if isinstance(value, torch.Tensor) else ConstantArgument(node.name, value)
        inputs.append(InputSpec(InputKind.USER_INPUT, arg, None))
    outputs = [
        OutputSpec(
            OutputKind.USER_OUTPUT, TensorArgument(a.name) if isinstance(a, Node) else ConstantArgument("", a), None
        )
        for a in recording.output.args[0]
    ]
    graph = recording.recorder.graph
    graph.lint()
    signature = ModuleCallSignature(
        [], [], recording.spec, recording.out_spec, list(shapes_of._spread(mod, args, kwargs))
    )
    ranges = {symbol: ValueRanges(low, high) for symbol, _, low, high, _ in symbols.values()}
    return ExportedProgram(
        GraphModule(torch.nn.Module(), graph),
        graph,
        ExportGraphSignature(inputs, outputs),
        state,
        ranges,
        [ModuleCallEntry("", signature)],
        (args, kwargs),
        constants,
        guards=guards,
    )
