"""Start, resume and stop benchmarks, each in a process of its own, as jobs.py does runs; it deletes both.

A benchmark outlives the page that started it, and the server. One run or benchmark at a time in a folder of runs.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from medsim import bases
from medsim.errors import MedSimError
from medsim.files import write_text
from trainer import launch
from trainer.evaluations import REPORTS, Evaluation
from trainer.runs import child

IN_A_TERMINAL = "python -m medsim.benchmark --patient WHO --out runs/reports/NAME"


def start(
    root: str | Path, name: str, patient: str, flags: Sequence[str], needs: str | None = None, token: str | None = None
) -> Evaluation:
    """Begin a benchmark in a new folder `name` of the reports in `root`.

    `patient` is what a page calls the one who is asked, `flags` are those of the command but for --out. The base that
    it `needs` is made ready first; `token` is for gated bases and is not passed on. Raises MedSimError: a run or
    benchmark goes on already, the name is taken or no name, the base cannot be had, or this is Windows.
    """
    launch.need_groups(IN_A_TERMINAL)
    root = Path(root)
    folder = child(root / REPORTS, name)
    with launch.slot(root):
        if folder.exists():
            raise MedSimError(f"There is a report {name} already. Choose another name.")
        if needs:
            bases.prepare(needs, token)
        folder.mkdir(parents=True)
        return _launch(folder, patient, flags, kept=0)


def resume(evaluation: Evaluation) -> Evaluation:
    """Go on with a benchmark where it was. Raises MedSimError."""
    launch.need_groups(IN_A_TERMINAL)
    with launch.slot(evaluation.path.parent.parent):
        evaluation = Evaluation(evaluation.path)
        if evaluation.state == "done":
            raise MedSimError(f"{evaluation.name} has finished: there is nothing to resume. Start a new one.")
        flags = evaluation.settings.get("flags")
        if not flags:
            raise MedSimError(f"{evaluation.name} was not started here. Give its command again in a terminal.")
        return _launch(evaluation.path, evaluation.patient, flags, kept=evaluation.asked.count)


def stop(evaluation: Evaluation) -> None:
    """End a benchmark at once: each reply was kept as it came, and it can be resumed."""
    launch.need_groups(IN_A_TERMINAL)
    if evaluation.process is not None:
        launch.see_off(evaluation.process, deadline=0.0)


def _launch(folder: Path, patient: str, flags: Sequence[str], kept: int) -> Evaluation:
    settings = {"patient": patient, "flags": list(flags), "kept": kept}
    write_text(folder / "evaluation.json", json.dumps(settings, ensure_ascii=False) + "\n")
    launch.launch(folder, [sys.executable, "-m", "medsim.benchmark", *flags, "--out", str(folder)])
    return Evaluation(folder)
