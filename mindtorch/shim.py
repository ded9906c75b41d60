"""The small distributions `torch` and `torch_npu`: metadata and a redirect each, so that pip finds them installed and a
plain `import torch` works."""
import base64
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings

from .importer import _REDIRECT, _SERVED, VERSION, _Distribution, metadata

_MARK = "mindtorch"
# what was released with this version of torch; its own packages ask for exactly one torch
_COMPANIONS = ("torchvision==0.28.*", "torchaudio>=2.11,<2.14")


def _folder():
    return sysconfig.get_path("purelib")


def _info(name):
    return f"{name}-{VERSION}.dist-info"


def _files(name):
    """{relative path: text} of everything of a distribution but RECORD."""
    with open(os.path.join(_REDIRECT, name, "__init__.py"), encoding="utf-8") as f:
        redirect = f.read()
    info = _info(name)
    return {
        f"{name}/__init__.py": redirect,
        f"{info}/METADATA": metadata(name),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: mindtorch\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/INSTALLER": _MARK + "\n",
        f"{info}/top_level.txt": name + "\n",
    }


def _state(name):
    """'ours', 'real' (one that is not ours is installed), or 'none'."""
    folder = _folder()
    for d in importlib.metadata.distributions(path=[folder]):
        if not isinstance(d, _Distribution) and (d.metadata["Name"] or "").lower().replace("-", "_") == name:
            return "ours" if (d.read_text("INSTALLER") or "").strip() == _MARK else "real"
    return "real" if os.path.isdir(os.path.join(folder, name)) else "none"


def state():
    """'ours', 'real' (a torch that is not ours is installed), or 'none'."""
    return _state("torch")


def install():
    """Write the shim; RuntimeError when a real torch, or torch_npu, is installed there."""
    for name in _SERVED:
        if _state(name) == "real":
            raise RuntimeError(
                f"a real {name} is installed in {_folder()}; uninstall it first, or use another environment")
    remove()
    for name in _SERVED:
        _write(name)


def _write(name):
    rows, folder = [], _folder()
    for path, text in _files(name).items():
        data = text.encode()
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "wb") as f:
            f.write(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(data)}")
    record = f"{_info(name)}/RECORD"
    rows.append(record + ",,")
    with open(os.path.join(folder, record), "w", encoding="utf-8") as f:
        f.write("\n".join(rows) + "\n")


def remove():
    """Remove the shim without trace; RuntimeError when the installed torch is a real one. A real torch_npu stays."""
    if state() == "real":
        raise RuntimeError("the installed torch is not the shim; it stays")
    for name in _SERVED:
        if _state(name) == "ours":
            shutil.rmtree(os.path.join(_folder(), name), ignore_errors=True)
            shutil.rmtree(os.path.join(_folder(), _info(name)), ignore_errors=True)


def constraints():
    """A constraint file for pip: this torch and no other, with the torchvision and torchaudio that fit it."""
    own = [f"{name.replace('_', '-')}=={VERSION}" for name in _SERVED]
    return "\n".join(["# pip install -c THIS_FILE ...: torch stays mindtorch's", *own, *_COMPANIONS]) + "\n"


def pip(arguments):
    """Run pip with these constraints; returns its status. The shim is installed first where there is none; RuntimeError
    when a real torch is there."""
    if state() != "ours":
        install()
        print(f"mindtorch: the torch distribution was written into {_folder()}", file=sys.stderr)
    handle, path = tempfile.mkstemp(suffix=".txt", prefix="mindtorch-constraints-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(constraints())
        given = os.environ.get("PIP_CONSTRAINT", "").split()
        environment = {**os.environ, "PIP_CONSTRAINT": " ".join([*given, path])}
        return subprocess.run([sys.executable, "-m", "pip", *arguments], env=environment).returncode
    finally:
        os.remove(path)


def replaced():
    """The version of the real torch that pip put in the shim's place (torch_npu is the shim's still), or None."""
    folder = _folder()
    if not os.path.exists(os.path.join(folder, _info("torch_npu"), "INSTALLER")) or os.path.exists(
            os.path.join(folder, _info("torch"))):
        return None
    if _state("torch_npu") != "ours" or _state("torch") != "real":
        return None
    found = (d.version for d in importlib.metadata.distributions(path=[folder], name="torch")
             if not isinstance(d, _Distribution))
    return next(found, "of an unknown version")


def warn_if_replaced():
    """Says in a sentence that pip has replaced the shim by a real torch."""
    version = replaced()
    if version is not None:
        warnings.warn(f"pip has replaced mindtorch's torch distribution in {_folder()} by PyTorch {version}, which a "
                      "plain `import torch` now loads: `pip uninstall torch` and `python -m mindtorch shim install` "
                      "bring it back, and `python -m mindtorch pip install ...` keeps it.", stacklevel=2)
