"""Small models with random weights, for devices to be compared: what each is fed, its loss, what it generates."""
import math

import torch
import torch.nn.functional as F
from torch import nn

WORDS = 64


def _ids(*shape, low=3):
    return torch.randint(low, WORDS, shape)


def _sizes(**own):
    return {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
            "vocab_size": WORDS, **own}


def _bert():
    from transformers import BertConfig, BertForMaskedLM

    ids, mask = _ids(4, 12), torch.ones(4, 12, dtype=torch.long)
    mask[1, 8:] = 0
    labels = ids.clone()
    labels[:, ::3] = -100
    return BertForMaskedLM(BertConfig(**_sizes(max_position_embeddings=32))), {"input_ids": ids, "attention_mask": mask,
                                                                               "labels": labels}


def _gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    ids = _ids(4, 12)
    return GPT2LMHeadModel(GPT2Config(vocab_size=WORDS, n_positions=32, n_embd=32, n_layer=2, n_head=4, bos_token_id=1,
                                      eos_token_id=2)), {"input_ids": ids, "labels": ids}


def _llama(**own):
    from transformers import LlamaConfig, LlamaForCausalLM

    ids = _ids(4, 12)
    config = LlamaConfig(**_sizes(num_key_value_heads=2, max_position_embeddings=64, pad_token_id=0, bos_token_id=1,
                                  eos_token_id=2), **own)
    return LlamaForCausalLM(config), {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": ids}


def _t5():
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(vocab_size=WORDS, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, pad_token_id=0,
                      eos_token_id=1, decoder_start_token_id=0)
    return T5ForConditionalGeneration(config), {"input_ids": _ids(4, 12), "labels": _ids(4, 9)}


def _vit():
    from transformers import ViTConfig, ViTForImageClassification

    sizes = _sizes(image_size=16, patch_size=4, num_labels=5)
    sizes.pop("vocab_size")
    return ViTForImageClassification(ViTConfig(**sizes)), {"pixel_values": torch.randn(4, 3, 16, 16),
                                                           "labels": torch.tensor([0, 1, 4, 2])}


def _resnet():
    from transformers import ResNetConfig, ResNetForImageClassification

    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[2, 2], layer_type="basic", num_labels=5)
    return ResNetForImageClassification(config), {"pixel_values": torch.randn(4, 3, 32, 32),
                                                  "labels": torch.tensor([0, 1, 4, 2])}


def _whisper():
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    config = WhisperConfig(vocab_size=WORDS, num_mel_bins=8, d_model=32, encoder_layers=2, decoder_layers=2,
                           encoder_attention_heads=4, decoder_attention_heads=4,
                           encoder_ffn_dim=64, decoder_ffn_dim=64, max_source_positions=20, max_target_positions=32,
                           pad_token_id=0, bos_token_id=1, eos_token_id=2,
                           decoder_start_token_id=1, suppress_tokens=None, begin_suppress_tokens=None)
    return WhisperForConditionalGeneration(config), {"input_features": torch.randn(4, 8, 40), "labels": _ids(4, 9)}


def _mamba():
    from transformers import MambaConfig, MambaForCausalLM

    ids = _ids(3, 8)
    config = MambaConfig(vocab_size=WORDS, hidden_size=16, state_size=4, num_hidden_layers=2, expand=2, conv_kernel=4,
                         pad_token_id=0, bos_token_id=1, eos_token_id=2)
    return MambaForCausalLM(config), {"input_ids": ids, "labels": ids}


def _lora():
    from peft import LoraConfig, get_peft_model

    model, batch = _llama()
    return get_peft_model(model,
                          LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=["q_proj", "v_proj"],
                                     task_type="CAUSAL_LM")), batch


class Lines(nn.Module):
    """A language model of recurrent cells, whose state is passed on in generation."""

    def __init__(self, kind):
        super().__init__()
        self.words, self.cells, self.out = nn.Embedding(WORDS,
                                                        16), getattr(nn,
                                                                     kind)(16, 24, num_layers=2,
                                                                           batch_first=True), nn.Linear(24, WORDS)

    def forward(self, input_ids, labels):
        return F.cross_entropy(self.out(self.cells(self.words(input_ids))[0]).transpose(1, 2), labels)

    def generate(self, input_ids, max_new_tokens):
        state, ids, last = None, input_ids, input_ids
        for _ in range(max_new_tokens):
            y, state = self.cells(self.words(last), state)
            last = self.out(y[:, -1:]).argmax(-1)
            ids = torch.cat((ids, last), 1)
        return ids


def _recurrent(kind):
    ids = _ids(4, 11)
    return Lines(kind), {"input_ids": ids[:, :-1], "labels": ids[:, 1:]}


class _Residual(nn.Module):
    def __init__(self, inputs, outputs, time):
        super().__init__()
        self.first, self.second = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.before, self.between, self.time = nn.GroupNorm(4,
                                                            inputs), nn.GroupNorm(4, outputs), nn.Linear(time, outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, t):
        h = self.first(F.silu(self.before(x))) + self.time(F.silu(t))[:, :, None, None]
        return self.skip(x) + self.second(F.silu(self.between(h)))


