"""The process that starts the workers of a machine, watches them, and starts them again as often as it may."""
import ctypes
import dataclasses
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from datetime import timedelta

from ..tcp_store import TCPStore
from .multiprocessing.errors import ChildFailedError, ProcessFailure

_GRACE_S = 10  # between asking workers to end and ending them
_DEATH_SIGNAL = 1  # of prctl


@dataclasses.dataclass
class Job:
    """What is to run: a command for every worker, on this machine `workers` of them."""

    command: list
    workers: int
    name: str = "job"
    nodes: int = 1
    node_rank: int = 0
    master_addr: str = "127.0.0.1"
    master_port: int = 0  # 0: a free one, for one machine
    endpoint: str = ""  # where machines meet when their ranks are not given
    run_id: str = ""
    max_restarts: int = 0
    interval_s: float = 0.1
    role: str = "default"
    log_dir: str = ""
    redirects: object = 0  # 1: what workers print goes to files, 2: errors, 3: both; or {local rank: that}
    tee: object = 0
    timeout_s: float = 900


class Stopped(Exception):
    """A signal asked the launcher to end."""

    def __init__(self, number):
        super().__init__(f"the launcher got signal {number}")
        self.number = number


def _free_port():
    with socket.socket() as s:
        s.bind(("", 0))
        return s.getsockname()[1]


