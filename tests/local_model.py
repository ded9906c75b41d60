"""A tiny BERT with a word-level tokenizer, and texts with labels: what the tutorial takes from the hub, made here."""
import csv
import random

WORDS = "the a cat dog sat on mat good bad movie was very not i liked hated it film plot end great awful".split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
GOOD, BAD = ("good", "liked", "great"), ("bad", "hated", "awful")


def save_model(folder, **changes):
    """Write model and tokenizer into a folder; returns it as a string."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {w: i for i, w in enumerate(SPECIAL + WORDS)}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]",
                                                       special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL))
    transformers.PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=16, **names).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(**{**dict(vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2,
                                               num_attention_heads=2, intermediate_size=64, max_position_embeddings=32),
                                               **changes})
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def write_texts(folder, count=48):
    """train.csv and test.csv with columns text and label; {split: path}."""
    draw = random.Random(0)
    paths = {}
    for part in ("train", "test"):
        paths[part] = str(folder / f"{part}.csv")
        with open(paths[part], "w", newline="", encoding="utf-8") as f:
            rows = csv.writer(f)
            rows.writerow(["text", "label"])
            for i in range(count):
                words = draw.choices([w for w in WORDS if w not in GOOD + BAD], k=6)
                words[draw.randrange(6)] = draw.choice(GOOD if i % 2 else BAD)
                rows.writerow([" ".join(words), i % 2])
    return paths
