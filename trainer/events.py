"""What happens in a run, one JSON object a line of events.jsonl: the training writes, everything else reads.

Fields: `t` (seconds since 1970), `kind`, and those of the kind: step total epoch loss eval_loss lr tokens_per_s eta_s
dialogues reason message cure. `tokens_per_s` counts the dialogues' own tokens, each dialogue with its script. An eval
may have the means of trainer.fidelity; a sample is one of its questions (script question) with the reply of the base
(null where it is gone) and of the model now (reply).
"""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

Kind = Literal["queued", "started", "step", "eval", "sample", "saved", "stopped", "failed", "done"]
State = Literal["queued", "running", "stopped", "failed", "done"]
Event = dict[str, Any]

TERMINAL = ("stopped", "failed", "done")
_OF_A_STEP = ("step", "eval", "sample", "saved")
_STATES: dict[str, State] = {"queued": "queued", "started": "running"} | {kind: kind for kind in TERMINAL}


class Events:
    """Appends events to a file. Each is one write, so that a reader sees whole lines, or a torn last one at worst."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def write(self, kind: Kind, **fields: Any) -> None:
        event = {"t": round(time.time(), 3), "kind": kind, **fields}
        line = json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n"
        with self.path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                line = line if file.read() == b"\n" else f"\n{line}"  # a killed process left half a line
            file.write(line.encode())


def read_events(path: str | Path) -> list[Event]:
    """The events of a file, oldest first; [] when there is none yet. A torn line is left out."""
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    events = (_parse(line) for line in lines)
    return [event for event in events if event is not None]


def _parse(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "kind" in event else None


def state(events: Sequence[Event]) -> State | None:
    """What the events say of a run; None before the first. Whether a running one's process lives is not told here."""
    states = (_STATES.get(event["kind"]) for event in reversed(events))
    return next((found for found in states if found), None)


def history(events: Sequence[Event]) -> list[Event]:
    """The events without the steps that a later start repeated: a resumed run goes on from its last checkpoint."""
    kept: list[Event] = []
    for event in events:
        if event["kind"] == "started":
            kept = [old for old in kept if old["kind"] not in _OF_A_STEP or old["step"] <= event["step"]]
        kept.append(event)
    return kept