class _Looks(nn.Module):
    def __init__(self, width, heads=2):
        super().__init__()
        self.norm, self.qkv, self.out, self.heads = nn.GroupNorm(4,
                                                                 width), nn.Conv2d(width, 3 * width,
                                                                                   1), nn.Conv2d(width, width, 1), heads

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, 3, self.heads, c // self.heads, h * w).transpose(-1, -2).unbind(1)
        return x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(-1, -2).reshape(b, c, h, w))


class UNet(nn.Module):
    """Predicts the noise in an image; `generate` takes noise back in steps."""

    def __init__(self, width=8, steps=10):
        super().__init__()
        self.steps, self.width = steps, width
        self.time = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, 2 * width))
        self.enter, self.leave = nn.Conv2d(3, width, 3, padding=1), nn.Conv2d(width, 3, 3, padding=1)
        self.down1, self.down2 = _Residual(width, width, 2 * width), _Residual(width, 2 * width, 2 * width)
        self.lower, self.raise_ = nn.Conv2d(width, width, 3, stride=2,
                                            padding=1), nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.looks = _Looks(2 * width)
        self.up = _Residual(3 * width, width, 2 * width)
        beta = torch.linspace(1e-3, 0.2, steps)
        self.register_buffer("alpha", (1 - beta).cumprod(0))

    def noise(self, x, t):
        frequencies = torch.exp(torch.arange(self.width // 2, device=x.device) * (-math.log(100.0) / (self.width // 2)))
        angles = t[:, None].float() * frequencies
        time = self.time(torch.cat((angles.sin(), angles.cos()), 1))
        high = self.down1(self.enter(x), time)
        low = self.looks(self.down2(self.lower(high), time))
        back = self.raise_(F.interpolate(low, scale_factor=2.0, mode="nearest"))
        return self.leave(F.silu(self.up(torch.cat((back, high), 1), time)))

    def forward(self, image, noise, t):
        a = self.alpha[t][:, None, None, None]
        return F.mse_loss(self.noise(a.sqrt() * image + (1 - a).sqrt() * noise, t), noise)

    def generate(self, image, noise, t):
        x = noise
        for k in reversed(range(self.steps)):
            a, before = self.alpha[k], self.alpha[k - 1] if k else self.alpha.new_ones(())
            e = self.noise(x, torch.full((x.shape[0],), k, device=x.device))
            x = before.sqrt() * ((x - (1 - a).sqrt() * e) / a.sqrt()) + (1 - before).sqrt() * e
        return x


def _unet():
    return UNet(), {"image": torch.randn(2, 3, 8, 8), "noise": torch.randn(2, 3, 8, 8), "t": torch.tensor([3, 7])}


MODELS = {"bert": _bert, "gpt2": _gpt2, "llama": _llama, "t5": _t5, "vit": _vit, "resnet": _resnet, "whisper": _whisper,
          "mamba": _mamba, "lstm": lambda: _recurrent("LSTM"),
          "gru": lambda: _recurrent("GRU"), "unet": _unet, "lora": _lora}
_PROMPTS = {"gpt2": ("input_ids",), "llama": ("input_ids", "attention_mask"), "lora": ("input_ids", "attention_mask"),
            "t5": ("input_ids",), "whisper": ("input_features",),
            "mamba": ("input_ids",), "lstm": ("input_ids",), "gru": ("input_ids",), "unet": ("image", "noise", "t")}


def still(model):
    """Without dropout, in training mode."""
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
        for name in ("attention_dropout", "dropout", "activation_dropout", "dropout_prob"):
            if isinstance(getattr(part, name, None), float):
                setattr(part, name, 0.0)
    return model


def run(name, device, steps=3, dropout=False, checkpointed=None):
    """Losses of AdamW with clipped gradients, then what the model generates (None: it does not), from the same weights
    and data on every device.
    `checkpointed` says whether layers are computed again in the backward: None, or whether the reentrant way."""
    torch.manual_seed(0)
    model, batch = MODELS[name]()
    model = (model if dropout else still(model)).to(device).train()
    if checkpointed is not None:
        model.gradient_checkpointing_enable({"use_reentrant": checkpointed})
    batch, losses = {k: v.to(device) for k, v in batch.items()}, []
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    torch.manual_seed(1)
    for _ in range(steps):
        loss = model(**batch)
        loss = loss if torch.is_tensor(loss) else loss.loss
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    if name not in _PROMPTS:
        return losses, None
    model.eval()
    more = {} if name == "unet" else {"max_new_tokens": 5} if name in ("lstm",
                                                                       "gru") else {"max_new_tokens": 5,
                                                                                    "do_sample": False}
    with torch.no_grad():
        made = model.generate(**{k: batch[k] for k in _PROMPTS[name]}, **more)
    return losses, made.cpu()
