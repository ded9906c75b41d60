"""Layers that are one functional call: declared in one line, turned into classes here."""
import ast
import inspect
import linecache


def layers(scope):
    """The declaring function for one file, whose globals `scope` are."""

    def layer(name, arguments="", forward=None, *, inputs="input", base="Module", init="super().__init__()", shows=None,
              constants=None, check="", drop=(), doc=None):
        """A class `name`: `arguments` are those of __init__ and become attributes unless `init` uses them, `forward` is
        the expression of the result,
        `shows` the format of extra_repr (inplace=True is added when it is set and not mentioned), `check` a statement
        of __init__ before they are stored, `drop` the
        arguments that only it needs."""
        names = list(inspect.signature(eval(f"lambda {_bare(arguments)}: None")).parameters) if arguments else []
        stored = [n for n in names if n not in _words(init) and n not in drop]
        lines = [f"class {name}({base}):", f"    {(doc or f'{name}: see torch.nn.functional.')!r}"]
        if constants is None:
            constants = names
        if constants:
            lines.append(f"    __constants__ = {list(constants)!r}")
        if arguments:
            lines += [f"    def __init__(self, {arguments}) -> None:", f"        {init}"]
            lines += [f"        {check}"] if check else []
            lines += [f"        self.{n} = {n}" for n in stored]
        if forward:
            lines += [f"    def forward(self, {inputs}):", f"        return {forward}"]
        if shows is not None:
            lines += ["    def extra_repr(self):", f"        return _shown({shows!r}, self)"]
        scope["_shown"] = _shown
        text = "\n".join(lines) + "\n"
        file = f"<{scope['__name__']}.{name}>"
        # tracebacks and inspect.getsource find the text
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        exec(compile(text, file, "exec"), scope)
        return scope[name]

    return layer


def _bare(arguments):
    """The arguments without annotations."""
    tree = ast.parse(f"def f({arguments}): pass").body[0].args
    for a in (*tree.args, *tree.kwonlyargs):
        a.annotation = None
    return ast.unparse(tree)


def _words(text):
    return set(text.replace("(", " ").replace(")", " ").replace(",", " ").replace("=", " ").split())


def _shown(form, module):
    text = form.format_map(vars(module))
    if getattr(module, "inplace", False) and "{inplace}" not in form:
        text += ", inplace=True" if text else "inplace=True"
    return text

