"""Datasets, samplers and the DataLoader. Orders and seeds were recorded from the reference under the same seeds."""
import gc
import multiprocessing
import os
import random
import time

import mindtorch  # noqa: F401
import numpy as np
import pytest
import torch
from torch.utils.data import (BatchSampler, ChainDataset, ConcatDataset, DataLoader, Dataset, IterableDataset,
                              RandomSampler, SequentialSampler, StackDataset, Subset, SubsetRandomSampler,
                              TensorDataset, WeightedRandomSampler, default_collate, default_convert, get_worker_info,
                              random_split)
from torch.utils.data.distributed import DistributedSampler

TEN = list(range(10))


class Stream(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        start = 10 * info.id if info else 0
        return iter(range(start, start + 3 + (info.id if info else 0)))


class Informed(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, i):
        info = get_worker_info()
        return i, info.id, info.seed, int(torch.randint(1000,
                                                        (1,))), random.randint(0, 1000), int(np.random.randint(1000))


class Large(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return {"x": torch.full((64, 1024), float(i)).bfloat16(), "name": str(i)}


class Broken(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        if i == 1:
            raise KeyError("boo")
        return i


class Dies(Broken):
    def __getitem__(self, i):
        os._exit(7)


class Sleeps(Broken):
    def __getitem__(self, i):
        time.sleep(20)


# ---- orders ----
def test_loader_order_and_draws():
    torch.manual_seed(0)
    assert [b.tolist() for b in DataLoader(TEN, batch_size=3, shuffle=True)] == [[6, 7, 1], [4, 2, 0], [9, 8, 3], [5]]
    assert torch.rand(1).item() == pytest.approx(0.30742281675338745, abs=1e-7)
    torch.manual_seed(0)
    list(DataLoader(TEN))  # draws its base seed only
    assert torch.rand(1).item() == pytest.approx(0.08847743272781372, abs=1e-7)
    generator = torch.Generator()
    generator.manual_seed(5)
    torch.manual_seed(0)
    assert ([b.tolist() for b in DataLoader(TEN, batch_size=3, shuffle=True, generator=generator)]
            == [[7, 4, 8], [1, 2, 3], [6, 5, 9], [0]])
    assert torch.rand(1).item() == pytest.approx(0.49625658988952637, abs=1e-7)
    assert torch.rand(1, generator=generator).item() == pytest.approx(0.6697648167610168, abs=1e-7)


def test_samplers():
    torch.manual_seed(0)
    assert list(RandomSampler(TEN)) == [6, 9, 0, 7, 3, 5, 4, 2, 1, 8]
    assert list(RandomSampler(TEN, replacement=True, num_samples=40))[:12] == [6, 3, 7, 0, 7, 1, 7, 9, 0, 6, 1, 8]
    assert list(RandomSampler(TEN, num_samples=25))[-5:] == [4, 9, 3, 6, 1]
    torch.manual_seed(0)
    assert list(SubsetRandomSampler([3, 4, 5, 6])) == [3, 4, 6, 5]
    assert list(WeightedRandomSampler([0.1, 0.5, 0.4], 10)) == [0, 0, 1, 0, 1, 1, 1, 1, 1, 1]
    torch.manual_seed(0)
    assert [list(s) for s in random_split(TEN, [7, 3])] == [[4, 1, 7, 5, 3, 9, 0], [8, 6, 2]]
    assert [list(s) for s in random_split(TEN, [0.33, 0.33, 0.34])] == [[3, 9, 4, 2], [7, 8, 6], [0, 5, 1]]
    assert list(BatchSampler(SequentialSampler(TEN), 4, True)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(BatchSampler(SequentialSampler(TEN), 4, False)) == 3


@pytest.mark.parametrize("shuffle, drop_last, parts", [
    (True, True, [[5, 2, 9], [6, 0, 3], [1, 8, 7]]), (True, False, [[5, 2, 9, 4], [6, 0, 3, 5], [1, 8, 7, 6]]),
    (False, True, [[0, 3, 6], [1, 4, 7], [2, 5, 8]]), (False, False, [[0, 3, 6, 9], [1, 4, 7, 0], [2, 5, 8, 1]])])
def test_distributed_sampler(shuffle, drop_last, parts):
    assert [list(DistributedSampler(TEN, num_replicas=3, rank=r, shuffle=shuffle, seed=1, drop_last=drop_last))
            for r in range(3)] == parts


# ---- datasets and collation ----
def test_datasets():
    both = ConcatDataset([TEN, [10, 11]])
    assert len(both) == 12 and both[11] == 11 and both[-1] == 11
    assert list(ChainDataset([Stream(), Stream()])) == [0, 1, 2, 0, 1, 2]
    assert StackDataset(TEN, TEN)[1] == (1, 1) and StackDataset(a=TEN, b=TEN)[1] == {"a": 1, "b": 1}
    rows = TensorDataset(torch.arange(4), torch.arange(4) * 2)
    assert [v.item() for v in rows[3]] == [3, 6] and len(rows) == 4 and list(Subset(TEN, [5, 7])) == [5, 7]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(torch.ones(2), torch.ones(3))
    with pytest.raises(ValueError, match="Sum of input lengths"):
        random_split(TEN, [1, 2])


def test_collate():
    batch = default_collate([{"a": 1, "b": (torch.ones(2), "x", 1.5)}, {"a": 2, "b": (torch.zeros(2), "y", 2)}])
    assert batch["a"].tolist() == [1, 2] and batch["b"][0].tolist() == [[1, 1], [0, 0]]
    assert batch["b"][1] == ("x", "y") and batch["b"][2].dtype is torch.float64
    assert default_collate([np.float32(3),
                            np.float32(1)]).dtype is torch.float32 and default_collate(
                                [np.ones(2)]).dtype is torch.float64
    assert default_convert([np.ones(1), "s"])[0].dtype is torch.float64
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
        default_collate([[1, 2], [1]])
    with pytest.raises(TypeError, match="found <class 'object'>"):
        default_collate([object()])


@pytest.mark.parametrize("options, message", [
    ({"batch_size": 0}, "batch_size should be a positive integer value"),
    ({"num_workers": -1}, "num_workers option should be non-negative"),
    ({"prefetch_factor": 2}, "prefetch_factor option could only be specified in multiprocessing"),
    ({"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
    ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
    ({"shuffle": True, "sampler": [1]}, "sampler option is mutually exclusive with shuffle"),
    ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching")])
def test_options_that_exclude_each_other(options, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(TEN, **options)


def test_loader_forms():
    assert [b.tolist() for b in DataLoader(Stream(), batch_size=2)] == [[0, 1], [2]]
    assert list(DataLoader(TEN, batch_size=None))[:2] == [0, 1]
    assert [b.tolist() for b in DataLoader(TEN, batch_size=4, drop_last=True)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(DataLoader(TEN, batch_size=4)) == 3
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is initialized"):
        DataLoader(TEN).batch_size = 3


# ---- workers ----
def test_workers_are_seeded_like_the_reference():
    torch.manual_seed(3)
    rows = [[x.tolist() for x in b] for b in DataLoader(Informed(), batch_size=2, num_workers=2)]
    seed = 937055941807507096
    assert rows[0] == [[0, 1], [0, 0], [seed, seed], [967, 628], [223, 215], [842, 594]]
    assert rows[1] == [[2, 3], [1, 1], [seed + 1, seed + 1], [91, 933], [92, 682], [913, 687]]
    assert rows[3] == [[6, 7], [1, 1], [seed + 1, seed + 1], [908, 844], [299, 602], [49, 179]]


def test_persistent_workers_go_on():
    torch.manual_seed(3)
    loader = DataLoader(Informed(), batch_size=4, num_workers=2, persistent_workers=True)
    epochs = [[b[3].tolist() for b in loader] for _ in range(2)]
    assert epochs == [[[967, 628, 895, 711], [91, 933, 908, 844]], [[418, 326, 472, 22], [141, 688, 274, 756]]]
    for _ in loader:
        break
    assert [b[0].tolist() for b in loader] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_streams_of_several_workers():
    assert [b.tolist() for b in DataLoader(Stream(), batch_size=2, num_workers=2)] == [[0, 1], [10, 11], [2], [12, 13]]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_large_tensors_come_through_shared_memory(method):
    batches = list(DataLoader(Large(), batch_size=2, num_workers=1, multiprocessing_context=method))
    assert [b["x"][:, 5, 7].tolist() for b in batches] == [[0, 1], [2, 3]] and batches[0]["x"].dtype is torch.bfloat16
    assert batches[1]["name"] == ["2", "3"]
    assert not [f for f in os.listdir("/dev/shm") if f.startswith(f"mindtorch_{os.getpid()}_")]


def test_errors_of_workers():
    with pytest.raises(KeyError, match="Caught KeyError in DataLoader worker process 0(.|\n)*boo"):
        list(DataLoader(Broken(), num_workers=1))
    with pytest.raises(RuntimeError, match="DataLoader worker .* exited unexpectedly"):
        list(DataLoader(Dies(), num_workers=1))
    gc.collect()  # the tracebacks hold the iterators
    assert not multiprocessing.active_children()


def test_timeout_ends_the_workers(monkeypatch):
    from torch.utils.data import dataloader

    monkeypatch.setattr(dataloader, "_JOIN_S", 0.1)
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.2 seconds"):
        list(DataLoader(Sleeps(), num_workers=1, timeout=0.2))
    assert not multiprocessing.active_children()


def test_the_engine_works_in_a_forked_child():
    torch.ones(300, 300) @ torch.ones(300, 300)
    pid = os.fork()
    if not pid:
        x = torch.ones(300, 300, requires_grad=True)
        (x @ x).sum().backward()
        os._exit(0 if x.grad[0, 0].item() == 600 else 1)
    assert os.waitpid(pid, 0)[1] == 0
