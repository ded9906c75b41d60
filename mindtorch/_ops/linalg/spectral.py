"""Short-time Fourier transforms and the old window functions."""
import math

from mindtorch._core import dtypes
from mindtorch._core.size import whole
from mindtorch._core.warning import warn_once

from ..creation.factories import _check_layout, _finish, _pinned
from ..table.checks import known, need_tensors
from ..table.registry import FUNCTIONS, NAMESPACES, op, register


def _window(name, formula):
    """torch.<name>_window(window_length, periodic=True, ...) from formula(points in radians)."""

    def function(window_length, periodic=True, *parameters, dtype=None, layout=None, device=None, pin_memory=False,
                 requires_grad=False, **named):
        window_length = whole(window_length, name + "_window", "window_length")
        if window_length < 0:
            raise RuntimeError(f"{name}_window requires non-negative window_length, got window_length={window_length}")
        _check_layout(layout)
        wanted = dtype or dtypes.get_default_dtype()
        if not wanted.is_floating_point:
            raise RuntimeError(f"{name}_window expects floating point dtypes, got: {wanted}")
        if window_length < 2:
            made = FUNCTIONS["ones"](window_length, dtype=wanted, device=device)
        else:
            span = window_length if periodic else window_length - 1
            n = FUNCTIONS["arange"](window_length, dtype=dtypes.float64 if wanted is dtypes.float64 else dtypes.float32,
                                    device=device)
            made = formula(n, span, *parameters, **named).to(wanted)
        return _finish(_pinned(made, pin_memory), requires_grad)

    function.__name__ = name + "_window"
    function.__doc__ = (f"The {name} window of window_length points; periodic ones leave out the last point of the "
                        "symmetric one.")
    register(name + "_window", function, method=False, kind="factory", family="spectral")


def _cosines(n, span, *weights):
    return sum((-1) ** i * w * FUNCTIONS["cos"](n * (2 * math.pi * i / span)) for i, w in enumerate(weights))


_window("hann", lambda n, span: _cosines(n, span, 0.5, 0.5))
_window("hamming", lambda n, span, alpha=0.54, beta=0.46: _cosines(n, span, alpha, beta))
_window("blackman", lambda n, span: _cosines(n, span, 0.42, 0.5, 0.08))
_window("bartlett", lambda n, span: 1 - (n * (2 / span) - 1).abs())


def _kaiser(n, span, beta=12.0):
    i0 = FUNCTIONS["i0"]
    return i0(beta
              * FUNCTIONS["sqrt"]((1 - (n * (2 / span) - 1) ** 2).clamp(min=0))) / i0(
                  FUNCTIONS["tensor"](beta, dtype=n.dtype))


_window("kaiser", _kaiser)


def _padded_window(window, win_length, n_fft, like):
    if window is None:
        window = FUNCTIONS["ones"](win_length, dtype=like.dtype.to_real(), device=like.device)
    left = (n_fft - win_length) // 2
    return FUNCTIONS["constant_pad_nd"](window, [left, n_fft - win_length - left], 0) if win_length < n_fft else window


