"""Run folders are read as they are found: torn, half-written, hostile or fine."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from medsim.errors import MedSimError
from medsim.weights import weights_folder
from trainer.events import Events
from trainer.job import LOG_TAIL, process_record
from trainer.runs import Run, child, list_runs, run_folder


def make_run(root, name, *events, pid=None):
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("model_name_or_path: smollm2-135m-instruct\n")
    for kind, fields in events:
        Events(folder / "events.jsonl").write(kind, **fields)
    if pid:
        (folder / "run.json").write_text(json.dumps(process_record(pid)))
    return Run(folder)


STARTED = ("started", {"step": 0, "total": 4})


def test_a_living_process_without_a_last_event_runs(tmp_path):
    assert make_run(tmp_path, "a", STARTED, pid=os.getpid()).state == "running"
    assert make_run(tmp_path, "b", ("queued", {}), pid=os.getpid()).state == "queued"
    assert make_run(tmp_path, "c", pid=os.getpid()).state == "queued"


def test_a_dead_process_without_a_last_event_was_interrupted(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    run = make_run(tmp_path, "a", STARTED, pid=ended.pid)
    assert Run(run.path).state == "running"
    ended.communicate(b"\n")
    assert Run(run.path).state == "interrupted"


def test_a_zombie_is_dead(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    record = process_record(ended.pid)
    run = make_run(tmp_path, "a", STARTED)
    (run.path / "run.json").write_text(json.dumps(record))
    while psutil.Process(ended.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert Run(run.path).state == "interrupted"
    ended.wait()


def test_another_process_with_the_same_id_is_not_the_run(tmp_path):
    run = make_run(tmp_path, "a", STARTED)
    record = process_record(os.getpid())
    (run.path / "run.json").write_text(json.dumps({**record, "process_start": record["process_start"] - 60}))
    assert Run(run.path).state == "interrupted"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "process_start": 0}', '{"pid": -1, "process_start": 0}'])
def test_a_damaged_process_record_is_a_dead_process(tmp_path, text):
    run = make_run(tmp_path, "a", STARTED)
    (run.path / "run.json").write_text(text)
    assert Run(run.path).state == "interrupted"


@pytest.mark.parametrize("kind", ["stopped", "failed", "done"])
def test_the_last_event_decides_while_the_process_still_lives(tmp_path, kind):
    run = make_run(tmp_path, "a", STARTED, (kind, {"step": 2}), pid=os.getpid())
    assert (run.state, run.alive, run.live) == (kind, True, False)


def test_progress_is_that_of_the_last_start(tmp_path):
    first = [("step", {"step": step, "total": 4, "loss": 2.0 - step / 4}) for step in (1, 2, 3)]
    again = ("started", {"step": 2, "total": 4})
    run = make_run(tmp_path, "a", STARTED, *first, ("eval", {"step": 2, "eval_loss": 1.4}), ("stopped", {}), again)
    assert (run.progress.step, run.progress.total, run.progress.loss, run.progress.eval_loss) == (2, 4, 1.5, 1.4)


def test_a_torn_last_line_of_events_is_left_out(tmp_path):
    run = make_run(tmp_path, "a", STARTED, ("step", {"step": 1, "total": 4, "loss": 2.0}))
    with (run.path / "events.jsonl").open("a") as file:
        file.write('{"t": 1, "kind": "done", "st')
    assert (Run(run.path).state, Run(run.path).progress.step) == ("interrupted", 1)
    Events(run.path / "events.jsonl").write("stopped", step=1)
    assert Run(run.path).state == "stopped"


def test_failure_is_told_only_while_it_is_the_state(tmp_path):
    failed = ("failed", {"reason": "nan", "message": "The loss is not a number.", "cure": "Lower the rate."})
    assert make_run(tmp_path, "a", STARTED, failed).failure["cure"] == "Lower the rate."
    assert make_run(tmp_path, "b", STARTED, failed, STARTED, ("done", {"step": 4})).failure is None


def test_only_the_end_of_a_long_log_is_read(tmp_path):
    run = make_run(tmp_path, "a")
    assert run.log_tail == ""
    (run.path / "log.txt").write_text("ä" * 90_000 + "the end")
    assert len(run.log_tail) == LOG_TAIL
    assert run.log_tail.endswith("äthe end")


def test_half_written_checkpoints_are_not_listed(tmp_path):
    run = make_run(tmp_path, "a")
    for step in (10, 9, 11):
        (run.path / "checkpoints" / f"checkpoint-{step}").mkdir(parents=True)
    for step in (10, 9):
        (run.path / "checkpoints" / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    assert [folder.name for folder in run.checkpoints] == ["checkpoint-9", "checkpoint-10"]


def test_runs_are_listed_newest_first_without_strange_ones(tmp_path):
    old, new = make_run(tmp_path, "b-old"), make_run(tmp_path, "a-new", STARTED)
    os.utime(old.path / "config.yaml", (1, 1))
    make_run(tmp_path, "Capital")
    make_run(tmp_path, ".hidden")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(new.path)
    assert [run.name for run in list_runs(tmp_path)] == ["a-new", "b-old"]
    assert list_runs(tmp_path / "nowhere") == []


HOSTILE = ["", ".", "..", "../x", "/etc", "a/b", "A", "-a", ".a", "a\n", "a b", "ä", "a" * 65, "a\0"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused(tmp_path, name):
    with pytest.raises(MedSimError, match="not a name for a folder"):
        child(tmp_path, name)


def test_links_are_refused(tmp_path):
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    for name in ("away", "dangling"):
        with pytest.raises(MedSimError, match="link to another place"):
            child(tmp_path, name)
    assert child(tmp_path, "a.b_c-1") == tmp_path.resolve() / "a.b_c-1"


def test_weights_are_found_from_each_folder_of_a_run(tmp_path, tiny_base):
    run = make_run(tmp_path, "a")
    with pytest.raises(MedSimError, match=r"looked for adapter_config\.json"):
        weights_folder(run.path)
    adapter = run.path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(b"")
    assert weights_folder(run.path) == weights_folder(adapter) == run.weights == adapter
    assert run_folder(adapter) == run_folder(run.path) == run.path.resolve()
    assert weights_folder(tiny_base) == tiny_base
    assert run_folder(tiny_base) is None


def test_what_lies_beside_an_adapter_folder_is_not_its_run(tmp_path):
    """A push of project/my-adapter must not publish project/config.yaml."""
    (tmp_path / "config.yaml").write_text("database: secret\n")
    (tmp_path / "my-adapter").mkdir()
    assert run_folder(tmp_path / "my-adapter") is None
