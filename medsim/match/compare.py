"""What two replies of one dialogue state about the same, and whether it differs."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from medsim.match.index import are_kin, index_of
from medsim.match.numbers import quantities
from medsim.match.quantity import same
from medsim.match.text import content_stems, tokens
from medsim.match.types import Ask, Claim
from medsim.script import PatientScript

_ASKS_NAME = frozenset(("name", "called"))
_CLAUSE_END = re.compile(r"[,.;:?!]| and ")
_CLEARLY = 3  # so many words more tell which of two facts is spoken of


class Statement(NamedTuple):
    """A claim with what the question asked for: its topics, and the words for what no concept stands for."""

    claim: Claim
    asked: frozenset[str]


def statements(claims: Sequence[Claim], ask: Ask) -> dict[str, Statement]:
    """Claims by what they are about: a fact, a person's concept of which no fact speaks, or what the question names."""
    words = tokens(ask.text)
    asked = frozenset(ask.topics) | {"name" for token in words if token.text in _ASKS_NAME}
    named = " ".join(sorted(content_stems(words)))
    found = {}
    for claim in claims:
        own = claim.fact_id or (claim.concept and f"{claim.concept} of {claim.who}")
        if own or (named and claim.verdict in ("harmless", "invents", "denies_absent")):
            found[own or named] = Statement(claim, asked)
    return found


def differ(one: Statement, other: Statement) -> bool:
    """True for two answers to the same question of which only one can be right: other numbers, other names."""
    if one.asked != other.asked:
        return False
    mine, theirs = quantities(one.claim.value or ""), quantities(other.claim.value or "")
    verdicts = {same(quantity, own) for quantity in mine for own in theirs}
    if True not in verdicts and False in verdicts:
        return True
    words = [content_stems(tokens(statement.claim.value or "")) for statement in (one, other)]
    return "name" in one.asked and all(words) and words[0].isdisjoint(words[1])


def in_other_words(one: Claim, other: Claim) -> bool:
    """True unless both say the same, in the same words."""
    words = [content_stems(tokens(claim.value or "")) for claim in (one, other)]
    return words[0] != words[1] or one.polarity != other.polarity


def speaks_rather_of(told: str, text: str, ask: Ask, script: PatientScript) -> bool:
    """True where a text has more of the words of a fact than of those that the question asks for."""
    stems, index = content_stems(tokens(text)), index_of(script)
    return all(len(stems & index.by_id[told].stems) > len(stems & index.by_id[name].stems) for name in ask.facts)


def elsewhere(reply: str, ask: Ask, script: PatientScript) -> str | None:
    """The fact that a reply has most words of, if it is far from what was asked and so much nearer to the reply."""
    stems, index = content_stems(tokens(reply)), index_of(script)
    own = stems - content_stems(tokens(ask.text))
    shared = {item.id: len(own & item.stems) for item in index.views}
    best = max(shared, key=lambda name: shared[name])
    asked = max((len(stems & index.by_id[name].stems) for name in ask.facts), default=0)
    if not ask.facts or shared[best] < asked + _CLEARLY or best in ask.facts:
        return None
    return None if any(are_kin(best, name, script) for name in ask.facts) else best


def named_in_clauses(reply: str, script: PatientScript) -> set[str]:
    """The facts that the clauses of a reply have most words of: one a clause, though none need be told in full."""
    found, index = set(), index_of(script)
    for clause in _CLAUSE_END.split(reply):
        stems = content_stems(tokens(clause))
        best = max(index.views, key=lambda item: len(stems & item.stems))
        shared = len(stems & best.stems)
        if shared >= 2 or (shared and shared == len(stems)):
            found.add(best.id)
    return found