@op(out=False)
def stft(input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False,
         onesided=None, return_complex=None, align_to_window=None):
    """Fourier transforms of overlapping windows: (batch,) bins x frames. RuntimeError for sizes that do not fit."""
    hop_length = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    if not (input.is_floating_point() or input.is_complex()) or input.ndim not in (1, 2):
        raise RuntimeError(f"stft({list(input.shape)}): expected a 1D or 2D tensor of floating point or complex values")
    if return_complex is None and not (input.is_complex() or (window is not None and window.is_complex())):
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs, and will further "
                           "require that return_complex=True in a future PyTorch release.")
    if window is None:
        warn_once("stft", "A window was not provided. A rectangular window will be applied,which is known to cause "
                  "spectral leakage.")
    x = input if input.ndim == 2 else input.unsqueeze(0)
    if center:
        if align_to_window is not None:
            raise RuntimeError("stft: align_to_window should only be set when center = false.")
        x = NAMESPACES["nn.functional"]["pad"](x.unsqueeze(1), [n_fft // 2, n_fft // 2], mode=pad_mode).squeeze(1)
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"stft({list(input.shape)}, n_fft={n_fft}): expected 0 < n_fft <= {x.shape[-1]}, but got "
                           f"n_fft={n_fft}")
    if hop_length <= 0:
        raise RuntimeError(f"stft: expected hop_length > 0, but got hop_length={hop_length}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"stft: expected 0 < win_length <= n_fft, but got win_length={win_length}")
    if window is not None:
        need_tensors("stft", window=window)
    if window is not None and (window.ndim != 1 or window.shape[0] != win_length):
        raise RuntimeError(f"stft: expected a 1D window tensor of size equal to win_length={win_length}, but got "
                           f"window with size {list(window.shape)}")
    frames = x.unfold(-1, n_fft, hop_length) * _padded_window(window, win_length, n_fft, x)
    whole = frames.is_complex() if onesided is None else not onesided
    if not whole and frames.is_complex():
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    spectrum = NAMESPACES["fft"]["fft" if whole
                                 else "rfft"](frames, norm="ortho" if normalized else None).transpose(1, 2)
    spectrum = spectrum if input.ndim == 2 else spectrum.squeeze(0)
    return spectrum if return_complex or return_complex is None else FUNCTIONS["view_as_real"](spectrum)


@op(out=False)
def istft(input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None,
          length=None, return_complex=False):
    """Inverse of stft by overlap-add (least squares). RuntimeError when windows do not cover the signal."""
    hop_length = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    if not input.is_complex():
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with "
                           "return_complex=True.")
    if input.numel() == 0:
        raise RuntimeError("istft: input tensor cannot be empty.")
    if input.ndim not in (2, 3):
        raise RuntimeError(f"istft: expected a tensor with 2 or 3 dimensions, but got {input.ndim}")
    x = input if input.ndim == 3 else input.unsqueeze(0)
    half = x.shape[1] != n_fft if onesided is None else onesided
    bins = n_fft // 2 + 1 if half else n_fft
    if x.shape[1] != bins:
        raise RuntimeError("istft: expected the frequency dimension (3rd to the last) of the input tensor to match "
                           f"n_fft{' / 2 + 1' if half else ''} when onesided={half}, but got {x.shape[1]}")
    if not 0 < hop_length <= win_length:
        raise RuntimeError(f"istft: expected 0 < hop_length <= win_length, but got {hop_length}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"istft: expected 0 < win_length <= n_fft, but got {win_length}")
    if window is not None and (window.ndim != 1 or window.shape[0] != win_length):
        raise RuntimeError(f"istft: invalid window size; window should be 1D and of size {win_length}")
    weights = _padded_window(window, win_length, n_fft, x)
    columns = x.transpose(1, 2)
    norm = "ortho" if normalized else None
    if return_complex:
        if half:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        frames = NAMESPACES["fft"]["ifft"](columns, norm=norm)
    else:
        if weights.is_complex():
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        frames = NAMESPACES["fft"]["irfft"](columns if half else columns[..., : n_fft // 2 + 1], n=n_fft, norm=norm)
    frames = frames * weights
    count = frames.shape[1]
    total = n_fft + hop_length * (count - 1)
    places = (FUNCTIONS["arange"](count, device=x.device).unsqueeze(1) * hop_length
              + FUNCTIONS["arange"](n_fft, device=x.device)).reshape(-1)
    signal = FUNCTIONS["zeros"]((x.shape[0], total), dtype=frames.dtype,
                                device=x.device).index_add(1, places, frames.reshape(x.shape[0], -1))
    envelope = FUNCTIONS["zeros"]((total,), dtype=weights.dtype,
                                  device=x.device).index_add(0, places,
                                                             (weights * weights).expand(count, n_fft).reshape(-1))
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else total - n_fft // 2 if center else total
    signal, envelope = signal[:, start:end], envelope[start:min(end, total)]
    if known(envelope) and float(envelope.abs().min()) < 1e-11:
        raise RuntimeError("window overlap add min: 1")
    signal = signal / envelope
    if end > total:
        signal = FUNCTIONS["constant_pad_nd"](signal, [0, end - total], 0)
    return signal if input.ndim == 3 else signal.squeeze(0)
