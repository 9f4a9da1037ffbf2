"""How true a patient is to its scripts.

python -m medsim.benchmark --patient base --out benchmarks/results/base
python -m medsim.benchmark --patient runs/DATE-TIME --quick --out report
python -m medsim.benchmark compare benchmarks/results/base report

Puts probes to the patient in whole interviews and writes report.json, report.md and replies.jsonl. Run again after a
kill, it goes on where it was.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from medsim.benchmark.asking import CACHE_BYTES, Interview, ask_all
from medsim.benchmark.compare import comparison
from medsim.benchmark.degenerate import degenerates
from medsim.benchmark.report import markdown, report
from medsim.benchmark.scoring import Row, rows_of
from medsim.dialogue import load
from medsim.errors import MedSimError, run_cli
from medsim.files import write_text
from medsim.journal import Journal
from medsim.probes import interview
from medsim.sampling import Sampling
from medsim.script import PatientScript, load_scripts
from medsim.scripted import ScriptedPatient

if TYPE_CHECKING:
    from medsim.patients import Patient

FOLDER = Path(__file__).parents[2] / "data"
TALKS = 2  # with each patient
BASE, SCRIPTED = "base", "scripted"


def main() -> int:
    if sys.argv[1:2] == ["compare"]:
        return _compare(sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="python -m medsim.benchmark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patient", required=True, metavar="WHO",
                        help="base, scripted, or the folder of a run, an adapter or a merged model")  # fmt: skip
    parser.add_argument("--base", help="name or folder of the base (default: the adapter's, else the embedded one)")
    parser.add_argument("--scripts", nargs="+", metavar="FILE", help="patients (default: data/test/scripts)")
    parser.add_argument("--quick", action="store_true", help="the validation patients: a fifth of the questions")
    parser.add_argument("--benchmark_seed", type=int, default=0, metavar="N", help="which questions (default: 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report is written")
    for name, field in Sampling.model_fields.items():
        parser.add_argument(f"--{name}", default=argparse.SUPPRESS, metavar="X", help=field.description)
    flags = vars(parser.parse_args())
    given = {name: flags[name] for name in Sampling.model_fields if name in flags}
    sampling = Sampling.load(**{"temperature": 0.0, "seed": 0, **given})
    scripts = _scripts(flags["scripts"], flags["quick"])
    seed = flags["benchmark_seed"]
    interviews = [Interview(script, interview(script, TALKS * seed + talk))
                  for script in scripts for talk in range(TALKS)]  # fmt: skip
    settings = {
        "patient": flags["patient"], "base": flags["base"], "seed": seed, "sampling": sampling.model_dump(),
        "scripts": len(scripts), "interviews": len(interviews), "probes_sha256": _digest(interviews),
    }  # fmt: skip
    kept = Journal(flags["out"] / "replies.part.jsonl", settings)
    rows = _asked(_patient(flags["patient"], flags["base"]), interviews, sampling, kept)
    others = {"scripted": ScriptedPatient(), **degenerates(scripts)}
    beside = {name: list(rows_of(interviews, ask_all(who, interviews, sampling, {}, _ignore)))
              for name, who in others.items() if name != flags["patient"]}  # fmt: skip
    _write(flags["out"], rows, report(rows, settings, beside))
    kept.path.unlink()
    return 0


def _compare(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m medsim.benchmark compare", description="Patients who were put the same questions, by reply."
    )
    parser.add_argument("first", type=Path, metavar="DIR", help="a report's folder")
    parser.add_argument("others", type=Path, nargs="+", metavar="DIR", help="those that are compared with it")
    flags = parser.parse_args(arguments)
    print(comparison([flags.first, *flags.others]), end="")
    return 0


def _ignore(place: Any, reply: str) -> None:
    pass


def _scripts(files: list[str] | None, quick: bool) -> list[PatientScript]:
    if files and quick:
        raise MedSimError("--quick is for the validation patients. Leave out --scripts or --quick.")
    if quick:
        found = [record.script for record in load(FOLDER / "dialogues" / "validation.jsonl")]
    else:
        paths = files or sorted((FOLDER / "test" / "scripts").glob("*.yaml"))
        found = [script for path in paths for script in load_scripts(path)]
    return list({script.id: script for script in found}.values())


def _digest(interviews: list[Interview]) -> str:
    """The hash of the questions: figures of the same ones can be compared."""
    asked = [[one.script.id, [asdict(probe) for probe in one.probes]] for one in interviews]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _patient(name: str, base: str | None) -> "Patient":
    if name == SCRIPTED:
        return ScriptedPatient()
    from medsim.patients import load_patient  # imports torch, which takes seconds

    return load_patient(None if name == BASE else name, base, cache_bytes=CACHE_BYTES)


def _asked(patient: "Patient", interviews: list[Interview], sampling: Sampling, kept: Journal) -> list[Row]:
    said = {(number, turn): reply for number, turn, reply in kept.load()}
    total = sum(len(one.probes) for one in interviews)
    with tqdm(total=total, initial=len(said), unit="reply") as bar:

        def keep(place: tuple[int, int], reply: str) -> None:
            kept.add([*place, reply])
            bar.update()

        replies = ask_all(patient, interviews, sampling, said, keep)
    return list(rows_of(interviews, replies))


def _write(out: Path, rows: list[Row], found: dict[str, Any]) -> None:
    write_text(out / "replies.jsonl", "".join(json.dumps(row.dump(), ensure_ascii=False) + "\n" for row in rows))
    write_text(out / "report.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    text = markdown(found, rows)
    write_text(out / "report.md", text)
    print(text)
    print(f"-> {out}", file=sys.stderr)


if __name__ == "__main__":
    run_cli(main)
