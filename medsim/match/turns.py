"""When two turns of a dialogue cannot both be so, each read with the question that it answers.

Beside the accounts of a life (accounts.py), what is denied in the same words (flips.py), and what is done and not done
(doings.py): a thing had and not had, another doer, another pronoun, another time.
"""

import re
from functools import lru_cache

from medsim.match.accounts import other_account
from medsim.match.composed import with_question
from medsim.match.doings import UNREAL, opposite, undone
from medsim.match.flips import flips
from medsim.match.numbers import quantities
from medsim.match.quantity import Quantity
from medsim.match.reply import read_reply
from medsim.match.text import content_stems, normalise, tokens, word_set, words
from medsim.match.types import Span

_FIRST = word_set("no any")
_HAS = word_set("a an my some two three four five half")
_ONESELF = word_set("myself ourselves")
_THE_ONE = re.compile(r"\bthe one (?:who|that)\b")
_HE_DOES = re.compile(r"(?:(?:yes|no|aye|oh|well|yeah)[,. ]+)*(he|she)(?:'s\b|'d\b| (?:is|was|has|does|did|had)\b)")
_WHOLE_YEAR, _WEEK = 400, 9  # days: "last Christmas" is no longer ago, nor is "on Sunday"
_LOOSE = 2  # so many times longer or shorter is still the same time, loosely told


def clash(now: str, before: str, question: str = "", asked_before: str = "") -> Span | None:
    """Where a turn says what cannot be so after an earlier one; None where both can be."""
    before = with_question(asked_before, before)
    return (
        other_account(now, before)
        or flips(now, before)
        or undone(now, before, asked_before)
        or _not_had(now, before)
        or opposite(now, before)
        or _other_doer(now, before)
        or _other_pronoun(now, question, before)
        or _other_time(now, question, before)
    )


@lru_cache(maxsize=2048)
def _things(text: str) -> tuple[tuple[str, bool, Span], ...]:
    """Things that a turn says are there or not: "no coffee", "a large coffee"."""
    said, found = read_reply(text), []
    for place, token in enumerate(said.tokens):
        before = [other for other in said.tokens[max(0, place - 2) : place] if other.sentence == token.sentence]
        if not before or token.text in words().stop_words or said.persons[place] not in (None, "patient"):
            continue
        sentence = {other.text for other in said.tokens if other.sentence == token.sentence}
        asks = text[token.end :].split(".")[0].find("?") >= 0
        if asks or not UNREAL.isdisjoint(sentence):
            continue
        if said.denied[place] and before[-1].text in _FIRST:
            found.append((token.stem, True, (token.start, token.end)))
        elif not said.denied[place] and not {other.text for other in before}.isdisjoint(_HAS):
            found.append((token.stem, False, (token.start, token.end)))
    return tuple(found)


def _not_had(now: str, before: str) -> Span | None:
    """ "No coffee", and then "a large coffee on the way"."""
    theirs = _things(before)
    if not theirs:
        return None
    for stem, denied, span in _things(now):
        own = [was for name, was, _ in theirs if name == stem]
        if own and denied not in own:
            return span
    return None


def _other_doer(now: str, before: str) -> Span | None:
    """ "I carried it myself", and then "my driver carried it"."""
    for one, other in ((now, before), (before, now)):
        if _ONESELF.isdisjoint(tokens(one).texts):
            continue
        mine, theirs = read_reply(one), read_reply(other)
        for number in {token.sentence for token in mine.tokens if token.text in _ONESELF}:
            own = content_stems([token for token in mine.tokens if token.sentence == number])
            for sentence in {token.sentence for token in theirs.tokens}:
                places = [place for place, token in enumerate(theirs.tokens) if token.sentence == sentence]
                subject = theirs.persons[places[0]]
                shared = own & content_stems([theirs.tokens[place] for place in places if not theirs.denied[place]])
                names_doer = bool(_THE_ONE.search(normalise(" ".join(theirs.tokens[place].text for place in places))))
                if subject not in (None, "patient") and len(shared) >= (1 if names_doer else 2):
                    last = theirs.tokens[places[-1]]
                    return (theirs.tokens[places[0]].start, last.end) if other == now else (0, len(now))
    return None


def _other_pronoun(now: str, question: str, before: str) -> Span | None:
    """ "He's the baby", "Is he at home?", "She is": they speak of one person."""
    match = _HE_DOES.match(normalise(now))
    if not match:
        return None
    named = [{token.text for token in tokens(text)} & {"he", "she"} for text in (question, before)]
    return match.span() if all(named) and all(match[1] not in pronouns for pronouns in named) else None


def _other_time(now: str, question: str, before: str) -> Span | None:
    """ "We got engaged last Christmas", "How long have you been engaged?", "Nearly four years"."""
    if "how long" not in normalise(question):
        return None
    mine = [quantity for quantity in quantities(now) if quantity.kind == "duration" and quantity.high >= 1]
    shared = content_stems(tokens(question)) & content_stems(tokens(before)) if mine else frozenset()
    if not shared:
        return None
    plain = tokens(before)
    for quantity in quantities(before):
        sentence = next((token.sentence for token in plain if token.start >= quantity.start), None)
        if sentence is None or shared.isdisjoint(token.stem for token in plain if token.sentence == sentence):
            continue
        longest = _longest_ago(quantity, before)
        if longest and all(own.low > longest * _LOOSE for own in mine):
            return mine[0].start, mine[0].end
    return None


def _longest_ago(quantity: Quantity, text: str) -> float | None:
    """How many days ago a time was at most."""
    if quantity.kind == "weekday":
        return _WEEK
    is_last = normalise(text[: quantity.start]).rstrip().endswith(("last", "this"))
    return _WHOLE_YEAR if quantity.kind in ("feast", "month") and is_last else None
