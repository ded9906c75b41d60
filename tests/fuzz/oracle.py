"""The same calls in a process of the reference: what it refuses and we accept, and where it dies itself.

`compare` is called where mindtorch is; as a program, `PYTHON -m tests.fuzz.oracle CASES ANSWERS`, this runs where the
reference is.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
MISSING = ("raised AttributeError", "raised ImportError", "raised ModuleNotFoundError", "raised NameError")


def answers(python, cases, jobs):
    """{number: what the reference says} of cases, each with a number of its own."""
    with tempfile.TemporaryDirectory() as folder:
        asked, given = pathlib.Path(folder, "cases"), pathlib.Path(folder, "answers")
        asked.write_text("".join(json.dumps(c) + "\n" for c in cases))
        environment = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "ASAN_OPTIONS", "PYTHONMALLOC")}
        environment["PYTHONPATH"] = str(ROOT)
        subprocess.run([python, "-m", "tests.fuzz.oracle", str(asked), str(given), str(jobs)], cwd=ROOT,
                       env=environment, check=True)
        return {row["number"]: row["outcome"] for row in map(json.loads, given.read_text().splitlines())}


def kind_of(message):
    """A message without its numbers."""
    return re.sub(r"-?\d+(\.\d+)?", "N", message)[:90]


def accepts_more(python, accepted, jobs):
    """[(name, the reference's error, [texts])] of calls that give a value here, most frequent first."""
    cases = [{"number": n, **{k: c[k] for k in ("name", "text", "mode")}} for n,
             c in enumerate(accepted) if not c["name"].startswith("torch._C")]
    found = answers(python, cases, jobs)
    groups = collections.defaultdict(list)
    for case in cases:
        said = found.get(case["number"], "")
        if said.startswith("raised") and not said.startswith(MISSING):
            groups[case["name"], kind_of(said)].append(case["text"])
    return sorted(((name, said, texts) for (name, said), texts in groups.items()),
                  key=lambda row: (-len(row[2]), row[0]))


def differ(python, kept, jobs):
    """[(kind of file, what we say, what the reference says, [texts])] of files that one of the two refuses."""
    cases = [{"number": n, **{k: c[k] for k in ("name", "text", "mode")}} for n, c in enumerate(kept)]
    found, groups = answers(python, cases, jobs), collections.defaultdict(list)
    for case, ours in zip(cases, kept):
        theirs = found.get(case["number"], "?")
        if (ours["outcome"] == "value") != (theirs == "value"):
            groups[case["name"], kind_of(ours["outcome"]), kind_of(theirs)].append(case["text"])
    return sorted(((*key, texts) for key, texts in groups.items()), key=lambda row: -len(row[3]))


def marked(python, findings, jobs):
    """Findings, each with what the reference says of the same call."""
    cases = [{"number": n, "name": f["name"], "text": f["text"], "mode": f.get("mode", 1)} for n,
             f in enumerate(findings) if f["text"]]
    found = answers(python, cases, jobs) if cases else {}
    for n, finding in enumerate(findings):
        finding["reference"] = found.get(n, "?")


def main(asked, given, jobs):
    from . import execute
    from .runner import Crew

    cases = [json.loads(line) for line in pathlib.Path(asked).read_text().splitlines()]
    crew = Crew(execute.run, int(jobs), wanted=lambda outcome: True)
    crew.run(lambda n: {**cases[n], "last": False}, len(cases))
    rows = [{"number": cases[c["number"]]["number"], "outcome": c["outcome"]} for c in crew.kept()]
    rows += [{"number": cases[f["number"]]["number"], "outcome": "dies: " + f["symptom"]} for f in crew.findings
             if f["number"] < len(cases)]
    pathlib.Path(given).write_text("".join(json.dumps(r) + "\n" for r in rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
