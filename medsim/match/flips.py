"""Two turns that say the opposite, or another number, in the same words: "I sing", and then "I never sing"."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from medsim.match.numbers import quantities
from medsim.match.quantity import TIMES, Quantity, same
from medsim.match.reply import read_reply
from medsim.match.text import asks_after, content_stems, stem_set, word_set
from medsim.match.text import words as language
from medsim.match.types import Span

_ALWAYS = word_set("never nobody one")  # "never", "no one": always so, so one word of the same persons is enough
_CEASING = stem_set("stop quit cease give miss fail")
_CLEARLY = 2  # else so many words must stand denied in one turn and not in the other


class _Sentence(NamedTuple):
    """The content stems of a statement, denied and not, of whom it is, and whether it denies for ever or for all."""

    denied: frozenset[str]
    said: frozenset[str]
    persons: frozenset[str | None]
    always: bool
    span: Span


@lru_cache(maxsize=2048)
def _sentences(text: str) -> tuple[_Sentence, ...]:
    return tuple(_read(text))


def _read(text: str) -> Iterator[_Sentence]:
    said, small = read_reply(text), language().stop_words
    for number in dict.fromkeys(token.sentence for token in said.tokens):
        places = [place for place, token in enumerate(said.tokens) if token.sentence == number]
        words = [said.tokens[place] for place in places]
        if asks_after(text, words[-1].end):
            continue
        denied = content_stems([said.tokens[place] for place in places if said.denied[place]])
        if not denied and all(word.stem in said.thought for word in words if word.text not in small):
            continue  # "I'm frightened he'll stop breathing" says nothing of what is
        if denied & _CEASING:  # "he's never stopped breathing": he breathes
            denied = frozenset()
        stated = content_stems([said.tokens[place] for place in places if not said.denied[place]])
        always = bool(_ALWAYS & {word.text for word in words})
        persons = frozenset(said.persons[place] for place in places) - {None}
        yield _Sentence(denied - stated, stated - denied, persons, always, (words[0].start, words[-1].end))


def flips(now: str, before: str) -> Span | None:
    """Where a turn denies what an earlier one said, or gives another number of the same thing."""
    for one in _sentences(now):
        for other in _sentences(before):
            if (one.denied or other.denied) and _opposed(one, other):
                return one.span
    counted = [quantity for quantity in quantities(before) if _names_its_things(quantity)]
    for quantity in quantities(now) if counted else ():
        if _names_its_things(quantity) and any(_of_one_thing(quantity, own) for own in counted):
            return quantity.start, quantity.end
    return None


def _opposed(one: _Sentence, other: _Sentence) -> bool:
    denied_now, denied_then = one.denied & other.said, one.said & other.denied
    shared = denied_now | denied_then
    alike = (one.denied & other.denied) | (one.said & other.said)
    if not shared or (one.persons and other.persons and one.persons.isdisjoint(other.persons)):
        return False
    always = (denied_now and one.always) or (denied_then and other.always)
    of_one = bool(one.persons & other.persons) and one.persons == other.persons
    return bool(always and of_one and not alike) or (len(shared) >= _CLEARLY and len(alike) < len(shared))


def _names_its_things(quantity: Quantity) -> bool:
    return quantity.kind == "count" and quantity.unit not in ("", TIMES)


def _of_one_thing(one: Quantity, other: Quantity) -> bool:
    return one.unit.split()[0] == other.unit.split()[0] and same(one, other) is False
