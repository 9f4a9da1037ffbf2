"""Which question asks for which fact."""

import pytest

from medsim.script import Fact, PatientScript
from medsim.synth.aims import aims_of, can_be_led
from medsim.synth.banks import banks

ROOT = Fact(id="ache", topic="complaint", concept="headache", say="I've got a headache.")
SUDDEN = Fact(id="sudden", topic="onset", about="ache", say="It came on suddenly.", accept=("suddenly",))
WHEN = Fact(id="when", topic="onset", about="ache", say="Six days ago.", accept=("six days ago",))


def aims(script: PatientScript, fact: Fact, *others: Fact) -> list[str]:
    return aims_of(fact, script.model_copy(update={"facts": (ROOT, fact, *others)}), banks())


def test_what_another_fact_answers_better_is_asked_for_only_as_what_it_is(script):
    assert aims(script, SUDDEN) == ["onset", "onset.speed"]
    assert aims(script, SUDDEN, WHEN) == ["onset.speed"]
    assert aims(script, WHEN, SUDDEN) == ["onset"]


@pytest.mark.parametrize(
    ("topic", "value", "led"),
    [("onset", "six days ago", True), ("onset", "six", False), ("severity", "six", True), ("severity", "none", False)],
)
def test_a_bare_number_can_be_presumed_only_of_a_score(topic, value, led):
    fact = Fact(id="x", topic=topic, about="ache", say=f"It's {value}.", accept=(value,))
    assert can_be_led(fact, banks()) is led
