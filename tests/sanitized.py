"""Runs a command with the sanitized build of the native code: python tests/sanitized.py [COMMAND ...], by default the
tests.

`make asan` builds it into build/asan-package and calls this. The package there is made of links to the checkout's
files, and of the sanitized
libraries. A report ends the process, with the address sanitizer's status.
"""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "build" / "asan-package"
# Leaks are another audit's affair, and MindSpore's start has its own. MindSpore ends by destructors of libraries that
# are built otherwise.
OPTIONS = (
    "detect_leaks=0:abort_on_error=0:exitcode=77:allocator_may_return_null=1:detect_odr_violation=0:handle_abort=0:"
    "intercept_tls_get_addr=0:max_allocation_size_mb=6000:malloc_context_size=6:quarantine_size_mb=32")

# A thread that the end of the interpreter takes from inside a kernel is unwound past frames whose marks stay on its
# stack: the sanitizer's own next call reads them.
SUPPRESSIONS = "interceptor_name:sigaltstack\n"


def link(package=PACKAGE):
    """Every file of the checkout's Python packages beside the sanitized libraries."""
    for name in ("mindtorch", "mindnlp", "tests", "benchmarks"):
        for path in (ROOT / name).rglob("*.py"):
            link_file(path, package / path.relative_to(ROOT))
    for path in [
        *(ROOT / "tests").rglob("*"),
        *(ROOT / "mindtorch").rglob("py.typed"),
        *(ROOT / "mindtorch").rglob("*.json"),
        *(ROOT / "mindtorch" / "softcann").glob("*.txt"),
    ]:
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            link_file(path, package / path.relative_to(ROOT))
    for name in ("setup.cfg", "pyproject.toml"):
        link_file(ROOT / name, package / name)


def link_file(path, at):
    """A link to a file where there is none yet."""
    at.parent.mkdir(parents=True, exist_ok=True)
    if not at.is_symlink():
        at.symlink_to(path)


def environment(package=PACKAGE):
    """Variables under which a process runs the sanitized build."""
    runtime = subprocess.run(["g++", "-print-file-name=libasan.so"], capture_output=True, text=True,
                             check=True).stdout.strip()
    cxx = subprocess.run(["g++", "-print-file-name=libstdc++.so"], capture_output=True, text=True,
                         check=True).stdout.strip()
    suppressions = package.with_name("asan-suppressions.txt")
    suppressions.write_text(SUPPRESSIONS)
    return {
        **os.environ,
        "LD_PRELOAD": f"{os.path.realpath(runtime)} {os.path.realpath(cxx)}",
        "ASAN_OPTIONS": f"{OPTIONS}:suppressions={suppressions}",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONPATH": str(package),
        "MINDTORCH_SANITIZED": "1",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }


if __name__ == "__main__":
    link()
    command = sys.argv[1:] or ["-m", "pytest", "tests", "-q"]
    sys.exit(subprocess.run([sys.executable, *command], env=environment(), cwd=PACKAGE, check=False).returncode)
