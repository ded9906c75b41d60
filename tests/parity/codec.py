"""Samples on disk: a JSON index and raw tensor bytes in one zip file; read with NumPy alone, no pickles."""
import json
import math
import zipfile

import numpy

# torch dtype name -> NumPy type of its bytes
RAW = {"bool": "bool", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64", "uint8": "uint8", "int8": "int8",
       "int16": "int16", "int32": "int32", "int64": "int64", "float16": "uint16", "bfloat16": "uint16",
       "float32": "float32", "float64": "float64",
       "complex64": "complex64", "complex128": "complex128"}


class Unsupported(Exception):
    """A value that has no form on disk."""


class Writer:
    """Collects samples; the torch in use is given, so that this file imports none."""

    def __init__(self, torch):
        self.torch, self.index, self.chunks, self.size = torch, [], [], 0

    def tensor(self, t):
        torch = self.torch
        name = str(t.dtype).removeprefix("torch.")
        if (name not in RAW or t.layout is not torch.strided or t.device.type != "cpu"
                or type(t) not in (torch.Tensor, torch.nn.Parameter)):
            raise Unsupported(str(t.dtype))
        plain = t.detach().resolve_conj().resolve_neg().contiguous()
        plain = plain.view(torch.uint16) if name in ("float16", "bfloat16") else plain
        data = plain.numpy().tobytes()
        row = {"t": [self.size, len(data), name, list(t.shape)]}
        if not t.is_contiguous() and t.numel():
            row["stride"] = list(t.stride())
        if t.requires_grad:
            row["g"] = 1
        self.chunks.append(data)
        self.size += len(data)
        return row

    def encode(self, v):
        torch = self.torch
        if v is None or isinstance(v, (bool, str)):
            return v
        if isinstance(v, torch.Tensor):
            return self.tensor(v)
        if isinstance(v, int):
            return v
        if isinstance(v, float):
            return v if math.isfinite(v) else {"f": repr(v)}
        if isinstance(v, complex):
            return {"c": [self.encode(v.real), self.encode(v.imag)]}
        if isinstance(v, (torch.dtype, torch.memory_format, torch.layout)):
            return {"n": str(v).removeprefix("torch.")}
        if isinstance(v, torch.device):
            return {"dev": str(v)}
        if isinstance(v, slice):
            return {"s": [self.encode(v.start), self.encode(v.stop), self.encode(v.step)]}
        if v is Ellipsis:
            return {"e": 1}
        if isinstance(v, list):
            return {"l": [self.encode(x) for x in v]}
        if isinstance(v, tuple):
            return {"u": [self.encode(x) for x in v]}
        if isinstance(v, dict) and all(isinstance(k, str) for k in v):
            return {"m": {k: self.encode(x) for k, x in v.items()}}
        raise Unsupported(type(v).__name__)

    def mark(self):
        """A point to roll back to."""
        return len(self.chunks), self.size

    def rollback(self, mark):
        """Forget the tensors written since."""
        del self.chunks[mark[0]:]
        self.size = mark[1]

    def save(self, path, compression=zipfile.ZIP_LZMA, **header):
        """Write the file."""
        with zipfile.ZipFile(path, "w", compression) as f:
            f.writestr("index.json", json.dumps({**header, "samples": self.index}, separators=(",", ":")))
            f.writestr("tensors", b"".join(self.chunks))


class Reader:
    """Reads samples into tensors of the torch that is given."""

    def __init__(self, path, torch):
        with zipfile.ZipFile(path) as f:
            self.header = json.loads(f.read("index.json"))
            self.data = f.read("tensors")
        self.torch, self.rows = torch, self.header.pop("samples")
        self.samples = [r for r in self.rows if "op" in r and "error" not in r]  # calls of operators that succeed

    def tensor(self, row):
        torch = self.torch
        at, size, name, shape = row["t"]
        array = numpy.frombuffer(self.data, RAW[name], count=size // numpy.dtype(RAW[name]).itemsize,
                                 offset=at).reshape(shape)
        t = torch.from_numpy(array.copy())
        if name in ("float16", "bfloat16"):
            t = t.view(getattr(torch, name))
        if "stride" in row:
            once = t[tuple(slice(0, 1) if s == 0 else slice(None) for s in row["stride"])]
            t = torch.empty_strided(once.shape, [s or 1 for s in row["stride"]],
                                    dtype=t.dtype).copy_(once).expand(shape)
        return t.requires_grad_(True) if row.get("g") else t

    def decode(self, v):
        if not isinstance(v, dict):
            return v
        if "t" in v:
            return self.tensor(v)
        if "f" in v:
            return float(v["f"])
        if "c" in v:
            return complex(*(self.decode(x) for x in v["c"]))
        if "n" in v:
            return getattr(self.torch, v["n"])
        if "dev" in v:
            return self.torch.device(v["dev"])
        if "s" in v:
            return slice(*(self.decode(x) for x in v["s"]))
        if "e" in v:
            return Ellipsis
        if "l" in v:
            return [self.decode(x) for x in v["l"]]
        if "u" in v:
            return tuple(self.decode(x) for x in v["u"])
        return {k: self.decode(x) for k, x in v["m"].items()}
