"""From dialogues in files to token ids and labels: what is learned, and which dialogues share a script."""

import os
import random
from collections.abc import Sequence
from typing import NamedTuple

from medsim.dialogue import Dialogue, Record, Script, doctor, load
from medsim.errors import DataError, MedSimError, Problem
from medsim.prompt import ChatFormat, encode, fit
from medsim.script import PatientScript
from trainer.config import TrainConfig

IGNORED = -100  # the label of a token that is not learned
HELD_OUT = 0.1


class Records(NamedTuple):
    """The dialogues to learn from, and those to evaluate on (none with eval_strategy no)."""

    train: list[Record]
    validation: list[Record]


class Example(NamedTuple):
    """A dialogue as T token ids. A list of examples is a map-style dataset."""

    ids: list[int]
    labels: list[int]  # the id where the patient speaks, IGNORED elsewhere
    script: tuple[int, ...]  # the ids of the script's prompt, with which `ids` begin: the same in all its dialogues

    @property
    def loss_tokens(self) -> int:
        return sum(label != IGNORED for label in self.labels)


class Encoded(NamedTuple):
    """The examples of a file, and what max_length took away."""

    examples: list[Example]
    shortened: int  # dialogues
    turns_lost: int

    def __str__(self) -> str:
        scripts = len({example.script for example in self.examples})
        tokens = sum(len(example.ids) for example in self.examples)
        learned = sum(example.loss_tokens for example in self.examples)
        lost = f"; {self.shortened} were too long and lost {self.turns_lost} old turns" if self.shortened else ""
        counted = f"{tokens:,} tokens, {learned:,} of the patient"
        return f"{len(self.examples)} dialogues of {scripts} {'script' if scripts == 1 else 'scripts'}, {counted}{lost}"


def load_records(config: TrainConfig) -> Records:
    """Read the data files. Raises DataError with the problems of all of them, or when no script can be held out."""
    records: dict[str, list[Record]] = {}
    problems: list[Problem] = []
    for path in filter(None, (config.train_file, config.validation_file)):
        try:
            records[path] = load(path)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    train = records[config.train_file]
    if config.eval_strategy == "no":
        return Records(train, [])
    if config.validation_file:
        return Records(train, records[config.validation_file])
    return hold_out(train, config.seed, config.train_file)


def hold_out(records: Sequence[Record], seed: int, file: str = "") -> Records:
    """Set a tenth of the scripts aside, at least one, with all their dialogues; the seed says which."""
    patients = sorted({patient_of(record.script) for record in records})
    if len(patients) < 2:
        cure = "Add dialogues of another script, give --validation_file, or set --eval_strategy no."
        raise DataError([Problem("All dialogues are of one script: none can be held out to evaluate on.", cure, file)])
    aside = set(random.Random(seed).sample(patients, max(1, round(HELD_OUT * len(patients)))))
    return Records(
        [record for record in records if patient_of(record.script) not in aside],
        [record for record in records if patient_of(record.script) in aside],
    )


def patient_of(script: Script) -> str:
    """What tells one patient from another: the script's id, or the text itself."""
    return script.id if isinstance(script, PatientScript) else script


def encode_records(records: Sequence[Record], base: ChatFormat, max_length: int, file: str = "") -> Encoded:
    """Examples of at most `max_length` tokens: a longer dialogue loses its oldest turns.

    Raises DataError naming every dialogue whose script and last answer alone are longer.
    """
    examples, problems, shortened, turns_lost = [], [], 0, 0
    scripts: dict[str, tuple[int, ...]] = {}
    for record in records:
        dialogue = _to_last_answer(record.dialogue)
        try:
            kept, (ids, patient_mask) = fit(record.script, dialogue, base, max_length)
        except MedSimError as error:
            problems.append(Problem(str(error), "Or raise --max_length.", file, record.line))
            continue
        shortened += len(kept) < len(dialogue)
        turns_lost += len(dialogue) - len(kept)
        key = base.system.render(record.script)
        if key not in scripts:
            scripts[key] = script_ids(record.script, base)
        labels = [token if learned else IGNORED for token, learned in zip(ids, patient_mask, strict=True)]
        examples.append(Example(ids, labels, scripts[key]))
    if problems:
        raise DataError(problems)
    return Encoded(examples, shortened, turns_lost)


def encode_all(records: Records, base: ChatFormat, config: TrainConfig) -> tuple[Encoded, Encoded]:
    """The examples to learn from and to evaluate on. Raises DataError with what is too long of both."""
    encoded, problems = [], []
    for part, file in zip(records, (config.train_file, config.validation_file or config.train_file), strict=True):
        try:
            encoded.append(encode_records(part, base, config.max_length, file))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return encoded[0], encoded[1]


def _to_last_answer(dialogue: Dialogue) -> Dialogue:
    """Without a last question that nobody answers: nothing is learned there."""
    return dialogue[:-1] if dialogue[-1].role == "doctor" else dialogue


def script_ids(script: Script, base: ChatFormat) -> tuple[int, ...]:
    """The ids with which every dialogue of a script begins: all before the doctor's first word."""
    first, other = (encode(script, [doctor(word)], base).ids for word in ("0", "Z"))
    return tuple(os.path.commonprefix([first, other]))
