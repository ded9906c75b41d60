"""Every block of the Trainer tutorial, with a local model and local texts in place of the hub's."""
import os
import pathlib
import subprocess
import sys

import mindspore
import numpy as np
import pytest

import mindnlp  # noqa: F401
import mindtorch

from . import local_model

# tests/test_ascend_training.py runs these over the software CANN
DEVICE = "npu" if mindtorch.npu.is_available() else "cpu"
METRIC = str(pathlib.Path(__file__).parent / "data" / "local_accuracy.py")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorial")
    return {"model": local_model.save_model(folder / "bert"), "texts": local_model.write_texts(folder, 96)}


@pytest.fixture(scope="module")
def tokenized(home):
    from datasets import disable_progress_bars, load_dataset
    from transformers import AutoTokenizer

    disable_progress_bars()
    dataset = load_dataset("csv", data_files=home["texts"])
    tokenizer = AutoTokenizer.from_pretrained(home["model"])

    def tokenize_function(examples):
        return tokenizer(examples["text"], padding="max_length", truncation=True)

    return dataset.map(tokenize_function, batched=True)


def compute_metrics(eval_pred):
    import evaluate

    metric = evaluate.load(METRIC)
    logits, labels = eval_pred
    return metric.compute(predictions=np.argmax(logits, axis=-1), references=labels)


def make_trainer(home, tokenized, output, rows=48, **options):
    from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

    model = AutoModelForSequenceClassification.from_pretrained(home["model"], num_labels=2)
    defaults = dict(learning_rate=2e-3, per_device_train_batch_size=8, per_device_eval_batch_size=8, num_train_epochs=1,
                    logging_steps=2, report_to=[], disable_tqdm=True)
    arguments = TrainingArguments(output_dir=str(output), **{**defaults, **options})
    parts = dict(train_dataset=tokenized["train"].select(range(rows)), eval_dataset=tokenized["test"].select(range(16)))
    assert arguments.device.type == DEVICE
    return Trainer(model=model, args=arguments, compute_metrics=compute_metrics, **parts)


