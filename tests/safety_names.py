"""The words that tables of hostile calls are written in."""
import torch
import torch.nn.functional as F

inf, nan = float("inf"), float("nan")
i32, i64, f64, f16, bf16, c64, u8 = (torch.int32, torch.int64, torch.float64, torch.float16, torch.bfloat16,
                                     torch.complex64, torch.uint8)


def seq(*shape, dt=torch.float32):
    return torch.arange(torch.Size(shape).numel(), dtype=f64).sin().reshape(shape).to(dt)


NAMES = {"torch": torch, "nn": torch.nn, "F": F, "L": torch.linalg, "seq": seq, "ones": torch.ones,
         "zeros": torch.zeros, "empty": torch.empty, "inf": inf, "nan": nan,
         "i32": i32, "i64": i64, "f64": f64, "f16": f16, "bf16": bf16, "c64": c64, "u8": u8}
