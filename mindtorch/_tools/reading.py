"""Reads a Python file without running it: which names of torch it uses, and how it calls them."""
import ast
from typing import NamedTuple

from .values import UNKNOWN, Instance, Literal, Name, Own, Several, Tensor, join

# Functions that make a tensor of sizes that stand in the call
_SIZED = frozenset("torch.zeros torch.ones torch.empty torch.rand torch.randn torch.full".split())
# The class of a result that is no tensor
_RETURNS = {"torch.device": "torch.device", "torch.Generator": "torch.Generator", "torch.get_rng_state": "torch.Tensor"}
_CATCH_IMPORT = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException", "RuntimeError",
                 "NotImplementedError", "TypeError"}
_DEVICES = frozenset("cuda mps xla xpu hpu mlu sdaa musa neuron mtia ipu hip vulkan".split())
# Conditions that do not hold here, whatever the machine
_FALSE = {"torch.backends.mps.is_available", "torch.xpu.is_available", "torch.mps.is_available",
          "torch.backends.mps.is_built", "torch.version.hip"}


class Use(NamedTuple):
    """A place where a name of torch is used."""

    line: int
    column: int
    end: int
    name: str  # torch.x.y, or Tensor.m / Class.m of a value
    how: str  # import, name, call, method, attribute
    args: tuple = ()
    keywords: tuple = ()  # (name, value)
    spread: bool = False  # *args or **kwargs in the call
    guard: str = ""  # why the line may not be reached, or its error is caught
    receiver: object = None  # what is known of the value whose method it is


class Foreign(NamedTuple):
    """An import of another package."""

    line: int
    column: int
    module: str
    guard: str


class File:
    """What a file says: `uses` of torch, `foreign` packages, `devices` (texts that name one) and all `imports`."""

    def __init__(self, path, text, api):
        self.path, self.text, self.lines, self.api = path, text, text.splitlines(), api
        self.tree = ast.parse(text, filename=str(path))
        self.returns, self.members = {}, {}
        for last in (False, True):  # the first reading finds what functions return and what objects hold
            self.uses, self.foreign, self.devices, self.imports = [], [], [], []
            self.fields, self.bases = {}, {}
            _Reader(self).module()
            self.members = self.fields
        self.uses.sort(key=lambda u: (u.line, u.column))

    @property
    def concerns(self):
        """Whether torch is named at all."""
        return bool(self.uses or self.foreign)


