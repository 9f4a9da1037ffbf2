"""Values that a doctor may wrongly presume."""

from random import Random

import pytest

from medsim.match.numbers import quantities
from medsim.match.quantity import same
from medsim.script import Fact
from medsim.synth.foils import other_value


def fact(value: str) -> Fact:
    return Fact(id="x", topic="timing", say=f"It's {value}.", accept=(value,))


def test_a_side_is_the_other_side():
    assert other_value(fact("the left side"), Random(0)) == "the right side"


@pytest.mark.parametrize("value", ["about thirty minutes", "eight out of ten", "four months ago", "3 times a day"])
def test_a_number_is_plainly_another_in_the_same_words(value):
    for seed in range(20):
        other = other_value(fact(value), Random(seed))
        assert other != value
        assert len(other.split()) == len(value.split())
        assert same(quantities(value)[0], quantities(other)[0]) is False


@pytest.mark.parametrize("value", ["dull", "after meals", "one year ago"])
def test_what_has_neither_is_not_presumed_wrongly(value):
    assert other_value(fact(value), Random(0)) is None
