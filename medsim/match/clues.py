"""What in a sentence points at which facts of the script, and how strongly: concepts, topics, kinds of value, words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from medsim.match.details import COURSE, asks_reason, has_speed, of_kind, wanted_details
from medsim.match.general import identity_views, is_own, used_for
from medsim.match.index import Index, View
from medsim.match.lexicon import TopicCue, lexicon
from medsim.match.patterns import Match
from medsim.match.questions import Query
from medsim.match.text import stem_set, word_set, words

# How strongly each kind of evidence points at a fact. A thing named outweighs a topic, a topic outweighs a word.
CONCEPT = 3.2  # the fact is of the concept named
CASE = 2.7  # ... of a case of it
DENIED_CASE = 1.6  # "no migraines" hardly answers for pain
WIDER = 1.4  # ... of a wider one: "no allergies" for latex
PASTIME = 2.6  # its wordings speak of the habit, and it is of no other concept
MENTIONED = 1.2  # its wordings speak of the concept
OF_SUBJECT = 2.0  # it is a detail of what is named
OF_LIKE = 1.1  # ... of a case of what is named, or of something wider
FUNCTION = 2.8  # it is a disorder of what should be in order
IN_ORDER = 1.5  # it stands under the topic of what should be in order
IDENTITY = 5.0  # it is the name, age, birth, sex or work asked for: no other fact says so
TOPIC = 2.0  # it stands under the topic named
THOUGHT = 3.8  # ideas, concerns and hopes are asked for whatever else is named in the same breath
NEAR = 0.7  # it stands under a near topic
NEAR_ONLY = 1.6  # ... and the script has nothing under the topic itself
KIND = 1.1  # it has a value of the kind asked for
NO_KIND = -0.9  # it has none
UNREAD = -0.3  # ... that could be read, though its topic has no other kind
REASON = 1.6  # "why": it tells a reason
ASKED_KIND = 0.8  # "how many", "which day" without a topic: it has such a value
FOR = 2.4  # it is taken for what is named: "what do you take for your bladder?"
USED_FOR = 1.2  # it is taken for what is named
UNDER = -0.6  # it is a detail of another fact of the topic
DENIED = -0.8  # it denies, where others of the topic affirm
VALUE = 1.2  # it has the side, place or quality named
SECOND_PLACE = -0.6  # it stands under the less likely topic of such a value
ROOT_VALUE = 0.8  # what it is a detail of has that value
WORD = 1.6  # it has a word that no other fact has
LIGHT = 0.5  # the part of it that is left for a word that stands in questions of all kinds
COVERED = 0.5  # the part of a word's weight that is left inside a concept's or topic's wording

EMPTY = stem_set("medicine medication tablet pill family home work live sleep drink smoke worry pain start begin")
THOUGHTS = word_set("ideas concerns expectations care_wishes")
_NO_TOPIC = frozenset(("associated", "continence", "development_feeding"))  # functions name only disorders there
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


def clues(query: Query, index: Index, *, only_named: bool) -> list[Clue]:
    """The clues of a sentence. `only_named`: without its loose words, values and kinds of value."""
    wanted = wanted_details(query)
    things = [*_concepts(query, index, wanted), *_functions(query, index)]
    found = [*things, *_topics(query, index, wanted, things)]
    if only_named:
        return found
    found += _values(query, index, wanted, things)
    found += () if any(kind for _, kind in wanted) else _asked_kinds(query, index)
    return found + list(_words(query, index, found))


def _concepts(query: Query, index: Index, wanted: list) -> Iterator[Clue]:
    for match in query.concepts:
        if match.key == "pain" and wanted:  # "where is the pain?" means a painful complaint
            roots = {item.id: index.by_id[index.root[item.id]] for item in index.views}
            weights = {name: OF_SUBJECT for name, root in roots.items() if root.id != name and "pain" in root.wide}
            yield Clue("concept", "pain", _places(match), weights)
            continue
        weights = {item.id: _of_concept(match.key, item, index) for item in index.views if is_own(item)}
        if "associated" in query.topics and any(weights.get(name, 0) >= CASE for name in index.complaints):
            continue  # "anything else with the headache?" asks for others
        if query.treats:
            used = used_for(query, index.by_topic.get("medication", []))
            weights |= {item.id: FOR for item in used if weights.get(item.id, 0) < FOR}
        yield Clue("concept", match.key, _places(match), {name: weight for name, weight in weights.items() if weight})


def _of_concept(concept: str, item: View, index: Index) -> float:
    own, wider = item.fact.concept, lexicon().wider(concept)
    if own == concept:
        return CONCEPT
    if concept in item.wide:
        return DENIED_CASE if item.denied else CASE
    if own in wider:
        return WIDER
    root = index.by_id[index.root[item.id]]
    if root is not item and root.fact.concept == concept:
        return OF_SUBJECT
    pastime = lexicon().kinds[concept] == "habits" and not own and item.fact.topic not in lexicon().details
    if pastime and any(concept in lexicon().wider(said) for said in item.said):
        return PASTIME
    if concept in item.said:
        return MENTIONED
    return OF_LIKE if root is not item and (concept in root.wide or root.fact.concept in wider) else 0


def _functions(query: Query, index: Index) -> Iterator[Clue]:
    for match in query.functions:
        problems, topic = lexicon().problems[match.key]
        own = [item for item in index.views if is_own(item)]
        weights = {item.id: FUNCTION for item in own if item.fact.concept in problems}
        if any(not index.by_id[name].denied for name in weights):  # "bowels regular?": no need to say what is absent
            weights = {name: weight + (DENIED if index.by_id[name].denied else 0) for name, weight in weights.items()}
        for item in own:
            if item.fact.about and index.by_id[index.root[item.id]].fact.concept in problems:
                weights.setdefault(item.id, OF_SUBJECT)
        if not weights and topic and topic not in _NO_TOPIC:
            weights = {item.id: IN_ORDER for item in own if item.fact.topic == topic}
        if not weights and query.form in ("yesno", "leading"):  # "has your skin changed?", where it has gone darker
            named = {query.tokens[place].stem for place in _places(match)} & query.stems - EMPTY
            weights = {item.id: IN_ORDER for item in own if named & item.told_stems
                       and not item.denied and item.fact.topic not in THOUGHTS}  # fmt: skip
        yield Clue("function", match.key, _places(match), weights)


def _topics(query: Query, index: Index, wanted: list, things: list[Clue]) -> Iterator[Clue]:
    over = {other for topic in query.topics for other in lexicon().over.get(topic, ())}
    thought = not THOUGHTS.isdisjoint(query.topics)
    owned = [clue for clue in things if names_other(clue, index)]
    own = {place for clue in owned for place in clue.places}
    elsewhere = {match.key for match in query.concepts if lexicon().kinds[match.key] in ("symptoms", "conditions")}
    elsewhere |= {clue.key for clue in owned if clue.kind == "concept"}
    inside = {match for match in query.cues for other in query.concepts if other.key in elsewhere
              and _covers(other, match) and lexicon().home(other.key) != match.key.topic}  # fmt: skip
    values = [Clue("value", match.key, _places(match), {}) for match in lexicon().values_in(query.tokens)]
    for match in query.cues:
        topic, kind = match.key
        detail = topic in lexicon().details
        if topic == "complaint" or topic in over or (detail and match.key not in wanted):
            continue
        if (detail and (thought or (query.form != "wh" and _places(match) & own))) or (not detail and match in inside):
            continue  # "has it woken you from sleep?": words of a thing that has its own fact
        weights = _of_detail(topic, kind, index) if detail else _of_topic(match.key, query, index)
        named = {
            place
            for thing in (*things, *values)
            if match.first < min(thing.places) and max(thing.places) + 1 < match.last
            for place in thing.places
        }
        loose = {
            place
            for place in _places(match)
            if place < len(query.tokens) and query.tokens[place].stem in query.stems - lexicon().topics.words
        }
        yield Clue("detail" if detail else "topic", match.key, _places(match) - named - loose, weights)


def _covers(concept: Match, cue: Match) -> bool:
    """Whether the wording of a concept that does not only name a topic holds that of a topic."""
    return concept.key not in lexicon().generic and concept.first <= cue.first and cue.last <= concept.last


def names_other(clue: Clue, index: Index) -> bool:
    """Whether a clue names a thing that has a fact and is no complaint."""
    return any(weight >= CASE and name not in index.complaints for name, weight in clue.weights.items())


def _of_detail(topic: str, kind: str | None, index: Index) -> dict[str, float]:
    if kind == "speed":
        return {item.id: TOPIC + KIND for item in index.views if has_speed(item)}
    near = lexicon().near.get(topic, ())
    of_near = NEAR if index.by_topic.get(topic) else NEAR_ONLY
    weights = {}
    for item in index.views:
        own = item.fact.topic
        weight = TOPIC if own == topic else of_near if own in near else 0
        if topic == "character" and has_speed(item):
            weight = 0  # "is it sharp?" asks for no sudden onset
        if weight == TOPIC and item.fact.about and index.by_id[item.fact.about].fact.topic == topic:
            weight += UNDER
        if kind and item.id in _fitting(index, index.root[item.id], own, kind):
            weight += KIND if weight or own not in lexicon().details else KIND / 2
            weight += NEAR_ONLY if item.fact.about and own not in lexicon().details else 0
        elif kind and weight:
            weight = 0 if kind in COURSE else weight + (NO_KIND if own == "timing" else UNREAD)
        if weight > 0:
            weights[item.id] = weight
    return weights


@lru_cache(maxsize=50_000)
def _fitting(index: Index, root: str, topic: str, kind: str) -> frozenset[str]:
    """The facts of one family and topic that have a value of a kind."""
    return frozenset(item.id for item in of_kind([x for x in index.families[root] if x.fact.topic == topic], kind))


def _of_topic(cue: TopicCue, query: Query, index: Index) -> dict[str, float]:
    topic, kind = cue
    if topic == "identity":
        return {item.id: IDENTITY for item in identity_views(query, index)}
    views = [item for item in index.by_topic.get(topic, ()) if is_own(item)]
    if topic == "work" and not views:
        views = [item for item in index.by_topic["identity"] if item.id == "patient-occupation"]
    affirmed = [item for item in views if not item.denied]
    known = [item for item in affirmed if item.fact.polarity != "unknown"]
    pets = [
        item for item in views if topic == "biography" and any("pets" in lexicon().wider(said) for said in item.said)
    ]
    used = used_for(query, affirmed) if topic == "medication" else []
    weights = {}
    for item in views:
        weights[item.id] = (
            (THOUGHT if topic in THOUGHTS else TOPIC)
            + (KIND if kind and of_kind([item], kind) else 0)
            + (UNDER if item.fact.about or item in pets else 0)
            + (USED_FOR if item in used else 0)
            + (DENIED if item not in known and (known or item.denied and affirmed) else 0)
        )
    for near in lexicon().near.get(topic, ()):
        for item in index.by_topic.get(near, ()):
            touched = not item.denied and not views and item.stems & query.stems - EMPTY
            weights.setdefault(item.id, NEAR_ONLY if touched else NEAR)
    return weights


def _values(query: Query, index: Index, wanted: list, things: list[Clue]) -> Iterator[Clue]:
    inside = {place for clue in things if clue.kind == "concept" and clue.weights for place in clue.places}
    for match in lexicon().values_in(query.tokens):
        if _places(match) <= inside:
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
        yield Clue("detail" if topics else "value", match.key, _places(match), weights)


def _asked_kinds(query: Query, index: Index) -> Iterator[Clue]:
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


def _words(query: Query, index: Index, others: Iterable[Clue]) -> Iterator[Clue]:
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


def _places(match: Match) -> set[int]:
    return set(range(match.first, match.last))
