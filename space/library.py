"""The patients' scripts on the server's disk. A visitor's own edits never come here: they live in the session."""

import json
from functools import lru_cache
from pathlib import Path

from medsim.errors import DataError, MedSimError, Problem
from medsim.files import read_text, write_text
from medsim.script import PatientScript
from trainer.runs import NAME

MAX_CHARS = 40_000


class Library:
    """A folder of scripts, one YAML or JSON file each. The disk is listed anew at each call."""

    def __init__(self, folder: Path):
        self.folder = folder

    def scripts(self) -> tuple[list[PatientScript], list[Problem]]:
        """The readable scripts by name of the patient, and the problems of all other files."""
        scripts, problems = {}, []
        for path in self._files():
            script, found = _read(path, path.stat().st_mtime_ns)
            problems += found
            if script is not None and script.id in scripts:
                cure = "Give one of them another id."
                problems.append(Problem(f"Another file has the id '{script.id}' too.", cure, path.name))
            elif script is not None:
                scripts[script.id] = script
        return sorted(scripts.values(), key=lambda script: script.patient.name), problems

    def get(self, script_id: str) -> PatientScript:
        """The script with this id. Raises MedSimError when there is none."""
        for script in self.scripts()[0]:
            if script.id == script_id:
                return script
        raise MedSimError("This patient is no longer here. Choose another one.")

    def text(self, script_id: str) -> str:
        """The file of a script as it was written, comments included. Raises MedSimError."""
        path = self._path(script_id)
        if path is None:
            raise MedSimError("This patient is no longer here. Choose another one.")
        return read_text(path)

    def save(self, text: str) -> PatientScript:
        """Check a script's YAML and write it under its id, in place of the one that had it. Raises MedSimError."""
        script = checked(text)
        if not NAME.fullmatch(script.id):
            raise MedSimError("The id is longer than 64 characters. Shorten it: it names the file.")
        own = self._path(script.id)
        path = own or self.folder / f"{script.id}.yaml"
        if path.is_symlink() or path.resolve().parent != self.folder.resolve():
            raise MedSimError(f"{path.name} is a link to another place. Give the script another id.")
        if own is None and path.exists():
            raise MedSimError(f"There is another file {path.name} already. Give the script another id.")
        if path.suffix == ".json":
            text = json.dumps(script.dump(), ensure_ascii=False, indent=2) + "\n"
        write_text(path, text)
        return script

    def remove(self, script_id: str) -> bool:
        """Delete the file of a script; False when there is none. Raises MedSimError when it has to stay."""
        path = self._path(script_id)
        if path is None:
            return False
        try:
            path.unlink()
        except OSError as error:
            raise MedSimError(f"{path.name} cannot be deleted: {error.strerror}. Delete it by hand.") from error
        return True

    def free_id(self, wanted: str) -> str:
        """`wanted`, or the first of wanted-2, wanted-3 ... that no script has."""
        taken = {script.id for script in self.scripts()[0]}
        number = 1
        while (name := wanted if number == 1 else f"{wanted}-{number}") in taken:
            number += 1
        return name

    def _files(self) -> list[Path]:
        found = (path for path in self.folder.glob("*") if path.suffix in (".yaml", ".yml", ".json"))
        return sorted(path for path in found if path.is_file() and not path.is_symlink())

    def _path(self, script_id: str) -> Path | None:
        for path in self._files():
            script, _ = _read(path, path.stat().st_mtime_ns)
            if script is not None and script.id == script_id:
                return path
        return None


def checked(text: str) -> PatientScript:
    """The script that a text says. Raises DataError with every problem, MedSimError when it is too long."""
    if len(text) > MAX_CHARS:
        raise MedSimError(f"The script is longer than {MAX_CHARS:,} characters. Shorten it.")
    return PatientScript.from_yaml(text)


@lru_cache(maxsize=1024)
def _read(path: Path, mtime_ns: int) -> tuple[PatientScript | None, list[Problem]]:
    try:
        return PatientScript.load(path), []
    except DataError as error:
        return None, error.problems
