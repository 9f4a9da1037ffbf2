"""A patient script: everything a patient knows, as a list of facts, plus what only the examiner may see.

python -m medsim.script check data/scripts/*.yaml
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field

from medsim.errors import DataError, Problem, print_check, run_cli
from medsim.files import Document, Location, dump_yaml, parse_yaml, read_document, read_lines
from medsim.references import MAX_FACTS, broken_references
from medsim.schema import MAX_PROBLEMS, Slug, Strict, Text, at, problem_at, validate

Topic = Literal[
    "complaint", "onset", "location", "radiation", "character", "severity", "timing", "aggravating", "relieving",
    "associated", "circumstances", "previous_episodes", "tried_treatment", "effect_on_life", "history", "surgery",
    "hospital", "medication", "adherence", "allergy", "immunisation", "family", "smoking", "alcohol", "drugs", "work",
    "living", "support", "function", "exercise", "diet", "sleep", "appetite_weight", "continence", "cognition",
    "travel", "exposure", "sexual", "menstrual_obstetric", "perinatal", "development_feeding", "mood", "self_harm",
    "safeguarding", "ideas", "concerns", "expectations", "care_wishes", "past_tests", "biography", "identity", "other",
]  # fmt: skip
Polarity = Literal["present", "past", "denied", "unknown"]
Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
Concept = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:_[a-z0-9]+)*$", max_length=60)]


class Fact(Strict):
    """One thing the patient can say. `say` is said aloud; `accept` are further wordings of its value."""

    id: Slug
    topic: Topic
    about: Slug | None = Field(None, description="id of the fact whose detail this is")
    who: str = Field("patient", description="whom it is about: patient, father, mother ...")
    concept: Concept | None = Field(None, description="lexicon key")
    polarity: Polarity = "present"
    tell: Literal["volunteer", "asked"] = "asked"
    recall: Literal["exact", "vague"] = "exact"
    lock: Slug | None = None
    say: Text
    vague: Text | None = Field(None, description="what is said instead of `say` when recall is vague")
    accept: tuple[Text, ...] = ()

    @property
    def told(self) -> str:
        """What the patient says: the vague form where the recall is vague."""
        return self.vague if self.recall == "vague" and self.vague else self.say


def _with_unit(age: Any) -> Any:
    if not re.match(r"^\d+ (?:hour|day|week|month|year)s?$", str(age).strip()):
        raise ValueError(f"'{age}' is not an age with its unit.|Write it as '54 years' or '7 months'.")
    return age


class Patient(Strict):
    name: Text
    age: Annotated[Text, BeforeValidator(_with_unit)]
    born: Text | None = None
    sex: Literal["female", "male", "intersex"]
    occupation: Text | None = None


class Speaker(Strict):
    """The one who talks: the patient (self), or somebody for them."""

    relation: Text = "self"
    name: Text | None = None


class Persona(Strict):
    style: Literal["plain", "anxious", "reserved", "chatty", "irritable", "distrustful", "pleasing"] = "plain"
    literacy: Literal["low", "average", "high"] = "average"
    recall: Literal["good", "poor"] = "good"
    mood: Text | None = None


class Vitals(Strict):
    heart_rate: int | None = Field(None, ge=0, le=400, description="beats a minute")
    blood_pressure: Text | None = Field(None, pattern=r"^\d{2,3}/\d{2,3}$", description="mmHg")
    temperature_c: float | None = Field(None, ge=20, le=46, description="degrees Celsius")
    respiratory_rate: int | None = Field(None, ge=0, le=120, description="breaths a minute")
    spo2: int | None = Field(None, ge=0, le=100, description="percent")
    weight_kg: float | None = Field(None, gt=0, le=500, description="kilograms")


class Door(Strict):
    """All that the doctor sees before going in."""

    when: Text | None = None
    setting: Text | None = None
    complaint: Text
    vitals: Vitals = Vitals()
    task: Text | None = None


class Opening(Strict):
    """What the patient says to the first open question, and the facts that it states."""

    say: Text
    facts: tuple[Slug, ...] = ()


class Lock(Strict):
    """A fact kept back: `cover` is said until the doctor asks plainly (direct) or with care (considerate)."""

    unlock: Literal["direct", "considerate"]
    cover: Text


class Diagnosis(Strict):
    name: Text
    accept: tuple[Text, ...] = ()


class Alternative(Strict):
    name: Text
    must_consider: bool = False


class KeyQuestion(Strict):
    """A question the student should ask: any of these facts, or this concept."""

    any: tuple[Slug, ...] = ()
    concept: Concept | None = None
    why: Text | None = None
    must: bool = False


class ForExaminer(Strict):
    """Never in a patient's prompt, never before the student's eyes until the interview has ended."""

    diagnosis: Diagnosis | None = None
    differential: tuple[Alternative, ...] = ()
    findings: dict[str, Text] = {}
    tests: dict[str, Text] = {}
    key_questions: tuple[KeyQuestion, ...] = ()


class Review(Strict):
    status: Literal["unreviewed", "reviewed"] = "unreviewed"
    by: Text | None = None
    date: Text | None = None


def _supported(version: Any) -> Any:
    if version != 1:
        raise ValueError(f"Schema {version} is not known here.|Write `schema: 1`.")
    return version


class PatientScript(Strict):
    """A patient, in schema 1. Load one with `load`, many from a JSONL file with `load_many`."""

    schema_version: Annotated[Literal[1], BeforeValidator(_supported)] = Field(alias="schema")
    id: Slug
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Z]{2})?$")] = "en"
    specialty: Text
    difficulty: Difficulty = "medium"
    review: Review = Review()
    door: Door
    patient: Patient
    speaker: Speaker = Speaker()
    persona: Persona = Persona()
    opening: Opening
    facts: Annotated[tuple[Fact, ...], Field(max_length=MAX_FACTS)]
    locks: dict[Slug, Lock] = {}
    asks: tuple[Text, ...] = ()
    for_examiner: ForExaminer = ForExaminer()
    notes: str | None = None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read one script from a YAML or JSON file. Raises DataError with every problem and its line."""
        return cls.from_document(read_document(path))

    @classmethod
    def load_many(cls, path: str | Path) -> list[Self]:
        """Read a JSONL file, one script a line. Raises DataError with the problems of all lines, or for no script."""
        scripts, problems = [], []
        for document in read_lines(path):
            try:
                if isinstance(document, DataError):
                    raise document
                scripts.append(cls.from_document(document))
            except DataError as error:
                problems += error.problems
        if not scripts and not problems:
            problems = [Problem("There is no script in it.", "Add some, one a line.", str(path))]
        if problems:
            raise DataError(problems)
        return scripts

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Parse YAML or JSON text. Raises DataError."""
        return cls.from_document(parse_yaml(text))

    @classmethod
    def from_document(cls, document: Document, root: Location = ()) -> Self:
        """Validate parsed data that stands at `root` of a document. Raises DataError."""
        script, problems = validate(cls, document, root=root)
        broken = islice(broken_references(at(document.data, root)), MAX_PROBLEMS)
        problems += [problem_at(document, root + path, reason, cure) for path, reason, cure in broken]
        if script is None or problems:
            raise DataError(sorted(problems, key=lambda problem: problem.line or 0))
        return script

    def dump(self) -> dict[str, Any]:
        """Plain data that loads back as an equal script; defaults are left out."""
        return {"schema": 1, **self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)}

    def to_yaml(self) -> str:
        """The script as YAML text (without the comments of the file it came from)."""
        return dump_yaml(self.dump())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with some fields changed and not checked."""
        copied = super().model_copy(update=update, deep=deep)
        for cached in ("_all_facts", "_by_id"):  # pydantic copies them too, though they may be of other facts now
            copied.__dict__.pop(cached, None)
        return copied

    def all_facts(self) -> tuple[Fact, ...]:
        """The identity facts, which come from `patient` and `speaker`, then the facts as written."""
        return self._all_facts

    def fact(self, fact_id: str) -> Fact:
        """The fact with this id. Raises KeyError."""
        return self._by_id[fact_id]

    def lock_of(self, fact: Fact) -> str | None:
        """The lock that keeps a fact back: its own, or that of a fact whose detail it is."""
        while fact.lock is None and fact.about is not None:
            fact = self.fact(fact.about)
        return fact.lock

    @cached_property
    def _all_facts(self) -> tuple[Fact, ...]:
        return (*identity_facts(self.patient, self.speaker), *self.facts)

    @cached_property
    def _by_id(self) -> dict[str, Fact]:
        return {fact.id: fact for fact in self._all_facts}


