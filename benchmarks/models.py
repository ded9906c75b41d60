"""Models of the benchmarks from configurations, with random weights: name -> function that gives (model, its batch).

The batch is what the model is called with; the first result, or its `.loss`, is what training makes smaller.
"""


def tokens(torch, count, *shape):
    return torch.randint(1, count, shape)


def bert(torch, batch, length, **size):
    import transformers as t

    ids = tokens(torch, 30000, batch, length)
    model = t.BertForSequenceClassification(t.BertConfig(num_labels=4, **size))
    return model, dict(input_ids=ids, attention_mask=torch.ones_like(ids), labels=torch.arange(batch) % 4)


def causal(torch, model, vocabulary, batch, length):
    ids = tokens(torch, vocabulary, batch, length)
    return model, dict(input_ids=ids, labels=ids)


def llama_100m():
    """A Llama of 100 million weights whose queries share keys."""
    import transformers as t

    return t.LlamaForCausalLM(t.LlamaConfig(
        vocab_size=16000, hidden_size=768, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=12,
        num_key_value_heads=4, max_position_embeddings=1024))


def gpt2(torch):
    import transformers as t

    return causal(torch, t.GPT2LMHeadModel(t.GPT2Config()), 50257, 4, 256)


def llama(torch, checkpointing=False):
    model = llama_100m()
    model.config.use_cache = False
    if checkpointing:
        model.gradient_checkpointing_enable()
    return causal(torch, model, 16000, 4, 256)


def t5_small():
    import transformers as t

    return t.T5ForConditionalGeneration(t.T5Config(decoder_start_token_id=0))


def t5(torch):
    return t5_small(), dict(input_ids=tokens(torch, 32000, 4, 128), labels=tokens(torch, 32000, 4, 64))


def vit(torch):
    import transformers as t

    model = t.ViTForImageClassification(t.ViTConfig(num_labels=10))
    return model, dict(pixel_values=torch.randn(8, 3, 224, 224), labels=torch.arange(8))


def resnet(torch):
    import transformers as t

    model = t.ResNetForImageClassification(t.ResNetConfig(num_labels=10))
    return model, dict(pixel_values=torch.randn(8, 3, 224, 224), labels=torch.arange(8))


def whisper(torch):
    import transformers as t

    model = t.WhisperForConditionalGeneration(t.WhisperConfig(
        vocab_size=51865, d_model=384, encoder_layers=4, decoder_layers=4, encoder_attention_heads=6,
        decoder_attention_heads=6, encoder_ffn_dim=1536, decoder_ffn_dim=1536))
    return model, dict(input_features=torch.randn(2, 80, 3000), labels=tokens(torch, 50000, 2, 64))


def mamba(torch):
    import transformers as t

    model = t.MambaForCausalLM(t.MambaConfig(vocab_size=8000, hidden_size=256, num_hidden_layers=4, use_cache=False))
    return causal(torch, model, 8000, 2, 128)


def lstm(torch, width=256, batch=16, length=64, vocabulary=4000):
    nn = torch.nn

    class Language(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(vocabulary, width)
            self.lstm = nn.LSTM(width, width, 2, batch_first=True)
            self.head = nn.Linear(width, vocabulary)

        def forward(self, ids):
            made = self.head(self.lstm(self.table(ids[:, :-1]))[0])
            return nn.functional.cross_entropy(made.flatten(0, 1), ids[:, 1:].flatten())

    return Language(), dict(ids=tokens(torch, vocabulary, batch, length + 1))


def unet(torch):
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self, before, after):
            super().__init__()
            self.norms = nn.ModuleList([nn.GroupNorm(8, before), nn.GroupNorm(8, after)])
            self.convs = nn.ModuleList([nn.Conv2d(before, after, 3, padding=1), nn.Conv2d(after, after, 3, padding=1)])
            self.same = nn.Conv2d(before, after, 1)

        def forward(self, x):
            y = self.convs[0](F.silu(self.norms[0](x)))
            return self.same(x) + self.convs[1](F.silu(self.norms[1](y)))

    class UNet(nn.Module):
        def __init__(self, wide=(64, 128, 192)):
            super().__init__()
            a, b, c = wide
            self.first, self.last = nn.Conv2d(3, a, 3, padding=1), nn.Conv2d(a, 3, 3, padding=1)
            self.down, self.middle = nn.ModuleList([Block(a, a), Block(a, b)]), Block(b, c)
            self.up = nn.ModuleList([Block(c + b, b), Block(b + a, a)])

        def forward(self, x, noise):
            h, kept = self.first(x), []
            for block in self.down:
                h = block(h)
                kept.append(h)
                h = F.avg_pool2d(h, 2)
            h = self.middle(h)
            for block in self.up:
                h = block(torch.cat((F.interpolate(h, scale_factor=2.0), kept.pop()), 1))
            return F.mse_loss(self.last(h), noise)

    return UNet(), dict(x=torch.randn(8, 3, 64, 64), noise=torch.randn(8, 3, 64, 64))


def mlp(torch):
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
                                        nn.Linear(128, 10))

        def forward(self, x, labels):
            return nn.functional.cross_entropy(self.layers(x), labels)

    return Net(), dict(x=torch.randn(32, 64), labels=torch.arange(32) % 10)


MODELS = {
    "MiniLM 16x128": lambda torch: bert(torch, 16, 128, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
                                        intermediate_size=1536),
    "BERT-base 8x128": lambda torch: bert(torch, 8, 128),
    "GPT-2 124M 4x256": gpt2,
    "Llama 100M 4x256": llama,
    "Llama 100M 4x256, checkpointing": lambda torch: llama(torch, True),
    "T5-small 4x128": t5,
    "ViT-B/16 x 8": vit,
    "ResNet-50 x 8": resnet,
    "Whisper-tiny x 2": whisper,
    "Mamba small 2x128": mamba,
    "LSTM 16x64": lstm,
    "LSTM small 4x16": lambda torch: lstm(torch, 32, 4, 16, 200),
    "UNet 8x64x64": unet,
    "tiny BERT 4x16": lambda torch: bert(torch, 4, 16, hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
                                         intermediate_size=128),
    "MLP x 32": mlp,
}
SMALL = ("LSTM small 4x16", "tiny BERT 4x16", "MLP x 32")  # ruled by the overhead of their ops: many steps a round
QUICK = ("MiniLM 16x128", "Llama 100M 4x256", "Mamba small 2x128", "LSTM 16x64", *SMALL)
