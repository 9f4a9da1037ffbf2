"""Runs as processes of their own: started, stopped, killed, resumed. Trained is a tiny model, really."""

import json
import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from medsim.dialogue import Record, doctor, patient, save
from medsim.errors import MedSimError
from trainer import jobs, launch
from trainer.config import TrainConfig
from trainer.events import Events
from trainer.job import process_record
from trainer.runs import Run, list_runs

SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "db_password")


@pytest.fixture
def config(tmp_path, tiny_base) -> TrainConfig:
    """Steps enough to be interrupted, and a checkpoint every ten."""
    save(
        tmp_path / "train.jsonl",
        [Record(f"Patient {number}.", (doctor("Hello."), patient(f"I'm {number}."))) for number in range(6)],
    )
    return TrainConfig(
        model_name_or_path=str(tiny_base), train_file=str(tmp_path / "train.jsonl"), output_dir=str(tmp_path / "runs" / "a"),
        max_steps=150, save_steps=10, eval_strategy="no", lora_r=2, per_device_train_batch_size=1,
    )  # fmt: skip


def wait_for(run: Run, done, seconds: float = 90) -> Run:
    """The run, once `done(run)` holds."""
    end = time.monotonic() + seconds
    while not done(Run(run.path)):
        assert time.monotonic() < end, f"{Run(run.path).events}\n{Run(run.path).log_tail}"
        time.sleep(0.05)
    return Run(run.path)


def processes_of(run: Run) -> list[psutil.Process]:
    return launch.living(run.process, os.getpgid(run.process.pid))


def since_start(run):
    """The events from the last `started` on: those of the process that was started last."""
    last = max(number for number, event in enumerate(run.events) if event["kind"] == "started")
    return run.events[last:]


@pytest.mark.timeout(300)
def test_a_run_survives_a_kill_and_a_stop_and_ends_well(tmp_path, config, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, "hf_verysecret")
    run = jobs.start(config, tmp_path / "runs")
    assert (run.state, run.path) == ("queued", tmp_path / "runs" / "a")
    with pytest.raises(MedSimError, match="a is running"):
        jobs.start(config.model_copy(update={"output_dir": None}), tmp_path / "runs")
    with pytest.raises(MedSimError, match="still running"):
        jobs.delete(run)
    assert [other.name for other in list_runs(tmp_path / "runs")] == ["a"]

    run = wait_for(run, lambda run: len(run.checkpoints) > 0)
    assert run.state == "running"
    check_isolated(run)

    for process in processes_of(run):  # what the kernel does when memory runs out, or a power cut
        process.send_signal(signal.SIGKILL)
    run = wait_for(run, lambda run: not run.alive)
    assert (run.state, run.weights) == ("interrupted", None)

    resumed_at = int(run.checkpoints[-1].name.rpartition("-")[2])
    run = jobs.resume(run)
    run = wait_for(run, lambda run: since_start(run)[0]["step"] and len(since_start(run)) > 1)
    assert since_start(run)[0]["step"] == resumed_at > 0

    jobs.stop(run)
    assert Run(run.path).stopping  # it does not wait for the end
    jobs.stop(Run(run.path))  # pressed twice: a second signal would end it without a save
    run = wait_for(run, lambda run: run.state == "stopped")  # its process may live on for a moment
    assert (run.weights, run.stopping) == (run.path / "adapter", False)
    stopped_at = run.events[-1]["step"]
    assert resumed_at < stopped_at < config.max_steps

    run = wait_for(jobs.resume(run), lambda run: not run.live)
    assert run.state == "done", run.log_tail
    assert run.events[-1]["step"] == config.max_steps
    with pytest.raises(MedSimError, match="has finished"):
        jobs.resume(Run(run.path))
    jobs.delete(Run(run.path))
    assert not [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]
    assert list_runs(tmp_path / "runs") == []


def check_isolated(run: Run) -> None:
    """No process of the run knows a secret, reads from us, or could wait for us to read."""
    found = processes_of(run)
    assert len(found) >= 2  # the launcher and the training
    for process in found:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes().decode()
        assert "hf_verysecret" not in environment
        assert "HF_HUB_OFFLINE=1" in environment.split("\0")
        streams = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)]
        assert streams == [os.devnull, *[str(run.path / "log.txt")] * 2]
        assert os.getsid(process.pid) != os.getsid(0)


