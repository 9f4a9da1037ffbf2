"""A clue: some words of a question and the facts of the script that they point at."""

from dataclasses import dataclass

from medsim.match.patterns import Match
from medsim.match.text import stem_set, word_set

EMPTY = stem_set("medicine medication tablet pill family home work live sleep drink smoke worry pain start begin")
THOUGHTS = word_set("ideas concerns expectations care_wishes")


@dataclass
class Clue:
    """Some words of a question (`places`: their numbers) and the facts that they point at.

    `kind` is concept, function, topic, detail, value, asked_kind or word; `key` is what was found.
    """

    kind: str
    key: object
    places: set[int]
    weights: dict[str, float]

    @property
    def names_thing(self) -> bool:
        """Whether it names what can be asked for by itself."""
        return self.kind in ("concept", "function", "topic")


def places(match: Match) -> set[int]:
    return set(range(match.first, match.last))
