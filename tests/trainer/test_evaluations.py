"""Benchmarks as processes of their own: started, watched, stopped, killed, resumed, one at a time with the runs."""

import json
import os
import signal
import time

import pytest

from medsim.errors import MedSimError
from tests.conftest import MARIA
from trainer import benchmarks, jobs
from trainer.config import TrainConfig
from trainer.evaluations import Evaluation, list_evaluations
from trainer.job import process_record
from trainer.runs import list_runs

SCRIPTED = ("--patient", "scripted", "--scripts", str(MARIA))


def wait_for(evaluation: Evaluation, done, seconds: float = 120) -> Evaluation:
    """The benchmark, once `done(evaluation)` holds."""
    end = time.monotonic() + seconds
    while not done(Evaluation(evaluation.path)):
        assert time.monotonic() < end, Evaluation(evaluation.path).log_tail
        time.sleep(0.05)
    return Evaluation(evaluation.path)


def prepared(root, name, **settings) -> Evaluation:
    folder = root / "reports" / name
    folder.mkdir(parents=True)
    (folder / "evaluation.json").write_text(json.dumps({"patient": "scripted", "flags": list(SCRIPTED), **settings}))
    return Evaluation(folder)


@pytest.mark.timeout(400)
def test_a_benchmark_survives_a_stop_and_a_kill_and_ends_well(tmp_path, tiny_base):
    root = tmp_path / "runs"
    flags = ("--patient", "base", "--base", str(tiny_base), "--scripts", str(MARIA), "--max_new_tokens", "32")
    one = benchmarks.start(root, "mine", "tiny (base)", flags)
    assert (one.state, one.patient, one.asked.count) == ("running", "tiny (base)", 0)
    assert list_runs(root) == []
    config = TrainConfig(model_name_or_path=str(tiny_base), train_file="x", output_dir=str(root / "a"))
    for begin in (lambda: benchmarks.start(root, "other", "x", SCRIPTED), lambda: jobs.start(config, root)):
        with pytest.raises(MedSimError, match="The benchmark mine is running.* wait for its end, or stop it"):
            begin()
    with pytest.raises(MedSimError, match="still running"):
        jobs.delete(Evaluation(one.path))

    one = wait_for(one, lambda one: one.asked.count > 2)
    assert one.asked.count < one.asked.total == 37 and one.eta_s > 0
    benchmarks.stop(one)
    one = Evaluation(one.path)
    assert (one.state, one.alive, one.report) == ("interrupted", False, None)
    kept = one.asked.count
    assert kept > 2

    one = benchmarks.resume(one)
    assert (one.state, one.settings["kept"]) == ("running", kept)
    one = wait_for(one, lambda one: one.asked.count > kept)
    os.kill(one.process.pid, signal.SIGKILL)  # what the kernel does when memory runs out
    one = wait_for(one, lambda one: not one.alive)
    assert one.state == "interrupted"

    one = wait_for(benchmarks.resume(one), lambda one: one.report)
    one = wait_for(one, lambda one: not one.alive)
    assert (one.state, one.asked) == ("done", (37, 37))
    assert one.report["questions"] == len(one.finished.replies) == 37
    with pytest.raises(MedSimError, match="has finished"):
        benchmarks.resume(one)
    jobs.delete(one)
    assert list_evaluations(root) == []


def test_one_that_fails_says_so_and_may_be_tried_again(tmp_path):
    one = benchmarks.start(tmp_path, "a", "nobody", ("--patient", str(tmp_path / "nobody"), "--scripts", str(MARIA)))
    one = wait_for(one, lambda one: one.state == "failed")
    assert "holds no trained weights" in one.log_tail
    (one.path / "evaluation.json").write_text(json.dumps({"patient": "scripted", "flags": SCRIPTED}))
    one = benchmarks.resume(Evaluation(one.path))
    assert one.state == "running"  # how the first attempt ended is of the past
    benchmarks.stop(one)
    assert Evaluation(one.path).state == "interrupted"


def test_no_benchmark_begins_beside_a_training(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "config.yaml").write_text("{}\n")
    (tmp_path / "a" / "run.json").write_text(json.dumps(process_record(os.getpid())))
    with pytest.raises(MedSimError, match="The training a is running"):
        benchmarks.start(tmp_path, "b", "scripted", SCRIPTED)
    assert list_evaluations(tmp_path) == []


@pytest.mark.parametrize("name", ["", "..", "../b", "A", "a/../../b", "a\0"])
def test_names_stay_under_the_reports(tmp_path, name):
    with pytest.raises(MedSimError, match="not a name"):
        benchmarks.start(tmp_path / "runs", name, "scripted", SCRIPTED)
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_given_once_and_no_run_takes_the_folder_of_reports(tmp_path, tiny_base):
    prepared(tmp_path, "a")
    with pytest.raises(MedSimError, match="There is a report a already"):
        benchmarks.start(tmp_path, "a", "scripted", SCRIPTED)
    config = TrainConfig(model_name_or_path=str(tiny_base), train_file="x", output_dir=str(tmp_path / "reports"))
    with pytest.raises(MedSimError, match="Choose another name"):
        jobs.start(config, tmp_path)


def test_progress_counts_whole_lines_and_leaves_out_what_was_kept(tmp_path):
    one = prepared(tmp_path, "a", kept=2)
    part = one.path / "replies.part.jsonl"
    part.write_text('{"questions": 10}\n[0, 0, "a"]\n[0, 1, "b"]\n[0, 2, "c"]\n[0, 3, "d"]\n[0, 4, "')
    record = {"pid": 1, "process_start": part.stat().st_mtime - 6}
    (one.path / "run.json").write_text(json.dumps(record))
    one = Evaluation(one.path)
    assert one.asked == (4, 10)
    assert one.eta_s == pytest.approx(6 * 3)  # two new ones took six seconds, six are left
    part.write_text("{")
    assert Evaluation(one.path).asked == (0, None)


def test_strange_folders_are_not_listed_and_damaged_reports_are_none(tmp_path):
    one = prepared(tmp_path, "a")
    for name in ("Capital", ".hidden"):
        prepared(tmp_path, name)
    (tmp_path / "reports" / "empty").mkdir()
    (tmp_path / "reports" / "link").symlink_to(one.path)
    assert [found.name for found in list_evaluations(tmp_path)] == ["a"]
    for text in ("", "{", "[]", '{"overall": {"mean": 1}}'):
        (one.path / "report.json").write_text(text)
        assert (Evaluation(one.path).report, Evaluation(one.path).state) == (None, "interrupted")


def test_one_from_a_terminal_has_a_name_without_its_path(tmp_path):
    one = prepared(tmp_path, "a")
    (one.path / "evaluation.json").unlink()
    (one.path / "replies.jsonl").write_text("")
    keys = ("questions", "scripts", "probes_sha256", "overall", "script_adherence", "consistency", "relevance",
            "role_consistency", "lengths", "beside")  # fmt: skip
    for patient, name in (("/home/x/runs/mine/adapter", "mine"), ("runs/mine", "mine"), ("base", "base")):
        (one.path / "report.json").write_text(json.dumps({"patient": patient, **dict.fromkeys(keys)}))
        assert Evaluation(one.path).patient == name
    with pytest.raises(MedSimError, match="was not started here"):
        (one.path / "report.json").unlink()
        (one.path / "evaluation.json").write_text("{}")
        benchmarks.resume(one)
