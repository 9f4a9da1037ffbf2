"""The words of data/knowledge/lexicon/, loaded once: concepts, values, people, topics of questions, manners of talk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from medsim.files import read_document
from medsim.match.patterns import Finder, Match, Tree
from medsim.match.text import FOLDER, Token, content_stems, stem_set, tokens, word_set

# Where a concept's file says what kind of thing it is.
CONCEPT_FILES = ("symptoms", "conditions", "medications", "allergens", "procedures", "habits")
CLINICAL = word_set("symptoms conditions medications allergens procedures")


class TopicCue(NamedTuple):
    """A topic that a question names, and the kind of value that it asks for."""

    topic: str
    kind: str | None


@dataclass(frozen=True, eq=False)
class AnswerKind:
    """A kind of answer: topics that are of it, words of a reply and kinds of value that fit it."""

    answers: frozenset[str]
    tells: Finder
    values: frozenset[str]


@dataclass(frozen=True)
class Lexicon:
    """Finders for each kind of word, and how concepts hang together.

    `parents`: the wider concepts of one, itself included. `kinds`: the file that a concept stands in. `functions`:
    a thing that is normally in order; `problems`: its disorders and their topic; `first`: those asked for first.
    `uses`: a medicine -> what it is for. `over`: topics that a question for another one does not ask for.
    `wordings`: the stems of a concept's wordings. `concept_topics`: a kind of concept, or a wide concept -> the topic
    that its facts stand under.
    """

    concepts: Finder
    functions: Finder
    people: Finder
    sites: Finder
    qualities: Finder
    topics: Finder
    talk: Finder
    kinds_asked: Finder
    parents: dict[str, frozenset[str]]
    kinds: dict[str, str]
    uses: dict[str, str]
    problems: dict[str, tuple[frozenset[str], str | None]]
    first: dict[str, frozenset[str]]
    able: frozenset[str]
    details: frozenset[str]
    generic: frozenset[str]
    lists: frozenset[str]
    wide: frozenset[str]
    in_passing: frozenset[str]
    small: frozenset[str]
    weak: frozenset[str]
    by_name: frozenset[str]
    near: dict[str, tuple[str, ...]]
    over: dict[str, tuple[str, ...]]
    wordings: dict[str, frozenset[str]]
    concept_topics: dict[str, str]

    def related(self, one: str, other: str) -> bool:
        """True where one concept is the other, or a case of it."""
        return one == other or one in self.wider(other) or other in self.wider(one)

    def wider(self, concept: str) -> frozenset[str]:
        """A concept and all that it is a case of. One that the lexicon lacks is only itself."""
        return self.parents.get(concept) or frozenset((concept,))

    def home(self, concept: str) -> str:
        """The topic under which a script has a concept: "chest pain?" asks for what goes with the complaint."""
        wide = sorted(self.wider(concept) & self.concept_topics.keys(), key=lambda wider: (wider != concept, wider))
        return self.concept_topics[wide[0] if wide else self.kinds[concept]]

    def same_person(self, one: str, other: str) -> bool:
        """True where one is the other, or belongs to them: the father is of the parents."""
        return self.related(f"person:{one}", f"person:{other}")

    def is_relative(self, person: str) -> bool:
        """True for blood relatives, one or all of them."""
        return "person:family" in self.wider(f"person:{person}")

    def talk_in(self, tokens: Sequence[Token]) -> set[str]:
        """The manners of talk that occur."""
        return {match.key for match in self.talk.find_all(tokens)}

    def values_in(self, tokens: Sequence[Token]) -> list[Match]:
        """Sites of the body and qualities, as (group, value)."""
        return self.sites.find(tokens) + self.qualities.find(tokens)


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon."""
    parents: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    wordings: list[tuple[str, str]] = []
    for kind in CONCEPT_FILES:
        for concept, entry in _read(kind).items():
            kinds[concept] = kind
            _add_parents(parents, concept, entry)
            wordings += [(words, concept) for words in _words(entry)]
    people = _read("people")
    for person, entry in people.items():
        _add_parents(parents, f"person:{person}", entry, "person:")
    sites: list[tuple[str, tuple[str, str]]] = []
    qualities: list[tuple[str, tuple[str, str]]] = []
    for site, entry in _read("sites").items():
        _add_parents(parents, f"site:{site}", entry, "site:")
        sites += [(words, ("site", site)) for words in _words(entry)]
    for group, entries in _read("qualities").items():
        qualities += [(words, (group, value)) for value, entry in entries.items() for words in _words(entry)]
    functions, topics = _read("functions"), _read("topics")
    tree = Tree()  # of what is looked for in questions and replies alike
    return Lexicon(
        concepts=Finder(wordings, tree),
        functions=_finder(functions, tree),
        people=_finder(people, tree),
        sites=Finder(sites, tree),
        qualities=Finder(qualities, tree),
        topics=Finder((words, _cue(key)) for key, entry in topics["cues"].items() for words in _words(entry)),
        talk=_finder(_read("talk") | _read("manner"), tree),
        kinds_asked=Finder(_answer_kinds()),
        parents={concept: frozenset(_closure(concept, parents)) for concept in parents},
        kinds=kinds,
        uses=_uses(),
        problems={
            name: (frozenset(entry["problems"] + entry.get("also", [])), entry.get("topic"))
            for name, entry in functions.items()
        },
        first={name: frozenset(entry["problems"]) for name, entry in functions.items()},
        able=frozenset(name for name, entry in functions.items() if entry.get("able")),
        details=frozenset(topics["details"]),
        generic=frozenset(topics["generic"]),
        lists=frozenset(topics["lists"]),
        wide=frozenset(topics["wide"]),
        in_passing=frozenset(topics["in_passing"]),
        small=frozenset(topics["small"]),
        weak=stem_set(topics["weak"]),
        by_name=frozenset(topics["by_name"]),
        near={topic: tuple(others) for topic, others in topics["near"].items()},
        over={topic: tuple(others) for topic, others in topics["over"].items()},
        wordings=_stems_of(wordings),
        concept_topics=topics["concept_topics"],
    )


