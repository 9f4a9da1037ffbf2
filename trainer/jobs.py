"""Start, stop, resume and delete runs, each in a process of its own. The list of jobs is the listing of the folder.

A run outlives the page that started it, and the server: nothing here is kept in memory but threads that wait for a
process to end. One run at a time in a folder of runs.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from medsim import bases
from medsim.errors import MedSimError
from medsim.files import write_text
from trainer.config import REPOSITORY, TrainConfig
from trainer.events import TERMINAL, Events, read_events, state
from trainer.runs import Run, child, list_runs, process_record

HAS_GROUPS = os.name == "posix"  # of processes, by which a run and all it has started are stopped
LEAST_GRACE_S = 30.0
LAST_WORDS_S = 15.0  # how long a process may live on after its last event
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


def start(config: TrainConfig, root: str | Path, token: str | None = None) -> Run:
    """Begin a run in a new folder of `root`, named by `config.output_dir` if that is set.

    The base is made ready first, which may take minutes; `token` is for gated bases and is not passed on. Raises
    MedSimError: a run goes on already, the name is taken or no name, the base cannot be had, or this is Windows.
    """
    _need_groups()
    root = Path(root)
    folder = Path(config.output_dir or root / config.run_name)
    child(root, folder.name)
    if folder.parent != root:
        raise MedSimError(f"{folder} is not a folder in {root}. Name one there.")
    with _slot(root):
        if folder.exists():
            raise MedSimError(f"There is a run {folder.name} already. Choose another name.")
        bases.prepare(config.model_name_or_path, token)
        folder.mkdir()
        config.model_copy(update={"output_dir": str(folder)}).save(folder / "config.yaml")
        return _launch(folder)


def resume(run: Run, token: str | None = None) -> Run:
    """Go on with a run from its last checkpoint, or from the beginning when it has none. Raises MedSimError."""
    _need_groups()
    with _slot(run.path.parent):
        if run.state == "done":
            raise MedSimError(f"{run.name} has finished: there is nothing to resume. Start a new run.")
        bases.prepare(run.config["model_name_or_path"], token)
        return _launch(run.path, "--resume_from_checkpoint", "true")


def stop(run: Run) -> None:
    """Ask a run to end with its present step and to save. Returns at once; what does not end in time is killed."""
    _need_groups()
    process = run.process
    if process is None or run.stopping:  # a second signal would end it without a save
        return
    deadline = time.monotonic() + grace_s(run)
    with suppress(ProcessLookupError, psutil.NoSuchProcess):
        write_text(run.path / "run.json", json.dumps({**process_record(process.pid), "stopping": True}) + "\n")
        _signal(process, signal.SIGTERM)
    threading.Thread(target=_see_off, args=(run.path, process, deadline), daemon=True).start()


def kill(run: Run) -> None:
    """End a run at once: it keeps what it saved before, and can be resumed from its last checkpoint."""
    _need_groups()
    if run.process is not None:
        _see_off(run.path, run.process, deadline=0.0)


def delete(run: Run) -> None:
    """Remove a run's folder. Raises MedSimError while it goes on."""
    if not _has_ended(run):
        raise MedSimError(f"{run.name} is still running. Stop it first, then delete it.")
    shutil.rmtree(child(run.path.parent, run.name))


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


def environment() -> dict[str, str]:
    """The child's environment: this one without anything secret, and with no way to the Hub."""
    kept = {name: value for name, value in os.environ.items() if not _SECRET.search(name)}
    return kept | {
        "HF_HUB_OFFLINE": "1",
        "HF_TOKEN_PATH": os.devnull,
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


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


def _need_groups() -> None:
    if not HAS_GROUPS:
        raise MedSimError(
            "Training from the page needs Linux or macOS. Here, start and stop it in a terminal: "
            "python -m trainer.train --output_dir runs/NAME, with a flag for each setting that --help lists."
        )


@contextmanager
def _slot(root: Path) -> Iterator[None]:
    """Hold the one place for a run while it is being started. Raises MedSimError when it is taken."""
    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / ".slot.lock", timeout=0):
            for run in list_runs(root):
                if not _has_ended(run):
                    raise MedSimError(f"{run.name} is running, one run at a time: wait for its end, or stop it.")
            yield
    except Timeout:
        raise MedSimError("Another run is just being started: wait for its end or stop it.") from None


def _has_ended(run: Run) -> bool:
    """Whether nothing of a run is left; a process that has written its last event is waited for."""
    if run.process is None or run.live:
        return run.process is None
    try:
        run.process.wait(LAST_WORDS_S)
    except psutil.TimeoutExpired:
        return False
    return True


def _launch(folder: Path, *flags: str) -> Run:
    arguments = command(folder, *flags)
    write_text(folder / "command.txt", shlex.join(arguments) + "\n")
    Events(folder / "events.jsonl").write("queued")
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(), start_new_session=True
        )
    # the training puts itself in its place, once it runs
    write_text(folder / "run.json", json.dumps(process_record(process.pid)) + "\n")
    threading.Thread(target=_reap, args=(process,), daemon=True).start()
    return Run(folder)


def _reap(process: subprocess.Popen) -> None:
    """Wait for the launcher, then for the rest of its group, which is ours to wait for where this is process 1."""
    process.wait()
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-process.pid, 0)


def _see_off(folder: Path, process: psutil.Process, deadline: float) -> None:
    """Wait for a run's processes to end, kill them at the deadline (monotonic seconds), and close the run's events."""
    group = _group(process)
    while (left := _living(process, group)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left:
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            _signal(process, signal.SIGKILL)
    if state(read_events(folder / "events.jsonl")) not in TERMINAL:
        message = "It was ended at once." if left else "It ended before the first step."
        Events(folder / "events.jsonl").write("stopped", step=Run(folder).progress.step, message=message)
    psutil.wait_procs(left, timeout=10)


def _group(process: psutil.Process) -> int | None:
    """The process group to signal: the run's own. None for a run from a terminal, whose group may hold other things."""
    try:
        group = os.getpgid(process.pid)
        own = group == os.getsid(process.pid) and group != os.getpgrp()
    except ProcessLookupError:
        return None
    return group if own else None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    group = _group(process)
    if group is None:
        process.send_signal(number)
    else:
        os.killpg(group, number)


def _living(process: psutil.Process, group: int | None) -> list[psutil.Process]:
    """The processes of a run that have not ended."""
    found = []
    for other in psutil.process_iter() if group else [process]:
        with suppress(psutil.Error, ProcessLookupError):
            member = os.getpgid(other.pid) == group if group else other.is_running()
            if member and other.status() != psutil.STATUS_ZOMBIE:
                found.append(other)
    return found
