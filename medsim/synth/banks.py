"""The sentences that interviews are made of: data/knowledge/questions/*.yaml and data/knowledge/replies/*.yaml.

Every fifth wording of a doctor is kept for probes: no generated interview has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from medsim.errors import DataError
from medsim.match.patterns import Finder
from medsim.match.text import tokens
from medsim.match.view import View
from medsim.schema import Strict, Text, did_you_mean, problem_at
from medsim.script import Concept, Persona, Topic
from medsim.synth.person import DOCTOR_SLOTS, PERSON_SLOTS
from medsim.synth.reading import FOLDER, Wrong, read_all, unknown_concepts, unknown_slots
from medsim.synth.templates import Phrase, Phrases, Range, Sex

Register = Literal["plain", "formal", "casual", "roundabout"]
REGISTERS: tuple[Register, ...] = get_args(Register)
KEPT = 5  # of so many wordings the last is for probes
TALK = "talk"  # what is no question about a topic: talk.greeting, talk.thanks ...
THINGS = "thing"  # questions for a thing by name: thing.symptoms, thing.conditions ...
IT_SLOTS = frozenset(("it", "is", "does", "has", "it_was"))
THING_SLOTS = frozenset(("thing", "relative", "value"))
ANY = "any"
STYLES = (ANY, *get_args(Persona.model_fields["style"].annotation))


def part(phrases: Sequence[str], *, probes: bool) -> list[str]:
    """The wordings kept for probes, or all others."""
    return [phrase for number, phrase in enumerate(phrases, start=1) if (number % KEPT == 0) == probes]


class Aim(Strict):
    """The ways to ask for one thing, by register.

    `concepts` and `words` (patterns of medsim.match) tell which facts it asks for, where its topic has several aims.
    """

    concepts: tuple[Concept, ...] = ()
    words: tuple[Text, ...] = ()
    plain: Phrases
    formal: tuple[Phrase, ...] = ()
    casual: tuple[Phrase, ...] = ()
    roundabout: tuple[Phrase, ...] = ()

    def is_of_concept(self, item: View) -> bool:
        """Whether a fact is one that it asks for, by its concept."""
        return not item.wide.isdisjoint(self.concepts)

    def is_in_words(self, item: View) -> bool:
        """Whether a fact is one that it asks for, by its words."""
        return bool(self._finder.find_all(tokens(item.fact.say)))

    @cached_property
    def _finder(self) -> Finder:
        return Finder((words, None) for words in self.words)

    def wordings(self, *, probes: bool) -> dict[Register, list[str]]:
        """Those kept for probes, or all others."""
        found = {register: part(getattr(self, register), probes=probes) for register in REGISTERS}
        return {register: phrases for register, phrases in found.items() if phrases}


class Questions(Strict):
    aims: dict[str, Aim]


class Thing(Strict):
    """A concept in a doctor's mouth: `noun` after "the", `any` after "any" or "about", and whole questions for it.

    `sex` and `age` (in years): whom it can be asked; `follows`: only of those who have something that goes before it.
    """

    noun: Text
    plural: bool = False
    sex: Sex | None = None
    age: Range | None = None
    follows: bool = False
    any: Annotated[tuple[Text, ...], Field(min_length=1)]
    ask: tuple[Phrase, ...] = ()


class Things(Strict):
    things: dict[Concept, Thing]


class Small(Strict):
    """Harmless small talk about what no script says: the question, and answers of which a patient keeps to one."""

    ask: Phrases
    answers: Phrases


class Harmless(Strict):
    harmless: dict[str, Small]


class Statements(Strict):
    """What a doctor presumes, by topic, with <value>; and the frames that make a leading question of it."""

    frames: Phrases
    statements: dict[Topic, Phrases]


class Replies(Strict):
    """What patients say beside facts: kind of reply -> style (or `any`) -> phrases."""

    replies: dict[str, dict[str, Phrases]]


@dataclass(frozen=True)
class Banks:
    aims: Mapping[str, Aim]
    things: Mapping[str, Thing]
    harmless: Mapping[str, Small]
    statements: Statements
    replies: Mapping[str, Mapping[str, Phrases]]


@cache
def banks() -> Banks:
    """What lies in data/knowledge. Raises DataError with every problem of every file."""
    return load(FOLDER)


_KINDS = {"things": Things, "harmless": Harmless, "leading": Statements}


def load(folder: Path) -> Banks:
    """The sentences of a folder. Raises DataError with every problem of every file."""
    paths = sorted((folder / "questions").glob("*.yaml"))
    read, problems = read_all(
        {path: _KINDS.get(path.stem.split("-")[0], Questions) for path in paths}
        | dict.fromkeys(sorted((folder / "replies").glob("*.yaml")), Replies)
    )
    problems += [problem_at(document, *problem) for item, document in read for problem in _wrong(item)]
    if problems:
        raise DataError(problems)

    def joined(kind: type, key: str) -> dict:
        return {name: value for item, _ in read if isinstance(item, kind) for name, value in getattr(item, key).items()}

    statements = next((item for item, _ in read if isinstance(item, Statements)), None)
    return Banks(joined(Questions, "aims"), joined(Things, "things"), joined(Harmless, "harmless"), statements,
                 joined(Replies, "replies"))  # fmt: skip


def _wrong(item: Strict) -> Iterator[Wrong]:
    if isinstance(item, Questions):
        for name, aim in item.aims.items():
            topic = name.split(".")[0]
            if topic not in (*get_args(Topic), TALK, THINGS):
                cure = did_you_mean(topic, get_args(Topic)) or "Correct it."
                yield ("aims", name), f"There is no topic '{topic}'.", cure
            yield from unknown_concepts(("aims", name), aim.concepts)
            for register in REGISTERS:
                known = DOCTOR_SLOTS | IT_SLOTS | THING_SLOTS
                yield from unknown_slots(("aims", name, register), getattr(aim, register), known)
    elif isinstance(item, Things):
        for name, thing in item.things.items():
            yield from unknown_concepts(("things", name), (name,))
            yield from unknown_slots(("things", name, "ask"), thing.ask, DOCTOR_SLOTS)
    elif isinstance(item, Harmless):
        for name, small in item.harmless.items():
            yield from unknown_slots(("harmless", name, "ask"), small.ask, DOCTOR_SLOTS)
            yield from unknown_slots(("harmless", name, "answers"), small.answers, PERSON_SLOTS)
    elif isinstance(item, Statements):
        yield from unknown_slots(("frames",), item.frames, frozenset(("statement",)))
        for topic, phrases in item.statements.items():
            yield from unknown_slots(("statements", topic), phrases, DOCTOR_SLOTS | IT_SLOTS | THING_SLOTS)
    elif isinstance(item, Replies):
        for kind, styles in item.replies.items():
            for style, phrases in styles.items():
                if style not in STYLES:
                    yield ("replies", kind, style), f"There is no style '{style}'.", f"Use one of: {', '.join(STYLES)}."
                yield from unknown_slots(("replies", kind, style), phrases, PERSON_SLOTS | {"fact", "short", "thing"})


def main() -> None:
    from medsim.errors import run_cli

    def count() -> None:
        found = banks()
        for name, aim in sorted(found.aims.items()):
            print(f"{name:32}{sum(len(getattr(aim, register)) for register in REGISTERS):5}")
        print(len(found.things), "things,", len(found.harmless), "harmless,", len(found.replies), "kinds of reply")

    run_cli(count)


if __name__ == "__main__":
    main()
