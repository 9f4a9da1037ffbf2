"""A quantity, and when two of them agree."""

from typing import NamedTuple

from medsim.match.text import word_set


class Quantity(NamedTuple):
    """A number or range with its kind, its unit, and its place in the text.

    Kinds and units: `duration` (days), `frequency` (times a day), `age` (years), `clock` (hours), `dose` (as written),
    `score` (out of ten), `count` (the noun counted, by its stem), `number`, and the named ones `year`, `month`,
    `weekday`, `feast`.
    """

    kind: str
    low: float
    high: float
    unit: str
    start: int
    end: int


def same(one: Quantity, other: Quantity) -> bool | None:
    """Whether two quantities agree; None where they cannot be compared (of different kinds)."""
    if "number" in (one.kind, other.kind) and one.kind in _COUNTABLE and other.kind in _COUNTABLE:
        return _overlap(one, other, 0)
    if {one.kind, other.kind} == {"count", "frequency"}:  # "five roll-ups a day" and "five a day"
        return _overlap(one, other, 0)
    if one.kind != other.kind or (
        one.kind in ("dose", "count") and not set(one.unit.split()) & set(other.unit.split())
    ):
        return None
    return _overlap(one, other, 0.09 if one.kind in ("duration", "frequency") else 0)


_COUNTABLE = word_set("number score count dose age clock")


def _overlap(one: Quantity, other: Quantity, tolerance: float) -> bool:
    return one.low <= other.high * (1 + tolerance) and other.low <= one.high * (1 + tolerance)
