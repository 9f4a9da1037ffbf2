"""Details of a complaint or of another fact: which one "how bad is it?" and "since when?" ask for."""

from functools import lru_cache

from medsim.match.lexicon import lexicon
from medsim.match.quantity import TIMES
from medsim.match.questions import Query
from medsim.match.text import stem_set, word_set
from medsim.match.view import View

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
COURSE = {"trend": "trend", "pattern": "rhythm"}  # kind of value asked for -> group of values
_GROUPS = COURSE | {"colour": "colour"}
_LENGTHS = stem_set("mm cm millimetre centimetre inch")
_MAIN = word_set("what where how which")  # the question, where "when it started" only says of what time
_MADE = word_set("made makes puts put stopped stops")
_LOOSE = stem_set("case moment altogether exactly honest")  # they name nothing
_SHORT = 5  # words of a question that can only refer back


@lru_cache(maxsize=64)
def wanted_details(query: Query) -> tuple[tuple[str, str | None], ...]:
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
    return tuple(dict.fromkeys(wanted))


def _is_only_when(query: Query) -> bool:
    """ "What were you doing when it started?", "where did it hurt when it came on?": it asks for no start."""
    texts = [token.text for token in query.tokens]
    when = texts.index("when") if "when" in texts else 0
    circumstances = any(match.key.topic == "circumstances" for match in query.cues) and texts[0] != "when"
    return circumstances or (texts[when - 1] not in ("and", "or") and not _MAIN.isdisjoint(texts[:when]))


def asks_course(query: Query) -> bool:
    """ "Is it any better?", "Is it constant?": a no denies nothing of what they ask about."""
    return query.form != "wh" and any(kind in COURSE for _, kind in wanted_details(query))


def asks_reason(query: Query) -> bool:
    """ "Why the ibuprofen?", "what made you stop?", but not "what makes it worse?"."""
    if {"aggravating", "relieving"} & set(query.topics):
        return False
    texts = [token.text for token in query.tokens]
    made = any(pair[0] == "what" and pair[1] in _MADE for pair in zip(texts, texts[1:], strict=False))
    return query.form == "wh" and (made or "why" in texts or "reason" in texts or texts[:2] == ["how", "come"])


@lru_cache(maxsize=64)
def refers_back(query: Query) -> bool:
    return len(query.tokens) <= _SHORT or not (query.stems - _LOOSE or query.concepts or query.people)


def has_speed(item: View) -> bool:
    return any(group == "speed" for group, _ in item.values)


def of_kind(views: list[View], kind: str) -> list[View]:
    """The facts that carry a value of the kind asked for."""
    kinds = _KINDS.get(kind, frozenset())
    fits = [item for item in views if any(quantity.kind in kinds for quantity in item.quantities)]
    if kind == "daytime":
        fits = [item for item in views if any(group == "daytime" for group, _ in item.values)] or fits
    if kind == "size":
        return [item for item in views if any(quantity.unit in _LENGTHS for quantity in item.quantities)]
    if kind in _GROUPS:
        return [item for item in views if any(own == _GROUPS[kind] for own, _ in item.values)]
    if kind == "duration":
        fits = [item for item in fits if not any(q.kind == "weekday" for q in item.quantities)] or fits
    if kind == "last":
        fits = [item for item in fits if "last" in item.fact.say.lower().split()] or (fits if len(views) == 1 else [])
    if kind == "frequency":
        often = [item for item in fits if any(q.kind == "frequency" or q.unit == TIMES for q in item.quantities)]
        fits = often or fits
    return fits
