"""A report as pictures: metrics.png, probes.png, topics.png, lengths.png."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medsim.benchmark.report import HUMAN, LENGTHS, LIMIT, PASSED_BY_NONE
from medsim.metrics import NAMES

WIDTH, ROW, MARGIN = 7.2, 0.26, 1.1  # inches
DPI = 130
ACCENT, OTHERS, PEOPLE, INK = "#2c8683", "#9db0b6", "#bfdedc", "#17242a"
_LEAST = 3  # replies of a topic that is drawn


def draw(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the pictures of a report into a folder."""
    pictures = {
        "metrics": _metrics(found),
        "probes": _bars(found["by_probe"], f"Kinds of question: {found['patient']}"),
        "topics": _bars(
            {name: one for name, one in found["by_topic"].items() if one["n"] >= _LEAST},
            f"Topics with {_LEAST} replies or more: {found['patient']}",
        ),
        "lengths": _lengths(found),
    }
    paths = []
    for name, figure in pictures.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], dpi=DPI, bbox_inches="tight")
    return paths


def _figure(rows: float, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, MARGIN + ROW * rows))
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    return figure, axes


def _metrics(found: Mapping[str, Any]) -> Figure:
    """Every metric of the patient and of those beside it, in one group a metric."""
    names = ("overall", *NAMES)
    patients = {found["patient"]: found, **found["beside"]}
    figure, axes = _figure(len(names) * (len(patients) + 1), "Fidelity, with 95 % intervals by script")
    for group, metric in enumerate(names):
        for place, scores in enumerate(patients.values()):
            _bar(axes, group * (len(patients) + 1) + place, scores[metric], OTHERS if place else ACCENT)
    rows = [group * (len(patients) + 1) + place for group in range(len(names)) for place in range(len(patients))]
    labels = [f"{name.replace('_', ' ')}: {who}" if not place else who
              for name in names for place, who in enumerate(patients)]  # fmt: skip
    axes.set_yticks(rows, labels)
    _scale(axes)
    axes.axvline(LIMIT, color=INK, linestyle=":", linewidth=1)
    axes.annotate(PASSED_BY_NONE, (LIMIT, -1.2), fontsize=7, color=INK, ha="center", annotation_clip=False)
    return figure


def _bars(groups: Mapping[str, Mapping[str, Any]], title: str) -> Figure:
    figure, axes = _figure(len(groups), title)
    for place, one in enumerate(groups.values()):
        _bar(axes, place, one, ACCENT)
    axes.set_yticks(range(len(groups)), [f"{name.replace('_', ' ')} ({one['n']})" for name, one in groups.items()])
    _scale(axes)
    return figure


def _bar(axes: Axes, place: float, one: Mapping[str, float | None], colour: str) -> None:
    if one["mean"] is None:
        return
    error = [[max(0.0, one["mean"] - one["low"])], [max(0.0, one["high"] - one["mean"])]]
    axes.barh(place, one["mean"], color=colour, height=0.72)
    axes.errorbar(one["mean"], place, xerr=error, color=INK, linewidth=1, capsize=2)


def _scale(axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    axes.grid(axis="x", color=PEOPLE, linewidth=0.6)
    axes.set_axisbelow(True)


def _lengths(found: Mapping[str, Any]) -> Figure:
    """The patient's figures on the range that people have."""
    figure = Figure(figsize=(WIDTH, 0.7 * len(LENGTHS) + 0.6))
    figure.suptitle(f"Lengths of replies: {found['patient']}, and people (bands)", x=0.02, ha="left", fontsize=10)
    for axes, (name, label) in zip(figure.subplots(len(LENGTHS), 1), LENGTHS.items(), strict=True):
        low, high = HUMAN[name]
        value = found["lengths"][name]
        axes.axvspan(low, high, color=PEOPLE)
        axes.plot([value], [0], marker="D", color=ACCENT, clip_on=False)
        axes.set(yticks=[0], ylim=(-1, 1), xlim=(0, 1.15 * max(value, high)))
        axes.set_yticklabels([label])
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(labelsize=8, colors=INK, left=False)
    figure.subplots_adjust(hspace=1.4, left=0.3, top=0.86)
    return figure
