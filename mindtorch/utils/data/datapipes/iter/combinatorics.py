"""Pipes that change the order."""
import random

from mindtorch.utils.data.dataset import IterDataPipe


class ShufflerIterDataPipe(IterDataPipe):
    """Samples of another pipe in an order that a buffer of them makes random."""

    def __init__(self, datapipe, *, buffer_size=10000, unbatch_level=0):
        if buffer_size <= 0:
            raise ValueError("buffer_size should be larger than 0")
        if unbatch_level:
            raise NotImplementedError("Shuffler: unbatch_level")
        self.datapipe, self.buffer_size, self._enabled, self._seed = datapipe, buffer_size, True, None

    def set_shuffle(self, shuffle=True):
        """Switch shuffling on or off."""
        self._enabled = shuffle
        return self

    def set_seed(self, seed):
        """Seed of the next pass."""
        self._seed = seed
        return self

    def __iter__(self):
        if not self._enabled:
            yield from self.datapipe
            return
        import mindtorch as torch

        seed = int(torch.empty((), dtype=torch.int64).random_().item()) if self._seed is None else self._seed
        self._seed = None
        chooser, held = random.Random(seed), []
        for sample in self.datapipe:
            if len(held) < self.buffer_size:
                held.append(sample)
                continue
            at = chooser.randrange(len(held))
            held[at], chosen = sample, held[at]
            yield chosen
        while held:
            yield held.pop(chooser.randrange(len(held)))

    def __len__(self):
        return len(self.datapipe)
