"""One definition of a setting feeds the command line, the YAML file and the form.

Precedence: default < YAML file (`--config`) < flag. Unknown keys and bad values are refused, all at once.
"""

import argparse
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from medsim.errors import DataError
from medsim.files import Document, dump_yaml, read_document, write_text
from medsim.schema import Strict, problem_at, validate


class Config(Strict):
    """Base of every configuration: pydantic fields with bounds, choices and a description."""

    @classmethod
    def load(cls, path: str | Path | None = None, **overrides: Any) -> Self:
        """Read a YAML file, put `overrides` over it, check all. Raises DataError with every problem."""
        document = read_document(path) if path else Document({}, {}, "settings")
        if document.data is not None and not isinstance(document.data, dict):
            raise DataError([problem_at(document, (), "This is not a list of settings.", "Write `name: value` lines.")])
        data = dict(document.data or {})
        for name in overrides.keys() & cls.model_fields.keys():
            for alias in names_of(name, cls.model_fields[name]):
                data.pop(alias, None)
        config, problems = validate(cls, document._replace(data={**data, **overrides}))
        if config is None:
            raise DataError(problems)
        return config

    @classmethod
    def from_flags(cls, argv: Sequence[str] | None = None, *, default_file: str | Path | None = None) -> Self:
        """Read the command line: `--config FILE` and one flag a field. Exits with a usage message as argparse does."""
        flags = vars(cls.parser(default_file).parse_args(argv))
        return cls.load(flags.pop("config", default_file), **flags)

    @classmethod
    def parser(cls, default_file: str | Path | None = None) -> argparse.ArgumentParser:
        """The command line of this configuration. Only flags that were given are in the parsed namespace."""
        parser = argparse.ArgumentParser(
            description=(cls.__doc__ or "").split("\n\n")[0],
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )
        default = f" (default: {default_file})" if default_file else ""
        parser.add_argument("--config", metavar="FILE", help=f"YAML file with settings{default}")
        for name, field in cls.model_fields.items():
            parser.add_argument(*[f"--{alias}" for alias in names_of(name, field)], dest=name, **_flag(field))
        return parser

    def save(self, path: str | Path) -> None:
        """Write every setting as YAML, so that the file alone repeats the run."""
        write_text(path, dump_yaml(self.model_dump(mode="json")))


def names_of(name: str, field: FieldInfo) -> list[str]:
    """A field's name, then its old names."""
    if not isinstance(field.validation_alias, AliasChoices):
        return [name]
    return [name, *(str(choice) for choice in field.validation_alias.choices if choice != name)]


def value_type(field: FieldInfo) -> tuple[Any, bool]:
    """The type of a field's value without `| None`, and whether None is allowed."""
    if typing.get_origin(field.annotation) in (typing.Union, types.UnionType):
        members = [member for member in typing.get_args(field.annotation) if member is not type(None)]
        return members[0], len(members) < len(typing.get_args(field.annotation))
    return field.annotation, False


def _flag(field: FieldInfo) -> dict[str, Any]:
    kind, _ = value_type(field)
    help_text = f"{field.description} (default: {field.default})".replace("%", "%%")
    if kind is bool:
        return {"nargs": "?", "const": True, "metavar": "true|false", "help": help_text}
    if typing.get_origin(kind) is Literal:
        return {"choices": typing.get_args(kind), "help": help_text}
    if typing.get_origin(kind) in (list, tuple):
        return {"nargs": "+", "metavar": "X", "help": help_text}
    return {"metavar": getattr(kind, "__name__", "value").upper(), "help": help_text}
