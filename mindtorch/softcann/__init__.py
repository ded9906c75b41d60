"""A software CANN: what MindSpore's Ascend back end needs of Huawei's libraries, over the project's CPU kernels.

Nothing of the product imports it. `build()` compiles it at first use with the system's compiler; `environment()` is
what a process needs to run over it, and Python processes that it starts; `python -m mindtorch softcann script.py` does
both. What a pass shows: that the
calls are of a documented kind. Not that a chip agrees.
"""

from __future__ import annotations

import concurrent.futures
import fcntl
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile

from . import generate

_PACKAGE = pathlib.Path(__file__).parent
_SOURCES = _PACKAGE.parent / "csrc" / "softcann"
_COMMUNICATION = _PACKAGE.parent / "csrc" / "communication"
_VERSION = "8.5.0"
# The names under which MindSpore asks for parts of CANN; everything is in the first, the others lead to it.
_SHELLS = (
    "nnopbase",
    "opapi",
    "hccl",
    "ge_runner",
    "msprofiler",
    "runtime",
    "platform",
    "c_sec",
    "ascend_hal",
    "acl_op_compiler",
    "acl_tdt_channel",
    "acl_tdt_queue",
    "profapi",
    "gmem",
)
LIBRARIES = ("libascendcl.so", "libgraph.so", *(f"lib{name}.so" for name in _SHELLS))


class BuildError(RuntimeError):
    """The compiler is missing or does not compile."""


def _compiler() -> str:
    named = os.environ.get("CXX")
    found = shutil.which(named) if named else shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if not found:
        raise BuildError(
            f"the software CANN is built at first use: {named or 'c++'}, a C++17 compiler, is not there (CXX names one)"
        )
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command[:1])} failed on {command[-1]}:\n{done.stderr[-4000:]}")


def _fingerprint(compiler: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(
        [
            *_SOURCES.iterdir(),
            *_COMMUNICATION.iterdir(),
            *_PACKAGE.glob("*.txt"),
            *_PACKAGE.glob("*.py"),
            _SOURCES.parent / "kernels" / "kernel.h",
            _SOURCES.parent / "kernels" / "dtypes.h",
        ]
    ):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(
        subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout + platform.machine().encode()
    )
    return digest.hexdigest()[:16]


def _root() -> pathlib.Path:
    checkout = _PACKAGE.parent.parent
    if (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK):
        return checkout / "build" / "softcann"
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "mindtorch" / "softcann"


def _compile(compiler: str, work: pathlib.Path, top: pathlib.Path) -> None:
    sources = sorted(_SOURCES.glob("*.cc"))
    (work / "entries.cc").write_text(generate.entry_points(), encoding="utf-8")
    (work / "stubs.cc").write_text(generate.stubs(sources), encoding="utf-8")
    (work / "graph.c").write_text(generate.graph_stubs(), encoding="utf-8")
    lib = top / "lib64"
    lib.mkdir(parents=True)
    flags = ["-O2", "-fwrapv", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", f"-I{_SOURCES}"]

    def translate(source: pathlib.Path) -> str:
        to = work / (source.stem + ".o")
        # the graph engine's strings are of the old kind in MindSpore
        own = (
            ["-x", "c"]
            if source.suffix == ".c"
            else ["-std=c++17", *(["-D_GLIBCXX_USE_CXX11_ABI=0"] if source.stem == "graph_engine" else [])]
        )
        _run([compiler, *flags, *own, "-c", "-o", str(to), str(source)])
        return str(to)

    shared = [_COMMUNICATION / f"{name}.cc" for name in ("group", "numbers", "shared")]
    every = [*sources, *shared, work / "entries.cc", work / "stubs.cc", work / "graph.c"]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        objects = dict(zip((s.stem for s in every), pool.map(translate, every)))
    graph = [objects.pop("graph"), objects.pop("graph_engine")]

    def link(name: str, *what: str) -> None:
        _run([compiler, "-shared", f"-Wl,-soname,{name}", "-o", str(lib / name), *what])

    link("libascendcl.so", *objects.values(), "-pthread", "-ldl")
    link("libgraph.so", *graph)
    for name in _SHELLS:
        link(f"lib{name}.so", "-Wl,--no-as-needed", f"-L{lib}", "-lascendcl")


def build() -> pathlib.Path:
    """The folder with the libraries, shaped like an installation of CANN; built if it is not there."""
    compiler = _compiler()
    # MindSpore wants a folder of this name in the path of libascendcl.so
    top = _root() / _fingerprint(compiler) / "latest"
    if top.is_dir():
        return top
    top.parent.mkdir(parents=True, exist_ok=True)
    with open(top.parent / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if top.is_dir():
            return top
        with tempfile.TemporaryDirectory(dir=top.parent) as folder:
            made = pathlib.Path(folder) / "made"
            _compile(compiler, pathlib.Path(folder), made)
            for name in ("compiler/version.info", "version.info"):
                (made / name).parent.mkdir(exist_ok=True)
                (made / name).write_text(f"Version={_VERSION}\n", encoding="utf-8")
            (made / "opp" / "vendors").mkdir(parents=True)
            # MindSpore reads the version of the collective library from a Python package; sitecustomize makes every
            # Python process with this folder in its path part of the run
            (made / "python" / "hccl").mkdir(parents=True)
            (made / "python" / "hccl" / "__init__.py").write_text("", encoding="utf-8")
            (made / "python" / "hccl" / "sys_version.py").write_text(
                f'__sys_version__ = "{_VERSION}"\n', encoding="utf-8"
            )
            shutil.copyfile(_PACKAGE / "process.py", made / "python" / "softcann_process.py")
            (made / "python" / "sitecustomize.py").write_text(
                "import softcann_process\n\nsoftcann_process.watch(__file__)\n", encoding="utf-8"
            )
            made.rename(top)
    return top


def environment(
    *,
    guard: bool = False,
    contract: bool = False,
    trace: str | None = None,
    faults: str | None = None,
    quirks: str | None = None,
    empty: bool = False,
) -> dict[str, str]:
    """The environment of a process that is to run over the software CANN: `python RUNNER script`, or any Python."""
    from mindtorch._core import runtime

    top = build()
    env = dict(os.environ)
    for name in [n for n in env if n.startswith("SOFTCANN_") and n not in ("SOFTCANN_THREADS", "SOFTCANN_SOC")]:
        del env[name]
    env.update(
        ASCEND_HOME_PATH=str(top),
        ASCEND_TOOLKIT_HOME=str(top),
        ASCEND_OPP_PATH=str(top / "opp"),
        ASCEND_AICPU_PATH=str(top),
        SOFTCANN_HOME=str(top),
        SOFTCANN_KERNELS=str(runtime.kernel_library()),
    )
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(top / "python"), env.get("PYTHONPATH")]))
    for name, value in {
        "GUARD": guard and "1",
        "CONTRACT": contract and "1",
        "EMPTY": empty and "1",
        "TRACE": trace and (trace if trace == "-" else os.path.abspath(trace)),
        "FAULTS": faults,
        "QUIRKS": quirks,
    }.items():
        if value:
            env[f"SOFTCANN_{name}"] = value
    return env


RUNNER = str(_PACKAGE / "run.py")
__all__ = ["BuildError", "LIBRARIES", "RUNNER", "build", "environment"]
