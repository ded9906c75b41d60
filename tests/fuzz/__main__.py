"""python -m tests.fuzz arguments|files|changes|kernels|all|replay: the attack as a tool."""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import time


def table(crew, title):
    """What was called and found."""
    values, raised, bad = crew.counted()
    print(f"\n{title}: {values + raised + bad} calls, {values} values, {raised} exceptions, {len(crew.findings)} "
          f"deaths, {bad} bad answers")
    for what, text in crew.slow:
        print(f"  {what}, but not when alone: {text[:200]}")
    groups = collections.Counter((f["symptom"], f["name"]) for f in crew.findings)
    for (symptom, name), n in sorted(groups.items()):
        print(f"  {n:4} {symptom}  {name}")


def show(crew, finding=None):
    """The line of progress, or a finding."""
    if finding:
        print(
            f"\r{finding['symptom']}: {finding['text'][:300]}{' (after others)' if 'before' in finding else ''}",
            flush=True)
        return
    values, raised, bad = crew.counted()
    print(f"\r{values + raised + bad} calls, {raised} exceptions, {len(crew.findings)} deaths, {bad} bad answers",
          end="", flush=True)


def attack(options, what, seconds):
    """One kind of attack for so many seconds or calls; its findings."""
    from . import arguments, changes, execute, files, oracle
    from .runner import Crew

    # with the reference at hand every answer is kept: what it refuses is wanted later
    def progress(crew, finding=None):
        show(crew, finding)
        if finding and options.report:  # kept at once: what attacks may be ended by others
            with open(options.report, "a", encoding="utf-8") as f:
                f.write(json.dumps(finding) + "\n")

    crew = Crew(execute.run, options.jobs, wanted=lambda outcome: bool(options.oracle)
                and (what == "files" or outcome == "value"), progress=progress, bad=execute.bad)
    only = options.only and re.compile(options.only).search
    if what == "arguments":
        cases = arguments.Fuzz(options.seed, only, lambda name: crew.deaths.get(name, 0) >= 4)
        print(f"{len(cases.targets)} targets, {len(cases.order)} in a round", flush=True)
    elif what == "changes":
        cases = changes.Fuzz(options.seed, only, lambda name: crew.deaths.get(name, 0) >= 8)
        print(f"{len(cases.calls)} forwards", flush=True)
    else:
        cases = files.Fuzz(options.seed)
    crew.run(cases, options.calls, None if options.calls else time.monotonic() + seconds, options.start)
    crew.findings += [{**{k: v for k, v in c.items() if k != "outcome"}, "symptom": c["outcome"], "log": ""}
                      for c in crew.kept() if execute.bad(c["outcome"])]
    if options.oracle:
        oracle.marked(options.oracle, crew.findings, options.jobs)
        compare(options, crew, what)
    table(crew, what)
    return crew.findings


def compare(options, crew, what):
    """What the reference refuses and we accept (of files also the other way round): a list, most frequent first."""
    from . import oracle

    if what == "files":
        rows = oracle.differ(options.oracle, list(crew.kept()), options.jobs)
        rows = [(f"{kind}, here {ours}", f"the reference {theirs}", texts) for kind, ours, theirs, texts in rows]
    else:
        rows = oracle.accepts_more(options.oracle, [c for c in crew.kept() if c["outcome"] == "value"], options.jobs)
    print(f"\n{what} of which the reference thinks otherwise: {sum(len(r[2]) for r in rows)} calls of "
          f"{len({r[0] for r in rows})} names")
    for name, said, texts in rows[:40]:
        print(f"  {len(texts):4} {name}: {said}   {min(texts, key=len)[:200]}")
    if options.report:
        pathlib.Path(options.report).with_suffix(f".{what}-accepted.txt").write_text(
            "".join(f"{len(t)} {n}: {s}\n" + "".join(f"    {x}\n" for x in sorted(t, key=len)[:3]) for n, s, t in rows))


def replay(options):
    """Cases of a file run one by one, each in a process of its own."""
    from . import execute
    from .runner import Crew

    crew = Crew(execute.run, 1, wanted=lambda outcome: True)
    worst = 0
    for line in pathlib.Path(options.file).read_text().splitlines():
        case = json.loads(line) if line.startswith("{") else {"name": "", "text": line, "mode": 1}
        before = [c for c in case.pop("before", None) or []]
        whole = [*before, {k: v for k, v in case.items() if k in ("name", "text", "mode")}]
        open(crew.answers, "w").close()
        worker = crew.workers[0]
        worker.start(0, len(whole), lambda n: whole[n])
        while (ended := worker.poll()) is None:
            time.sleep(0.01)
        worker.pid = None
        from .runner import symptom

        died = ended[1] or (symptom(worker.words(), ended[0]) if ended[0] else None)
        answer = died or next((c["outcome"] for c in reversed(list(crew.kept()))), "?")
        worst |= bool(died) or execute.bad(answer)
        print(f"{answer}: {case['text'][:400]}", flush=True)
        if options.log and died:
            print(worker.words())
    return worst


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("what", choices=["arguments", "files", "changes", "kernels", "all", "replay"])
    parser.add_argument("file", nargs="?", help="cases to replay")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--calls", type=int, help="this many calls instead of so many seconds")
    parser.add_argument("--start", type=int, default=0, help="number of the first call")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", help="a pattern of names")
    parser.add_argument("--oracle", help="python of an environment with the reference")
    parser.add_argument("--report", help="where findings go, a line of JSON each")
    parser.add_argument("--log", action="store_true", help="replay: show what a dying process said")
    options = parser.parse_args()
    if options.what == "replay":
        return sys.exit(replay(options))
    findings, failed = [], False
    if options.report:
        open(options.report, "w").close()
    kinds = ["arguments", "files", "changes", "kernels"] if options.what == "all" else [options.what]
    for what in kinds:
        if what == "kernels":
            command = [sys.executable, "-m", "tests.kernel_fuzz", "--seconds", str(options.seconds / len(kinds)),
                       "--seed", str(options.seed)]
            failed = subprocess.run(command, check=False).returncode != 0
        else:
            findings += attack(options, what, options.seconds / len(kinds))
    if options.report:
        with open(options.report, "w", encoding="utf-8") as f:
            for finding in findings:
                f.write(json.dumps(finding) + "\n")
    sys.exit(bool(findings) or failed)


if __name__ == "__main__":
    main()
