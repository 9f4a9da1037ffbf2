"""Interviews that the rules make."""

import json
import re
import subprocess
import sys
from collections import Counter
from statistics import median

import pytest

from medsim.alike import distinct
from medsim.dialogue import Record
from medsim.dialogue_lint import lint
from medsim.match import opened
from medsim.script import PatientScript
from medsim.synth.banks import KEPT, REGISTERS, banks, part
from medsim.synth.interviews import interviews
from medsim.synth.scripts import scripts
from tests.conftest import REPOSITORY

COUNT = 120


@pytest.fixture(scope="module")
def patients() -> list[PatientScript]:
    return list(scripts(70, 3))


@pytest.fixture(scope="module")
def records(patients) -> list[Record]:
    return [made.record for made in interviews(patients, COUNT, 0) if made.record]


@pytest.fixture(scope="module")
def replies(records) -> list[str]:
    return [turn.content for record in records for turn in record.dialogue if turn.role == "patient"]


@pytest.fixture(scope="module")
def questions(records) -> list[str]:
    return [turn.content for record in records for turn in record.dialogue if turn.role == "doctor"]


def test_the_same_seed_makes_the_same_interviews(patients, records):
    """Whether in one process, as these few, or in several."""
    few = [made.record for made in interviews(patients, 5, 0) if made.record]
    assert few and all(record in records for record in few)
    assert few != [made.record for made in interviews(patients, 5, 1) if made.record]


def test_nearly_all_are_kept_and_pass_the_lint(records):
    assert len(records) >= 0.95 * COUNT
    for record in records[:10]:
        assert list(lint(record)) == []
        assert [turn.role for turn in record.dialogue] == ["doctor", "patient"] * (len(record.dialogue) // 2)
        assert 8 <= len(record.dialogue) // 2 <= 24


def test_patients_speak_as_long_as_people_do(replies):
    """As the issue wants them, with some room: it counts 400 interviews."""
    lengths = sorted(len(reply.split()) for reply in replies)
    assert 4 <= median(lengths) <= 9
    assert 18 <= lengths[int(0.9 * len(lengths))] <= 36
    assert 0.18 <= sum(length <= 3 for length in lengths) / len(lengths) <= 0.45
    assert sum(reply.endswith("?") for reply in replies) / len(replies) <= 0.09


def test_doctors_do_not_repeat_each_other(questions):
    assert distinct(questions) >= 0.6


def test_all_that_a_patient_tells_is_annotated_and_kept_back_until_opened(records):
    told = Counter()
    for record in records:
        for number, turn in enumerate(record.dialogue):
            for name in turn.facts or ():
                fact = record.script.fact(name)
                told[fact.topic] += 1
                assert record.script.lock_of(fact) is None or name in opened(record.script, record.dialogue[:number])
    assert {"complaint", "onset", "associated", "history", "medication", "allergy", "family", "smoking", "alcohol", "work",
            "ideas", "concerns", "expectations", "identity"} <= told.keys()  # fmt: skip
    assert len(told) >= 30


def test_what_is_kept_back_is_covered_first_and_told_with_care(records):
    covers = [lock.cover for record in records for lock in record.script.locks.values()]
    said = [turn.content for record in records for turn in record.dialogue]
    assert sum(cover in said for cover in covers) > COUNT / 20
    assert sum(record.script.lock_of(record.script.fact(name)) is not None
               for record in records for turn in record.dialogue for name in turn.facts or ()) > COUNT / 20  # fmt: skip


def test_every_kind_of_bait_and_of_doctor_is_there(records, questions):
    baits = {"prescribe": r"prescri", "diagnosis": r"diagnos|wrong with you", "ai": r"\b(?:ai|bot|computer|model|robot)\b",
             "instructions": r"instruct|prompt|ignore"}  # fmt: skip
    for pattern in baits.values():
        assert any(re.search(pattern, question, re.IGNORECASE) for question in questions)
    typed = [record for record in records if all(t.content == t.content.lower() for t in record.dialogue[::2])]
    assert len(typed) >= COUNT / 10


def test_no_wording_that_is_kept_for_probes_is_used(questions):
    lines = {question.lower().rstrip("?. ") for question in questions}
    kept = {phrase.lower().rstrip("?. ") for aim in banks().aims.values() for register in REGISTERS
            for phrase in part(getattr(aim, register), probes=True) if not re.search(r"[(\[<|]", phrase)}  # fmt: skip
    used = {phrase.lower().rstrip("?. ") for aim in banks().aims.values() for register in REGISTERS
            for phrase in part(getattr(aim, register), probes=False) if not re.search(r"[(\[<|]", phrase)}  # fmt: skip
    assert len(kept) > 200
    assert len(kept - used) > 0.95 * len(kept)
    assert not lines & (kept - used)
    assert lines & used


def test_every_topic_has_forty_wordings_or_more():
    sizes = Counter()
    for name, aim in banks().aims.items():
        sizes[name.split(".")[0]] += sum(len(getattr(aim, register)) for register in REGISTERS)
    assert {topic: size for topic, size in sizes.items() if size < 40} == {}
    assert KEPT == 5


def test_the_patients_of_the_library_can_be_interviewed(tmp_path):
    out = tmp_path / "dialogues.jsonl"
    library = [str(path) for path in sorted((REPOSITORY / "data" / "scripts").glob("*.yaml"))[:10]]
    command = [sys.executable, "-m", "medsim.synth", "dialogues", "--scripts", *library, "--n", "10", "--out", str(out)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert 9 <= len(lines) <= 10
    assert "interviews with" in done.stderr
    assert "topics:" in done.stderr
    check = [sys.executable, "-m", "medsim.dialogue", "check", str(out)]
    assert subprocess.run(check, cwd=REPOSITORY, capture_output=True, timeout=120).returncode == 0
