"""What all our data models share: strictness, and errors that say where, why and what to do."""

import difflib
import heapq
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from medsim.errors import Problem
from medsim.files import Document, Location, field_name

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=80)]
MAX_TEXT = 2000  # characters
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
LONGEST_WORD = 40  # for "did you mean": the time of a comparison grows with the square of the length
MAX_PROBLEMS = 100  # that are told of one object: a hostile one could have tens of thousands


class Strict(BaseModel):
    """Immutable; unknown keys are errors; a number where a text belongs (`age: 54`) is taken as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


Model = TypeVar("Model", bound=BaseModel)


def problem_at(document: Document, path: Location, reason: str, cure: str) -> Problem:
    """A problem at a value of a document."""
    return Problem(reason, cure, document.name, document.line(path), field_name(path))


def validate(model: type[Model], document: Document, *, root: Location = ()) -> tuple[Model | None, list[Problem]]:
    """Build a model from parsed data: the model, or None and the problems, up to MAX_PROBLEMS of them.

    `root` is where the data stands.
    """
    try:
        return model.model_validate(at(document.data, root)), []
    except ValidationError as error:
        keys = known_keys(model)
        return None, [_problem(document, root, details, keys) for details in error.errors()[:MAX_PROBLEMS]]


def at(data: Any, path: Location) -> Any:
    """The value that stands at a path of parsed data."""
    for part in path:
        data = data[part]
    return data


@cache
def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Every key that may stand anywhere in a model, in order, for "did you mean"."""
    schema = model.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    return tuple(sorted({key for item in objects for key in item.get("properties", {})}))


def _problem(document: Document, root: Location, details: ErrorDetails, keys: Sequence[str]) -> Problem:
    # pydantic puts the names of union members into the path; only parts that lead to real data belong there
    path = root + tuple(part for part in details["loc"] if _is_data(part))
    reason, cure = _explain(details, keys)
    return problem_at(document, path, reason, cure)


def _is_data(part: str | int) -> bool:
    return isinstance(part, int) or not part.startswith(("function-", "constrained-", "literal["))


def _explain(details: ErrorDetails, keys: Sequence[str]) -> tuple[str, str]:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "missing":
        return "It is missing.", "Add it."
    if kind == "extra_forbidden":
        return "There is no such key.", did_you_mean(str(details["loc"][-1]), keys) or "Remove it."
    if kind == "literal_error":
        choices = [choice.strip("' ") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        return f"'{value}' is not allowed.", did_you_mean(str(value), choices) or f"Use one of: {', '.join(choices)}."
    if kind == "string_pattern_mismatch" and context["pattern"] == SLUG:
        return f"'{value}' is not a valid id.", "Use lower-case letters and digits with single hyphens between."
    if kind == "string_too_short":
        return "It is empty.", "Write something, or remove the key."
    if kind == "string_too_long":
        return f"It is longer than {context['max_length']} characters.", "Shorten it."
    if kind == "value_error":
        reason, _, cure = str(context["error"]).partition("|")
        return reason.strip(), cure.strip()
    return f"{_short(value)} does not fit: {details['msg'].lower()}.", "Change it."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A sentence with the nearest choice, or nothing."""
    if len(word) > LONGEST_WORD:
        return ""
    matcher = difflib.SequenceMatcher(b=word)

    def at_most(choice: str) -> float:
        matcher.set_seq1(choice)
        return matcher.quick_ratio()

    choices = [choice for choice in choices if len(choice) <= LONGEST_WORD]
    near = difflib.get_close_matches(word, heapq.nlargest(5, choices, key=at_most), n=1)
    return f"Did you mean '{near[0]}'?" if near else ""
