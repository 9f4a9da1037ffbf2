"""The questions of a benchmark: the public set as it is written, or interviews drawn from any scripts."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from medsim.benchmark.asking import Interview
from medsim.dialogue import load
from medsim.errors import DataError, MedSimError
from medsim.files import read_lines, write_text
from medsim.probes import Probe, interview
from medsim.script import PatientScript, load_scripts

DATA = Path(__file__).parents[2] / "data"
PUBLIC, QUICK = DATA / "test" / "probes.jsonl", DATA / "validation" / "probes.jsonl"  # drawn, then mended by hand
PUBLIC_COUNT = 75  # interviews, with the 30 patients of data/test/scripts: about 1,200 questions
TALKS = 2  # with each patient, where nothing else is said
_PROBES = TypeAdapter(tuple[Probe, ...])


def public_scripts() -> list[PatientScript]:
    """The patients of data/test/scripts."""
    return scripts_of(sorted((DATA / "test" / "scripts").glob("*.yaml")))


def quick_scripts() -> list[PatientScript]:
    """The patients for every day: those of the validation dialogues, and those of data/validation/scripts."""
    found = [record.script for record in load(DATA / "dialogues" / "validation.jsonl")]
    return [*{script.id: script for script in found}.values(),
            *scripts_of(sorted((DATA / "validation" / "scripts").glob("*.yaml")))]  # fmt: skip


def public() -> list[Interview]:
    """The public set, over the test patients."""
    return read(PUBLIC, public_scripts())


def quick() -> list[Interview]:
    """The set for every day, an interview with each of the validation patients."""
    return read(QUICK, quick_scripts())


def scripts_of(paths: Iterable[str | Path]) -> list[PatientScript]:
    """Raises MedSimError for a file that holds no patients."""
    return list({script.id: script for path in paths for script in load_scripts(path)}.values())


def drawn(scripts: Sequence[PatientScript], count: int, seed: int) -> list[Interview]:
    """`count` interviews, as many with each script, those with one script together; the same for the same seed."""
    most = -(-count // len(scripts))
    numbers = sorted(range(count), key=lambda number: number % len(scripts))
    return [Interview(script, interview(script, most * seed + number // len(scripts)))
            for number in numbers for script in [scripts[number % len(scripts)]]]  # fmt: skip


def save(interviews: Sequence[Interview], path: Path) -> None:
    """A line an interview: the script's id, and the probes with what answers them."""
    lines = [{"script": one.script.id, "probes": [_plain(probe) for probe in one.probes]} for one in interviews]
    write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _plain(probe: Probe) -> dict:
    return {name: value for name, value in asdict(probe).items() if value not in ((), None)}


def read(path: Path, scripts: Sequence[PatientScript]) -> list[Interview]:
    """The interviews that `save` wrote. Raises MedSimError for a line that is none, or of no script given."""
    known = {script.id: script for script in scripts}
    found = []
    for number, document in enumerate(read_lines(path), start=1):
        if isinstance(document, DataError):
            raise document
        try:
            found.append(Interview(known[document.data["script"]], _PROBES.validate_python(document.data["probes"])))
        except (KeyError, TypeError, ValidationError) as error:
            cure = "Take the file from the repository again, or draw another: `python -m medsim.benchmark questions`."
            raise MedSimError(
                f"{path}, line {number} is no interview with one of the patients: {error} {cure}"
            ) from None
    return found


def digest(interviews: Sequence[Interview]) -> str:
    """The hash of the questions: figures of the same ones can be compared."""
    asked = [[one.script.id, [asdict(probe) for probe in one.probes]] for one in interviews]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
