"""Phrases with alternatives, in the notation of the JSpeech Grammar Format (https://www.w3.org/TR/jsgf/, section 4).

`(my head hurts | it aches)` is one of two, `[really]` is said or not, `<onset>` is filled in. One phrase stands for all
sentences that can be made of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

_PIECE = re.compile(r"([()\[\]|])|<([^<>]+)>|([^()\[\]|<>]+)")
_GAP = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"\s+([,.;:?!])")
_START = re.compile(r"(^|[.?!]\s+)([a-z])")
_ARTICLE = re.compile(r"\b([Aa]) (?=eight|eleven)")  # before a number that filled a slot
_ONE = re.compile(r"\b([Oo]ne (?:year|month|week|day|hour|minute))s\b")
_DOUBLED = re.compile(r"([.?!])[.,;]+|([,;])[,;]+")


class PhraseError(ValueError):
    """A phrase that cannot be read; the message says what is wrong."""


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Slot:
    name: str


@dataclass(frozen=True)
class Choice:
    """Sequences of parts, one of which is said."""

    alternatives: tuple[tuple["Text | Slot | Choice", ...], ...]


Part = Text | Slot | Choice


@cache
def parse(phrase: str) -> tuple[Part, ...]:
    """The parts of a phrase. Raises PhraseError."""
    matches = list(_PIECE.finditer(phrase))
    if sum(len(match[0]) for match in matches) != len(phrase):
        raise PhraseError(f"a < or > without its partner in '{phrase}'")
    parts, rest = _sequence([match.groups() for match in matches])
    if rest:
        raise PhraseError(f"a '{rest[0][0]}' too many in '{phrase}'")
    return parts


def _sequence(pieces: list) -> tuple[tuple[Part, ...], list]:
    parts: list[Part] = []
    while pieces:
        mark, slot, text = pieces[0]
        if mark in (")", "]", "|"):
            break
        pieces = pieces[1:]
        if slot is not None:
            parts.append(Slot(slot.strip()))
        elif text is not None:
            parts.append(Text(text))
        else:
            choice, pieces = _choice(mark, pieces)
            parts.append(choice)
    return tuple(parts), pieces


def _choice(opened: str, pieces: list) -> tuple[Choice, list]:
    alternatives: list[tuple[Part, ...]] = [()] if opened == "[" else []
    closes = {"(": ")", "[": "]"}[opened]
    while True:
        sequence, pieces = _sequence(pieces)
        alternatives.append(sequence)
        if not pieces:
            raise PhraseError(f"a '{opened}' without its '{closes}'")
        mark, pieces = pieces[0][0], pieces[1:]
        if mark == closes:
            return Choice(tuple(alternatives)), pieces
        if mark != "|":
            raise PhraseError(f"a '{mark}' where a '{closes}' belongs")


@cache
def slots(phrase: str) -> frozenset[str]:
    """The names of all slots of a phrase. Raises PhraseError."""
    return frozenset(_slots(parse(phrase)))


def _slots(parts: tuple[Part, ...]):
    for part in parts:
        if isinstance(part, Slot):
            yield part.name
        elif isinstance(part, Choice):
            for alternative in part.alternatives:
                yield from _slots(alternative)


def count(phrase: str) -> int:
    """How many sentences a phrase stands for; a slot counts as one."""
    return _count(parse(phrase))


def _count(parts: tuple[Part, ...]) -> int:
    total = 1
    for part in parts:
        total *= sum(map(_count, part.alternatives)) if isinstance(part, Choice) else 1
    return total


def fill(phrase: str, random: Random, values: Mapping[str, str]) -> str:
    """One of the texts that a phrase stands for, all equally likely but for their slots; no blank before a comma,
    whatever was left out. Raises KeyError for a slot without a value.
    """
    text = "".join(_said(parse(phrase), random, values))
    text = _ONE.sub(r"\1", _ARTICLE.sub(r"\1n ", _GAP.sub(" ", text)))
    text = _BEFORE_MARK.sub(r"\1", text).strip()
    return _DOUBLED.sub(lambda match: match[1] or match[2], text).lstrip(",; ")


def say(phrase: str, random: Random, values: Mapping[str, str]) -> str:
    """As `fill`, as sentences: each begins with a capital, and the last has its mark. Raises KeyError."""
    text = _START.sub(lambda match: match[1] + match[2].upper(), fill(phrase, random, values))
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _said(parts: tuple[Part, ...], random: Random, values: Mapping[str, str]):
    for part in parts:
        if isinstance(part, Text):
            yield part.text
        elif isinstance(part, Slot):
            yield values[part.name]
        else:
            weights = [_count(alternative) for alternative in part.alternatives]
            yield from _said(random.choices(part.alternatives, weights)[0], random, values)
