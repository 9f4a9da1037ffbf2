"""How a patient answers: the facts of a script in the words, and at the length, of its persona."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from medsim.match.numbers import quantities
from medsim.script import Fact, PatientScript
from medsim.synth.banks import ANY, Banks
from medsim.synth.grammar import say, slots
from medsim.synth.person import person_words


class Style(NamedTuple):
    """How often an answer is the value alone, a further detail comes along, and somebody thinks aloud first."""

    short: float
    further: float
    thinks: float
    most_further: int = 1


STYLES = {
    "plain": Style(0.5, 0.25, 0.05), "anxious": Style(0.35, 0.4, 0.08, 2), "reserved": Style(0.8, 0, 0),
    "chatty": Style(0.12, 0.5, 0.1, 2), "irritable": Style(0.75, 0, 0), "distrustful": Style(0.6, 0.1, 0),
    "pleasing": Style(0.3, 0.35, 0.06),
}  # fmt: skip
_OF_STYLE = 0.5  # of the phrases said beside facts
MOST_OF_A_LIST = 4
BRIEF = 3  # words
_LONG = 30  # words of an opening that says enough
_LEAD = re.compile(r"[A-Z][\w' ]{0,20}, ")  # it begins with "Well," or the like
_ALONE = frozenset(("onset", "location", "radiation", "character", "severity", "timing", "aggravating", "relieving"))


class Answer(NamedTuple):
    """What a patient says, and the ids of the facts that it states."""

    text: str
    facts: tuple[str, ...] = ()


@dataclass
class Speech:
    """A patient, or who speaks for them, in one interview: remembers what was told."""

    script: PatientScript
    banks: Banks
    random: Random
    told: list[str] = field(default_factory=list)
    last: str | None = None  # of the phrases: none is said twice running

    def __post_init__(self):
        patient, own = self.script.patient, self.script.speaker.relation == "self"
        self.words = dict(person_words(sex=patient.sex, own=own, name=patient.name))
        self.style = STYLES[self.script.persona.style]
        said = " ".join(fact.say for fact in self.script.facts)
        self.names = {*re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", said), *patient.name.split()}

    def phrase(self, kind: str, **values: str) -> str:
        """Something that patients say beside facts, as briefly as their style is."""
        styles = self.banks.replies[kind]
        own = styles.get(self.script.persona.style)
        phrases = own if own and (ANY not in styles or self.random.random() < _OF_STYLE) else styles[ANY]
        fitting = [phrase for phrase in phrases if slots(phrase) <= self.words.keys() | values.keys()]
        brief = [phrase for phrase in fitting if len(phrase.split()) <= BRIEF and not values]
        if brief and self.random.random() < self.style.short:
            fitting = brief
        self.last = self.random.choice([phrase for phrase in fitting if phrase != self.last] or fitting)
        return say(self.last, self.random, self.words | values)

    def small(self, phrase: str) -> Answer:
        return Answer(say(phrase, self.random, self.words))

    def keeps_to(self, said: str) -> Answer:
        """To a question that was answered before."""
        return Answer(self.phrase("again", short=self._within(said).rstrip("."), fact=said))

    def open(self) -> Answer:
        """The first answer."""
        opening = self.script.opening
        self.told += opening.facts
        answer = Answer(opening.say, opening.facts)
        talks = self.random.random() < self.style.further + 0.75
        if opening.facts and talks and len(opening.say.split()) < _LONG:
            further = self.freely(opening.facts[0], self.random.randint(2, 4))
            text = " ".join([opening.say, *(fact.told for fact in further)])
            answer = Answer(text, (*opening.facts, *(fact.id for fact in further)))
        return answer

    def freely(self, root: str, most: int, *, offers: bool = True, like: str | None = None) -> list[Fact]:
        """Details of a thing that were not told yet, and what the patient `offers` without being asked.

        Those of the topic that they are `like` come first.
        """
        near = [fact for fact in self.script.facts if (fact.about == root or (offers and fact.tell == "volunteer"))
                and fact.id not in self.told and fact.polarity == "present"
                and self.script.lock_of(fact) is None]  # fmt: skip
        found = sorted(self.random.sample(near, len(near)), key=lambda fact: fact.topic != like)[:most]
        self.told += [fact.id for fact in found]
        return found

    def tell(self, fact: Fact) -> Answer:
        """An answer to a question for one fact; in other words where it was told before."""
        again = fact.id in self.told
        short = _short(fact)
        text = fact.told
        if again and short and self.random.random() < 0.5:
            text = self.phrase("again", short=short, fact=fact.told)
        elif short and self.random.random() < self.style.short:
            vague = self.script.persona.recall == "poor" and self.random.random() < 0.3
            text = self.phrase("about", short=short) if vague else _sentence(short)
        elif self.random.random() < self.style.thinks:
            text = self.phrase("think", fact=text)
        return self._also(Answer(text, (fact.id,)))

    def yes(self, fact: Fact) -> Answer:
        """To a question whether a fact is so."""
        chance = self.random.random()
        lead = self.phrase("yes")
        if chance < 0.6 * self.style.short:
            self.told.append(fact.id)
            return Answer(lead, (fact.id,))
        return self._also(Answer(f"{lead} {fact.told}" if chance < 0.8 else fact.told, (fact.id,)))

    def no(self, fact: Fact | None = None) -> Answer:
        """To a question for something that is not so: denied by a fact, or not in the script."""
        facts = (fact.id,) if fact else ()
        self.told += facts
        chance = self.random.random()
        if fact and chance > 0.55 + 0.3 * self.style.short:
            return Answer(fact.told if chance < 0.85 else f"{self.phrase('no')} {fact.told}", facts)
        return Answer(self.phrase("no_more" if chance < 0.15 else "no"), facts)

    def all(self, facts: Sequence[Fact]) -> Answer:
        """To a question for a list: what is on it, or the first of it."""
        facts = list(facts)[:MOST_OF_A_LIST]
        texts = [facts[0].told]
        for fact in facts[1:]:
            plain = _LEAD.match(fact.told) or self.random.random() < 0.4
            texts.append(fact.told if plain else self.phrase("list_more", fact=self._within(fact.told)))
        self.told += [fact.id for fact in facts]
        return Answer(" ".join(texts), tuple(fact.id for fact in facts))

    def corrects(self, fact: Fact) -> Answer:
        self.told.append(fact.id)
        return Answer(self.phrase("correct", fact=fact.told), (fact.id,))

    def confirms(self, fact: Fact) -> Answer:
        self.told.append(fact.id)
        return Answer(self.phrase("confirm"), (fact.id,))

    def _within(self, sentence: str) -> str:
        """A sentence as it stands after "and": a name keeps its capital, a word that only begins it does not."""
        first = re.match(r"[\w']+", sentence)
        keeps = first and (first[0].split("'")[0] == "I" or first[0].isupper() or first[0] in self.names)
        return sentence if keeps else sentence[0].lower() + sentence[1:]

    def _also(self, answer: Answer) -> Answer:
        """With a detail of the same thing that was not asked for, as some people do."""
        self.told += answer.facts
        fact = self.script.fact(answer.facts[0])
        if self.random.random() >= self.style.further:
            return answer
        most = self.random.randint(1, self.style.most_further)
        further = self.freely(fact.about or fact.id, most, offers=False, like=fact.topic)
        text = " ".join([answer.text, *(other.told for other in further)])
        return Answer(text, (*answer.facts, *(other.id for other in further)))


def _short(fact: Fact) -> str | None:
    """The value alone, where that answers a question for the fact and it is not told vaguely."""
    alone = fact.topic in _ALONE or bool(quantities(fact.accept[0] if fact.accept else ""))
    return fact.accept[0] if fact.accept and fact.about and alone and fact.told == fact.say else None


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}".rstrip(".") + "."
