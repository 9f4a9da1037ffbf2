"""Locks: which doctor turn opens what, and that later turns change nothing."""

import pytest

from medsim.dialogue import doctor, patient
from medsim.match import asked, unlocked
from medsim.script import PatientScript
from tests.conftest import REPOSITORY, first_dialogues

RECORDS = first_dialogues()


def script_of(name: str) -> PatientScript:
    return PatientScript.load(next((REPOSITORY / "data" / "scripts").glob(f"{name}*.yaml")))


@pytest.mark.parametrize(
    ("name", "question", "opened"),
    [
        ("maria", "How much do you drink?", set()),
        ("maria", "Smoke? Drink?", set()),
        ("maria", "Many people have a drink to unwind, so may I ask how much you drink?", {"alcohol"}),
        ("maria", "Many people find stairs hard. When did it start?", set()),
        ("graham", "In confidence, how much alcohol do you drink?", {"alcohol", "alcohol-since"}),
        ("kwame", "Smoke, drink, drugs?", set()),
        ("kwame", "Do you use any recreational drugs?", {"cannabis"}),
        ("harold", "How are the waterworks?", set()),
        ("harold", "It's very common at your age. Do you ever wet the bed?", {"wetting"}),
        ("idris", "Are his vaccinations up to date?", set()),
        ("idris", "Lots of parents worry about jabs. Has he missed any of his vaccinations?",
         {"missed-jabs", "missed-jabs-reason"}),
    ],
)  # fmt: skip
def test_what_a_question_opens(name, question, opened):
    script = script_of(name)
    dialogue = [doctor("What brings you in?"), patient(script.opening.say), doctor(question)]
    assert unlocked(script, dialogue) == ({2: opened} if opened else {})


def test_a_fact_stands_at_its_first_opening_only():
    script = script_of("maria")
    question = doctor("I ask everybody, because it matters: how much do you drink?")
    dialogue = [question, patient("A bottle of wine."), question]
    assert unlocked(script, dialogue) == {0: {"alcohol"}}


def test_care_makes_a_follow_up_enough():
    script = script_of("maria")
    dialogue = [
        doctor("Do you drink?"),
        patient("Oh, you know, just socially."),
        doctor("No judgement here, lots of people drink more under strain. How much?"),
    ]
    assert unlocked(script, dialogue) == {2: {"alcohol"}}


def test_bare_text_has_no_locks():
    assert unlocked("A man with a secret.", [doctor("Do you drink?")]) == {}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.script.id)
def test_prefixes_unlock_what_the_whole_unlocks(record):
    whole = unlocked(record.script, record.dialogue)
    for end in range(len(record.dialogue) + 1):
        before = {turn: facts for turn, facts in whole.items() if turn < end}
        assert unlocked(record.script, record.dialogue[:end]) == before


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.script.id)
def test_the_first_dialogues_tell_a_locked_fact_only_once_it_is_open(record):
    opened: set[str] = set()
    told_too_early = []
    found = unlocked(record.script, record.dialogue)
    for number, message in enumerate(record.dialogue):
        opened |= found.get(number, set())
        for name in message.facts or ():
            if record.script.lock_of(record.script.fact(name)) and name not in opened:
                told_too_early.append((number, name))
    assert not told_too_early


@pytest.mark.parametrize(
    "question",
    [
        "Everything fine at home?",
        "You're getting on with your medicines all right?",
        "How are things with your husband?",
        "Have you taken anything, painkillers and so on?",
        "You won't do anything silly, will you?",
    ],
)
def test_a_question_that_all_is_well_only_brushes_a_matter(question):
    assert asked([doctor(question)], script_of("maria")).manner == "passing"


@pytest.mark.parametrize(
    ("name", "turn", "fact"),
    [
        ("walter", "Water pills catch many men short, and it goes no further. Was there an accident?", "accident"),
        ("jasleen", "I won't tell your boss, and it keeps you safe: what had you been eating?", "leftovers"),
        ("kayden", "I ask you straight out: did you hold him in the bath?", "put-in"),
    ],
)
def test_a_question_put_with_care_is_about_what_is_kept_back(name, turn, fact):
    script = script_of(name)
    assert fact in asked([doctor("Hello."), patient(script.opening.say), doctor(turn)], script).facts
