"""What a reply states that no fact of the script speaks of: denied, invented, or small and harmless."""

import re
from collections.abc import Iterator

from medsim.match.details import asks_course
from medsim.match.index import Index
from medsim.match.lexicon import CLINICAL, lexicon
from medsim.match.quantity import same
from medsim.match.questions import read_turn
from medsim.match.reactions import reactions
from medsim.match.reply import Mention, Reply
from medsim.match.text import content_stems, tokens, word_set
from medsim.match.types import Ask, Claim, Span
from medsim.match.unlisted import complaints, unlisted_drugs

# Topics in which a person may add small things of their own.
HARMLESS = word_set(
    "biography work living support identity exercise diet ideas concerns expectations mood care_wishes complaint"
)


def who_is_meant(mention: Mention) -> str:
    return "patient" if mention.who in (None, "third") else mention.who


def of_absent(said: Reply, ask: Ask, index: Index, claims: list[Claim]) -> Iterator[Claim]:
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
    asked = "allergy" in ask.topics or "allergy" in ask.concepts
    for token, span in reactions(said, asked):
        if token.stem not in index.frequency and all(token.stem != known.stem for known in tokens(ask.text)):
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
        yield Claim(None, topic, mention.concept, who_is_meant(mention), "denied", None, mention.span, "denies_absent")
    elif kind in CLINICAL and mention.concept not in lexicon().in_passing:
        value = said.text[mention.span[0] : mention.span[1]]
        yield Claim(None, topic, mention.concept, who_is_meant(mention), "present", value, mention.span, "invents")


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
