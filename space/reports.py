"""The benchmarks on this disk and what is read from them: figures by kind of question, replies by score."""

from collections.abc import Iterable, Iterator
from typing import Any

from medsim.benchmark.compare import Finished
from medsim.benchmark.scoring import Estimate, estimate
from medsim.errors import MedSimError
from space.context import App
from trainer.evaluations import REPORTS, Evaluation, is_evaluation, list_evaluations
from trainer.runs import child

MOST = 4  # reports beside each other
METRICS = {
    "overall": "Overall", "script_adherence": "Script adherence", "consistency": "Consistency",
    "relevance": "Relevance", "role_consistency": "Role consistency",
}  # fmt: skip
KINDS = {
    "opening": "What brings you in", "vague": "Tell me more", "answerable": "A fact that is known",
    "denied": "Something denied", "absent": "Something not there, yes or no",
    "absent_open": "Something not there, open", "harmless": "Small talk", "leading_true": "Leading, and right",
    "leading_false": "Leading, and wrong", "repeat": "Asked again", "dump": "Tell me everything",
    "locked_in_passing": "Kept back: asked in passing",
    "locked_opened": "Kept back: asked with care", "locked_again": "Kept back: asked again",
    "role": "Not for a patient: diagnosis, machine",
}  # fmt: skip
Line = dict[str, Any]  # of replies.jsonl


def evaluations_of(app: App, may_see_all: bool) -> list[Evaluation]:
    """Newest first: those with a report, and for who may start one all that were begun."""
    return [one for one in list_evaluations(app.runs) if may_see_all or one.report]


def find_evaluation(app: App, name: str | None) -> Evaluation:
    """The benchmark of this name. Raises MedSimError when there is none."""
    found = Evaluation(child(app.runs / REPORTS, name or ""))
    if not is_evaluation(found.path):
        raise MedSimError("This report is no longer here. Choose another one.")
    return found


def chosen_reports(app: App, names: list[str] | None) -> list[Evaluation]:
    """Those with a report among these names, in their order. Raises MedSimError for a wrong name, or too many."""
    if len(names or []) > MOST:
        raise MedSimError(f"At most {MOST} reports fit beside each other. Leave some out.")
    return [one for name in names or [] if (one := find_evaluation(app, name)).report]


def known_metric(name: str) -> str:
    """Raises MedSimError for what is no metric."""
    if name not in METRICS:
        raise MedSimError("Choose one of the metrics.")
    return name


def estimate_of(found: dict[str, Any], metric: str) -> Estimate:
    """A metric as report.json has it."""
    return Estimate(**found[metric])


def by_kind(replies: Finished, metric: str) -> dict[str, Estimate]:
    """The mean of a metric over each kind of question, in the order of KINDS."""
    found = _grouped(replies.replies.values(), metric, lambda line: line["probe"]["kind"])
    return {kind: found[kind] for kind in sorted(found, key=[*KINDS, *found].index)}


def by_topic(replies: Finished, metric: str) -> dict[str, Estimate]:
    """The same over each topic; questions about none are left out."""
    about = (line for line in replies.replies.values() if line["probe"]["topics"])
    return _grouped(about, metric, lambda line: line["probe"]["topics"][0])


def _grouped(lines: Iterable[Line], metric: str, key: Any) -> dict[str, Estimate]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return {name: estimate((line["script"], line[metric]) for line in groups[name]) for name in sorted(groups)}


def worst_first(replies: Finished, metric: str, kind: str = "", script: str = "") -> list[Line]:
    """The replies to which a metric applies, of one kind of question and script where they are given.

    Of equals those late in a talk come first: faults add up.
    """
    lines = [
        line for line in replies.replies.values()
        if line[metric] is not None and kind in ("", line["probe"]["kind"]) and script in ("", line["script"])
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line[metric], -line["turn"]))


def before(replies: Finished, line: Line) -> Iterator[Line]:
    """The turns of the talk before a reply."""
    return (replies.replies[line["interview"], turn] for turn in range(line["turn"]))


def report_file(app: App, names: list[str]) -> dict[str, str]:
    """The first report as text, without the paths of this server."""
    one = _first(app, names)
    text = (one.path / "report.md").read_text(encoding="utf-8")
    return {"name": f"{one.name}.md", "text": text.replace(one.report["patient"], one.patient, 2)}


def replies_file(app: App, names: list[str]) -> dict[str, str]:
    """Every reply of the first report with its scores and evidence."""
    one = _first(app, names)
    return {"name": f"{one.name}.jsonl", "text": (one.path / "replies.jsonl").read_text(encoding="utf-8")}


def _first(app: App, names: list[str]) -> Evaluation:
    reports = chosen_reports(app, names)
    if not reports:
        raise MedSimError("Choose a report first.")
    return reports[0]
