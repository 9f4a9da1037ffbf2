"""Dialogues between a doctor and a patient, and the training format that pairs each with its script.

    python -m medsim.dialogue check data/dialogues/*.jsonl

A line of a data file is `{"script": str | object, "dialogue": [{"role": "doctor" | "patient", "content": str}, ...]}`.
"""

import argparse
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from medsim.errors import DataError, Problem, print_check, run_cli
from medsim.files import Document, Location, read_lines, write_text
from medsim.schema import Slug, Strict, Text, did_you_mean, problem_at, validate
from medsim.script import PatientScript

Role = Literal["doctor", "patient"]
MAX_TURNS = 400


class Message(Strict):
    """One turn. `facts`, on a patient's turn, are the ids of the facts that it states; None: not annotated."""

    role: Role
    content: Text
    facts: tuple[Slug, ...] | None = None

    def dump(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)


SILENCE = "..."  # a turn must have words: what a model that says nothing has said
Dialogue = Sequence[Message]
Script = PatientScript | str  # a bare string is text without facts: it can be played and trained on, not scored fully


@dataclass(frozen=True)
class Record:
    """One line of a data file; `line` is its number there, from 1."""

    script: Script
    dialogue: tuple[Message, ...]
    line: int | None = field(default=None, compare=False)

    def dump(self) -> dict[str, Any]:
        """Plain data in the training format."""
        script = self.script if isinstance(self.script, str) else self.script.dump()
        return {"script": script, "dialogue": [message.dump() for message in self.dialogue]}


def doctor(content: str) -> Message:
    return Message(role="doctor", content=content)


def patient(content: str) -> Message:
    return Message(role="patient", content=content)


def read(path: str | Path) -> Iterator[Record | DataError]:
    """Each line of a JSONL file as a record or as its problems, so that a caller may keep the good ones.

    Raises DataError when the file cannot be read.
    """
    for document in read_lines(path):
        try:
            if isinstance(document, DataError):
                raise document
            yield parse(document)
        except DataError as error:
            yield error


def load(path: str | Path) -> list[Record]:
    """Read a JSONL file. Raises DataError with the problems of all lines, and for a file without any dialogue."""
    items = list(read(path))
    problems = [problem for item in items if isinstance(item, DataError) for problem in item.problems]
    if not items:
        problems = [Problem("There is no dialogue in it.", 'Add lines {"script": ..., "dialogue": [...]}.', str(path))]
    if problems:
        raise DataError(problems)
    return items


def save(path: str | Path, records: Iterable[Record]) -> None:
    """Write records in the training format, one a line; the whole file or nothing."""
    write_text(path, "".join(json.dumps(record.dump(), ensure_ascii=False) + "\n" for record in records))


def parse(document: Document) -> Record:
    """One record from parsed JSON. Raises DataError with every problem of script and dialogue."""
    data = document.data
    if not isinstance(data, dict):
        raise DataError([problem_at(document, (), "This is not an object.", 'Write {"script": ..., "dialogue": ...}.')])
    problems = [
        problem_at(document, (key,), "There is no such key.", did_you_mean(key, ["script", "dialogue"]) or "Remove it.")
        for key in data
        if key not in ("script", "dialogue")
    ]
    script, dialogue = None, ()
    try:
        script = _script(document)
    except DataError as error:
        problems += error.problems
    try:
        dialogue = _dialogue(document, script)
    except DataError as error:
        problems += error.problems
    if problems or script is None:
        raise DataError(problems)
    return Record(script, dialogue, document.line(()))


def _script(document: Document) -> Script:
    script = document.data.get("script")
    if isinstance(script, str) and script.strip():
        return script.strip()
    if isinstance(script, dict) and "schema" in script:
        known = _shared(json.dumps(script))
        return known or PatientScript.from_document(document, root=("script",))
    if isinstance(script, dict) and script:
        problem = problem_at(document, ("script",), "The script has no `schema`.", "It is used as plain text.")
        warnings.warn(str(problem), stacklevel=2)
        return as_text(script)
    reason = "It is missing or empty."
    raise DataError([problem_at(document, ("script",), reason, "Give the patient's script, as text or as an object.")])


@lru_cache(maxsize=64)
def _shared(text: str) -> PatientScript | None:
    """One object for the same script on many lines: what is read of it is then read once. None for a bad one."""
    try:
        return PatientScript.from_document(Document(json.loads(text), {}))
    except DataError:
        return None


def as_text(value: Any, indent: str = "") -> str:
    """A foreign script as text: one `key: value` a line, nested objects indented."""
    if isinstance(value, dict):
        lines = []
        for key, item in value.items():
            nested = isinstance(item, dict) and item
            lines.append(f"{indent}{key}:" if nested else f"{indent}{key}: {as_text(item)}")
            lines += [as_text(item, indent + "  ")] if nested else []
        return "\n".join(lines)
    if isinstance(value, list):
        return "; ".join(as_text(item).replace("\n", ", ") for item in value)
    return "" if value is None else str(value)


def _dialogue(document: Document, script: Script | None) -> tuple[Message, ...]:
    turns = document.data.get("dialogue")
    path: Location = ("dialogue",)
    if not isinstance(turns, list) or not turns:
        raise DataError([problem_at(document, path, "It is missing or empty.", "Give a list of turns.")])
    if len(turns) > MAX_TURNS:
        raise DataError([problem_at(document, path, f"It has {len(turns)} turns.", f"Keep to {MAX_TURNS}; split it.")])
    messages, problems = [], []
    for index in range(len(turns)):
        message, found = validate(Message, document, root=(*path, index))
        messages.append(message)
        problems += found
    problems += [problem_at(document, (*path, index), reason, cure) for index, reason, cure in _disorder(turns)]
    if isinstance(script, PatientScript):
        for index, message in enumerate(messages):
            problems += _unknown_facts(document, (*path, index), message, script)
    if problems:
        raise DataError(problems)
    return tuple(messages)


def _disorder(turns: list[Any]) -> Iterator[tuple[int, str, str]]:
    roles = [turn.get("role") if isinstance(turn, dict) else None for turn in turns]
    if roles[0] == "patient":
        yield 0, "The patient speaks first.", "Begin with the doctor's first words, such as 'What brings you in?'."
    for index in range(1, len(roles)):
        if roles[index] == roles[index - 1] and roles[index] in ("doctor", "patient"):
            other = "doctor's question" if roles[index] == "patient" else "patient's answer"
            yield index, f"The {roles[index]} speaks twice in a row.", f"Join the turns, or add the {other} between."
    if "patient" not in roles:
        yield 0, "The patient never speaks.", "Add the patient's turns; they are what a model learns from."


def _unknown_facts(
    document: Document, path: Location, message: Message | None, script: PatientScript
) -> Iterator[Problem]:
    known = [fact.id for fact in script.all_facts()]
    for index, fact_id in enumerate((message and message.facts) or ()):
        if fact_id not in known:
            cure = did_you_mean(fact_id, known) or "Use the id of a fact of the script."
            yield problem_at(document, (*path, "facts", index), f"There is no fact '{fact_id}'.", cure)


def main() -> int:
    from medsim.dialogue_lint import check  # it needs the dialogues of this module

    parser = argparse.ArgumentParser(description="Dialogues in the training format.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="print every problem with its file, line, field and cure")
    command.add_argument("files", nargs="+", metavar="FILE.jsonl")
    return print_check("dialogues", *check(parser.parse_args().files))


if __name__ == "__main__":
    run_cli(main)
