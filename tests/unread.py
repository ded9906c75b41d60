"""Arguments that no line of a function reads: public functions and methods of the whole package."""
import ast
import pathlib

PACKAGE = pathlib.Path(__file__).parent.parent / "mindtorch"


def _trivial(body):
    """A body that only says something, refuses, or is abstract."""
    rest = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return all(isinstance(s, (ast.Raise, ast.Pass)) for s in rest)


def unread(tree):
    """(function, parameter) for parameters of functions that nothing in the function reads."""
    for owner in ast.walk(tree):
        for node in ast.iter_child_nodes(owner):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or _trivial(node.body):
                continue
            if node.name.startswith("_") and node.name not in ("__init__", "__call__", "__new__"):
                continue  # what is ours alone is called by us alone
            if isinstance(owner, ast.ClassDef) and owner.name.startswith("_") or node.name.endswith("_on_device"):
                continue
            read = {n.id for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name)}
            if "locals" in read:
                continue
            a = node.args
            prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
            for p in (*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))):
                if p.arg not in read and p.arg not in ("self", "cls", "_") and not p.arg.startswith("_"):
                    yield prefix + node.name, p.arg


def everywhere():
    """{"file function parameter"} of the package."""
    found = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.is_relative_to(PACKAGE / "_tools"):  # called by our own commands only
            continue
        for function, parameter in unread(ast.parse(file.read_text())):
            found.add(f"{file.relative_to(PACKAGE)} {function} {parameter}")
    return found


if __name__ == "__main__":
    print(*sorted(everywhere()), sep="\n")
