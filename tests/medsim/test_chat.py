"""The interview in the terminal, as a user types it."""

import io
import subprocess
import sys

import pytest

from medsim.chat import main
from medsim.dialogue import MAX_TURNS, load
from medsim.errors import MedSimError
from tests.conftest import MARIA, REPOSITORY


def chat(*flags, questions=""):
    command = [sys.executable, "-m", "medsim.chat", "--script", str(MARIA), *flags]
    return subprocess.run(command, input=questions, capture_output=True, text=True, cwd=REPOSITORY, timeout=120)


def test_an_interview_by_fact_lookup(tmp_path):
    saved = tmp_path / "interview.jsonl"
    done = chat("--scripted", "--save", str(saved), questions="When did it start?\nAny fever?\n\nNot asked\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Maria Lopez, 54 years: Chest tightness\n")
    assert "Doctor: When did it start?\nPatient: " in done.stdout
    assert "two days ago" in done.stdout
    [record] = load(saved)
    assert [message.role for message in record.dialogue] == ["doctor", "patient"] * 2
    assert "Unstable angina" not in done.stdout


def test_too_long_a_question_is_refused_and_the_interview_goes_on(tmp_path):
    saved = tmp_path / "interview.jsonl"
    done = chat("--scripted", "--save", str(saved), questions=f"{'Why? ' * 500}\nAny fever?\n")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "Your question is longer than 2000 characters. Shorten it.\n"
    [record] = load(saved)
    assert [message.content for message in record.dialogue][0] == "Any fever?"


class Talker:
    """Says very much, and at the third question gives up."""

    def stream(self, script, dialogue, sampling):
        if len(dialogue) > 4:
            raise MedSimError("The script and the last question need too many tokens.")
        yield from ["word "] * 1000


def test_a_long_reply_is_cut_and_what_was_said_is_saved_when_the_model_gives_up(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("medsim.chat.ScriptedPatient", Talker)
    monkeypatch.setattr("sys.stdin", io.StringIO("One?\nTwo?\nThree?\n"))
    saved = tmp_path / "interview.jsonl"
    monkeypatch.setattr("sys.argv", ["chat", "--script", str(MARIA), "--scripted", "--save", str(saved)])
    with pytest.raises(MedSimError, match="too many tokens"):
        main()
    assert capsys.readouterr().out.count("word ") == 2000
    [record] = load(saved)
    assert [message.content for message in record.dialogue] == [
        "One?",
        ("word " * 400).strip(),
        "Two?",
        ("word " * 400).strip(),
    ]


def test_an_interview_ends_when_no_more_turns_can_be_saved(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("medsim.chat.ScriptedPatient.stream", lambda *_: iter(["Yes."]))
    monkeypatch.setattr("sys.stdin", io.StringIO("Any fever?\n" * (MAX_TURNS // 2 + 1)))
    saved = tmp_path / "interview.jsonl"
    monkeypatch.setattr("sys.argv", ["chat", "--script", str(MARIA), "--scripted", "--save", str(saved)])
    main()
    [record] = load(saved)
    assert len(record.dialogue) == MAX_TURNS
    assert capsys.readouterr().err == "This interview has 200 questions, and no more fit. Begin a new one.\n"


def test_an_interview_with_the_real_base(smollm2):
    done = chat("--max_new_tokens", "8", "--temperature", "0", questions="What brings you in?\nSince when?\n")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("Patient: ")[1:]
    assert first.strip().split("\n")[0]
    assert second.strip()


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--scripted", "--base", "x"], "--scripted needs no model. Leave out --adapter and --base."),
        (["--scripted", "--server", "http://127.0.0.1:1/v1"], "--server is a patient of its own"),
        (["--model", "x"], "which --model is for. Leave out what does not fit."),
        (["--temperature", "hot"], "temperature: 'hot' does not fit"),
        (["--scripted", "--script", "none.yaml"], "none.yaml: The file does not exist. Check the name."),
        (["--adapter", "docs"], "docs holds no trained weights"),
    ],
)
def test_mistakes_are_told_in_a_sentence(flags, sentence):
    done = chat(*flags)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
