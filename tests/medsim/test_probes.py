"""Questions whose right answers are known."""

from collections import Counter

import pytest

from medsim.alike import masked
from medsim.benchmark import questions
from medsim.dialogue import Message, load
from medsim.match import asked, opens
from medsim.probes import PROBE_KINDS, Probe, interview, probes
from medsim.script import PatientScript, load_scripts
from medsim.synth.interviews import interviews
from medsim.synth.scripts import scripts
from tests.conftest import REPOSITORY, SHIPPED

INTERVIEWS = 60


@pytest.fixture(scope="module")
def patients() -> list[PatientScript]:
    return [script for path in SHIPPED for script in load_scripts(path)]


@pytest.fixture(scope="module")
def made(patients) -> list[tuple[PatientScript, Probe]]:
    return [(script, probe) for script in patients for probe in probes(script, 0)]


def test_the_same_seed_makes_the_same_probes(patients):
    first = probes(patients[0], 0)
    assert first == probes(patients[0], 0)
    assert first != probes(patients[0], 1)


def test_every_kind_is_asked(made):
    assert set(Counter(probe.kind for _, probe in made)) == set(PROBE_KINDS)


def test_facts_are_such_as_the_kind_asks_for(made):
    for script, probe in made:
        polarities = {script.fact(name).polarity for name in probe.facts}
        if probe.kind == "denied":
            assert polarities == {"denied"}
        elif probe.kind in ("leading_true", "leading_false"):
            assert polarities == {"present"}
        elif probe.kind in ("absent", "absent_open", "harmless", "dump", "role"):
            assert not probe.facts
        else:
            assert probe.facts
        own = {fact.concept for fact in script.facts}
        assert probe.kind != "absent" or own.isdisjoint(probe.concepts)


def test_a_false_lead_is_not_what_the_script_says(made):
    for script, probe in made:
        if probe.kind == "leading_false":
            assert script.fact(probe.facts[0]).accept[0].lower() not in probe.question.lower()


def test_a_repeated_question_is_the_earlier_one_in_other_words(patients):
    count = 0
    for script in patients:
        asked_before = probes(script, 0)
        for probe in asked_before:
            if probe.repeats is not None:
                earlier = asked_before[probe.repeats]
                assert set(earlier.facts) & set(probe.facts) and earlier.question != probe.question
                count += 1
    assert count > len(patients)


def test_an_interview_is_of_a_length_that_a_talk_has_and_complete(patients):
    for script in patients:
        asked_for = interview(script, 0)
        assert 12 <= len(asked_for) <= 20
        assert asked_for[0].kind == "opening"
        assert asked_for == interview(script, 0)
        for place, probe in enumerate(asked_for):
            assert probe.repeats is None or set(asked_for[probe.repeats].facts) & set(probe.facts)
            before = {other.kind for other in asked_for[:place]}
            assert probe.kind != "locked_again" or "locked_opened" in before


def test_locks_open_as_the_matcher_sees_it(made):
    for script, probe in made:
        if probe.kind in ("locked_in_passing", "locked_opened"):
            opened = opens(asked([Message(role="doctor", content=probe.question)], script), script)
            assert (probe.facts[0] in opened) == (probe.kind == "locked_opened")


def test_no_training_dialogue_has_the_question_of_a_probe(made):
    """The issue counts 2,000 generated interviews: `make soak` does."""
    _assert_new([*made, *kept()], INTERVIEWS)


@pytest.mark.soak
def test_no_training_dialogue_of_thousands_has_the_question_of_a_probe(made):
    _assert_new([*made, *kept()], 2000)


def kept() -> list[tuple[PatientScript, Probe]]:
    """The questions that are kept in files, some of them reworded by hand."""
    return [(one.script, probe) for one in (*questions.public(), *questions.quick()) for probe in one.probes]


def _assert_new(made: list[tuple[PatientScript, Probe]], count: int) -> None:
    files = sorted((REPOSITORY / "data/dialogues").glob("*.jsonl"))
    records = [record for path in files for record in load(path)]
    generated = interviews(list(scripts(count // 2, 5)), count, 5)
    records += [item.record for item in generated if item.record]
    seen = {masked(turn.content) for record in records for turn in record.dialogue if turn.role == "doctor"}
    assert [probe.question for _, probe in made if masked(probe.question) in seen] == []
