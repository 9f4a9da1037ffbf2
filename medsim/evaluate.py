"""Score every patient turn of a file of dialogues.

    python -m medsim.evaluate data/dialogues/validation.jsonl --out runs/scores.jsonl

Writes one JSON object a patient turn, with the four scores and their evidence, and prints the mean of each.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from statistics import fmean
from typing import Any

from medsim.dialogue import Record, read
from medsim.errors import DataError, MedSimError, run_cli
from medsim.files import write_text
from medsim.metrics import NAMES, Scores, overall, score_dialogue

OVERALL = "overall"


def evaluate(records: Iterable[tuple[int, Record]]) -> Iterator[dict[str, Any]]:
    """One row for each patient turn. `dialogue` counts from 0 over the file's lines, bad ones too; so does `turn`."""
    for number, record in records:
        turns = [turn for turn, message in enumerate(record.dialogue) if message.role == "patient"]
        for turn, scores in zip(turns, score_dialogue(record.script, record.dialogue), strict=True):
            yield row(number, turn, scores)


def row(dialogue: int, turn: int, scores: Scores) -> dict[str, Any]:
    """A turn's scores as plain data."""
    values = {name: _rounded(getattr(scores, name).value) for name in NAMES}
    evidence = [{key: value for key, value in asdict(item).items() if value is not None} for item in scores.evidence]
    return {"dialogue": dialogue, "turn": turn, **values, OVERALL: _rounded(overall(scores)), "evidence": evidence}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def summary(rows: list[dict[str, Any]]) -> str:
    """A table: the mean of each score, and over how many turns it is."""
    lines = [f"{'score':<18}{'mean':>7}{'turns':>8}"]
    for name in (*NAMES, OVERALL):
        values = [item[name] for item in rows if item[name] is not None]
        mean = f"{fmean(values):.3f}" if values else "-"
        lines.append(f"{name.replace('_', ' '):<18}{mean:>7}{len(values):>8}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Score every patient turn of a file of dialogues.")
    parser.add_argument("file", metavar="FILE.jsonl", help="dialogues in the training format")
    parser.add_argument(
        "--out", required=True, metavar="SCORES.jsonl", help="where the scores of each turn are written"
    )
    flags = parser.parse_args()
    items = list(read(flags.file))
    bad = [item for item in items if isinstance(item, DataError)]
    for error in bad:
        print(error, file=sys.stderr)
    rows = list(evaluate((number, item) for number, item in enumerate(items) if isinstance(item, Record)))
    if not rows:
        raise MedSimError(f"There is no dialogue in {flags.file} that can be scored. Mend the lines named above.")
    write_text(flags.out, "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in rows))
    print(summary(rows))
    print(f"{len(rows)} turns of {len(items) - len(bad)} dialogues -> {flags.out}")
    return 1 if bad else 0


if __name__ == "__main__":
    run_cli(main)
