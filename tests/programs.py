"""Small tensor programs as text, drawn at random, and what a torch makes of them. Runs as a process as well: programs
in, outcomes out,
one JSON value a line (python tests/programs.py under the reference), so that two torches can be compared that must not
meet."""
import json
import math
import sys
import warnings

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
          "complex128")


def number(v):
    """A value that JSON and == can carry: NaN equals NaN, and rounding is cut off."""
    if isinstance(v, complex):
        return [number(v.real), number(v.imag)]
    if isinstance(v, float):
        return repr(v) if not math.isfinite(v) else v
    return v


def described(torch, v):
    """Type, shape, strides that matter, gradient flag and values."""
    if isinstance(v, torch.Tensor):
        stride = [] if not v.numel() else [s for n, s in zip(v.shape, v.stride()) if n > 1]
        return {"dtype": str(v.dtype), "shape": list(v.shape), "stride": stride,
                "offset": v.storage_offset() if v.numel() else 0,
                "values": [number(x) for x in v.detach().reshape(-1).tolist()]}
    if isinstance(v, (list, tuple)):
        return [described(torch, x) for x in v]
    return number(v) if isinstance(v, (bool, int, float, complex, str)) or v is None else str(v)


def outcome(torch, program):
    """Descriptions after every statement, until one raises: then the class of the error."""
    names, found = {"torch": torch, "put": lambda t, key, value: t.__setitem__(key, value)}, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for line in program:
            try:
                exec(line, names)
            except Exception as error:
                found.append(type(error).__name__)
                return found
            found.append(described(torch, names["t"]))
    return found


def close(a, b):
    """Whether two outcomes agree; values of floating tensors within rounding of their dtype."""
    if isinstance(a, dict) and isinstance(b, dict):
        loose = {"torch.float16": 2e-2, "torch.bfloat16": 1e-1}.get(a["dtype"], 1e-4)
        return (all(a[k] == b[k] for k in ("dtype", "shape", "stride", "offset"))
                and all(near(x, y, loose) for x, y in zip(a["values"], b["values"], strict=True)))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    return near(a, b, 1e-6)


def near(x, y, loose):
    if isinstance(x, list):
        return all(near(a, b, loose) for a, b in zip(x, y))
    if isinstance(x, float) and isinstance(y, float):
        return abs(x - y) <= loose * (1 + abs(y))
    return x == y


def main():
    import torch

    torch.set_num_threads(1)
    answers = sys.stdout
    for line in sys.stdin:
        print(json.dumps(outcome(torch, json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
