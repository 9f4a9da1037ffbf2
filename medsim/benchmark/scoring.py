"""What the replies of interviews are worth, and how sure that is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
        return place | {"probe": asdict(self.probe), "reply": self.reply, **values, "overall": self.overall,
                        "evidence": evidence}  # fmt: skip


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
    """A mean of `n` values, with its bootstrap interval by script; None where there is no value."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


def estimate(values: Iterable[tuple[str, float | None]]) -> Estimate:
    """The mean of the values that are not None, each with the id of its script.

    Scripts are resampled, as replies of one script are alike (Efron 1979).
    """
    by_script: dict[str, list[float]] = {}
    for script, value in values:
        by_script.setdefault(script, [])
        by_script[script] += [] if value is None else [value]
    sums = numpy.array([sum(by_script[script]) for script in sorted(by_script)])
    counts = numpy.array([len(by_script[script]) for script in sorted(by_script)])
    if not counts.sum():
        return Estimate(None, None, None, 0)
    drawn = numpy.random.default_rng(_SEED).integers(len(sums), size=(RESAMPLES, len(sums)))  # the same for every value
    totals = counts[drawn].sum(axis=1)
    means = sums[drawn].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = numpy.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(*(round(float(one), 4) for one in (sums.sum() / counts.sum(), low, high)), int(counts.sum()))


def estimates(rows: Sequence[Row]) -> dict[str, Estimate]:
    """Each metric, and `overall`: the mean of the replies' own geometric means, which forgive no failure.

    A geometric mean of the four means would: a patient who never read the script is in its role, consistent and often
    relevant, and would reach 0.7.
    """
    found = {name: estimate((row.script, getattr(row.scores, name).value) for row in rows) for name in NAMES}
    return {"overall": estimate((row.script, row.overall) for row in rows), **found}


def grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, Estimate]:
    """The mean overall of the replies of each group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: estimate((row.script, row.overall) for row in groups[name]) for name in sorted(groups)}
