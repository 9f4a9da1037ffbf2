"""A side said of a part of the body against the side that a fact has for it, whatever was asked."""

from collections.abc import Iterator

from medsim.match.index import Index
from medsim.match.judge import is_about
from medsim.match.reply import Reply
from medsim.match.sides import SIDES, Sided, sides
from medsim.match.text import asks_after, content_stems, tokens
from medsim.match.types import Ask, Span
from medsim.match.view import View


def wrong_sides(said: Reply, ask: Ask, index: Index) -> Iterator[tuple[View, Span]]:
    """The facts that have the other side of a part than the reply, and where it says so.

    No fact is wrong where another has that side of the same part: an old break on the left, and the pain on the right.
    """
    told = [own for own in sides(said.tokens) if not _is_denied(own, said)]
    place = {token.start: number for number, token in enumerate(said.tokens)}
    speaker = index.script.speaker.relation
    for own in told:
        number = place[own.span[0]]
        asked = None if own.part else _asked_side(ask)
        part, alone = (asked.part, asked.alone) if asked else (own.part, own.alone)
        facts = [
            (item, theirs)
            for item, theirs, parts in index.sided
            if is_about(said.persons[number], item, ask, speaker)
            and (part in parts if part else _is_close(item, said, ask, number, index))
        ]
        alone = not own.partly and (alone or {other.side for other in told} == {own.side})
        if facts and not any(_agree(own.side, alone, theirs.side, item.id in ask.facts) for item, theirs in facts):
            yield from ((item, own.span) for item, _ in facts)


def _is_denied(own: Sided, said: Reply) -> bool:
    """ "Not the right", "isn't on the left", and what is only asked."""
    flags = {token.start: flag for token, flag in zip(said.tokens, said.denied, strict=True)}
    before = said.text[: own.span[0]].lower().split()[-2:]
    return flags[own.span[0]] or "not" in before or asks_after(said.text, own.span[1])


def _asked_side(ask: Ask) -> Sided | None:
    """The last side that the question names: "is it the left hip?", "the left one, yes"."""
    return next(reversed(tuple(sides(tokens(ask.text)))), None)


def _agree(own: str, alone: bool, theirs: str, asked: bool) -> bool:
    """Whether a side can be so where the fact has another: one of both, unless it is `alone`."""
    if own == theirs:
        return True
    return not alone if theirs == "both_sides" else own == "both_sides" and not asked


def _is_close(item: View, said: Reply, ask: Ask, number: int, index: Index) -> bool:
    """True for a side of no part that was asked for, or beside words of the fact or of what it is a detail of."""
    if item.id in ask.facts:
        return True
    sentence = said.tokens[number].sentence
    words = content_stems([token for token in said.tokens if token.sentence == sentence]) - SIDES.keys()
    return bool(words & (item.stems | index.by_id[index.root[item.id]].stems))
