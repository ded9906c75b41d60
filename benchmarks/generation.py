"""One side's generated tokens a second: one JSON line on stdout. bench.py alternates it.

    python benchmarks/generation.py [--root CHECKOUT] [--bf16] [--new 128] [--repeat 3] [--only REGEX] [--compile]
"""
import argparse
import json
import os
import re
import time

from harness import import_torch
from models import llama_100m, t5_small, tokens

# name -> (model, batch, length of the prompt, what generate gets)
CASES = {
    "greedy, batch 1, dynamic cache": ("llama", 1, 32, {}),
    "greedy, batch 1, static cache": ("llama", 1, 32, dict(cache_implementation="static")),
    "greedy, batch 8, dynamic cache": ("llama", 8, 32, {}),
    "greedy, batch 8, static cache": ("llama", 8, 32, dict(cache_implementation="static")),
    "T5-small, 4 beams": ("t5", 4, 64, dict(num_beams=4)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="a checkout of mindtorch; without it this interpreter's torch")
    parser.add_argument("--bf16", action="store_true", help="weights in bfloat16")
    parser.add_argument("--compile", action="store_true", help="torch.compile of the model's forward")
    parser.add_argument("--new", type=int, default=128, help="tokens to generate")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="", help="regular expression for names")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu", action="store_true", help="time of the processor, for a machine that others use")
    arguments = parser.parse_args()
    torch = import_torch(arguments.root)
    torch.set_num_threads(arguments.threads)
    clock = time.process_time if arguments.cpu else time.perf_counter
    made, models = {}, {}
    for name, (which, batch, length, options) in CASES.items():
        if not re.search(arguments.only, name):
            continue
        torch.manual_seed(3)
        if which not in models:
            models[which] = (llama_100m if which == "llama" else t5_small)().eval()
            if arguments.bf16:
                models[which].to(torch.bfloat16)
            if arguments.compile:
                models[which].forward = torch.compile(models[which].forward)
        model, ids, best = models[which], tokens(torch, 8000, batch, length), []
        # without a token that ends a text, all sides generate as many
        options = dict(max_new_tokens=arguments.new, min_new_tokens=arguments.new, do_sample=False,
                       attention_mask=torch.ones_like(ids), pad_token_id=0, **options)
        for _ in range(arguments.repeat + 1):
            start = clock()
            out = model.generate(ids, **options)
            best.append(clock() - start)
        made[name] = {"seconds": min(best[1:]), "first": best[0], "tokens": out[0, -8:].tolist()}
    print(json.dumps(made), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
