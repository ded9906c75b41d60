"""Lines of code per package, so that growth is seen: python benchmarks/lines.py"""
import pathlib

root = pathlib.Path(__file__).resolve().parent.parent
counts, longest = {}, []
for path in sorted(p for top in ("mindtorch", "mindnlp", "tests", "benchmarks") for p in (root / top).rglob("*")
                   if p.suffix in (".py", ".cc", ".h")):
    lines = sum(1 for _ in path.open(encoding="utf-8"))
    parts = path.relative_to(root).parts
    key = "/".join(parts[:2]) if len(parts) > 2 else parts[0]
    counts[key] = counts.get(key, 0) + lines
    longest.append((lines, str(path.relative_to(root))))
for key, lines in sorted(counts.items()):
    print(f"{lines:8d}  {key}")
print(f"{sum(counts.values()):8d}  in all; longest:",
      ", ".join(f"{name} {n}" for n, name in sorted(longest, reverse=True)[:5]))
