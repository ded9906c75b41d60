"""The project for aarch64, built and run on an x86-64 Linux machine: python tests/aarch64.py [COMMAND ...], by default
a slice of the tests;
`softcann SCRIPT ...` runs a script over the software CANN there; `wheel` builds the wheel into dist/ and tries it.

Needs Debian's packages g++-aarch64-linux-gnu and qemu-user-static, and the architecture arm64 among apt's (dpkg
--add-architecture arm64).
Python comes from Debian's packages for arm64, MindSpore and the other wheels from PyPI; all is unpacked into
build/aarch64, nothing is
installed. What it shows: MindSpore's own aarch64 libraries with ours, instruction by instruction, under emulation. Not
a real processor's speed,
nor its order of memory.
"""
import ensurepip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

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


# What CMake must be told of the other processor.
DEFINES = {
    "CMAKE_TOOLCHAIN_FILE": ROOT / "mindtorch" / "csrc" / "aarch64.cmake",
    "MINDTORCH_MINDSPORE": SITE / "mindspore",
    "MINDTORCH_SUFFIX": ".cpython-311-aarch64-linux-gnu.so",
    "MINDTORCH_PYTHON_INCLUDE": f"{SYSTEM / 'usr/include/python3.11'};{SYSTEM / 'usr/include'}",
}


def build():
    """Kernels, engine and the Python files beside them; the interpreter's wrapper."""
    from tests import sanitized

    bin_ = pathlib.Path(sys.executable).parent
    made = HERE / "cmake"
    if not (made / "build.ninja").exists():
        run(bin_ / "cmake", "-S", ROOT / "mindtorch" / "csrc", "-B", made, "-G", "Ninja",
            f"-DCMAKE_MAKE_PROGRAM={bin_ / 'ninja'}", f"-DMINDTORCH_OUTPUT={PACKAGE / 'mindtorch'}",
            *(f"-D{name}={value}" for name, value in DEFINES.items()))
    run(bin_ / "cmake", "--build", made)
    sanitized.link(PACKAGE)
    for path in [*(ROOT / "mindtorch" / "csrc").rglob("*.h"), *(ROOT / "mindtorch" / "csrc" / "softcann").iterdir()]:
        sanitized.link_file(path, PACKAGE / path.relative_to(ROOT))
    # children are started by sys.executable, which is a program of the other processor
    (PACKAGE / "sitecustomize.py").write_text("import os, sys\nsys.executable = "
                                              "os.environ['MINDTORCH_EMULATED_PYTHON']\n", encoding="utf-8")
    wrap()
    if not (SITE / "torch").exists():
        text = f"from mindtorch import shim; shim._folder = lambda: {str(SITE)!r}; shim.install()"
        run(WRAPPER, "-c", text, env=environment(), cwd=PACKAGE)


def wrap():
    """The other processor's Python as a program."""
    WRAPPER.write_text(f'#!/bin/sh\nexport MINDTORCH_EMULATED_PYTHON="$0"\nexec qemu-aarch64-static -L {SYSTEM} '
                       f'{SYSTEM}/usr/bin/python3.11 "$@"\n', encoding="utf-8")
    WRAPPER.chmod(0o755)


STEPS = """
import sys
import mindtorch, torch
torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.LayerNorm(32), torch.nn.GELU(), torch.nn.Dropout(0.1),
                            torch.nn.Linear(32, 4))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 16), torch.randint(0, 4, (8,))
for _ in range(3):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
print(mindtorch.__file__, loss.item())
"""


def wheel():
    """The wheel, cross-compiled, into dist/; that processor's pip installs it into a folder of its own, where training
    steps give this processor's loss."""
    made, installed = HERE / "wheel", HERE / "installed"
    for folder in (made, installed):
        shutil.rmtree(folder, ignore_errors=True)
    # by this variable Python tells whom it builds for: the tag of the wheel is made of it
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", made,
        *(f"--config-settings=cmake.define.{name}={value}" for name, value in DEFINES.items()), ROOT,
        env=os.environ | {"_PYTHON_HOST_PLATFORM": "linux-aarch64", "MINDTORCH_LEVELS": "all"})
    (plain,) = made.glob("*-linux_aarch64.whl")
    # what the libraries ask of the system's C library is what pip should ask of the system
    with zipfile.ZipFile(plain) as archive:
        archive.extractall(made / "libraries", [name for name in archive.namelist() if name.endswith(".so")])
    asked = subprocess.run(["aarch64-linux-gnu-objdump", "-T", *(made / "libraries").rglob("*.so")],
                           capture_output=True, text=True, check=True).stdout
    if "elf64-littleaarch64" not in asked or "x86" in asked:
        raise SystemExit("the libraries of the wheel are of another processor")
    least = max(int(n) for n in re.findall(r"GLIBC_2\.(\d+)", asked))
    cxx = max(int(n) for n in re.findall(r"GLIBCXX_3\.4\.(\d+)", asked))
    run(sys.executable, "-m", "wheel", "tags", "--remove", f"--platform-tag=manylinux_2_{least}_aarch64", plain)
    (wheel_,) = made.glob("*.whl")
    wrap()
    (pip,) = (pathlib.Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    run(WRAPPER, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-index", "--target",
        installed, wheel_, env=environment() | {"PYTHONPATH": str(pip)})
    losses = []
    for program, paths in ((WRAPPER, (installed, SITE)), (sys.executable, (ROOT,))):
        done = subprocess.run([program, "-c", STEPS], env=environment() | {"PYTHONPATH": ":".join(map(str, paths))},
                              cwd=made, capture_output=True, text=True, check=False)
        if done.returncode or not done.stdout.startswith(str(paths[0])):
            raise SystemExit(f"{program}: {done.stdout}{done.stderr}")
        losses.append(float(done.stdout.split()[-1]))
    if abs(losses[0] - losses[1]) > 1e-6:
        raise SystemExit(f"losses differ: {losses}")
    (ROOT / "dist").mkdir(exist_ok=True)
    shutil.copy(wheel_, ROOT / "dist")
    print(f"dist/{wheel_.name}: glibc 2.{least}, GLIBCXX_3.4.{cxx}; installed and trained under emulation, loss "
          f"{losses[0]!r} there, {losses[1]!r} here")


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
    if sys.argv[1:] == ["wheel"]:
        return wheel()
    build()
    os.chdir(PACKAGE)
    if sys.argv[1:2] == ["softcann"]:
        os.execve(WRAPPER, [str(WRAPPER), str(PACKAGE / "mindtorch" / "softcann" / "run.py"), *sys.argv[2:]],
                  over_softcann())
    os.execve(WRAPPER, [str(WRAPPER), *(sys.argv[1:] or SLICE)], environment())


if __name__ == "__main__":
    main()
