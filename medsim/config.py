"""One definition of a setting feeds the command line, the YAML file and the form.

Precedence: default < YAML file (`--config`) < flag. Unknown keys and bad values are refused, all at once.
"""

import argparse
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from medsim.errors import DataError, Problem
from medsim.files import Document, dump_yaml, read_document, write_text
from medsim.schema import Strict, problem_at, validate


class Config(Strict):
    """Base of every configuration: pydantic fields with bounds, choices and a description."""

    @classmethod
    def load(cls, path: str | Path | None = None, **overrides: Any) -> Self:
        """Read a YAML file, put `overrides` over it, check all. Raises DataError with every problem."""
        return cls._checked(path, overrides)

    @classmethod
    def _checked(cls, path: str | Path | None, overrides: Mapping[str, Any], prefix: str = "") -> Self:
        """`load`; what is wrong with an override is told of `prefix` and its name, not of a line of the file."""
        document = read_document(path) if path else Document({}, {}, "settings")
        if document.data is not None and not isinstance(document.data, dict):
            raise DataError([problem_at(document, (), "This is not a list of settings.", "Write `name: value` lines.")])
        data = dict(document.data or {})
        for name in overrides.keys() & cls.model_fields.keys():
            for alias in names_of(name, cls.model_fields[name]):
                data.pop(alias, None)
        config, problems = validate(cls, document._replace(data={**data, **overrides}))
        if config is None:
            raise DataError([_of_override(problem, overrides, prefix) for problem in problems])
        return config

    @classmethod
    def from_flags(cls, argv: Sequence[str] | None = None) -> Self:
        """Read the command line: `--config FILE` and one flag a field. Exits with a usage message as argparse does."""
        flags = cls.parse_flags(argv)
        return cls.from_parsed(flags.pop("config", None), flags)

    @classmethod
    def from_parsed(cls, path: str | Path | None, flags: Mapping[str, Any]) -> Self:
        """The flags of `parse_flags` over a YAML file. Raises DataError with every problem."""
        return cls._checked(path, flags, "--")

    @classmethod
    def parse_flags(cls, argv: Sequence[str] | None = None) -> dict[str, Any]:
        """The flags that were given, `config` among them, unchecked."""
        return vars(cls.parser().parse_args(argv))

    @classmethod
    def parser(cls) -> argparse.ArgumentParser:
        """The command line of this configuration. Only flags that were given are in the parsed namespace."""
        parser = argparse.ArgumentParser(
            description=(cls.__doc__ or "").split("\n\n")[0],
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )
        parser.add_argument("--config", metavar="FILE", help="YAML file with settings")
        for name, field in cls.model_fields.items():
            parser.add_argument(*[f"--{alias}" for alias in names_of(name, field)], dest=name, **_flag(field))
        return parser

    def save(self, path: str | Path) -> None:
        """Write every setting as YAML, so that the file alone repeats the run."""
        write_text(path, dump_yaml(self.model_dump(mode="json")))


def _of_override(problem: Problem, overrides: Mapping[str, Any], prefix: str) -> Problem:
    if re.split(r"[.\[]", problem.field)[0] not in overrides:
        return problem
    return replace(problem, file="", line=None, field=prefix + problem.field)


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
    default = "(required)" if field.is_required() else f"(default: {field.default})"
    help_text = f"{field.description} {default}".replace("%", "%%")
    if kind is bool:
        return {"nargs": "?", "const": True, "metavar": "true|false", "help": help_text}
    if typing.get_origin(kind) is Literal:
        return {"choices": typing.get_args(kind), "help": help_text}
    if typing.get_origin(kind) in (list, tuple):
        return {"nargs": "+", "metavar": "X", "help": help_text}
    return {"metavar": getattr(kind, "__name__", "value").upper(), "help": help_text}
