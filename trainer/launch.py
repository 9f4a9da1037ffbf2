"""Starts and ends the processes of jobs: detached, without secrets, one at a time in a folder of runs.

Nothing here is kept in memory but threads that wait for a process to end.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import psutil
from filelock import FileLock, Timeout

from medsim.errors import MedSimError
from medsim.files import write_text
from trainer.config import REPOSITORY
from trainer.evaluations import list_evaluations
from trainer.job import EXIT, Job, process_record
from trainer.runs import list_runs

HAS_GROUPS = os.name == "posix"  # of processes, by which a job and all it has started are stopped
LAST_WORDS_S = 15.0  # how long a process may live on after its last event
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


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


def need_groups(instead: str) -> None:
    """Raises MedSimError on Windows, with what to do there `instead`."""
    if not HAS_GROUPS:
        raise MedSimError(f"This needs Linux or macOS. Here, start and stop it in a terminal: {instead}")


@contextmanager
def slot(root: Path) -> Iterator[None]:
    """Hold the one place for a job while it is being started. Raises MedSimError when it is taken."""
    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / ".slot.lock", timeout=0):
            for job in (*list_runs(root), *list_evaluations(root)):
                if not has_ended(job):
                    raise MedSimError(
                        f"The {job.kind} {job.name} is running, and this machine does one training or benchmark at a "
                        "time: wait for its end, or stop it."
                    )
            yield
    except Timeout:
        raise MedSimError("Another run is just being started: wait for its end or stop it.") from None


def has_ended(job: Job) -> bool:
    """Whether nothing of a job is left; a process that has said its last is waited for."""
    if job.process is None or job.live:
        return job.process is None
    try:
        job.process.wait(LAST_WORDS_S)
    except psutil.TimeoutExpired:
        return False
    return True


def launch(folder: Path, arguments: Sequence[str]) -> None:
    """Start a process that works in `folder`, in a session of its own; what it prints goes to log.txt there."""
    write_text(folder / "command.txt", shlex.join(arguments) + "\n")
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(), start_new_session=True
        )
    # a training puts itself in its place, once it runs
    write_text(folder / "run.json", json.dumps(process_record(process.pid)) + "\n")
    ended = (folder / EXIT).open("w", encoding="utf-8")  # open from now on: who deletes the folder may do so any time
    threading.Thread(target=_reap, args=(process, ended), daemon=True).start()


def _reap(process: subprocess.Popen, ended: TextIO) -> None:
    """Wait for the process, then for the rest of its group, which is ours to wait for where this is process 1."""
    with ended:
        ended.write(json.dumps({"pid": process.pid, "code": process.wait()}))
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-process.pid, 0)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Signal a job's whole group."""
    group = group_of(process)
    if group is None:
        process.send_signal(number)
    else:
        os.killpg(group, number)


def see_off(process: psutil.Process, deadline: float) -> bool:
    """Wait for a job's processes to end, and kill them at the deadline (monotonic seconds): whether that was needed."""
    group = group_of(process)
    while (left := living(process, group)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left:
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            send(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=10)
    return bool(left)


def group_of(process: psutil.Process) -> int | None:
    """The process group to signal: the job's own. None for one from a terminal, whose group may hold other things."""
    try:
        group = os.getpgid(process.pid)
        own = group == os.getsid(process.pid) and group != os.getpgrp()
    except ProcessLookupError:
        return None
    return group if own else None


def living(process: psutil.Process, group: int | None) -> list[psutil.Process]:
    """The processes of a job that have not ended."""
    found = []
    for other in psutil.process_iter() if group else [process]:
        with suppress(psutil.Error, ProcessLookupError):
            member = os.getpgid(other.pid) == group if group else other.is_running()
            if member and other.status() != psutil.STATUS_ZOMBIE:
                found.append(other)
    return found
