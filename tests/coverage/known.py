"""Differences that no recorded sample shows, each with the test that holds it."""

DIFFERENCES = {
    "torch.compile": "no code is generated: with a named backend the program runs as it is, with the same results and "
                     "no gain of speed",
    "torch.jit.script": "runs as Python, with the same results; a graph or a program file needs torch.jit.trace",
    "torch.nn.DataParallel": "over one device only; NotImplementedError over several: use DistributedDataParallel",
    "torch.nn.SyncBatchNorm": "in one process only; NotImplementedError in several",
}
