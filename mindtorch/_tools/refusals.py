"""What a function here refuses by the value of an argument: the NotImplementedErrors of its source."""
import ast
import functools
import inspect
import pathlib

# what a condition may name besides parameters
_PLAIN = set("None True False isinstance len str int float bool tuple list type callable".split())
_OPS = pathlib.Path(__file__).parents[1] / "_ops"


def _raises(function):
    """[(conditions, message)] of the NotImplementedErrors that a function's own body raises."""
    found = []

    def walk(body, conditions):
        passed = []
        for node in body:
            if isinstance(node, ast.Raise) and node.exc is not None:
                call = node.exc
                named = call.func if isinstance(call, ast.Call) else call
                if isinstance(named, ast.Name) and named.id == "NotImplementedError" and isinstance(
                        call, ast.Call) and call.args:
                    found.append(([*conditions, *passed], ast.unparse(call.args[0])))
            elif isinstance(node, ast.If):
                test = ast.unparse(node.test)
                walk(node.body, [*conditions, *passed, test])
                walk(node.orelse, [*conditions, *passed, f"not ({test})"])
                if node.body and isinstance(node.body[-1], (ast.Return, ast.Raise)) and not node.orelse:
                    passed.append(f"not ({test})")
            elif isinstance(node, (ast.With,)):
                walk(node.body, [*conditions, *passed])
            elif isinstance(node, (ast.For, ast.While, ast.Try)):
                walk(node.body, [*conditions, *passed, "..."])

    walk(function.body, [])
    return found


@functools.cache
def _functions(path):
    """{first line: function} of a file, where decorators count."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf8")
    except OSError:
        return {}
    if "NotImplementedError(" not in text:
        return {}
    return {min([n.lineno, *(d.lineno for d in n.decorator_list)]): n for n in ast.walk(ast.parse(text))
            if isinstance(n, ast.FunctionDef)}


@functools.cache
def _declared():
    """{name: functions} of the op table's files: what a declaration made runs a function of its name there."""
    found = {}
    for path in sorted(_OPS.rglob("*.py")):
        for node in _functions(str(path)).values():
            found.setdefault(node.name, []).append(node)
    return found


def of(name, thing):
    """[(condition, message)] of a public name: conditions on its parameters alone, as Python text."""
    inner = inspect.unwrap(thing.__init__ if isinstance(thing, type) else thing)
    code = getattr(inner, "__code__", None)
    node = _functions(code.co_filename).get(code.co_firstlineno) if code else None
    short = name.rpartition(".")[2]
    if node is None and (code is None or code.co_filename.startswith("<")):
        same = _declared().get(short, ())
        node = same[0] if len(same) == 1 else None
    if node is None or node.name not in (short, "__init__"):  # not one that a factory made
        return []
    parameters = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]} - {"self"}
    found = []
    for conditions, message in _raises(node):
        if "not implemented for" in message:  # a dtype that PyTorch refuses in the same words
            continue
        if "..." in conditions:
            continue
        parts = [n for c in conditions for n in ast.walk(ast.parse(c))]
        if not {n.id for n in parts if isinstance(n, ast.Name)} <= parameters | _PLAIN or any(
                isinstance(n, ast.Attribute) for n in parts):
            continue
        try:
            text = ast.literal_eval(message)
        except ValueError:
            text = f"{name}: not supported"
        found.append((" and ".join(f"({c})" for c in conditions) or "True", text))
    return found
