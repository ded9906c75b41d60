"""The project for aarch64, built and run on an x86-64 Linux machine: python tests/aarch64.py [COMMAND ...], by default
a slice of the tests;
`softcann SCRIPT ...` runs a script over the software CANN there.

Needs Debian's packages g++-aarch64-linux-gnu and qemu-user-static, and the architecture arm64 among apt's (dpkg
--add-architecture arm64).
Python comes from Debian's packages for arm64, MindSpore and the other wheels from PyPI; all is unpacked into
build/aarch64, nothing is
installed. What it shows: MindSpore's own aarch64 libraries with ours, instruction by instruction, under emulation. Not
a real processor's speed,
nor its order of memory.
"""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HERE = ROOT / "build" / "aarch64"
SYSTEM, SITE, PACKAGE, WRAPPER = HERE / "root", HERE / "site", HERE / "package", HERE / "python"
DEBIAN = """python3.11-minimal libpython3.11-minimal libpython3.11-stdlib python3.11 libpython3.11-dev libc6 libstdc++6
             libgcc-s1
    libgomp1 zlib1g libexpat1 libssl3 libffi8 libbz2-1.0 liblzma5 libsqlite3-0 libuuid1 libcrypt1""".split()
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64",
             "any")
WHEELS = (
    ("mindspore>=2.10,<2.11", "numpy>=2,<3", "scipy", "safetensors", "packaging", "typing_extensions", "jinja2",
     "pytest", "hypothesis"),
    ("-c", str(ROOT / "benchmarks" / "constraints.txt"), "transformers>=5.23,<6", "psutil", "pyyaml"),
    ("--no-deps", "accelerate", "peft"),  # the rest of what they need is here, but for torch, which is ours
)
SLICE = ["-m", "pytest", "-q", "tests/test_parity.py", "tests/test_views.py", "tests/test_optim.py"]


def run(*command, **options):
    """Run a command; its failure ends this program."""
    done = subprocess.run([str(c) for c in command], check=False, **options)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with status {done.returncode}")


def unpack():
    """Python and the wheels of the other processor, once."""
    for program in ("aarch64-linux-gnu-g++", "qemu-aarch64-static", "apt-get", "dpkg"):
        if not shutil.which(program):
            raise SystemExit(f"{program} is not installed; {__doc__.split(chr(10) * 2)[1].strip()}")
    if not (SYSTEM / ".unpacked").exists():
        packages = HERE / "debian"
        shutil.rmtree(SYSTEM, ignore_errors=True)
        packages.mkdir(parents=True, exist_ok=True)
        run("apt-get", "download", "-qq", *(f"{name}:arm64" for name in DEBIAN), cwd=packages)
        for package in packages.glob("*.deb"):
            run("dpkg", "-x", package, SYSTEM)
        (SYSTEM / ".unpacked").touch()
    if not (SITE / ".unpacked").exists():
        shutil.rmtree(SITE, ignore_errors=True)
        where = [f for p in PLATFORMS for f in ("--platform", p)]
        for wheels in WHEELS:
            run(sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install", "--target", SITE,
                "--only-binary=:all:",
                "--python-version", "3.11", "--implementation", "cp", *where, *wheels)
        (SITE / ".unpacked").touch()


def build():
    """Kernels, engine and the Python files beside them; the interpreter's wrapper."""
    from tests import sanitized

    bin_ = pathlib.Path(sys.executable).parent
    made = HERE / "cmake"
    if not (made / "build.ninja").exists():
        run(bin_ / "cmake", "-S", ROOT / "mindtorch" / "csrc", "-B", made, "-G", "Ninja",
            f"-DCMAKE_MAKE_PROGRAM={bin_ / 'ninja'}",
            f"-DCMAKE_TOOLCHAIN_FILE={ROOT / 'mindtorch' / 'csrc' / 'aarch64.cmake'}",
            f"-DMINDTORCH_OUTPUT={PACKAGE / 'mindtorch'}",
            f"-DMINDTORCH_MINDSPORE={SITE / 'mindspore'}", "-DMINDTORCH_SUFFIX=.cpython-311-aarch64-linux-gnu.so",
            f"-DMINDTORCH_PYTHON_INCLUDE={SYSTEM / 'usr/include/python3.11'};{SYSTEM / 'usr/include'}")
    run(bin_ / "cmake", "--build", made)
    sanitized.link(PACKAGE)
    for path in [*(ROOT / "mindtorch" / "csrc").rglob("*.h"), *(ROOT / "mindtorch" / "csrc" / "softcann").iterdir()]:
        sanitized.link_file(path, PACKAGE / path.relative_to(ROOT))
    # children are started by sys.executable, which is a program of the other processor
    (PACKAGE / "sitecustomize.py").write_text("import os, sys\nsys.executable = "
                                              "os.environ['MINDTORCH_EMULATED_PYTHON']\n", encoding="utf-8")
    WRAPPER.write_text(f'#!/bin/sh\nexport MINDTORCH_EMULATED_PYTHON="$0"\nexec qemu-aarch64-static -L {SYSTEM} '
                       f'{SYSTEM}/usr/bin/python3.11 "$@"\n', encoding="utf-8")
    WRAPPER.chmod(0o755)
    if not (SITE / "torch").exists():
        text = f"from mindtorch import shim; shim._folder = lambda: {str(SITE)!r}; shim.install()"
        run(WRAPPER, "-c", text, env=environment(), cwd=PACKAGE)


def environment():
    """Variables of emulated processes."""
    return {
        **os.environ,
        "PYTHONPATH": f"{PACKAGE}:{SITE}",
        "CXX": shutil.which("aarch64-linux-gnu-g++") or "",
        "PYTHONNOUSERSITE": "1",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }


def over_softcann():
    """Variables of emulated processes over the software CANN, guard and contract on. It is compiled here: an emulated
    process that has
    threads cannot start a compiler."""
    import platform

    from mindtorch import softcann

    platform.machine = lambda: "aarch64"
    os.environ.update({"CXX": shutil.which("aarch64-linux-gnu-g++") or ""})
    softcann._root = lambda: HERE / "softcann"
    env = environment() | softcann.environment(guard=True, contract=True)
    env["SOFTCANN_KERNELS"] = str(PACKAGE / "mindtorch" / "_lib" / "libmindtorch_kernels.so")
    return env | {"PYTHONPATH": f"{env['SOFTCANN_HOME']}/python:{PACKAGE}:{SITE}"}


def main():
    unpack()
    build()
    os.chdir(PACKAGE)
    if sys.argv[1:2] == ["softcann"]:
        os.execve(WRAPPER, [str(WRAPPER), str(PACKAGE / "mindtorch" / "softcann" / "run.py"), *sys.argv[2:]],
                  over_softcann())
    os.execve(WRAPPER, [str(WRAPPER), *(sys.argv[1:] or SLICE)], environment())


if __name__ == "__main__":
    main()
