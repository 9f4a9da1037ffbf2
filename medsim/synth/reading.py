"""Files of knowledge, read with every problem of all of them."""

from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from medsim.errors import DataError, Problem
from medsim.files import Document, Location, read_document
from medsim.match.lexicon import lexicon
from medsim.schema import Strict, did_you_mean, validate
from medsim.synth.grammar import slots

FOLDER = Path(__file__).parents[2] / "data" / "knowledge"
Wrong = tuple[Location, str, str]  # path, reason, cure


def read_all(kinds: Mapping[Path, type[Strict]]) -> tuple[list[tuple[Strict, Document]], list[Problem]]:
    """The files that could be read, each as its model with its document; and what is wrong with the others."""
    found: list[tuple[Strict, Document]] = []
    problems: list[Problem] = []
    for path, kind in kinds.items():
        try:
            document = read_document(path)
        except DataError as error:
            problems += error.problems
            continue
        model, wrong = validate(kind, document)
        problems += wrong
        if model:
            found.append((model, document))
    return found, problems


def unknown_slots(path: Location, phrases: Iterable[str], known: Set[str]) -> Iterator[Wrong]:
    """The slots of phrases that nothing fills."""
    for number, phrase in enumerate(phrases):
        for name in sorted(slots(phrase) - known):
            yield (*path, number), f"Nothing fills <{name}>.", did_you_mean(name, known) or "Use another."


def unknown_concepts(path: Location, concepts: Iterable[str]) -> Iterator[Wrong]:
    """The concepts that the lexicon lacks."""
    for concept in concepts:
        if concept not in lexicon().kinds:
            cure = did_you_mean(concept, lexicon().kinds) or "Add it to data/knowledge/lexicon, with its wordings."
            yield path, f"The lexicon has no concept '{concept}'.", cure
