"""Runs texts in forked workers: a worker that dies, or gives no answer, is a finding of the very call that it was at.

Knows nothing of what the texts mean: it is used for mindtorch and, in a process of its own, for the reference.
"""
import contextlib
import faulthandler
import gc
import json
import mmap
import os
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback

SECONDS = 10.0  # of the processor for one call
WAIT = 40.0  # by the clock, for a call that sleeps
MEMORY = 3 << 30  # of one worker
BATCH = 400
HEADER = struct.Struct("<qqdd")  # number of the call, length of its text, processor time and clock when it began
ROOM = 1 << 17
AGAIN = 43  # a worker's exit when the rest of its batch needs a new one


def sanitized():
    """Whether this process runs under the address sanitizer."""
    with open("/proc/self/maps", encoding="utf-8") as f:
        return "libasan" in f.read()


def symptom(log, status):
    """One line of what killed a worker: the sanitizer's words and the first line of ours, or the signal and the
    innermost Python line."""
    where = re.search(r"#\d+ 0x\w+ in (?:[^\n]*?)(csrc/\S+:\d+)", log)
    line = where.group(1) if where else ""
    if found := re.search(r"(\S+:\d+):\d+: runtime error: ([^\n]*)", log):
        return f"undefined: {found.group(2)} at {found.group(1).rpartition('csrc/')[2]}"
    if found := re.search(r"ERROR: (?:AddressSanitizer|LeakSanitizer): ([\w-]+)", log):
        return f"address: {found.group(1)} at {line.removeprefix('csrc/') or 'foreign code'}"
    ended = f"signal {signal.Signals(os.WTERMSIG(status)).name}" if os.WIFSIGNALED(
        status) else f"exit {os.WEXITSTATUS(status)}"
    if found := re.search(r"terminate called after throwing an instance of '([^']*)'", log):
        ended += f", C++ exception {found.group(1)}"
    stack = re.findall(r'File "([^"]*mindtorch/[^"]*)", line (\d+)', log)
    return ended + (f" at {stack[0][0].rpartition('mindtorch/')[2]}:{stack[0][1]}" if stack else "")


class Worker:
    """One child at a time, and the memory in which it says where it is."""

    def __init__(self, crew, number):
        self.crew, self.number = crew, number
        self.board = mmap.mmap(-1, ROOM)
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 as long as the worker
        self.folder = tempfile.mkdtemp(prefix="fuzz")
        self.pid = None

    def start(self, first, last, cases, counted=True):
        """Fork, and run the calls of these numbers."""
        self.first, self.last = first, last
        self.note(first, "")
        self.log.seek(0)
        self.log.truncate()
        self.pid = os.fork()
        if not self.pid:
            code = 1
            try:
                code = self.child(first, last, cases, counted)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def note(self, number, text):
        data = text.encode("utf-8", "surrogatepass")[: ROOM - HEADER.size]
        self.board[HEADER.size: HEADER.size + len(data)] = data
        self.board[: HEADER.size] = HEADER.pack(number, len(data), time.process_time(), time.monotonic())

    def at(self):
        """(number, text, processor time and clock when it began)"""
        before, now = None, self.board[: HEADER.size]
        while before != now:  # the child may be writing
            before, now = now, self.board[: HEADER.size]
        number, length, cpu, clock = HEADER.unpack(now)
        return number, self.board[HEADER.size: HEADER.size + length].decode("utf-8", "surrogatepass"), cpu, clock

    def child(self, first, last, cases, counted):
        os.dup2(self.log.fileno(), 1)
        os.dup2(self.log.fileno(), 2)
        sys.stdout = sys.stderr = os.fdopen(os.dup(2), "w", errors="replace")
        sys.stdin = open(os.devnull)  # noqa: SIM115
        os.chdir(self.folder)
        faulthandler.register(signal.SIGUSR1, sys.stderr)
        if not self.crew.sanitized:
            faulthandler.enable(sys.stderr)
            used = int(re.search(r"VmData:\s+(\d+)", open("/proc/self/status").read()).group(1)) << 10
            resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, -1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
        with open(self.crew.answers, "a", encoding="utf-8") as answers:
            for number in range(first, last):
                case = cases(number)
                if case is None:
                    continue
                self.note(number, json.dumps(case))
                outcome = self.crew.execute(case)
                if self.at()[0] != number:
                    outcome = "memory of others was written to"
                if counted and self.crew.wanted(outcome):
                    answers.write(json.dumps({**case, "number": number, "outcome": outcome}) + "\n")
                    answers.flush()
                if counted:
                    self.crew.count(outcome)
                if case.get("last"):
                    self.note(number + 1, "")
                    gc.collect()
                    return AGAIN
        self.note(last, "")
        gc.collect()
        return 0

    def busy(self):
        """Seconds of the processor that the child has had, its memory, and whether it sleeps."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8") as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            return 0.0, 0, False
        return (int(fields[11])
                + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(fields[21]) * mmap.PAGESIZE, fields[0] == "S"

    def poll(self):
        """None while the child works, else (status, why it was killed)."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            return status, None
        cpu, memory, sleeps = self.busy()
        number, text, cpu_then, then = self.at()
        why = "memory" if memory > MEMORY and not self.crew.sanitized or memory > 2 * MEMORY else \
            "time" if cpu - cpu_then > self.crew.seconds else "blocked" if sleeps and time.monotonic(
                ) - then > WAIT else None
        if not why:
            return None
        os.kill(self.pid, signal.SIGUSR1)  # it says where it is
        time.sleep(0.3)
        os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1], why

    def words(self, limit=20000):
        self.log.seek(0)
        return self.log.read(limit).decode(errors="replace")

    def alone(self, case):
        """(symptom, log) of a call in a fresh worker; (None, log) when it lives."""
        self.start(0, 1, lambda number: case, False)
        while (ended := self.poll()) is None:
            time.sleep(0.01)
        status, why = ended
        log = self.words()
        return (None if status == 0 or os.WIFEXITED(status) and os.WEXITSTATUS(status) == AGAIN else why
                or symptom(log, status)), log


