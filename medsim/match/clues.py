"""What in a sentence points at which facts of the script, and how strongly: concepts, topics, kinds of value, words."""

from collections.abc import Iterator

from medsim.match.clue import EMPTY, THOUGHTS, Clue, places
from medsim.match.detail_clues import KIND, NEAR, NEAR_ONLY, TOPIC, UNDER, implies, of_detail
from medsim.match.details import of_kind, wanted_details
from medsim.match.general import identity_views, is_own, used_for
from medsim.match.index import Index, kept_with_index
from medsim.match.lexicon import TopicCue, lexicon
from medsim.match.loose_clues import asked_kinds, loose_words, values
from medsim.match.patterns import Match
from medsim.match.questions import Query
from medsim.match.text import word_set
from medsim.match.view import View

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
THOUGHT = 3.8  # ideas, concerns and hopes are asked for whatever else is named in the same breath
FOR = 2.4  # it is taken for what is named: "what do you take for your bladder?"
USED_FOR = 1.2  # it is taken for what is named
DENIED = -0.8  # it denies, where others of the topic affirm

_PAST = word_set("have had has did was were been ever before recently")
_NO_TOPIC = frozenset(("associated", "continence", "development_feeding"))  # functions name only disorders there


def clues(query: Query, index: Index, *, only_named: bool) -> list[Clue]:
    """The clues of a sentence. `only_named`: without its loose words, values and kinds of value."""
    wanted = wanted_details(query)
    things = [*_concepts(query, index, wanted), *_functions(query, index)]
    found = [*things, *_topics(query, index, wanted, things)]
    if only_named:
        return found
    found += values(query, index, wanted, things)
    found += () if any(kind for _, kind in wanted) else asked_kinds(query, index)
    return found + list(loose_words(query, index, found))


def _concepts(query: Query, index: Index, wanted: tuple) -> Iterator[Clue]:
    for match in query.concepts:
        if match.key == "pain" and wanted:  # "where is the pain?" means a painful complaint
            roots = {item.id: index.by_id[index.root[item.id]] for item in index.views}
            topics = [topic for topic, _ in wanted]
            weights = {name: OF_SUBJECT for name, root in roots.items() if "pain" in root.wide and (
                       root.id != name or any(implies(index, name, topic) for topic in topics))}  # fmt: skip
            yield Clue("concept", "pain", places(match), weights)
            continue
        weights = _of_concept(index, match.key)
        if "associated" in query.topics and any(weights.get(name, 0) >= CASE for name in index.complaints):
            continue  # "anything else with the headache?" asks for others
        if lexicon().kinds[match.key] == "medications" and not wanted:  # "what inhalers do you use?"
            cases = [item for item in index.by_topic.get("medication", ()) if item.fact.polarity == "present"]
            weights = weights | {item.id: CONCEPT for item in cases if match.key in item.wide}
            if lexicon().home(match.key) == "medication" and max(weights.values(), default=0) < WIDER:
                # "I take no tablets" answers for any medicine
                weights = weights | {item.id: CASE for item in index.by_topic.get("medication", ())
                                     if item.denied and item.fact.concept == "medication"}  # fmt: skip
        if query.treats:
            used = used_for(query, index.by_topic.get("medication", []))
            weights = weights | {item.id: FOR for item in used if weights.get(item.id, 0) < FOR}
        yield Clue("concept", match.key, places(match), weights)


@kept_with_index
def _of_concept(index: Index, concept: str) -> dict[str, float]:
    weights = {item.id: _of_case(concept, item, index) for item in index.views if is_own(item)}
    return {name: weight for name, weight in weights.items() if weight}


def _of_case(concept: str, item: View, index: Index) -> float:
    own, wider = item.fact.concept, lexicon().wider(concept)
    if own == concept:
        return CONCEPT
    if concept in item.wide:
        return DENIED_CASE if item.denied else CASE
    if own in wider:
        return WIDER
    root = index.by_id[index.root[item.id]]
    above = index.by_id[item.fact.about] if item.fact.about else root
    if root is not item and concept in (root.fact.concept, above.fact.concept):
        return OF_SUBJECT
    pastime = lexicon().kinds[concept] == "habits" and not own and item.fact.topic not in lexicon().details
    if pastime and any(concept in lexicon().wider(said) for said in item.said):
        return PASTIME
    if concept in item.said:
        return MENTIONED
    return OF_LIKE if root is not item and (concept in root.wide or root.fact.concept in wider) else 0


def _functions(query: Query, index: Index) -> Iterator[Clue]:
    over = {other for topic in query.topics for other in lexicon().over.get(topic, ())}
    for match in query.functions:
        problems, topic = lexicon().problems[match.key]
        if topic in over and query.form in ("wh", "open"):
            continue  # "what does he eat in a day?"
        own = [item for item in index.views if is_own(item)]
        first = lexicon().first[match.key] & {item.fact.concept for item in own}
        weights = {item.id: FUNCTION for item in own if item.fact.concept in (first or problems)}
        if any(not index.by_id[name].denied for name in weights):  # "bowels regular?": no need to say what is absent
            weights = {name: weight + (DENIED if index.by_id[name].denied else 0) for name, weight in weights.items()}
        for item in own:
            if item.fact.about and index.by_id[index.root[item.id]].fact.concept in problems:
                weights.setdefault(item.id, OF_SUBJECT)
        if not weights and topic and topic not in _NO_TOPIC and topic not in over:
            weights = {item.id: IN_ORDER for item in own if item.fact.topic == topic}
        if not weights and query.form in ("yesno", "leading"):  # "has your skin changed?", where it has gone darker
            named = {query.tokens[place].stem for place in places(match)} & query.stems - EMPTY
            weights = {item.id: IN_ORDER for item in own if named & item.told_stems
                       and not item.denied and item.fact.topic not in THOUGHTS}  # fmt: skip
        yield Clue("function", match.key, places(match), weights)


