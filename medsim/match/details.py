"""Details of a complaint or of another fact: which one "how bad is it?" and "since when?" ask for."""

from medsim.match.context import Context
from medsim.match.index import Index, View
from medsim.match.lexicon import lexicon
from medsim.match.quantity import TIMES
from medsim.match.questions import Query
from medsim.match.text import stem_set, word_set

# What a word asked about in a yes/no question belongs to ("is it on the left?").
_TOPICS_OF_VALUES = {
    "side": ("location", "radiation"), "site": ("location", "radiation"), "character": ("character",),
    "speed": ("onset", "character"), "rhythm": ("timing",), "daytime": ("timing",), "moisture": ("character",),
    "trend": ("timing",),
}  # fmt: skip
_KINDS = {
    "date": word_set("duration weekday month date clock year feast age"),
    "frequency": frozenset(("frequency", "count", "number")),
    "duration": frozenset(("duration",)),
    "last": frozenset(("weekday", "duration", "date", "month", "clock")),
    "dose": frozenset(("dose", "frequency", "count")),
    "amount": word_set("dose frequency count number score duration"),
    "daytime": frozenset(("clock",)),
}
_TIMES = stem_set("night evening weekend week month year hour minute worse particular")
_COURSE = {"trend": "trend", "pattern": "rhythm"}  # kind of value asked for -> group of values
_MAIN = word_set("what where how which")  # the question, where "when it started" only says of what time
_LOOSE = stem_set("case moment altogether exactly honest")  # they name nothing
_SHORT = 5  # words of a question that can only refer back


def wanted_details(query: Query) -> list[tuple[str, str | None]]:
    """The detail topics that a sentence names, each with the kind of value that it asks for."""
    wanted = [match.key for match in query.cues if match.key.topic in lexicon().details]
    if any(topic == "tried_treatment" for topic, _ in wanted):
        wanted = [pair for pair in wanted if pair[0] != "relieving"]  # "did you take anything to help?"
    if len(wanted) > 1 and (_is_only_when(query) or any(kind == "last" for _, kind in wanted)):
        wanted = [pair for pair in wanted if pair[0] != "onset"]
    named = [match.key.topic for match in query.cues if match.key.topic not in ("complaint", "biography")]
    if not wanted and not named and query.form in ("yesno", "leading"):
        sites_only = {group for group, _ in query.values} == {"site"} and (len(query.stems) > 2 or query.functions)
        wanted = [
            (topic, None) for group, _ in query.values if not sites_only for topic in _TOPICS_OF_VALUES.get(group, ())
        ]
    return list(dict.fromkeys(wanted))


def _is_only_when(query: Query) -> bool:
    """ "What were you doing when it started?", "where did it hurt when it came on?": it asks for no start."""
    texts = [token.text for token in query.tokens]
    when = texts.index("when") if "when" in texts else 0
    circumstances = any(match.key.topic == "circumstances" for match in query.cues) and texts[0] != "when"
    return circumstances or (texts[when - 1] not in ("and", "or") and not _MAIN.isdisjoint(texts[:when]))


def asks_course(query: Query) -> bool:
    """ "Is it any better?", "Is it constant?": a no denies nothing of what they ask about."""
    return query.form != "wh" and any(kind in _COURSE for _, kind in wanted_details(query))


def details(
    query: Query, context: Context, index: Index, named: list[View], concepts: list[str]
) -> tuple[list[View], list[str]]:
    """The detail facts that a sentence asks for and their topics. `named`: the facts of the concepts that it names."""
    wanted = wanted_details(query)
    only_complaints = all(item.id in index.complaints for item in named)
    if named and query.form in ("yesno", "leading") and not only_complaints:
        wanted = [pair for pair in wanted if pair[0] in query.topics
                  or (query.form == "leading" and not named[0].denied)]  # fmt: skip
    if {"ideas", "concerns", "expectations"} & set(query.topics) or _is_within(query, named):
        wanted = []
    if any(item.fact.topic in ("tried_treatment", "medication") for item in named):
        wanted = [pair for pair in wanted if pair[0] != "relieving"]  # "did the antacid help?"
    if not wanted:
        return _same_again(query, context, index, named)
    families = _families(query, context, index, named, concepts)
    found: list[View] = []
    if lexicon().details.isdisjoint(query.topics):
        return _places(wanted, families, query, index)
    for topic, kind in wanted:
        found += _of_topic(topic, kind, families, query, context, index)
    return list(dict.fromkeys(found)), [topic for topic, _ in wanted]


