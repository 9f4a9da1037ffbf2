"""Patients and interviews made from knowledge that we wrote, or written by a language model.

python -m medsim.synth scripts --n 1000 --seed 0 --out scripts.jsonl
python -m medsim.synth dialogues --scripts scripts.jsonl --n 2000 --seed 0 --out dialogues.jsonl
python -m medsim.synth dialogues --scripts scripts.jsonl --n 200 --out taught.jsonl --teacher openai \\
    --teacher_url http://127.0.0.1:8000/v1 --teacher_model NAME

A server's key is read from $OPENAI_API_KEY, and kept nowhere.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from medsim.dialogue import Record
from medsim.errors import MedSimError, run_cli
from medsim.files import replacing
from medsim.script import PatientScript, load_scripts
from medsim.synth.interviews import Made, interviews
from medsim.synth.scripts import scripts
from medsim.synth.summary import summary
from medsim.synth.taught import Kept, lessons, settings_of
from medsim.synth.teachers import LocalTeacher, ServerTeacher, Teacher


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m medsim.synth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("scripts", help="make patient scripts")
    _common(command, 1000, "without it they are printed as YAML")
    command.add_argument("--conditions", nargs="+", default=(), metavar="NAME", help="only of these")
    command = commands.add_parser("dialogues", help="make interviews with the patients of scripts")
    _common(command, 2000, "without it they are printed as text")
    command.add_argument("--scripts", nargs="+", required=True, metavar="FILE", help=".jsonl, .yaml or .json")
    writers = "who writes them: our rules (default), an OpenAI-compatible server, or a model on this machine"
    command.add_argument("--teacher", choices=("rules", "openai", "local"), default="rules", help=writers)
    command.add_argument("--teacher_model", metavar="NAME", help="the server's model, a folder, or a name of the Hub")
    command.add_argument("--teacher_url", metavar="URL", help="of the server (default: $OPENAI_BASE_URL, or OpenAI's)")
    command.add_argument("--at_once", type=int, default=8, help="requests to the server at a time (default: 8)")
    args = parser.parse_args()
    return _scripts(args) if args.command == "scripts" else _dialogues(args)


def _common(command: argparse.ArgumentParser, count: int, otherwise: str) -> None:
    command.add_argument("--n", type=int, default=count, help="how many (default: %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="the same seed makes the same ones")
    command.add_argument("--out", type=Path, metavar="FILE", help=f"where to write, one a line; {otherwise}")


def _scripts(args: argparse.Namespace) -> int:
    made = scripts(args.n, args.seed, args.conditions)
    if args.out is None:
        for script in made:
            print(script.to_yaml())
    else:
        _write(args.out, tqdm((script.dump() for script in made), total=args.n, unit="script"))
    return 0


def _dialogues(args: argparse.Namespace) -> int:
    patients = [script for path in args.scripts for script in load_scripts(path)]
    rejected, records = Counter[str](), []
    for made in _rules(args, patients) if args.teacher == "rules" else _taught(args, patients):
        records += [made.record] if made.record else []
        rejected += made.rejected
    if args.out is None:
        for record in records:
            print(_as_text(record))
    else:
        _write(args.out, (record.dump() for record in records))
        Kept.path_of(args.out).unlink(missing_ok=True)
    print(summary(records, rejected), file=sys.stderr)
    return 0


def _rules(args: argparse.Namespace, patients: list[PatientScript]) -> Iterator[Made]:
    return tqdm(interviews(patients, args.n, args.seed), total=args.n, unit="interview")


def _taught(args: argparse.Namespace, patients: list[PatientScript]) -> list[Made]:
    """In the order of their numbers, whichever was done first."""
    if not args.out or not args.teacher_model:
        raise MedSimError("A model that teaches needs a name and a file. Add --teacher_model NAME and --out FILE.")
    kept = Kept(args.out, settings_of(patients, args.n, args.seed, f"{args.teacher} {args.teacher_model}"))
    done, tokens = [], 0
    with tqdm(total=args.n, unit="interview") as bar:
        for lesson in lessons(patients, args.n, args.seed, _teacher(args), kept):
            done.append(lesson)
            tokens += lesson.tokens
            bar.set_postfix(tokens=f"{tokens:,}")
            bar.update()
    return [Made(lesson.record, lesson.rejected) for lesson in sorted(done, key=lambda lesson: lesson.number)]


def _teacher(args: argparse.Namespace) -> Teacher:
    if args.teacher == "local":
        return LocalTeacher(args.teacher_model)
    from medsim.server import key_for  # imports openai, which takes half a second

    return ServerTeacher(args.teacher_url, args.teacher_model, key_for(args.teacher_url), args.at_once)


def _write(path: Path, rows: Iterable[dict]) -> None:
    with replacing(path) as part, part.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _as_text(record: Record) -> str:
    who = {"doctor": "Doctor", "patient": "Patient"}
    lines = [f"{who[turn.role]}: {turn.content}" for turn in record.dialogue]
    return "\n".join([f"== {record.script.id}", *lines, ""])


if __name__ == "__main__":
    run_cli(main)
