"""Interviews written by a language model behind an OpenAI-compatible server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from medsim.dialogue import Record, load
from medsim.errors import MedSimError
from medsim.synth.summary import summary
from medsim.synth.taught import LEAST, UNREADABLE, Kept, Lesson, lessons, settings_of, sound, teach
from medsim.synth.teachers import LocalTeacher, ServerTeacher
from tests.chat_server import KEY, chat_server
from tests.conftest import REPOSITORY, first_dialogues

BY_NAME: dict[str, list[Record]] = {}
for _record in first_dialogues():
    BY_NAME.setdefault(_record.script.patient.name, []).append(_record)
PATIENTS = [records[0].script for records in BY_NAME.values()]


def written(record: Record) -> str:
    """An interview as a model would write it."""
    turns = record.dialogue
    pairs = zip(turns[::2], turns[1::2], strict=False)
    return json.dumps({"exchanges": [{"doctor": doctor.content, "patient": patient.content, "facts": patient.facts}
                                     for doctor, patient in pairs]})  # fmt: skip


def interview_of(request: dict) -> str:
    """What a good teacher writes: a dialogue of our own with the patient of the brief."""
    brief = request["messages"][0]["content"]
    name = next(name for name in BY_NAME if name in brief)
    return written(BY_NAME[name][request["seed"] % len(BY_NAME[name])])


def test_an_interview_is_written_by_the_server_to_a_schema():
    with chat_server(interview_of) as server:
        lesson = teach(PATIENTS[0], 0, 0, ServerTeacher(server.url, "teacher", KEY))
    request = server.requests[0]
    assert request["model"] == "teacher"
    assert request["response_format"]["json_schema"]["strict"]
    assert set(request["response_format"]["json_schema"]["schema"]["required"]) == {"exchanges"}
    assert "for_examiner" not in request["messages"][0]["content"]
    assert PATIENTS[0].for_examiner.diagnosis.name not in request["messages"][0]["content"]
    assert lesson.record.script == PATIENTS[0]
    assert len(lesson.record.dialogue) >= 2 * LEAST
    assert lesson.tokens == sum(
        len(text.split()) for text in (request["messages"][0]["content"], interview_of(request))
    )


def test_what_is_no_interview_is_asked_for_again_and_counted():
    answers = iter(["I cannot do that.", '{"exchanges": [{"doctor": ', None])

    def speak(request: dict) -> str:
        return next(answers) or interview_of(request)

    with chat_server(speak) as server:
        lesson = teach(PATIENTS[0], 0, 0, ServerTeacher(server.url, "teacher", KEY))
    assert lesson.record
    assert lesson.rejected["The answer is no interview in JSON"] == 2
    assert len({request["seed"] for request in server.requests}) == 3


def test_an_interview_is_cut_before_the_first_turn_that_the_script_does_not_bear_out():
    record = BY_NAME[PATIENTS[0].patient.name][0]
    turns = list(record.dialogue)
    bad = 2 * LEAST + 1
    turns[bad] = turns[bad].model_copy(update={"content": "I'm allergic to penicillin, amoxicillin and shellfish."})
    kept, reasons = sound(Record(record.script, tuple(turns)))
    assert kept.dialogue == record.dialogue[: 2 * LEAST]
    assert reasons
    assert all(":" not in reason and "penicillin" not in reason for reason in reasons)
    turns[1] = turns[bad]
    assert sound(Record(record.script, tuple(turns)))[0] is None


def test_a_busy_server_is_asked_again():
    with chat_server(interview_of) as server:
        server.failures += [429, 500, 503]
        assert teach(PATIENTS[0], 0, 0, ServerTeacher(server.url, "teacher", KEY)).record
    assert len(server.requests) == 1


def test_a_wrong_key_and_a_server_that_is_not_there_say_what_to_do(tmp_path):
    with chat_server(interview_of) as server, pytest.raises(MedSimError, match=r"401.*[Kk]ey"):
        teach(PATIENTS[0], 0, 0, ServerTeacher(server.url, "teacher", "wrong"))


def test_lessons_go_on_where_they_were(tmp_path):
    out = tmp_path / "taught.jsonl"
    settings = settings_of(PATIENTS, 6, 0, "openai teacher")
    with chat_server(interview_of) as server:
        teacher = ServerTeacher(server.url, "teacher", KEY, at_once=2)
        some = lessons(PATIENTS, 6, 0, teacher, Kept(out, settings))
        first = {next(some).number for _ in range(3)}
        some.close()
        with Kept.path_of(out).open("a") as file:
            file.write('{"number": 5, "rec')  # killed while it wrote
        everything = list(lessons(PATIENTS, 6, 0, teacher, Kept(out, settings)))
        assert sorted(lesson.number for lesson in everything) == list(range(6))
        assert first <= {lesson.number for lesson in everything}
        seeds = [request["seed"] for request in server.requests]
        assert len(seeds) == len(set(seeds))  # nothing was asked for twice
    with pytest.raises(MedSimError, match="another command"):
        list(lessons(PATIENTS, 6, 1, teacher, Kept(out, settings_of(PATIENTS, 6, 1, "openai teacher"))))


def test_a_strange_line_end_in_an_answer_and_an_empty_file_do_no_harm(tmp_path):
    record = BY_NAME[PATIENTS[0].patient.name][0]
    turns = (record.dialogue[0].model_copy(update={"content": "So\u2028what brings you in?"}), *record.dialogue[1:])
    kept = Kept(tmp_path / "taught.jsonl", {"n": 1})
    Kept.path_of(tmp_path / "taught.jsonl").touch()  # killed before it wrote anything
    assert kept.load() == {}
    kept.add(Lesson(0, Record(record.script, turns), 7, Counter(one=1)))
    assert kept.load() == {0: Lesson(0, Record(record.script, turns), 7, Counter(one=1))}


def test_that_nothing_was_made_is_said():
    assert summary([], {"one": 2}).splitlines() == ["No interview was made.", "made again, 2 times for:", "     2 one"]


def test_the_command_survives_a_kill_without_loss_or_repeats(tmp_path):
    out, scripts = tmp_path / "taught.jsonl", tmp_path / "scripts.jsonl"
    scripts.write_text("".join(json.dumps(script.dump()) + "\n" for script in PATIENTS))

    def slowly(request: dict) -> str:
        time.sleep(0.3)
        return interview_of(request)

    with chat_server(slowly) as server:
        command = [sys.executable, "-m", "medsim.synth", "dialogues", "--scripts", str(scripts), "--n", "12",
                   "--out", str(out), "--teacher", "openai", "--teacher_model", "teacher", "--teacher_url", server.url,
                   "--at_once", "2"]  # fmt: skip
        environment = {**os.environ, "OPENAI_API_KEY": KEY}
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL)
        part = Kept.path_of(out)
        deadline = time.monotonic() + 60
        while not (part.exists() and part.read_text().count("\n") > 3) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        done = part.read_text().count("\n") - 1
        assert 0 < done < 12
        result = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        seeds = [request["seed"] for request in server.requests]
        assert len(seeds) - len(set(seeds)) <= 2  # but for what was under way
    assert len(load(out)) == 12
    assert [record.script.id for record in load(out)] == [script.id for script in PATIENTS] * 2
    assert not part.exists()
    assert "12 interviews with 6 patients" in result.stderr
    assert KEY not in out.read_text() + result.stderr + result.stdout


def test_a_model_on_this_machine_writes_too(tiny_base, monkeypatch):
    monkeypatch.setattr("medsim.synth.teachers.MAX_TOKENS", 20)
    short = PATIENTS[0].model_copy(update={"facts": PATIENTS[0].facts[:3], "locks": {}})
    lesson = teach(short, 0, 0, LocalTeacher(str(tiny_base)))
    assert lesson.record is None  # it has random weights
    assert lesson.rejected == {UNREADABLE: 3}
    assert lesson.tokens > 3 * 20
