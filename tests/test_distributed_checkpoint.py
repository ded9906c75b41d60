"""torch.distributed.checkpoint: written by 2 processes, read by 1 and 4; helpers; damaged and hostile files."""

import io
import json
import pathlib

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save, torch_save_to_dcp

from tests.distributed_ranks import ranks

HEAD = """
    import torch.distributed.checkpoint as dcp
    from torch import nn
    from torch.distributed.checkpoint.state_dict import *
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
    from torch.distributed.fsdp import FullyShardedDataParallel as FSDP, fully_shard
    from tests.small_llama import *
    dist.init_process_group("gloo", timeout=timedelta(seconds=60))

    def made(seed, how=fully_shard):
        torch.manual_seed(seed)
        net = Llama()
        if SIZE > 1 and how is fully_shard:
            for layer in net.layers:
                fully_shard(layer)
            fully_shard(net)
        elif how is FSDP:
            net = FSDP(net)
        return net, torch.optim.AdamW(net.parameters(), 3e-3)

    def train(net, o, begin, end):
        for step in range(begin, end):
            x, y = (t.chunk(SIZE)[RANK] for t in batch(step))
            o.zero_grad()
            loss = loss_of(net(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            o.step()
        o.zero_grad()
        dist.all_reduce(total := loss.detach().clone())
        return total.item() / SIZE
"""


def on_ranks(script, n, *arguments):
    import textwrap

    return ranks(textwrap.dedent(HEAD) + textwrap.dedent(script) + "\ndist.barrier()\n", n, arguments=arguments,
                 timeout=100)


SAVE = """
    net, o = made(0)
    train(net, o, 0, 4)
    model, optimizer = get_state_dict(net, o)
    state = {"model": model, "optimizer": optimizer, "step": 4, "note": ["a", {"b": None}]}
    dcp.async_save(state, checkpoint_id=sys.argv[1]).result()
    dist.barrier()
    kept = {k: v.full_tensor() for k, v in model.items()}
    train(net, o, 4, 5)
    found = dcp.save(state, checkpoint_id=sys.argv[1] + "/later")
    assert found.state_dict_metadata["model.norm.weight"].size == (32,)
    if RANK == 0:
        torch.save(kept, sys.argv[1] + "/whole")
"""
LOAD = """
    want = reference(8)[1][-1]
    net, o = made(9)
    model, optimizer = get_state_dict(net, o)
    state = {"model": model, "optimizer": optimizer, "step": 0, "note": ["", {"b": 1}]}
    dcp.load(state, checkpoint_id=sys.argv[1])
    assert state["step"] == 4 and state["note"] == ["a", {"b": None}]
    for k, v in torch.load(sys.argv[1] + "/whole").items():
        same(model[k].full_tensor() if SIZE > 1 else model[k], v)
    set_state_dict(net, o, model_state_dict=state["model"], optim_state_dict=state["optimizer"])
    got = train(net, o, 4, 8)
    assert abs(got - want) <= 1e-5 * want, (got, want)
"""


def test_two_processes_write_one_and_four_read(tmp_path):
    on_ranks(SAVE, 2, tmp_path / "c")
    for n in (1, 4):
        on_ranks(LOAD, n, tmp_path / "c")
    whole = torch.load(tmp_path / "c" / "whole")
    dcp_to_torch_save(tmp_path / "c", tmp_path / "one")
    one = torch.load(tmp_path / "one")
    assert one["step"] == 4 and all(torch.equal(one["model"][k], v) for k, v in whole.items())
    torch_save_to_dcp(tmp_path / "one", tmp_path / "back")
    state = {"model": {k: torch.zeros_like(v) for k, v in whole.items()}}
    dcp.load(state, checkpoint_id=tmp_path / "back", no_dist=True)
    assert all(torch.equal(state["model"][k], v) for k, v in whole.items())


def test_state_dict_helpers(tmp_path):
    on_ranks("""
        net, o = made(0)
        train(net, o, 0, 2)
        full = StateDictOptions(full_state_dict=True, cpu_offload=True)
        model, optimizer = get_state_dict(net, o, options=full)
        assert (len(model) > 0) == (len(optimizer) > 0) == (RANK == 0)
        if RANK == 0:
            assert type(model["norm.weight"]) is torch.Tensor and optimizer["param_groups"][0]["lr"] == 3e-3
            assert optimizer["state"]["layers.0.attention.wq.weight"]["exp_avg"].shape == (32, 32)
        for how in (fully_shard, FSDP):
            for flat in (False, True):
                again, o2 = made(5, how)
                # FSDP's parameters have the wrapper's names no longer, and the first rank's numbers come to all
                options = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True,
                                           flatten_optimizer_state_dict=flat)
                found = set_model_state_dict(again, model, options=options)
                assert not found.missing_keys and not found.unexpected_keys
                set_optimizer_state_dict(again, o2, optimizer, options=options)
                for a, b in zip(net.state_dict().values(), again.parameters()):
                    same(b.full_tensor().detach(), a.full_tensor())
                for p, q in zip(net.parameters(), again.parameters()):
                    assert o2.state[q]["step"] == 2
                    same(o2.state[q]["exp_avg"].full_tensor(), o.state[p]["exp_avg"].full_tensor())
        named = get_optimizer_state_dict(net, o, options=StateDictOptions(flatten_optimizer_state_dict=True))
        assert type(named["state.norm.weight.exp_avg"]) is DTensor and named["param_groups.norm.weight.lr"] == 3e-3
        assert "norm.weight" in get_model_state_dict(FSDP(Llama()))
        ddp = nn.parallel.DistributedDataParallel(Llama())
        assert list(get_model_state_dict(ddp)) == list(Llama().state_dict())
        raises(ValueError, "full_state_dict must be True", get_model_state_dict, net,
               options=StateDictOptions(broadcast_from_rank0=True))

        # other layouts, uneven parts, what is missing
        mesh = init_device_mesh("cpu", (2,))
        whole = torch.arange(35.0).view(5, 7)
        dcp.save({"a": distribute_tensor(whole, mesh, [Shard(0)]), "b": distribute_tensor(whole, mesh, [Replicate()]),
                  "h": whole.bfloat16(), "empty": torch.empty(0), "n": 3}, checkpoint_id=sys.argv[1])
        into = {"a": distribute_tensor(torch.zeros(5, 7), mesh, [Shard(1)]), "b": torch.zeros(5, 7),
                "h": torch.zeros(5, 7, dtype=torch.bfloat16), "empty": torch.empty(0), "n": None}
        dcp.load(into, checkpoint_id=sys.argv[1])
        same(into["a"].full_tensor(), whole), same(into["b"], whole), same(into["h"], whole.bfloat16())
        assert into["n"] == 3
        raises(dcp.CheckpointException, "Missing key in checkpoint state_dict: c", dcp.load, {"c": torch.ones(1)},
               checkpoint_id=sys.argv[1])
        dcp.load({"c": torch.ones(1)}, checkpoint_id=sys.argv[1], planner=dcp.DefaultLoadPlanner(
            allow_partial_load=True))
        raises(dcp.CheckpointException, "Size mismatch", dcp.load, {"b": torch.ones(5, 6)}, checkpoint_id=sys.argv[1])
        # one rank fails, all know
        raises(dcp.CheckpointException, "rank 1: ", dcp.load, {"a": torch.zeros(5, 7 - RANK)},
               checkpoint_id=sys.argv[1])
        raises(RuntimeError, "already exists", dcp.save, {"a": whole}, storage_writer=dcp.FileSystemWriter(
            sys.argv[1], overwrite=False))
    """, 2, tmp_path / "c")


