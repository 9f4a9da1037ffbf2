"""Start, stop, resume and delete runs, each in a process of its own. The list of jobs is the listing of the folder.

A run outlives the page that started it, and the server. One run or benchmark at a time in a folder of runs.
"""

import json
import shutil
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from medsim import bases
from medsim.errors import MedSimError
from medsim.files import write_text
from trainer import launch
from trainer.config import TrainConfig
from trainer.evaluations import REPORTS
from trainer.events import TERMINAL, Events, read_events, state
from trainer.job import Job, process_record
from trainer.runs import Run, child

IN_A_TERMINAL = "python -m trainer.train --output_dir runs/NAME, with a flag for each setting that --help lists."
LEAST_GRACE_S = 30.0


def start(config: TrainConfig, root: str | Path, token: str | None = None) -> Run:
    """Begin a run in a new folder of `root`, named by `config.output_dir` if that is set.

    The base is made ready first, which may take minutes; `token` is for gated bases and is not passed on. Raises
    MedSimError: a run goes on already, the name is taken or no name, the base cannot be had, or this is Windows.
    """
    launch.need_groups(IN_A_TERMINAL)
    root = Path(root)
    folder = Path(config.output_dir or root / config.run_name)
    child(root, folder.name)
    if folder.parent != root:
        raise MedSimError(f"{folder} is not a folder in {root}. Name one there.")
    if folder.name == REPORTS:
        raise MedSimError(f"{REPORTS} is where the reports of benchmarks lie. Choose another name.")
    with launch.slot(root):
        if folder.exists():
            raise MedSimError(f"There is a run {folder.name} already. Choose another name.")
        bases.prepare(config.model_name_or_path, token)
        folder.mkdir()
        config.model_copy(update={"output_dir": str(folder)}).save(folder / "config.yaml")
        return _launch(folder)


def resume(run: Run, token: str | None = None) -> Run:
    """Go on with a run from its last checkpoint, or from the beginning when it has none. Raises MedSimError."""
    launch.need_groups(IN_A_TERMINAL)
    with launch.slot(run.path.parent):
        if run.state == "done":
            raise MedSimError(f"{run.name} has finished: there is nothing to resume. Start a new run.")
        bases.prepare(run.config["model_name_or_path"], token)
        return _launch(run.path, "--resume_from_checkpoint", "true")


def stop(run: Run) -> None:
    """Ask a run to end with its present step and to save. Returns at once; what does not end in time is killed."""
    launch.need_groups(IN_A_TERMINAL)
    process = run.process
    if process is None or run.stopping:  # a second signal would end it without a save
        return
    deadline = time.monotonic() + grace_s(run)
    with suppress(ProcessLookupError, psutil.NoSuchProcess):
        write_text(run.path / "run.json", json.dumps({**process_record(process.pid), "stopping": True}) + "\n")
        launch.send(process, signal.SIGTERM)
    threading.Thread(target=_see_off, args=(run.path, process, deadline), daemon=True).start()


def kill(run: Run) -> None:
    """End a run at once: it keeps what it saved before, and can be resumed from its last checkpoint."""
    launch.need_groups(IN_A_TERMINAL)
    if run.process is not None:
        _see_off(run.path, run.process, deadline=0.0)


def delete(job: Job) -> None:
    """Remove the folder of a run or benchmark. Raises MedSimError while it goes on."""
    if not launch.has_ended(job):
        raise MedSimError(f"{job.name} is still running. Stop it first, then delete it.")
    shutil.rmtree(child(job.path.parent, job.name))


def grace_s(run: Run) -> float:
    """How long a run may take to stop: two micro-batches and a save as measured in it, and at least 30 seconds."""
    events = run.events
    steps = [event for event in events if event["kind"] in ("started", "step")][-2:]
    accumulated = run.config.get("gradient_accumulation_steps") or 1
    micro_batch_s = save_s = 0.0
    if len(steps) == 2 and steps[1]["step"] > steps[0]["step"]:
        micro_batch_s = (steps[1]["t"] - steps[0]["t"]) / (steps[1]["step"] - steps[0]["step"]) / accumulated
    for before, event in zip(events, events[1:], strict=False):
        if event["kind"] == "saved":
            save_s = max(save_s, event["t"] - before["t"])
    return max(LEAST_GRACE_S, 2 * micro_batch_s + save_s)


def command(folder: Path, *flags: str) -> list[str]:
    """The argument list of a run: one process under accelerate, with the threads that this process has."""
    import torch

    device = [] if torch.cuda.is_available() else ["--cpu"]
    return [
        *(sys.executable, "-m", "accelerate.commands.launch", *device),
        *("--num_processes", "1", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
        *("--num_cpu_threads_per_process", str(torch.get_num_threads())),  # its own default is one
        *("-m", "trainer.train", "--config", str(folder / "config.yaml"), *flags),
    ]


def _launch(folder: Path, *flags: str) -> Run:
    Events(folder / "events.jsonl").write("queued")
    launch.launch(folder, command(folder, *flags))
    return Run(folder)


def _see_off(folder: Path, process: psutil.Process, deadline: float) -> None:
    """See to a run's end by the deadline (monotonic seconds), and close its events."""
    killed = launch.see_off(process, deadline)
    if state(read_events(folder / "events.jsonl")) not in TERMINAL:
        message = "It was ended at once." if killed else "It ended before the first step."
        Events(folder / "events.jsonl").write("stopped", step=Run(folder).progress.step, message=message)
