"""Differences that no recorded sample shows, each with the test that holds it."""

DIFFERENCES = {
    "torch.compile": "no code is generated: with a named backend the program runs as it is, with the same results and "
                     "no gain of speed",
    "torch.jit.script": "runs as Python, with the same results; a graph or a program file needs torch.jit.trace",
    "torch.nn.DataParallel": "over one device only; NotImplementedError over several: use DistributedDataParallel",
    "torch.nn.SyncBatchNorm": "in one process only; NotImplementedError in several",
}

# (what, the test that holds it)
BEHAVIOUR = [
    ("`conj`, `mH` and `H` of complex tensors are copies, not views", "tests/parity/gaps.py"),
    ("`torch.compile` with a named backend runs the program as it is; a backend of one's own gets the captured graph",
     "tests/test_compile.py"),
    ("an npu says that it is `npu`, also when it was asked for as `cuda`, unless MINDTORCH_NPU_NAME=cuda",
     "tests/test_devices.py"),
    ("devices draw random numbers of their own; the CPU's are PyTorch's", "tests/test_random.py"),
    ("tensors of more than 32 dimensions are refused", "tests/test_check.py"),
    ("memory figures of the profiler come in units of 64 bytes", "tests/test_profiler.py"),
]
