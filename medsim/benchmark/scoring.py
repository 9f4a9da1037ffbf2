"""What the replies of interviews are worth, and how sure that is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import numpy

from medsim.benchmark.asking import Interview
from medsim.dialogue import Message
from medsim.heard import Heard
from medsim.metrics import NAMES, Scores, scores_of
from medsim.probes import Probe

RESAMPLES = 1000
LEVEL = 0.95
_SEED = 0


@dataclass(frozen=True)
class Row:
    """One reply: who was asked what, what was said, and what it is worth."""

    script: str
    interview: int
    turn: int
    probe: Probe
    reply: str
    scores: Scores

    @property
    def topic(self) -> str:
        return self.probe.topics[0] if self.probe.topics else self.probe.kind

    @property
    def overall(self) -> float | None:
        """The geometric mean of the scores that apply."""
        values = [value for name in NAMES if (value := getattr(self.scores, name).value) is not None]
        return prod(values) ** (1 / len(values)) if values else None

    def dump(self) -> dict[str, Any]:
        """As a line of replies.jsonl."""
        values = {name: getattr(self.scores, name).value for name in NAMES}
        evidence = [asdict(item) for item in self.scores.evidence]
        place = {"script": self.script, "interview": self.interview, "turn": self.turn}
        return place | {"probe": asdict(self.probe), "reply": self.reply, **values, "evidence": evidence}


def rows_of(interviews: Sequence[Interview], replies: Sequence[Sequence[str]]) -> Iterator[Row]:
    """Each reply with its scores: what was asked is known from the probe, what came before from the talk."""
    for number, (interview, said) in enumerate(zip(interviews, replies, strict=True)):
        heard = Heard(interview.script)
        for place, (probe, reply) in enumerate(zip(interview.probes, said, strict=True)):
            heard = heard.asked(Message(role="doctor", content=probe.question)).asking(probe)
            turn = heard.turn(reply)
            yield Row(interview.script.id, number, place, probe, reply, scores_of(turn))
            heard = heard.answered(Message(role="patient", content=reply), turn)


@dataclass(frozen=True)
class Estimate:
    """A mean in [0, 1] of `n` replies, with its bootstrap interval by script (None where there is no reply)."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


def estimate(rows: Sequence[Row], value: Callable[[Row], float | None]) -> Estimate:
    """The mean of what a value applies to. Scripts are resampled, as replies of one script are alike (Efron 1979)."""
    sums, counts = _by_script(rows, value)
    if not counts.sum():
        return Estimate(None, None, None, 0)
    return _estimate(sums.sum() / counts.sum(), _resampled(sums, counts), int(counts.sum()))


def estimates(rows: Sequence[Row]) -> dict[str, Estimate]:
    """Each metric, and `overall`: the mean of the replies' own geometric means, which forgive no failure.

    A geometric mean of the four means would: a patient who never read the script is in its role, consistent and often
    relevant, and would reach 0.7.
    """
    found = {name: estimate(rows, lambda row, name=name: getattr(row.scores, name).value) for name in NAMES}
    return {"overall": estimate(rows, lambda row: row.overall), **found}


def grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, Estimate]:
    """The mean overall of the replies of each group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: estimate(groups[name], lambda row: row.overall) for name in sorted(groups)}


def _by_script(rows: Sequence[Row], value: Callable[[Row], float | None]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Sums and counts of a value, of each script in the order of their names: (S,), (S,)."""
    names = sorted({row.script for row in rows})
    places: Mapping[str, int] = {name: place for place, name in enumerate(names)}
    sums, counts = numpy.zeros(len(names)), numpy.zeros(len(names))
    for row in rows:
        if (found := value(row)) is not None:
            sums[places[row.script]] += found
            counts[places[row.script]] += 1
    return sums, counts


def _resampled(sums: numpy.ndarray, counts: numpy.ndarray) -> numpy.ndarray:
    """The means of RESAMPLES draws of as many scripts: (RESAMPLES,). The same draws for the same number of scripts."""
    drawn = numpy.random.default_rng(_SEED).integers(len(sums), size=(RESAMPLES, len(sums)))
    totals = counts[drawn].sum(axis=1)
    return sums[drawn].sum(axis=1) / numpy.where(totals, totals, numpy.nan)


def _estimate(mean: float, resampled: numpy.ndarray, count: int) -> Estimate:
    low, high = numpy.nanquantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(round(float(mean), 4), round(float(low), 4), round(float(high), 4), count)