class _Reader:
    def __init__(self, file):
        self.file, self.api = file, file.api
        self.late = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" and any(
            a.name == "annotations" for a in n.names) for n in file.tree.body)
        self.scopes, self.guards, self.classes, self.functions, self.mute = [{}], [], [], [], 0

    # ---- where a name stands ----

    def look(self, name):
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return UNKNOWN

    def put(self, target, value):
        if isinstance(target, ast.Name):
            self.scopes[-1][target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.parts if isinstance(value, Several) and len(value.parts) == len(target.elts) else None
            for i, each in enumerate(target.elts):
                self.put(each, parts[i] if parts else UNKNOWN)
        elif isinstance(target, ast.Starred):
            self.put(target.value, UNKNOWN)
        elif isinstance(target, ast.Attribute):
            held = self.value(target.value)
            if held == Own("self", True) and self.classes:
                fields = self.file.fields.setdefault(self.classes[-1], {})
                fields[target.attr] = join(fields[target.attr], value) if target.attr in fields else value
            elif isinstance(held, (Tensor, Instance)) and target.attr in ("grad", "data", "requires_grad"):
                self.attribute(target, held)
        elif isinstance(target, ast.Subscript):
            self.value(target.value)
            self.value(target.slice)

    def use(self, node, name, how, **more):
        if not self.mute:
            self.file.uses.append(Use(node.lineno, node.col_offset, node.end_col_offset or node.col_offset, name, how,
                                      guard=self.guards[-1] if self.guards else "", **more))

    # ---- statements ----

    def module(self):
        self.block(self.file.tree.body)

    def block(self, body):
        for node in body:
            method = getattr(self, "do_" + type(node).__name__, None)
            if method is not None:
                method(node)
            else:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def guarded(self, why, body):
        self.guards.append(why or (self.guards[-1] if self.guards else ""))
        self.block(body)
        self.guards.pop()

    def do_Import(self, node):
        for alias in node.names:
            first = alias.name.split(".")[0]
            if first in ("torch", "mindtorch"):
                path = "torch" + alias.name[len(first):]
                self.use(node, path, "import")
                self.scopes[-1][alias.asname or first] = Name(path if alias.asname else "torch")
            else:
                self.foreign(node, alias.name)
                self.file.imports.append((0, alias.name, ()))
                self.scopes[-1][alias.asname or first] = UNKNOWN

    def do_ImportFrom(self, node):
        first = (node.module or "").split(".")[0]
        if node.level or first not in ("torch", "mindtorch"):
            if not node.level:
                self.foreign(node, node.module)
            self.file.imports.append((node.level, node.module or "", tuple(a.name for a in node.names)))
            for alias in node.names:
                self.scopes[-1][alias.asname or alias.name] = UNKNOWN
            return
        path = "torch" + node.module[len(first):]
        for alias in node.names:
            if alias.name == "*":
                self.use(node, path, "import")
                for name in self.api.names_of(path):
                    self.scopes[-1][name] = Name(f"{path}.{name}")
            else:
                self.use(node, f"{path}.{alias.name}", "import")
                self.scopes[-1][alias.asname or alias.name] = Name(f"{path}.{alias.name}")

    def foreign(self, node, module):
        if not self.mute and module:
            self.file.foreign.append(Foreign(node.lineno, node.col_offset, module,
                                             self.guards[-1] if self.guards else ""))

    def do_Assign(self, node):
        value = self.value(node.value)
        if any(ast.unparse(t).rpartition(".")[2].endswith("device") for t in node.targets) and isinstance(
                node.value, (ast.Constant, ast.IfExp)):
            self.device(node.value)
        for target in node.targets:
            self.put(target, value)

    def do_AnnAssign(self, node):
        noted = self.annotated(node.annotation)
        value = self.value(node.value) if node.value else UNKNOWN
        self.put(node.target, value if noted is UNKNOWN else noted if value is UNKNOWN else value)

    def do_AugAssign(self, node):
        left, right = self.value(node.target), self.value(node.value)
        self.put(node.target, self.combined(left, right))

    def do_Delete(self, node):
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scopes[-1].pop(target.id, None)

    def do_Return(self, node):
        value = self.value(node.value) if node.value else Literal(None)
        if self.functions:
            name = self.functions[-1]
            seen = self.file.returns.get(name)
            self.file.returns[name] = value if seen is None else join(seen, value)

    def branches(self, *bodies):
        """Each body from the same start; afterwards what all of them agree on."""
        start, ends = dict(self.scopes[-1]), []
        for why, body in bodies:
            self.scopes[-1] = dict(start)
            self.guarded(why, body)
            if not (body and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))):
                ends.append(self.scopes[-1])
        if not ends:
            self.scopes[-1] = start
            return
        merged = dict(ends[0])
        for other in ends[1:]:
            for name in set(merged) | set(other):
                merged[name] = join(merged[name], other[name]) if name in merged and name in other else merged.get(
                    name, other.get(name))
        self.scopes[-1] = merged

    def do_If(self, node):
        self.value(node.test)
        holds, otherwise = self.condition(node.test)
        self.branches((holds, node.body), (otherwise, node.orelse))

    def condition(self, test):
        """Why the body, and why the else, is not reached as far as that is known."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            holds, otherwise = self.condition(test.operand)
            return otherwise, holds
        if isinstance(test, ast.BoolOp):
            sides = [self.condition(v) for v in test.values]
            if isinstance(test.op, ast.And):
                return next((h for h, _ in sides if h), ""), ""
            return "", next((o for _, o in sides if o), "")
        text = ast.unparse(test)
        if isinstance(test, (ast.Name, ast.Attribute)) and text.rpartition(".")[2] == "TYPE_CHECKING":
            return "read by type checkers only", ""
        if text == "__debug__" or isinstance(test, ast.Constant) and not isinstance(test.value, str):
            return ("", "never reached") if text == "__debug__" or test.value else ("never reached", "")
        if isinstance(test, ast.Call):
            called = self.value_quietly(test.func)
            if isinstance(called, Name) and called.path in _FALSE:
                return f"{called.path}() is False here", ""
            if (isinstance(test.func, ast.Name) and test.func.id == "hasattr" and len(test.args) == 2
                    and isinstance(test.args[1], ast.Constant)):
                held = self.value_quietly(test.args[0])
                if isinstance(held, Name):
                    there = self.api.exists(f"{held.path}.{test.args[1].value}")
                    return ("", f"{text} is True here") if there else (f"{text} is False here", "")
            if text.split("(")[0].rpartition(".")[2].startswith(("is_", "_is_")) and "available" in text:
                return f"only if {text}", ""
        if isinstance(test, (ast.Name, ast.Attribute)) and "available" in text.lower():
            return f"only if {text}", ""
        if isinstance(test, ast.Compare) and "version" in text.lower():
            return f"only if {text}", f"only if not {text}"
        return "", ""

    def do_Try(self, node):
        caught = any(h.type is None or any(n in _CATCH_IMPORT for n in ast.unparse(h.type).replace("(", " ").replace(
            ")", " ").replace(",", " ").split()) for h in node.handlers)
        self.guarded("its error is caught" if caught else "", node.body)
        start = dict(self.scopes[-1])
        for handler in node.handlers:
            self.scopes[-1] = dict(start)
            self.guarded("only after an error", handler.body)
        self.scopes[-1] = start
        self.block(node.orelse)
        self.block(node.finalbody)

    do_TryStar = do_Try

    def repeated(self, body, orelse):
        """A body that runs again with what it left: read once in silence first."""
        start = dict(self.scopes[-1])
        self.mute += 1
        self.block(body)
        self.mute -= 1
        end = self.scopes[-1]
        self.scopes[-1] = {n: join(start[n], end[n]) if n in start and n in end else start.get(n, end.get(n))
                           for n in set(start) | set(end)}
        self.block(body)
        self.block(orelse)

    def do_For(self, node):
        over = self.value(node.iter)
        self.put(node.target, self.element(over))
        self.repeated(node.body, node.orelse)

    do_AsyncFor = do_For

    def element(self, over):
        if isinstance(over, Tensor):
            return Tensor(over.dtype, over.rank - 1 if over.rank > 0 else -1)
        if isinstance(over, Several) and over.parts:
            found = over.parts[0]
            for part in over.parts[1:]:
                found = join(found, part)
            return found
        return UNKNOWN

    def do_While(self, node):
        self.value(node.test)
        self.repeated(node.body, node.orelse)

    def do_With(self, node):
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.put(item.optional_vars, value if isinstance(value, Instance) else UNKNOWN)
        self.block(node.body)

    do_AsyncWith = do_With

    def do_Match(self, node):
        self.value(node.subject)
        self.branches(*(("", case.body) for case in node.cases))

    def do_ClassDef(self, node):
        for each in [*node.decorator_list, *(k.value for k in node.keywords)]:
            self.value(each)
        bases = [self.value(b) for b in node.bases]
        found = [b.path for b in bases if isinstance(b, Name)]
        for base in bases:  # a class of the file that is a class of torch
            if isinstance(base, Own):
                found += self.file.bases.get(base.name, [])
        self.file.bases[node.name] = found
        self.scopes[-1][node.name] = Own(node.name)
        self.classes.append(node.name)
        self.scopes.append({})
        self.block(node.body)
        self.scopes.pop()
        self.classes.pop()

    def do_FunctionDef(self, node):
        for each in [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]:
            self.value(each)
        method = bool(self.classes) and len(self.scopes) > 1 and not self.functions
        name = f"{self.classes[-1]}.{node.name}" if method else node.name
        self.scopes[-1][node.name] = Own(name)
        scope = {}
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for i, each in enumerate(arguments):
            scope[each.arg] = self.annotated(each.annotation)
            if i == 0 and method and each.arg == "self":
                scope["self"] = Own("self", True)
        for each in (node.args.vararg, node.args.kwarg):
            if each:
                scope[each.arg] = UNKNOWN
        if node.returns is not None:
            noted = self.annotated(node.returns)
            if noted is not UNKNOWN:
                self.file.returns[name] = noted
        self.scopes.append(scope)
        self.functions.append(name)
        saved, self.guards = self.guards, []  # a body runs when it is called, not where it stands ...
        self.guards = [g for g in saved if not g.startswith("its error")]  # ... unless it is not defined at all
        self.block(node.body)
        self.guards = saved
        self.functions.pop()
        self.scopes.pop()

    do_AsyncFunctionDef = do_FunctionDef

    # ---- expressions ----

    def annotated(self, node):
        """What an annotation promises."""
        if node is None:
            return UNKNOWN
        if self.late and not self.mute:  # from __future__ import annotations: it is not evaluated
            self.mute += 1
            try:
                return self.annotated(node)
            finally:
                self.mute -= 1
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return UNKNOWN
            ast.fix_missing_locations(node)
            self.mute += 1
            try:
                return self.annotated(node)
            finally:
                self.mute -= 1
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return join(self.annotated(node.left), self.annotated(node.right))
        if isinstance(node, ast.Constant) and node.value is None:
            return Literal(None)
        if isinstance(node, ast.Subscript):
            self.mute += 1
            outer = ast.unparse(node.value).rpartition(".")[2]
            self.mute -= 1
            inner = self.annotated(node.slice)
            return inner if outer == "Optional" else UNKNOWN
        if isinstance(node, ast.Tuple):
            for each in node.elts:
                self.annotated(each)
            return UNKNOWN
        value = self.value(node)
        if isinstance(value, Name):
            kind = self.api.kind(value.path)
            if value.path.startswith("torch.") and self.api.is_tensor_class(value.path):
                return Tensor()
            return Instance(value.path) if kind in ("class", "module") else UNKNOWN
        return UNKNOWN

    def value_quietly(self, node):
        self.mute += 1
        try:
            return self.value(node)
        finally:
            self.mute -= 1

    def value(self, node):
        """What is known of an expression; names of torch in it are noted."""
        method = getattr(self, "of_" + type(node).__name__, None)
        if method is not None:
            return method(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif isinstance(child, ast.comprehension):
                self.put(child.target, self.element(self.value(child.iter)))
                for each in child.ifs:
                    self.value(each)
        return UNKNOWN

    def of_Constant(self, node):
        return Literal(node.value)

    def device(self, node):
        """A text that names a device where a device is meant."""
        for each in ast.walk(node):
            if (isinstance(each, ast.Constant) and isinstance(each.value, str) and not self.mute
                    and each.value.split(":")[0] in _DEVICES):
                self.file.devices.append((each.lineno, each.col_offset, each.value,
                                          self.guards[-1] if self.guards else ""))

    def of_Name(self, node):
        found = self.look(node.id)
        if isinstance(found, Name) and isinstance(node.ctx, ast.Load):
            self.use(node, found.path, "name")
        return found

    def of_Tuple(self, node):
        parts = tuple(self.value(e) for e in node.elts)
        if all(isinstance(p, Literal) for p in parts):
            return Literal(tuple(p.value for p in parts))
        return Several(parts)

    of_List = of_Tuple

    def comprehension(self, node):
        self.scopes.append({})
        for each in node.generators:
            self.put(each.target, self.element(self.value(each.iter)))
            for test in each.ifs:
                self.value(test)
        found = [self.value(e) for e in ([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])]
        self.scopes.pop()
        return UNKNOWN if len(found) > 1 else Several((found[0],)) if isinstance(found[0], Tensor) else UNKNOWN

    of_ListComp = of_SetComp = of_GeneratorExp = of_DictComp = comprehension

    def of_Lambda(self, node):
        self.scopes.append({a.arg: UNKNOWN for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]})
        self.value(node.body)
        self.scopes.pop()
        return UNKNOWN

    def of_IfExp(self, node):
        self.value(node.test)
        holds, otherwise = self.condition(node.test)
        found = []
        for why, part in ((holds, node.body), (otherwise, node.orelse)):
            self.guards.append(why or (self.guards[-1] if self.guards else ""))
            found.append(self.value(part))
            self.guards.pop()
        return join(*found)

    def of_BoolOp(self, node):
        """a and b: b is reached where a holds."""
        found = []
        for i, each in enumerate(node.values):
            why = self.condition(node.values[i - 1])[isinstance(node.op, ast.Or)] if i else ""
            self.guards.append(why or (self.guards[-1] if self.guards else ""))
            found.append(self.value(each))
        del self.guards[-len(node.values):]
        result = found[0]
        for each in found[1:]:
            result = join(result, each)
        return result

    def combined(self, a, b):
        tensors = [v for v in (a, b) if isinstance(v, Tensor)]
        if not tensors:
            return UNKNOWN
        others = [v for v in (a, b) if not isinstance(v, Tensor)]
        plain = all(isinstance(v, Literal) for v in others)
        ranks = [t.rank for t in tensors]
        dtypes = {t.dtype for t in tensors}
        known = -1 if -1 in ranks or not plain else max(ranks)
        same = len(dtypes) == 1 and plain and dtypes <= {"float32", "float64", "float16"}
        return Tensor(dtypes.pop() if same else "", known)

    def of_BinOp(self, node):
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.MatMult) and isinstance(left, Tensor) and isinstance(right, Tensor):
            return Tensor(left.dtype if left.dtype == right.dtype else "")
        return self.combined(left, right)

    def of_UnaryOp(self, node):
        inner = self.value(node.operand)
        if isinstance(inner, Literal) and isinstance(node.op, ast.USub) and isinstance(inner.value, (int, float)):
            return Literal(-inner.value)
        return inner if isinstance(inner, Tensor) and not isinstance(node.op, ast.Not) else UNKNOWN

    def of_Compare(self, node):
        parts = [self.value(node.left), *(self.value(c) for c in node.comparators)]
        tested = all(isinstance(o, (ast.Lt, ast.Gt, ast.LtE, ast.GtE, ast.Eq, ast.NotEq)) for o in node.ops)
        return Tensor("bool") if tested and any(isinstance(p, Tensor) for p in parts) else UNKNOWN

    def of_Subscript(self, node):
        held, at = self.value(node.value), self.value(node.slice)
        if isinstance(held, Tensor):
            return Tensor(held.dtype)
        if isinstance(held, Several) and isinstance(at, Literal) and isinstance(at.value, int):
            return held.parts[at.value] if -len(held.parts) <= at.value < len(held.parts) else UNKNOWN
        return UNKNOWN

    def of_Attribute(self, node):
        if isinstance(node.value, ast.Name) and isinstance(self.look(node.value.id), Name):
            held = self.look(node.value.id)  # torch in torch.x is not a use of its own
        elif isinstance(node.value, ast.Attribute):
            held = self.inner(node.value)
        else:
            held = self.value(node.value)
        return self.attribute(node, held)

    def inner(self, node):
        """A chain a.b.c: only the whole of it is a use."""
        before = len(self.file.uses)
        held = self.of_Attribute(node)
        if isinstance(held, Name) and not self.mute:
            del self.file.uses[before:]
        return held

    def attribute(self, node, held):
        name = node.attr
        if isinstance(held, Name):
            if self.api.kind(held.path) == "value" and not self.api.exists(f"{held.path}.{name}"):
                return UNKNOWN
            self.use(node, f"{held.path}.{name}", "name")
            return Name(f"{held.path}.{name}")
        if isinstance(held, Own):
            if held == Own("self", True) and self.classes:
                found = self.file.members.get(self.classes[-1], {}).get(name)
                if found is not None:
                    return found
                if f"{self.classes[-1]}.{name}" in self.file.returns:
                    return Own(f"{self.classes[-1]}.{name}")
                for base in self.file.bases.get(self.classes[-1], []):
                    if self.api.member(base, name):
                        self.use(node, f"{base}.{name}", "attribute", receiver=Instance(base))
                        break
            return UNKNOWN
        if isinstance(held, Tensor):
            self.use(node, f"torch.Tensor.{name}", "attribute", receiver=held)
            return self.api.attribute_of_tensor(name, held)
        if isinstance(held, Instance):
            self.use(node, f"{held.path}.{name}", "attribute", receiver=held)
            return UNKNOWN
        if isinstance(held, (Literal, Several)):
            return UNKNOWN
        self.use(node, f"?.{name}", "attribute")
        return UNKNOWN

    def of_Call(self, node):
        before = len(self.file.uses)
        called = self.value(node.func)
        # the use that the callee's own expression noted becomes the call
        noted = None
        if not self.mute and len(self.file.uses) > before and self.file.uses[-1].end == node.func.end_col_offset:
            noted = self.file.uses.pop()
        args = tuple(self.value(a.value if isinstance(a, ast.Starred) else a) for a in node.args)
        keywords = tuple((k.arg, self.value(k.value)) for k in node.keywords)
        short = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if short in ("to", "device") and node.args and isinstance(node.args[0], (ast.Constant, ast.IfExp, ast.BinOp)):
            self.device(node.args[0])
        for each in node.keywords:
            if each.arg in ("device", "map_location") and isinstance(each.value, (ast.Constant, ast.IfExp)):
                self.device(each.value)
        spread = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
        keywords = tuple(k for k in keywords if k[0] is not None)
        if noted is not None:
            how = "method" if noted.how == "attribute" else "call"
            self.file.uses.append(noted._replace(how=how, args=args, keywords=keywords, spread=spread))
        if isinstance(node.func, ast.Attribute) and isinstance(held := self.value_quietly(node.func.value), Tensor):
            return self.api.result_of_method(node.func.attr, held, args, dict(keywords))
        if isinstance(called, Name):
            return self.result(called.path, args, dict(keywords))
        if isinstance(called, Instance) and self.api.kind(called.path) == "module":
            return self.api.result_of_layer(called.path)
        if isinstance(called, Own):
            if called.name in self.file.bases and not called.made:
                return UNKNOWN
            return self.file.returns.get(called.name, UNKNOWN)
        return UNKNOWN

    def result(self, path, args, keywords):
        kind = self.api.kind(path)
        if kind in ("class", "module"):
            return Tensor() if self.api.is_tensor_class(path) else Instance(path)
        given = self.api.gives(path)
        if given == "T":
            dtype = keywords.get("dtype")
            dtype = dtype.path.rpartition(".")[2] if isinstance(dtype, Name) else ""
            rank = -1
            if path in _SIZED and args:
                first = args[0]
                if isinstance(first, Literal) and isinstance(first.value, (tuple, list)):
                    rank = len(first.value)
                elif path != "torch.full" and all(isinstance(a, Literal) and isinstance(a.value, int) for a in args):
                    rank = len(args)
                if not dtype and path != "torch.full" and "dtype" not in keywords:
                    dtype = "float32"
            return Tensor(dtype, rank)
        if path in _RETURNS:
            return Instance(_RETURNS[path])
        return UNKNOWN
