"""An interview of 20 turns with a long script: `python -m benchmarks.chat_latency [--rounds 3] [--threads N]`.

The default base, float32, on the CPU, all contestants with as many threads:
- `ours`: medsim.engine, which keeps the cache of the turns before; `adapter`: the same with an untrained LoRA adapter
  (r 16, all linear layers), unmerged; `two rows`: both at once, as in Compare;
- `plain`: transformers' `generate` on the whole interview at each turn;
- `llama.cpp`: the same weights in float16, with its prompt cache (requirements-benchmarks.txt; left out
  where that is not installed).

All get the same stored turns: each generates exactly 16 tokens, which the stored reply then replaces. In each round
every contestant has the whole interview; a turn's figure is its median over the rounds. The table is in milliseconds:
to the first token, and to the sixteenth. The last line is a JSON object.
"""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from medsim import bases  # isort: skip  # medsim comes before torch: it sets torch's thread variables
import torch
from transformers import GenerationConfig
from transformers.generation import BaseStreamer

from benchmarks.chat_speed import ADAPTER, endless
from benchmarks.llamacpp import float16_gguf
from medsim.dialogue import Dialogue, load
from medsim.engine import Engine, TokenRow
from medsim.prompt import ChatFormat, encode
from medsim.sampling import Sampling
from medsim.script import PatientScript
from tests.conftest import REPOSITORY

TURNS = 20
TOKENS = 16
PATIENT = "priya-nair-headache"
ROWS: dict[str, tuple[str | None, ...]] = {"ours": (None,), "adapter": (ADAPTER,), "two rows": (None, ADAPTER)}
Contestant = Callable[[list[int]], Iterator[None]]
"""Answers the ids of a prompt; yields at each token."""


def interview() -> tuple[PatientScript, Dialogue]:
    """The patient's stored dialogues, one after the other."""
    records = load(REPOSITORY / "data" / "dialogues" / "validation.jsonl")
    records = [record for record in records if getattr(record.script, "id", None) == PATIENT]
    return records[0].script, [turn for record in records for turn in record.dialogue][: 2 * TURNS]


def by_engine(engine: Engine, *adapters: str | None) -> Contestant:
    def answer(ids: list[int]) -> Iterator[None]:
        rows: list[TokenRow] = [(ids, adapter) for adapter in adapters]
        for _ in engine.generate(rows, Sampling(temperature=0, max_new_tokens=TOKENS)):
            yield

    return answer


class _Clock(BaseStreamer):
    """The times at which `generate` had a token."""

    def __init__(self):
        self.times: list[float] = []

    def put(self, value: torch.Tensor) -> None:
        self.times.append(time.perf_counter())

    def end(self) -> None:
        pass


def timed(contestant: Contestant, ids: list[int]) -> tuple[float, float]:
    """Milliseconds to the first token and to the last."""
    start = time.perf_counter()
    at = [time.perf_counter() - start for _ in contestant(ids)]
    assert len(at) == TOKENS
    return 1e3 * at[0], 1e3 * at[-1]


def timed_plain(model, ids: list[int]) -> tuple[float, float]:
    clock, start = _Clock(), time.perf_counter()
    config = GenerationConfig(max_new_tokens=TOKENS, do_sample=False, pad_token_id=0)
    row = torch.tensor([ids])
    with torch.inference_mode():
        model.generate(row, attention_mask=torch.ones_like(row), generation_config=config, streamer=clock)
    _, *at = clock.times  # the first is the prompt
    assert len(at) == TOKENS
    return 1e3 * (at[0] - start), 1e3 * (at[-1] - start)


def llamacpp(threads: int, folder: Path):
    """A new llama.cpp context, or None where it is not installed."""
    try:
        from llama_cpp import Llama
    except ImportError:
        return None
    return Llama(str(float16_gguf(folder)), n_ctx=4096, n_threads=threads, n_threads_batch=threads, verbose=False)


def by_llamacpp(model) -> Contestant:
    def answer(ids: list[int]) -> Iterator[None]:
        for _, _ in zip(range(TOKENS), model.generate(ids, temp=0.0), strict=False):
            yield

    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", type=Path, default=Path(".medsim/benchmarks"), help="for a GGUF of 270 MB")
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)

    folder = bases.prepare(bases.DEFAULT)
    tuned, tokenizer = endless(folder)
    plain = bases.load_model(folder).eval()
    plain.config.eos_token_id = plain.generation_config.eos_token_id = None
    cpp = llamacpp(flags.threads, flags.folder)
    script, turns = interview()
    base = ChatFormat(bases.load_tokenizer(folder))
    script_ids = encode(script, (), base).ids
    prompts = [encode(script, turns[: 2 * turn + 1], base).ids for turn in range(TURNS)]

    found: dict[str, list[list[tuple[float, float]]]] = defaultdict(list)
    for number in range(flags.rounds):
        for name, adapters in ROWS.items():
            engine = Engine(tuned, tokenizer, context=4096)  # a new one has no caches
            for adapter in adapters:
                engine.warm(script_ids, adapter).result()
            found[name].append([timed(by_engine(engine, *adapters), ids) for ids in prompts])
            engine.close()
        if cpp:
            cpp.reset()
            cpp.eval(script_ids)  # the script is read before the first question here too
            found["llama.cpp"].append([timed(by_llamacpp(cpp), ids) for ids in prompts])
        found["plain"].append([timed_plain(plain, ids) for ids in prompts])
        print(f"round {number}:", {name: runs[-1][-1] for name, runs in found.items()}, file=sys.stderr, flush=True)

    median = {
        name: [[statistics.median(run[turn][which] for run in runs) for which in (0, 1)] for turn in range(TURNS)]
        for name, runs in found.items()
    }
    print("| turn | prompt tokens |" + "".join(f" {name} |" for name in median))
    for turn in range(TURNS):
        figures = "".join(f" {first:.0f}, {whole:.0f} |" for first, whole in (of[turn] for of in median.values()))
        print(f"| {turn + 1} | {len(prompts[turn])} |{figures}")
    print(json.dumps({"threads": flags.threads, **ratios(median)}))


def ratios(median: dict[str, list[list[float]]]) -> dict[str, float | list[float]]:
    """What the issue of speed asks for; replies are the sums over all turns."""

    def replies(name: str) -> float:
        return sum(whole for _, whole in median[name])

    ours, plain = median["ours"], median["plain"]
    report = {
        "ttft_turn20_vs_turn2": ours[19][0] / ours[1][0],
        "ttft_vs_plain_turn20": plain[19][0] / ours[19][0],
        "reply_vs_plain_turn20": plain[19][1] / ours[19][1],
        "compare_vs_adapter": replies("two rows") / replies("adapter"),
    }
    if "llama.cpp" in median:
        report["reply_vs_llamacpp"] = replies("llama.cpp") / replies("ours")
    return {name: round(value, 2) for name, value in report.items()} | {
        f"reply_ms {name}": round(statistics.median(whole for _, whole in of), 1) for name, of in median.items()
    }


if __name__ == "__main__":
    main()
