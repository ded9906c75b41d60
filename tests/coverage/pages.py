"""The site's pages in one folder, for MkDocs: docs/*.md, CONTRIBUTING.md, SECURITY.md, and two pages that are made of
what is known: coverage.md and differences.md.

    python -m tests.coverage.pages build/docs
"""
import pathlib
import re
import sys
import types
import warnings

from mindtorch._tools.api import api

from . import known

ROOT = pathlib.Path(__file__).parents[2]
# the rooms of torch that programs use; each with what it is
ROOMS = """
    torch torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.nn.utils.rnn torch.nn.parallel
    torch.optim torch.optim.lr_scheduler torch.optim.swa_utils torch.linalg torch.fft torch.special
    torch.signal.windows torch.sparse torch.nested torch.masked torch.distributions torch.autograd
    torch.autograd.functional torch.autograd.forward_ad torch.autograd.graph torch.func torch.amp torch.utils
    torch.utils.data torch.utils.checkpoint torch.utils.tensorboard torch.utils.benchmark
    torch.utils.flop_counter torch.utils.dlpack torch.profiler torch.random torch.serialization torch.cuda
    torch.cuda.amp torch.backends torch.distributed torch.distributed.fsdp torch.distributed.tensor
    torch.distributed.checkpoint torch.distributed.rpc torch.multiprocessing torch.jit torch.fx torch.export
    torch.onnx torch.compiler torch.library torch.hub torch.overrides torch.quantization torch.ao.quantization
    torch.testing torch.futures torch.package torch.monitor torch.accelerator""".split()


def lacking(path, entry):
    """Arguments that PyTorch's function takes and this one does not."""
    signature = api().signature(path)
    if signature is None or not entry[1]:
        return []
    if any(p.kind is p.VAR_KEYWORD and p.name != "_extra" or p.kind is p.VAR_POSITIONAL
           for p in signature.parameters.values()):
        return []
    names = {n.rstrip("=").lstrip("*") for form in entry[1] for n in form if not n.startswith("*")}
    ours = set(signature.parameters)
    first = next(iter(signature.parameters), "")
    try:
        from mindtorch._ops.table.calls import name_for
    except ImportError:
        from mindtorch._ops.table.registry import _NUMPY_NAMES

        def name_for(names, key, given=()):
            return key if key in names else _NUMPY_NAMES.get(key)
    return sorted(n for n in names - ours - {"self", "out", "input"} if not n.startswith("_") and first != n
                  and name_for(ours, n) not in ours)


def state(path, entry):
    """'full', 'partial' with what is missing, 'absent' or 'raises'."""
    thing, why = api().resolve(path)
    if why == "missing":
        return "absent", ""
    if getattr(thing, "__mindtorch_absent__", False):
        return "raises", ""
    if entry[0] in ("f", "class", "module") and (missing := lacking(path, entry)):
        return "partial", ", ".join(missing)
    return "full", ""


def ascend(name):
    """The npu's part of a row."""
    told = api().coverage["ascend"].get(name)
    if told is None:
        return ""
    bad = [f"{dtypes}: {status.partition(': ')[0]}" for status, dtypes in told.items() if status]
    return "; ".join(bad) if bad else "yes"


def rooms():
    """{room: {name: (entry, state, missing)}}"""
    found = {}
    for room in ROOMS:
        names, listed = {}, set((api().entry(room) or ["", ()])[1:][0])
        for name in api().names_of(room):
            if listed and name not in listed:  # imported there for PyTorch's own use
                continue
            path = f"{room}.{name}"
            entry = api().entry(path)
            thing = api().resolve(path)[0]
            if entry is None or entry[0] == "module_" or name.startswith("_") or isinstance(thing, types.ModuleType):
                continue
            names[name] = (entry, *state(path, entry))
        if names:
            found[room] = names
    found["torch.Tensor"] = {
        name: (entry, *state(f"torch.Tensor.{name}", entry))
        for name, entry in sorted(api().recorded["torch.Tensor"][4].items()) if not name.startswith("_")}
    return found


def coverage():
    """The page's text."""
    found = rooms()
    lines = ["# Coverage", "", f"Made by `make docs` from the namespace and from PyTorch {api().version}'s names and "
             "signatures; do not edit. *Partial*: an argument that PyTorch's has is not taken. *Raises*: the name is "
             "there, calling it says that it is not supported. Whether results agree is another question: PARITY.md "
             "has that by operator.", "",
             "| room | names | full | partial | raises | absent |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for room, names in found.items():
        counts = [sum(s == kind for _, s, _ in names.values()) for kind in ("full", "partial", "raises", "absent")]
        lines.append(f"| [{room}](#{room.lower().replace('.', '')}) | {len(names)} | "
                     + " | ".join(map(str, counts)) + " |")
    for room, names in found.items():
        lines += ["", f"## {room}", ""]
        rest = [(n, s, m) for n, (_, s, m) in names.items() if s != "full"]
        if rest:
            lines += ["| name | | what is missing |", "| --- | --- | --- |"]
            lines += [f"| {n} | {s} | {m} |" for n, s, m in rest] + [""]
        short = room.removeprefix("torch.").removeprefix("torch").removeprefix("Tensor")
        lines += ["Full: " + ", ".join(f"`{n}`" for n, (_, s, _) in names.items() if s == "full"), ""]
        helped = [(n, a) for n in names if names[n][1] == "full" and room in (
            "torch", "torch.nn", "torch.nn.functional", "torch.linalg", "torch.fft", "torch.special") and (
            a := ascend(f"{short}.{n}" if short else n)) not in ("", "yes")]
        if helped:
            lines += ["On Ascend, by dtype (host: computed on the host; shown over the software CANN):", ""]
            lines += [f"* `{n}`: {a}" for n, a in helped]
    return "\n".join(lines) + "\n"


def differences():
    """The page's text."""
    lines = ["# Known differences", "", "Made by `make docs` from `tests/parity/gaps.py` and "
             "`tests/coverage/known.py`; do not edit. What raises is in [Coverage](coverage.md).", "",
             "| name | difference |", "| --- | --- |"]
    lines += [f"| {name.removeprefix('torch.')} | {text.replace('|', '/')} |"
              for name, text in sorted(api().coverage["differences"].items())]
    lines += ["", "## Behaviour", "", *(f"* {text} ({where})" for text, where in known.BEHAVIOUR), ""]
    return "\n".join(lines)


def gather(folder):
    """Write all pages into a folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    pages = {p.name: p.read_text(encoding="utf8") for p in (ROOT / "docs").glob("*.md")}
    for name in ("CONTRIBUTING", "SECURITY"):
        text = (ROOT / f"{name}.md").read_text(encoding="utf8")
        pages[f"{name.lower()}.md"] = re.sub(r"\]\(docs/", "](", text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pages["coverage.md"], pages["differences.md"] = coverage(), differences()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf8")
    return pages




if __name__ == "__main__":
    gather(sys.argv[1])
