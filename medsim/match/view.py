"""A fact as the matcher sees it: its concepts, words and values."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from medsim.match.lexicon import lexicon
from medsim.match.numbers import quantities
from medsim.match.quantity import HALF_DAY, Quantity
from medsim.match.reply import denied_stems
from medsim.match.text import content_stems, tokens
from medsim.script import Fact


class Wording(NamedTuple):
    """One wording of a fact: its content stems, and those of them under a negation."""

    stems: frozenset[str]
    denied: frozenset[str]


Value = tuple[str, str]  # (group, value): ("side", "left_side"), ("site", "knee"), ("character", "sharp")


@dataclass(frozen=True)
class View:
    """A fact as the matcher sees it. `wide`: its concept and the wider ones; `said`: concepts in its wordings.

    `stems` are of all wordings, `told_stems` of what is said. `people` are those that the wordings name.
    """

    fact: Fact
    wide: frozenset[str]
    said: frozenset[str]
    stems: frozenset[str]
    told_stems: frozenset[str]
    people: frozenset[str]
    wordings: tuple[Wording, ...]
    quantities: tuple[Quantity, ...]
    values: frozenset[Value]

    @cached_property
    def id(self) -> str:
        return self.fact.id

    @cached_property
    def denied(self) -> bool:
        return self.fact.polarity == "denied"

    @cached_property
    def is_of_patient(self) -> bool:
        """True for what is so of the patient or of the one who speaks, and not of a relative."""
        return self.fact.who in ("patient", "speaker")

    @cached_property
    def beside_value(self) -> frozenset[str]:
        """The stems that stand beside the value of what is said; none where it has no number or time."""
        values = quantities(self.fact.told)
        words = [token for token in tokens(self.fact.told)
                 if not any(value.start <= token.start < value.end for value in values)]  # fmt: skip
        return content_stems(words) if values else frozenset()

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of its quantities."""
        return frozenset(quantity.kind for quantity in self.quantities)

    @cached_property
    def names(self) -> list[str]:
        return _names(self.fact)

    def is_case_of(self, concept: str) -> bool:
        """True where who asks for the concept asks for this fact."""
        own = self.fact.concept
        return own is not None and (concept in self.wide or own in lexicon().wider(concept))


@lru_cache(maxsize=4096)
def view(fact: Fact) -> View:
    """The view of one fact."""
    words = lexicon()
    texts = [text for text in (fact.say, fact.vague, *fact.accept) if text]
    parts = [tokens(text) for text in texts]
    return View(
        fact=fact,
        wide=words.wider(fact.concept) if fact.concept else frozenset(),
        said=frozenset(match.key for part in parts for match in words.concepts.find(part)),
        stems=frozenset().union(*(content_stems(part) for part in parts)),
        told_stems=content_stems(tokens(fact.told)),
        people=frozenset(match.key for part in parts for match in words.people.find(part)),
        wordings=(
            *(Wording(content_stems(part), denied_stems(text)) for text, part in zip(texts, parts, strict=True)),
            *(Wording(content_stems(tokens(name)), frozenset()) for name in _names(fact) if fact.topic == "identity"),
        ),
        quantities=_settled(tuple(quantity for text in texts for quantity in quantities(text))),
        values=frozenset(match.key for part in parts for match in words.values_in(part)),
    )


def _settled(found: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """Without "nine o'clock", where another wording says that it was at night."""
    known = any(quantity.kind == "clock" and quantity.unit != HALF_DAY for quantity in found)
    return tuple(quantity for quantity in found if quantity.unit != HALF_DAY) if known else found


def _names(fact: Fact) -> list[str]:
    """The parts of names that a fact tells: each answers for the name of a person."""
    return re.findall(r"(?<!^)\b[A-Z][a-z]+", fact.say)
