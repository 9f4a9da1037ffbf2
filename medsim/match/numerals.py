"""Numbers in words and digits, as a range: "forty-five", "two or three", "a couple", "5-6", "a year and a half"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from medsim.files import read_document
from medsim.match.quantity import Quantity
from medsim.match.text import FOLDER, Token, stem, word_set

_DIGITS = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$")
_ONES = word_set("one two three four five six seven eight nine")
_AFTER_A = word_set("couple few dozen half hundred fortnight")
_CALLED = word_set("911 999 111 112 101 000")  # telephone numbers
_MEASURES = word_set("bottle pint stone kilo pound litre liter gram glass can")
_QUARTER = stem("quarter")
Parsed = tuple[Quantity, int]  # a quantity and the index of the word after it
# After these "one" is a pronoun ("the last one"), and so it is before these ("one that").
_BEFORE_PRONOUN = word_set("this that last each which the no every any another bad first white new big little have")
NOT_COUNTED = word_set(
    "a an and or of to in on at for i it he she we they you is are was but so that this with if when then each now ago "
    "last since most every per today yesterday too either still again once twice not no before after until out as from "
    "by my the his her maybe about because there ish easily doctor sorry ok okay really honest top them those these"
)


@dataclass(frozen=True)
class Tables:
    """data/knowledge/lexicon/numbers.yaml. Units, weekdays, months and feasts by their stems."""

    numbers: dict[str, tuple[float, float]]
    tens: dict[str, int]
    ordinals: dict[str, int]
    days: dict[str, float]
    doses: dict[str, str]
    weights: dict[str, float]
    weekdays: dict[str, int]
    months: dict[str, int]
    feasts: dict[str, int]

    def is_number(self, word: str) -> bool:
        """True for a number in words."""
        return word in self.numbers or word in self.tens or word == "hundred"


@cache
def tables() -> Tables:
    """The shipped words of numbers and units."""
    data = read_document(FOLDER / "numbers.yaml").data
    ranges = {word: value if isinstance(value, list) else [value, value] for word, value in data["numbers"].items()}
    months = {stem(month): number for number, month in enumerate(data["months"], 1)}
    return Tables(
        numbers={word: (low, high) for word, (low, high) in ranges.items()},
        tens=data["tens"],
        ordinals=data["ordinals"],
        days={stem(unit): days for unit, days in data["days"].items()},
        doses={stem(unit): name for unit, name in data["doses"].items()},
        weights={stem(unit): kilograms for unit, kilograms in data["weights"].items()},
        weekdays={stem(day): number for number, day in enumerate(data["weekdays"])},
        months=months | {stem(month): number for month, number in data["short_months"].items()},
        feasts={stem(feast): number for number, feast in enumerate(data["feasts"])},
    )


class Number(NamedTuple):
    """A number or range, the index of its first word and that of the word after it."""

    low: float
    high: float
    first: int
    after: int


class Sentence:
    """The words of a sentence, read by index; past either end stands ""."""

    def __init__(self, tokens: Sequence[Token], text: str):
        self.tokens, self.text = tokens, text

    def __len__(self) -> int:
        return len(self.tokens)

    def word(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def stem(self, index: int) -> str:
        return self.tokens[index].stem if 0 <= index < len(self.tokens) else ""

    def days(self, index: int) -> float | None:
        """The length of a unit of time."""
        return tables().days.get(self.stem(index))

    def between(self, index: int) -> str:
        """What stands before a word, after the one before it."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start] if 0 < index < len(self) else ""

    def number(self, index: int) -> Number | None:
        """The number or range that begins at a word."""
        found = self.single(index)
        return self._ranged(found) if found else None

    def single(self, first: int) -> Number | None:
        """The number that begins at a word; not a range."""
        index, word = first, self.word(first)
        if word == "a" and self.word(index + 1) in _AFTER_A:
            index, word = index + 1, self.word(index + 1)
        if word in ("a", "an"):
            return self._a(first, index)
        if word in _CALLED:
            return None
        if _DIGITS.match(word):
            value = float(word.replace(",", ""))
            return self._of_hundred(Number(value, value, first, index + 1))
        after, low, high = self._below_hundred(index)
        if self.word(after) == "hundred":
            low, high, after = low * 100 or 100, high * 100 or 100, after + 1
            rest = after + (self.word(after) == "and")
            end, more, _ = self._below_hundred(rest)
            if end > rest:
                low, high, after = low + more, high + more, end
        if after > index and self.word(after) == "point" and self.word(after + 1) in _ONES:  # thirty-nine point four
            tenth = tables().numbers[self.word(after + 1)][0] / 10
            low, high, after = low + tenth, high + tenth, after + 2
        return self._of_hundred(Number(low, high, first, after)) if after > index else None

    def _a(self, first: int, index: int) -> Number | None:
        """ "A week", "a bottle": one of what is counted; not "a day" in "two cups a day"."""
        packed = self.word(index + 1) in ("pack", "packet") and self.word(index + 2) in ("a", "per", "every", "each")
        counted = self.days(index + 1) or self.word(index + 1) in _MEASURES or packed
        return Number(1, 1, first, index + 1) if counted and not self._is_rate(index) else None

    def _of_hundred(self, found: Number) -> Number:
        """ "Fifty percent" is half."""
        step = 1 if self.word(found.after) == "percent" else 2 * (self.text_of(found.after, 2) == "per cent")
        return Number(found.low / 100, found.high / 100, found.first, found.after + step) if step else found

    def text_of(self, index: int, count: int) -> str:
        """So many words from an index on."""
        return " ".join(self.word(index + step) for step in range(count))

    def _below_hundred(self, index: int) -> tuple[int, float, float]:
        """The index after a number in words, and the number; the index itself and 0 where there is none."""
        word, known = self.word(index), tables()
        if (quarters := self._quarters(index)) is not None:
            return quarters
        if word in known.tens:
            ones = known.numbers[self.word(index + 1)][0] if self.word(index + 1) in _ONES else 0
            return index + (2 if ones else 1), known.tens[word] + ones, known.tens[word] + ones
        if word not in known.numbers or self._is_no_number(index):
            return index, 0, 0
        after = index if word == "fortnight" else index + 1  # it is its own unit
        if word == "half" and self.word(after) in ("a", "an"):
            after += 1
        if word in ("couple", "half") and self.word(after) == "of":
            after += 1
        return after, *known.numbers[word]

    def _quarters(self, index: int) -> tuple[int, float, float] | None:
        """ "Quarter of an hour", "three quarters of an hour"."""
        place = index + (self.word(index) == "three")
        if self.stem(place) != _QUARTER or self.word(place + 1) != "of" or self.word(place + 2) not in ("a", "an"):
            return None
        share = 0.75 if place > index else 0.25
        return place + 3, share, share

    def _is_no_number(self, index: int) -> bool:
        word, after = self.word(index), self.word(index + 1)
        if word == "half":
            return after in ("past", "way")
        if word != "one":
            return False
        before = self.word(index - 1 - (self.word(index - 1) == "the"))
        in_range = after in ("or", "to") and self.word(index + 2) in tables().numbers
        if before in ("just", "only") or in_range or self.half_follows(index + 1):
            return False  # "just the one", "one or two", "one and a half"
        alone = len(self) > 1 and (not after or after in NOT_COUNTED - {"out", "a", "of"})
        return self.word(index - 1) in _BEFORE_PRONOUN or alone

    def half_follows(self, index: int) -> bool:
        """True where "and a half" stands at a word."""
        return [self.word(index + step) for step in range(3)] == ["and", "a", "half"]

    def _is_rate(self, index: int) -> bool:
        """True for "a day" in "two cups of tea a day": a number stands shortly before it."""
        before = range(max(0, index - 5), index)
        return any(self.word(earlier) not in ("a", "an") and self.single(earlier) for earlier in before)

    def _ranged(self, found: Number) -> Number:
        low, high, first, after = found
        upper = None
        if self.word(after) in ("or", "to"):
            upper = self.single(after + 1)
        elif self.between(after) == "-" and _DIGITS.match(self.word(after)):
            upper = self.single(after)
        if upper and upper.low > low:
            return Number(low, upper.high, first, upper.after)
        if self.half_follows(after):
            return Number(low + 0.5, high + 0.5, first, after + 3)
        return found


def make(words: Sentence, kind: str, low: float, high: float, first: int, after: int, unit: str = "") -> Parsed:
    """A quantity from one word of a sentence to before another."""
    start, end = words.tokens[first].start, words.tokens[after - 1].end
    return Quantity(kind, float(low), float(high), unit, start, end), after
