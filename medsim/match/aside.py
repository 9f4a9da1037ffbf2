"""Which fact a reply tells instead of what was asked, where that can be proved.

Told is not yet aside: the question may have been misread, and people answer by what lies near. A fact is aside where
nothing in the question could mean it, and either its topic is one that is always asked for by name (where somebody
lives, what they drink), or the question plainly names something else (allergies, what is smoked), or its kind cannot
answer: no time to "when", a guess at a cause to "any fever?".
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from medsim.match.compare import elsewhere, speaks_rather_of
from medsim.match.index import Index, are_near, index_of
from medsim.match.lexicon import AnswerKind, lexicon
from medsim.match.reply import read_reply
from medsim.match.text import content_stems, tokens, word_set
from medsim.match.types import Ask, Claim
from medsim.match.view import View
from medsim.script import PatientScript

_FEW_WORDS = 3  # so few lean on the question, whatever fact they come from: "The shotgun."
_PLAIN = word_set("allergy smoking alcohol drugs medication sleep immunisation surgery")  # hard to misread
_ANYBODY = word_set("anyone anybody someone somebody who people others everyone everybody")


class Aside(NamedTuple):
    """A fact told instead of what was asked, and whether it is proven that it does not answer."""

    fact_id: str
    proven: bool


def told_aside(reply: str, claims: Sequence[Claim], ask: Ask, script: PatientScript) -> Aside | None:
    """The fact that a reply tells instead of what was asked: one that is proven, if there is one."""
    index = index_of(script)
    told = [name for name in _told(reply, claims, ask, script) if index.by_id[name].fact.topic not in ask.topics]
    covered = {claim.fact_id for claim in claims if claim.verdict == "cover"}
    few = len(tokens(reply)) <= _FEW_WORDS
    proven = () if few else (
        name for name in told if _is_aside(index.by_id[name], reply, ask, index)
        or (name not in covered and _is_beside_plain(index.by_id[name], reply, ask, index))
    )  # fmt: skip
    found = next(iter(proven), None)
    return Aside(found or told[0], found is not None) if told else None


def _told(reply: str, claims: Sequence[Claim], ask: Ask, script: PatientScript) -> Iterator[str]:
    """Facts that a reply tells rather than those asked for."""
    for claim in claims:
        name = claim.fact_id
        if name is None or claim.verdict not in ("supports", "cover") or name in ask.facts:
            continue
        near = any(are_near(name, other, script) for other in ask.facts)
        if not near and (claim.verdict == "cover" or speaks_rather_of(name, reply, ask, script)):
            yield name
    other = elsewhere(reply, ask, script)
    if other:
        yield other


def _is_aside(told: View, reply: str, ask: Ask, index: Index) -> bool:
    if _is_of_other_kind(told, reply, ask):
        return True
    if _could_mean(told, ask):
        return False
    topic = told.fact.topic
    if topic in lexicon().by_name:
        return not any(index.root[name] == index.root[told.id] for name in ask.facts)
    if any(not kind.answers.isdisjoint(ask.topics) and topic not in kind.answers for kind in _kinds_asked(ask.text)):
        return not any(_is_of_kind(reply, kind) for kind in _kinds_asked(ask.text))
    return topic == "ideas" and ask.form in ("yesno", "leading") and _names_what_it_asks(ask, index)


def _is_of_other_kind(told: View, reply: str, ask: Ask) -> bool:
    """ "When did the pain begin?", "A gnawing pain, I'd call it.": a detail, and of another kind than is asked for."""
    topic, near = told.fact.topic, lexicon().near
    if ask.form != "wh" or (topic not in lexicon().details and topic != "concerns"):
        return False
    kinds = [kind for kind in _kinds_asked(ask.text) if "score" not in kind.values]
    fits = {name for kind in kinds for answer in kind.answers for name in (answer, *near.get(answer, ()))}
    return bool(kinds) and topic not in fits and not any(_is_of_kind(reply, kind) for kind in kinds)


def _is_beside_plain(told: View, reply: str, ask: Ask, index: Index) -> bool:
    """ "Any allergies?", "I keep them in a biscuit tin.": the question names one thing, and this goes with another."""
    opens = told.fact.topic == "complaint" and told.id in index.script.opening.facts
    if ask.form not in ("wh", "yesno", "leading") or opens or _could_mean(told, ask):
        return False
    asked = [index.by_id[name] for name in ask.facts]
    plain = all(_is_plainly_asked(item, ask) and index.root[item.id] != index.root[told.id] for item in asked)
    return bool(asked) and plain and read_reply(reply).answer is None


def _is_plainly_asked(item: View, ask: Ask) -> bool:
    topic = item.fact.topic
    return topic in ask.topics and topic in _PLAIN or any(item.is_case_of(concept) for concept in ask.concepts)


def _could_mean(told: View, ask: Ask) -> bool:
    """True where the question has the fact's concept, its person or a word of it."""
    words, question = lexicon(), tokens(ask.text)
    if any(told.is_case_of(concept) for concept in ask.concepts):
        return True
    used_for = words.uses.get(told.fact.concept or "")
    if used_for and any(words.related(used_for, concept) for concept in ask.concepts):
        return True
    if not told.is_of_patient and (ask.who != "patient" or any(token.text in _ANYBODY for token in question)):
        return True
    return not told.stems.isdisjoint(content_stems(question))


@lru_cache(maxsize=2048)
def _kinds_asked(question: str) -> tuple[AnswerKind, ...]:
    """The kinds of answer that the words of a question want: a time to "when"."""
    return tuple({match.key: match.key for match in lexicon().kinds_asked.find(tokens(question))})


def _is_of_kind(reply: str, kind: AnswerKind) -> bool:
    """True for a reply that has a value of a kind, or other words for one."""
    said = read_reply(reply)
    if "quantity" in kind.values and said.quantities:
        return True
    if "number" in kind.values and any(item.kind in ("number", "score") for item, _ in said.quantities):
        return True
    if "site" in kind.values and any(value[0] in ("site", "side") for value, _, _ in said.values):
        return True
    timed = [(item.start, item.end) for item, _ in said.quantities]  # "in the" of "in the morning" is no place
    tells = [said.tokens[match.first].start for match in kind.tells.find_all(said.tokens)]
    return said.unsure or any(not any(start <= place < end for start, end in timed) for place in tells)


def _names_what_it_asks(ask: Ask, index: Index) -> bool:
    """True for a question by the name of the thing, not by words that it only shares with it."""
    return any(index.by_id[name].is_case_of(concept) for name in ask.facts for concept in ask.concepts)
