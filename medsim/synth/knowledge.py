"""What the generator knows of illnesses and lives: data/knowledge/conditions and data/knowledge/life, loaded once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from medsim.errors import DataError
from medsim.files import Location
from medsim.schema import Strict, did_you_mean, problem_at
from medsim.synth.person import PERSON_SLOTS
from medsim.synth.reading import FOLDER, Wrong, read_all, unknown_concepts, unknown_slots
from medsim.synth.templates import Condition, Denial, Denials, FactTemplate, People, Pool

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z]+")
_NAME_FIRST = re.compile(r"^[A-Z][A-Za-z]+")


@dataclass(frozen=True)
class Knowledge:
    """Conditions and pools by the names of their files."""

    conditions: dict[str, Condition]
    pools: dict[str, Pool]
    denials: dict[str, Denial]
    people: People

    @cached_property
    def names(self) -> frozenset[str]:
        """Words that keep their capital within a sentence: those that have it there, or in a short answer."""
        facts = [fact for condition in self.conditions.values() for fact in condition.facts]
        facts += [fact for pool in self.pools.values() for bundle in pool.bundles for fact in bundle.facts]
        found = set()
        for fact in facts:
            found.update(*(_NAME.findall(phrase) for phrase in (*fact.say, *fact.vague)))
            choices = (choice for value in fact.values.values() if not isinstance(value, str) for choice in value)
            found.update(*(_NAME_FIRST.findall(short) for short in (*fact.accept, *choices)))
        return frozenset(found)


@cache
def knowledge() -> Knowledge:
    """What lies in data/knowledge. Raises DataError with every problem of every file."""
    return load(FOLDER)


def load(folder: Path) -> Knowledge:
    """The knowledge of a folder. Raises DataError with every problem of every file."""
    life = folder / "life"
    read, problems = read_all(
        {life / "people.yaml": People}
        | dict.fromkeys(sorted((life / "denials").glob("*.yaml")), Denials)
        | dict.fromkeys(sorted((life / "pools").glob("*.yaml")), Pool)
        | dict.fromkeys(sorted((folder / "conditions").glob("*.yaml")), Condition)
    )
    files = [found.denials for found, _ in read if isinstance(found, Denials)]
    denials = {concept: denial for file in files for concept, denial in file.items()}
    people = next((found for found, _ in read if isinstance(found, People)), None)
    words = PERSON_SLOTS | {word for voice in people.voices.values() for word in voice.words} if people else None
    for found, document in read if words else ():
        problems += [problem_at(document, *problem) for problem in _wrong(found, words, denials)]
    if problems:
        raise DataError(problems)
    named = {kind: {Path(document.name).stem: found for found, document in read if isinstance(found, kind)}
             for kind in (Condition, Pool)}  # fmt: skip
    return Knowledge(named[Condition], named[Pool], denials, people)


def _wrong(found: Strict, words: frozenset[str], denials: Mapping[str, Denial]) -> Iterator[Wrong]:
    if isinstance(found, Condition):
        yield from _wrong_condition(found, words, denials)
    elif isinstance(found, Pool):
        for number, bundle in enumerate(found.bundles):
            yield from _wrong_facts(("bundles", number, "facts"), bundle.facts, words)
    elif isinstance(found, Denials):
        for concept, denial in found.denials.items():
            yield from unknown_slots(("denials", concept, "say"), denial.say, words)
            yield from unknown_concepts(("denials", concept), (concept,))


def _wrong_condition(found: Condition, words: frozenset[str], denials: Mapping[str, Denial]) -> Iterator[Wrong]:
    shared = words | set(found.values)
    yield from unknown_slots(("opening",), found.opening, shared)
    yield from unknown_slots(("asks",), found.asks, shared)
    yield from _wrong_facts(("facts",), found.facts, shared)
    ids = {fact.id for fact in found.facts}
    for number, name in enumerate(found.opens_with):
        if name not in ids:
            yield ("opens_with", number), f"There is no fact '{name}'.", did_you_mean(name, ids) or "Add it."
    for number, concept in enumerate(found.denied):
        if concept not in denials:
            yield ("denied", number), f"Nobody knows how to deny '{concept}'.", "Add it to life/denials/."
    yield from unknown_concepts(("without",), found.without)


def _wrong_facts(root: Location, facts: tuple[FactTemplate, ...], words: frozenset[str]) -> Iterator[Wrong]:
    ids = [fact.id for fact in facts]
    for number, fact in enumerate(facts):
        path = (*root, number)
        if fact.id in ids[:number] and not fact.group:
            yield (*path, "id"), f"'{fact.id}' is there twice.", "Give it another id, or both one `group`."
        if fact.about and fact.about not in ids:
            yield (*path, "about"), f"There is no fact '{fact.about}'.", did_you_mean(fact.about, ids) or "Add it."
        yield from unknown_concepts((*path, "concept"), (fact.concept,) if fact.concept else ())
        known = words | set(fact.values)
        for key in ("say", "vague", "accept"):
            yield from unknown_slots((*path, key), getattr(fact, key), known)
        if fact.lock:
            yield from unknown_slots((*path, "lock", "cover"), fact.lock.cover, known)
