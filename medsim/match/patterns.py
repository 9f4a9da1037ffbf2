"""Word patterns, and a finder that looks for thousands of them at once.

A pattern is words compared by their stems: `short of breath`; `a/b` is either; `(a)` may be missing; `...` is a gap
of at most five words; `^` is the start of a sentence, `$` its end. Small words (my, the, any ...) may stand between.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from medsim.match.text import Token, Words, stem, word_set

GAP = 5
SMALL_WORDS = word_set(
    "a an the my your his her their our its any some this that these those ever just really very actually still "
    "currently even quite"
)
_OPENERS = word_set(
    "and so ok okay well right now but then um er erm alright all great good thanks thank you also oh yes sure i "
    "see sorry fine no hmm perfect lovely hi hello dr mrs mr ms"
)
_START, _END, _ANY = "^", "$", "..."


class Match(NamedTuple):
    """A pattern found: what it stands for, and its first token and the one after its last."""

    key: Any
    first: int
    last: int


class Finder:
    """Finds many patterns in a list of tokens."""

    def __init__(self, patterns: Iterable[tuple[str, Any]]):
        self._by_ends: dict[str, dict[str, list[tuple[tuple, bool, Any]]]] = {}
        self.words: set[str] = set()
        for pattern, key in patterns:
            for elements in _expand(pattern.lower().replace("-", " ").split()):
                self._add(elements, key)

    def _add(self, elements: list[str], key: Any) -> None:
        anchored = elements[0] == _START
        parsed = tuple(_element(element) for element in elements[anchored:])
        # most patterns fail for want of their last word, so they are kept by their first and their last
        needed = next(element for element in reversed(parsed) if isinstance(element, frozenset))
        for word in parsed[0]:
            by_last = self._by_ends.setdefault(word, {})
            for other in (word,) if needed is parsed[0] else sorted(needed):
                by_last.setdefault(other, []).append((parsed, anchored, key))
        self.words.update(word for element in parsed if isinstance(element, frozenset) for word in element)

    def find_all(self, tokens: Sequence[Token]) -> list[Match]:
        """Every match, overlapping ones too, in order."""
        words = tokens if isinstance(tokens, Words) else Words(tokens)
        found = words.found.get(self)
        if found is None:
            found = words.found[self] = self._find_all(words)
        return found

    def _find_all(self, tokens: Words) -> list[Match]:
        found: set[Match] = set()
        for index, token in enumerate(tokens):
            by_last = self._by_ends.get(token.stem)
            if not by_last:
                continue
            for needed in by_last.keys() & tokens.present:
                for elements, anchored, key in by_last[needed]:
                    if anchored and not _opens(tokens, index):
                        continue
                    last = _match(elements, 1, tokens, index + 1)
                    if last:
                        found.add(Match(key, index, last))
        return sorted(found, key=_place) if len(found) > 1 else list(found)

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """The matches that no longer match covers, in order; equal ones of different keys all stay."""
        found = self.find_all(tokens)
        if len(found) < 2:
            return found
        kept: list[Match] = []
        for match in sorted(found, key=lambda match: (match.first - match.last, match.first)):
            if not any(_covers(other, match) for other in kept):
                kept.append(match)
        return sorted(kept, key=_place)


def _place(match: Match) -> tuple[int, int, str]:
    return match.first, match.last, str(match.key)


def _covers(long: Match, short: Match) -> bool:
    """True where the longer one has a word of the shorter one; two of the same place stand side by side."""
    same = (long.first, long.last) == (short.first, short.last)
    return long.first < short.last and short.first < long.last and not same


def _expand(parts: list[str]) -> list[list[str]]:
    if not parts:
        return [[]]
    rest = _expand(parts[1:])
    if parts[0].startswith("("):
        return rest + [[parts[0].strip("()"), *tail] for tail in rest]
    return [[parts[0], *tail] for tail in rest]


def _element(part: str) -> str | frozenset[str]:
    return part if part in (_ANY, _END) else frozenset(stem(word) for word in part.split("/"))


def _opens(tokens: Sequence[Token], index: int) -> bool:
    sentence = tokens[index].sentence
    while index and tokens[index - 1].sentence == sentence:
        index -= 1
        if tokens[index].text not in _OPENERS:
            return False
    return True


def _match(elements: tuple, position: int, tokens: Sequence[Token], index: int) -> int:
    """The token index after the match of elements[position:], or 0."""
    if position == len(elements):
        return index
    sentence = tokens[index - 1].sentence
    element = elements[position]
    if element == _END:
        return index if index == len(tokens) or tokens[index].sentence != sentence else 0
    if element == _ANY:
        for start in range(index, min(index + GAP, len(tokens)) + 1):
            if tokens[start - 1].sentence != sentence:
                break
            last = _match(elements, position + 1, tokens, start)
            if last:
                return last
        return 0
    while index < len(tokens) and tokens[index].sentence == sentence:
        token = tokens[index]
        if token.stem in element or token.text in element:
            return _match(elements, position + 1, tokens, index + 1)
        if token.text not in SMALL_WORDS:
            return 0
        index += 1
    return 0
