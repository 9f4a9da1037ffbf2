"""The data sets that may be trained on: the JSONL files of one folder, those of the browser among them."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from medsim.dialogue import Record, read, save
from medsim.errors import DataError, MedSimError, Problem
from trainer.runs import NAME, child

MAX_UPLOAD_BYTES = 20 * 2**20
TRAINING, VALIDATION = "train.jsonl", "validation.jsonl"  # those that ship


class DataSet(NamedTuple):
    """The good dialogues of a file, the problems of the others, and how many others there are."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    bad: int


def names(folder: Path) -> list[str]:
    """The data sets by file name, what ships first."""
    found = (path for path in folder.glob("*.jsonl") if NAME.fullmatch(path.name) and not path.is_symlink())
    return sorted((path.name for path in found), key=lambda name: (name not in (TRAINING, VALIDATION), name))


def path_of(folder: Path, name: str | None) -> Path:
    """The file of a data set. Raises MedSimError when none is chosen, or there is none of this name."""
    if not name:
        raise MedSimError("Choose a data set first.")
    path = child(folder, name)
    if path.suffix != ".jsonl" or not path.is_file():
        raise MedSimError(f"There is no data set {name}. Choose another one.")
    return folder / name


def load(folder: Path, name: str) -> DataSet:
    """Read a data set, the good dialogues and the problems; an unchanged file only once. Raises MedSimError."""
    path = path_of(folder, name)
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, mtime_ns: int) -> DataSet:
    items = list(read(path))
    good = tuple(item for item in items if isinstance(item, Record))
    return DataSet(good, tuple(_problems(items)), len(items) - len(good))


def _problems(items: Sequence[Record | DataError]) -> list[Problem]:
    """Without the file's name, which the page shows already, or which is that of an upload's temporary copy."""
    found = (problem for item in items if isinstance(item, DataError) for problem in item.problems)
    return [replace(problem, file="") for problem in found]


def keep_upload(folder: Path, upload: Path) -> str:
    """Copy a file from a browser into the folder, under a tame form of its name, and return that.

    Raises MedSimError when it is too large, no dialogue of it is good, or another file has the name.
    """
    if upload.stat().st_size > MAX_UPLOAD_BYTES:
        raise MedSimError(f"The file is larger than {MAX_UPLOAD_BYTES // 2**20} MiB. Split it.")
    items = list(read(upload))
    if not any(isinstance(item, Record) for item in items):
        raise DataError(_problems(items) or [Problem("There is no dialogue in it.", "Choose a file that has some.")])
    name = _tame(upload.stem)
    target = child(folder, name)
    if target.exists() and target.read_bytes() != upload.read_bytes():
        raise MedSimError(f"There is another data set {name} already. Rename the file, then upload it again.")
    shutil.copyfile(upload, target)
    return name


def keep_good(folder: Path, name: str) -> str:
    """Write the good dialogues of a data set as a new one beside it, and return its name.

    Raises MedSimError when there is one of that name.
    """
    good = f"{name.removesuffix('.jsonl')[:50]}-good.jsonl"
    records = load(folder, name).records
    if child(folder, good).exists():
        raise MedSimError(f"There is a data set {good} already. Choose it, or upload this one under another name.")
    save(child(folder, good), records)
    return good


def _tame(stem: str) -> str:
    plain = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:50]
    return f"{plain or 'upload'}.jsonl"
