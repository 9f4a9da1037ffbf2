"""What people do and do not do, and words that cannot both be so of one thing, in two turns of a dialogue.

"I've four pupils" and "I've never taught"; "I've closed my shop" and "my shop is open". The words are in
data/knowledge/lexicon/activities.yaml.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from medsim.files import read_document
from medsim.match.reply import read_reply
from medsim.match.text import FOLDER, Token, asks_after, content_stems, normalise, tokens, word_set, words
from medsim.match.types import Span

_TOTAL = word_set("never nobody nothing anybody anyone anything ever since yet")
UNREAL = word_set(
    "if used would want should might could will shall like going let try usually normally sometimes always often else "
    "before ago last unless except other another more enough"
)
_NOT = word_set("not never")
_NEAR = 4  # words before a verb in which its subject and its "not" stand


class _Act(NamedTuple):
    """Something done or not done, by whom, with what, and whether it is denied altogether."""

    name: str
    denied: bool
    who: str | None
    things: frozenset[str]
    total: bool
    span: Span


@cache
def _activities() -> tuple[dict[str, str], frozenset[str]]:
    """Words and what they tell is done; and the doings that need a thing."""
    data = read_document(FOLDER / "activities.yaml").data
    known = {
        word: name for kind in (data["alone"], data["with"]) for name, listed in kind.items() for word in listed.split()
    }
    return known, frozenset(data["with"])


@lru_cache(maxsize=2048)
def _acts(text: str) -> tuple[_Act, ...]:
    return tuple(_read_acts(text))


def _read_acts(text: str) -> Iterator[_Act]:
    known, _ = _activities()
    if not any(token.text in known for token in tokens(text)):
        return
    said = read_reply(text)
    for place, token in enumerate(said.tokens):
        if token.text not in known:
            continue
        sentence = [other for other in said.tokens if other.sentence == token.sentence]
        total = not _TOTAL.isdisjoint(other.text for other in sentence)
        # wished, feared, or of another time
        unreal = not UNREAL.isdisjoint(other.text for other in sentence) and not total
        if unreal or asks_after(text, sentence[-1].end):
            continue
        things = frozenset(
            other.stem for other in sentence if other.text not in words().stop_words and other.text not in known
        )
        lead = [other.text for other in said.tokens[max(0, place - _NEAR) : place] if other.sentence == token.sentence]
        who = "patient" if "i" in lead else said.persons[place]
        denies = said.denied[place] or not _NOT.isdisjoint(lead)
        yield _Act(known[token.text], denies, who, things, total, (sentence[0].start, sentence[-1].end))


def undone(now: str, before: str, asked_before: str) -> Span | None:
    """ "I've four pupils" and "I've never taught"; "I rang my boss" and "I didn't tell my boss"."""
    mine = _acts(now)
    if not mine:
        return None
    _, need_a_thing = _activities()
    theirs = _acts(before) + _asked_acts(asked_before, before)
    for one in mine:
        doers = {"patient"} if one.name in need_a_thing else {"patient", None}
        same = [other for other in theirs if other.name == one.name and {one.who, other.who} <= doers]
        if not same or any(other.denied == one.denied for other in same):
            continue
        wholly = one.name not in need_a_thing
        if any(one.things & other.things or (wholly and (one if one.denied else other).total) for other in same):
            return one.span
    return None


@lru_cache(maxsize=2048)
def _asked_acts(question: str, reply: str) -> tuple[_Act, ...]:
    """What a question about "you" names is done, where the answer does not deny it."""
    known, _ = _activities()
    plain = normalise(question)
    found = [token for token in tokens(question) if token.text in known] if "you" in plain else []
    first = next((token.text for token in tokens(reply)), "no")
    if not found or first in ("no", "not", "never", "nothing", "none") or any(read_reply(reply).denied):
        return ()
    return tuple(_Act(known[token.text], False, "patient", frozenset(), False, (0, 0)) for token in found)


@cache
def _sides() -> dict[str, list[tuple[int, int]]]:
    """Words that have opposites, with the number of each pair and the side of it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, pair in enumerate(read_document(FOLDER / "activities.yaml").data["opposites"]):
        for side, listed in enumerate(pair):
            for word in listed.split():
                found.setdefault(word, []).append((number, side))
    return found


@lru_cache(maxsize=2048)
def _qualities(text: str) -> tuple[tuple[int, int, frozenset[str], str | None, Span], ...]:
    """Words of a turn that have opposites: of which pair and side, what else the clause speaks of, and of whom."""
    sides = _sides()
    if not any(token.text in sides for token in tokens(text)):
        return ()
    said, found = read_reply(text), []
    clauses = _clauses(said.tokens, text)
    for place, token in enumerate(said.tokens):
        if token.text not in sides or said.denied[place]:
            continue
        clause = [other for other, number in zip(said.tokens, clauses, strict=True) if number == clauses[place]]
        if asks_after(text, clause[-1].end) or not UNREAL.isdisjoint(other.text for other in clause):
            continue
        things = content_stems([other for other in clause if other is not token])
        span = (clause[0].start, clause[-1].end)
        found += [(number, side, things, said.persons[place], span) for number, side in sides[token.text]]
    return tuple(found)


def _clauses(found: tuple[Token, ...], text: str) -> list[int]:
    """The number of the clause that each word stands in."""
    number, numbers = 0, []
    for place, token in enumerate(found):
        between = text[found[place - 1].end : token.start] if place else ""
        number += bool(place and (set(between) & set(",.;:?!") or token.text in ("and", "but")))
        numbers.append(number)
    return numbers


def opposite(now: str, before: str) -> Span | None:
    """ "I've closed my shop", and then "my shop is open"."""
    theirs = _qualities(before)
    for pair, side, things, who, span in _qualities(now) if theirs else ():
        for other, turned, shared, whose, _ in theirs:
            if pair == other and side != turned and things & shared and len({who, whose} - {None}) <= 1:
                return span
    return None