def _ends_with_parent():
    """In a worker, before its program: it does not outlive the launcher."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def _which(setting, rank):
    return setting.get(rank, 0) if isinstance(setting, dict) else setting


class Agent:
    """Runs a job on this machine."""

    def __init__(self, job):
        self.job, self._running, self._threads = job, [], []
        self._folder = None
        self._meeting = None

    def run(self):
        """Returns when all workers ended well; ChildFailedError when they failed for the last time."""
        before = {}
        if threading.current_thread() is threading.main_thread():
            def stop(number, frame):
                raise Stopped(number)

            before = {n: signal.signal(n, stop) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)}
        try:
            with tempfile.TemporaryDirectory(prefix="torchelastic_") as folder:
                self._folder = pathlib.Path(folder)
                self._meet()
                restarts = 0
                while True:
                    self._start(restarts)
                    failures = self._watch()
                    if not failures:
                        return
                    if restarts >= self.job.max_restarts:
                        raise ChildFailedError(self.job.name, failures)
                    restarts += 1
                    first = min(failures.values(), key=lambda f: f.timestamp)
                    print(f"torchrun: rank {first.rank} ended with {first.exitcode}: restart {restarts} of "
                          f"{self.job.max_restarts}", file=sys.stderr, flush=True)
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _meet(self):
        """Machines that were not told their ranks get them where they meet."""
        job = self.job
        if not job.endpoint or job.nodes == 1:
            return
        host, _, port = job.endpoint.rpartition(":") if ":" in job.endpoint else (job.endpoint, "", "29400")
        limit = timedelta(seconds=job.timeout_s)
        try:
            self._meeting = TCPStore(host, int(port), is_master=_is_local(host), timeout=limit, wait_for_workers=False)
        except RuntimeError:  # another launcher of this machine serves it
            self._meeting = TCPStore(host, int(port), timeout=limit, wait_for_workers=False)
        job.node_rank = self._meeting.add(f"{job.run_id}/nodes", 1) - 1
        if job.node_rank >= job.nodes:
            raise RuntimeError(f"the job {job.run_id} has {job.nodes} nodes, and they are all there")
        if job.node_rank == 0:
            address = socket.gethostname() if not _is_loopback(host) else host
            self._meeting.set(f"{job.run_id}/master", f"{address} {_free_port()}")
        job.master_addr, port = self._meeting.get(f"{job.run_id}/master").decode().split()
        job.master_port = int(port)
        self._meeting.set(f"{job.run_id}/workers{job.node_rank}", str(job.workers))

    def _ranks(self):
        """(the first rank of this machine, all workers)."""
        job = self.job
        if self._meeting is None:
            return job.node_rank * job.workers, job.nodes * job.workers
        counts = [int(self._meeting.get(f"{job.run_id}/workers{n}")) for n in range(job.nodes)]
        return sum(counts[:job.node_rank]), sum(counts)

    def _start(self, restarts):
        job = self.job
        first, size = self._ranks()
        port = job.master_port or _free_port()
        for local in range(job.workers):
            error_file = self._folder / f"error{restarts}_{local}.json"
            env = os.environ | {
                "RANK": str(first + local), "LOCAL_RANK": str(local), "WORLD_SIZE": str(size),
                "LOCAL_WORLD_SIZE": str(job.workers), "GROUP_RANK": str(job.node_rank),
                "GROUP_WORLD_SIZE": str(job.nodes), "ROLE_NAME": job.role, "ROLE_RANK": str(first + local),
                "ROLE_WORLD_SIZE": str(size), "MASTER_ADDR": job.master_addr, "MASTER_PORT": str(port),
                "TORCHELASTIC_RESTART_COUNT": str(restarts), "TORCHELASTIC_MAX_RESTARTS": str(job.max_restarts),
                "TORCHELASTIC_RUN_ID": job.run_id or "none", "TORCHELASTIC_USE_AGENT_STORE": "False",
                "TORCHELASTIC_ERROR_FILE": str(error_file)}
            if job.workers > 1:
                env.setdefault("OMP_NUM_THREADS", "1")
            out, err = self._outputs(local, restarts)
            process = subprocess.Popen(job.command, env=env, stdout=out, stderr=err, start_new_session=True,
                                       preexec_fn=_ends_with_parent)  # noqa: PLW1509  (no threads yet)
            for pipe, to in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
                if pipe is not None:
                    thread = threading.Thread(target=self._copy, args=(pipe, to, local, restarts), daemon=True)
                    thread.start()
                    self._threads.append(thread)
            for file in (out, err):
                if hasattr(file, "close"):
                    file.close()
            self._running.append((local, first + local, process, str(error_file)))

    def _outputs(self, local, restarts):
        redirect, tee = _which(self.job.redirects, local), _which(self.job.tee, local)
        made = []
        for bit, name in ((1, "stdout.log"), (2, "stderr.log")):
            if tee & bit:
                made.append(subprocess.PIPE)
            elif redirect & bit:
                path = self._log_folder(local, restarts) / name
                made.append(open(path, "wb"))  # noqa: SIM115  (the process keeps it)
            else:
                made.append(None)
        return made

    def _log_folder(self, local, restarts):
        if not self.job.log_dir:
            self.job.log_dir = tempfile.mkdtemp(prefix="torchelastic_logs_")
        folder = pathlib.Path(self.job.log_dir) / (self.job.run_id or "none") / f"attempt_{restarts}" / str(local)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _copy(self, pipe, to, local, restarts):
        name = "stdout.log" if to is sys.stdout else "stderr.log"
        with open(self._log_folder(local, restarts) / name, "ab") as file, pipe:
            for line in pipe:
                file.write(line)
                to.write(f"[{self.job.role}{local}]:" + line.decode(errors="replace"))
                to.flush()

    def _watch(self):
        """{} when all workers ended well, otherwise those that failed; the others are ended."""
        while True:
            codes = [process.poll() for _, _, process, _ in self._running]
            if any(code not in (None, 0) for code in codes):
                time.sleep(0.1)  # those that fell with the first one
                failures = {rank: ProcessFailure(local, process.pid, process.returncode, error_file, rank)
                            for local, rank, process, error_file in self._running if process.poll()}
                self._end()
                return failures
            if all(code == 0 for code in codes):
                self._end()
                return {}
            time.sleep(min(self.job.interval_s, 0.1))

    def _end(self):
        """Ends the workers, with what they have started."""
        def tell(number):
            for _, _, process, _ in self._running:
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    pass

        if any(process.poll() is None for _, _, process, _ in self._running):
            tell(signal.SIGTERM)
            end = time.monotonic() + _GRACE_S
            while time.monotonic() < end and any(p.poll() is None for _, _, p, _ in self._running):
                time.sleep(0.05)
        tell(signal.SIGKILL)
        for _, _, process, _ in self._running:
            process.wait()
        for thread in self._threads:
            thread.join(5)
        self._running, self._threads = [], []


def _is_loopback(host):
    return host in ("localhost", "127.0.0.1", "::1", "")


def _is_local(host):
    if _is_loopback(host) or host == socket.gethostname():
        return True
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
        own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return False
    return bool(found & own)


def new_run_id():
    """A name that no other job has."""
    return str(uuid.uuid4())
