"""Reading and writing YAML 1.2, JSON and JSONL, with the line of every value and nothing half-written."""

import io
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import yaml

from medsim.errors import DataError, MedSimError, Problem

Location = tuple[str | int, ...]
MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 32  # lists and objects within each other; far below what Python or libyaml's C stack can take


class Document(NamedTuple):
    """Parsed text: plain data, and the line (from 1) on which each value begins, by its path."""

    data: Any
    lines: dict[Location, int]
    name: str = ""

    def line(self, location: Location) -> int | None:
        """The line of a value, or of the nearest thing around it that has one."""
        for end in range(len(location), -1, -1):
            if location[:end] in self.lines:
                return self.lines[location[:end]]
        return None


# The scalars of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#1032-tag-resolution): `no`, `on`, `9:30` and
# dates are strings, so that what a patient says never turns into something else.
_SCALARS = {
    "null": (re.compile(r"^(?:~|null|Null|NULL|)$"), lambda text: None),
    "bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), lambda text: text.lower() == "true"),
    "int": (re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), lambda text: _integer(text)),
    "float": (
        re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
        float,
    ),
}


def _integer(text: str) -> int:
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    yaml_implicit_resolvers: dict = {}


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict = {}

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


for _class in (_Loader, _Dumper):
    for _tag, (_pattern, _) in _SCALARS.items():
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, None)


def parse_yaml(text: str, name: str = "") -> Document:
    """Parse one YAML 1.2 document (JSON is one too, nearly).

    Raises DataError for a syntax error, an alias (a small file could grow without bound), a key given twice, or more
    than MAX_DEPTH levels.
    """
    try:
        _check_depth(text, name)  # before compose, which calls itself at each level
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise DataError([_syntax_problem(error, name)]) from None
    builder = _Builder(name)
    data = builder.build(node, ()) if node is not None else None
    if builder.problems:
        raise DataError(builder.problems)
    return Document(data, builder.lines, name)


def _check_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise DataError([_too_deep(name, event.start_mark.line + 1)])


def _too_deep(name: str, line: int) -> Problem:
    return Problem(f"This is more than {MAX_DEPTH} levels deep, one inside the other.", "Write it flatter.", name, line)


def _syntax_problem(error: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    return Problem(
        f"This is not valid YAML: {reason}.",
        "Check the indentation, and put quotes around a text that contains ': ' or begins with a sign.",
        file=name,
        line=mark.line + 1 if mark else None,
    )


class _Builder:
    """Turns YAML nodes into plain data and remembers their lines."""

    def __init__(self, name: str):
        self.name = name
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def build(self, node: yaml.Node, path: Location) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if id(node) in self._seen:
            self._problem(node, path, "An alias (*name) stands here.", "Write the value out.")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        kind = node.tag.rpartition(":")[2]
        convert = _SCALARS[kind][1] if kind in _SCALARS else str
        try:
            return convert(node.value)
        except ValueError:  # an explicit tag such as `!!int x`
            self._problem(node, path, f"'{node.value}' is not {kind}.", "Remove the tag.")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, path, "A key here is not a plain word.", "Write `key: value`.")
                continue
            key = str(key_node.value)
            if key in data:
                self._problem(key_node, (*path, key), "The key stands here a second time.", "Remove one of the two.")
            data[key] = self.build(value_node, (*path, key))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
        return data

    def _problem(self, node: yaml.Node, path: Location, reason: str, cure: str) -> None:
        self.problems.append(Problem(reason, cure, self.name, node.start_mark.line + 1, field_name(path)))


