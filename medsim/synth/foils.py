"""Values that a doctor may wrongly presume: those of other patients, and the other side."""

from collections.abc import Iterable, Mapping, Sequence
from random import Random

from medsim.match.numbers import quantities
from medsim.match.quantity import same
from medsim.script import Fact, PatientScript

MOST = 200  # values of a topic
TRIED = 12
_SIDES = {"left": "right", "right": "left"}
Foils = Mapping[str, Sequence[str]]  # by topic


def values_of(scripts: Iterable[PatientScript]) -> Foils:
    """The values of the details of many patients, by topic."""
    found: dict[str, dict[str, None]] = {}
    for script in scripts:
        for fact in script.facts:
            if fact.about and fact.accept:
                found.setdefault(fact.topic, {})[fact.accept[0]] = None
    return {topic: list(values)[:MOST] for topic, values in found.items()}


def other_value(fact: Fact, foils: Foils, random: Random) -> str | None:
    """A value of the same kind that is plainly another."""
    value = fact.accept[0]
    words = value.split()
    for place, word in enumerate(words):
        if word in _SIDES:
            return " ".join([*words[:place], _SIDES[word], *words[place + 1 :]])
    own = quantities(value)
    others = foils.get(fact.topic, ())
    for other in random.sample(others, min(len(others), TRIED)):
        found = quantities(other)
        if own and found and same(own[0], found[0]) is False and len(own) == len(found) == 1:
            return other
    return None
