"""Word patterns, and a finder that looks for thousands of them at once.

A pattern is words compared by their stems: `short of breath`; `a/b` is either; `(a)` may be missing; `...` is a gap
of at most five words; `^` is the start of a sentence, `$` its end. Small words (my, the, any ...) may stand between.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
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
_START, _END, _ANY = _SIGNS = "^", "$", "..."


class Match(NamedTuple):
    """A pattern found: what it stands for, and its first token and the one after its last."""

    key: Any
    first: int
    last: int


class _Node:
    """A place in a tree of patterns: what may come next, and what the patterns that end here stand for."""

    __slots__ = ("at_end", "by_element", "gap", "keys", "words")

    def __init__(self) -> None:
        self.by_element: dict[frozenset[str], _Node] = {}
        self.words: dict[str, list[_Node]] = {}  # after a word
        self.gap: _Node | None = None  # after a gap
        self.at_end: _Node | None = None  # where a sentence ends
        self.keys: list[tuple[Finder, str, Any]] = []  # whose pattern it is, and what it stands for

    def after(self, element: str | frozenset[str]) -> "_Node":
        """The node after an element, made where there is none."""
        if element == _ANY:
            self.gap = self.gap or _Node()
            return self.gap
        if element == _END:
            self.at_end = self.at_end or _Node()
            return self.at_end
        node = self.by_element.get(element)
        if node is None:
            node = self.by_element[element] = _Node()
            for word in element:
                self.words.setdefault(word, []).append(node)
        return node


class Tree:
    """The patterns of several finders, all made before any of them is used: a text is gone through once for all."""

    def __init__(self) -> None:
        self._anywhere, self._opening = _Node(), _Node()

    def add(self, elements: list[str | frozenset[str]], finder: "Finder", key: Any) -> None:
        """Take up a pattern."""
        anchored = elements[0] == _START
        node = self._opening if anchored else self._anywhere
        for element in elements[anchored:]:
            node = node.after(element)
        node.keys.append((finder, str(key), key))

    def found_in(self, tokens: Words) -> dict["Finder", list[Match]]:
        """What each finder finds, in order."""
        found = tokens.found.get(self)
        if found is None:
            found = tokens.found[self] = self._search(tokens)
        return found

    def _search(self, tokens: Words) -> dict["Finder", list[Match]]:
        found: dict[Finder, list[Match]] = {}
        anywhere, opening = self._anywhere.words, self._opening.words
        for index, token in enumerate(tokens):
            starts = anywhere.get(token.stem, ())
            if token.stem in opening and _opens(tokens, index):
                starts = [*starts, *opening[token.stem]]
            ends: dict[_Node, int] = {}
            for node in starts:
                _follow(node, tokens, index + 1, ends)
            if ends:
                named = {(last, name, finder): key for node, last in ends.items() for finder, name, key in node.keys}
                for last, name, finder in sorted(named, key=itemgetter(0, 1)):
                    found.setdefault(finder, []).append(Match(named[last, name, finder], index, last))
        return found


class Finder:
    """Finds many patterns in a list of tokens, together with the other finders of its tree."""

    def __init__(self, patterns: Iterable[tuple[str, Any]], tree: Tree | None = None):
        self._tree = tree or Tree()
        self.words: set[str] = set()
        for pattern, key in patterns:
            for parts in _expand(pattern.lower().replace("-", " ").split()):
                elements = [_element(part) for part in parts]
                self._tree.add(elements, self, key)
                self.words.update(*(element for element in elements if element not in _SIGNS))

    def find_all(self, tokens: Sequence[Token]) -> list[Match]:
        """Every match, overlapping ones too, in order."""
        words = tokens if isinstance(tokens, Words) else Words(tokens)
        return self._tree.found_in(words).get(self, [])

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """The matches that no longer match covers, in order; equal ones of different keys all stay."""
        found = self.find_all(tokens)
        if len(found) < 2:
            return found
        kept: list[Match] = []
        for match in sorted(found, key=lambda match: (match.first - match.last, match.first)):
            if not any(_covers(other, match) for other in kept):
                kept.append(match)
        return [match for match in found if match in kept]


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
    return part if part in _SIGNS else frozenset(stem(word) for word in part.split("/"))


def _opens(tokens: Sequence[Token], index: int) -> bool:
    sentence = tokens[index].sentence
    while index and tokens[index - 1].sentence == sentence:
        index -= 1
        if tokens[index].text not in _OPENERS:
            return False
    return True


def _follow(node: _Node, tokens: Words, index: int, ends: dict[_Node, int]) -> None:
    """Note where the patterns that go on from a node end first, if the next token is that of an index."""
    if node.keys:
        ends.setdefault(node, index)
    if node.gap or node.at_end:
        _follow_signs(node, tokens, index, ends)
    words = node.words
    if not words:
        return
    sentence, size, taken = tokens[index - 1].sentence, len(tokens), ()
    while index < size:
        token = tokens[index]
        if token.sentence != sentence:
            return
        index += 1
        if token.stem in words or token.text in words:
            for after in (*words.get(token.stem, ()), *words.get(token.text, ())):
                if after not in taken:  # by this small word, or by its stem
                    taken = (*taken, after)
                    _follow(after, tokens, index, ends)
        if token.text not in SMALL_WORDS:
            return


def _follow_signs(node: _Node, tokens: Words, index: int, ends: dict[_Node, int]) -> None:
    """The same for patterns that go on with a gap or with the end of a sentence."""
    sentence = tokens[index - 1].sentence
    if node.at_end and (index == len(tokens) or tokens[index].sentence != sentence):
        ends.setdefault(node.at_end, index)
    for start in range(index, min(index + GAP, len(tokens)) + 1) if node.gap else ():
        if tokens[start - 1].sentence != sentence:
            break
        _follow(node.gap, tokens, start, ends)
