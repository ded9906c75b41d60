"""The findings of `check` as text, JSON, SARIF and HTML."""
import html
import json
import os
from collections import Counter

from .decide import ASCEND, DIFFERENT, OPEN, RAISES, SKIPPED, VERDICTS, WORKS

_SIGN = {RAISES: "error", OPEN: "not decided", ASCEND: "ascend", DIFFERENT: "difference", WORKS: "works",
         SKIPPED: "not reached"}
_LEVEL = {RAISES: "error", OPEN: "warning", ASCEND: "note", DIFFERENT: "note", WORKS: "none", SKIPPED: "none"}
_COLOUR = {RAISES: "#c0392b", OPEN: "#b9770e", ASCEND: "#6c3483", DIFFERENT: "#1f618d", WORKS: "#1e8449",
           SKIPPED: "#707b7c"}


def verdict(report):
    """The whole in one line."""
    counts = Counter(f.kind for f in report.findings)
    many = len({(f.path, f.line) for f in report.findings if f.kind == RAISES})
    if report.broken:
        first = f"{len(report.broken)} files could not be read. "
    else:
        first = ""
    if many:
        return f"{first}raises at {many} line{'s' * (many > 1)} if they are reached"
    if counts[OPEN]:
        return f"{first}nothing is known to raise; {counts[OPEN]} uses are not decided"
    return f"{first}runs" + (", with differences" if counts[DIFFERENT] else "") + (
        "; parts are not proved on Ascend" if counts[ASCEND] else "")


def summary(report):
    """{verdict: number of uses}, and the files."""
    counts = Counter(f.kind for f in report.findings)
    return {"files": report.files, "files with torch": report.concerned, **{k: counts[k] for k in VERDICTS}}


def _shown(path):
    near = os.path.relpath(path)
    return near if not near.startswith("..") else str(path)


def text(report, everything=False):
    """Findings with the line they are about."""
    out = []
    wanted = set(VERDICTS) if everything else {RAISES, OPEN, ASCEND, DIFFERENT}
    repeated = Counter()
    for f in report.findings:
        if f.kind not in wanted:
            continue
        repeated[f.kind, f.name, f.why] += 1
        if not everything and f.kind != RAISES and repeated[f.kind, f.name, f.why] > 1:
            continue  # the same reason again: counted below
        out.append(f"{_shown(f.path)}:{f.line}:{f.column + 1}: {_SIGN[f.kind]}: {f.name}: {f.why or f.kind}"
                   + (f" [{f.rule}]" if f.rule else ""))
        line = f.text.rstrip()
        cut = len(line) - len(line.lstrip())
        width = max(1, min(f.end, len(line)) - f.column)
        out += [f"{f.line:6} | {line[cut:]}", f"{'':6} | {' ' * max(0, f.column - cut)}{'^' * width}"]
        if f.reference:
            out.append(f"{'':6} = see {f.reference}")
    again = sum(n - 1 for (kind, *_), n in repeated.items() if kind != RAISES and n > 1)
    if again and not everything:
        out.append(f"... and {again} more of the kinds above (--all shows each)")
    for path, why in report.broken:
        out.append(f"{_shown(path)}: not read: {why}")
    if report.unread:
        out.append("packages that were not read (--follow reads those that are installed): "
                   + ", ".join(sorted(report.unread)))
    if report.first_step:
        out.append(f"first step: {report.first_step}")
    counts = summary(report)
    out.append(", ".join(f"{counts[k]} {k}" for k in VERDICTS) + f" in {counts['files with torch']} of "
               f"{counts['files']} files")
    out.append("verdict: " + verdict(report))
    return "\n".join(out)


def as_json(report, everything=True):
    """All findings, machine readable."""
    rows = [dict(f._asdict(), path=_shown(f.path)) for f in report.findings]
    return json.dumps({"verdict": verdict(report), "summary": summary(report), "torch": report.version,
                       "first_step": report.first_step, "not_read": sorted(report.unread),
                       "broken": [[_shown(p), w] for p, w in report.broken], "findings": rows}, indent=1)


def sarif(report, everything=False):
    """SARIF 2.1.0, as CI systems show it beside the code."""
    shown = [f for f in report.findings if everything or f.kind in (RAISES, OPEN, ASCEND, DIFFERENT)]
    rules = {f.rule or f.kind: f for f in shown}
    results = [{
        "ruleId": f.rule or f.kind, "level": _LEVEL[f.kind], "message": {"text": f"{f.name}: {f.why or f.kind}"},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": _shown(f.path).replace(os.sep, "/")},
            "region": {"startLine": f.line, "startColumn": f.column + 1, "endColumn": max(f.end, f.column + 1) + 1,
                       "snippet": {"text": f.text}}}}],
        "properties": {"verdict": f.kind}} for f in shown]
    described = [{"id": r, "shortDescription": {"text": f.kind},
                  **({"helpUri": f.reference} if (f.reference or "").startswith("http") else {})}
                 for r, f in sorted(rules.items())]
    return json.dumps({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "mindtorch check", "version": report.version, "rules": described}},
                  "results": results, "properties": {"verdict": verdict(report)}}]}, indent=1)


def as_html(report, everything=False):
    """One page: the verdict, the numbers, the lines."""
    wanted = set(VERDICTS) if everything else {RAISES, OPEN, ASCEND, DIFFERENT}
    rows, last = [], None
    for f in report.findings:
        if f.kind not in wanted:
            continue
        if f.path != last:
            rows.append(f"<h2>{html.escape(_shown(f.path))}</h2>")
            last = f.path
        link = f' <a href="{html.escape(f.reference)}">more</a>' if f.reference else ""
        rows.append(f'<p><b style="color:{_COLOUR[f.kind]}">{f.kind}</b> line {f.line}: <code>{html.escape(f.name)}'
                    f"</code> {html.escape(f.why)}{link}</p><pre>{html.escape(f.text.strip())}</pre>")
    counts = "".join(f"<tr><td>{k}</td><td>{v}</td></tr>" for k, v in summary(report).items())
    return ("<!doctype html><meta charset=utf-8><title>mindtorch check</title><style>body{font:15px sans-serif;"
            "max-width:60em;margin:2em auto}pre{background:#f4f4f4;padding:.5em}td{padding:0 1em 0 0}</style>"
            f"<h1>mindtorch check</h1><p><b>{html.escape(verdict(report))}</b></p><table>{counts}</table>"
            + "".join(rows) + "\n")


FORMATS = {"text": text, "json": as_json, "sarif": sarif, "html": as_html}
