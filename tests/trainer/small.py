"""Small dialogues, and training runs on the tiny base that take about a second."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from medsim.dialogue import Record, doctor, patient, save
from trainer import train
from trainer.events import read_events

BRIEF = ("--max_steps", "2", "--eval_strategy", "no", "--lora_r", "2")
ANSWERS = ["No.", "Two days ago.", "It is a tight feeling in the middle of my chest.", "Yes, a week.", "I smoke."]


def records(dialogues: int = 8, scripts: int = 4) -> list[Record]:
    """Dialogues of bare-string scripts in turn, of two to six turns, whose answers differ in length."""
    made = []
    for number in range(dialogues):
        turns = []
        for turn in range(1 + number % 3):
            turns += [doctor(f"Question {turn}?"), patient(ANSWERS[(number + turn) % len(ANSWERS)])]
        made.append(Record(f"I am patient {number % scripts}. My chest is tight.", tuple(turns)))
    return made


def data_file(folder: Path, dialogues: int = 8, scripts: int = 4, name: str = "train.jsonl") -> str:
    save(folder / name, records(dialogues, scripts))
    return str(folder / name)


class Trained:
    """A run that was trained in this process: its folder, its events, and the trainer that made it."""

    def __init__(self, folder: Path, trainer):
        self.folder, self.trainer = folder, trainer
        self.events = read_events(folder / "events.jsonl")

    def of(self, kind: str) -> list[dict]:
        return [event for event in self.events if event["kind"] == kind]

    def steps(self, kind: str) -> list[int]:
        return [event["step"] for event in self.of(kind)]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Those of an adapter folder or a checkpoint."""
    return load_file(folder / "adapter_model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def run(monkeypatch, base: Path, folder: Path, *flags: str) -> Trained:
    """`python -m trainer.train` with these flags, on the dialogues of `data_file` unless they name others."""
    made = []
    make_trainer = train.make_trainer
    data = [] if "--train_file" in flags else ["--train_file", data_file(folder.parent)]
    with monkeypatch.context() as patch:
        patch.setattr(train, "make_trainer", lambda *args: made.append(make_trainer(*args)) or made[-1])
        train.main(["--model_name_or_path", str(base), "--output_dir", str(folder), *data, *map(str, flags)])
    return Trained(folder, made[-1] if made else None)
