"""What a reply states, and how it stands to the script."""

from collections.abc import Iterator
from dataclasses import replace

from medsim.dialogue import Dialogue, Script
from medsim.match.absent import of_absent, who_is_meant
from medsim.match.answers import asks_for_function
from medsim.match.covers import cover_claim, gives_away, is_cover, of_other_covers
from medsim.match.explained import without_explained
from medsim.match.index import Index, index_of
from medsim.match.indirect import indirect
from medsim.match.judge import Judgement, is_about, judge_asked, judge_told
from medsim.match.judge_effects import wrong_effects
from medsim.match.judge_numbers import wrong_numbers
from medsim.match.judge_sides import wrong_sides
from medsim.match.reply import Reply, read_reply
from medsim.match.types import Ask, Claim, Span
from medsim.match.unlocked import opened
from medsim.match.view import View


def stated(reply: str, ask: Ask, script: Script, earlier: Dialogue = ()) -> list[Claim]:
    """The claims of a reply to `ask`, in their order in the text.

    `earlier` are the turns before the reply, the doctor's question last: they tell which locks are open. For a script
    of bare text there are no facts: then it is only what the reply affirms and denies.
    """
    return claims_of(reply, ask, script, opened(script, earlier))


def claims_of(reply: str, ask: Ask, script: Script, open_facts: frozenset[str]) -> list[Claim]:
    """The same, with the locked facts that the turns before the reply have opened."""
    if isinstance(script, str):
        return sorted(_without_facts(*_in_order(read_reply(reply), ask)), key=lambda claim: claim.span)
    if not reply.strip():
        return []
    index = index_of(script)
    said, ask = _in_order(read_reply(reply, index.this_year), ask)
    claims = list(_of_asked(said, ask, index, frozenset(index.lock[name] for name in open_facts)))
    seen = {claim.fact_id for claim in claims}
    claims += [claim for claim in _of_others(said, ask, index) if claim.fact_id not in seen]
    if not any(claim.verdict == "cover" for claim in claims):
        claims += of_other_covers(said, ask, index)
    claims += of_absent(said, ask, index, claims)
    claims = without_explained(claims, said, ask, index)
    claims += indirect(claims, said, ask, index)
    return sorted(_with_wrong_values(claims, said, ask, index), key=lambda claim: claim.span)


def _with_wrong_values(claims: list[Claim], said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """The claims, and in place of what they say of a fact that its number or side is wrong."""
    found = (*wrong_numbers(said, ask, index), *wrong_sides(said, ask, index), *wrong_effects(said, index))
    wrong = {item.id: span for item, span in found}
    yield from (claim for claim in claims if claim.fact_id not in wrong)
    for name, span in wrong.items():
        yield _claim(index.by_id[name], Judgement("contradicts", "present", said.text[slice(*span)], span))


def _in_order(said: Reply, ask: Ask) -> tuple[Reply, Ask]:
    """ "No problems." and "Fine.", after a question for something that is normally in order, as a plain yes or no."""
    if said.in_order is None or not asks_for_function(ask):
        return said, ask
    answer = "yes" if said.in_order == ask.normality else "no"
    span = (0, len(said.text))
    return replace(said, answer=answer, answer_span=span), replace(ask, form="yesno")


def _without_facts(said: Reply, ask: Ask) -> Iterator[Claim]:
    """What a reply affirms and denies, when there is no script to hold it against."""
    for mention in said.mentions:
        if not mention.thought:
            yield _bare_claim(mention.concept, who_is_meant(mention), mention.denied, mention.span)
    if said.unsure:
        yield Claim(None, None, None, ask.who, "unknown", None, (0, len(said.text)), "dont_know")
    elif said.answer and ask.form in ("yesno", "leading"):
        mentioned = {mention.concept for mention in said.mentions}
        denied = (said.answer == "no") != ask.normality
        for concept in ask.concepts:
            if concept not in mentioned:
                yield _bare_claim(concept, ask.who, denied, said.answer_span)


def _bare_claim(concept: str, who: str, denied: bool, span: Span) -> Claim:
    if denied:
        return Claim(None, None, concept, who, "denied", None, span, "denies_absent")
    return Claim(None, None, concept, who, "present", None, span, "harmless")


def _about(said: Reply, item: View, ask: Ask, index: Index) -> Reply:
    """What a reply says of the person that a fact is about."""
    speaker = index.script.speaker.relation
    return said.about(lambda person: is_about(person, item, ask, speaker))


def _claim(item: View, found: Judgement) -> Claim:
    fact = item.fact
    return Claim(fact.id, fact.topic, fact.concept, fact.who, found.polarity, found.value, found.span, found.verdict)


def _of_asked(said: Reply, ask: Ask, index: Index, open_locks: frozenset[str]) -> Iterator[Claim]:
    """A claim for each fact asked for that the reply speaks of."""
    for name in ask.facts:
        item = index.by_id[name]
        lock = index.lock[name]
        if lock and is_cover(said, index.cover_stems[lock], index):
            claim = cover_claim(item, said, index)
            yield replace(claim, verdict="vague") if lock in open_locks else claim
            continue
        own = _about(said, item, ask, index)
        found = judge_asked(item, own, ask) if ask.form not in ("open", "social") else judge_told(item, own, close=True)
        if found:
            yield _claim(item, found)


def _of_others(said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """Facts that come up without being asked for, in their own words or by their names."""
    close = {index.root[name] for name in ask.facts or index.complaints}
    kinds = {quantity.kind for quantity, _ in said.quantities}
    for item in index.sharing(said.said | said.not_said, kinds, {mention.concept for mention in said.mentions}):
        if item.id in ask.facts:
            continue
        own = _about(said, item, ask, index)
        found = judge_told(item, own, close=index.root[item.id] in close) if own.tokens else None
        if found and index.lock[item.id] and found.verdict == "supports" and not gives_away(item, found, said, index):
            continue
        if found and not (found.verdict == "contradicts" and not item.is_of_patient):
            yield _claim(item, found)
