"""How true a patient is to its scripts.

python -m medsim.benchmark --patient base --out reports/base              # the public questions, about 1,200
python -m medsim.benchmark --patient runs/DATE-TIME --quick --out reports/quick
python -m medsim.benchmark compare reports/base reports/mine
python -m medsim.benchmark questions --out FILE.jsonl                      # others such as the public ones, unchecked

Puts probes to the patient in whole interviews and writes report.json, report.md, plots (PNG) and replies.jsonl. Run
again after a kill, it goes on where it was.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from medsim.benchmark import questions
from medsim.benchmark.asking import CACHE_BYTES, Interview, ask_all
from medsim.benchmark.compare import comparison
from medsim.benchmark.degenerate import degenerates
from medsim.benchmark.plots import draw
from medsim.benchmark.report import markdown, report
from medsim.benchmark.scoring import Row, rows_of
from medsim.errors import MedSimError, run_cli
from medsim.files import write_text
from medsim.journal import Journal
from medsim.sampling import Sampling
from medsim.script import PatientScript
from medsim.scripted import ScriptedPatient

if TYPE_CHECKING:
    from medsim.patients import Patient

BASE, SCRIPTED = "base", "scripted"
SERVED = ("http://", "https://")


def main() -> int:
    commands = {"compare": _compare, "questions": _questions}
    if sys.argv[1:2] and sys.argv[1] in commands:
        return commands[sys.argv[1]](sys.argv[2:])
    flags = vars(_parser().parse_args())
    sampling = _sampling(flags)
    seed = flags["benchmark_seed"]
    interviews = _interviews(flags["scripts"], flags["quick"], seed)
    patient = _patient(flags["patient"], flags["base"], flags["model"])
    settings = {
        "patient": flags["patient"], "base": flags["base"], "seed": seed, "sampling": sampling.model_dump(),
        "model": getattr(patient, "model", None),  # of a server
        "scripts": len(_scripts(interviews)), "interviews": len(interviews),
        "questions": sum(len(one.probes) for one in interviews), "probes_sha256": questions.digest(interviews),
    }  # fmt: skip
    kept = Journal(flags["out"] / "replies.part.jsonl", settings)
    rows = _asked(patient, interviews, sampling, kept)
    others = {"scripted": ScriptedPatient(), **degenerates(_scripts(interviews))}
    beside = {name: list(rows_of(interviews, ask_all(who, interviews, sampling, {}, _ignore)))
              for name, who in others.items() if name != flags["patient"]}  # fmt: skip
    _write(flags["out"], rows, report(rows, settings, beside))
    kept.path.unlink()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m medsim.benchmark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patient", required=True, metavar="WHO",
                        help="base, scripted, folder of a run, adapter or merged model, or http://HOST/v1")  # fmt: skip
    parser.add_argument("--base", help="name or folder of the base (default: the adapter's, else the embedded one)")
    parser.add_argument("--model", metavar="NAME", help="the server's model (default: its only one)")
    parser.add_argument("--scripts", nargs="+", metavar="FILE", help="patients to draw questions from, two talks each")
    parser.add_argument("--quick", action="store_true", help="174 questions to 12 other patients")
    parser.add_argument("--benchmark_seed", type=int, default=0, metavar="N", help="which questions (default: 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report is written")
    for name, field in Sampling.model_fields.items():
        parser.add_argument(f"--{name}", default=argparse.SUPPRESS, metavar="X", help=field.description)
    return parser


def _sampling(flags: dict[str, Any]) -> Sampling:
    """The likeliest words unless flags say otherwise. A server would count the script's words as repeated."""
    given = {name: flags[name] for name in Sampling.model_fields if name in flags}
    penalty = {"repetition_penalty": 1.0} if flags["patient"].startswith(SERVED) else {}
    return Sampling.load(**{"temperature": 0.0, "seed": 0, **penalty, **given})


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


def _questions(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m medsim.benchmark questions", description="Draw the public questions, over data/test/scripts."
    )
    parser.add_argument("--benchmark_seed", type=int, default=0, metavar="N", help="which questions (default: 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl", help="where they are written")
    flags = parser.parse_args(arguments)
    made = questions.drawn(questions.public_scripts(), questions.PUBLIC_COUNT, flags.benchmark_seed)
    questions.save(made, flags.out)
    print(f"{sum(len(one.probes) for one in made)} questions in {len(made)} interviews -> {flags.out}")
    return 0


def _interviews(files: list[str] | None, quick: bool, seed: int) -> list[Interview]:
    if files and quick:
        raise MedSimError("--quick has patients of its own. Leave out --scripts or --quick.")
    if files:
        scripts = questions.scripts_of(files)
        return questions.drawn(scripts, questions.TALKS * len(scripts), seed)
    kept = questions.quick() if quick else questions.public()
    return questions.drawn(_scripts(kept), len(kept), seed) if seed else kept


def _scripts(interviews: list[Interview]) -> list[PatientScript]:
    return list({one.script.id: one.script for one in interviews}.values())


def _patient(name: str, base: str | None, model: str | None) -> "Patient":
    served = name.startswith(SERVED)
    if base if served else model:
        raise MedSimError("--model is for a server's patient, and --base for one of this machine. Leave it out.")
    if name == SCRIPTED:
        return ScriptedPatient()
    if served:
        from medsim.server_patient import ServerPatient  # imports openai, which takes half a second

        return ServerPatient(name, model)
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
    draw(found, out)
    print(text)
    print(f"-> {out}", file=sys.stderr)


if __name__ == "__main__":
    run_cli(main)
