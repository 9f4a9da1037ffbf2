"""What a reply states, and how it stands to the script."""

import re
from collections.abc import Iterator
from dataclasses import replace

from medsim.dialogue import Dialogue, Script
from medsim.match.answers import asks_for_function
from medsim.match.details import asks_course
from medsim.match.explained import without_explained
from medsim.match.index import Index, View, index_of
from medsim.match.indirect import indirect
from medsim.match.judge import Judgement, is_about, judge_asked, judge_told
from medsim.match.judge_effects import wrong_effects
from medsim.match.judge_numbers import wrong_numbers
from medsim.match.judge_sides import wrong_sides
from medsim.match.lexicon import CLINICAL, lexicon
from medsim.match.quantity import same
from medsim.match.questions import read_turn
from medsim.match.reactions import reactions
from medsim.match.reply import Mention, Reply, read_reply
from medsim.match.text import content_stems, tokens, word_set
from medsim.match.types import Ask, Claim, Span
from medsim.match.unlisted import complaints, unlisted_drugs
from medsim.match.unlocked import opened

# Topics in which a person may add small things of their own.
HARMLESS = word_set(
    "biography work living support identity exercise diet ideas concerns expectations mood care_wishes complaint"
)
_COVER_WORDS = 0.6
_SHORT_COVER = 2  # words of a reply that is a cover of one word


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
        claims += _of_other_covers(said, ask, index)
    claims += _of_absent(said, ask, index, claims)
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
            yield _bare_claim(mention.concept, _who(mention), mention.denied, mention.span)
    if said.unsure:
        yield Claim(None, None, None, ask.who, "unknown", None, (0, len(said.text)), "dont_know")
    elif said.answer and ask.form in ("yesno", "leading"):
        mentioned = {mention.concept for mention in said.mentions}
        denied = (said.answer == "no") != ask.normality
        for concept in ask.concepts:
            if concept not in mentioned:
                yield _bare_claim(concept, ask.who, denied, said.answer_span)


def _who(mention: Mention) -> str:
    return "patient" if mention.who in (None, "third") else mention.who


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
        if lock and _is_cover(said, index.cover_stems[lock], index):
            claim = _cover(item, said, index)
            yield replace(claim, verdict="vague") if lock in open_locks else claim
            continue
        own = _about(said, item, ask, index)
        found = judge_asked(item, own, ask) if ask.form not in ("open", "social") else judge_told(item, own, close=True)
        if found:
            yield _claim(item, found)


