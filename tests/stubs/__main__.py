"""python -m tests.stubs: write torch-stubs anew. With --check: say what differs, write nothing."""
import sys

from . import generate

if __name__ == "__main__":
    different = generate.differences()
    if "--check" not in sys.argv:
        generate.write()
    print(*different, f"{len(different)} of {len(generate.texts())} files differ" if "--check" in sys.argv else
          f"{len(different)} files written", sep="\n")
    sys.exit(bool(different) and "--check" in sys.argv)
