"""What a patient says of their life beside any fact, and when two turns cannot both be so.

"I came on my own" and "my wife is outside"; "nobody knows" and "I told my sister". The groups of statements of which
only one can be so are in data/knowledge/lexicon/accounts.yaml.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from medsim.files import read_document
from medsim.match.lexicon import lexicon
from medsim.match.negation import denied
from medsim.match.patterns import Finder
from medsim.match.text import FOLDER, Token, asks_after, normalise, tokens, word_set, words
from medsim.match.types import Span

_NEAR = 3  # words between a person and what is said of them
_NEGATIONS = word_set("not no never nobody nothing none nowt without hardly barely scarcely")
_PRONOUNS = word_set("he she they him her them")
_NOT_NOW = word_set("if used normally")
_EXCEPT = word_set("but except only apart save bar")
_NO_PERSON = word_set("nobody no anyone anybody")
_OF_A_PERSON = word_set("attitude touch cooking whereabouts day_off birth_order")  # people may differ


class Account(NamedTuple):
    """A statement: its group, the value, of whom (None where it is not said), where, and whom it leaves out."""

    group: str
    value: str
    who: str | None
    span: Span
    apart: frozenset[str]
    stems: frozenset[str]


class _Key(NamedTuple):
    group: str
    value: str
    begins: bool  # with a person
    ends: bool
    negates: bool


@cache
def _finder() -> Finder:
    data = read_document(FOLDER / "accounts.yaml").data
    return Finder(
        _pattern(wording.strip().replace("nobody", nobody), group, value)
        for group, values in data.items()
        for value, wordings in values.items()
        for wording in wordings.split(",")
        for nobody in (("nobody", "no one") if "nobody" in wording else ("",))
    )


def _pattern(wording: str, group: str, value: str) -> tuple[str, _Key]:
    """The pattern of a wording, and what it stands for; a person at either end is looked for apart."""
    parts = wording.split()
    begins, ends = parts[0] == "X", parts[-1] == "X"
    inner = ["..." if part == "X" else part for part in parts[begins : len(parts) - ends]]
    negates = not _NEGATIONS.isdisjoint("/".join(inner).split("/")) or not _NEGATIONS.isdisjoint(inner)
    return " ".join(inner), _Key(group, value, begins, ends, negates)


@lru_cache(maxsize=2048)
def accounts(text: str) -> tuple[Account, ...]:
    """What a turn says of the patient's life."""
    found = tokens(text)
    matches = _finder().find_all(found)
    if not matches:
        return ()
    flags = denied(found, normalise(text))
    people = {match.first: match.key for match in lexicon().people.find(found)}
    somebody = [match for match in lexicon().talk.find_all(found) if match.key == "somebody"]
    people = {match.first: found[match.first].text for match in somebody
              if found[match.first].text not in _NO_PERSON} | people  # fmt: skip
    told = []
    for match in matches:
        key = match.key
        sentence = [token for token in found if token.sentence == found[match.first].sentence]
        asks = asks_after(text, sentence[-1].end)
        hedged = not key.negates and (flags[match.first] or flags[match.last - 1])
        if asks or hedged or any(token.text in _NOT_NOW for token in sentence if key.value not in ("sent", "urging")):
            continue
        places = range(match.last, min(len(found), match.last + _NEAR)) if key.ends else range(match.first, match.last)
        if key.begins:
            places = range(match.first - 1, max(-1, match.first - 1 - _NEAR), -1)
        who = next((who for place in places if (who := _person(place, found, people, text))), None)
        if (key.begins or key.ends) and who is None:
            continue
        span = (found[match.first].start, found[match.last - 1].end)
        told.append(Account(key.group, key.value, who, span, _left_out(sentence, found, people), _stems(sentence)))
    return tuple(told)


def _stems(sentence: Iterable[Token]) -> frozenset[str]:
    return frozenset(token.stem for token in sentence if token.text not in words().stop_words)


def _person(place: int, found: Sequence[Token], people: dict[int, str], text: str) -> str | None:
    """The person at a word: of the lexicon, "third" for a pronoun, else a name."""
    token = found[place]
    if place in people:
        return people[place]
    if token.text in _PRONOUNS:  # whoever was named before in the sentence
        named = [people[first] for first in people if first < place and found[first].sentence == token.sentence]
        return named[-1] if named else "third"
    begins = not place or found[place - 1].sentence != token.sentence
    named = text[token.start].isupper() and token.text not in words().stop_words and (not begins or len(token.text) > 2)
    return token.text if named else None


def _left_out(sentence: Sequence[Token], found: Sequence[Token], people: dict[int, str]) -> frozenset[str]:
    """ "Nobody knows but my husband"."""
    places = [place for place, token in enumerate(found) if token.sentence == sentence[0].sentence]
    cut = next((place for place in places if found[place].text in _EXCEPT), None)
    return frozenset(people[place] for place in places if cut is not None and place > cut and place in people)


def other_account(now: str, before: str) -> Span | None:
    """Where a turn gives another account of the same than an earlier one; None where both can be."""
    mine, theirs = accounts(now), accounts(before)
    if not mine or not theirs:
        return None
    for group in {one.group for one in mine} & {other.group for other in theirs}:
        own, earlier = [one for one in mine if one.group == group], [other for other in theirs if other.group == group]
        if not {one.value for one in own}.isdisjoint(other.value for other in earlier):
            continue
        for one in own:
            if all(_apart(one, other) for other in earlier):
                return one.span
    return None


def _apart(one: Account, other: Account) -> bool:
    """Whether two accounts of one group contradict each other."""
    if one.group == "secret":
        if one.value == "kept":  # what was told earlier may be something else
            return False
        return one.who not in other.apart
    if one.group in _OF_A_PERSON:
        return one.who == other.who or "third" in (one.who, other.who)
    return True