@pytest.mark.timeout(120)
def test_a_stop_before_the_first_step_and_one_at_once_are_stops(tmp_path, config):
    run = jobs.start(config, tmp_path / "runs")
    jobs.stop(run)
    run = wait_for(run, lambda run: run.state != "queued" and not run.alive)
    run = wait_for(run, lambda run: run.state == "stopped")
    run = wait_for(jobs.resume(run), lambda run: run.state == "running")
    jobs.kill(run)
    run = Run(run.path)
    assert (run.state, run.alive, run.events[-1]["message"]) == ("stopped", False, "It was ended at once.")


def test_what_does_not_stop_in_time_is_killed(tmp_path, config, monkeypatch):
    monkeypatch.setattr(jobs, "LEAST_GRACE_S", 0.5)
    monkeypatch.setattr(
        jobs, "command", lambda *_: ["sh", "-c", "trap '' TERM; echo deaf; while true; do sleep 1; done"]
    )
    run = wait_for(jobs.start(config, tmp_path / "runs"), lambda run: "deaf" in run.log_tail)
    Events(run.path / "events.jsonl").write("started", step=0)
    jobs.stop(run)
    run = wait_for(run, lambda run: run.state == "stopped", 20)
    assert not run.alive


def test_the_grace_is_what_the_run_needs(tmp_path):
    (tmp_path / "config.yaml").write_text("gradient_accumulation_steps: 2\n")
    assert jobs.grace_s(Run(tmp_path)) == jobs.LEAST_GRACE_S
    events = [{"t": 0, "kind": "started", "step": 0}, {"t": 90, "kind": "step", "step": 1}]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    assert jobs.grace_s(Run(tmp_path)) == 2 * 90 / 2
    events += [{"t": 490, "kind": "step", "step": 3}, {"t": 497, "kind": "saved", "step": 3}]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    assert jobs.grace_s(Run(tmp_path)) == 2 * 100 + 7


def test_a_run_from_a_terminal_is_signalled_alone(tmp_path):
    """Its process group may be that of a script which runs other things."""
    run = tmp_path / "a"
    run.mkdir()
    (run / "config.yaml").write_text("{}\n")
    process = subprocess.Popen(["sleep", "60"])
    (run / "run.json").write_text(json.dumps(process_record(process.pid)))
    jobs.kill(Run(run))
    assert not psutil.pid_exists(process.pid)
    assert Run(run).state == "stopped"


@pytest.mark.parametrize("name", ["..", "../b", "A", "a/../../b"])
def test_names_stay_under_the_root(tmp_path, config, name):
    root = tmp_path / "runs" / "deep"
    before = set(tmp_path.rglob("*"))
    with pytest.raises(MedSimError):
        jobs.start(config.model_copy(update={"output_dir": str(root) + "/" + name}), root)
    assert {path.name for path in set(tmp_path.rglob("*")) - before} <= {"runs", "deep", ".slot.lock"}


def test_without_process_groups_the_page_says_how_to_train(tmp_path, config, monkeypatch):
    monkeypatch.setattr(launch, "HAS_GROUPS", False)  # Windows
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text("{}\n")
    run = Run(tmp_path / "run")
    for action in (
        lambda: jobs.start(config, tmp_path / "runs"),
        *(partial(do, run) for do in (jobs.resume, jobs.stop, jobs.kill)),
    ):
        with pytest.raises(MedSimError, match="needs Linux or macOS.*python -m trainer.train"):
            action()
    assert not (tmp_path / "runs").exists()


def test_a_name_is_given_once(tmp_path, config):
    (tmp_path / "runs" / "a").mkdir(parents=True)
    with pytest.raises(MedSimError, match="There is a run a already"):
        jobs.start(config, tmp_path / "runs")


def test_a_base_that_cannot_be_had_leaves_no_run(tmp_path, config):
    with pytest.raises(MedSimError, match="There is no base"):
        jobs.start(config.model_copy(update={"model_name_or_path": "nowhere"}), tmp_path / "runs")
    assert list_runs(tmp_path / "runs") == []
