"""Which contradictions another fact explains: a value in a reply may belong to something else that was asked."""

from medsim.match.index import Index
from medsim.match.numbers import quantities
from medsim.match.quantity import same
from medsim.match.reply import Reply
from medsim.match.types import Ask, Claim, Span


def without_explained(claims: list[Claim], said: Reply, ask: Ask, index: Index) -> list[Claim]:
    """Without the contradictions that another fact explains; what was not asked for explains no value that was.

    "Three days" was the cough, not the stay in hospital; "No, it's when I get up" denies the moment, not the dizziness.
    """
    right = [claim for claim in claims if claim.verdict == "supports" and claim.fact_id]

    def explained(wrong: Claim) -> bool:
        asked = wrong.fact_id in ask.facts
        if asked and quantities(wrong.value or "") and _is_of_another(wrong, right, said, ask, index):
            return True
        means = [claim for claim in right if claim.fact_id in ask.facts or not asked]
        if wrong.value and (any(_touch(wrong.span, claim.span) for claim in means) or _fits(wrong, ask, index)):
            return True
        if wrong.span != said.answer_span:
            return False
        family = [claim for claim in right if index.root[claim.fact_id] == index.root[wrong.fact_id]]
        return any(claim in means for claim in family) or (bool(family) and index.root[wrong.fact_id] == wrong.fact_id)

    return [claim for claim in claims if claim.verdict != "contradicts" or not explained(claim)]


def _is_of_another(wrong: Claim, right: list[Claim], said: Reply, ask: Ask, index: Index) -> bool:
    """True for a value in words about another of the facts asked for, and none about this one."""
    told = any(claim.fact_id in ask.facts and claim.fact_id != wrong.fact_id for claim in right)
    beside = {token.stem for token in said.tokens if not wrong.span[0] <= token.start < wrong.span[1]}
    item = index.by_id[wrong.fact_id]
    named = any(mention.concept in item.wide for mention in said.mentions)
    return told and not named and beside.isdisjoint(item.stems)


def _fits(wrong: Claim, ask: Ask, index: Index) -> bool:
    """True for a number that is right for another fact that was asked for."""
    said = quantities(wrong.value or "")
    others = [own for name in ask.facts if name != wrong.fact_id for own in index.by_id[name].quantities]
    return bool(said) and any(quantity.kind == own.kind and same(quantity, own) for quantity in said for own in others)


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
