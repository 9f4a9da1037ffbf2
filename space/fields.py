"""The fields of the script form: which part of a script each shows. Choices and defaults come from the schema."""

import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from medsim.files import Location, field_name
from medsim.script import Fact, Lock, PatientScript
from space import lines
from space.draft import value_at, with_value


@dataclass(frozen=True)
class Field:
    """One field. `path` is where its value stands: in the script, in a fact, or in a fact's lock (`model`)."""

    path: tuple[str, ...]
    label: str
    show: Callable[[Any], str] = lines.to_text
    read: Callable[[str], Any] = lines.from_text
    rows: int = 1
    info: str | None = None
    model: type = PatientScript

    @cached_property
    def _schema(self) -> Any:
        model = self.model
        for part in self.path[:-1]:
            model = model.model_fields[part].annotation
        return getattr(model, "model_fields", {}).get(self.path[-1])

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values; empty where anything may be written."""
        annotation = self._schema.annotation if self._schema else None
        return typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()

    @property
    def default(self) -> str:
        """What an absent value stands for."""
        return self._schema.default if self._schema and isinstance(self._schema.default, str) else ""

    def text(self, data: Any, root: Location = ()) -> str:
        """The field's text. Raises ValueError for a value that no text of this field can say."""
        path = (*root, *self.path)
        for end in range(len(root), len(path)):
            if not isinstance(value_at(data, path[:end]), dict | None):
                raise ValueError(f"`{field_name(path[:end])}` has no parts")
        try:
            return self.show(value_at(data, path)) or self.default
        except ValueError as error:
            raise ValueError(f"`{field_name(path)}` {error}") from None

    def write(self, data: dict[str, Any], text: str, root: Location = ()) -> dict[str, Any]:
        """The data with this text in it; the very same where the text says what stands there already."""
        if self.text(data, root) == text:
            return data
        return with_value(data, (*root, *self.path), self.read(text))


def _number(path: tuple[str, ...], label: str) -> Field:
    return Field(path, label, read=lines.from_number)


DOOR = (
    Field(("door", "complaint"), "Complaint"),
    Field(("door", "setting"), "Setting"),
    Field(("door", "when"), "When"),
    _number(("door", "vitals", "heart_rate"), "Pulse, /min"),
    Field(("door", "vitals", "blood_pressure"), "BP, mmHg"),
    _number(("door", "vitals", "temperature_c"), "Temp, °C"),
    _number(("door", "vitals", "respiratory_rate"), "Breaths, /min"),
    _number(("door", "vitals", "spo2"), "SpO₂, %"),
    _number(("door", "vitals", "weight_kg"), "Weight, kg"),
    Field(("door", "task"), "The student's task", rows=2),
)
PATIENT = (
    Field(("patient", "name"), "Name"),
    _number(("patient", "age"), "Age, with its unit"),  # without it, it is the number that YAML reads
    Field(("patient", "sex"), "Sex"),
    Field(("patient", "born"), "Born"),
    Field(("patient", "occupation"), "Occupation"),
)
MANNER = (
    Field(("speaker", "relation"), "Who speaks, or self"),
    Field(("speaker", "name"), "Their name"),
    Field(("persona", "style"), "Manner"),
    Field(("persona", "literacy"), "Health literacy"),
    Field(("persona", "recall"), "Memory"),
    Field(("persona", "mood"), "Mood"),
    Field(("opening", "say"), "First words, when asked why they came", rows=2),
    Field(("opening", "facts"), "Facts in the first words", lines.to_names, lines.from_names),
    Field(("asks",), "What the patient asks, one a line", lines.to_lines, lines.from_lines, rows=2),
)
ABOUT = (
    Field(("id",), "Id (names the file)"),
    Field(("specialty",), "Specialty"),
    Field(("difficulty",), "Difficulty"),
    Field(("language",), "Language"),
    Field(("notes",), "Notes (never in a prompt)", rows=2),
)
EXAMINER = (
    Field(("for_examiner", "diagnosis", "name"), "Diagnosis"),
    Field(("for_examiner", "diagnosis", "accept"), "Also right, one a line", lines.to_lines, lines.from_lines, rows=2),
    Field(("for_examiner", "differential"), "Differential", lines.to_differential, lines.from_differential, rows=3,
          info="One a line. End a line with (must consider) where it must be."),
    Field(("for_examiner", "findings"), "Examination", lines.to_table, lines.from_table, rows=3, info="name: finding"),
    Field(("for_examiner", "tests"), "Tests", lines.to_table, lines.from_table, rows=3, info="name: result"),
    Field(("for_examiner", "key_questions"), "Key questions", lines.to_questions, lines.from_questions, rows=4,
          info="fact-id, fact-id [concept]: why (must)"),
)  # fmt: skip
FACT = (
    Field(("topic",), "Topic", model=Fact),
    Field(("id",), "Id", model=Fact),
    Field(("about",), "A detail of the fact", model=Fact),
    Field(("say",), "Says", rows=2, model=Fact),
    Field(("tell",), "When it is told", model=Fact),
    Field(("polarity",), "Present, past or denied", model=Fact),
    Field(("recall",), "Memory of it", model=Fact),
    Field(("vague",), "Says when vague", model=Fact),
    Field(("concept",), "Medical concept", model=Fact),
    Field(("who",), "About whom", model=Fact),
    Field(("accept",), "Other wordings, one a line", lines.to_lines, lines.from_lines, rows=2, model=Fact),
    Field(("lock",), "Lock: kept back", model=Fact),
)
LOCK = (
    Field(("unlock",), "Unlocked by", model=Lock),
    Field(("cover",), "Says until then", model=Lock),
)
SCRIPT = (*DOOR, *PATIENT, *MANNER, *ABOUT, *EXAMINER)


def texts(data: dict[str, Any], fields: Iterable[Field], root: Location = ()) -> list[str]:
    """What the fields show. Raises ValueError for data that the form cannot show."""
    return [field.text(data, root) for field in fields]


def written(
    data: dict[str, Any], fields: Sequence[Field], values: Sequence[str], root: Location = ()
) -> dict[str, Any]:
    """The data with what the fields say."""
    for field, value in zip(fields, values, strict=True):
        data = field.write(data, value, root)
    return data
