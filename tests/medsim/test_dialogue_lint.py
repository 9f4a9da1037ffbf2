"""What a rule sees of dialogues: each turn here is one that nobody should learn from, or one that is fine."""

import json
import os
from random import Random

import pytest

from medsim import dialogue_lint
from medsim.dialogue import Message, Record, doctor, load, patient, save
from medsim.dialogue_lint import check, lint, split_of
from medsim.files import field_name
from tests.conftest import DIALOGUES

WINE = patient("Most evenings I drink a bottle of wine.").model_copy(update={"facts": ("alcohol",)})


def findings(script, *turns: Message) -> list[tuple[str, str]]:
    return [(field_name(path), reason) for path, reason, _ in lint(Record(script, turns))]


@pytest.mark.parametrize(
    ("question", "reply", "reason"),
    [
        ("When did it start?", "It started three weeks ago.", "The script says: "),
        ("Any allergies?", "Penicillin, and latex brings me out in hives.", "latex"),
        ("Do you take any medicines?", "Lisinopril, and metformin for my sugar.", "metformin"),
        ("Does it go anywhere?", "The patient has pain that radiates to the left arm.", "third person"),
        ("Does it go anywhere?", "Down my left arm. How can I help you today?", "assistant"),
        ("Does it go anywhere?", "Patient: down my left arm.", "who is speaking"),
        ("Does it go anywhere?", "*sighs* Down my left arm.", "narrates"),
        ("Does it go anywhere?", "Down my left arm. " + "And then I go and see my sister. " * 12, "words"),
    ],
)
def test_a_turn_that_is_no_example_is_found(script, question, reply, reason):
    found = findings(
        script, doctor("Hello, what brings you in?"), patient("My chest is tight."), doctor(question), patient(reply)
    )
    assert found and {field for field, _ in found} == {"dialogue[3].content"}
    assert any(reason in text for _, text in found)


def test_a_good_dialogue_has_no_findings(script, dialogue):
    assert findings(script, *dialogue) == []


def test_what_is_locked_may_not_be_told_before_it_is_asked_for(script):
    too_early = findings(script, doctor("What brings you in?"), WINE)
    assert [field for field, _ in too_early] == ["dialogue[1].content", "dialogue[1].facts[0]"]
    asked = doctor("How much alcohol do you drink? I ask everybody, and it stays between us.")
    assert findings(script, asked, WINE) == []


def test_what_was_said_before_must_be_said_alike(script):
    home = doctor("Have you any pets?")
    found = findings(script, home, patient("Yes, a spaniel."), doctor("So you have a dog?"), patient("No, no dog."))
    assert ("dialogue[3].content", "It said otherwise earlier (dog). ('dog')") in found


def test_a_script_of_bare_text_is_linted_for_its_voice(script):
    turns = doctor("What brings you in?"), patient("As an AI language model, I cannot have a chest.")
    assert [field for field, _ in findings("A woman with a cough.", *turns)] == ["dialogue[1].content"]


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("data/train.jsonl", "train"), ("mine/val-2.jsonl", "validation"), ("test/a.jsonl", "test"),
        ("a.jsonl", None), ("contest.jsonl", None), ("test/train.jsonl", "train"),
    ],
)  # fmt: skip
def test_a_file_tells_its_split_by_its_name(path, split):
    assert split_of(path) == split


def spoken(number: int) -> list[Message]:
    """A dialogue in words of its own, long enough to compare."""
    draw = Random(number)
    turns = [" ".join("".join(draw.sample("abcdefghijklm", 7)) for _ in range(6)) for _ in range(8)]
    return [(doctor, patient)[turn % 2](text) for turn, text in enumerate(turns)]


def test_near_duplicates_are_found_across_files(tmp_path):
    one, other = spoken(1), spoken(2)
    nearly = [*one[:-1], patient("Something else, at the end.")]
    save(tmp_path / "a.jsonl", [Record("Ann.", tuple(one)), Record("Ann.", tuple(other))])
    save(tmp_path / "b.jsonl", [Record("Bob.", tuple(nearly))])
    good, problems = check([str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")])
    assert good == 2
    assert [str(problem) for problem in problems] == [
        f"{tmp_path / 'b.jsonl'}:1: dialogue: It is nearly the same as {tmp_path / 'a.jsonl'}:1. "
        "Remove one, or say it in other words."
    ]


def test_a_patient_in_two_splits_is_a_leak(tmp_path, script):
    for number, name in enumerate(("train", "other", "validation")):
        save(tmp_path / f"{name}.jsonl", [Record(script, tuple(spoken(number)))])
    good, problems = check([str(tmp_path / f"{name}.jsonl") for name in ("train", "other", "validation")])
    leaks = [problem for problem in problems if problem.field == "script"]
    assert [(leak.file, leak.reason) for leak in leaks] == [
        (str(tmp_path / "validation.jsonl"), f"This patient is in the train split too ({tmp_path / 'train.jsonl'}:1).")
    ]


def test_a_broken_line_stops_nothing_and_processes_find_the_same(tmp_path, monkeypatch, script):
    path = tmp_path / "a.jsonl"
    good = [json.dumps(Record("Ann.", tuple(spoken(number))).dump()).encode() for number in range(3)]
    bad = json.dumps(Record(script, (doctor("What brings you in?"), WINE)).dump()).encode()
    path.write_bytes(b"\n".join([good[0], b"{broken", b"", bad, good[1], b"[1]", b"\xff\xfe", good[2]]))
    alone = check([str(path)])
    assert alone[0] == 3
    assert [problem.line for problem in alone[1]] == [2, 4, 4, 6, 7]
    monkeypatch.setattr(dialogue_lint, "LARGE", 0)
    monkeypatch.setattr(dialogue_lint, "BATCH", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert check([str(path)]) == alone


def test_all_that_is_learnt_from_passes():
    assert check([str(path) for path in DIALOGUES]) == (sum(len(load(path)) for path in DIALOGUES), [])
