"""Fifty steps of Hugging Face's Trainer on a small random BERT; the losses as JSON. What is compared between processors
and devices."""
import json
import sys
import tempfile

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

torch.manual_seed(3)
config = BertConfig(vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
                    max_position_embeddings=20,
                    num_labels=3, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model = BertForSequenceClassification(config)
rows = [{"input_ids": [(7 * n + 3 * k) % 50 for k in range(12)], "attention_mask": [1] * 12, "labels": n % 3}
        for n in range(64)]
with tempfile.TemporaryDirectory() as folder:
    arguments = TrainingArguments(folder, max_steps=50, per_device_train_batch_size=8, learning_rate=1e-3,
                                  logging_steps=1, save_strategy="no", report_to=[],
                                  disable_tqdm=True, seed=5, use_cpu="cpu" in sys.argv[1:], dataloader_num_workers=0)
    trainer = Trainer(model=model, args=arguments, train_dataset=rows)
    trainer.train()
print(json.dumps({"device": str(next(model.parameters()).device),
                  "losses": [h["loss"] for h in trainer.state.log_history if "loss" in h]}))
