"""Checks samples of a recording one by one: reads their numbers on stdin, writes [number, seconds, {kind: null or what
is wrong}] a line."""
import json
import os
import sys
import time

from . import replay


def main(path):
    rows = replay.load(path).rows
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what operators print must not reach the answers
    print(json.dumps("ready"), file=answers)
    for line in sys.stdin:
        number, start = int(line), time.perf_counter()
        found = replay.checks(rows[number])
        print(json.dumps([number, round(time.perf_counter() - start, 3), found]), file=answers)


if __name__ == "__main__":
    main(sys.argv[1])