def test_complete_example_learns(tokenized, tmp_path):
    # without dropout, and with wider first weights, a model this small learns the six words that decide in 60 steps
    model = local_model.save_model(tmp_path / "bert", num_hidden_layers=1, initializer_range=0.2,
                                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    trainer = make_trainer({"model": model}, tokenized, tmp_path, rows=96, eval_strategy="epoch", save_strategy="epoch",
                           num_train_epochs=5, learning_rate=5e-3, logging_steps=12)
    assert 0.4 <= trainer.evaluate()["eval_accuracy"] <= 0.6
    trainer.train()
    history = trainer.state.log_history
    # what PyTorch logs for the same seeds; transformers 4 rounds to four digits
    assert [h["loss"] for h in history
            if "loss" in h] == pytest.approx([0.7409453, 0.6386788, 0.2880373, 0.04385765, 0.01362328], rel=5e-3)
    assert [h["eval_loss"] for h in history
            if "eval_loss" in h] == pytest.approx([0.67597, 0.54009, 0.25618, 0.02903, 0.01567], rel=5e-3)
    assert trainer.evaluate()["eval_accuracy"] == 1.0
    assert (tmp_path / "checkpoint-60" / "model.safetensors").exists()


# an epoch has 6 steps; every step count divides 6, because versions of transformers differ in whether the last step
# counts besides
@pytest.mark.parametrize("evaluation, save, logging", [
    ("no", "steps", "epoch"), ("steps", "epoch", "no"), ("epoch", "no", "steps"), ("steps", "steps", "steps"),
    ("epoch", "epoch", "epoch"),
])
def test_strategies(home, tokenized, tmp_path, evaluation, save, logging):
    strategies = dict(eval_strategy=evaluation, save_strategy=save, logging_strategy=logging)
    trainer = make_trainer(home, tokenized, tmp_path, eval_steps=2, save_steps=3, logging_steps=2, max_steps=6,
                           **strategies)
    trainer.train()
    history = trainer.state.log_history
    assert sum("eval_loss" in h for h in history) == {"no": 0, "steps": 3, "epoch": 1}[evaluation]
    assert sum("loss" in h for h in history) == {"no": 0, "steps": 3, "epoch": 1}[logging]
    assert sorted(p.name
                  for p in tmp_path.glob("checkpoint-*")) == {"no": [], "steps": ["checkpoint-3", "checkpoint-6"],
                                                              "epoch": ["checkpoint-6"]}[save]


@pytest.mark.parametrize("given", [mindspore.float16, mindspore.bfloat16, mindspore.float32])
def test_ms_dtype(home, given):
    from transformers import AutoModelForSequenceClassification, BertForSequenceClassification, pipeline

    want = {mindspore.float16: mindtorch.float16, mindspore.bfloat16: mindtorch.bfloat16,
            mindspore.float32: mindtorch.float32}[given]
    for klass in (AutoModelForSequenceClassification, BertForSequenceClassification):
        for name in ("ms_dtype", "dtype"):
            model = klass.from_pretrained(home["model"], num_labels=2, **{name: given})
            assert {p.dtype for p in model.parameters()} == {want}
    with pytest.raises(ValueError, match="contradicts"):
        BertForSequenceClassification.from_pretrained(home["model"], ms_dtype=given, dtype=mindtorch.float64)
    classify = pipeline("text-classification", model=home["model"], ms_dtype=given)
    assert classify.model.dtype is want
    (answer,) = classify("the movie was good")
    assert 0 < answer["score"] <= 1


def test_bf16(home, tokenized, tmp_path):
    trainer = make_trainer(home, tokenized, tmp_path, bf16=True, use_cpu=DEVICE == "cpu")
    seen = []
    trainer.model.bert.encoder.layer[0].intermediate.dense.register_forward_hook(lambda m, i, o: seen.append(o.dtype))
    trainer.train()
    assert set(seen) == {mindtorch.bfloat16}
    assert {p.dtype for p in trainer.model.parameters()} == {mindtorch.float32}
    assert np.isfinite(trainer.state.log_history[-1]["train_loss"])


def test_gradient_checkpointing_gives_the_same_losses(home, tokenized, tmp_path):
    def losses(**options):
        trainer = make_trainer(home, tokenized, tmp_path / str(len(options)), logging_steps=1, max_steps=4, **options)
        trainer.train()
        return [h["loss"] for h in trainer.state.log_history if "loss" in h]

    assert losses(gradient_checkpointing=True) == losses()


def test_resume_repeats_the_uninterrupted_run(home, tokenized, tmp_path):
    whole = make_trainer(home, tokenized, tmp_path, max_steps=5, save_steps=2, logging_steps=1)
    whole.train()
    again = make_trainer(home, tokenized, tmp_path, max_steps=5, save_steps=2, logging_steps=1)
    again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-2"))
    pick = lambda t: [h["loss"] for h in t.state.log_history if "loss" in h]
    assert pick(again) == pick(whole)
    for (name, a), (_, b) in zip(whole.model.named_parameters(), again.model.named_parameters(), strict=True):
        assert mindtorch.equal(a, b), name


def test_tensorboard_log_in_logging_dir(home, tokenized, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = tmp_path / "log"
    trainer = make_trainer(home, tokenized, tmp_path, report_to=["tensorboard"], logging_dir=str(folder),
                           logging_steps=1, max_steps=3)
    trainer.train()
    events = EventAccumulator(str(folder))
    events.Reload()
    logged = [e.value for e in events.Scalars("train/loss")]
    assert logged == pytest.approx([h["loss"] for h in trainer.state.log_history if "loss" in h], rel=1e-6)


def test_logging_dir_in_arguments(tmp_path):
    """It switches TensorBoard on by itself, in derived classes too, unless report_to says where to."""
    import dataclasses

    from transformers import HfArgumentParser, Seq2SeqTrainingArguments, TrainingArguments

    @dataclasses.dataclass
    class Derived(TrainingArguments):
        more: int = 0

    for klass in (TrainingArguments, Seq2SeqTrainingArguments, Derived):
        made = klass(output_dir=str(tmp_path), logging_dir="~/log")
        assert "tensorboard" in made.report_to and made.logging_dir == os.path.expanduser("~/log") and made.to_dict(
            )["logging_dir"] == made.logging_dir
        assert klass(output_dir=str(tmp_path), logging_dir="log", report_to="none").report_to == []
    (parsed,
     ) = HfArgumentParser(Derived).parse_args_into_dataclasses(["--output_dir", str(tmp_path), "--logging_dir", "log"])
    assert parsed.logging_dir == "log" and "tensorboard" in parsed.report_to


def test_fp16(home, tokenized, tmp_path):
    """With its scaler, which a CPU has no use for: without a device it runs on an emulated one, in another process."""
    if DEVICE == "cpu":
        made = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}::test_fp16"],
                              env={**os.environ, "MINDTORCH_EMULATE_NPU": "1"}, capture_output=True, text=True,
                              timeout=300, cwd=pathlib.Path(mindtorch.__file__).resolve().parent.parent)
        assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-1000:]
        return
    trainer = make_trainer(home, tokenized, tmp_path, fp16=True, max_steps=4, logging_steps=1)
    seen = []
    trainer.model.bert.encoder.layer[0].intermediate.dense.register_forward_hook(
        lambda m, i, o: seen.append((o.dtype, o.device.type)))
    trainer.train()
    assert set(seen) == {(mindtorch.float16, "npu")}
    assert trainer.model.device == mindtorch.device("cuda:0") == mindtorch.device("npu", 0)
    assert {p.dtype for p in trainer.model.parameters()} == {mindtorch.float32}
    assert trainer.accelerator.scaler is not None and trainer.accelerator.scaler.is_enabled()
    assert all(0 < h["loss"] < 2 for h in trainer.state.log_history if "loss" in h)


@pytest.mark.parametrize("first", ["mindnlp", "transformers"])
def test_import_order(home, first):
    second = {"mindnlp": "transformers", "transformers": "mindnlp"}[first]
    code = (
        f"import {first}, {second}\nimport mindspore, torch, transformers\n"
        f"m = transformers.AutoModelForSequenceClassification.from_pretrained({home['model']!r}, "
        "ms_dtype=mindspore.float16)\nassert m.dtype is torch.float16\nprint('ok')"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200,
                          cwd=pathlib.Path(mindtorch.__file__).resolve().parent.parent,
                          env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"})
    assert made.returncode == 0 and made.stdout.strip().endswith("ok"), made.stderr[-3000:]
