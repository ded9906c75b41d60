"""Bytecode of generated functions, kept between processes: compiling a thousand of them is most of what importing
costs.

The file lies where Python keeps its own bytecode and is as disposable: what is not in it is compiled, and where it
cannot be written
nothing is kept. The whole source is the key, so that it cannot be out of date.
"""
import importlib.util
import linecache
import marshal
import os
import sys

_path = None if sys.dont_write_bytecode else importlib.util.cache_from_source(__file__) + ".functions"
_used, _fresh = {}, False


def _load():
    try:
        with open(_path, "rb") as f:
            if f.read(len(importlib.util.MAGIC_NUMBER)) == importlib.util.MAGIC_NUMBER:
                return marshal.load(f)
    except (OSError, EOFError, ValueError, TypeError):
        pass  # absent or damaged: it is made anew
    return {}


_known = _load() if _path else {}


def compiled(source, name):
    """Code object of a function's source text, which tracebacks, debuggers and inspect find under the code's file
    name."""
    global _fresh
    file = f"<mindtorch>/{name}"
    while file in linecache.cache:
        file += "'"
    linecache.cache[file] = (lambda: source,)  # as its own lazy entries: split into lines when somebody asks
    key = (file, source)
    code = _known.get(key)
    if code is None:
        code, _fresh = compile(source, file, "exec"), True
    _used[key] = code
    return code


def keep():
    """Write down what this process used when the file has not got it all."""
    global _fresh
    if _fresh and _path:
        try:
            os.makedirs(os.path.dirname(_path), exist_ok=True)
            unfinished = f"{_path}.{os.getpid()}"
            with open(unfinished, "wb") as f:
                f.write(importlib.util.MAGIC_NUMBER + marshal.dumps(_used))
            os.replace(unfinished, _path)  # readers see the old file or the new one
        except OSError:
            pass  # a read-only installation
    _fresh = False
    _known.clear()
    _used.clear()
