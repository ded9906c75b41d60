"""Operators of the software CANN called with NumPy's arrays: what the cases have in common."""

import numpy as np
from softcann_call import call

rs = np.random.RandomState(0)


def f32(*shape):
    return rs.randn(*shape).astype(np.float32)


def zeros(*shape, d=np.float32):
    return np.zeros(shape, d)


def out(name, *values, like=None, shape=None, d=np.float32, last=()):
    """The result of an operator with one result behind its operands (and behind it, `last`)."""
    y = np.zeros(np.shape(like) if like is not None else shape, d)
    call("aclnn" + name, *values, y, *last)
    return y


def near(got, want, tolerance=1e-5):
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    if got.shape != want.shape or not np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
        raise AssertionError(f"{got.shape} {got.ravel()[:6]} where {want.shape} {want.ravel()[:6]} is wanted")


CASES = []


def case(function):
    CASES.append(function)
    return function


a, b, p = f32(3, 4), f32(3, 4), np.abs(f32(3, 4)) + 0.5
i, j = rs.randint(-9, 9, (3, 4)), rs.randint(1, 5, (3, 4))
