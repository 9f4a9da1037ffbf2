"""What a long command has done so far, in a file that survives its kill."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medsim.errors import MedSimError


class Journal:
    """A line of JSON for each thing done, after one that says what is being done. Threads may share it."""

    def __init__(self, path: Path, settings: Mapping[str, Any]):
        self.path = path
        self.settings = json.dumps(settings)
        self._lock = threading.Lock()

    def load(self) -> list[Any]:
        """What an earlier command left. Raises MedSimError where it was doing something else."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if not whole:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.settings + "\n", encoding="utf-8")
            return []
        if whole != text:  # a line that was being written when the command was killed
            self.path.write_text(whole, encoding="utf-8")
        first, *lines = whole.removesuffix("\n").split("\n")  # no other sign ends a line of JSON
        if first != self.settings:
            cure = "Start it with the same settings to go on, name another --out, or delete that file."
            raise MedSimError(f"{self.path} is of another command. {cure}")
        return [json.loads(line) for line in lines]

    def add(self, row: Any) -> None:
        line = json.dumps(row, ensure_ascii=False)
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
