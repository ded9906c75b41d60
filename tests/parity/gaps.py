"""Where recorded samples are known not to agree: operator, kind of check, dtypes, reason. A gap that starts to pass
fails the test until it goes."""

_CONJ = "conjugation is done, where the reference defers it and gives a view"
_RECEIVER = "a method called on a number: Python refuses it there before the operator is reached"

_COMPLEX = "complex64 complex128"
_WHOLE = "int8 int16 int32 int64 uint8"

# operator -> kind of check -> reason, or (dtypes, reason) where some dtypes agree
GAPS = {
    "H": {"views": (_COMPLEX, _CONJ), "orders": (_COMPLEX, _CONJ)},
    "mH": {"views": (_COMPLEX, _CONJ), "orders": (_COMPLEX, _CONJ)},
    "conj": {"views": (_COMPLEX, _CONJ)},
    **dict.fromkeys(("__radd__", "__rand__", "__rmul__", "__ror__", "__rxor__"), {"error": _RECEIVER}),
    "addbmm": {
        "inplace": "the reference resizes the tensor to the broadcast shape, here an error as for other operators"
    },
    "angle": {
        "orders": (_COMPLEX, "results of complex arguments are contiguous there, in the arguments' memory order here")
    },
    "ldexp": {
        "orders": (f"bool {_WHOLE} float32",
                   "powers of a number are contiguous there, in the exponent's memory order here")
    },
    "linalg.lstsq": {
        "strides": ("float32", "solutions of wide systems lie in columns of the taller shape there"),
        "orders": ("float32", "as its strides"),
    },
    "nn.functional.conv_transpose3d": {
        "orders": ("float32 float64", "of channels-last weights there contiguous, here channels-last")
    },
    "nn.functional.max_unpool2d": {
        "orders": ("float32", "one channel reads as two memory formats; the other is taken")
    },
    "nn.functional.interpolate": {
        "forward": ("uint8",
                    "bytes are interpolated with fixed-point weights there, by floating ones here: one step off")
    },
    "normal": {"out": ("float32", "a mean that requires grad is refused there with out=, even under no_grad")},
    "matrix_exp": {
        "forward": ("float16 bfloat16",
                    "in halves the reference reads its coefficients, stored as doubles, as if they were halves: NaN, "
                    "or 0 for small matrices; here the exponential"),
        "method": ("float16 bfloat16", "as its values"),
    },
    "renorm": {"grad": ("complex64", "of a zero complex norm the reference gives NaN, here zero")},
    "masked.logaddexp": {"second": "between equal infinities the reference gives NaN, here zero"},
}


def covers(operator, kind, dtype):
    """Whether a disagreement is known."""
    gap = GAPS.get(operator, {}).get(kind)
    return gap is not None and (isinstance(gap, str) or dtype in gap[0].split())


def covered():
    """(operator, kind, dtype), dtype None for all of them, of every gap."""
    for operator, kinds in GAPS.items():
        for kind, gap in kinds.items():
            for dtype in [None] if isinstance(gap, str) else gap[0].split():
                yield operator, kind, dtype


# results that are defined up to a sign or a phase: compared by modulus, gradients only where the choice is the same
PHASES = ("linalg.eig", "linalg.eigh", "linalg.svd", "svd")

# samples that say nothing of values: memory that nobody wrote, random numbers
UNDETERMINED = {**dict.fromkeys(("empty", "empty_like", "empty_strided", "empty_permuted", "new_empty",
                                 "new_empty_strided"), "uninitialised memory"),
                                 "nn.functional.fractional_max_pool3d": "random windows"}

# tolerance factors beyond torch.testing.assert_close's defaults, by operator or by operator and dtype, each with what
# was found when it was traced
LOOSER = {
    "linalg.cond": (2.0,
                    "a complex inverse: the error of both against double precision is of the size of the tolerance"),
    "nn.Conv3d": (2.0, "as nn.ConvTranspose3d: by 1.1 tolerances"),
    "nn.ConvTranspose3d": (2.0, "the library sums a weight's gradient by threads: with one thread it agrees, with two "
                                "it is off by 1.2 tolerances"),
    **dict.fromkeys(("nn.functional.conv_transpose2d bfloat16", "nn.functional.conv_transpose3d bfloat16"), (
        8.0, "on a processor without bfloat16 products: the reference itself gives there what is given here, not what "
             "another processor recorded")),
    "nn.MultiheadAttention": (2.0, "a gradient of 27 sums, one of which cancels: the order of summation decides its "
                                   "last digits"),
    "special.bessel_j0": (2.0, "above 5 the reference's double is off by up to 4e-7 (compared with 40 digits), this "
                               "one by 1e-16"),
    "special.bessel_y1": (4.0, "above 5 the reference's double is off by up to 9e-7 (compared with 40 digits), this "
                               "one by 1e-16"),
}
