"""Small models of every kind train under the stock Trainer and generate; generation is checked against plain
formulas."""
import numpy as np
import pytest

import mindnlp  # noqa: F401
import mindtorch as torch

SIZE = dict(vocab_size=40, hidden_size=32, num_hidden_layers=2, intermediate_size=64, max_position_embeddings=64,
            pad_token_id=0)


def llama(**changes):
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(num_attention_heads=4, num_key_value_heads=2, bos_token_id=1, eos_token_id=2,
                                        **SIZE, **changes))


def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(vocab_size=40, n_embd=32, n_layer=2, n_head=2, n_positions=64, bos_token_id=1,
                                      eos_token_id=2, pad_token_id=0))


def t5():
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(T5Config(vocab_size=40, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
                                               decoder_start_token_id=0, pad_token_id=0, eos_token_id=2))


def vit():
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                                               intermediate_size=64, image_size=16, patch_size=4, num_labels=2))


def lora():
    from peft import LoraConfig, get_peft_model

    return get_peft_model(llama(),
                          LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))


def texts(count=16, length=10):
    draw = np.random.default_rng(0)
    rows = []
    for _ in range(count):
        ids = draw.integers(3, 40, length).tolist()
        rows.append({"input_ids": ids, "attention_mask": [1] * length, "labels": ids})
    return rows


def images(count=16):
    torch.manual_seed(1)
    return [{"pixel_values": torch.randn(3, 16, 16) + i % 2, "labels": i % 2} for i in range(count)]


def train(model, rows, folder, **options):
    from transformers import Trainer, TrainingArguments

    arguments = TrainingArguments(output_dir=str(folder),
                                  **{**dict(max_steps=12, per_device_train_batch_size=8, learning_rate=5e-3,
                                            logging_steps=1, report_to=[], disable_tqdm=True, use_cpu=True,
                                            save_strategy="no"), **options})
    trainer = Trainer(model=model, args=arguments, train_dataset=rows)
    trainer.train()
    return [h["loss"] for h in trainer.state.log_history if "loss" in h]


@pytest.mark.parametrize("build,rows", [(llama, texts), (gpt2, texts), (t5, texts), (vit, images), (lora, texts)],
                         ids=lambda f: f.__name__)
def test_trains(build, rows, tmp_path):
    torch.manual_seed(0)
    losses = train(build(), rows(), tmp_path, learning_rate=5e-2 if build is lora else 5e-3)
    assert all(np.isfinite(losses))
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


@pytest.mark.parametrize("optimizer", ["adamw_torch", "adamw_torch_fused", "sgd", "adafactor", "rmsprop", "adagrad"])
def test_optimizers_of_the_trainer(optimizer, tmp_path):
    torch.manual_seed(0)
    losses = train(gpt2(), texts(), tmp_path, optim=optimizer, learning_rate=1e-2)
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


def greedy(model, ids, count):
    """The next tokens by the definition: argmax of the logits, no cache."""
    for _ in range(count):
        ids = torch.cat([ids, model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)], 1)
    return ids


@pytest.mark.parametrize("build", [llama, gpt2], ids=lambda f: f.__name__)
@pytest.mark.parametrize("cache", [None, "static"])
def test_greedy_generation_with_a_cache_is_greedy(build, cache):
    torch.manual_seed(0)
    model = build().eval()
    model.generation_config.eos_token_id = None
    ids = torch.tensor([[5, 6, 7], [8, 9, 10]])
    with torch.no_grad():
        made = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False,
                              pad_token_id=0, **({"cache_implementation": cache} if cache else {}))
        assert made.tolist() == greedy(model, ids, 6).tolist()


def test_sampling_repeats_with_the_seed_and_beams_do_not_lose():
    torch.manual_seed(0)
    model = llama().eval()
    model.generation_config.eos_token_id = None
    ids = torch.tensor([[5, 6, 7]])
    options = dict(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=5, pad_token_id=0)
    with torch.no_grad():
        sample = lambda: (torch.manual_seed(3),
                          model.generate(do_sample=True, top_k=10, top_p=0.9, temperature=0.8, **options))[1].tolist()
        assert sample() == sample()

        def score(tokens):
            logits = model(input_ids=tokens).logits.log_softmax(-1)
            return float(logits[0, 2:-1].gather(-1, tokens[0, 3:, None]).sum())

        assert (score(model.generate(do_sample=False, num_beams=4, **options))
                >= score(model.generate(do_sample=False, **options)) - 1e-5)


def test_attention_implementations_agree():
    torch.manual_seed(0)
    ids = torch.tensor([[5, 6, 7, 0], [8, 9, 10, 11]])
    mask = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]])
    results = []
    for kind in ("eager", "sdpa"):
        torch.manual_seed(0)
        model = llama(attn_implementation=kind).eval()
        with torch.no_grad():
            results.append(model(input_ids=ids, attention_mask=mask).logits[mask.bool()].numpy())
    np.testing.assert_allclose(*results, rtol=1e-4, atol=1e-5)


def test_save_and_load_keep_the_model(tmp_path):
    torch.manual_seed(0)
    model = llama()
    model.save_pretrained(tmp_path)
    again = type(model).from_pretrained(tmp_path)
    for (name, a), (_, b) in zip(model.state_dict().items(), again.state_dict().items(), strict=True):
        assert torch.equal(a, b), name
    half = type(model).from_pretrained(tmp_path, dtype=torch.bfloat16)
    assert half.dtype is torch.bfloat16 and torch.equal(half.lm_head.weight, model.lm_head.weight.to(torch.bfloat16))
