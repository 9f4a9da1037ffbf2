"""Milliseconds of a forward pass of the default base on the CPU, by `medsim.llama` and by transformers with peft.

`python -m benchmarks.forward_speed [--rounds 5] [--threads N]`. Rows follow 600 tokens that are kept; the adapter is
untrained, r 16 at all linear layers. The contestants alternate; `ratio` is transformers' median by ours, the rest
[median, min, max] over the rounds. `differs` is the greatest difference of logits. The last line is a JSON object.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict

from medsim import bases  # isort: skip  # medsim comes before torch: it sets torch's thread variables
import torch
from peft import LoraConfig, get_peft_model

from benchmarks.figures import summary
from medsim.adapters import borrowed
from medsim.forward import TransformersForward
from medsim.kv import new_cache
from medsim.llama import LlamaForward
from medsim.part import Part

PAST = 600
ADAPTER = "adapter"
CASES: dict[str, list[tuple[str | None, int]]] = {  # the adapter and the new tokens of each prompt
    "a token of the base": [(None, 1)],
    "a token of an adapter": [(ADAPTER, 1)],
    "a token of base and adapter": [(None, 1), (ADAPTER, 1)],
    "a token of 6 rows": [(ADAPTER, 1)] * 6,
    "a token of 12 rows": [(ADAPTER, 1)] * 12,
    "a question of 20 tokens": [(ADAPTER, 20)],
    "8 questions of 20 tokens": [(ADAPTER, 20)] * 8,
    "a script of 512 tokens": [(ADAPTER, 512)],
}


def parts_of(case: list[tuple[str | None, int]], kept, vocabulary: int) -> list[Part]:
    """New parts each time, since a pass adds to their caches: the rows of one token in one part, the others apart."""
    adapters, tokens = zip(*case, strict=True)
    if tokens[0] > 1:
        return [Part(ids(1, count, vocabulary), new_cache(len(kept), kept), [name]) for name, count in case]
    layers = [(keys.expand(len(case), -1, -1, -1), values.expand(len(case), -1, -1, -1)) for keys, values in kept]
    return [Part(ids(len(case), 1, vocabulary), new_cache(len(kept), layers), list(adapters))]


def ids(rows: int, tokens: int, vocabulary: int) -> torch.Tensor:
    return torch.randint(0, vocabulary, (rows, tokens), generator=torch.Generator().manual_seed(rows + tokens))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    config = LoraConfig(r=16, lora_alpha=32, init_lora_weights=False, target_modules="all-linear")
    base = get_peft_model(bases.load_model(bases.prepare(bases.DEFAULT)), config, ADAPTER).get_base_model()
    vocabulary = base.config.vocab_size
    report: dict[str, dict[str, object]] = {}
    with torch.inference_mode(), borrowed(base), TransformersForward(base) as by_transformers:
        contestants = {"llama": LlamaForward(base), "transformers": by_transformers}
        beginning = new_cache(base.config.num_hidden_layers, [])
        contestants["llama"]([Part(ids(1, PAST, vocabulary), beginning, [None])])
        kept = [(layer.keys, layer.values) for layer in beginning.layers]
        for name, case in CASES.items():
            found, logits = defaultdict(list), {}
            for number in range(flags.rounds + 1):
                for contestant, forward in contestants.items():
                    parts = parts_of(case, kept, vocabulary)
                    if parts[0].ids.shape[1] == 1:
                        forward(parts)  # the first token of a reply copies what is kept: measure the next one
                    start = time.perf_counter()
                    logits[contestant] = forward(parts)
                    if number:  # round 0 warms up
                        found[contestant].append(1e3 * (time.perf_counter() - start))
            medians = {contestant: statistics.median(times) for contestant, times in found.items()}
            report[name] = {
                **summary(found),
                "ratio": round(medians["transformers"] / medians["llama"], 2),
                "differs": float(f"{(logits['llama'] - logits['transformers']).abs().max():.1e}"),
            }
            print(name, report[name], flush=True)
    print(json.dumps({"threads": flags.threads, **report}))


if __name__ == "__main__":
    main()
