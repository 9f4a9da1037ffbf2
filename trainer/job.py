"""A folder in which a process of its own works, read: what runs there, and what it says."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import psutil

EXIT = ".exit.json"  # how the process of run.json ended, where the one who started it saw that
LOG_TAIL = 20_000  # characters: a browser shows more only slowly


def process_record(pid: int) -> dict[str, float]:
    """What run.json keeps of a process: the start time tells it from a later one with the same id."""
    return {"pid": pid, "process_start": psutil.Process(pid).create_time()}


@dataclass(frozen=True)
class Job(ABC):
    """The folder of a training or a benchmark as it is when it is looked at: each property is read once."""

    path: Path
    kind: ClassVar[str]  # as a person calls it

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def record(self) -> dict[str, Any]:
        """run.json; empty where there is none, or a damaged one."""
        return _object(self.path / "run.json")

    @cached_property
    def process(self) -> psutil.Process | None:
        """The living process that run.json names; None when it has ended, or its id belongs to another one now."""
        try:
            process = psutil.Process(self.record["pid"])
            same = abs(process.create_time() - self.record["process_start"]) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (KeyError, ValueError, TypeError, psutil.Error):
            return None

    @property
    def alive(self) -> bool:
        return self.process is not None

    @property
    @abstractmethod
    def live(self) -> bool:
        """Whether it is still going on: its state may change by itself."""

    @property
    def exit_code(self) -> int | None:
        """How the process that run.json names ended, below 0 when it was killed; None where that is not known."""
        ended = _object(self.path / EXIT)
        return ended.get("code") if ended.get("pid") == self.record.get("pid") else None

    @property
    def log_size(self) -> int:
        """Bytes of log.txt."""
        return (self.path / "log.txt").stat().st_size if (self.path / "log.txt").is_file() else 0

    @property
    def log_tail(self) -> str:
        """The end of log.txt, at most LOG_TAIL characters."""
        try:
            with (self.path / "log.txt").open("rb") as log:
                size = log.seek(0, 2)
                log.seek(max(0, size - 4 * LOG_TAIL))
                return log.read().decode("utf-8", "replace")[-LOG_TAIL:]
        except FileNotFoundError:
            return ""


def _object(path: Path) -> dict[str, Any]:
    """What a small JSON file holds; empty where there is none, or a damaged one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
