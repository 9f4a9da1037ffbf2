"""Probes, metrics and the scripted patient share the matcher, so all could be wrong together: faults that were worded
by hand, by somebody who had seen no rule, lower a score by as much as they would if each were noticed."""

from random import Random
from statistics import fmean

import pytest
import yaml

from medsim.benchmark import questions
from medsim.benchmark.asking import ask_all
from medsim.benchmark.scoring import Row, rows_of
from medsim.probes import Probe
from medsim.sampling import Sampling
from medsim.scripted import ScriptedPatient
from tests.conftest import REPOSITORY

WITHIN = {"faults": 0.03, "fresh_faults": 0.06}  # rules were mended by the first, the second were worded after that
SHARES = (0.1, 0.2, 0.4)
CLINICAL = ("answerable", "repeat", "denied", "absent", "absent_open", "leading_true", "leading_false")


@pytest.fixture(scope="module", params=WITHIN)
def worded(request) -> tuple[dict, float]:
    """Faulty replies by kind, and how near the fall must be to what was planted."""
    path = REPOSITORY / f"tests/medsim/benchmark/{request.param}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")), WITHIN[request.param]


@pytest.fixture(scope="module")
def interviews():
    return questions.public()


@pytest.fixture(scope="module")
def said(interviews) -> list[list[str]]:
    return ask_all(ScriptedPatient(), interviews, Sampling(temperature=0, seed=0), {}, lambda place, reply: None)


def scored(interviews, said, metric) -> dict[tuple[int, int], float | None]:
    def value(row: Row) -> float | None:
        return getattr(row.scores, metric).value

    return {(row.interview, row.turn): value(row) for row in rows_of(interviews, said)}


def wrong(faults: dict, metric: str, probe: Probe) -> list[str]:
    """The faulty replies of a metric's kind that can be given to a question."""
    if metric == "role_consistency":
        return faults["role"]
    if metric == "relevance":
        return faults["off_topic"] if probe.kind in CLINICAL else []
    if probe.kind in ("answerable", "repeat") and not probe.concepts:
        return faults["contradicts"].get(probe.topics[0], [])
    return {"denied": faults["affirms"], "absent": faults["invents"]}.get(probe.kind, [])


@pytest.mark.parametrize("metric", ["script_adherence", "relevance", "role_consistency"])
def test_a_score_falls_by_what_was_planted(worded, interviews, said, metric):
    faults, within = worded
    before = scored(interviews, said, metric)
    places = [(number, turn) for number, one in enumerate(interviews) for turn, probe in enumerate(one.probes)
              if wrong(faults, metric, probe)]  # fmt: skip
    for share in SHARES:
        random, planted = Random(share), [list(replies) for replies in said]
        chosen = random.sample(places, min(len(places), round(share * len(before))))
        for number, turn in chosen:
            planted[number][turn] = random.choice(wrong(faults, metric, interviews[number].probes[turn]))
        after = scored(interviews, planted, metric)
        both = [place for place in before if before[place] is not None and after[place] is not None]
        fallen = sum(before[place] - after[place] for place in both) / len(both)
        noticed_all = sum(before[place] for place in set(chosen) & set(both)) / len(both)
        assert abs(noticed_all - fallen) <= within, share


def test_what_cannot_both_be_so_is_not_consistent(worded, interviews, said):
    """Pairs of answers to a question and to the same one in other words."""
    pairs = [(number, probe.repeats, turn) for number, one in enumerate(interviews)
             for turn, probe in enumerate(one.probes) if probe.kind == "repeat"]  # fmt: skip
    planted, random = [list(replies) for replies in said], Random(0)
    for number, first, later in pairs:
        planted[number][first], planted[number][later] = random.choice(worded[0]["inconsistent"])

    def mean(said: list[list[str]]) -> float:
        found = scored(interviews, said, "consistency")
        return fmean(value for number, _, later in pairs if (value := found[number, later]) is not None)

    assert len(pairs) > 50
    assert mean(planted) <= 0.3 and mean(said) >= 0.7
