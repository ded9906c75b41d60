"""The small `torch` distribution: metadata and a redirect, so that pip finds torch installed and a plain `import torch`
works."""
import base64
import hashlib
import importlib.metadata
import os
import shutil
import sysconfig

from .importer import _REDIRECT, METADATA, VERSION, _Distribution

_MARK = "mindtorch"


def _folder():
    return sysconfig.get_path("purelib")


def _files():
    """{relative path: text} of everything but RECORD."""
    with open(os.path.join(_REDIRECT, "torch", "__init__.py"), encoding="utf-8") as f:
        redirect = f.read()
    info = f"torch-{VERSION}.dist-info"
    return {
        "torch/__init__.py": redirect,
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: mindtorch\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/INSTALLER": _MARK + "\n",
        f"{info}/top_level.txt": "torch\n",
    }


def state():
    """'ours', 'real' (a torch that is not ours is installed), or 'none'."""
    folder = _folder()
    for d in importlib.metadata.distributions(path=[folder]):
        if not isinstance(d, _Distribution) and (d.metadata["Name"] or "").lower() == "torch":
            return "ours" if (d.read_text("INSTALLER") or "").strip() == _MARK else "real"
    return "real" if os.path.isdir(os.path.join(folder, "torch")) else "none"


def install():
    """Write the shim; RuntimeError when a real torch is installed there."""
    if state() == "real":
        raise RuntimeError(f"a real torch is installed in {_folder()}; uninstall it first, or use another environment")
    remove()
    rows, folder = [], _folder()
    for name, text in _files().items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = text.encode()
        with open(path, "wb") as f:
            f.write(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(data)}")
    record = f"torch-{VERSION}.dist-info/RECORD"
    rows.append(record + ",,")
    with open(os.path.join(folder, record), "w", encoding="utf-8") as f:
        f.write("\n".join(rows) + "\n")


def remove():
    """Remove the shim without trace; RuntimeError when the installed torch is a real one."""
    found = state()
    if found == "real":
        raise RuntimeError("the installed torch is not the shim; it stays")
    if found == "ours":
        shutil.rmtree(os.path.join(_folder(), "torch"), ignore_errors=True)
        shutil.rmtree(os.path.join(_folder(), f"torch-{VERSION}.dist-info"), ignore_errors=True)
