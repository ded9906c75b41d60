"""torch.Generator: the state of MT19937 in a byte tensor that the random kernels advance."""
import os
import threading

import mindtorch._C as _C

from . import devices
from .kernels import run

_STATE_BYTES, _EXPORTED_BYTES = 2528, 5056  # RandomState and what torch saves, csrc/kernels/random.cc
_DEFAULT_SEED = 67280421310721
_BYTE = 1


def _checked_seed(seed):
    if not -(2**63) <= seed < 2**64:
        raise ValueError("Overflow when unpacking long long")
    return seed % 2**64


class Generator:
    """A stream of random numbers on a device; the streams are those of torch's CPU generator.

    RuntimeError for a device that is not there."""

    __module__ = "torch"

    def __init__(self, device="cpu"):
        d = devices.device(device)
        if d.type == "meta":
            raise RuntimeError("META device type not an accelerator.")
        code = devices.code_of(d)
        self._device = devices.CPU if code == 0 else devices.npu_devices()[code - 1]
        self._state = _C.empty((_STATE_BYTES,), _BYTE, 0)
        self._seed(_DEFAULT_SEED)

    @property
    def device(self):
        """Where the tensors live that it fills."""
        return self._device

    def _seed(self, seed):
        self._initial = seed
        run("random_seed", (self._state,), (seed,))

    def manual_seed(self, seed):
        """Start the stream of a seed (-2**63 to 2**64-1, negative ones wrap); returns self. ValueError out of range."""
        if isinstance(seed, (bool, float)) or hasattr(seed, "_dtype_code") or not hasattr(seed, "__index__"):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        self._seed(_checked_seed(seed.__index__()))
        return self

    def seed(self):
        """Start from a number of the operating system's; returns it."""
        self._seed(int.from_bytes(os.urandom(8), "little"))
        return self._initial

    def initial_seed(self):
        """The seed that the stream began with."""
        return self._initial

    def get_state(self):
        """The whole state, a cached normal number included, as a byte tensor in torch's layout."""
        made = _C.empty((_EXPORTED_BYTES,), _BYTE, 0)
        run("random_export", (made, self._state))
        return made

    def set_state(self, new_state):
        """Take up a state from get_state (PyTorch's too). TypeError for no byte tensor, RuntimeError for an invalid
        one."""
        if not hasattr(new_state, "_dtype_code"):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._dtype_code != _BYTE or new_state._device_code != 0:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if new_state._numel != _EXPORTED_BYTES:
            raise RuntimeError(f"Expected a CPUGeneratorImplState of size {_EXPORTED_BYTES} but found the input RNG "
                               f"state size to be {new_state._numel}")
        given = new_state.contiguous()
        run("random_import", (self._state, given))
        self._initial = int.from_bytes(bytes(_C.strided(given, (8,), (1,), given._offset, -1).tolist()), "little")
        return self

    def clone_state(self):
        """Another generator at the same point of the stream."""
        made = Generator(self._device)
        run("copy", (made._state, self._state))
        made._initial = self._initial
        return made

    def graphsafe_get_state(self):
        """Not for this generator: there are no captured graphs."""
        raise NotImplementedError("graphsafe_get_state is not supported in this Generator")

    def graphsafe_set_state(self, state):
        """Not for this generator: there are no captured graphs."""
        raise NotImplementedError("graphsafe_set_state is not supported in this Generator")

    def get_offset(self):
        """Counter-based generators only: RuntimeError."""
        raise RuntimeError("CPU Generator does not use offset")

    def set_offset(self, offset):
        """Counter-based generators only: RuntimeError."""
        raise RuntimeError("CPU Generator does not use offset")

    def __reduce__(self):
        return Generator, (self._device,), (self._initial, None, self.get_state())

    def __setstate__(self, state):
        self.manual_seed(state[0])
        self.set_state(state[2])


_defaults = {}
watchers = []  # who wants to hear that random numbers are drawn: drawn() may raise
_lock = threading.Lock()
_last_seed = [None]


def default(code=0):
    """The generator that is used on a device (engine code) when none is given."""
    found = _defaults.get(code)
    if found is None:
        with _lock:
            found = _defaults.get(code)
            if found is None:
                found = Generator(devices.CPU if code <= 0 else devices.npu_devices()[code - 1])
                if _last_seed[0] is None:
                    found.seed()  # nobody asked for certain numbers: two processes are not to draw the same
                else:
                    found._seed(_last_seed[0])
                _defaults[code] = found
    return found


def seed_all(seed):
    """Seed the default generators of all devices, those that do not exist yet included."""
    seed = _checked_seed(seed)
    _last_seed[0] = seed
    default(0)
    for g in _defaults.values():
        g._seed(seed)


def draw(state):
    """A whole number of the stream, for generators of a device: what seeds them there is part of the state here."""
    made = _C.empty((1,), 5, 0)
    run("random_integers", (made, state), (0, 2**62, True))
    return _C.item(made)


def state_for(generator, t):
    """The state tensor that fills `t`; RuntimeError when the generator belongs to another device."""
    code = t._device_code
    for watcher in watchers:
        watcher.drawn()
    if generator is None:
        return default(code)._state
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    if code >= 0 and devices.code_of(generator._device) != code:
        raise RuntimeError(f"Expected a '{t.device.type}' device type for generator but found "
                           f"'{generator._device.type}'")
    return generator._state