def _is_within(query: Query, named: list[View]) -> bool:
    """ "Has it woken you from sleep?": words of a concept that has its own fact, though they could be a detail's."""
    if query.form not in ("yesno", "leading"):
        return False
    places = [
        match
        for match in query.concepts
        if any(item.fact.concept == match.key and item.fact.topic != "complaint" for item in named)
    ]
    cues = [match for match in query.cues if match.key.topic in lexicon().details]
    return bool(cues) and all(
        any(place.first < cue.last and cue.first < place.last for place in places) for cue in cues
    )


def _places(
    wanted: list[tuple[str, str | None]], families: list[str], query: Query, index: Index
) -> tuple[list[View], list[str]]:
    """ "Is it on the left?", "do you feel it in your jaw?": the facts with that value, else the likelier topic."""
    topics, groups = [topic for topic, _ in wanted], {group for group, _ in query.values}
    likelier = "radiation" if groups == {"site"} else topics[0]
    for name in families:
        views = [item for item in index.families[name] if item.fact.topic in topics and item.id != name]
        if "character" in groups:
            views = [item for item in views if not _has_speed(item)]
        touched = [item for item in views if item.values & set(query.values)]
        if views:
            views = touched or [item for item in views if item.fact.topic == likelier] or views
            return views, list(dict.fromkeys(item.fact.topic for item in views))
    return [], topics


def _same_again(query: Query, context: Context, index: Index, named: list[View]) -> tuple[list[View], list[str]]:
    """ "When did the cough start?" ... "And the fast breathing?"."""
    again = query.tokens[0].text == "and" and len(query.tokens) <= _SHORT and named and not query.topics
    topics = [topic for topic in context.topics if topic in lexicon().details]
    if not again or not topics or named[0].denied:
        return [], []
    family = index.family(named[0].id)
    return [item for item in family if item.fact.topic == topics[-1]], topics[-1:]


def _families(query: Query, context: Context, index: Index, named: list[View], concepts: list[str]) -> list[str]:
    """Root ids to look for details under, best first."""
    roots = [index.root[item.id] for item in named if not item.denied]
    others = [concept for concept in concepts if concept != "pain"]
    if roots or (others and _is_subject(query, others)):
        said = {token.stem for match in query.concepts for token in query.tokens[match.first : match.last]}
        said &= query.stems
        close = [name for name in index.complaints if any(concept in index.by_id[name].wide for concept in others)]
        if not roots and not close:  # "slowing down", where the script calls it something else
            close = [name for name in index.complaints if said and said <= index.by_id[name].stems]
        return list(dict.fromkeys(roots + close))
    if query.functions and query.form == "wh":
        if any(match.key == ("timing", "last") for match in query.cues):
            return []
        problems = frozenset().union(*(lexicon().problems[match.key][0] for match in query.functions))
        return [item.id for item in index.views if item.fact.concept in problems and not item.denied]
    if _refers_back(query) and context.specific and context.facts and _is_apart(context.facts[0], index):
        return [index.root[context.facts[0]]]
    known = [name for name in context.families if _refers_back(query) or not _is_apart(name, index)]
    recent = [*known, *(name for name in index.complaints if name not in context.families)]
    if "pain" in concepts:
        painful = [name for name in recent if "pain" in index.by_id[name].wide]
        return painful or recent
    rare = frozenset(stem for stem in query.stems - _TIMES if index.frequency[stem] <= 3)
    sites = {value for value in query.values if value[0] == "site"}
    by_words = [name for name in recent if sites & index.by_id[name].values]  # "when did the hip start?"
    by_words += [name for name in [*recent, *index.families] if index.by_id[name].stems & rare]
    return list(dict.fromkeys([*by_words, *recent]))


def _is_subject(query: Query, concepts: list[str]) -> bool:
    """False for the examples of "does anything set it off, like stress?"."""
    first = min(match.first for match in query.concepts if match.key in concepts)
    named = [match.first for match in query.cues if match.key.topic in lexicon().details]
    return query.form == "wh" or not named or first < min(named)


def _refers_back(query: Query) -> bool:
    return len(query.tokens) <= _SHORT or not (query.stems - _LOOSE or query.concepts or query.people)


