"""Reductions of losses by number and by their old arguments."""
import warnings


def get_enum(reduction):
    """0, 1, 2 for 'none', 'mean', 'sum'; ValueError for other words."""
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=2)
        return 1
    numbers = {"none": 0, "mean": 1, "sum": 2}
    if reduction not in numbers:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return numbers[reduction]


def legacy_get_string(size_average, reduce, emit_warning=True):
    """The reduction that the old size_average and reduce (None is True) meant."""
    average, wanted = size_average is None or bool(size_average), reduce is None or bool(reduce)
    reduction = "none" if not wanted else "mean" if average else "sum"
    if emit_warning:
        warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
                      stacklevel=2)
    return reduction


def legacy_get_enum(size_average, reduce, emit_warning=True):
    """legacy_get_string as a number."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