def _answer_kinds() -> Iterator[tuple[str, AnswerKind]]:
    for entry in _read("answers").values():
        tells = Finder((words, "tells") for words in _words(entry["tells"]))
        kind = AnswerKind(frozenset(entry["answers"]), tells, frozenset(entry["values"]))
        yield from ((words, kind) for words in _words(entry["asks"]))


def _cue(key: str) -> TopicCue:
    topic, _, kind = key.partition(".")
    return TopicCue(topic, kind or None)


def _stems_of(wordings: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """The stems that carry meaning in the wordings of each concept."""
    stems: dict[str, frozenset[str]] = {}
    for wording, concept in wordings:
        stems[concept] = stems.get(concept, frozenset()) | content_stems(tokens(wording))
    return stems


def _uses() -> dict[str, str]:
    return {
        name: entry["for"] for name, entry in _read("medications").items() if isinstance(entry, dict) and "for" in entry
    }


def _read(name: str) -> dict[str, Any]:
    return read_document(FOLDER / f"{name}.yaml").data


def _words(entry: str | dict[str, Any]) -> list[str]:
    words = entry["words"] if isinstance(entry, dict) else entry
    return [wording.strip() for wording in words.split(",") if wording.strip()]


def _finder(entries: dict[str, Any], tree: Tree) -> Finder:
    return Finder(((words, key) for key, entry in entries.items() for words in _words(entry)), tree)


def _add_parents(parents: dict[str, set[str]], concept: str, entry: Any, prefix: str = "") -> None:
    wider = entry.get("is", ()) if isinstance(entry, dict) else ()
    names: Iterable[str] = (wider,) if isinstance(wider, str) else wider
    parents[concept] = {prefix + name for name in names}


def _closure(concept: str, parents: dict[str, set[str]]) -> set[str]:
    found = {concept}
    for wider in parents.get(concept, ()):
        found |= _closure(wider, parents)
    return found
