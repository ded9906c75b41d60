"""Models of transformers recorded by torch.compile, torch.jit.trace and torch.export: other inputs give what the
models give."""

import pytest

import torch

transformers = pytest.importorskip("transformers")
_SIZES = dict(num_hidden_layers=1, hidden_size=16, num_attention_heads=2, intermediate_size=16)
ids = [torch.randint(0, 50, (2, 7)) for _ in range(2)]
pictures = [torch.randn(2, 3, 8, 8) for _ in range(2)]
MODELS = {
    "bert": lambda: (transformers.BertModel(transformers.BertConfig(vocab_size=50, **_SIZES)), ids),
    "gpt2": lambda: (
        transformers.GPT2LMHeadModel(
            transformers.GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, use_cache=False)
        ),
        ids,
    ),
    "llama": lambda: (
        transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=50, use_cache=False, **_SIZES)),
        ids,
    ),
    "vit": lambda: (transformers.ViTModel(transformers.ViTConfig(image_size=8, patch_size=4, **_SIZES)), pictures),
}
WAYS = {
    "compile": lambda model, x: torch.compile(model, backend=lambda gm, examples: gm.forward, fullgraph=True),
    "trace": lambda model, x: torch.jit.trace(model, x, strict=False),
    "export": lambda model, x: torch.export.export(model, (x,)).module(),
    "export of any batch": lambda model, x: torch.export.export(
        model, (x,), dynamic_shapes=({0: torch.export.Dim("batch")},)
    ).module(),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_recorded(name, way):
    model, inputs = MODELS[name]()
    model.eval()
    with torch.no_grad():
        recorded = WAYS[way](model, inputs[0])
        more = [torch.cat([inputs[1], inputs[0][:1]])] if way == "export of any batch" else []
        for x in (*inputs, *more):
            got, want = torch.utils._pytree.tree_leaves(recorded(x)), torch.utils._pytree.tree_leaves(model(x))
            assert torch.allclose(got[0], want[0], atol=1e-5)
