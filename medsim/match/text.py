"""Words of a text with their places, their stems, and the sentences that they stand in."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from medsim.files import read_document

FOLDER = Path(__file__).resolve().parents[2] / "data" / "knowledge" / "lexicon"

_PIECE = re.compile(
    r"[ap]\.m\b|b4\b|2(?:day|nite|moro)\b|(?:any|some|every|evry)1\b|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[.?!;:\n]+"
)
_FIGURES = {  # "wat did u take 4 it", "nothin 2 b ashamed of"
    "4": ("for", re.compile(r" (?:u|ur|it|the|him|her|them|that|this|me|your|you|his)\b")),
    "2": ("to", re.compile(r" (?:b|be|do|get|go|c|see|u|ur|you|take|eat)\b")),
}
_ENDINGS = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
_VOWEL = re.compile(r"[aeiouy]")


def word_set(listed: str) -> frozenset[str]:
    """The words of a list written with blanks between."""
    return frozenset(listed.split())


_IS_AFTER = word_set("it that this there here he she what who where when how why everything something nothing pain one")


class Token(NamedTuple):
    """A word or number: lower case, its stem, its place in the text, and the number of its sentence."""

    text: str
    stem: str
    start: int
    end: int
    sentence: int


class Words(tuple[Token, ...]):
    """The tokens of a text. They remember what was looked for in them: many look for the same."""

    @cached_property
    def texts(self) -> frozenset[str]:
        """The words."""
        return frozenset([token.text for token in self])

    @cached_property
    def content(self) -> frozenset[str]:
        """The stems that carry meaning."""
        return _content(self)

    @cached_property
    def found(self) -> dict[Any, Any]:
        """What each finder has found."""
        return {}


@dataclass(frozen=True)
class WordLists:
    """data/knowledge/lexicon/words.yaml: contractions, irregular forms, and words without meaning of their own."""

    contractions: dict[str, tuple[str, ...]]
    forms: dict[str, str]
    whole: frozenset[str]
    stop_words: frozenset[str]
    light_words: frozenset[str]
    fillers: frozenset[str]
    address: frozenset[str]


@cache
def words() -> WordLists:
    """The words of the language itself."""
    data = read_document(FOLDER / "words.yaml").data
    contractions = {word: tuple(parts.split()) for word, parts in data["contractions"].items()}
    sets = [word_set(data[name]) for name in ("whole", "stop_words", "light_words", "fillers", "address")]
    return WordLists(contractions, data["forms"], *sets)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A light stem of a lower-case word: without plural, -ing, -ed, -ness, -ly and final -e."""
    if word.endswith("'s"):
        word = word[:-2]
    word = words().forms.get(word, word)
    if len(word) <= 3 or word in words().whole:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word in words().whole:  # "evenings" is no more "even" than "evening" is
        return word
    word = _without_suffix(word)
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def _without_suffix(word: str) -> str:
    for ending in ("ness", "ing", "ed", "ly"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= (4 if ending == "ly" else 3) and _VOWEL.search(base):
            doubled = ending in ("ing", "ed") and base[-1] == base[-2] and base[-1] not in "elsz"
            return base[:-1] if doubled else base
    return word


def stem_set(listed: str) -> frozenset[str]:
    """The stems of the words of a list written with blanks between."""
    return frozenset(map(stem, listed.split()))


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Lower case with plain apostrophes, character for character: places stay what they were."""
    text = text.replace("\u2019", "'").replace("\u2018", "'")
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@lru_cache(maxsize=4096)
def tokens(text: str) -> Words:
    """The words of a text. "don't" becomes "do", "not", each with a place inside the word."""
    found: list[Token] = []
    sentence = 0
    contractions = words().contractions
    plain = normalise(text)
    for match in _PIECE.finditer(plain):
        piece, start, end = match.group(), match.start(), match.end()
        if piece[0] in ".?!;:\n":
            sentence += 1
            continue
        if piece in _FIGURES and _FIGURES[piece][1].match(plain, end):
            piece = _FIGURES[piece][0]
        piece = piece.replace(".m", "m")
        if "'" not in piece and piece not in contractions:
            found.append(Token(piece, stem(piece), start, end, sentence))
            continue
        for part, first, last in _split(piece, start, end, contractions):
            found.append(Token(part, stem(part), first, last, sentence))
    return Words(found)


def _split(word: str, start: int, end: int, contractions: dict[str, tuple[str, ...]]) -> list[tuple[str, int, int]]:
    if word in contractions:
        return [(part, start, end) for part in contractions[word]]
    if word.endswith("n't"):
        return [(word[:-3], start, end - 3), ("not", end - 3, end)]
    head, mark, tail = word.rpartition("'")
    if mark + tail in _ENDINGS:
        return [(head, start, start + len(head)), (_ENDINGS[mark + tail], start + len(head), end)]
    if tail == "s" and head in _IS_AFTER:
        return [(head, start, start + len(head)), ("is", start + len(head), end)]
    return [(word, start, end)]


def asks_after(text: str, end: int) -> bool:
    """True where a question mark stands after a place: what ends there is asked, not stated."""
    return text[end:].lstrip()[:1] == "?"


def content_stems(found: Sequence[Token]) -> frozenset[str]:
    """The stems that carry meaning: no small words, no numbers."""
    return found.content if isinstance(found, Words) else _content(found)


def _content(found: Iterable[Token]) -> frozenset[str]:
    empty = words().stop_words
    return frozenset(
        token.stem for token in found if token.text not in empty and len(token.text) > 1 and not token.text[0].isdigit()
    )