def parse_json(text: str, name: str = "", first_line: int = 1) -> Document:
    """Parse one JSON value; a pretty-printed one has lines too.

    Raises DataError for a syntax error, a double key, or more than MAX_DEPTH levels.
    """
    doubled: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        doubled.extend(key for key, count in Counter(key for key, _ in items).items() if count > 1)
        return dict(items)

    def constant(text: str) -> None:
        raise ValueError(f"{text} is not JSON")

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
        if "\\ud" in text.lower():  # half of a surrogate pair is no character and cannot be written anywhere
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        line = first_line + getattr(error, "lineno", 1) - 1
        reason = getattr(error, "msg", str(error))
        raise DataError(
            [Problem(f"This is not valid JSON: {reason}.", "Mend the line, or write it anew.", name, line)]
        ) from None
    if _is_deeper(data, MAX_DEPTH):
        raise DataError([_too_deep(name, first_line)])
    if doubled:
        keys = ", ".join(f"'{key}'" for key in dict.fromkeys(doubled))
        raise DataError(
            [Problem(f"A key stands twice in one object: {keys}.", "Remove one of the two.", name, first_line)]
        )
    return Document(data, _json_lines(text, first_line), name)


def _is_deeper(data: Any, levels: int) -> bool:
    if not isinstance(data, dict | list):
        return False
    items = data.values() if isinstance(data, dict) else data
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


def _json_lines(text: str, first_line: int) -> dict[Location, int]:
    if "\n" not in text.strip():
        return {(): first_line}
    try:
        return {path: line + first_line - 1 for path, line in parse_yaml(text).lines.items()}
    except DataError:  # JSON that YAML cannot read (tabs): the field is still named
        return {(): first_line}


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file. Raises DataError when it is missing, too large or not UTF-8."""
    with _opened(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        reason, cure = f"The file is larger than {MAX_BYTES // 2**20} MiB.", "Split it."
        raise DataError([Problem(reason, cure, str(path))])
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        reason = f"The file is not UTF-8 text (byte {error.start})."
        raise DataError([Problem(reason, "Save it as UTF-8.", str(path))]) from None


@contextmanager
def _opened(path: str | Path) -> Iterator[BinaryIO]:
    """A file to read. Raises DataError when it cannot be."""
    try:
        with Path(path).open("rb") as file:
            yield file
        return
    except FileNotFoundError:
        reason, cure = "The file does not exist.", "Check the name."
    except IsADirectoryError:
        reason, cure = "This is a folder.", "Name a file in it."
    except OSError as error:
        reason, cure = f"The file cannot be read: {error.strerror}.", "Check its permissions."
    raise DataError([Problem(reason, cure, str(path))])


def read_document(path: str | Path) -> Document:
    """One document from a .yaml, .yml or .json file."""
    parse = parse_json if Path(path).suffix.lower() == ".json" else parse_yaml
    return parse(read_text(path), str(path))


def read_lines(path: str | Path) -> Iterator[Document | DataError]:
    """The JSON documents of a .jsonl file; a bad line yields its error, and the rest follows. Raises as read_text."""
    for number, line in raw_lines(path):
        try:
            yield parse_line(line, str(path), number)
        except DataError as error:
            yield error


def parse_line(line: bytes, name: str, number: int) -> Document:
    """The JSON document of one line of a file. Raises DataError."""
    if len(line) > MAX_BYTES:
        problem = Problem(f"The line is larger than {MAX_BYTES // 2**20} MiB.", "Break it up.", name, number)
        raise DataError([problem])
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(f"It is not UTF-8 text (byte {error.start} of the line).", "Save it as UTF-8.", name, number)
        raise DataError([problem]) from None
    return parse_json(text, name, number)


def raw_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not blank, with their numbers from 1, one at a time. Raises as read_text.

    Of a line longer than MAX_BYTES only the beginning is given.
    """
    with _opened(path) as file:
        number = 0
        while line := file.readline(MAX_BYTES + 1):
            number += 1
            if line.strip():
                yield number, line
            while line and not line.endswith(b"\n") and len(line) > MAX_BYTES:
                line = file.readline(MAX_BYTES + 1)


def dump_yaml(data: Any) -> str:
    """YAML 1.2 text that `parse_yaml` reads back as equal data."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block ends well it takes the place of `path` in one step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(temporary)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a whole file or nothing. Raises MedSimError when it cannot be written."""
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        cure = "Free some space, or name a place where you may write."
        raise MedSimError(f"{path} cannot be written: {error.strerror}. {cure}") from error


def field_name(path: Location) -> str:
    """('facts', 2, 'say') -> 'facts[2].say'."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return name.removeprefix(".")
