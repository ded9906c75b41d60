"""assert_close: tensors, numbers, sequences and mappings agree within tolerances that depend on the dtype."""
import collections.abc
import math
import numbers

import mindtorch as torch

# (relative, absolute) tolerance
_TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
               "complex32": (1e-3, 1e-5), "complex64": (1.3e-6, 1e-5),
               "complex128": (1e-7, 1e-7), "float8_e4m3fn": (0.25, 0.25), "float8_e5m2": (0.25, 0.25)}


def default_tolerances(*inputs):
    """(rtol, atol) for tensors or dtypes: the loosest."""
    pairs = [_TOLERANCES.get((i if isinstance(i, torch.dtype) else i.dtype)._name, (0.0, 0.0)) for i in inputs]
    return max(p[0] for p in pairs), max(p[1] for p in pairs)


def _fail(text, where, msg):
    text = text + (f"\n\nThe failure occurred for item {where}" if where else "")
    raise AssertionError(msg(text) if callable(msg) else msg or text)


def _tensors(
    actual, expected, rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride, where, msg
):
    if actual.shape != expected.shape:
        _fail(f"The values for attribute 'shape' do not match: {actual.shape} != {expected.shape}.", where, msg)
    for wanted, name in ((check_layout, "layout"), (check_device, "device"), (check_dtype, "dtype")):
        if wanted and getattr(actual, name) != getattr(expected, name):
            _fail(f"The values for attribute '{name}' do not match: {getattr(actual, name)} != "
                  f"{getattr(expected, name)}.", where, msg)
    if check_stride and actual.stride() != expected.stride():
        _fail(f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}.", where,
              msg)
    if rtol is None:
        rtol, atol = default_tolerances(actual, expected)
    common = torch.promote_types(actual.dtype, expected.dtype)
    a, e = actual.detach().to("cpu", common), expected.detach().to("cpu", common)
    if common.itemsize < 4 and common.is_floating_point:
        a, e = a.float(), e.float()
    close = torch.isclose(a, e, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if bool(close.all()):
        return
    bad = int((~close).sum())
    if a.ndim == 0:
        _fail(
            f"Scalars are not close!\n\nExpected {e.item()} but got {a.item()}.\nAbsolute difference: "
            f"{abs(a.item() - e.item())} (up to {atol} allowed)\n"
            f"Relative difference: {abs(a.item() - e.item()) / abs(e.item()) if e.item() else math.inf} (up to {rtol} "
            "allowed)",
            where,
            msg,
        )
    wide = torch.complex128 if common.is_complex else torch.float64
    difference = (a.to(wide) - e.to(wide)).abs()
    difference = torch.where(close, torch.zeros_like(difference), difference)
    relative = difference / e.to(wide).abs()
    relative = torch.where(close, torch.zeros_like(relative), relative)
    at = lambda t: tuple(int(i) for i in torch.unravel_index(t.argmax(), a.shape))
    _fail(
        f"Tensor-likes are not close!\n\nMismatched elements: {bad} / {a.numel()} ({100 * bad / a.numel():.1f}%)\n"
        f"Greatest absolute difference: {difference.max().item()} at index {at(difference)} (up to {atol} allowed)\n"
        f"Greatest relative difference: {relative.max().item()} at index {at(relative)} (up to {rtol} allowed)",
        where,
        msg,
    )


def _compare(actual, expected, where, options):
    rtol, atol, equal_nan, *_, allow_subclasses, msg = options
    if isinstance(actual, torch.Tensor) or isinstance(expected, torch.Tensor):
        if not (isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor)):
            if isinstance(actual, numbers.Number) or isinstance(expected, numbers.Number):
                _fail(f"None of the pairs match: {type(actual)} != {type(expected)}", where, msg)
            actual, expected = torch.as_tensor(actual), torch.as_tensor(expected)
        if not allow_subclasses and type(actual) is not type(expected):
            raise TypeError(f"types do not match: {type(actual)} != {type(expected)}")
        return _tensors(actual, expected, *options[:7], where, msg)
    if isinstance(actual, collections.abc.Mapping) and isinstance(expected, collections.abc.Mapping):
        if set(actual) != set(expected):
            _fail(
                "The keys of the mappings do not match:\nMissing keys in the actual mapping: "
                f"{sorted(set(expected) - set(actual))}\n"
                f"Additional keys in the actual mapping: {sorted(set(actual) - set(expected))}",
                where,
                msg,
            )
        for k in expected:
            _compare(actual[k], expected[k], f"{where}[{k!r}]", options)
        return None
    sequence = lambda x: isinstance(x, collections.abc.Sequence) and not isinstance(x, str)
    if sequence(actual) and sequence(expected):
        if len(actual) != len(expected):
            _fail(f"The length of the sequences do not match: {len(actual)} != {len(expected)}", where, msg)
        for i, (a, e) in enumerate(zip(actual, expected)):
            _compare(a, e, f"{where}[{i}]", options)
        return None
    if isinstance(actual, bool) and isinstance(expected, bool) or actual is None and expected is None:
        if actual is not expected:
            _fail(f"Booleans mismatch: {actual} is not {expected}", where, msg)
        return None
    if isinstance(actual, numbers.Number) and isinstance(expected, numbers.Number):
        if options[4] and type(actual) is not type(expected):
            _fail(f"The (d)types do not match: {type(actual)} != {type(expected)}.", where, msg)
        return _tensors(torch.tensor(actual, dtype=torch.float64 if isinstance(actual, float) else None),
                        torch.tensor(expected, dtype=torch.float64 if isinstance(expected, float) else None),
                        rtol, atol, equal_nan, False, False, False, False, where, msg)
    try:
        a, e = torch.as_tensor(actual), torch.as_tensor(expected)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.") from error
    return _tensors(a, e, *options[:7], where, msg)


def assert_close(actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True,
                 check_dtype=True, check_layout=True, check_stride=False, msg=None):
    """AssertionError unless |actual - expected| <= atol + rtol * |expected| everywhere and shape, dtype, device and
    layout agree.

    rtol and atol go together; ValueError for one of them alone."""
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified, but got no "
                         f"{'rtol' if rtol is None else 'atol'}")
    _compare(actual, expected, "",
             (rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride, allow_subclasses, msg))


def assert_allclose(actual, expected, rtol=None, atol=None, equal_nan=True, msg=""):
    """assert_close without the checks of dtype and device; ValueError for one tolerance alone."""
    assert_close(torch.as_tensor(actual), torch.as_tensor(expected, dtype=getattr(actual, "dtype", None)), rtol=rtol,
                 atol=atol, equal_nan=equal_nan, check_device=True, check_dtype=False,
                 check_stride=False, msg=msg or None)
