"""Operators whose samples are known not to agree, with the reason. A gap that starts to pass fails the test until it goes."""

_SIGN = "eigenvectors are defined up to a phase, and the sign chosen differs"
_HALVES = "only in halves; supposedly the reference rounds after every step, here once at the end (not confirmed)"

KNOWN_GAPS = {
    "linalg.eig": _SIGN,
    "linalg.eigh": _SIGN,
    "logit": _HALVES,
    "special.ndtr": _HALVES,
    "grid_sampler_2d": _HALVES,
    "nn.functional.grid_sample": _HALVES,
    "nn.functional.conv_transpose2d": _HALVES,
    "nn.functional.conv_transpose3d": _HALVES,
    "matrix_exp": "in halves the reference gives NaN, here the exponential; in float32 the squarings round differently",
    "nn.functional.layer_norm": "one element normalised over itself differs by 1e-4; the cause is not established",
}

# samples that say nothing of values: memory that nobody wrote, random numbers
UNDETERMINED = {**dict.fromkeys(("empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided"), "uninitialised memory"), "nn.functional.fractional_max_pool3d": "random windows"}

# tolerance factors beyond torch.testing.assert_close's defaults, with the likely reason (all are within the factor; few are traced)
LOOSER = {
    "fft.hfft2": (4.0, "the two passes round differently and the sum cancels"),
    "addbmm": (2.0, "order of summation"),
    "baddbmm": (2.0, "order of summation"),
    "nn.functional.conv_transpose1d": (2.0, "order of summation in halves"),
    "nn.functional.scaled_dot_product_attention": (2.0, "order of summation in gradients"),
    "triangular_solve": (2.0, "order of substitution"),
    "ldexp": (2.0, "a gradient of cancelling products"),
    "special.hermite_polynomial_he": (2.0, "evaluated in double here, in float32 there"),
    "special.log_ndtr": (2.0, "a gradient by quotient, evaluated in float32 there"),
    "special.bessel_j0": (2.0, "the reference's approximation is less exact than this one near a zero"),
    "special.bessel_y1": (4.0, "the reference's approximation is less exact than this one near a zero"),
}
