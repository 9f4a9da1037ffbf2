"""A benchmark's folder, read: how far it is, its report, its replies. Nothing here starts, stops or writes one.

    evaluation.json  command.txt  run.json  log.txt  replies.part.jsonl, which at its end becomes
    report.json  report.md  replies.jsonl  *.png

They lie in `reports/` of a folder of runs; what the command wrote there from a terminal is among them.
"""

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from medsim.benchmark.compare import Finished, finished
from medsim.metrics import NAMES
from trainer.job import Job
from trainer.runs import NAME, WEIGHTS

REPORTS = "reports"
NEEDED = {"patient", "questions", "scripts", "probes_sha256", "overall", *NAMES, "lengths", "beside"}

EvaluationState = Literal["running", "done", "failed", "interrupted"]


class Asked(NamedTuple):
    """How far a benchmark is, in questions; `total` is None until it is known."""

    count: int
    total: int | None


@dataclass(frozen=True)
class Evaluation(Job):
    """A benchmark as it is when it is looked at: each property is read once."""

    kind = "benchmark"

    @cached_property
    def settings(self) -> dict[str, Any]:
        """evaluation.json: the patient's name, the command's flags, and what was kept of an earlier attempt."""
        return _read(self.path / "evaluation.json") or {}

    @cached_property
    def report(self) -> dict[str, Any] | None:
        """report.json; None before the end, or where another version wrote it."""
        found = _read(self.path / "report.json")
        return found if found and found.keys() >= NEEDED and (self.path / "replies.jsonl").is_file() else None

    @property
    def finished(self) -> Finished:
        """The report with its replies. Raises MedSimError before the end."""
        return _finished(self.path, *(_version(self.path / name) for name in ("report.json", "replies.jsonl")))

    @property
    def patient(self) -> str:
        """Who was asked, without the path of a folder."""
        return self.settings.get("patient") or _name_of(str(self.report["patient"]) if self.report else "?")

    @cached_property
    def state(self) -> EvaluationState:
        alive = self.alive  # before the report: the process may end between the two looks, after it wrote it
        if self.report:
            return "done"
        if alive:
            return "running"
        return "failed" if (self.exit_code or 0) > 0 else "interrupted"

    @property
    def live(self) -> bool:
        return self.state == "running"

    @property
    def began(self) -> float:
        """Seconds since 1970 of the report, or of the order."""
        return max(_version(self.path / name)[0] for name in ("report.json", "evaluation.json")) / 1e9

    @cached_property
    def asked(self) -> Asked:
        if self.report:
            return Asked(self.report["questions"], self.report["questions"])
        return _asked(self.path / "replies.part.jsonl", _version(self.path / "replies.part.jsonl"))

    @property
    def seconds_a_question(self) -> float | None:
        """What a question took, the loading of the patient and the scoring with it; None where that is not known."""
        if not self.settings.get("flags"):
            return None
        newest = max(_version(self.path / name)[0] for name in ("report.json", "replies.part.jsonl")) / 1e9
        new = self.asked.count - self.settings.get("kept", 0)
        took = newest - self.record.get("process_start", newest)
        return took / new if new > 0 and took > 0 else None

    @property
    def eta_s(self) -> float | None:
        """Seconds that the questions left will take; None where that cannot be told yet."""
        each, (count, total) = self.seconds_a_question, self.asked
        return each * (total - count) if each and total is not None else None


def list_evaluations(root: str | Path) -> list[Evaluation]:
    """The benchmarks in a folder of runs, newest first. Links, and names that `child` refuses, are not among them."""
    folder = Path(root) / REPORTS
    found = [
        Evaluation(path)
        for path in (folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ())
        if NAME.fullmatch(path.name) and not path.is_symlink() and is_evaluation(path)
    ]
    return sorted(found, key=lambda one: (one.began, one.name), reverse=True)


def is_evaluation(path: Path) -> bool:
    """Whether a benchmark was begun in this folder."""
    return any((path / name).is_file() for name in ("evaluation.json", "report.json"))


def _name_of(patient: str) -> str:
    path = Path(patient)
    return path.parent.name if path.name in WEIGHTS and len(path.parts) > 1 else path.name


def _version(path: Path) -> tuple[int, int]:
    """What changes when a file does; zeros where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> dict[str, Any] | None:
    return _object(path, _version(path))


@lru_cache(maxsize=128)
def _object(path: Path, version: tuple[int, int]) -> dict[str, Any] | None:
    """Only read again when it has changed: a page that polls looks at all of them."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


@lru_cache(maxsize=4)  # as many as can be compared
def _finished(path: Path, *versions: tuple[int, int]) -> Finished:
    return finished(path)


@lru_cache(maxsize=16)
def _asked(path: Path, version: tuple[int, int]) -> Asked:
    """The first line of a journal is what is being done, each other a reply; the last may be cut off."""
    try:
        first, *lines = path.read_bytes().split(b"\n")
        return Asked(len(lines[:-1]), json.loads(first)["questions"])
    except (OSError, ValueError, KeyError, TypeError):
        return Asked(0, None)
