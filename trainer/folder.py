"""The run folder as a training uses it: opened or refused at the start, filled in whole steps."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from medsim.files import write_text
from trainer.config import TrainConfig
from trainer.failures import SettingsError
from trainer.job import process_record
from trainer.runs import Run

RUNS = Path("runs")
CONTENTS = (
    "config.yaml", "command.txt", "run.json", "events.jsonl", "log.txt", "checkpoints", "adapter", "model",
    "report.json", "samples.jsonl",
)  # fmt: skip


def open_folder(path: Path, config: TrainConfig, command: str) -> Path:
    """Make the run folder, or take one up again, and write down what runs in it.

    Raises SettingsError when `path` holds something else, or a run that this one would overwrite, or cannot be made.
    """
    _refuse_foreign(path)
    run = Run(path)
    _refuse_busy(run)
    if not config.resume_from_checkpoint and (run.weights or run.checkpoints):
        raise SettingsError(
            f"{path} already holds a training: add --resume_from_checkpoint to go on with it, or name another "
            "--output_dir."
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{path} cannot be made ({error.strerror}): name another --output_dir.") from None
    settings = {"output_dir": str(path), "resume_from_checkpoint": None}
    config.model_copy(update=settings).save(path / "config.yaml")
    if not (path / "command.txt").exists():
        write_text(path / "command.txt", command + "\n")
    # in the place of a launcher's, which ends at a SIGTERM while this process still saves
    write_text(path / "run.json", json.dumps(process_record(os.getpid())) + "\n")
    return path


def _refuse_foreign(path: Path) -> None:
    if not path.exists():
        return
    names = [entry.name for entry in path.iterdir()] if path.is_dir() else [path.name]
    foreign = sorted(name for name in names if name not in CONTENTS and not name.startswith("."))
    if foreign:
        raise SettingsError(f"{path} holds other files ({', '.join(foreign[:3])}): name a new folder as --output_dir.")


def _refuse_busy(run: Run) -> None:
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    if run.process and run.process.pid not in ours:
        raise SettingsError(f"A training is running in {run.path}: stop it first, or name another --output_dir.")


def checkpoint_to_resume(config: TrainConfig, path: Path) -> Path | None:
    """The checkpoint to go on from; None to begin at the beginning, also when a run had not saved one yet.

    Only checkpoints of this run folder are taken: loading one executes what it holds. Raises SettingsError.
    """
    wanted = config.resume_from_checkpoint
    if not wanted:
        return None
    if not (path / "config.yaml").is_file():
        raise SettingsError(f"There is no run in {path} to go on with: check --output_dir.")
    checkpoints = Run(path).checkpoints
    if wanted is True:
        return checkpoints[-1] if checkpoints else None
    if found := [folder for folder in checkpoints if folder.resolve() == Path(wanted).resolve()]:
        return found[0]
    names = ", ".join(folder.name for folder in checkpoints) or "none"
    raise SettingsError(f"{wanted} is no checkpoint of {path}: name one of those ({names}), or true for the last.")


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`; when the block ends well it takes the place of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    old = part.with_name(f"{part.name}.old")
    part.chmod(0o755)
    try:
        yield part
        for file in part.iterdir():
            file.chmod(0o644)  # safetensors makes files that only their owner may read
        if path.exists():
            path.rename(old)  # kept until the new one is there
        try:
            os.replace(part, path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)
