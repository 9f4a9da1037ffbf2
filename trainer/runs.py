"""A run folder, read: its state, its progress, its weights. Nothing here starts, stops or writes a run.

    config.yaml  command.txt  run.json  events.jsonl  log.txt  checkpoints/  adapter/ (or model/)
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from medsim.errors import MedSimError
from medsim.files import read_document
from trainer.events import TERMINAL, Event, history, read_events, state
from trainer.job import Job

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
WEIGHTS = ("adapter", "model")

RunState = Literal["queued", "running", "stopped", "failed", "done", "interrupted"]


def run_folder(path: str | Path) -> Path | None:
    """The run folder that `path` is, or that it is the adapter/ or model/ of; None for weights on their own."""
    path = Path(path).resolve()
    folders = (path, path.parent) if path.name in WEIGHTS else (path,)
    return next((folder for folder in folders if (folder / "config.yaml").is_file()), None)


def child(root: str | Path, name: str) -> Path:
    """`root`/`name`, for a name that somebody typed. Raises MedSimError for one that could lead elsewhere."""
    if not NAME.fullmatch(name):
        raise MedSimError(
            f"{name!r} is not a name for a folder: use up to 64 small letters, digits, '.', '_' and '-', "
            "and begin with a letter or digit."
        )
    path = Path(root).resolve() / name
    if path.is_symlink() or path.resolve() != path:
        raise MedSimError(f"{name} is a link to another place: use a real folder.")
    return path


def list_runs(root: str | Path) -> list["Run"]:
    """The runs in a folder, newest first. Links, and names that `child` refuses, are not among them."""
    root = Path(root)
    if not root.is_dir():
        return []
    runs = [
        Run(path)
        for path in root.iterdir()
        if NAME.fullmatch(path.name) and not path.is_symlink() and (path / "config.yaml").is_file()
    ]
    return sorted(runs, key=lambda run: (run.began, run.name), reverse=True)


class Progress(NamedTuple):
    """How far a run is. `total`, `eta_s` and `tokens_per_s` are None until they are known."""

    step: int
    total: int | None
    loss: float | None
    eval_loss: float | None
    eta_s: float | None
    tokens_per_s: float | None


@dataclass(frozen=True)
class Run(Job):
    """A run folder as it is when it is looked at: each property is read once."""

    kind = "training"

    @cached_property
    def config(self) -> dict[str, Any]:
        """config.yaml as plain data: a run of an older version must still be shown."""
        return read_document(self.path / "config.yaml").data or {}

    @cached_property
    def events(self) -> list[Event]:
        path = self.path / "events.jsonl"
        if not path.is_file():
            return []
        status = path.stat()
        return _events(path, status.st_mtime_ns, status.st_size)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""
        return self.live and self.record.get("stopping") is True

    @cached_property
    def state(self) -> RunState:
        """What the last deciding event says; without a terminal one, a dead process means `interrupted`."""
        alive = self.alive  # before the events: the process may end between the two looks, after its last event
        said = state(self.events)
        if said in TERMINAL:
            return said
        return (said or "queued") if alive else "interrupted"

    @property
    def live(self) -> bool:
        """Whether it is still going on: its state may change by itself."""
        return self.state in ("queued", "running")

    @property
    def began(self) -> float:
        """Seconds since 1970 of the first event, or of its configuration."""
        return self.events[0]["t"] if self.events else (self.path / "config.yaml").stat().st_mtime

    @cached_property
    def progress(self) -> Progress:
        events = history(self.events)
        counted = _last(events, "step") or _last(events, "started") or {}
        evaluated = _last(events, "eval") or {}
        return Progress(
            counted.get("step", 0),
            counted.get("total"),
            counted.get("loss"),
            evaluated.get("eval_loss"),
            counted.get("eta_s"),
            counted.get("tokens_per_s"),
        )

    @property
    def failure(self) -> Event | None:
        """The event with reason, message and cure of a run that failed."""
        return _last(self.events, "failed") if self.state == "failed" else None

    @property
    def checkpoints(self) -> list[Path]:
        """The checkpoints that training could go on from, oldest first; one that is half-written has no state file."""
        found = (self.path / "checkpoints").glob("checkpoint-*/trainer_state.json")
        return sorted((file.parent for file in found), key=lambda folder: int(folder.name.rpartition("-")[2]))

    @property
    def weights(self) -> Path | None:
        """adapter/ or model/, when the run has saved one."""
        return next((self.path / name for name in WEIGHTS if (self.path / name).is_dir()), None)


@lru_cache(maxsize=64)
def _events(path: Path, mtime_ns: int, size: int) -> list[Event]:
    """Only read again when they have changed: a page that polls looks at all runs."""
    return read_events(path)


def _last(events: list[Event], kind: str) -> Event | None:
    return next((event for event in reversed(events) if event["kind"] == kind), None)
