"""What a scripted function may contain."""

import ast
import builtins
import inspect
import textwrap


class FrontendError(Exception):
    """A program that can't be scripted."""

    __module__ = "torch.jit.frontend"

    def __init__(self, source_range, msg):
        super().__init__(msg)
        self.source_range, self.msg = source_range, msg

    def __str__(self):
        return f"{self.msg}:\n{self.source_range}"


class NotSupportedError(FrontendError):
    """Python that scripts don't have."""

    __module__ = "torch.jit.frontend"


class UnsupportedNodeError(NotSupportedError):
    """A statement or expression that scripts don't have."""

    __module__ = "torch.jit.frontend"


class FrontendTypeError(FrontendError):
    """A type that scripts don't have."""

    __module__ = "torch.jit.frontend"


_STATEMENTS = {
    ast.Try: "try blocks",
    ast.ClassDef: "class definitions",
    ast.Import: "import statements",
    ast.ImportFrom: "import statements",
    ast.Global: "global variables",
    ast.Nonlocal: "nonlocal variables",
    ast.AsyncFunctionDef: "async functions",
    ast.Yield: "yields",
    ast.YieldFrom: "yields",
    ast.Await: "awaits",
}


def _place(fn, node):
    code = inspect.unwrap(fn).__code__
    lines = textwrap.dedent(inspect.getsource(fn)).splitlines()
    line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
    width = (
        max(1, (node.end_col_offset or node.col_offset + 1) - node.col_offset) if node.end_lineno == node.lineno else 3
    )
    return (
        f'  File "{code.co_filename}", line {code.co_firstlineno + node.lineno - 1}\n{line}\n{" " * node.col_offset}'
        f"{'~' * width} <--- HERE\n"
    )


def check(fn):
    """NotSupportedError, UnsupportedNodeError or RuntimeError for a function that can't be scripted."""
    try:
        source = textwrap.dedent(inspect.getsource(fn))
    except (OSError, TypeError) as error:
        raise OSError(
            f"Can't get source for {fn}. TorchScript requires source access in order to carry out compilation, make "
            f"sure "
            "original .py files are available."
        ) from error
    try:
        tree = ast.parse(source)
    except SyntaxError:
        tree = None
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        code = fn.__code__
        raise RuntimeError(f"Expected a single top-level function: {code.co_filename}:{code.co_firstlineno}")
    function = tree.body[0]
    arguments = function.args
    variable = arguments.vararg or arguments.kwarg
    if variable is not None:
        raise NotSupportedError(
            _place(fn, variable),
            "Compiled functions can't take variable number of arguments or use keyword-only arguments with defaults",
        )
    for node in ast.walk(function):
        if type(node) in _STATEMENTS:
            raise UnsupportedNodeError(_place(fn, node), f"{_STATEMENTS[type(node)]} aren't supported")
    _names(fn, function)


def _names(fn, function):
    code = inspect.unwrap(fn).__code__
    known = {*vars(builtins), *inspect.unwrap(fn).__globals__, *code.co_varnames, *code.co_cellvars, *code.co_freevars}
    annotated = [getattr(a, part, None) for a in ast.walk(function) for part in ("annotation", "returns")]
    annotations = {id(n) for a in annotated if a is not None for n in ast.walk(a)}
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node.id not in known
            and id(node) not in annotations
        ):
            bound = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            bound |= {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
            if node.id not in bound:
                raise RuntimeError(f"\nundefined value {node.id}:\n{_place(fn, node)}")
