"""elastic_launch: a function as several processes that know of each other."""
import dataclasses
import multiprocessing
import os
import sys
import time
import traceback

from ..elastic.agent import Agent, Job, _free_port
from ..elastic.multiprocessing.errors import ChildFailedError, ProcessFailure


@dataclasses.dataclass
class LaunchConfig:
    """How many processes, where they meet, how often they may fail."""

    min_nodes: int
    max_nodes: int
    nproc_per_node: int
    logs_specs: object = None
    run_id: str = ""
    role: str = "default_role"
    rdzv_endpoint: str = ""
    rdzv_backend: str = "etcd"
    rdzv_configs: dict = dataclasses.field(default_factory=dict)
    rdzv_timeout: int = -1
    max_restarts: int = 3
    monitor_interval: float = 0.1
    start_method: str = "spawn"
    log_line_prefix_template: str = None
    metrics_cfg: dict = dataclasses.field(default_factory=dict)
    local_addr: str = None
    event_log_handler: str = "null"
    numa_options: object = None

    def __post_init__(self):
        if self.min_nodes != self.max_nodes or self.max_nodes != 1:
            raise NotImplementedError("elastic_launch of a function on several machines; torchrun starts scripts there")


def _child(env, fn, args, results, rank):
    os.environ.update(env)
    try:
        results.put((rank, True, fn(*args)))
    except BaseException:  # noqa: BLE001  (it is told)
        results.put((rank, False, traceback.format_exc()))
        results.close()
        results.join_thread()
        sys.exit(1)


def launch_agent(config, entrypoint, args):
    """{rank: result} of a function, or None of a command; ChildFailedError when it fails for the last time."""
    if isinstance(entrypoint, str):
        job = Job([entrypoint, *map(str, args)], config.nproc_per_node, entrypoint, run_id=config.run_id,
                  max_restarts=config.max_restarts, interval_s=config.monitor_interval, role=config.role)
        Agent(job).run()
        return {}
    context, restarts = multiprocessing.get_context(config.start_method), 0
    while True:
        done, failures = _attempt(context, config, entrypoint, args, restarts)
        if not failures:
            return done
        if restarts >= config.max_restarts:
            raise ChildFailedError(getattr(entrypoint, "__qualname__", str(entrypoint)), failures)
        restarts += 1


def _attempt(context, config, entrypoint, args, restarts):
    results, n = context.Queue(), config.nproc_per_node
    port = _free_port()
    processes = []
    for rank in range(n):
        env = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n, "LOCAL_WORLD_SIZE": n, "GROUP_RANK": 0,
               "ROLE_RANK": rank, "ROLE_WORLD_SIZE": n, "ROLE_NAME": config.role, "GROUP_WORLD_SIZE": 1,
               "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RESTART_COUNT": restarts,
               "TORCHELASTIC_MAX_RESTARTS": config.max_restarts, "TORCHELASTIC_RUN_ID": config.run_id or "none"}
        process = context.Process(target=_child, daemon=False,
                                  args=({k: str(v) for k, v in env.items()}, entrypoint, args, results, rank))
        process.start()
        processes.append(process)
    done, failures = {}, {}
    try:
        while len(done) < n and not failures:
            while not results.empty():
                rank, well, value = results.get()
                if well:
                    done[rank] = value
                else:
                    failures[rank] = ProcessFailure(rank, processes[rank].pid, 1, rank=rank, message=value)
            for rank, process in enumerate(processes):
                if process.exitcode not in (None, 0) and rank not in failures and results.empty():
                    failures[rank] = ProcessFailure(rank, process.pid, process.exitcode, rank=rank)
            time.sleep(0.02)
    finally:
        for process in processes:
            if len(done) < n and process.is_alive():
                process.terminate()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
    return dict(sorted(done.items())), failures


class elastic_launch:
    """Call it with the arguments of the function: {rank: result}."""

    def __init__(self, config, entrypoint):
        self._config, self._entrypoint = config, entrypoint

    def __call__(self, *args):
        return launch_agent(self._config, self._entrypoint, args)
