"""What losses have in common: reductions by name, by the old flags and by number."""
import warnings

from ..table.registry import NAMESPACES, op

_NUMBER = {"none": 0, "mean": 1, "sum": 2}


def reduction_of(size_average, reduce, reduction):
    """The reduction's name from it or from the two old flags. ValueError for other names."""
    if size_average is not None or reduce is not None:
        size_average, reduce = size_average is not False, reduce is not False
        reduction = "mean" if size_average and reduce else "sum" if reduce else "none"
        warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
                      stacklevel=4)
    if reduction not in _NUMBER:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss, reduction):
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def functional(name, tensors):
    return op(name, namespace="nn.functional", out=False, tensors=tensors)


def numbered(signature, name, call):
    scope = {"__name__": __name__, "_f": NAMESPACES["nn.functional"][name], "_names": ("none", "mean", "sum")}
    exec(f"def {name}({signature}):\n    return _f({call}, reduction=_names[reduction])", scope)
    scope[name].__doc__ = f"torch.nn.functional.{name} with reduction 0 none, 1 mean, 2 sum."
    op(name, method=False, out=False)(scope[name])
