"""The weaker clues of a question: sides, places and qualities, kinds of value asked for, loose words."""

from collections.abc import Iterable, Iterator
from functools import cache

from medsim.match.clue import EMPTY, THOUGHTS, Clue, places
from medsim.match.detail_clues import TOPIC, UNDER
from medsim.match.details import asks_reason, of_kind
from medsim.match.general import is_own
from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import stem_set, word_set, words

VALUE = 1.2  # it has the side, place or quality named
SECOND_PLACE = -0.6  # it stands under the less likely topic of such a value
ROOT_VALUE = 0.8  # what it is a detail of has that value
REASON = 1.6  # "why": it tells a reason
ASKED_KIND = 0.8  # "how many", "which day" without a topic: it has such a value
WORD = 1.6  # it has a word that no other fact has
LIGHT = 0.5  # the part of it that is left for a word that stands in questions of all kinds
COVERED = 0.5  # the part of a word's weight that is left inside a concept's or topic's wording

_TOPICS_OF_VALUES = {  # what a word asked about in a yes/no question belongs to ("is it on the left?")
    "side": ("location", "radiation"), "site": ("radiation", "location"), "character": ("character",),
    "speed": ("onset", "character"), "rhythm": ("timing",), "daytime": ("timing",), "moisture": ("character",),
    "trend": ("timing",),
}  # fmt: skip
_REASONS = word_set("circumstances ideas concerns")
_ONLY_SAID = ("speed", "trend", "rhythm")  # asked for only where the fact says something of the kind
_AUXILIARIES = word_set("did was were is are does do has have had")
_ASKED_KINDS = {
    ("how", "many"): "amount", ("how", "much"): "amount", ("how", "long"): "duration", ("how", "often"): "frequency",
    ("what", "day"): "date", ("which", "day"): "date", ("what", "year"): "date", ("which", "year"): "date",
    ("how", "old"): "date", ("what", "time"): "daytime", ("what", "age"): "date",
}  # fmt: skip


def values(query: Query, index: Index, wanted: tuple, things: list[Clue]) -> Iterator[Clue]:
    inside = {place for clue in things if clue.kind == "concept" and clue.weights for place in clue.places}
    for match in lexicon().values_in(query.tokens):
        if places(match) <= inside:
            continue
        group = match.key[0]
        asked = {topic for topic, _ in wanted} if query.form != "wh" else set()
        topics = [topic for topic in _TOPICS_OF_VALUES.get(group, ()) if topic in asked]
        weights = {}
        for item in filter(is_own, index.views):
            root = index.by_id[index.root[item.id]]
            weight = VALUE if match.key in item.values else ROOT_VALUE if match.key in root.values else 0
            said = group not in _ONLY_SAID or any(own == group for own, _ in item.values)
            if item.fact.topic in topics and said:
                weight += TOPIC + (SECOND_PLACE if item.fact.topic != topics[0] and group != "speed" else 0)
            if weight:
                weights[item.id] = weight
        yield Clue("detail" if topics else "value", match.key, places(match), weights)


def asked_kinds(query: Query, index: Index) -> Iterator[Clue]:
    """ "How many", "which day": an answer has such a value, whatever it is about."""
    texts = [token.text for token in query.tokens]
    for place, pair in enumerate(zip(texts, texts[1:], strict=False)):
        kind = _ASKED_KINDS.get(pair) or ("date" if pair[0] == "when" and pair[1] in _AUXILIARIES else None)
        if kind:
            fits = of_kind([item for item in index.views if is_own(item)], kind)
            weights = {item.id: ASKED_KIND for item in fits if item.fact.topic != "identity"}
            yield Clue("asked_kind", kind, {place, place + 1}, weights)
    if asks_reason(query) and not set(query.topics) & {"complaint", *THOUGHTS}:
        weights = {item.id: REASON + (0 if item.fact.about else UNDER) for item in filter(is_own, index.views)
                   if item.fact.topic in _REASONS and not item.denied}  # fmt: skip
        yield Clue("asked_kind", "reason", set(), weights)


def loose_words(query: Query, index: Index, others: Iterable[Clue]) -> Iterator[Clue]:
    taken = {place for clue in others if clue.kind in ("concept", "topic", "detail") and clue.weights
             for place in clue.places}  # fmt: skip
    absent = {place for clue in others if clue.kind == "concept" and not clue.weights for place in clue.places}
    for place, token in enumerate(query.tokens):
        if token.stem in query.stems and token.stem in index.words:
            if place in absent or token.stem in _said_by_all() or (place in taken and token.stem in EMPTY):
                continue
            weight = WORD * index.rarity(token.stem) * (COVERED if place in taken else 1)
            weight *= LIGHT if token.stem in _light() else 1
            shares = index.words[token.stem]
            yield Clue("word", token.stem, {place}, {name: weight * share for name, share in shares.items()})


@cache
def _said_by_all() -> frozenset[str]:
    """Stems of words without meaning of their own: "taking" as well as "take"."""
    return stem_set(" ".join(words().stop_words))


@cache
def _light() -> frozenset[str]:
    return stem_set(" ".join(words().light_words))
