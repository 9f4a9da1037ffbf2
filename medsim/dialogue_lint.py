"""What a rule can see of dialogues that are well-formed: turns that their script does not bear out or still keeps back,
lines that no patient says, dialogues that repeat each other, patients that stand in two splits.

What a turn states is judged by the scores of a reply; a finding is evidence against the turn, however well it answers.
"""

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from rensa import RMinHash, RMinHashLSH

from medsim.alike import masked, runs
from medsim.cores import processes
from medsim.dialogue import Message, Record, Script, parse
from medsim.errors import DataError, Problem
from medsim.files import Location, parse_line, raw_lines
from medsim.heard import turns
from medsim.metrics import Evidence, scores_of
from medsim.schema import problem_at
from medsim.scores import Turn
from medsim.script import PatientScript

Finding = tuple[Location, str, str]  # path, reason, cure

_STATES = "Say what the script says, or mend the script."
_VOICE = "Let the patient say it in their own words."
CURES = {  # of the rules that speak against a turn as an example to learn from
    "contradicts": _STATES,
    "contradicts_earlier": "Make the two turns agree.",
    "invents": "Leave it out, or add it to the script.",
    "leak": "Use the lock's cover, or let the doctor ask as the lock wants.",
    "denies_locked": "Use the lock's cover.",
    "too_long": "Shorten it: patients answer in a sentence or two.",
    **dict.fromkeys(("doctor_talk", "assistant", "human", "third_person", "clinical"), _VOICE),
    **dict.fromkeys(("speaker_tag", "narration", "markup", "echo", "loop"), "Keep only what the patient says."),
}
SPLITS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "eval": "validation", "test": "test", "heldout": "test",
}  # fmt: skip
ALIKE = 0.7  # Jaccard similarity of the runs of words of two near-duplicates
LEAST_RUNS = 20  # a shorter dialogue is not compared: greetings are alike
HASHES, BANDS = 128, 32  # two dialogues at ALIKE share a band with a probability of 0.9998
_SEED = 0
LARGE = 4_000_000  # bytes
BATCH = 32  # lines


def lint(record: Record) -> Iterator[Finding]:
    """The findings of one dialogue, turn by turn."""
    numbers = [number for number, message in enumerate(record.dialogue) if message.role == "patient"]
    for number, turn in zip(numbers, turns(record.script, record.dialogue), strict=True):
        for place, reason, cure in lint_turn(turn, record.dialogue[number]):
            yield ("dialogue", number, *place), reason, cure


def lint_turn(turn: Turn, message: Message) -> Iterator[Finding]:
    """The findings of a patient's turn, at places of the message."""
    seen = set()
    for evidence in scores_of(turn).evidence:
        if evidence.rule in CURES and evidence.sign != "good" and (evidence.rule, evidence.span) not in seen:
            seen.add((evidence.rule, evidence.span))
            yield ("content",), _quoted(message, evidence), CURES[evidence.rule]
    if isinstance(turn.script, PatientScript):
        for place, name in enumerate(message.facts or ()):
            if turn.script.lock_of(turn.script.fact(name)) and name not in turn.opened:
                yield ("facts", place), f"'{name}' is still locked here.", CURES["leak"]


def _quoted(message: Message, evidence: Evidence) -> str:
    start, end = evidence.span or (0, 0)
    quote = message.content[start:end]
    return f"{evidence.text} ({quote!r})" if quote and quote != message.content else evidence.text


class Sketch(NamedTuple):
    """Who a dialogue is with, and the MinHash of what is said in it; None where it is too short to compare."""

    case: str
    minhash: RMinHash | None


def sketch(record: Record) -> Sketch:
    """What `Repeats` needs of a record: far smaller than the record."""
    found = runs(masked(message.content) for message in record.dialogue)
    if len(found) < LEAST_RUNS:
        return Sketch(_case(record.script), None)
    minhash = RMinHash(num_perm=HASHES, seed=_SEED)
    minhash.update([" ".join(run) for run in found])
    return Sketch(_case(record.script), minhash)


def _case(script: Script) -> str:
    return script.id if isinstance(script, PatientScript) else script


