"""The demo's fine-tuning job for a number of steps under whichever torch this interpreter has: one JSON line on stdout.

    python benchmarks/job.py --steps 100 [--torch mindtorch] [--resume-at 50]
"""
import argparse
import importlib.util
import json
import os
import pathlib
import resource
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def load_demo():
    """mindnlp/demo.py without importing mindnlp: the reference's interpreter has no mindspore."""
    spec = importlib.util.spec_from_file_location("demo", ROOT / "mindnlp" / "demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--torch", choices=["torch", "mindtorch"], default="torch")
    parser.add_argument("--resume-at", type=int, default=0, help="stop here, resume in a fresh trainer, go on")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--no-eval", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--cpu", action="store_true", help="also where there is another device")
    parser.add_argument("--model", metavar="FOLDER", help="another model than the demo's")
    parser.add_argument("--no-dropout", action="store_true")
    parser.add_argument("--checkpointing", action="store_true", help="layers are computed again in the backward")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    if arguments.torch == "mindtorch":
        sys.path.insert(0, str(ROOT))
        import mindtorch  # noqa: F401
    import torch

    imported = time.perf_counter() - begin
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    import transformers

    transformers.logging.set_verbosity_error()
    demo = load_demo()
    train, held = demo.split(demo.docstrings())
    losses, times = [], []

    class Recorder(transformers.Trainer):
        def training_step(self, *args, **kwargs):
            self._began = time.perf_counter()
            loss = super().training_step(*args, **kwargs)
            losses.append(loss.item())
            return loss

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            times.append(time.perf_counter() - trainer._began)
            if arguments.resume_at and state.global_step == arguments.resume_at and not resumed:
                control.should_save = control.should_training_stop = True
            return control

    resumed = False
    with tempfile.TemporaryDirectory() as folder:
        options = dict(max_steps=arguments.steps, eval_strategy="no", save_strategy="no", disable_tqdm=True,
                       logging_steps=1000, trainer_class=Recorder, bf16=arguments.bf16,
                       use_cpu=arguments.cpu, model=arguments.model, gradient_checkpointing=arguments.checkpointing)

        def build():
            made = demo.build(train, held, demo.PACKAGES, folder, **options)
            for part in made.model.modules() if arguments.no_dropout else ():
                if isinstance(part, torch.nn.Dropout):
                    part.p = 0.0
            made.add_callback(Clock())
            return made

        stdout, sys.stdout = sys.stdout, sys.stderr
        trainer = build()
        first_loss = time.perf_counter()
        trainer.train()
        if arguments.resume_at:
            resumed = True
            trainer = build()
            trainer.train(resume_from_checkpoint=True)
        total = time.perf_counter() - first_loss
        result = {} if arguments.no_eval else trainer.evaluate()
        sys.stdout = stdout
    steady = times[3:] or times
    print(json.dumps({
        "torch": torch.__version__, "transformers": transformers.__version__, "import_s": imported, "losses": losses,
        "step_s": statistics.median(steady), "steps_s": times, "total_s": total,
        "accuracy": result.get("eval_accuracy"), "eval_loss": result.get("eval_loss"),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "threads": torch.get_num_threads(),
        "device": str(trainer.args.device),
    }), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
