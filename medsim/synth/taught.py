"""Interviews that a language model writes, kept as they come, so that a killed command goes on where it was."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from medsim.dialogue import Record, parse
from medsim.dialogue_lint import lint
from medsim.files import Document
from medsim.journal import Journal
from medsim.script import PatientScript
from medsim.synth.briefs import brief, read
from medsim.synth.doctors import KINDS
from medsim.synth.interviews import cause
from medsim.synth.teachers import Teacher

TRIES = 3  # for one interview
LEAST = 4  # exchanges that must be left before the first that does not hold
UNREADABLE = "The answer is no interview in JSON"


@dataclass(frozen=True)
class Lesson:
    """One interview, or None where every try was rejected; what it took, and why tries were rejected."""

    number: int
    record: Record | None
    tokens: int
    rejected: Counter[str]


def teach(script: PatientScript, number: int, seed: int, teacher: Teacher) -> Lesson:
    """Have one interview written: again where it is none, and cut before the first turn that the lint finds."""
    rejected, tokens = Counter[str](), 0
    doctor = KINDS[number % len(KINDS)]
    for attempt in range(TRIES):
        random = Random(f"{seed}/{number}/{attempt}")
        written = teacher.write(brief(script, doctor, random), random.randrange(2**31))
        tokens += written.tokens
        record = read(written.text, script)
        if record is None:
            rejected[UNREADABLE] += 1
            continue
        kept, reasons = sound(record)
        rejected.update(reasons)
        if kept:
            return Lesson(number, kept, tokens, rejected)
    return Lesson(number, None, tokens, rejected)


def sound(record: Record) -> tuple[Record | None, list[str]]:
    """The part of an interview before the first turn that the lint finds, if enough is left; the reasons found."""
    found = list(lint(record))
    first = min((path[1] for path, _, _ in found), default=len(record.dialogue))
    turns = record.dialogue[: first - first % 2]
    enough = len(turns) >= 2 * LEAST
    return (Record(record.script, turns) if enough else None), [cause(reason) for _, reason, _ in found]


class Kept:
    """The lessons so far, beside the file that they will make: a line each, after one that says what is being made."""

    @staticmethod
    def path_of(out: Path) -> Path:
        return out.with_name(f"{out.name}.part")

    def __init__(self, out: Path, settings: dict):
        self._journal = Journal(self.path_of(out), settings)

    def load(self) -> dict[int, Lesson]:
        """The lessons that an earlier command left. Raises MedSimError where it was making something else."""
        return {lesson.number: lesson for lesson in map(self._read, self._journal.load())}

    def _read(self, data: dict) -> Lesson:
        record = data["record"] and parse(Document(data["record"], {}))
        return Lesson(data["number"], record, data["tokens"], Counter(data["rejected"]))

    def add(self, lesson: Lesson) -> None:
        self._journal.add({"number": lesson.number, "record": lesson.record and lesson.record.dump(),
                           "tokens": lesson.tokens, "rejected": lesson.rejected})  # fmt: skip


def settings_of(scripts: Sequence[PatientScript], count: int, seed: int, teacher: str) -> dict:
    """What a command makes, as far as a later one must make the same to go on."""
    digest = hashlib.sha256(json.dumps([script.dump() for script in scripts]).encode()).hexdigest()
    return {"scripts": digest, "n": count, "seed": seed, "teacher": teacher}


def lessons(scripts: Sequence[PatientScript], count: int, seed: int, teacher: Teacher, kept: Kept) -> Iterator[Lesson]:
    """All lessons, those already kept first. A failure of the teacher stops it; what is done stays kept."""
    done = kept.load()
    yield from done.values()
    left = (number for number in range(count) if number not in done)

    def one(number: int) -> Lesson:
        lesson = teach(scripts[number % len(scripts)], number, seed, teacher)
        kept.add(lesson)  # here, so that nothing that was paid for is lost when another one fails
        return lesson

    with ThreadPoolExecutor(teacher.at_once) as pool:
        running = {pool.submit(one, number) for number in islice(left, teacher.at_once)}
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
            running |= {pool.submit(one, number) for number in islice(left, len(ended))}
