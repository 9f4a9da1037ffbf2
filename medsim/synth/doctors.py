"""Doctors of different kinds: in which words they ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from medsim.match.lexicon import lexicon
from medsim.script import Fact, PatientScript
from medsim.synth.banks import TALK, THINGS, Banks, Small, part
from medsim.synth.grammar import fill, say
from medsim.synth.person import doctor_words
from medsim.synth.typing import typed

_NAMED, _AS_RELATIVE = 0.12, 0.12  # of the times that somebody else than the speaker is spoken of
_WHOLE = 0.5  # a thing is asked for by a question of its own
_IT = 0.6  # what was just spoken of is "it"
_PLURAL = {"is": "are", "does": "do", "has": "have", "it_was": "were"}
_SINGULAR = {"is": "is", "does": "does", "has": "has", "it_was": "was"}
_SON_OR_DAUGHTER = ("mother", "father")


@dataclass(frozen=True)
class Kind:
    """A kind of doctor, in words: how often they use each register and say something kind, and whether they type."""

    described: str
    registers: Mapping[str, float]
    kind: float
    types: bool = False


KINDS = (
    Kind("a medical student with a checklist and mostly closed questions",
         {"plain": 8, "roundabout": 2, "formal": 1, "casual": 1}, kind=0.05),
    Kind("a warm general practitioner who listens and reflects",
         {"plain": 5, "roundabout": 4, "casual": 2, "formal": 0.5}, kind=0.3),
    Kind("a rushed registrar who speaks in clipped questions", {"casual": 6, "plain": 4}, kind=0.02),
    Kind("somebody who types fast, in lower case and with slips of the keys", {"casual": 5, "plain": 4}, kind=0.02,
         types=True),
    Kind("a formal consultant of the old school", {"formal": 6, "plain": 3, "roundabout": 2}, kind=0.1),
)  # fmt: skip


@dataclass
class Doctor:
    """A doctor who talks with the one who speaks for a script's patient."""

    kind: Kind
    script: PatientScript
    banks: Banks
    random: Random
    probes: bool = False  # asks in the wordings that are kept for probes, and only in them
    used: set[str] = field(default_factory=set)

    def ask(self, aim: str, *, about: Fact | None = None, spoken_of: bool = False, **values: str) -> str:
        """A question of the bank. `about`: whose detail it asks for; `spoken_of`: it may be "it"."""
        return self.say(self._wording(aim), about=about, spoken_of=spoken_of, **values)

    def talk(self, kind: str) -> str:
        """A sentence that asks for no fact."""
        return self.ask(f"{TALK}.{kind}")

    def say(self, phrase: str, *, about: Fact | None = None, spoken_of: bool = False, **values: str) -> str:
        """A phrase of the doctor's with its slots filled, as this doctor would say or type it."""
        words = self._person(phrase.count("<you>")) | self._it(about, spoken_of) | values
        text = say(phrase, self.random, words)
        text = f"{text[:-1]}?" if not phrase.rstrip().endswith(".") and text.endswith(".") else text
        return typed(text, self.random) if self.kind.types else text

    def fill(self, phrase: str, *, about: Fact | None = None, **values: str) -> str:
        """A part of a sentence, with its slots filled."""
        return fill(phrase, self.random, self._person(phrase.count("<you>")) | self._it(about, False) | values)

    def leads(self, statement: str) -> str:
        """A question that puts a statement into the patient's mouth."""
        return self.say(self.random.choice(part(self.banks.statements.frames, probes=self.probes)), statement=statement)

    def chats(self, small: Small) -> str:
        """A question of small talk."""
        return self.say(self.unused(part(small.ask, probes=self.probes)))

    def _wording(self, aim: str) -> str:
        """A wording of a register that this doctor likes; one that was not used yet in this talk, if there is any."""
        wordings = self.banks.aims[aim].wordings(probes=self.probes)
        weights = {register: weight for register, weight in self.kind.registers.items() if register in wordings}
        register = self.random.choices(list(weights), list(weights.values()))[0] if weights else next(iter(wordings))
        return self.unused(wordings[register])

    def unused(self, phrases: Sequence[str]) -> str:
        """One of some phrases that was not said yet in this talk, if there is any."""
        phrase = self.random.choice([phrase for phrase in phrases if phrase not in self.used] or phrases)
        self.used.add(phrase)
        return phrase

    def _person(self, times: int) -> dict[str, str]:
        """What stands for the patient, who is spoken of so many `times`: by name, or as the daughter, but once."""
        patient, own = self.script.patient, self.script.speaker.relation == "self"
        words = dict(doctor_words(sex=patient.sex, own=own, name=patient.name))
        if own or times > 1:
            return words
        chance = self.random.random()
        if chance < _NAMED:
            words["you"] = words["name"]
        elif chance < _NAMED + _AS_RELATIVE and self.script.speaker.relation in _SON_OR_DAUGHTER:
            words["you"] = "your son" if patient.sex == "male" else "your daughter"
        return words

    def _it(self, about: Fact | None, spoken_of: bool) -> dict[str, str]:
        thing = self.banks.things.get(about.concept or "") if about else None
        if thing is None or (spoken_of and self.random.random() < _IT):
            return {"it": "it", **_SINGULAR}
        return {"it": f"the {thing.noun}", **(_PLURAL if thing.plural else _SINGULAR)}

    def presence(self, aim: str, concepts: Sequence[str], **values: str) -> str:
        """Whether there is a thing, or one of two."""
        things = [self.banks.things[concept] for concept in concepts]
        whole = part(things[0].ask, probes=self.probes)
        of_its_kind = aim == f"{THINGS}.{lexicon().kinds[concepts[0]]}"
        if len(things) == 1 and whole and of_its_kind and self.random.random() < _WHOLE:
            return self.say(self.random.choice(whole))
        return self.ask(aim, thing=" or ".join(self.random.choice(thing.any) for thing in things), **values)
