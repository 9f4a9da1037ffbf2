"""The values in a reply against those of a fact: numbers, sides, times and others of which only one can be right."""

import re
from functools import lru_cache
from typing import NamedTuple

from medsim.match.lexicon import lexicon
from medsim.match.quantity import Quantity, same
from medsim.match.reply import Reply
from medsim.match.text import word_set
from medsim.match.types import Polarity, Span, Verdict
from medsim.match.view import View

# Groups of words of which only one can be so, and in which topics they are the value of a fact.
EXCLUSIVE = {
    "side": word_set("location radiation associated complaint surgery circumstances history"),
    "site": frozenset(("location",)),
    "character": frozenset(("character",)),
    "speed": frozenset(("onset", "character")),
    "daytime": frozenset(("timing",)),
    "moisture": frozenset(("complaint", "character", "associated")),
    "rhythm": word_set("timing character"),
    "trend": word_set("timing onset"),
    "colour": frozenset(("associated", "complaint")),
}

_TIMES = word_set("duration interval weekday month date year feast")
_SHORT_ANSWER = 4  # content words of an answer in which a bare number is the value

_ROUGHLY = re.compile(
    r"(?i)\b(?:about|around|roughly|nearly|almost|coming up to|going on|getting on for|close to|over|"
    r"(?:the )?best part of|not far off|something like|must be|at least|approximately|or thereabouts|say|maybe|"
    r"perhaps|probably|pushing|touching|nigh on|i(?:'d)? (?:think|guess|suppose|say)|call it) (?:the |for )?$"
)
_OR_SO = re.compile(
    r"(?i)\W{0,2}(?:or so|ish|odd|or thereabouts|give or take|maybe|roughly|near enough|or more|perhaps|probably|"
    r"tops|at (?:the )?(?:most|best|least|a push|a guess)|i(?:'d)? (?:think|guess|suppose|say)|if that|"
    r"and (?:a bit|change))\b"
)
_MORE = re.compile(r"(?i)\b(?:over|more than|above|north of|upwards of|past|at least|not less than) (?:the |a )?$")
_LESS = re.compile(
    r"(?i)\b(?:under|less than|fewer than|below|not (?:quite|even)|just short of|shy of|inside|within|up to) "
    r"(?:the |a )?$"
)
_FEVERS = range(34, 43)
_ROUGH_KINDS = word_set("duration interval frequency age count weight")
_SLACK = 0.2
_NOT = word_set("not isn't wasn't never no doesn't didn't neither nor")


class Judgement(NamedTuple):
    """A verdict on a fact, what was said of it, and where."""

    verdict: Verdict
    polarity: Polarity
    value: str | None
    span: Span


def by_value(item: View, reply: Reply, told: bool = False) -> Judgement | None:
    """Numbers, sides, times and other values of which only one can be right. One wrong value outweighs right ones."""
    found = [judgement for judgement in (_by_quantity(item, reply, told), _by_quality(item, reply)) if judgement]
    wrong = [judgement for judgement in found if judgement.verdict == "contradicts"]
    return (wrong or found or [None])[0]


def _by_quantity(item: View, reply: Reply, told: bool = False) -> Judgement | None:
    right: list[tuple[Quantity, bool]] = []
    wrong: list[Quantity] = []
    if not item.quantities:
        return None
    for said, negated in reply.quantities:
        if told and said.kind not in item.kinds:
            continue
        quantity = loosely(said, reply.text)
        verdicts = [
            same(quantity, own, reply.this_year) for own in item.quantities if not told or quantity.kind == own.kind
        ]
        if False in verdicts and True not in verdicts and quantity.kind != "number":
            verdicts = [same(quantity, own, reply.this_year) for own in item.quantities if own.kind != "number"]
        if True in verdicts:
            right.append((quantity, negated))
        elif False in verdicts and not negated and not _is_by_the_way(quantity, reply):
            wrong.append(quantity)
    wrong = [quantity for quantity in wrong if not any(same(quantity, other) is not None for other, _ in right)]
    if wrong and not item.denied:
        return judgement("contradicts", item, reply, (wrong[0].start, wrong[0].end), denied=False)
    for quantity, negated in right:
        negated = negated and not _is_when(quantity, reply)
        verdict: Verdict = "contradicts" if negated and not item.denied else "supports"
        return judgement(verdict, item, reply, (quantity.start, quantity.end), negated)
    return None


@lru_cache(maxsize=2048)
def loosely(quantity: Quantity, text: str) -> Quantity:
    """A quantity said to be rough, as a range: "coming up to a year", "well over thirty-eight"."""
    before, after = text[: quantity.start], text[quantity.end :]
    rough = _ROUGHLY.search(before) or _OR_SO.match(after)
    if quantity.kind in ("number", "temperature") and quantity.low in _FEVERS:
        more = _MORE.search(before) or _OR_SO.match(after)
        return quantity._replace(high=quantity.high + 0.9) if more else quantity
    if quantity.kind in _ROUGH_KINDS and not rough:
        more, less = _MORE.search(before), _LESS.search(before)
        low, high = quantity.low * (1 - _SLACK if less else 1), quantity.high * (1 + _SLACK if more else 1)
        return quantity._replace(low=low, high=high)
    if not rough or quantity.kind not in _ROUGH_KINDS:
        return quantity
    return quantity._replace(low=quantity.low * (1 - _SLACK), high=quantity.high * (1 + _SLACK))


def _is_by_the_way(quantity: Quantity, reply: Reply) -> bool:
    """A number of nothing in a long sentence: "the two of us would see the morning"."""
    return quantity.kind == "number" and len(reply.said | reply.not_said) > _SHORT_ANSWER


def _is_when(quantity: Quantity, reply: Reply) -> bool:
    """ "They haven't moved these five days" denies the moving, "not five days" the days."""
    before = reply.text[: quantity.start].rstrip().lower()
    return quantity.kind in _TIMES and not before.endswith(("not", "n't"))


def _by_quality(item: View, reply: Reply) -> Judgement | None:
    right: dict[str, Span] = {}
    wrong: dict[str, Span] = {}
    for value, span, negated in reply.values:
        group = value[0]
        own = [mine for mine in item.values if mine[0] == group]
        if not own or item.fact.topic not in EXCLUSIVE.get(group, ()) or item.denied:
            continue
        if group == "side" and negated:  # "I could see nothing on the right"
            negated = not _NOT.isdisjoint(reply.text[: span[0]].lower().split()[-3:])
        agrees = any(agree(value, mine) for mine in own)
        if agrees != negated:
            (right if agrees else {}).setdefault(group, span)
        else:
            wrong.setdefault(group, span)
    for group, span in wrong.items():
        if group not in right:
            return judgement("contradicts", item, reply, span, denied=False)
    return judgement("supports", item, reply, next(iter(right.values())), denied=False) if right else None


def agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    if one == other or "both_sides" in (one[1], other[1]):
        return True
    return one[0] == "site" and lexicon().related(f"site:{one[1]}", f"site:{other[1]}")


def judgement(verdict: Verdict, item: View, reply: Reply, span: Span, denied: bool) -> Judgement:
    polarity: Polarity = "denied" if denied else "past" if reply.past else "present"
    return Judgement(verdict, polarity, None if denied else reply.text[span[0] : span[1]], span)
