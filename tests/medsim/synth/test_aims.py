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
    [
        *[("onset", value, True) for value in ("six days ago", "last night", "Saturday", "three this morning")],
        *[("onset", value, False) for value in ("six", "three years", "out of the blue")],
        *[("severity", value, value == "six") for value in ("six", "none", "122", "shaky")],
        *[("timing", value, value != "Sunday") for value in ("every day", "constant", "Sunday")],
        *[("character", value, value != "looks through me") for value in ("dull", "looks through me")],
        *[("location", value, value != "changed the sheets") for value in ("left knee", "changed the sheets")],
        *[("relieving", value, value != "ten minutes") for value in ("a hot bath", "ten minutes")],
    ],
)
def test_only_what_stands_after_the_words_of_a_topic_is_presumed(topic, value, led):
    fact = Fact(id="x", topic=topic, about="ache", say=f"It's {value}.", accept=(value,))
    assert can_be_led(fact, banks()) is led


def test_a_denied_detail_is_asked_for_openly_only_where_it_says_none(script):
    denied = {"topic": "aggravating", "about": "ache", "polarity": "denied"}
    assert aims(script, Fact(id="x", say="It never comes while I sit.", **denied)) == []
    assert aims(script, Fact(id="x", say="Nothing makes it worse.", **denied)) == ["aggravating"]
