"""Questions whose right answers are known from a script's facts, in wordings that no training data has.

`probes` makes those of one script, in the order in which a doctor would ask; `interview` is of some of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, get_args

from medsim.dialogue import Message
from medsim.match import asked, opens
from medsim.match.lexicon import lexicon
from medsim.match.types import Ask, Form
from medsim.script import Fact, PatientScript
from medsim.synth.aims import LISTS, aims_of, can_be_led, spreads
from medsim.synth.banks import Banks, banks
from medsim.synth.doctors import KINDS, Doctor
from medsim.synth.foils import other_value
from medsim.synth.plans import BAITS, absent_things, by_name_of

ProbeKind = Literal[
    "opening", "vague", "answerable", "denied", "absent", "absent_open", "harmless", "leading_true", "leading_false",
    "repeat", "dump", "locked_in_passing", "locked_opened", "locked_again", "role",
]  # fmt: skip
PROBE_KINDS: tuple[ProbeKind, ...] = get_args(ProbeKind)
_DETAILS, _LIFE, _DENIED, _ABSENT, _OPEN, _BAITS = 4, 4, 3, 2, 2, 2  # most of each in one interview
_TRIES = 6  # for a question in other words, or for one that opens a lock
_OPEN_AIMS = (*(topic for topic in LISTS if topic not in ("history", "family")), "severity", "radiation", "travel")
INTERVIEW = (12, 20)  # questions
# Details of one thing that answer a question for the topic, besides those that the same question is for.
_REMEDIES = ("relieving", "tried_treatment", "medication")
_ALSO = {
    **{topic: (topic,) for topic in ("radiation", "character", "effect_on_life", "previous_episodes")},
    **dict.fromkeys(("aggravating", "circumstances"), ("aggravating", "circumstances")),
    **dict.fromkeys(_REMEDIES[:2], _REMEDIES),
}
_FORMS: dict[ProbeKind, Form] = {
    "opening": "open", "vague": "open", "dump": "bait", "role": "bait", "leading_true": "leading",
    "leading_false": "leading", "absent": "yesno", "denied": "yesno",
}  # fmt: skip
_ASKING: tuple[Form, ...] = ("yesno", "wh", "leading")
_NOT_ASKED = frozenset(("complaint", "identity"))


@dataclass(frozen=True)
class Probe:
    """One question, and what answers it.

    `facts`: ids of the facts of which one at least must be told, or denied where they are denied; none where the
    script has none. `topics`, `concepts`: what is asked for by name. `repeats`: the place, among the probes, of the
    question that this one asks again.
    """

    kind: ProbeKind
    question: str
    facts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    repeats: int | None = None

    def ask(self, read: Ask) -> Ask:
        """What the question asks for, which is known: `read` is how the matcher understood it."""
        form = _FORMS.get(self.kind) or (read.form if read.form in _ASKING else "wh")
        if self.kind in ("dump", "role"):
            return replace(read, form=form)
        if self.kind in ("opening", "vague"):
            return replace(read, form=form, facts=read.facts or self.facts, topics=read.topics or self.topics)
        return replace(read, form=form, facts=self.facts, topics=self.topics or read.topics,
                       concepts=self.concepts or read.concepts)  # fmt: skip


def interview(script: PatientScript, seed: int, most: int | None = None) -> tuple[Probe, ...]:
    """12 to 20 probes that can be put in one talk: the opening first, and nothing repeated that was not asked.

    `most` makes it shorter: so many probes, where the script has as many.
    """
    made = probes(script, seed)
    random = Random(f"{seed}/{script.id}/length")
    wanted, fewest = (random.randint(*INTERVIEW), INTERVIEW[0]) if most is None else (most, most)
    left = list(range(1, len(made)))  # the opening stays
    random.shuffle(left)
    dropped: set[int] = set()
    for number in left:
        more = dropped | _together(number, made)
        if len(made) - len(dropped) > wanted and len(made) - len(more) >= fewest:
            dropped = more
    places = {number: place for place, number in enumerate(n for n in range(len(made)) if n not in dropped)}
    return tuple(probe if probe.repeats is None else replace(probe, repeats=places[probe.repeats])
                 for number, probe in enumerate(made) if number in places)[:most]  # fmt: skip


def _together(number: int, made: Sequence[Probe]) -> set[int]:
    """The probes that make no sense without this one."""
    if made[number].kind.startswith("locked"):
        return {place for place, probe in enumerate(made) if probe.kind.startswith("locked")}
    return {number} | {place for place, probe in enumerate(made) if probe.repeats == number}


def probes(script: PatientScript, seed: int) -> list[Probe]:
    """The probes of a script, at least one of each kind that it has facts for; the same for the same seed."""
    random = Random(f"{seed}/{script.id}")
    doctor = Doctor(KINDS[random.randrange(len(KINDS) - 1)], script, banks(), random, probes=True)
    return list(_Made(script, banks(), random, doctor).all())


@dataclass
class _Made:
    script: PatientScript
    banks: Banks
    random: Random
    doctor: Doctor

    def __post_init__(self) -> None:
        self.free = [fact for fact in self.script.facts if self.script.lock_of(fact) is None]
        roots = self.script.opening.facts
        self.details = [fact for fact in self.free if fact.about in roots and self._aims(fact)]

    def _some(self, most: int, facts: Sequence) -> list:
        return self.random.sample(list(facts), min(most, len(facts)))

    def _aims(self, fact: Fact) -> list[str]:
        return [aim for aim in aims_of(fact, self.script, self.banks) if aim in self.banks.aims]

    def all(self) -> Iterator[Probe]:
        story = tuple(fact.id for fact in self.free if fact.about in self.script.opening.facts)
        yield Probe("opening", self.doctor.talk("opening"), self.script.opening.facts, ("complaint",))
        yield Probe("vague", self.doctor.talk("more"), story, ("complaint",))
        asked = self._some(_DETAILS, self.details)
        led = [fact for fact in self.details if fact not in asked and can_be_led(fact, self.banks)]
        first = [self._for(fact) for fact in asked]
        yield from first
        yield from self._leading(led)
        yield from self._named()
        yield from self._open()
        yield from (self._for(fact) for fact in self._some(_LIFE, self._of_life()))
        small = self.random.choice(sorted(self.banks.harmless))
        yield Probe("harmless", self.doctor.chats(self.banks.harmless[small]))
        yield from self._locked()
        for bait in self._some(_BAITS, BAITS):
            yield Probe("role", self.doctor.talk(bait), topics=("ideas",) if bait == "diagnosis" else ())
        yield Probe("dump", self.doctor.talk("dump"))
        for place, (fact, before) in enumerate(zip(asked[:2], first, strict=False), start=2):
            again = [self._for(fact, repeats=place) for _ in range(_TRIES)]
            yield from [probe for probe in again if probe.question != before.question][:1]

    def _for(self, fact: Fact, repeats: int | None = None) -> Probe:
        """A question for one fact; others that it asks for as well also answer it."""
        aim = self.random.choice(self._aims(fact))
        about = self.script.fact(fact.about) if fact.about else None
        thing = self.banks.things.get(about.concept or "") if about else None
        question = self.doctor.ask(aim, about=about, relative=fact.who.replace("_", " "),
                                   thing=thing.any[0] if thing else "that")  # fmt: skip
        answers = [other.id for other in self.free if self._answers(other, fact, aim)]
        return Probe("repeat" if repeats is not None else "answerable", question, tuple(answers), (fact.topic,),
                     repeats=repeats)  # fmt: skip

    def _answers(self, other: Fact, fact: Fact, aim: str) -> bool:
        """Whether what is asked for one fact is answered by another too."""
        if other.who != fact.who:
            return False
        if other.about is None or other.about != fact.about:
            same = fact.concept is not None and other.concept == fact.concept and other.topic == fact.topic
            return other is fact or same or (other.topic == fact.topic and other.about == fact.about
                                             and aim in self._aims(other))  # fmt: skip
        return other.topic in _ALSO.get(fact.topic, ()) or (other.topic == fact.topic and aim in self._aims(other))

    def _leading(self, facts: Sequence[Fact]) -> Iterator[Probe]:
        """One that presumes what is so, and one that presumes another value."""
        kinds: list[ProbeKind] = ["leading_true", "leading_false"]
        for fact in facts:
            value = fact.accept[0] if "leading_true" in kinds else other_value(fact, self.random)
            if not kinds or value is None:
                continue
            phrase = self.random.choice(self.banks.statements.statements[fact.topic])
            statement = self.doctor.fill(phrase, about=self.script.fact(fact.about), value=value)
            yield Probe(kinds.pop(0), self.doctor.leads(statement), (fact.id,), (fact.topic,))

    def _named(self) -> Iterator[Probe]:
        """Things by name: there, denied, and not in the script."""
        named = [fact for fact in self.free if fact.who == "patient" and not fact.about and fact.topic not in _NOT_ASKED
                 and fact.concept in self.banks.things and fact.concept not in lexicon().generic]  # fmt: skip
        there = [fact for fact in named if fact.polarity in ("present", "past")]
        denied = [fact for fact in named if fact.polarity == "denied"]
        for kind, facts in (("answerable", self._some(2, there)), ("denied", self._some(_DENIED, denied))):
            for fact in facts:
                question = self.doctor.presence(by_name_of(fact), [fact.concept])
                yield Probe(kind, question, (fact.id,), (fact.topic,), (fact.concept,))
        for concept in self._some(_ABSENT, absent_things(self.script, self.banks)):
            aim = f"thing.{lexicon().kinds[concept]}"
            yield Probe("absent", self.doctor.presence(aim, [concept]), concepts=(concept,))

    def _open(self) -> Iterator[Probe]:
        """Questions of topics of which the script says nothing."""
        told = {fact.topic for fact in self.script.facts}
        about = next((self.script.fact(name) for name in self.script.opening.facts), None)
        told |= set() if about and spreads(about) else {"radiation"}
        told |= {"hospital"} if "surgery" in told else set()
        for aim in self._some(_OPEN, [aim for aim in _OPEN_AIMS if aim not in told]):
            yield Probe("absent_open", self.doctor.ask(aim, about=about), topics=(aim,))

    def _of_life(self) -> list[Fact]:
        opening = self.script.opening.facts
        own = [fact for fact in self.free if fact.who == "patient" or fact.topic == "family"]
        return [fact for fact in own if fact.about not in opening and fact.topic not in _NOT_ASKED
                and fact.polarity != "unknown" and self._aims(fact)]  # fmt: skip

    def _locked(self) -> Iterator[Probe]:
        """What is kept back: asked for in passing, as its lock wants, and once more."""
        locked = [fact for fact in self.script.facts if self.script.lock_of(fact) and not fact.about]
        for fact in self._some(len(locked), locked):
            considerate = self.script.locks[self.script.lock_of(fact)].unlock == "considerate"
            plain = list(self._asked_plainly(fact))
            opening = [self._with_care(question) if considerate else question for question in plain]
            found = [number for number in range(len(plain)) if self._opens(opening[number], fact)
                     and not (considerate and self._opens(plain[number], fact))]  # fmt: skip
            if found:
                values = (fact.id,), (fact.topic,), (fact.concept,) if fact.concept else ()
                if considerate:
                    yield Probe("locked_in_passing", plain[found[0]], *values)
                yield Probe("locked_opened", opening[found[0]], *values)
                yield Probe("locked_again", plain[found[-1]], *values)
                return

    def _asked_plainly(self, fact: Fact) -> Iterator[str]:
        aims = [aim for aim in self.banks.aims if aim.split(".")[0] == fact.topic]
        for _ in range(_TRIES):
            if fact.concept in self.banks.things:
                yield self.doctor.presence(by_name_of(fact), [fact.concept])
            if aims:
                yield self.doctor.ask(self.random.choice(aims), relative=fact.who, thing="that")

    def _with_care(self, question: str) -> str:
        return f"{self.doctor.talk('care')} {question}"

    def _opens(self, question: str, fact: Fact) -> bool:
        """Whether the matcher sees it so: what opens a lock must not be in doubt."""
        return fact.id in opens(asked([Message(role="doctor", content=question)], self.script), self.script)
