"""Follow-ups for a reason: "Why?", "What made you stop?", "What put you off?"."""

import re
from collections.abc import Iterable

from medsim.match.context import Context
from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import stem_set
from medsim.match.view import View

_ASKS_REASON = re.compile(
    r"\bwhy\b|\bhow come\b|\b(?:what|which|the|other|another|any|your|a) (?:\w+ )?reasons?\b|\bwhat for\W*$|"
    r"\bwhat(?:'s|'d| is| was| had| has)? ?(?:made|makes|put|puts|stopped|stops|kept|keeps|led|drove|held|turned) "
    r"(?:you|u|him|her|them|it|off)\b|\bput(?:s|ting)? (?:you|him|her|them) off\b"
)
_OTHERS = re.compile(  # "why do you think ...?", "why have you come?"
    r"\b(?:think|reckon|here|visit|appointment|book(?:ed)?|ask)\b|\b(?:you|u|he|she|him|her|them) (?:come|came)\b"
)
_ASKING = stem_set(  # words that only ask for a reason, or say of what is known already that it was so
    "why reason make made put off stop stopped keep kept decide lead led drive turn hold back come besides another "
    "quit give gave up so mean start begin take taking exactly case"
)
_REASONS = frozenset(("circumstances", "ideas", "concerns", "expectations"))


def reasons_asked(query: Query, context: Context, index: Index) -> list[View]:
    """The reasons that the script gives for what a question names, or else for what was told just now."""
    text = query.text.lower()
    if query.form not in ("wh", "yesno", "leading") or not _ASKS_REASON.search(text) or _OTHERS.search(text):
        return []
    named = [item.id for item in index.views for match in query.concepts if item.fact.concept == match.key]
    if query.concepts and not named:
        return []
    subjects = named or (context.facts if context.specific else ())
    for subject in subjects:
        above = index.by_id[subject].fact.about
        for name in (subject, above) if above else (subject,):
            known = index.by_id[name].stems | index.by_id[subject].stems | frozenset(
                word for match in query.concepts for word in lexicon().wordings.get(match.key, ()))  # fmt: skip
            if not query.stems - _ASKING - known:
                reasons = list(_reasons_for(name, index))
                if reasons:
                    return [item for item in reasons if item.id not in context.told] or reasons
    return []


def _reasons_for(name: str, index: Index) -> Iterable[View]:
    """The details of a fact that may say why it is so: they stand under such a topic, or tell no measure of it."""
    own = index.by_id[name].fact
    details = [item for item in index.family(name) if item.fact.about == name]
    plain = [item for item in details if item.fact.topic in _REASONS]
    return plain or [item for item in details if _is_plain(item, own.topic)]


def _is_plain(item: View, topic: str) -> bool:
    others = item.fact.topic == topic or item.fact.topic not in lexicon().details
    return others and not item.denied and not item.quantities and item.is_of_patient
