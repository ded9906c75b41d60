"""torchrun: starts a script as several processes that know of each other. `python -m torch.distributed.run`."""
import argparse
import os
import sys

from .elastic.agent import Agent, Job, Stopped, new_run_id
from .elastic.multiprocessing.errors import ChildFailedError


class _Env(argparse.Action):
    """An option whose default is in the environment, as PET_NAME."""

    def __init__(self, dest, default=None, required=False, **kwargs):
        default = os.environ.get(f"PET_{dest.upper()}", default)
        super().__init__(dest=dest, default=default, required=required and default is None, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values)


class _EnvFlag(argparse.Action):
    """A flag whose default is in the environment, as PET_NAME."""

    def __init__(self, dest, default=False, **kwargs):
        default = bool(int(os.environ.get(f"PET_{dest.upper()}", int(default))))
        super().__init__(dest=dest, nargs=0, const=True, default=default, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, True)


def get_args_parser():
    """The options."""
    p = argparse.ArgumentParser(prog="torchrun", description="Start a script as several processes.")

    def add(name, *more, **kwargs):
        names = [f"--{name.replace('_', '-')}", *([f"--{name}"] if "_" in name else []), *more]
        p.add_argument(*names, action=_EnvFlag if kwargs.pop("flag", False) else _Env, **kwargs)

    add("nnodes", type=str, default="1:1", help="number of machines, or MIN:MAX")
    add("nproc_per_node", type=str, default="1", help="processes of a machine: a number, cpu, gpu or auto")
    add("rdzv_backend", type=str, default="static", help="static or c10d")
    add("rdzv_endpoint", type=str, default="", help="HOST[:PORT] where machines meet")
    add("rdzv_id", type=str, default="none", help="name of the job")
    add("rdzv_conf", type=str, default="", help="KEY=VALUE,... of the meeting: timeout")
    add("standalone", flag=True, help="one machine, on a free port")
    add("max_restarts", type=int, default=0, help="how often failed workers are started again")
    add("monitor_interval", type=float, default=0.1, help="seconds between looks at the workers")
    add("start_method", type=str, default="spawn", choices=["spawn", "fork", "forkserver"], help="of functions")
    add("event_log_handler", type=str, default="null", help="taken, and not used: there are no events")
    add("role", type=str, default="default", help="a word for the workers")
    p.add_argument("-m", "--module", action=_EnvFlag, help="the script is the name of a module")
    add("no_python", flag=True, help="the script is a program of its own")
    add("run_path", flag=True, help="run the script by runpy.run_path")
    add("log_dir", type=str, default=None, help="folder for what the workers print")
    p.add_argument("-r", "--redirects", action=_Env, type=str, default="0", help="what goes to files: 0 to 3")
    p.add_argument("-t", "--tee", action=_Env, type=str, default="0", help="what goes to files as well: 0 to 3")
    add("local_ranks_filter", type=str, default="", help="show what these local ranks print only")
    add("node_rank", type=int, default=0, help="number of this machine")
    add("master_addr", type=str, default="127.0.0.1", help="address of the first machine")
    add("master_port", type=int, default=29500, help="a port there")
    add("local_addr", type=str, default=None, help="address of this machine")
    add("logs_specs", type=str, default=None, help="not supported")
    add("numa_binding", type=str, default=None, help="not supported")
    p.add_argument("training_script", type=str, help="what to start")
    p.add_argument("training_script_args", nargs=argparse.REMAINDER, help="and its arguments")
    return p


def parse_args(args):
    """The options of a command line."""
    return get_args_parser().parse_args(args)


def determine_local_world_size(nproc_per_node):
    """How many workers a machine gets."""
    try:
        return int(nproc_per_node)
    except ValueError:
        pass
    if nproc_per_node not in ("cpu", "gpu", "auto"):
        raise ValueError(f"Unsupported nproc_per_node value: {nproc_per_node}")
    # a process has one npu, so the machine's are what the variable shows, or what the driver has files of
    visible = os.environ.get("ASCEND_RT_VISIBLE_DEVICES")
    cards = (len(visible.split(",")) if visible else
             sum(n.startswith("davinci") and n[7:].isdigit() for n in os.listdir("/dev")))
    if nproc_per_node == "gpu" and not cards:
        raise ValueError("Cuda is not available.")
    return cards if cards and nproc_per_node != "cpu" else os.cpu_count()


def _outputs(text):
    """0 to 3, or LOCAL_RANK:0 to 3 joined by commas."""
    text = str(text)
    if ":" in text:
        return {int(k): int(v) for k, v in (part.split(":") for part in text.split(","))}
    return int(text)


def job_from_args(args):
    """What a command line asks for."""
    for name in ("logs_specs", "numa_binding"):
        if getattr(args, name, None):
            raise NotImplementedError(f"torchrun --{name.replace('_', '-')}")
    least, _, most = str(args.nnodes).partition(":")
    if most and most != least:
        raise NotImplementedError(f"torchrun --nnodes {args.nnodes}: a number of machines that changes")
    nodes = int(least)
    standalone = args.standalone
    if args.rdzv_backend not in ("static", "c10d"):
        raise NotImplementedError(f"torchrun --rdzv-backend {args.rdzv_backend}")
    meets = args.rdzv_backend == "c10d" and not standalone
    conf = dict(pair.split("=", 1) for pair in (args.rdzv_conf or "").split(",") if "=" in pair)
    if args.no_python:
        if args.module:
            raise ValueError("Don't use both the '--no-python' flag and the '--module' flag at the same time.")
        command = [args.training_script]
    else:
        command = [sys.executable, "-u", *(["-m"] if args.module else []), args.training_script]
        if args.run_path:
            command = [sys.executable, "-u", "-c", "import runpy, sys; sys.argv = sys.argv[1:]; "
                                                   "runpy.run_path(sys.argv[0], run_name='__main__')",
                       args.training_script]
    hidden = {int(r) for r in args.local_ranks_filter.split(",")} if args.local_ranks_filter else None
    workers = determine_local_world_size(args.nproc_per_node)
    redirects = _outputs(args.redirects)
    if hidden is not None:
        redirects = {r: 3 if r not in hidden else redirects if isinstance(redirects, int) else redirects.get(r, 0)
                     for r in range(workers)}
    single = standalone or (nodes == 1 and (meets or args.master_port == 0))
    return Job(
        command=[*command, *args.training_script_args], workers=workers, name=args.training_script,
        nodes=1 if standalone else nodes, node_rank=int(args.node_rank),
        master_addr="127.0.0.1" if single else args.master_addr, master_port=0 if single else int(args.master_port),
        endpoint=args.rdzv_endpoint if meets else "",
        run_id=new_run_id() if standalone and args.rdzv_id == "none" else str(args.rdzv_id),
        max_restarts=int(args.max_restarts), interval_s=float(args.monitor_interval), role=args.role,
        log_dir=args.log_dir or "", redirects=redirects, tee=_outputs(args.tee),
        timeout_s=float(conf.get("timeout", 900)))


def run(args):
    """Start what the options say; ChildFailedError when it fails."""
    Agent(job_from_args(args)).run()


def main(args=None):
    """The command: ends with 1 when workers failed, by the signal that ended it."""
    try:
        run(parse_args(args))
    except ChildFailedError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except Stopped as stopped:
        sys.exit(128 + stopped.number)


if __name__ == "__main__":
    main()
