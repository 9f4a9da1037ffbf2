"""From one sentence of the doctor to the facts that it asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from medsim.match.context import Context
from medsim.match.details import asks_course, details, of_kind, wanted_details
from medsim.match.general import general_views, is_own, of_person, person_asked, without_patient
from medsim.match.index import Index, View
from medsim.match.lexicon import lexicon
from medsim.match.patterns import Match
from medsim.match.questions import Query
from medsim.match.text import stem_set, word_set

_ANY_KIND = frozenset(("injury", "swelling", "bleeding"))  # "no" to the one kind that the script has will do
_PERSONAL = word_set("ideas concerns expectations mood identity")
_VAGUE = frozenset(  # their words stand in other questions too
    ("history", "associated", "work", "living", "family", "perinatal", "mood", "appetite_weight")
)
_COVERED = 0.4  # the share of a question's words that point at one fact, weighted by how rare they are
_NEAR = 5  # words between two things asked for at once
_WHOLE_LISTS = word_set("associated history medication family biography past_tests complaint")
_META = stem_set("remember recall year day week month hour exactly roughly sure mean")
_EMPTY = stem_set("trouble problem issue notice worse better change")  # they point at nothing
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
    found = _resolve(without_patient(query, index), context, index)
    if not found.facts:
        found.topics += [topic for topic in map(_topic_of_absent, found.concepts) if topic not in found.topics]
    if "rest" in query.talk:
        found.facts = [name for name in found.facts if not _is_told_of_list(name, context, index)]
    return found


def _topic_of_absent(concept: str) -> str:
    """Where a script that lacks the concept would have it: "chest pain?" asks for what goes with the complaint."""
    words = lexicon()
    wide = sorted(words.wider(concept) & words.concept_topics.keys(), key=lambda wider: (wider != concept, wider))
    return words.concept_topics[wide[0] if wide else words.kinds[concept]]


def _is_told_of_list(name: str, context: Context, index: Index) -> bool:
    """ "Any other tablets?" asks for those that were not told yet."""
    return name in context.told and index.by_id[name].fact.topic in lexicon().lists | {"complaint"}


def _resolve(query: Query, context: Context, index: Index) -> Wanted:
    found = Wanted(who=person_asked(query, index))
    found.concepts = list(dict.fromkeys(match.key for match in query.concepts))
    found.topics = list(query.topics)
    if found.who != "patient":
        about, carried = of_person(query, context, index, found.who, found.topics)
        found.concepts = found.concepts or carried
        found.topics += [] if "family" in found.topics else ["family"]
        found.add(about, specific=len(about) == 1)
        return found
    if _echoes_what_was_asked(query, context, index, found):
        return found
    _ask_for_concepts_and_details(query, context, index, found)
    if not found.facts and not wanted_details(query):
        _ask_for_functions(query, index, found)
    _ask_for_topics(query, context, index, found)
    if not found.facts:
        _ask_by_words(query, index, found)
    if not found.facts and not found.concepts:
        _ask_again(query, context, index, found)
    return found


def _echoes_what_was_asked(query: Query, context: Context, index: Index, found: Wanted) -> bool:
    """ "Half a bottle?" right after it was said: the same fact is meant, whatever else the words could be."""
    short = query.form in ("leading", "yesno") and len(query.tokens) <= 6 and not found.concepts
    if not short or not context.specific or wanted_details(query):
        return False
    return found.add(
        [index.by_id[name] for name in context.facts if index.by_id[name].told_stems & query.stems], specific=True
    )


def _ask_for_concepts_and_details(query: Query, context: Context, index: Index, found: Wanted) -> None:
    named = _named(query, index, found)
    views, topics = details(query, context, index, named, found.concepts)
    if "tried_treatment" in topics and not views:
        views = general_views("medication", query, index)[:2]
    found.topics += [topic for topic in topics if topic not in found.topics]
    presupposes = query.form == "wh" or asks_course(query)
    last_of_own = ("timing", "last") in wanted_details(query) and any(item.id not in index.complaints for item in named)
    presupposes = presupposes and not last_of_own  # "when did you last have a scan?": the fact of the scan may say so
    asks_detail = found.add(views, specific=True) or (bool(topics) and presupposes and bool(found.concepts))
    if not asks_detail and not {"ideas", "concerns", "expectations"} & set(found.topics):
        found.add(_without_subject(query, named, index, found), specific=True)


def _named(query: Query, index: Index, found: Wanted) -> list[View]:
    """The facts of the concepts named; a concept without one that only names a topic is dropped."""
    named: list[View] = []
    for match in query.concepts:
        if match.key == "pain" and wanted_details(query):
            continue  # "where is the pain?" means the complaint at hand
        views = concept_views(match.key, index)
        named += [item for item in views if item not in named]
        only_topic = match.key in lexicon().generic or _is_part_of_a_detail(match, query)
        if not views and only_topic and match.key in found.concepts:
            found.concepts.remove(match.key)
    return named


def _without_subject(query: Query, named: list[View], index: Index, found: Wanted) -> list[View]:
    """ "Any vomiting with the headaches?" asks for the vomiting; "any warning before it?" not for the headache."""
    others = [item for item in named if item.id not in index.complaints]
    if "associated" in found.topics:
        return others
    return others if others and len(query.concepts) > 1 else named


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


def _ask_for_topics(query: Query, context: Context, index: Index, found: Wanted) -> None:
    """Facts of general topics (medication, work ...), unless the question names something narrower."""
    had = {index.by_id[name].fact.topic for name in found.facts}
    personal = _PERSONAL & set(found.topics)
    for match in query.cues:
        topic, kind = match.key
        if topic in lexicon().details or topic == "complaint":
            continue
        covered = any(match.first < other.last and other.first < match.last for other in query.concepts)
        vague = topic in _VAGUE and (had or personal or "biography" in found.topics)
        if topic in had or (had and covered) or (vague and (topic in _PERSONAL or not _is_joined(match, query))):
            continue
        if topic == "identity" and had - {"work"} or topic == "appetite_weight" and "diet" in found.topics:
            continue  # "at what age was the operation?", "what do you eat?"
        if topic == "medication" and ("tried_treatment" in had or "allergy" in found.topics):
            continue
        views = general_views(topic, query, index)
        if topic in lexicon().lists and found.concepts and not had:
            views = [item for item in views if _answers_for(item, found.concepts)]
        again = [item for item in views if item.id in context.facts]
        if again and not found.concepts and len(query.tokens) <= 4:
            views = again
        views = (of_kind(views, kind) or views) if kind else views
        found.add(views, specific=topic not in _WHOLE_LISTS and len(views) <= 2)


def _is_joined(cue: Match, query: Query) -> bool:
    """ "Any allergies or other illnesses?" asks for both."""
    beside = query.tokens[max(cue.first - _NEAR, 0) : cue.first] + query.tokens[cue.last : cue.last + _NEAR]
    return any(token.text in ("and", "or") for token in beside)


def _answers_for(item: View, concepts: list[str]) -> bool:
    """ "I've no allergies" answers for latex, "a pill for my blood pressure" for hypertension."""
    wide = {wider for concept in concepts for wider in lexicon().wider(concept)}
    uses = {lexicon().uses[own] for own in item.wide if own in lexicon().uses}
    return bool(wide & (item.said | uses)) or (item.denied and item.fact.concept in lexicon().generic)


def _ask_for_functions(query: Query, index: Index, found: Wanted) -> None:
    """Facts about something that is normally in order: bowels, sleep, speech."""
    for match in query.functions:
        problems, topic = lexicon().problems[match.key]
        views = [item for item in index.views if item.fact.concept in problems and is_own(item)]
        if topic and not views and topic not in ("associated", "continence", "development_feeding"):
            views = index.by_topic.get(topic, [])
        if topic and topic not in found.topics:
            found.topics.append(topic)
        if not found.add(views, specific=True):
            found.concepts += [problem for problem in sorted(problems) if problem not in found.concepts][:1]


def _ask_by_words(query: Query, index: Index, found: Wanted) -> None:
    """No topic and no concept found a fact: the words that only one fact has.

    Where the question names a topic or concept after all, they must be most of its words.
    """
    if query.form in ("open", "social", "bait") or asks_course(query):
        return
    absent = [*(query.concepts if found.concepts else ()), *query.functions]
    named = _EMPTY | {token.stem for match in absent for token in query.tokens[match.first : match.last]}
    words = query.stems - (named if absent else _EMPTY)
    scores = {item.id: _rarity(item.stems & words, index) for item in index.views if item.fact.topic != "identity"}
    best = max(scores.values(), default=0)
    enough = _COVERED * _rarity(query.stems, index) if found.topics or found.concepts else 0
    if best >= max(0.5, enough):
        found.add([item for item in index.views if scores.get(item.id) == best], specific=True)


def _rarity(stems: Iterable[str], index: Index) -> float:
    """How distinctive words are: 1 for each that at most one fact has."""
    return sum(1 / max(index.frequency[stem], 1) for stem in stems)


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