@pytest.fixture
def folder(tmp_path):
    dcp.save({"a": torch.arange(6.0).view(2, 3), "n": {"x": 1}}, checkpoint_id=tmp_path, no_dist=True)
    return tmp_path


def into():
    return {"a": torch.zeros(2, 3), "n": {"x": 0}}


def changed(folder, change):
    file = folder / ".metadata"
    known = json.loads(file.read_text())
    change(known["entries"])
    file.write_text(json.dumps(known))


BAD = {
    "a name outside": lambda e: e["a"]["chunks"][0].update(file="../../etc/passwd"),
    "a part that is outside": lambda e: e["a"]["chunks"][0].update(offsets=[1, 0]),
    "a negative place": lambda e: e["a"]["chunks"][0].update(begin=-4),
    "a place behind the end": lambda e: e["a"]["chunks"][0].update(begin=10**9),
    "bytes that do not fit": lambda e: e["a"]["chunks"][0].update(bytes=4),
    "a size that is huge": lambda e: e["a"].update(size=[2**62, 3]),
    "a dtype that is none": lambda e: e["a"].update(dtype="__class__"),
    "no parts": lambda e: e["a"].update(chunks=[]),
    "numbers that are none": lambda e: e["a"].update(size=["2", 3]),
    "a kind that is none": lambda e: e["a"].update(kind="code"),
    "an entry that is none": lambda e: e.update(a=None),
}


@pytest.mark.parametrize("name", BAD)
def test_damaged_metadata_are_refused(folder, name):
    changed(folder, BAD[name])
    with pytest.raises(RuntimeError):
        dcp.load(into(), checkpoint_id=folder, no_dist=True)


def test_damaged_files_are_refused(folder):
    state = into()
    dcp.load(state, checkpoint_id=folder, no_dist=True)
    assert torch.equal(state["a"], torch.arange(6.0).view(2, 3)) and state["n"] == {"x": 1}
    data = next(folder.glob("__*.distcp"))
    whole = data.read_bytes()
    data.write_bytes(whole[:10])
    with pytest.raises(dcp.CheckpointException, match="shorter than"):
        dcp.load(into(), checkpoint_id=folder, no_dist=True)
    data.unlink()
    with pytest.raises(dcp.CheckpointException, match="lacks its file"):
        dcp.load(into(), checkpoint_id=folder, no_dist=True)
    (folder / ".metadata").write_bytes(b"\x80\x04.")
    with pytest.raises(dcp.CheckpointException, match="is a pickle"):
        dcp.load(into(), checkpoint_id=folder, no_dist=True)
    (folder / ".metadata").write_text("[" * 100000)
    with pytest.raises(dcp.CheckpointException, match="damaged"):
        dcp.load(into(), checkpoint_id=folder, no_dist=True)
    with pytest.raises(dcp.CheckpointException, match="no .metadata"):
        dcp.load(into(), checkpoint_id=folder / "nothing", no_dist=True)


class Touches:
    """Runs code where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


def test_objects_are_no_code(folder):
    mark = folder / "mark"
    file = io.BytesIO()
    torch.save({"x": Touches(mark)}, file)
    (folder / "__0_0123456789abcdef.distcp").write_bytes(file.getvalue())
    changed(folder, lambda e: e["n.x"]["chunks"][0].update(
        file="__0_0123456789abcdef.distcp", begin=0, bytes=len(file.getvalue())))
    with pytest.raises(dcp.CheckpointException, match="Weights only load failed"):
        dcp.load(into(), checkpoint_id=folder, no_dist=True)
    assert not mark.exists()
    state = into()
    state["a"].requires_grad_()  # a leaf, as parameters are
    dcp.load({"a": state["a"]}, checkpoint_id=folder, no_dist=True)
    assert torch.equal(state["a"].detach(), torch.arange(6.0).view(2, 3))