def _is_apart(name: str, index: Index) -> bool:
    """True for a fact that is no complaint and nothing that goes with one: a medicine, a habit."""
    root = index.by_id[index.root[name]]
    return not root.denied and root.fact.topic not in ("complaint", "associated", *lexicon().details)


def _of_topic(
    topic: str, kind: str | None, families: list[str], query: Query, context: Context, index: Index
) -> list[View]:
    if kind == "speed":
        return _speed(families, index)
    if _refers_back(query) and kind and context.specific:
        again = of_kind([index.by_id[name] for name in context.facts], kind)
        if again and not any(item.fact.topic == topic for name in families[:1] for item in index.families[name]):
            return again
    for name in families:
        if index.by_id[name].fact.topic == topic and not kind:
            return [index.by_id[name]]  # "did you give anything?", rather than when it was given
        views = [item for item in index.families[name] if item.fact.topic == topic and item.id != name]
        if topic == "character":
            views = [item for item in views if not _has_speed(item)]  # "is it sharp?" asks for no sudden onset
        if views:
            near = _touched_elsewhere(topic, index.families[name], views, query)
            return near or narrow(views, kind, query)
        if kind and of_kind([index.by_id[name]], kind):
            return [index.by_id[name]]
    loose = [item for item in index.by_topic.get(topic, ()) if not item.fact.about and not item.fact.concept]
    return narrow(loose, kind, query) if loose else _near(topic, kind, families, query, index)


def _touched_elsewhere(topic: str, family: list[View], views: list[View], query: Query) -> list[View]:
    """ "Do missed meals bring it on?": the fact of a near topic, if only it has the question's words."""
    if query.form != "yesno" or _touched(views, query):
        return []
    near = [item for item in family if item.fact.topic in lexicon().near.get(topic, ())]
    return [item for item in near if _touched([item], query)]


def _near(topic: str, kind: str | None, families: list[str], query: Query, index: Index) -> list[View]:
    """What answers for a topic that the families lack."""
    for near in lexicon().near.get(topic, ()):
        for name in families:
            views = [item for item in index.families[name] if item.fact.topic == near and item.id != name]
            views = of_kind(views, kind) if kind else views
            if views and (query.form != "yesno" or _touched(views, query)):
                return narrow(views, kind, query)
    if families and (
        topic == "character" and query.form == "wh" or (_refers_back(query) and _is_apart(families[0], index))
    ):
        return [index.by_id[families[0]]]
    return []


def _speed(families: list[str], index: Index) -> list[View]:
    for name in families:
        views = [item for item in index.families[name] if _has_speed(item)]
        if views:
            return views
    return []


def _has_speed(item: View) -> bool:
    return any(group == "speed" for group, _ in item.values)


def _touched(views: list[View], query: Query) -> bool:
    return any(item.stems & query.stems or item.values & set(query.values) for item in views)


def of_kind(views: list[View], kind: str) -> list[View]:
    """The facts that carry a value of the kind asked for."""
    kinds = _KINDS.get(kind, frozenset())
    fits = [item for item in views if any(quantity.kind in kinds for quantity in item.quantities)]
    if kind == "daytime":
        fits = [item for item in views if any(group == "daytime" for group, _ in item.values)] or fits
    if kind in _COURSE:
        return [item for item in views if any(own == _COURSE[kind] for own, _ in item.values)]
    if kind == "duration":
        fits = [item for item in fits if not any(q.kind == "weekday" for q in item.quantities)] or fits
    if kind == "last":
        fits = [item for item in fits if "last" in item.fact.say.lower().split()] or (fits if len(views) == 1 else [])
    if kind == "frequency":
        often = [item for item in fits if any(q.kind == "frequency" or q.unit == TIMES for q in item.quantities)]
        fits = often or fits
    return fits


def narrow(views: list[View], kind: str | None, query: Query) -> list[View]:
    """Of several facts of one topic those with the kind of value asked for, or with words of the question."""
    if kind in _COURSE:
        return of_kind(views, kind)
    if len(views) > 1 and kind:
        views = of_kind(views, kind) or views
    if len(views) > 1:
        scores = {item.id: len(item.stems & query.stems) + len(item.values & set(query.values)) for item in views}
        best = max(scores.values())
        views = [item for item in views if scores[item.id] == best] if best else views
    return views
