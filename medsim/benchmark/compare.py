"""Two or more patients who were put the same questions, reply by reply."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from medsim.benchmark.asking import Place
from medsim.benchmark.scoring import Estimate, estimate
from medsim.errors import MedSimError
from medsim.files import read_text
from medsim.metrics import NAMES

MOST = 10  # replies that are shown


class Finished(NamedTuple):
    """A benchmark's folder, its report and its replies."""

    folder: Path
    report: dict[str, Any]
    replies: dict[Place, dict[str, Any]]


def finished(folder: Path) -> Finished:
    """Raises MedSimError for a folder without a report."""
    if not (folder / "report.json").is_file():
        raise MedSimError(
            f"{folder} holds no report. Run `python -m medsim.benchmark --out {folder}` to its end first."
        )
    lines = [json.loads(line) for line in read_text(folder / "replies.jsonl").removesuffix("\n").split("\n")]
    return Finished(folder, json.loads(read_text(folder / "report.json")),
                    {(line["interview"], line["turn"]): line for line in lines})  # fmt: skip


class Differences(NamedTuple):
    """Another patient beside the first: by metric, and (gain, before, after) of the replies that differ most."""

    by_metric: dict[str, Estimate]
    most: list[tuple[float, dict[str, Any], dict[str, Any]]]


def same_questions(first: Finished, other: Finished) -> bool:
    """Whether two patients were put the same questions: others cannot be compared."""
    return other.report["probes_sha256"] == first.report["probes_sha256"]


def differences(first: Finished, other: Finished, sort_by: str = "overall", most: int = MOST) -> Differences:
    """The gains over the same replies of the first, with intervals by script."""
    pairs = [(reply, other.replies[place]) for place, reply in first.replies.items()]
    both = [(gain, *pair) for pair in pairs if (gain := _gain(*pair, sort_by))]
    return Differences(
        {name: estimate((before["script"], _gain(before, after, name)) for before, after in pairs)
         for name in ("overall", *NAMES)},
        sorted(both, key=lambda item: -abs(item[0]))[:most],
    )  # fmt: skip


def comparison(folders: Sequence[Path]) -> str:
    """The differences of each patient to the first, as text. Raises MedSimError where the questions were others."""
    first, *others = map(finished, folders)
    for other in others:
        if not same_questions(first, other):
            raise MedSimError(
                f"{first.folder} and {other.folder} are of other questions, which cannot be compared. Run both with "
                "the same --scripts or --quick, and the same --benchmark_seed."
            )
    return "\n".join(line for other in others for line in _lines(first, other)) + "\n"


def _lines(first: Finished, other: Finished) -> Iterator[str]:
    found = differences(first, other)
    yield f"# {other.folder} beside {first.folder}"
    yield ""
    yield "Mean differences of the same replies, with 95 % bootstrap intervals by script."
    yield from ("", "| | difference | replies |", "|---|---|---|")
    for name, one in found.by_metric.items():
        shown = "–" if one.mean is None else f"{one.mean:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
        yield f"| {name.replace('_', ' ')} | {shown} | {one.n} |"
    yield from ("", "The replies that differ most:", "")
    for gain, before, after in found.most:
        question = before["probe"]["question"]
        yield f"- {gain:+.2f} {before['script']}: “{question}” “{before['reply']}” → “{after['reply']}”"
    yield ""


def _gain(before: dict[str, Any], after: dict[str, Any], name: str) -> float | None:
    """How much better a reply is; None where the score does not apply to both."""
    values = before[name], after[name]
    return None if None in values else values[1] - values[0]
