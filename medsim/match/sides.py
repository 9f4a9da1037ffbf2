"""Left, right and both, each with the part that it is said of: "my left hip", "on the right of my chest"."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import takewhile
from typing import NamedTuple

from medsim.files import read_document
from medsim.match.lexicon import lexicon
from medsim.match.text import FOLDER, Token, stem_set, tokens, word_set
from medsim.match.types import Span

SIDES = {"left": "left_side", "right": "right_side", "both": "both_sides"}
_BACK = 5  # words before a side in which its part may stand: "the other hip, the left"


class Sided(NamedTuple):
    """A side, the part (a site of the lexicon, or its stem; none where it is not said), and where.

    `alone`: "only", "just" the one side; `partly`: "mostly", "the left as well", which leave room for the other.
    """

    side: str
    part: str | None
    span: Span
    alone: bool
    partly: bool


class SideWords(NamedTuple):
    """data/knowledge/lexicon/sides.yaml."""

    before: frozenset[str]
    never_after: frozenset[str]
    between: frozenset[str]
    leading: frozenset[str]
    parts: frozenset[str]
    wholes: frozenset[str]
    alone: frozenset[str]
    partly: frozenset[str]


@cache
def _words() -> SideWords:
    data = read_document(FOLDER / "sides.yaml").data
    return SideWords(**{name: (stem_set if name == "parts" else word_set)(data[name]) for name in SideWords._fields})


def sides(found: Sequence[Token]) -> Iterator[Sided]:
    """Every side in a text, in order."""
    for token in found:
        if token.text in SIDES:
            words = [other for other in found if other.sentence == token.sentence]
            index = words.index(token)
            side = _side(words, index)
            if side:
                yield side
                of = index > 1 and "of" in (words[index - 1].text, words[index - 2].text)  # "the toe of the right foot"
                inner = [word for word in words[max(0, index - 3) : index - 1] if word.stem in _words().parts]
                if of and inner:
                    yield side._replace(part=_place(inner[-1].text))


def _side(words: Sequence[Token], index: int) -> Sided | None:
    """The side that a word of a sentence says, if it does."""
    known, token = _words(), words[index]
    before, next_word = (words[place].text if 0 <= place < len(words) else "" for place in (index - 1, index + 1))
    between = known.between | known.before if token.text == "both" else known.between
    end = index + 1
    while end < len(words) and words[end].text in between:
        end += 1
    last = words[end] if end < len(words) else token
    follows, whole = last.stem in known.parts and last is not token, last.text in known.wholes
    if follows or whole:
        end += 1
    elif token.text == "both" or before not in known.before or next_word in known.never_after:
        return None
    else:
        last, end = token, index + 1
    part = _place(last.text) if follows else _part_near(words, index, end)
    near = {other.text for other in words[max(0, index - 4) : end + 2]}
    partly = any(other.text in known.partly for other in words)
    return Sided(SIDES[token.text], part, (token.start, last.end), not known.alone.isdisjoint(near), partly)


def _part_near(words: Sequence[Token], index: int, end: int) -> str | None:
    """The part after "the right side of", else before: "the hip, on the left"."""
    after = list(takewhile(lambda word: word.text in _words().leading or word.stem in _words().parts, words[end:]))
    before = words[max(0, index - _BACK) : index][::-1]
    places = after if after and after[0].text == "of" else [*before, *after]
    return next((_place(other.text) for other in places if other.stem in _words().parts), None)


@lru_cache(maxsize=1024)
def _place(word: str) -> str:
    found = tokens(word)
    return next((match.key[1] for match in lexicon().sites.find(found)), found[0].stem)