def _topics(query: Query, index: Index, wanted: tuple, things: list[Clue]) -> Iterator[Clue]:
    told = [topic for topic in query.topics if topic != "adherence" or topic in index.by_topic]
    over = {other for topic in told for other in lexicon().over.get(topic, ())}
    thought = not THOUGHTS.isdisjoint(query.topics)
    owned = [clue for clue in things if names_other(clue, index)]
    own = {place for clue in owned for place in clue.places}
    elsewhere = {match.key for match in query.concepts if lexicon().kinds[match.key] in ("symptoms", "conditions")}
    elsewhere |= {clue.key for clue in owned if clue.kind == "concept"}
    inside = {match for match in query.cues for other in query.concepts if other.key in elsewhere
              and _covers(other, match) and lexicon().home(other.key) != match.key.topic}  # fmt: skip
    classes = {place for clue in things if clue.kind == "concept" and clue.weights
               and lexicon().kinds.get(clue.key) == "medications" for place in clue.places}  # fmt: skip
    inside |= {match for match in query.cues if match.key.topic == "medication" and places(match) <= classes}
    named_values = [Clue("value", match.key, places(match), {}) for match in lexicon().values_in(query.tokens)]
    sites = [clue for clue in named_values if clue.key[0] == "site"]  # "which hip"
    for match in query.cues:
        topic, kind = match.key
        detail = topic in lexicon().details
        if topic == "complaint" or topic in over or (detail and match.key not in wanted):
            continue
        if (detail and (thought or (query.form != "wh" and places(match) & own))) or (not detail and match in inside):
            continue  # "has it woken you from sleep?": words of a thing that has its own fact
        weights = of_detail(index, topic, kind) if detail else _of_topic(match.key, query, index)
        named = {
            place
            for thing in (*things, *named_values)
            if (match.first < min(thing.places) and max(thing.places) + 1 < match.last)
            or (thing in sites and match.first < min(thing.places) and max(thing.places) < match.last)
            for place in thing.places
        }
        loose = {
            place
            for place in places(match)
            if place < len(query.tokens) and query.tokens[place].stem in query.stems - lexicon().topics.words
        }
        yield Clue("detail" if detail else "topic", match.key, places(match) - named - loose, weights)


def _covers(concept: Match, cue: Match) -> bool:
    """Whether the wording of a concept that does not only name a topic holds that of a topic."""
    named = concept.key not in lexicon().generic or cue.key.topic in THOUGHTS  # "any money worries?"
    return named and concept.first <= cue.first and cue.last <= concept.last


def names_other(clue: Clue, index: Index) -> bool:
    """Whether a clue names a thing that has a fact and is no complaint."""
    return any(weight >= CASE and name not in index.complaints for name, weight in clue.weights.items())


def _of_topic(cue: TopicCue, query: Query, index: Index) -> dict[str, float]:
    topic, kind = cue
    if topic == "identity":
        return {item.id: IDENTITY for item in identity_views(query, index)}
    views = [item for item in index.by_topic.get(topic, ()) if is_own(item)]
    if topic == "work" and not views:
        views = [item for item in index.by_topic["identity"] if item.id == "patient-occupation"]
    past = topic == "medication" and not _PAST & {token.text for token in query.tokens}  # "any regular medicines?"
    stale = [item for item in views if past and item.fact.polarity == "past"]
    affirmed = [item for item in views if not item.denied and item not in stale]
    known = [item for item in affirmed if item.fact.polarity != "unknown"]
    pets = [item for item in views if topic == "biography"
            and any("pets" in lexicon().wider(said) for said in item.said | item.wide)]  # fmt: skip
    of_people = topic == "living" and query.tokens[0].text == "who"  # not of the gun in the house
    used = used_for(query, affirmed) if topic == "medication" else []
    weights = {}
    for item in views:
        weights[item.id] = (
            (THOUGHT if topic in THOUGHTS else TOPIC)
            + (KIND if kind and of_kind([item], kind) else 0)
            + (UNDER if item.fact.about or item in pets or (of_people and item.fact.concept) else 0)
            + (USED_FOR if item in used else 0)
            + (DENIED if item in stale or (item not in known and (known or item.denied and affirmed)) else 0)
        )
    for near in lexicon().near.get(topic, ()):
        for item in index.by_topic.get(near, ()):
            touched = not item.denied and not views and item.stems & query.stems - EMPTY
            weights.setdefault(item.id, NEAR_ONLY if touched else NEAR)
    return weights
