"""Argument fuzz: every public callable, its arguments replaced by bad values one by one and several at once, forward
and backward."""
import random

from . import exclusions, hostile, targets

TENSORS = {"input", "self", "x", "tensor", "other", "a", "b", "A", "B", "mat1", "mat2", "vec", "vec1", "vec2", "weight",
           "bias", "grad", "grad_output", "target", "source", "src", "value", "key", "query", "data", "mask", "index",
           "indices",
           "probs", "logits", "loc", "scale", "values", "x1", "x2", "input1", "input2", "batch1", "batch2", "tensor1",
           "tensor2", "running_mean", "running_var", "mean", "std", "var", "crow_indices", "col_indices", "offsets",
           "lengths"}
LISTS = {"tensors", "params", "parameters", "inputs", "outputs", "grads", "weights", "hx"}
NUMBERS = {"dim", "n", "k", "p", "axis", "start", "end", "step", "steps", "size", "shape", "eps", "alpha", "beta", "lr",
           "groups", "stride", "padding", "dilation", "kernel_size", "output_size", "dim0", "dim1", "num_samples",
           "offset", "length",
           "storage_offset", "num_classes", "in_features", "out_features", "in_channels", "out_channels", "num_layers",
           "hidden_size", "input_size", "repeats", "sections", "chunks", "split_size", "seed", "momentum", "norm_type",
           "ord", "m", "r"}
FLAGS = {"keepdim", "inplace", "training", "train", "bidirectional", "batch_first", "upper", "largest", "sorted",
         "unbiased", "requires_grad", "align_corners", "ceil_mode", "count_include_pad", "full_matrices",
         "non_blocking", "copy"}
SMALL = ["0", "1", "2", "3", "-1", "(2, 3)", "[2]", "(1,)", "0.5", "1.0", "(0, 1)", "2**31", "2**62"]
EXTRA = ["out={}", "dtype={}", "device={}", "dim={}", "keepdim={}", "generator={}", "memory_format={}",
         "requires_grad={}", "layout={}", "name={}", "{}", "{}"]


def likely(draw, name):
    """A value that a parameter of this name may take, or a bad one."""
    if draw.random() < 0.35:
        return hostile.any_value(draw)
    if name in TENSORS:
        made = draw.choice(hostile.TENSORS)
        return draw.choice(hostile.WAYS).format(made) if draw.random() < 0.3 else made
    if name in LISTS:
        return "[" + ", ".join(draw.choice(hostile.TENSORS) for _ in range(draw.randrange(4))) + "]"
    if name in NUMBERS:
        return draw.choice(SMALL if draw.random() < 0.6 else hostile.SCALARS)
    if name in FLAGS:
        return draw.choice(["True", "False"])
    return draw.choice(hostile.TENSORS) if draw.random() < 0.4 else hostile.any_value(draw)


def invented(draw, target):
    """Arguments for a callable of which no call is known."""
    if target.guess is None:
        n = draw.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12])
        return ", ".join(likely(draw, "input" if draw.random() < 0.4 else "dim") for _ in range(n))
    args = []
    positional = True
    for name, needed, keyword in target.guess:
        if not needed and draw.random() < 0.6:
            positional = False
            continue
        if needed and draw.random() < 0.02:
            break
        args.append(likely(draw, name) if positional and not keyword else f"{name}={likely(draw, name)}")
    return ", ".join(args[:14])


def spoil(draw, call, visit):
    """Replace arguments: one in turn, or several at random."""
    places = call.places()
    if places:
        if draw.random() < 0.5:
            chosen = [places[visit % len(places)]]
        else:
            chosen = [p for p in places if draw.random() < 0.35] or [draw.choice(places)]
        for place in chosen[:6]:
            targets.put(place, hostile.spoiled(draw, targets.get(place)))
    if draw.random() < 0.12 and not isinstance(call, targets.Line):
        if draw.random() < 0.4 and call.args:
            del call.args[draw.randrange(len(call.args))]
        else:
            value = hostile.any_value(draw)
            if draw.random() < 0.4 and call.args and hostile.is_tensor(str(call.args[0])):
                # somewhere to put the result: of any geometry, or an argument itself
                value = draw.choice(hostile.ALIASES
                                    + [way.format(call.args[0]) for way in draw.sample(hostile.WAYS, 6)])
                call.kwargs["out"] = draw.choice([value, f"({value},)",
                                                  f"[{value}, {value}]"]) if draw.random() < 0.2 else value
                return
            extra = draw.choice(EXTRA).format(value)
            name, _, value = extra.partition("=")
            if extra.count("=") == 1 and name.isidentifier():
                call.kwargs[name] = value
            else:
                call.args.append(extra)


class Fuzz:
    """cases(number) -> a call, the same for the same seed and number."""

    def __init__(self, seed, only=None, avoid=()):
        self.seed, self.avoid = seed, avoid
        self.targets = [t for t in targets.everything() if only is None or only(t.name)]
        self.order = [t for t in self.targets for _ in range(t.weight)]
        random.Random(f"order {seed}").shuffle(self.order)

    def __call__(self, number):
        draw = random.Random(f"{self.seed} {number}")
        target = self.order[number % len(self.order)]
        if self.avoid and self.avoid(target.name):
            return None
        if target.known and draw.random() < 0.92:
            call = draw.choice(target.known).copy()
            spoil(draw, call, number // len(self.order))
            text = call.text(target.text)
        elif target.text:
            text = f"{target.text}({invented(draw, target)})"
        else:
            return None
        mode = 2 if number % 8 == 0 else 1 if number % 4 else 0
        if "Array(" in text and exclusions.LIES(text):
            return None
        case = {"name": target.name, "text": text, "mode": mode, "seed": self.seed}
        if exclusions.last(text):
            case["last"] = True
        return case
