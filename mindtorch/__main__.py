"""python -m mindtorch run [--nproc N] SCRIPT [ARGS] | run -m MODULE [ARGS] | softcann [OPTIONS] SCRIPT [ARGS] |
check PATH... | verify SCRIPT [ARGS] | selftest [--device D] | shim install|remove|status|constraints |
pip install ... | env"""
import argparse
import os
import runpy
import sys


def _run_many(arguments):
    """run --nproc N [options of torchrun] SCRIPT: as N processes that know of each other."""
    from mindtorch.distributed import run as torchrun
    from mindtorch.distributed.elastic.agent import Agent, Stopped
    from mindtorch.distributed.elastic.multiprocessing.errors import ChildFailedError

    options = ["--nproc-per-node" + a[len("--nproc"):] if a == "--nproc" or a.startswith("--nproc=") else a
               for a in arguments]
    args = torchrun.parse_args(options)
    job = torchrun.job_from_args(args)
    if not args.no_python:  # without the shim too
        job.command = [sys.executable, "-u", "-m", "mindtorch", "run", *(["-m"] if args.module else []),
                       args.training_script, *args.training_script_args]
    if job.nodes == 1:
        job.master_addr, job.master_port = "127.0.0.1", 0
    try:
        Agent(job).run()
    except ChildFailedError as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped as stopped:
        return 128 + stopped.number
    return 0


def _run(arguments):
    if arguments and arguments[0].startswith("--"):
        sys.exit(_run_many(arguments))
    import mindtorch  # noqa: F401  (takes the name torch)

    module = arguments[0] == "-m"
    if module:
        arguments = arguments[1:]
    sys.argv = arguments
    if module:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def _softcann(arguments):
    """Replaces this process, which has loaded MindSpore, by one that loads the software CANN first."""
    from mindtorch import softcann

    parser = argparse.ArgumentParser(prog="python -m mindtorch softcann", description="run a script over the software "
                                                                                      "CANN (no Ascend machine "
                                                                                      "needed); a report follows on "
                                                                                      "stderr")
    parser.add_argument("--guard", action="store_true", help="device memory cannot be read by the host")
    parser.add_argument("--contract", action="store_true",
                        help="refuse calls outside the documented dtypes, ranks and layouts, as CANN would")
    parser.add_argument("--trace", metavar="FILE", help="append every decoded call to FILE (-: stderr)")
    parser.add_argument("--faults", metavar="SPEC",
                        help="launch:N fails, memory:BYTES is all there is, hang:N[:SECONDS] hangs, absent:N: the "
                        "N-th collective takes no part, wrong:aclnnName: it computes wrongly, busy: the device is in "
                        "use; joined by commas")
    parser.add_argument("--quirks", metavar="SPEC", help="refuse what owners report of a chip: 910B, 310B, 310P, or "
                                                         "aclnnName:CODE, joined by commas")
    parser.add_argument("--empty", action="store_true", help="operators do nothing: for measuring the host's time")
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, metavar="MODULE [ARGS]",
                        help="run a module instead of a script")
    parser.add_argument("script", nargs=argparse.REMAINDER, metavar="SCRIPT [ARGS]")
    options = parser.parse_args(arguments)
    if options.module:
        options.script = ["-m", *options.module]
    if not options.script or options.module == []:
        parser.error("softcann needs a script")
    try:
        env = softcann.environment(guard=options.guard, contract=options.contract, trace=options.trace,
                                   faults=options.faults, quirks=options.quirks, empty=options.empty)
    except softcann.BuildError as error:
        print(f"mindtorch softcann: {error}", file=sys.stderr)
        return 1
    os.execve(sys.executable, [sys.executable, softcann.RUNNER, *options.script], env)


def main(argv=None):
    """Entry point; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m mindtorch", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run a script with torch being mindtorch", add_help=False)
    shim_parser = commands.add_parser("shim", help="the torch distribution that keeps pip from fetching PyTorch")
    shim_parser.add_argument("action", choices=["install", "remove", "status", "constraints"])
    commands.add_parser("pip", help="pip that leaves torch as it is: with shim's constraints", add_help=False)
    commands.add_parser("softcann", help="run a script over the software CANN", add_help=False)
    commands.add_parser("selftest", help="environment, results, speed and a small training run on a device",
                        add_help=False)
    commands.add_parser("check", help="what will happen to code that was written for PyTorch, line by line",
                        add_help=False)
    commands.add_parser("verify", help="where a training parts from PyTorch's (--oracle) or the npu's "
                        "(--against); without these every kernel of the npu beside the CPU's",
                        add_help=False)
    commands.add_parser("env", help="versions, processor, devices, settings: what a bug report should have")
    if argv and argv[0] == "run":
        if len(argv) < 2 or (argv[1] == "-m" and len(argv) < 3):
            parser.error("run needs a script")
        _run(argv[1:])
        return 0
    if argv and argv[0] == "softcann":
        return _softcann(argv[1:])
    if argv and argv[0] == "pip":
        from mindtorch import shim

        try:
            return shim.pip(argv[1:])
        except RuntimeError as error:
            print(f"mindtorch pip: {error}", file=sys.stderr)
            return 1
    if argv and argv[0] == "check":
        from mindtorch._tools import check

        return check.command(argv[1:])
    if argv and argv[0] == "verify":
        from mindtorch._devices import verification
        from mindtorch._tools import verify

        if verify.wanted(argv[1:]):
            return verify.command(argv[1:])
        return verification.command(_run, argv[1:])
    if argv and argv[0] == "selftest":
        from mindtorch import selftest

        return selftest.run(argv[1:])
    arguments = parser.parse_args(argv)
    if arguments.command == "env":
        from mindtorch._tools import environment

        print(environment.text())
        return 0
    from mindtorch import shim

    if arguments.action == "constraints":
        print(shim.constraints(), end="")
        return 0
    try:
        if arguments.action == "install":
            shim.install()
        elif arguments.action == "remove":
            shim.remove()
    except RuntimeError as error:
        print(f"mindtorch shim: {error}", file=sys.stderr)
        return 1
    print({"ours": "installed", "real": "a real torch is installed", "none": "not installed"}[shim.state()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
