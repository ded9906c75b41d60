"""Hugging Face's Trainer on a small random BERT, as the options say: what is killed, resumed, and compared between
devices and ways.

As a module, `python -m tests.programs_trainer --steps 9`, it says every loss at once; the last line is a JSON."""
import argparse
import json
import tempfile

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments


def run(steps=20, folder=None, save=0, resume=False, dropout=0.0, precision="fp32", checkpointing="no", cpu=False,
        say=False):
    """Losses, scale and sums of the parameters after training from the same weights on the same rows."""
    torch.manual_seed(3)
    config = BertConfig(vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
                        num_labels=3, max_position_embeddings=20, hidden_dropout_prob=dropout,
                        attention_probs_dropout_prob=dropout)
    model = BertForSequenceClassification(config)
    rows = [{"input_ids": [(7 * n + 3 * k) % 50 for k in range(12)], "labels": n % 3,
             "attention_mask": [1] * (12 - n % 4) + [0] * (n % 4)} for n in range(64)]
    losses = []

    class Spoken(Trainer):
        def training_step(self, *args, **kwargs):
            loss = super().training_step(*args, **kwargs)
            losses.append(loss.item())
            if say:
                print("loss", losses[-1], flush=True)
            return loss

    with tempfile.TemporaryDirectory() as own:
        arguments = TrainingArguments(
            folder or own, max_steps=steps, per_device_train_batch_size=8, learning_rate=1e-3, seed=5, use_cpu=cpu,
            save_strategy="steps" if save else "no", save_steps=save or 1, report_to=[], disable_tqdm=True,
            logging_steps=1000, fp16=precision == "fp16", bf16=precision == "bf16",
            gradient_checkpointing=checkpointing != "no",
            gradient_checkpointing_kwargs={"use_reentrant": checkpointing == "reentrant"})
        trainer = Spoken(model=model, args=arguments, train_dataset=rows)
        trainer.train(resume_from_checkpoint=resume or None)
    scaler = trainer.accelerator.scaler
    parameters = [p.detach().double().cpu() for p in model.parameters()]
    return {"device": str(model.device), "losses": losses, "scale": scaler and scaler.get_scale(),
            "parameters": [[p.sum().item(), p.square().sum().item()] for p in parameters]}


def main():
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--folder")
    parser.add_argument("--save", type=int, default=0, metavar="STEPS")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--precision", choices=["fp32", "fp16", "bf16"], default="fp32")
    parser.add_argument("--checkpointing", choices=["no", "reentrant", "not-reentrant"], default="no")
    parser.add_argument("--cpu", action="store_true")
    print(json.dumps(run(**vars(parser.parse_args()), say=True)))


if __name__ == "__main__":
    main()
