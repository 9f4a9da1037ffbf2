"""Seconds of a chat with the default base on the CPU: `python -m benchmarks.chat_speed [--threads 1 2]`.

Each round, for each number of threads, with an engine of its own: a script is read (prefill), then base, adapter (r 16,
all linear layers, untrained) and both in one batch generate as many tokens. The contestants alternate; figures are
[median, min, max] over the rounds. `prefill` is in tokens a second, all else in milliseconds: `first_token` of the
tenth question, whose interview so far is kept, and a token of each reply. The last line is a JSON object.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

from medsim import bases  # isort: skip  # medsim comes before torch: it sets torch's thread variables
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedTokenizerBase

from benchmarks.figures import summary
from medsim.dialogue import doctor, load
from medsim.engine import Engine, TokenRow
from medsim.prompt import ChatFormat, encode
from medsim.sampling import Sampling
from tests.conftest import REPOSITORY

ROUNDS = 5
TOKENS = 40
ADAPTER = "adapter"
SAMPLING = Sampling(temperature=0, max_new_tokens=TOKENS)


def timed(engine: Engine, rows: list[TokenRow]) -> tuple[float, float]:
    """Seconds to the first token of all rows, and from there for each further one."""
    start = time.perf_counter()
    at = [time.perf_counter() - start for _ in engine.generate(rows, SAMPLING)]
    return at[0], (at[-1] - at[0]) / (len(at) - 1)


def endless(folder: Path) -> tuple[PeftModel, PreTrainedTokenizerBase]:
    """A base with the adapter, and its tokenizer, without end tokens: every reply has all its tokens."""
    model, tokenizer = bases.load_model(folder).eval(), bases.load_tokenizer(folder)
    model.config.eos_token_id = model.generation_config.eos_token_id = tokenizer.eos_token = None
    config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, config, ADAPTER), tokenizer


def one_round(engine: Engine, base: ChatFormat) -> dict[str, float]:
    [dialogue, *_] = load(REPOSITORY / "data" / "dialogues" / "validation.jsonl")
    script, turns = dialogue.script, dialogue.dialogue[:18]
    question = doctor("Is there anything else that you would like to tell me?")
    script_ids, kept_ids, next_ids = (encode(script, part, base).ids for part in ((), turns, [*turns, question]))
    figures = {}
    for adapter in (None, ADAPTER):
        start = time.perf_counter()
        engine.warm(script_ids, adapter).result()
        figures[f"prefill {adapter or 'base'}"] = len(script_ids) / (time.perf_counter() - start)
        engine.warm(kept_ids, adapter).result()
        first, token = timed(engine, [(next_ids, adapter)])
        figures[f"first_token {adapter or 'base'}"], figures[f"token {adapter or 'base'}"] = first * 1e3, token * 1e3
    figures["token of both"] = timed(engine, [(next_ids, None), (next_ids, ADAPTER)])[1] * 1e3
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[torch.get_num_threads()])
    threads = parser.parse_args().threads
    seconds: dict[str, dict[str, list[float]]] = {f"{count} threads": defaultdict(list) for count in threads}
    folder = bases.prepare(bases.DEFAULT)
    model, tokenizer = endless(folder)
    base = ChatFormat(bases.load_tokenizer(folder))
    for number in range(ROUNDS + 1):
        for count in threads:
            torch.set_num_threads(count)  # for threads that begin from now on: the engine's
            engine = Engine(model, tokenizer)
            figures = one_round(engine, base)
            engine.close()
            print(f"round {number}, {count} threads: {figures}", file=sys.stderr, flush=True)
            for name, value in figures.items() if number else ():  # round 0 warms up
                seconds[f"{count} threads"][name].append(value)
    print(json.dumps({count: summary(figures) for count, figures in seconds.items()}))


if __name__ == "__main__":
    main()
