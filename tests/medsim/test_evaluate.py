"""python -m medsim.evaluate: a row for each patient turn, bad lines reported, the rest done."""

import json
import subprocess
import sys

import pytest

from medsim.dialogue import Record, doctor, patient, save
from medsim.evaluate import main, row, summary
from medsim.metrics import score
from tests.conftest import REPOSITORY


@pytest.fixture
def file(tmp_path, script, dialogue):
    path = tmp_path / "dialogues.jsonl"
    save(
        path, [Record(script, tuple(dialogue)), Record("A man with a cough.", (doctor("Any cough?"), patient("Yes.")))]
    )
    return path


def run(monkeypatch, path, out) -> int:
    monkeypatch.setattr(sys, "argv", ["evaluate", str(path), "--out", str(out)])
    return main()


def test_rows_and_table(monkeypatch, capsys, file, tmp_path):
    out = tmp_path / "scores.jsonl"
    assert run(monkeypatch, file, out) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(item["dialogue"], item["turn"]) for item in rows] == [(0, 1), (0, 3), (0, 5), (1, 1)]
    assert rows[1]["script_adherence"] == 1 and rows[3]["script_adherence"] is None
    assert rows[1]["evidence"][0]["fact_id"] == "tightness-onset"
    table = capsys.readouterr().out
    assert "script adherence" in table and "4 turns of 2 dialogues" in table


def test_a_bad_line_is_reported_and_the_rest_is_done(monkeypatch, capsys, file, tmp_path):
    lines = file.read_text().splitlines()
    file.write_text("\n".join(["{not json", *lines]) + "\n")
    assert run(monkeypatch, file, tmp_path / "scores.jsonl") == 1
    captured = capsys.readouterr()
    assert f"{file}:1" in captured.err
    assert [json.loads(line)["dialogue"] for line in (tmp_path / "scores.jsonl").read_text().splitlines()] == [
        1,
        1,
        1,
        2,
    ]


def test_a_file_without_any_good_line(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("{not json\n")
    done = subprocess.run(
        [sys.executable, "-m", "medsim.evaluate", path, "--out", tmp_path / "scores.jsonl"],
        cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no dialogue" in done.stderr and not (tmp_path / "scores.jsonl").exists()


def test_the_mean_leaves_out_what_does_not_apply(script):
    rows = [
        row(0, 1, score(script, [doctor("Any fever?")], "No.")),
        row(0, 3, score(script, [doctor("Hello.")], "Hi.")),
    ]
    adherence = next(line for line in summary(rows).splitlines() if line.startswith("script adherence"))
    assert adherence.split()[2:] == ["1.000", "1"]
