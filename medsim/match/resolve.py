"""From one sentence of the doctor to the facts that it asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from medsim.match.context import Context
from medsim.match.details import asks_course, of_kind, wanted_details
from medsim.match.general import is_own, of_person, person_asked, with_relative, without_patient
from medsim.match.index import Index
from medsim.match.lexicon import TopicCue, lexicon
from medsim.match.patterns import Match
from medsim.match.questions import Query
from medsim.match.reasons import reasons_asked
from medsim.match.text import stem_set, word_set
from medsim.match.view import View
from medsim.match.weigh import weigh

_ANY_KIND = frozenset(("injury", "swelling", "bleeding"))  # "no" to the one kind that the script has will do
_WHOLE_LISTS = word_set("associated history medication family biography past_tests complaint")
_SHORT = 5  # words of a question that carries on the one before
_IT = word_set("it that this them those these")
_META = stem_set("remember recall year day week month hour exactly roughly sure mean")
_REASONS = frozenset(("circumstances", "ideas", "concerns"))
_POINTING = word_set("how what which when where who why that this it those them these so much many one ones")


@dataclass
class Wanted:
    """What one sentence asks for. `specific`: certain facts, not whatever a list holds."""

    facts: list[str] = field(default_factory=list)
    concepts: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    who: str = "patient"
    specific: bool = False

    def add(self, views: Iterable[View], *, specific: bool) -> bool:
        """Take facts up; true if there were any."""
        names = [item.id for item in views]
        self.facts += [name for name in names if name not in self.facts]
        self.specific = self.specific or (specific and bool(names))
        return bool(names)


def resolve(query: Query, context: Context, index: Index) -> Wanted:
    """The facts that a sentence asks for, best first, with the concepts, topics and person that it names."""
    found = _resolve(with_relative(without_patient(query, index), context, index), context, index)
    if not found.facts:
        found.topics += [topic for topic in map(lexicon().home, found.concepts) if topic not in found.topics]
    return found


def _is_of_list(name: str, index: Index) -> bool:
    """ "Any other tablets?" asks for those that were not told yet."""
    return index.by_id[name].fact.topic in lexicon().lists | {"complaint"}


def _resolve(query: Query, context: Context, index: Index) -> Wanted:
    found = Wanted(who=person_asked(query, index))
    found.concepts = list(dict.fromkeys(match.key for match in query.concepts))
    found.topics = list(query.topics)
    told = [name for name in context.told if _is_of_list(name, index)] if "rest" in query.talk else []
    if found.who != "patient":
        about, carried = of_person(query, context, index, found.who, found.topics)
        found.concepts = found.concepts or carried
        found.topics += [] if "family" in found.topics else ["family"]
        found.add([item for item in about if item.id not in told], specific=len(about) == 1)
        return found
    if found.add(reasons_asked(query, context, index), specific=True):
        return found
    if _echoes_what_was_asked(query, context, index, found):
        return found
    query = _for_it(_carried_on(query, context), context, index)
    only_named = query.form in ("open", "social", "bait") or "complaint" in query.topics
    views = weigh(query, context, index, told, only_named=only_named)
    whole_list = len(views) > 2 and views[0].fact.topic in _WHOLE_LISTS
    found.add(views, specific=not whole_list)
    _settle_names(query, index, found)
    if not found.facts and not found.concepts:
        _ask_again(query, context, index, found)
    return found


def _carried_on(query: Query, context: Context) -> Query:
    """ "When did the cough start?" ... "And the fast breathing?": with the detail that was asked for before."""
    topics = [topic for topic in context.topics if topic in lexicon().details]
    short = query.tokens[0].text == "and" and len(query.tokens) <= _SHORT
    if not topics or not short or query.cues or not (query.concepts or query.functions or query.values):
        return query
    return replace(query, cues=(Match(TopicCue(topics[-1], None), 0, 1),))


def _for_it(query: Query, context: Context, index: Index) -> Query:
    """ "I've arthritis." "What do you take for it?": with the illness that was spoken of."""
    texts = [token.text for token in query.tokens]
    place = next((place for place in range(1, len(texts)) if texts[place - 1] == "for" and texts[place] in _IT), None)
    if place is None or not query.treats or query.concepts or query.functions:
        return query
    spoken_of = [index.by_id[name].fact for name in (*(context.facts if context.specific else ()), *context.families)]
    concepts = [
        fact.concept for fact in spoken_of[:1] if fact.concept and lexicon().kinds[fact.concept] == "conditions"
    ]
    return replace(query, concepts=tuple(Match(concept, place, place + 1) for concept in concepts))


def _settle_names(query: Query, index: Index, found: Wanted) -> None:
    """The concepts and topics as names for what is asked: those of functions too, none that only name a topic."""
    wanted = wanted_details(query)
    found.topics += [topic for topic, _ in wanted if topic not in found.topics]
    for match in query.functions:
        problems, topic = lexicon().problems[match.key]
        found.topics += [topic] if topic and topic not in found.topics else []
        if not found.facts and not wanted:
            found.concepts += [problem for problem in sorted(problems) if problem not in found.concepts][:1]
    for match in query.concepts:
        only_topic = match.key in lexicon().generic or _is_part_of_a_detail(match, query)
        if only_topic and match.key in found.concepts and not concept_views(match.key, index):
            found.concepts.remove(match.key)


def _echoes_what_was_asked(query: Query, context: Context, index: Index, found: Wanted) -> bool:
    """ "Half a bottle?" right after it was said: the same fact is meant, whatever else the words could be."""
    short = query.form in ("leading", "yesno") and len(query.tokens) <= 6 and not found.concepts
    if not short or not context.specific or wanted_details(query):
        return False
    return found.add(
        [index.by_id[name] for name in context.facts if index.by_id[name].told_stems & query.stems], specific=True
    )


def concept_views(concept: str, index: Index) -> list[View]:
    """The facts about the patient that a question for a concept asks for: just that one, else cases of it."""
    own = [item for item in index.views if is_own(item)]
    exact = [item for item in own if item.fact.concept == concept]
    wider = lexicon().wider(concept)
    cases = [
        item
        for item in own
        if (concept in item.wide and (not item.denied or concept in _ANY_KIND)) or (item.fact.concept or "") in wider
    ]
    if exact or cases or lexicon().kinds[concept] != "habits":
        return exact or cases
    details = lexicon().details
    wide = lexicon().wider
    return [
        item
        for item in own
        if any(concept in wide(said) for said in item.said) and not item.fact.concept and item.fact.topic not in details
    ]


def _is_part_of_a_detail(concept: Match, query: Query) -> bool:
    """ "Does it go to your back?" asks where the pain goes, not for back pain."""
    return any(
        match.key.topic in lexicon().details and match.first < concept.last and concept.first < match.last
        for match in query.cues
    )


def _ask_again(query: Query, context: Context, index: Index, found: Wanted) -> None:
    """ "How much?", "Which one?", "Ten?": what was just spoken of."""
    words = {token.text for token in query.tokens}
    points = words & _POINTING or query.quantities or query.tokens[-1].text == "any"
    short = len(query.stems - _META) <= 1 and len(query.tokens) <= 8
    if not points or not short or query.form in ("open", "social", "bait") or "anything_else" in query.talk:
        return
    if (set(found.topics) - {"adherence"} and not wanted_details(query)) or asks_course(query):
        return
    found.add(_follow_up(query, context, index), specific=True)
    found.concepts = [] if found.facts else list(context.concepts)
    found.topics = [index.by_id[name].fact.topic for name in found.facts] or found.topics or list(context.topics)


def _follow_up(query: Query, context: Context, index: Index) -> list[View]:
    words = {token.text for token in query.tokens}
    if not context.specific:
        return [index.by_id[name] for name in context.families[:1]]
    views = [index.by_id[name] for name in context.facts]
    family = [item for view in views for item in index.family(view.id) if item not in views]
    if words & {"much", "many"} and views:
        return of_kind(views, "amount") or of_kind(family, "amount")[:1] or views[:1]
    if words & {"why", "reason"} or {"what", "made"} <= words:
        reasons = [item for item in family if item.fact.topic in _REASONS]
        return reasons[:1] or family[:1] or views[:1]
    return views[:2]
