"""What every benchmark reports."""

from collections.abc import Mapping, Sequence
from statistics import median


def summary(values: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """[median, min, max] of each figure's values, to a tenth."""
    return {name: [round(pick(found), 1) for pick in (median, min, max)] for name, found in values.items()}
