"""What each operator, module and optimizer with a recorded sample does on the npu over the software CANN, contract on:
{subject: {dtype: status}} as JSON to the file that is given. A status is "" (PyTorch's recorded results and gradients,
nothing on the host), "host: kernels", "differs" or "raises: error".

    python -m mindtorch softcann --contract -m tests.coverage.on_ascend FILE
"""
import json
import sys
import warnings

import mindtorch as torch

from tests.parity import replay

WORST = ("raises", "differs", "host")


def moved(value):
    if isinstance(value, torch.Tensor):
        return value.detach().to("npu").requires_grad_(value.requires_grad)
    if isinstance(value, torch.device):
        return torch.device("npu")
    if isinstance(value, (list, tuple)):
        return type(value)(moved(v) for v in value)
    return {k: moved(v) for k, v in value.items()} if isinstance(value, dict) else value


def back(value):
    if isinstance(value, (list, tuple)):
        return [back(v) for v in value]
    return value.cpu() if isinstance(value, torch.Tensor) else value


def looser(judge):
    """Roundings of another processor: the tolerance of tests/test_ascend.py."""
    judge.factor *= 16.0
    return judge


def operator(sample):
    decode, judge = replay.load().decode, looser(replay.Judge(sample))
    args, kwargs = moved(decode(sample["args"])), moved(decode(sample["kwargs"]))
    result = replay.resolve(sample["op"])(*args, **kwargs)
    wrong = judge.difference(back(result), decode(sample["result"]))
    if wrong or "grads" not in sample:
        return wrong
    leaves = [t for t in replay.tensors([args, kwargs]) if t.requires_grad]
    roots = [t for t in replay.tensors(result) if t.requires_grad]
    found = torch.autograd.grad(roots, leaves, moved(decode(sample["cotangents"])), allow_unused=True)
    return judge.gradients([None if g is None else g.cpu() for g in found], decode(sample["grads"]))


def module(sample):
    decode, judge = replay.load().decode, looser(replay.Judge(sample))
    made = replay.resolve(sample["module"])(*decode(sample["init_args"]), **decode(sample["init"]))
    made.load_state_dict(decode(sample["state"]))
    made = made.train(sample["training"]).to("npu")
    result = made(*moved(decode(sample["args"])), **moved(decode(sample["kwargs"])))
    return judge.difference(back(result), decode(sample["result"]))


def optimizer(sample):
    decode, judge = replay.load().decode, looser(replay.Judge(sample))
    params = [p.to("npu").requires_grad_() for p in decode(sample["params"])]
    made = replay.resolve("optim." + sample["optimizer"])(params, **decode(sample["kwargs"]))
    for grads, after in zip(decode(sample["steps"]), decode(sample["after"])):
        for p, g in zip(params, grads):
            p.grad = g.to("npu")
        made.step((lambda: torch.tensor(1.0)) if sample["optimizer"] == "LBFGS" else None)
        if wrong := judge.difference(back(params), after):
            return wrong
    return None


def status(sample):
    before = dict(torch.npu.fallbacks())
    how = operator if "op" in sample else module if "module" in sample else optimizer
    try:
        wrong = how(sample)
    except Exception as error:
        return f"raises: {type(error).__name__}: {(str(error).splitlines() or [''])[0][:100]}"
    if wrong and not (sample.get("random") or replay.subject(sample) in replay.UNDETERMINED):
        return f"differs: {wrong[:100]}"
    host = sorted(k for k, n in torch.npu.fallbacks().items() if n != before.get(k, 0))
    return f"host: {', '.join(host)}" if host else ""


def rank(text):
    return WORST.index(text.partition(":")[0]) if text else len(WORST)


def main():
    found = {}
    for sample in replay.load().rows:
        if "error" in sample:
            continue
        at = found.setdefault(replay.subject(sample), {})
        dtype = sample.get("dtype") or "float32"
        told = status(sample)
        at[dtype] = min(at.get(dtype, told), told, key=rank)
    with open(sys.argv[1], "w", encoding="utf8") as file:
        json.dump(found, file, indent=1, sort_keys=True)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
