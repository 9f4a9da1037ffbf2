"""A script while it is edited: any text, good or bad, as YAML and as plain data for the form. Nothing is ever lost.

The text is the truth while the YAML view is edited, the data while the form is; each is made from the other when its
view is opened, so comments live until the form changes something.
"""

import copy
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any, Self

from medsim.errors import DataError, MedSimError, Problem
from medsim.files import Document, Location, dump_yaml, parse_yaml
from medsim.script import PatientScript
from space.library import MAX_CHARS


@dataclass(frozen=True)
class Draft:
    """`data` is None where the text cannot be read; `text` is None where it is still to be made from the data.

    `script` is the good script that the draft is, or None; then `problems` says why. `key` tells which texts in the
    browser's fields are this draft's: what fields send with another key is late, and must not be written into it.
    """

    text: str | None
    data: dict[str, Any] | None
    script: PatientScript | None
    problems: tuple[Problem, ...]
    key: str = field(default_factory=lambda: token_hex(4))

    @classmethod
    def of_text(cls, text: str) -> Self:
        """From the YAML view. Raises MedSimError when the text is too long to look at."""
        if len(text) > MAX_CHARS:
            raise MedSimError(f"The script is longer than {MAX_CHARS:,} characters. Shorten it.")
        try:
            document = parse_yaml(text)
        except DataError as error:
            return cls(text, None, None, tuple(error.problems))
        return replace(_checked(document), text=text)

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> Self:
        """From the form: the text will be made when it is asked for."""
        return _checked(Document(data, {}))

    def with_data(self, data: dict[str, Any]) -> Self:
        """With what the fields say: they stay this draft's."""
        return self if data is self.data else replace(self.of_data(data), key=self.key)

    def rekeyed(self) -> Self:
        """The same for fields that will show other texts."""
        return replace(self, key=token_hex(4))

    @property
    def yaml(self) -> str:
        return self.text if self.text is not None else dump_yaml(self.data)

    @property
    def name(self) -> str:
        """The patient's name, as far as there is one."""
        return str(value_at(self.data, ("patient", "name")) or "Unnamed patient")

    def differs_from(self, text: str) -> bool:
        """Whether this is not what a text says; of a text that was not made from data, comments count too."""
        return self.text != text if self.text is not None else self.data != self.of_text(text).data

    def good(self) -> PatientScript:
        """The script. Raises MedSimError where it has problems; the editor lists them."""
        if self.script is None:
            raise MedSimError("The script is not complete. Mend what is listed under “To mend” first.")
        return self.script


def _checked(document: Document) -> Draft:
    data = document.data if isinstance(document.data, dict) else None
    try:
        return Draft(None, data, PatientScript.from_document(document), ())
    except DataError as error:
        return Draft(None, data, None, tuple(error.problems))


def value_at(data: Any, path: Location) -> Any:
    """The value at a path of plain data; None where there is nothing."""
    for part in path:
        inside = isinstance(data, dict) and part in data or isinstance(data, list) and part in range(len(data))
        if not inside:
            return None
        data = data[part]
    return data


def with_value(data: dict[str, Any], path: Location, value: Any) -> dict[str, Any]:
    """A copy of the data with this value at the path; None removes it, and what it leaves empty."""
    result = copy.deepcopy(data)
    parents = [result]
    for part, following in zip(path, path[1:], strict=False):
        if isinstance(parents[-1], dict) and part not in parents[-1]:
            parents[-1][part] = [] if isinstance(following, int) else {}
        parents.append(parents[-1][part])
    if value is not None:
        parents[-1][path[-1]] = value
    elif isinstance(parents[-1], dict):
        parents[-1].pop(path[-1], None)
    for parent, part in zip(reversed(parents[:-1]), reversed(path[:-1]), strict=True):
        if parent[part] == {}:
            del parent[part]
    return result
