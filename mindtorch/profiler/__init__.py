"""torch.profiler: which operators take the time and the memory, step by step (see autograd/profiler.py)."""
import enum
import json
import os
import socket
import time

from mindtorch.autograd import profiler as _events
from mindtorch.autograd.profiler import record_function

__all__ = ["profile", "schedule", "supported_activities", "tensorboard_trace_handler", "ProfilerAction",
           "ProfilerActivity", "record_function"]


class ProfilerActivity(enum.Enum):
    """What is profiled: the CPU, and the npu where there is one (under CUDA or PrivateUse1)."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """What happens in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities():
    """What can be profiled."""
    from mindtorch import npu

    of_device = (ProfilerActivity.CUDA, ProfilerActivity.PrivateUse1) if npu.is_available() else ()
    return {ProfilerActivity.CPU, *of_device}


def schedule(*, wait, warmup, active, repeat=0, skip_first=0, skip_first_wait=0):
    """step -> ProfilerAction: cycles of `wait` idle, `warmup` and `active` recorded steps, `repeat` times (0: for
    ever), after `skip_first` idle ones."""
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("Invalid profiler schedule arguments")

    def action(step):
        if step < 0:
            raise AssertionError("Step must be non-negative")
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        cycle, at = divmod(step, wait + warmup + active)
        if repeat and cycle >= repeat or at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if at < wait + warmup + active - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def tensorboard_trace_handler(dir_name, worker_name=None, use_gzip=False):
    """on_trace_ready that writes each trace as a file of a folder."""
    def write(prof):
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        path = os.path.join(dir_name, f"{worker}.{time.time_ns()}.pt.trace.json")
        prof.export_chrome_trace(path + (".gz" if use_gzip else ""))

    return write


class profile:
    """Profiles the block, or with a `schedule` some of the steps that step() counts; on_trace_ready(self) after each
    recorded cycle."""

    def __init__(self, *, activities=None, schedule=None, on_trace_ready=None, record_shapes=False,
                 profile_memory=False, with_stack=False, with_flops=False, with_modules=False,
                 experimental_config=None, execution_trace_observer=None, acc_events=False, use_cuda=None,
                 custom_trace_id_callback=None):
        if execution_trace_observer is not None:
            raise NotImplementedError("torch.profiler.profile: execution_trace_observer is not supported")
        self.activities = set(activities) if activities else supported_activities()
        if ProfilerActivity.CPU not in self.activities:
            raise NotImplementedError("torch.profiler.profile: without ProfilerActivity.CPU there is nothing to see")
        self._how = dict(record_shapes=record_shapes, profile_memory=profile_memory, with_stack=with_stack,
                         with_flops=with_flops, with_modules=with_modules)
        if self.activities & {ProfilerActivity.CUDA, ProfilerActivity.PrivateUse1}:
            self._how["use_device"] = "npu"
        self._metadata = {}
        _events.profile(**self._how)  # refuses what is not supported now, not at the first recorded step
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self._steps, self.on_trace_ready = schedule is not None, on_trace_ready
        self.step_num, self.current_action, self.profiler, self._mark = 0, self.schedule(0), None, None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()

    def start(self):
        """Begin, with the action of step 0."""
        self._go(ProfilerAction.NONE, self.current_action)
        self._mark_step()

    def stop(self):
        """End; what was being recorded is handed to on_trace_ready."""
        self._unmark_step()
        if self.current_action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE):
            self._finish()

    def step(self):
        """The next step begins."""
        self._unmark_step()
        before, self.step_num = self.current_action, self.step_num + 1
        self.current_action = self.schedule(self.step_num)
        self._go(before, self.current_action)
        self._mark_step()

    def _mark_step(self):
        if self._steps:
            self._mark = record_function(f"ProfilerStep#{self.step_num}")
            self._mark.__enter__()

    def _unmark_step(self):
        if self._mark is not None:
            self._mark.__exit__()
            self._mark = None

    def _go(self, before, after):
        recorded = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if before is ProfilerAction.RECORD_AND_SAVE or (before in recorded and after not in recorded):
            self._finish()
            before = ProfilerAction.NONE
        if after in recorded and before not in recorded:
            self.profiler = _events.profile(**self._how)
            self.profiler.__enter__()

    def _finish(self):
        self.profiler.__exit__(None, None, None)
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def _recorded(self):
        if self.profiler is None:
            raise AssertionError("the profiler has not recorded anything yet")
        return self.profiler

    def events(self):
        """The events of the last recorded cycle."""
        return self._recorded().function_events

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, group_by_overload_name=False):
        """Averages by name."""
        return self._recorded().key_averages(group_by_input_shape, group_by_stack_n)

    def export_chrome_trace(self, path):
        """Write a trace; compressed when the name ends in .gz."""
        write = self._recorded().function_events.export_chrome_trace
        if not str(path).endswith(".gz"):
            return write(path, self._metadata)
        import gzip

        plain = str(path)[:-3]
        write(plain, self._metadata)
        with open(plain, "rb") as f, gzip.open(path, "wb") as g:
            g.write(f.read())
        os.remove(plain)

    def export_stacks(self, path, metric="self_cpu_time_total"):
        """Write stacks for a flame graph."""
        self._recorded().export_stacks(path, metric)

    def add_metadata(self, key, value):
        """A text under a name of the trace."""
        self._metadata[key] = value

    def add_metadata_json(self, key, value):
        """A JSON text under a name of the trace."""
        self._metadata[key] = json.loads(value)

    preset_metadata_json = add_metadata_json

    def toggle_collection_dynamic(self, enable, activities):
        """Refused: what is collected does not change while it runs."""
        raise NotImplementedError("torch.profiler.profile.toggle_collection_dynamic is not supported")


_KinetoProfile = profile


def kineto_available():
    """True: torch.profiler.profile is there."""
    return True
