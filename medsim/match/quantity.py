"""A quantity, and when two of them agree."""

from typing import NamedTuple

from medsim.match.text import stem, word_set

HALF_DAY = "half day"
TIMES = stem("times")  # the unit of "three times"


class Quantity(NamedTuple):
    """A number or range with its kind, its unit, and its place in the text.

    Kinds and units: `duration` (days), `interval` (days, from something else: "a week before Christmas"),
    `frequency` (times a day), `weight` (kilograms), `temperature` (Celsius), `age` (years), `clock` (hours; of
    HALF_DAY where it may be morning or evening), `dose` (as written), `score` (out of ten), `count` (the noun counted,
    by its stem), `ordinal` (which turn or child it is), `number`, `people` ("the two of us"), and the named ones
    `year`, `month`, `weekday`, `feast`.
    """

    kind: str
    low: float
    high: float
    unit: str
    start: int
    end: int


def same(one: Quantity, other: Quantity, this_year: int | None = None) -> bool | None:
    """Whether two quantities agree; None where they cannot be compared (of different kinds).

    `this_year` tells which year "two years ago" was.
    """
    kinds = {one.kind, other.kind}
    if kinds == {"year", "duration"}:
        year, ago = (one, other) if one.kind == "year" else (other, one)
        return _in_year(year, ago, this_year) if this_year and ago.high >= _HALF_A_YEAR else None
    if "clock" in kinds and kinds <= {"clock", "number"}:
        day = 12 if HALF_DAY in (one.unit, other.unit) or len(kinds) == 2 else 24
        apart = (one.low - other.low) % day
        return min(apart, day - apart) <= _QUARTER
    if "temperature" in kinds and kinds <= {"temperature", "number"} and _is_rounded(one, other):
        return True
    if "number" in kinds and one.kind in _COUNTABLE and other.kind in _COUNTABLE:
        return _overlap(one, other, 0)
    if kinds == {"count", "frequency"}:  # "five roll-ups a day" and "five a day"
        times, often = (one, other) if one.kind == "count" else (other, one)
        if times.unit == TIMES and often.high <= 1:  # "three times in the night" and "every night"
            return None
        return _overlap(one, other, 0)
    if one.kind != other.kind or (
        one.kind in ("dose", "count", "ordinal") and not set(one.unit.split()) & set(other.unit.split())
    ):
        return None
    return _overlap(one, other, 0.09 if one.kind in _ROUND else 0)


_HALF_A_YEAR = 182  # days
_QUARTER = 0.26  # hours: nobody looks at a clock more closely
_ROUND = word_set("duration frequency weight")  # kinds that are rounded in speech


def _in_year(year: Quantity, ago: Quantity, this_year: int) -> bool:
    """Whether a year is that of so many days ago; one more or less is not told apart."""
    return this_year - ago.high / 365 - 1 <= year.low <= this_year - ago.low / 365 + 1


def _is_rounded(one: Quantity, other: Quantity) -> bool:
    """ "Thirty-eight" and 38.4."""
    whole, exact = (one, other) if one.low == int(one.low) else (other, one)
    return whole.low == int(whole.low) and exact.low != int(exact.low) and abs(whole.low - exact.low) <= _HALF_DEGREE


_HALF_DEGREE = 0.5
_COUNTABLE = word_set("number score count dose age clock weight temperature")


def _overlap(one: Quantity, other: Quantity, tolerance: float) -> bool:
    return one.low <= other.high * (1 + tolerance) and other.low <= one.high * (1 + tolerance)
