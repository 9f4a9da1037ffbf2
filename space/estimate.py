"""What a training will take, as far as it can be known before the model is loaded. Nothing here is a guess at a speed:
a time is given only where an earlier run of the same base was measured on this machine."""

import json
import math
import shutil
import statistics
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from medsim.prompt import ChatFormat
from trainer.config import ALL_LINEAR, TrainConfig
from trainer.data import encode_records, load_records, patient_of
from trainer.runs import Run

FLOAT32_BYTES = 4
ADAMW_VALUES = 2  # kept for each trained weight, in a checkpoint beside it


class Counts(NamedTuple):
    """What is learned from in one epoch. Tokens are those of the dialogues, each with its script; None: not counted."""

    dialogues: int
    scripts: int
    held_out: int  # dialogues
    tokens: int | None
    learned: int | None  # tokens
    shortened: int  # dialogues


class Parameters(NamedTuple):
    trained: int
    total: int


class Speed(NamedTuple):
    tokens_per_s: float
    run: str


def count(config: TrainConfig, base: ChatFormat | None) -> Counts:
    """Read the data as the training will, and encode it for a base; unchanged files only once.

    Raises MedSimError, DataError.
    """
    files = tuple((name, Path(name).stat().st_mtime_ns) for name in (config.train_file, config.validation_file) if name)
    relevant = ("train_file", "validation_file", "eval_strategy", "seed", "max_length")
    return _count(TrainConfig(**{name: getattr(config, name) for name in relevant}), base, files)


@lru_cache(maxsize=8)
def _count(config: TrainConfig, base: ChatFormat | None, files: tuple[tuple[str, int], ...]) -> Counts:
    records = load_records(config)
    scripts = len({patient_of(record.script) for record in records.train})
    counts = Counts(len(records.train), scripts, len(records.validation), None, None, 0)
    if base is None:
        return counts
    encoded = encode_records(records.train, base, config.max_length, config.train_file)
    return counts._replace(
        tokens=sum(len(example.ids) for example in encoded.examples),
        learned=sum(example.loss_tokens for example in encoded.examples),
        shortened=encoded.shortened,
    )


def steps(config: TrainConfig, dialogues: int) -> int:
    """Optimizer steps, as transformers.Trainer counts them in one process."""
    batches = math.ceil(dialogues / config.per_device_train_batch_size)
    an_epoch = max(1, math.ceil(batches / config.gradient_accumulation_steps))
    return config.max_steps or math.ceil(config.num_train_epochs * an_epoch)


def parameters(config: TrainConfig, base_folder: Path) -> Parameters:
    """Weights that are trained, and all of them with these, from the headers of the safetensors files."""
    shapes = dict(_shapes(base_folder))
    total = sum(math.prod(shape) for shape in shapes.values())
    if not config.use_peft:
        return Parameters(total, total)
    layers = {name.removesuffix(".weight"): shape for name, shape in shapes.items() if len(shape) == 2}
    targets = [shape for name, shape in layers.items() if _is_target(name, config.target_modules)]
    trained = sum(config.lora_r * sum(shape) for shape in targets)
    return Parameters(trained, total + trained)


def _is_target(layer: str, targets: Sequence[str]) -> bool:
    if tuple(targets) == (ALL_LINEAR,):
        return not layer.endswith(("embed_tokens", "lm_head"))
    return any(layer == target or layer.endswith(f".{target}") for target in targets)


def _shapes(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Names and shapes of all tensors. A safetensors file begins with the length of its JSON header, 8 bytes."""
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as weights:
            header = json.loads(weights.read(int.from_bytes(weights.read(8), "little")))
        yield from ((name, tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")


def disk_bytes(config: TrainConfig, trained: int) -> int:
    """The weights, and the most checkpoints there may be: those that are kept, the best, and one being written."""
    checkpoints = config.save_total_limit + 1 + config.keeps_best
    return trained * FLOAT32_BYTES * (1 + checkpoints * (1 + ADAMW_VALUES))


def free_bytes(folder: Path) -> int:
    """What is free where a folder is or will be."""
    return shutil.disk_usage(next(place for place in (folder, *folder.resolve().parents) if place.exists())).free


def measured_speed(runs: Sequence[Run], base: str) -> Speed | None:
    """The median tokens/s of the newest run of a base that reported some; None without one."""
    for run in runs:
        rates = [event["tokens_per_s"] for event in run.events if event["kind"] == "step" and event.get("tokens_per_s")]
        if rates and run.config.get("model_name_or_path") == base:
            return Speed(statistics.median(rates), run.name)
    return None


def duration_s(config: TrainConfig, counts: Counts, speed: Speed) -> float:
    """Seconds of learning at a measured speed; evaluations and checkpoints come on top."""
    an_epoch = config.model_copy(update={"num_train_epochs": 1, "max_steps": None})
    epochs = steps(config, counts.dialogues) / steps(an_epoch, counts.dialogues)
    return epochs * counts.tokens / speed.tokens_per_s
