"""Lists and tables of a script as lines of text for a form's field, and back.

Each pair of functions undoes the other: `from_x(to_x(value)) == value` for every value that the form can show; `to_x`
raises ValueError for one that it cannot.
"""

import re
from typing import Any

MUST_CONSIDER = " (must consider)"
MUST = " (must)"
NUMBER = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
QUESTION = re.compile(r"^\s*([^:\[\]]*?)\s*(?:\[([^\]]*)\])?\s*(?::\s*(.*))?$")


def to_text(value: Any) -> str:
    """One value."""
    if isinstance(value, dict | list):
        raise ValueError("is not a plain text")
    return "" if value is None else str(value)


def from_text(text: str) -> str | None:
    return text.strip() or None


def from_number(text: str) -> int | float | str | None:
    """A number where YAML would read one too; other text stays for the check to refuse."""
    text = text.strip()
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text or None


def to_lines(value: Any) -> str:
    """A list of texts, one a line."""
    return "\n".join(_one_line(item) for item in _list(value))


def from_lines(text: str) -> list[str] | None:
    return [line.strip() for line in text.split("\n") if line.strip()] or None


def to_names(value: Any) -> str:
    """A list of ids, with commas."""
    return ", ".join(to_text(item) for item in _list(value))


def from_names(text: str) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] or None


def to_table(value: Any) -> str:
    """A mapping of texts, `name: text` a line."""
    if value is not None and not isinstance(value, dict):
        raise ValueError("is not a list of `name: text`")
    return "\n".join(f"{name}: {_one_line(text)}" for name, text in (value or {}).items())


def from_table(text: str) -> dict[str, str | None] | None:
    rows = [line.partition(":") for line in text.split("\n") if line.strip()]
    return {name.strip(): content.strip() or None for name, _, content in rows} or None


def to_differential(value: Any) -> str:
    """Diagnoses, one a line, some with `(must consider)`."""
    return "\n".join(_diagnosis(item) for item in _list(value))


def _diagnosis(item: Any) -> str:
    known = _known(item, ("name", "must_consider"))
    return _one_line(known["name"]) + (MUST_CONSIDER if known["must_consider"] else "")


def from_differential(text: str) -> list[dict[str, Any]] | None:
    return [_parsed_diagnosis(line) for line in from_lines(text) or []] or None


def _parsed_diagnosis(line: str) -> dict[str, Any]:
    name = line.removesuffix(MUST_CONSIDER)
    return {"name": name} if name == line else {"name": name, "must_consider": True}


def to_questions(value: Any) -> str:
    """Key questions, one a line: `fact-id, fact-id [concept]: why (must)`."""
    return "\n".join(_question(item) for item in _list(value))


def _question(item: Any) -> str:
    known = _known(item, ("any", "concept", "why", "must"))
    concept = f"[{to_text(known['concept'])}]" if known["concept"] else ""
    asked = " ".join(part for part in (to_names(known["any"]), concept) if part)
    why = f": {_one_line(known['why'])}" if known["why"] else ""
    return f"{asked}{why}{MUST if known['must'] else ''}"


def from_questions(text: str) -> list[dict[str, Any]] | None:
    return [_parsed_question(line) for line in from_lines(text) or []] or None


def _parsed_question(line: str) -> dict[str, Any]:
    body = line.removesuffix(MUST)
    match = QUESTION.match(body)
    names, concept, why = match.groups() if match else (None, None, body)
    question = {"any": from_names(names or ""), "concept": concept, "why": why or None, "must": body != line or None}
    return {key: value for key, value in question.items() if value is not None}


def _one_line(value: Any) -> str:
    text = to_text(value)
    if "\n" in text:
        raise ValueError("has a line break within one of its texts")
    return text


def _list(value: Any) -> list:
    if value is not None and not isinstance(value, list):
        raise ValueError("is not a list")
    return value or []


def _known(item: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(item, dict) or set(item) - set(keys):
        raise ValueError("has parts that the form does not know")
    return {key: item.get(key) for key in keys}
