"""Which contradictions another fact explains: a value in a reply may belong to something else that was asked."""

import re

from medsim.match.index import Index
from medsim.match.judge import asked_unit
from medsim.match.numbers import quantities
from medsim.match.numerals import tables
from medsim.match.quantity import Quantity, same
from medsim.match.reply import Reply
from medsim.match.text import content_stems, tokens
from medsim.match.types import Ask, Claim, Span
from medsim.match.view import View

_WHEN = frozenset(("duration", "clock", "weekday", "month", "date", "year", "feast", "interval"))
_CLAUSE_END = re.compile(r"[,.;:?!] | and | but ")


def without_explained(claims: list[Claim], said: Reply, ask: Ask, index: Index) -> list[Claim]:
    """Without the contradictions that another fact explains; what was not asked for explains no value that was.

    "Three days" was the cough, not the stay in hospital; "No, it's when I get up" denies the moment, not the dizziness.
    """
    right = [claim for claim in claims if claim.verdict == "supports" and claim.fact_id]

    def explained(wrong: Claim) -> bool:
        asked = wrong.fact_id in ask.facts
        if asked and quantities(wrong.value or "") and _is_of_another(wrong, right, said, ask, index):
            return True
        if asked and (_is_in_another(wrong, said, ask, index) or _counts_another(wrong, ask, index)):
            return True
        means = [claim for claim in right if claim.fact_id in ask.facts or not asked]
        if wrong.value and (any(_touch(wrong.span, claim.span) for claim in means) or _fits(wrong, ask, index)):
            return True
        if wrong.span != said.answer_span:
            return False
        if _yes_to_another(wrong, ask, index) or _means_another(wrong, said, ask, index):
            return True
        family = [claim for claim in right if index.root[claim.fact_id] == index.root[wrong.fact_id]]
        return any(claim in means for claim in family) or (bool(family) and index.root[wrong.fact_id] == wrong.fact_id)

    return [claim for claim in claims if claim.verdict != "contradicts" or not explained(claim)]


def _yes_to_another(wrong: Claim, ask: Ask, index: Index) -> bool:
    """ "Blurred, double or red eyes?", "Yes.": to one of them, of which some are so."""
    own = index.by_id[wrong.fact_id]
    if not own.denied or wrong.polarity == "denied" or any(own.is_case_of(concept) for concept in ask.concepts):
        return False
    return any(not index.by_id[name].denied for name in ask.facts)


def _means_another(wrong: Claim, said: Reply, ask: Ask, index: Index) -> bool:
    """ "No, the third.", where the words after the answer are another fact's and none of this one's."""
    answer = content_stems(tokens(said.text[slice(*said.answer_span)]))
    rest = (said.said | said.not_said) - answer - content_stems(tokens(ask.text))
    own = index.by_id[wrong.fact_id]
    if any(
        name != wrong.fact_id and index.by_id[name].fact.topic == "adherence" and own.fact.topic == "medication"
        for name in ask.facts
    ):
        return True  # "Are you still taking it?", "No.": it was prescribed
    if wrong.polarity != "denied" or not rest.isdisjoint(own.stems) or own.fact.concept in ask.concepts:
        return False
    return any(
        len(rest & item.stems) >= 2 or any(index.frequency[stem] == 1 for stem in rest & item.stems)
        for item in index.views
        if item is not own
    )


def _is_of_another(wrong: Claim, right: list[Claim], said: Reply, ask: Ask, index: Index) -> bool:
    """True for a value in words about another of the facts asked for, and none about this one."""
    others = {claim.fact_id for claim in right if claim.fact_id in ask.facts} - {wrong.fact_id}
    numbers = quantities(wrong.value or "")
    told = any(
        same(number, own) is not None or {number.kind, own.kind} <= _WHEN
        for name in others
        for own in index.by_id[name].quantities
        for number in numbers
    )
    beside = {token.stem for token in said.tokens if not wrong.span[0] <= token.start < wrong.span[1]}
    item = index.by_id[wrong.fact_id]
    named = any(mention.concept in item.wide for mention in said.mentions)
    return told and not named and beside.isdisjoint(item.stems)


def _is_in_another(wrong: Claim, said: Reply, ask: Ask, index: Index) -> bool:
    """True for a value that another fact has just so, in a clause, or after a question, without this one's words.

    The question may have meant that fact: "six times" are the stools, not the cigarettes.
    """
    own, place = index.by_id[wrong.fact_id], wrong.span
    ends = [match.span() for match in _CLAUSE_END.finditer(said.text)]
    first = max((end for _, end in ends if end <= place[0]), default=0)
    last = min((start for start, _ in ends if start >= place[1]), default=len(said.text))
    clause = [token for token in said.tokens if first <= token.start < last]
    words = content_stems([token for token in clause if not place[0] <= token.start < place[1]])
    values = {value for value, span, _ in said.values if span == place and value[0] != "side"}
    numbers = [item for item, _ in said.quantities if item.start == place[0] and item.kind != "number"]

    def has(item: View) -> bool:
        return bool(values & item.values) or any(
            (one.kind, one.low, one.high) == (other.kind, other.low, other.high) and same(one, other)
            for one in numbers
            for other in item.quantities
        )

    named = not words and any(own.is_case_of(concept) for concept in ask.concepts)
    if (
        not (values or numbers)
        or named
        or ((words or content_stems(tokens(ask.text))) - tables().days.keys()) & own.stems
    ):
        return False
    return any(
        has(item) and (not words or words & item.stems) for item in index.views if item is not own and not item.denied
    )


def _counts_another(wrong: Claim, ask: Ask, index: Index) -> bool:
    """True for a bare number that another fact of the same complaint, or of a topic asked for, has.

    "How many puffs was that?", "ten": what was counted is in doubt where a question does not name the fact's concept.
    """
    own = index.by_id[wrong.fact_id]
    if any(own.is_case_of(concept) for concept in ask.concepts):
        return False
    numbers = [number for number in quantities(wrong.value or "") if number.kind == "number"]
    unit, counted = asked_unit(ask.text), content_stems(tokens(ask.text))

    def is_it(number: Quantity, other: Quantity) -> bool:
        if unit and other.kind == "duration":
            return number.low * unit <= other.high and other.low <= number.high * unit
        return bool(same(number, other)) or other.kind == "frequency" and number.low == other.low

    def has(item: View) -> bool:
        near = index.root[item.id] == index.root[own.id] or item.fact.topic in ask.topics
        others = [other for other in item.quantities if near or not counted.isdisjoint(other.unit.split())]
        return any(is_it(number, other) for number in numbers for other in others)

    return bool(numbers) and any(has(item) for item in index.views if item is not own and not item.denied)


def _fits(wrong: Claim, ask: Ask, index: Index) -> bool:
    """True for a number that is right for another fact that was asked for."""
    said = quantities(wrong.value or "")
    others = [own for name in ask.facts if name != wrong.fact_id for own in index.by_id[name].quantities]
    return bool(said) and any(quantity.kind == own.kind and same(quantity, own) for quantity in said for own in others)


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