def split_of(path: str) -> str | None:
    """The split that a file belongs to, by a word of its name or by its folder's name."""
    words = re.split(r"[^a-z]+", Path(path).stem.lower())
    return next((SPLITS[word] for word in (*words, Path(path).parent.name.lower()) if word in SPLITS), None)


@dataclass
class Repeats:
    """Finds, over all files of a check, dialogues that are nearly the same and cases that stand in two splits."""

    lsh: RMinHashLSH = field(default_factory=lambda: RMinHashLSH(ALIKE, HASHES, BANDS))
    places: list[tuple[str, int | None, RMinHash]] = field(default_factory=list)
    homes: dict[str, dict[str, str]] = field(default_factory=dict)  # case -> split -> where it was first

    def add(self, found: Sketch, file: str, line: int | None) -> list[Problem]:
        """The problems of a dialogue beside all those before it."""
        problems = [*self._leak(found.case, file, line)]
        if found.minhash is not None:
            problems += self._repeat(found.minhash, file, line)
        return problems

    def _leak(self, case: str, file: str, line: int | None) -> Iterator[Problem]:
        split = split_of(file)
        if split is None:
            return
        homes = self.homes.setdefault(case, {})
        if split not in homes:
            for other, place in homes.items():
                reason = f"This patient is in the {other} split too ({place})."
                yield Problem(reason, "Keep all dialogues of a patient in one split.", file, line, "script")
            homes[split] = f"{file}:{line}"

    def _repeat(self, minhash: RMinHash, file: str, line: int | None) -> Iterator[Problem]:
        near = [self.places[number] for number in sorted(self.lsh.query(minhash))]
        self.lsh.insert(len(self.places), minhash)
        self.places.append((file, line, minhash))
        for other, at, earlier in near:
            if minhash.jaccard(earlier) >= ALIKE:
                reason = f"It is nearly the same as {other}:{at}."
                yield Problem(reason, "Remove one, or say it in other words.", file, line, "dialogue")
                return


class Checked(NamedTuple):
    """What a line of a file comes to: its problems, and its sketch where it is a dialogue."""

    line: int
    problems: list[Problem]
    sketch: Sketch | None


def check(paths: Sequence[str]) -> tuple[int, list[Problem]]:
    """How many dialogues are good, and every problem of all files. Files are read line by line, large ones by as many
    processes as there are cores.
    """
    good, problems, repeats = 0, [], Repeats()
    with ExitStack() as stack:
        pool = _pool(paths, stack)
        for path in paths:
            lines = 0
            try:
                for item in _checked(path, pool):
                    lines += 1
                    found = item.problems + (repeats.add(item.sketch, path, item.line) if item.sketch else [])
                    good += not found
                    problems += found
            except DataError as error:
                problems += error.problems
                continue
            if not lines:
                problems.append(Problem("There is no dialogue in it.", "Add some.", path))
    return good, problems


def _pool(paths: Sequence[str], stack: ExitStack) -> ProcessPoolExecutor | None:
    """Processes for large files: they take a second to start."""
    sizes = (Path(path).stat().st_size for path in paths if Path(path).is_file())
    if sum(sizes) < LARGE or os.cpu_count() == 1:
        return None
    return stack.enter_context(processes())


def _checked(path: str, pool: ProcessPoolExecutor | None) -> Iterator[Checked]:
    lines = raw_lines(path)
    batches = iter(lambda: list(islice(lines, BATCH)), [])
    if pool is None:
        for batch in batches:
            yield from _check_lines(path, batch)
        return
    waiting: deque[Future[list[Checked]]] = deque()
    for batch in batches:  # only a few batches are in memory at a time
        waiting.append(pool.submit(_check_lines, path, batch))
        if len(waiting) > 2 * os.cpu_count():
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def _check_lines(path: str, lines: list[tuple[int, bytes]]) -> list[Checked]:
    return [_check_line(path, number, line) for number, line in lines]


def _check_line(path: str, number: int, line: bytes) -> Checked:
    try:
        document = parse_line(line, path, number)
        record = parse(document)
    except DataError as error:
        return Checked(number, error.problems, None)
    return Checked(number, [problem_at(document, *finding) for finding in lint(record)], sketch(record))
