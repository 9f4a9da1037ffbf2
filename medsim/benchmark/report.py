"""What a benchmark found, as data (report.json) and as text (report.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean, median
from typing import Any

from medsim.benchmark.scoring import Estimate, Row, estimates, grouped
from medsim.metrics import NAMES
from medsim.truth import HELD_OUT, aurocs

SHORT = 3  # words
WORST = 10  # replies that are shown
# 100 OSCE and 1,900 clinic dialogues (DESIGN, section 6): the range of the two.
HUMAN = {"median": (4, 8), "mean": (10, 14), "p90": (22, 33), "short": (0.23, 0.48), "questions": (0.01, 0.08)}
LENGTHS = {"median": "median", "mean": "mean", "p90": "90th percentile", "short": f"{SHORT} words or fewer",
           "questions": "ends with a question mark"}  # fmt: skip
_SHARES = ("short", "questions")
LIMIT = 0.6  # a degenerate patient that comes so far would show that a metric is wrong
PASSED_BY_NONE = "no degenerate patient may reach this"


def lengths(rows: Sequence[Row]) -> dict[str, float]:
    """Words of a reply (median, mean, 90th percentile), the share of short ones, and of those that ask something."""
    counts = sorted(len(row.reply.split()) for row in rows)
    return {
        "median": median(counts),
        "mean": round(fmean(counts), 2),
        "p90": counts[int(0.9 * len(counts))],
        "short": round(fmean(count <= SHORT for count in counts), 4),
        "questions": round(fmean(row.reply.rstrip().endswith("?") for row in rows), 4),
    }


def report(rows: Sequence[Row], settings: Mapping[str, Any], others: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """All figures, with the settings that they are of; `others`: the same questions put to patients to compare with."""
    return {
        **settings,
        **_plain(estimates(rows)),
        "by_probe": _plain(grouped(rows, lambda row: row.probe.kind)),
        "by_topic": _plain(grouped(rows, lambda row: row.topic)),
        "lengths": lengths(rows),
        "auroc": aurocs(HELD_OUT),
        "beside": {name: _plain(estimates(those)) for name, those in others.items()},
    }


def _plain(found: Mapping[str, Estimate]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(one) for name, one in found.items()}


def markdown(found: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The report as text."""
    return "\n".join(_lines(found, rows)) + "\n"


def _lines(found: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    names = ("overall", *NAMES)
    yield f"# Fidelity of {found['patient']}"
    yield ""
    yield (
        f"{len(rows):,} replies in {found['interviews']} interviews with {found['scripts']} patients. Each figure is a "
        "mean in [0, 1] with its 95 % bootstrap interval by script; `overall` is the mean of the replies' geometric "
        "means of the scores that apply."
    )
    yield ""
    yield "| patient | " + " | ".join(name.replace("_", " ") for name in names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for name, scores in {f"**{found['patient']}**": found, **found["beside"]}.items():
        yield f"| {name} | " + " | ".join(_shown(scores[metric]) for metric in names) + " |"
    for title, key in (("Kinds of question", "by_probe"), ("Topics", "by_topic")):
        yield from ("", f"## {title}", "", "| | overall | replies |", "|---|---|---|")
        yield from (f"| {name.replace('_', ' ')} | {_shown(one)} | {one['n']} |" for name, one in found[key].items())
    yield from ("", "## Lengths", "", "| | words | people |", "|---|---|---|")
    for name, value in found["lengths"].items():
        low, high = HUMAN[name]
        people = f"{low:.0%} to {high:.0%}" if name in _SHARES else f"{low} to {high}"
        yield f"| {LENGTHS[name]} | {f'{value:.0%}' if name in _SHARES else f'{value:g}'} | {people} |"
    yield from ("", "## How far the metrics can be trusted", "")
    yield (
        "AUROC of each on replies labelled by hand and kept aside (data/labelled): how often one with a fault of "
        "its kind scores lower than a right one. There, what a question asks for is read by the matcher."
    )
    yield from ("", "| metric | AUROC |", "|---|---|")
    yield from (f"| {name.replace('_', ' ')} | {value:.3f} |" for name, value in found["auroc"].items())
    yield from ("", "## The worst replies", "")
    for row in _worst(rows):
        faults = [evidence.text for evidence in row.scores.evidence if evidence.sign == "bad"]
        yield f"- {row.script}, {row.probe.kind}: “{row.probe.question}” “{row.reply}” {' '.join(faults)}"


def _worst(rows: Sequence[Row]) -> list[Row]:
    """One of each script at most, the last first: faults add up in a talk."""
    by_score = sorted(rows, key=lambda row: (1.0 if row.overall is None else row.overall, -row.turn))
    return list({row.script: row for row in reversed(by_score)}.values())[::-1][:WORST]


def _shown(one: Mapping[str, float | None]) -> str:
    if one["mean"] is None:
        return "–"
    return f"{one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"
