"""Seconds of a training update, ours beside what else one would use: `python -m benchmarks.train_speed`.

LoRA (r 16, all linear layers, no dropout) on the default base, float32, the same 8 dialogues an update, no gradient
checkpointing, as many threads:
- `ours`: trainer.train's own trainer;
- `trl`: TRL's SFTTrainer (requirements-benchmarks.txt) on whole dialogues with loss on the patient only, `chunked_nll`,
  one dialogue a micro-batch, so that nothing is padded;
- `pairs`: one prompt and response for each turn of the patient, four to a padded micro-batch, with the Trainer of
  transformers; only with --pairs, it takes about ten times as long.

--k: how many dialogues there are of each script. Dialogues are of the library; for 8 of a script they are cut in two.
Each contestant has a process of its own in each round, they alternate, and the first update, which warms up, does not
count. Tokens are those of the dialogues, each with its script. The last line is a JSON object, for each k:
seconds an update [median, min, max], `ours_vs_trl`, `ours_vs_pairs`, `effective_tokens_per_s`, `peak_memory_ratio`
(TRL's by ours), `of_matmul_ceiling` (floating-point operations of an update by its time by those of one large matrix
product a second) and `losses_differ`, the greatest relative difference of losses.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import islice
from pathlib import Path
from statistics import median

from medsim import bases  # isort: skip  # medsim comes before torch: it sets torch's thread variables
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import DataCollatorForSeq2Seq, Trainer, TrainerCallback, TrainingArguments

from benchmarks.figures import summary
from medsim.dialogue import Record, load
from medsim.prompt import ChatFormat
from tests.conftest import REPOSITORY
from trainer.callbacks import Stopper
from trainer.config import TrainConfig
from trainer.data import IGNORED, Example, encode_records
from trainer.packing import Collator
from trainer.patient_trainer import summed_loss
from trainer.train import add_lora, load_model, make_trainer

DIALOGUES = 8
UPDATES = 3  # the first warms up
MICRO_BATCH = 4
LEARNING_RATE = 5e-4


def dialogues(k: int) -> list[Record]:
    """Eight dialogues, k of each script, of the library's longest scripts."""
    of_script: dict[str, list[Record]] = defaultdict(list)
    for record in load(REPOSITORY / "data" / "dialogues" / "train.jsonl"):
        turns = record.dialogue
        half = len(turns) // 4 * 2
        parts = [turns[:half], turns[half:]] if k > MICRO_BATCH else [turns]
        of_script[record.script.id] += [record.model_copy(update={"dialogue": part}) for part in parts]
    enough = [records[:k] for _, records in sorted(of_script.items()) if len(records) >= k]
    return [record for records in islice(enough, DIALOGUES // k) for record in records]


class Clock(TrainerCallback):
    """The seconds and the loss of each update."""

    def __init__(self):
        self.seconds: list[float] = []
        self.losses: list[float] = []

    def on_step_begin(self, *_, **__):
        self.start = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.seconds.append(time.perf_counter() - self.start)

    def on_log(self, args, state, control, logs, **_):
        if "loss" in logs:
            self.losses.append(logs["loss"])


def settings(k: int) -> TrainConfig:
    return TrainConfig(
        per_device_train_batch_size=max(k, MICRO_BATCH), gradient_accumulation_steps=DIALOGUES // max(k, MICRO_BATCH),
        dialogues_per_row=k, learning_rate=LEARNING_RATE, lr_scheduler_type="constant", warmup_ratio=0,
        max_steps=UPDATES, max_grad_norm=0, eval_strategy="no",
    )  # fmt: skip


def arguments(folder: Path, micro_batch: int, examples: int) -> dict[str, object]:
    """The same training in the words of transformers."""
    return {
        "output_dir": str(folder), "per_device_train_batch_size": micro_batch,
        "gradient_accumulation_steps": -(-examples // micro_batch), "max_steps": UPDATES,
        "learning_rate": LEARNING_RATE, "lr_scheduler_type": "constant", "max_grad_norm": 0,
        "logging_steps": 1, "save_strategy": "no",
        "use_cpu": True, "report_to": "none", "disable_tqdm": True, "remove_unused_columns": False,
        "train_sampling_strategy": "sequential",
    }  # fmt: skip


def with_ours(model, examples: list[Example], config: TrainConfig, folder: Path) -> Trainer:
    return make_trainer(config, folder, model, examples, [], Stopper(lambda: False))


def with_trl(model, examples: list[Example], tokenizer, folder: Path) -> Trainer:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    rows = [
        {"input_ids": one.ids, "assistant_masks": [int(label != IGNORED) for label in one.labels]} for one in examples
    ]
    args = SFTConfig(
        **arguments(folder, 1, len(rows)), assistant_only_loss=True, loss_type="chunked_nll", max_length=None,
        gradient_checkpointing=False, bf16=False,
    )  # fmt: skip
    return SFTTrainer(model, args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)


def with_pairs(model, examples: list[Example], tokenizer, folder: Path) -> Trainer:
    pairs = [pair for example in examples for pair in pairs_of(example)]
    args = TrainingArguments(**arguments(folder, MICRO_BATCH, len(pairs)))
    return Trainer(model, args, train_dataset=pairs, data_collator=DataCollatorForSeq2Seq(tokenizer))


def pairs_of(example: Example) -> list[dict[str, list[int]]]:
    """A row for each reply, which ends with it and learns nothing else."""
    rows, learned = [], [label != IGNORED for label in example.labels]
    for place, is_learned in enumerate(learned):
        if is_learned and not (place + 1 < len(learned) and learned[place + 1]):
            start = next(first for first in range(place, -1, -1) if not learned[first]) + 1
            labels = [IGNORED] * start + example.labels[start : place + 1]
            rows.append({"input_ids": example.ids[: place + 1], "attention_mask": [1] * (place + 1), "labels": labels})
    return rows


def measure(contestant: str, k: int) -> None:
    """In a process of its own: prints the figures of one contestant."""
    folder = bases.prepare(bases.DEFAULT)
    tokenizer = bases.load_tokenizer(folder)
    examples = encode_records(dialogues(k), ChatFormat(tokenizer), 8192).examples
    config = settings(k)
    model = load_model(config, folder)
    if contestant != "ours":
        model.set_attn_implementation("sdpa")
    model = add_lora(model, config)
    with tempfile.TemporaryDirectory() as work:
        others = {"trl": with_trl, "pairs": with_pairs}
        trainer = (
            with_ours(model, examples, config, Path(work))
            if contestant == "ours"
            else others[contestant](model, examples, tokenizer, Path(work))
        )
        clock = Clock()
        trainer.add_callback(clock)
        trainer.train()
    report = {
        "seconds": clock.seconds[1:],
        "losses": clock.losses,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "tokens": sum(len(example.ids) for example in examples),
    }
    if contestant == "ours":
        report |= {"flops": flops(model, examples, config), "matmul": matmul_flops_per_s()}
    print(json.dumps(report))


def flops(model, examples: list[Example], config: TrainConfig) -> float:
    """Floating-point operations of the forward and backward passes of an update."""
    size = config.per_device_train_batch_size
    with FlopCounterMode(display=False) as counter:
        for first in range(0, len(examples), size):
            batch = Collator(config.dialogues_per_row)(examples[first : first + size])
            batch.pop("tokens")
            summed_loss(model, batch).backward()
    return counter.get_total_flops()


def matmul_flops_per_s(size: int = 2048, times: int = 8) -> float:
    matrix = torch.randn(size, size)
    matrix @ matrix
    start = time.perf_counter()
    for _ in range(times):
        matrix @ matrix
    return times * 2 * size**3 / (time.perf_counter() - start)


def compared(reports: dict[str, list[dict]]) -> dict[str, object]:
    """The figures of one k from the reports of all rounds."""
    seconds = {name: [each for report in of for each in report["seconds"]] for name, of in reports.items()}
    losses = {name: of[0]["losses"] for name, of in reports.items()}
    ours = reports["ours"]
    found = {
        **summary(seconds),
        "effective_tokens_per_s": round(ours[0]["tokens"] / median(seconds["ours"]), 1),
        "of_matmul_ceiling": round(
            ours[0]["flops"] / median(seconds["ours"]) / median(report["matmul"] for report in ours), 3
        ),
    }
    for name in reports:
        if name != "ours":
            found[f"ours_vs_{name}"] = round(median(seconds[name]) / median(seconds["ours"]), 2)
            found.setdefault("losses_differ", {})[name] = max(
                abs(one - other) / other for one, other in zip(losses["ours"], losses[name], strict=True)
            )
    if "trl" in reports:
        peaks = {name: max(report["peak"] for report in reports[name]) for name in ("ours", "trl")}
        found["peak_memory_ratio"] = round(peaks["trl"] / peaks["ours"], 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--k", type=int, nargs="+", choices=(1, 2, 4, 8), default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pairs", action="store_true", help="the third contestant too")
    parser.add_argument("--measure", choices=("ours", "trl", "pairs"), help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.measure:
        return measure(flags.measure, flags.k[0])
    contestants = ["ours", "trl", *(["pairs"] if flags.pairs else [])]
    by_k: dict[int, dict[str, list[dict]]] = {k: defaultdict(list) for k in flags.k}
    for number in range(flags.rounds):
        for k in flags.k:
            for contestant in contestants:
                command = [sys.executable, "-m", "benchmarks.train_speed", "--measure", contestant, "--k", str(k)]
                output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
                by_k[k][contestant].append(json.loads(output.splitlines()[-1]))
                print(f"round {number}, k {k}, {contestant}: {by_k[k][contestant][-1]}", file=sys.stderr, flush=True)
    print(json.dumps({"threads": torch.get_num_threads(), "by_k": {k: compared(of) for k, of in by_k.items()}}))


if __name__ == "__main__":
    main()
