"""Values that a doctor may wrongly presume: the other side, another number."""

from random import Random

from medsim.match.numbers import quantities
from medsim.match.quantity import same
from medsim.script import Fact
from medsim.synth.numbers import in_words

_SIDES = {"left": "right", "right": "left"}
_NUMBERS = {in_words(number): number for number in range(2, 100)}  # "one year" would want another noun
_OTHERS = (*range(2, 13), 15, 20, 25, 30, 40, 45, 50, 60)
_MOST = {"score": 10, "clock": 12}
_FACTOR = 4  # a number so many times as large or small is not presumed


def other_value(fact: Fact, random: Random) -> str | None:
    """The fact's value with another side or number in it, so that it is plainly wrong; None where it has neither."""
    words = fact.accept[0].split()
    for place, word in enumerate(words):
        if word in _SIDES:
            return " ".join([*words[:place], _SIDES[word], *words[place + 1 :]])
    place = next((place for place, word in enumerate(words) if word in _NUMBERS or word.isdigit()), None)
    own = quantities(fact.accept[0])
    if place is None or not own:
        return None
    number = _NUMBERS.get(words[place]) or int(words[place])
    near = [other for other in _OTHERS if number <= other * _FACTOR and other <= number * _FACTOR
            and other <= _MOST.get(own[0].kind, other)]  # fmt: skip
    for other in random.sample(near, len(near)):
        said = str(other) if words[place].isdigit() else in_words(other)
        changed = " ".join([*words[:place], said, *words[place + 1 :]])
        found = quantities(changed)
        if found and same(own[0], found[0]) is False:
            return changed
    return None