def identity_facts(patient: Patient, speaker: Speaker) -> Iterator[Fact]:
    """Name, age, birth, sex and occupation as facts, in the voice of the speaker."""
    own = speaker.relation == "self"
    pronoun = {"female": "She", "male": "He"}.get(patient.sex, "They")
    possessive = {"female": "Her", "male": "His"}.get(patient.sex, "Their")
    plural = pronoun == "They"
    subject = "I'm" if own else f"{pronoun}'re" if plural else f"{pronoun}'s"
    born = "I was born" if own else f"{pronoun} {'were' if plural else 'was'} born"
    relation = "" if own else f", {possessive.lower()} {speaker.relation}"
    sayings = {
        "patient-name": f"{'My' if own else possessive} name is {patient.name}.",
        "patient-age": f"{subject} {patient.age} old.",
        "patient-born": patient.born and f"{born} on {patient.born}.",
        "patient-sex": f"{subject} {patient.sex}.",
        "patient-occupation": patient.occupation and f"{subject} {_with_article(patient.occupation)}.",
        "speaker-name": speaker.name and f"I'm {speaker.name}{relation}.",
    }
    for fact_id, say in sayings.items():
        if say:
            who = "speaker" if fact_id == "speaker-name" else "patient"
            yield Fact(id=fact_id, topic="identity", who=who, say=say)


def _with_article(occupation: str) -> str:
    if re.match(r"(?:an?|the|in|at|on|between|un\w+|self-employed)\b|retired$", occupation, re.IGNORECASE):
        return occupation
    return f"{'an' if occupation[0].lower() in 'aeiou' else 'a'} {occupation}"


def load_scripts(path: str | Path) -> list[PatientScript]:
    """The scripts of a file: .yaml, .yml and .json hold one, .jsonl holds many. Raises DataError."""
    return PatientScript.load_many(path) if Path(path).suffix == ".jsonl" else [PatientScript.load(path)]


def check(paths: list[str]) -> tuple[int, list[Problem]]:
    """How many scripts are good, and every problem of all files, with what `lint` finds in well-formed ones."""
    from medsim.script_lint import lint  # it needs the scripts of this module

    good, problems = 0, []
    for path in paths:
        try:
            scripts = load_scripts(path)
        except DataError as error:
            problems += error.problems
            continue
        documents = read_lines(path) if Path(path).suffix == ".jsonl" else [read_document(path)]
        for script, document in zip(scripts, documents, strict=True):
            found = [problem_at(document, *finding) for finding in lint(script)]
            good += not found
            problems += found
    return good, problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Patient scripts.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="print every problem with its file, line, field and cure")
    command.add_argument("files", nargs="+", metavar="FILE", help=".yaml or .json: one script; .jsonl: one a line")
    return print_check("scripts", *check(parser.parse_args().files))


if __name__ == "__main__":
    run_cli(main)