class Crew:
    """Workers, and what they found. `execute(case)` answers a word; `wanted(word)` says whether to keep the case with
    it."""

    def __init__(
        self, execute, jobs=1, wanted=lambda outcome: False, seconds=SECONDS, progress=None, bad=lambda outcome: False
    ):
        self.execute, self.wanted, self.seconds, self.progress, self.bad = execute, lambda o: wanted(o) or bad(
            o), seconds, progress, bad
        self.sanitized = sanitized()
        self.answers = tempfile.NamedTemporaryFile(suffix=".jsonl", delete=False).name
        self.totals = mmap.mmap(-1, 4096 * 16)
        self.kinds = {}
        self.findings, self.slow = [], []
        self.deaths = {}
        gc.collect()
        gc.freeze()
        self.workers = [Worker(self, i) for i in range(jobs)]

    def count(self, outcome):
        """In the child: one more of this kind."""
        kind = 0 if outcome == "value" else 1 if outcome.startswith("raised") else 2
        at = 8 * kind
        struct.pack_into("<q", self.totals, at, struct.unpack_from("<q", self.totals, at)[0] + 1)

    def counted(self):
        return struct.unpack_from("<qqq", self.totals)

    def run(self, cases, count=None, until=None, start=0):
        """Calls cases(0), cases(1), ... in batches until there are `count` of them, or until that time."""
        following, shown = start, time.monotonic()
        while True:
            over = (count is not None
                    and following >= start + count) or (until is not None and time.monotonic() > until)
            for worker in self.workers:
                if worker.pid is None and not over:
                    last = following + BATCH if count is None else min(following + BATCH, start + count)
                    worker.start(following, last, cases)
                    following = last
                    over = count is not None and following >= start + count
                elif worker.pid is not None and (ended := worker.poll()) is not None:
                    self.ended(worker, cases, *ended, over and until is not None and time.monotonic() > until)
            if all(w.pid is None for w in self.workers) and over:
                return following
            if self.progress and time.monotonic() - shown > 5:
                shown = time.monotonic()
                self.progress(self)
            time.sleep(0.01)

    def ended(self, worker, cases, status, why, over):
        number, text, _, _ = worker.at()
        worker.pid = None
        if why is None and os.WIFEXITED(status) and os.WEXITSTATUS(status) in (0, AGAIN):
            if number < worker.last and not over:
                worker.start(number, worker.last, cases)
            return
        log = worker.words()
        first, last = worker.first, worker.last
        if not first <= number <= last:
            number, text, why = last, "", "memory of others was written to"
        self.found(worker, cases, number, text, why or symptom(log, status), log, first)
        if number + 1 < last and not over:
            worker.start(number + 1, last, cases)

    def found(self, worker, cases, number, text, what, log, first):
        case = json.loads(text) if text else {"name": "between calls", "text": ""}
        finding = {**case, "number": number, "symptom": what}
        if text:
            again, words = worker.alone(case)
            worker.pid = None
            if again is None and what in ("time", "memory"):
                self.slow.append((what, text))
                return
            if again is None:
                before = [c for n in range(first, number) if (c := cases(n))]
                finding["before"] = before[-20:] if what == "blocked" else self.shortest(worker, before, case)
            elif again.startswith("address") or not what.startswith("address"):
                finding["symptom"], log = again, words
        finding["log"] = log[:5000]
        self.deaths[case["name"]] = self.deaths.get(case["name"], 0) + 1
        self.findings.append(finding)
        if self.progress:
            self.progress(self, finding)

    def shortest(self, worker, before, case):
        """Earlier calls without which the call lives; few tries."""
        def dies(some):
            whole = [*some, case]
            worker.start(0, len(whole), lambda n: {**whole[n], "last": False}, False)
            while (ended := worker.poll()) is None:
                time.sleep(0.01)
            worker.pid = None
            return not (os.WIFEXITED(ended[0]) and os.WEXITSTATUS(ended[0]) == 0)

        if not dies(before):
            return None
        step = max(1, len(before) // 2)
        tries = 0
        while step and tries < 24:
            at = 0
            while at < len(before) and tries < 24:
                tries += 1
                without = before[:at] + before[at + step:]
                if dies(without):
                    before = without
                else:
                    at += step
            step //= 2
        return before if len(before) <= 20 else before[-20:]

    def kept(self):
        """Calls whose outcome was to be kept."""
        with open(self.answers, encoding="utf-8") as f:
            for line in f:
                with contextlib.suppress(ValueError):
                    yield json.loads(line)