def _of_other_covers(said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """The cover of a lock that the question only came near to."""
    for item in index.views:
        lock = index.lock[item.id]
        if lock and item.id not in ask.facts and _is_cover(said, index.cover_stems[lock], index):
            yield _cover(item, said, index)
            return


def _cover(item: View, said: Reply, index: Index) -> Claim:
    fact = item.fact
    places = [said.stem_spans[stem] for stem in index.cover_stems[index.lock[item.id]] if stem in said.stem_spans]
    span = (min(start for start, _ in places), max(end for _, end in places))
    return Claim(fact.id, fact.topic, fact.concept, fact.who, "unknown", None, span, "cover")


def _is_cover(said: Reply, own: frozenset[str], index: Index) -> bool:
    spoken = said.said | said.not_said
    if len(own) == 1 and len(spoken) > _SHORT_COVER and any(index.frequency[stem] for stem in own):
        return False  # "just Megan" is one, and Megan in a longer answer is not
    return bool(own) and len(own & spoken) >= _COVER_WORDS * len(own)


def _of_others(said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """Facts that come up without being asked for, in their own words or by their names."""
    close = {index.root[name] for name in ask.facts or index.complaints}
    spoken = said.said | said.not_said
    kinds = {quantity.kind for quantity, _ in said.quantities}
    concepts = frozenset(mention.concept for mention in said.mentions)
    wide = frozenset().union(*(lexicon().wider(concept) for concept in concepts))
    for item in index.views:
        if item.id in ask.facts or (
            spoken.isdisjoint(item.stems)
            and kinds.isdisjoint(item.kinds)
            and item.wide.isdisjoint(concepts)
            and item.fact.concept not in wide
        ):
            continue
        own = _about(said, item, ask, index)
        found = judge_told(item, own, close=index.root[item.id] in close) if own.tokens else None
        if found and index.lock[item.id] and found.verdict == "supports" and not _gives_away(item, found, said, index):
            continue
        if found and not (found.verdict == "contradicts" and not item.is_of_patient):
            yield _claim(item, found)


def _gives_away(item: View, found: Judgement, said: Reply, index: Index) -> bool:
    """Whether a reply tells a locked fact, and not only what open facts share with it: a smoke machine is no vape."""
    open_views = [other for other in index.views if not index.lock[other.id]]
    distinct = item.stems.difference(*(other.stems for other in open_views))
    if distinct & (said.said | said.not_said):
        return True
    own = item.fact.concept
    exact = any(mention.concept == own and mention.span == found.span for mention in said.mentions)
    return exact and item.fact.topic != "adherence" and not any(other.fact.concept == own for other in open_views)


def _of_absent(said: Reply, ask: Ask, index: Index, claims: list[Claim]) -> Iterator[Claim]:
    """Claims about what no fact speaks of: denied, invented, or small and harmless."""
    taken = [claim for claim in claims if claim.verdict in ("supports", "contradicts", "cover")]
    mentioned = set()
    for mention in said.mentions:
        mentioned.add(mention.concept)
        if not _is_told(mention, taken, said, index):
            if not _is_meant(mention, ask, index):
                continue
            yield from _absent_mention(said, mention, index)
    yield from _unlisted(said, ask, index)
    yield from _reacts(said, ask, index)
    for span in complaints(said, index):
        yield Claim(None, "associated", None, ask.who, "present", said.text[slice(*span)], span, "invents")
    spoken = any(claim.verdict in ("supports", "contradicts", "cover") for claim in claims)
    answers = said.answer == "no" or any(not index.speaks_of(concept) for concept in ask.concepts[:1])
    answers = answers and not ask.normality  # "Sleeping all right?", "No. ...": the script's reason follows
    if ask.facts or (spoken and not (answers and ask.form in ("yesno", "leading"))):
        return
    yield from _answer_for_absent(said, ask, index, mentioned)


def _unlisted(said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """Medicines of no fact and of no concept that somebody says are taken."""
    drugs = unlisted_drugs(said.tokens)
    if not drugs:
        return
    known = {token.stem for token in tokens(ask.text)}
    denied = {token.start for token, flag in zip(said.tokens, said.denied, strict=True) if flag}
    for token in drugs:
        if token.stem not in known and token.stem not in index.frequency and token.start not in denied:
            span = (token.start, token.end)
            yield Claim(None, "medication", None, ask.who, "present", said.text[slice(*span)], span, "invents")


def _reacts(said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """Allergies of no fact."""
    known = {token.stem for token in tokens(ask.text)}
    asked = "allergy" in ask.topics or "allergy" in ask.concepts
    for token, span in reactions(said, asked):
        if token.stem not in known and token.stem not in index.frequency:
            yield Claim(None, "allergy", None, ask.who, "present", token.text, span, "invents")


def _is_told(mention: Mention, claims: list[Claim], said: Reply, index: Index) -> bool:
    """True for a concept named in the words of a fact that is told, not only somewhere between them."""
    stems = content_stems(tokens(said.text[slice(*mention.span)]))
    return any(
        claim.span[0] <= mention.span[0]
        and mention.span[1] <= claim.span[1]
        and (claim.fact_id is None or claim.verdict == "cover" or bool(stems & index.by_id[claim.fact_id].stems))
        for claim in claims
    )


def _is_meant(mention: Mention, ask: Ask, index: Index) -> bool:
    """True for what is said of the patient, or asked for, in words that can mean nothing else."""
    if any(lexicon().related(mention.concept, concept) for concept in ask.concepts):
        return True
    own = (None, "patient") if index.script.speaker.relation == "self" else (None, "third", "children")
    if lexicon().kinds[mention.concept] == "medications":
        return True
    return not mention.weak and (mention.who in own or lexicon().is_relative(mention.who))


def _absent_mention(said: Reply, mention: Mention, index: Index) -> Iterator[Claim]:
    if mention.thought or index.speaks_of(mention.concept):
        return
    kind = lexicon().kinds[mention.concept]
    topic = {"medications": "medication", "allergens": "allergy", "conditions": "history"}.get(kind, "associated")
    if mention.denied:
        yield Claim(None, topic, mention.concept, _who(mention), "denied", None, mention.span, "denies_absent")
    elif kind in CLINICAL and mention.concept not in lexicon().in_passing:
        value = said.text[mention.span[0] : mention.span[1]]
        yield Claim(None, topic, mention.concept, _who(mention), "present", value, mention.span, "invents")


_REQUEST = re.compile(  # "Would you show me your tablets?", "of course"
    r"(?i)\b(?:would|could|can|will) you (?:be so (?:good|kind) as to |please |kindly |just |mind )*"
    r"(?:show|hand|bring|pass|fetch|step|come|sit|lie|roll|hold|open|wait|point)(?:ing)?\b"
)


def _answer_for_absent(said: Reply, ask: Ask, index: Index, mentioned: set[str]) -> Iterator[Claim]:
    """A yes, a no or a value in answer to a question for which the script has no fact."""
    topic = ask.topics[0] if ask.topics else None
    concept = ask.concepts[0] if ask.concepts else None
    named = concept is not None and not lexicon().wider(concept) & lexicon().small
    course = any(asks_course(query) for query in read_turn(ask.text))  # a small thing that the script leaves open
    clinical = not course and (named or (topic is not None and topic not in HARMLESS and topic != "family"))
    whole = (0, len(said.text))
    affirmed = said.answer is not None and (said.answer == "yes") != ask.normality
    clinical = clinical and not _REQUEST.search(ask.text)
    if said.unsure or said.no_idea_of_any:
        yield Claim(None, topic, concept, ask.who, "unknown", None, whole, "dont_know")
    elif said.answer and not affirmed and ask.form in ("yesno", "leading", "wh"):
        yield Claim(None, topic, concept, ask.who, "denied", None, said.answer_span, "denies_absent")
    elif affirmed and ask.form in ("yesno", "leading") and clinical:
        value = said.text[said.answer_span[0] : said.answer_span[1]]
        yield Claim(None, topic, concept, ask.who, "present", value, said.answer_span, "invents")
    elif ask.form in ("wh", "yesno", "leading") and clinical and _values(said, index):
        span = _values(said, index)[0]
        yield Claim(None, topic, concept, ask.who, "present", said.text[span[0] : span[1]], span, "invents")
    elif not clinical and ask.form in ("wh", "yesno", "leading") and (said.said or said.answer or said.quantities):
        yield Claim(None, topic, concept, ask.who, "present", said.text, whole, "harmless")


def _values(said: Reply, index: Index) -> list[Span]:
    """Where values stand that no fact has: the question may have meant a fact that was not understood."""
    known = [own for item in index.views for own in item.quantities]
    return [
        (item.start, item.end)
        for item, negated in said.quantities
        if not negated and not any(own.kind == item.kind and same(own, item) for own in known)
    ]
