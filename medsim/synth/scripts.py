"""Patient scripts sampled from the knowledge base."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random

from medsim.cores import spread
from medsim.errors import MedSimError
from medsim.files import field_name
from medsim.match.lexicon import lexicon
from medsim.match.text import word_set
from medsim.schema import did_you_mean
from medsim.script import PatientScript
from medsim.script_lint import lint
from medsim.synth.encounter import TASKS, for_examiner, vitals
from medsim.synth.grammar import fill, say
from medsim.synth.knowledge import Knowledge, knowledge
from medsim.synth.numbers import in_words
from medsim.synth.people import Person, person
from medsim.synth.templates import Bundle, Condition, FactTemplate

FACTS = (24, 32)  # before denials; a condition with its least of a life may have more
DENIALS = (6, 9)
TRIES = 20  # for a script that passes the check
_FIRST_DAY = date(2025, 1, 6)
_DAYS = 700
# Topics of which a patient has several facts; of any other a shared fact gives way to one of the condition.
_SEVERAL = word_set(
    "history medication allergy family associated surgery hospital biography immunisation past_tests other ideas "
    "concerns expectations exposure travel tried_treatment"
)
_COLOURED = {"chatty": 0.4, "anxious": 0.25, "pleasing": 0.25, "plain": 0.12, "irritable": 0.1, "distrustful": 0.1}


def scripts(count: int, seed: int, names: Sequence[str] = ()) -> Iterator[PatientScript]:
    """`count` different patients of all conditions, or of those named; the same for the same seed.

    Raises MedSimError for a condition that does not exist.
    """
    known = knowledge()
    for name in names:
        if name not in known.conditions:
            cure = did_you_mean(name, known.conditions) or f"There are: {', '.join(known.conditions)}."
            raise MedSimError(f"There is no condition '{name}'. {cure}")
    chosen = sorted(names or known.conditions)
    numbered = [(number, chosen[number % len(chosen)]) for number in range(count)]
    return spread(partial(_made, seed=seed), numbered)


def _made(numbered: tuple[int, str], seed: int) -> PatientScript:
    number, name = numbered
    known = knowledge()
    return _script(known, known.conditions[name], Random(f"{seed}/{number}"), number)


def _script(known: Knowledge, condition: Condition, random: Random, number: int) -> PatientScript:
    for _ in range(TRIES):
        made = _Draft(known, condition, random, person(known.people, condition, random)).script(number)
        found = lint(made)
        if not found:
            return made
    path, reason, cure = found[0]
    raise MedSimError(f"{condition.name}: no patient passes the check: {field_name(path)}: {reason} {cure}")


@dataclass
class _Draft:
    """A patient in the making."""

    known: Knowledge
    condition: Condition
    random: Random
    who: Person
    values: dict[str, str] = field(default_factory=dict)
    facts: list[dict] = field(default_factory=list)
    locks: dict[str, dict] = field(default_factory=dict)
    occupation: str | None = None
    apart: set[str] = field(default_factory=set)  # ids and topics that what was taken cannot go with

    def script(self, number: int) -> PatientScript:
        condition, random, who = self.condition, self.random, self.who
        self.values = {**who.words, **self._drawn(condition.values)}
        self._add(condition.facts)
        for bundle in self._bundles():
            self._add(bundle.facts)
            self.occupation = bundle.occupation or self.occupation
        self._deny()
        complaint = random.choice(condition.door)
        time = f"{random.randrange(8, 18):02}:{random.randrange(0, 60, 5):02}"
        today = _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
        slug = re.sub(r"[^a-z0-9]+", "-", f"{who.name} {complaint}".lower()).strip("-")
        asks = [self._say(phrase) for phrase in random.sample(condition.asks, min(2, len(condition.asks)))]
        return PatientScript.model_validate({
            "schema": 1,
            "id": f"{slug}-{number}",
            "specialty": condition.specialty,
            "door": {
                "when": f"{today:%A} {today.day} {today:%B}, {time}",
                "setting": random.choice(condition.settings),
                "complaint": complaint,
                "vitals": vitals(condition.vitals, random),
                "task": random.choice(condition.tasks or TASKS),
            },
            "patient": {
                "name": who.name, "age": f"{who.age} {condition.unit}", "born": who.born(today, condition.unit),
                "sex": who.sex, "occupation": self.occupation,
            },
            "speaker": {"relation": who.relation, "name": who.speaker},
            "persona": who.persona,
            "opening": {"say": self._say(random.choice(condition.opening)), "facts": self._opened()},
            "facts": self.facts,
            "locks": self.locks,
            "asks": asks,
            "for_examiner": for_examiner(condition, {fact["id"] for fact in self.facts}),
        })  # fmt: skip

    def _opened(self) -> list[str]:
        ids = {fact["id"] for fact in self.facts}
        return [name for name in self.condition.opens_with if name in ids]

    def _drawn(self, values: Mapping[str, Sequence[str] | str]) -> dict[str, str]:
        return {name: self._value(choices) for name, choices in values.items()}

    def _value(self, choices: Sequence[str] | str) -> str:
        if isinstance(choices, str):
            low, _, high = choices.partition("..")
            return in_words(self.random.randint(int(low), int(high)))
        return fill(self.random.choice(choices), self.random, self.values)

    def _say(self, phrase: str) -> str:
        return say(phrase, self.random, self.values)

    def _add(self, templates: Iterable[FactTemplate]) -> None:
        """The facts of templates: those whose chance comes, one of each group, no detail without its fact."""
        templates = [template for template in templates if self._is_for(template.sex, template.age)]
        groups: dict[str, list[FactTemplate]] = {}
        for template in templates:
            groups.setdefault(template.group or template.id, []).append(template)
        taken = {name: self.random.choice(group) for name, group in groups.items()}
        ids = {fact["id"] for fact in self.facts}
        for template in templates:
            if taken[template.group or template.id] is not template or self.random.random() >= template.chance:
                continue
            if template.about and template.about not in ids:
                continue
            ids.add(template.id)
            self.facts.append(self._fact(template))

    def _fact(self, template: FactTemplate) -> dict:
        outer = self.values
        self.values = outer | self._drawn(template.values)
        said = self._coloured(self._say(self.random.choice(template.say)))
        fact = template.model_dump(
            include={"id", "topic", "about", "who", "concept", "polarity", "tell"}, exclude_defaults=True
        ) | {"say": said}
        if template.accept:
            fact["accept"] = [fill(phrase, self.random, self.values) for phrase in template.accept]
        if template.vague and self.who.persona["recall"] == "poor":
            fact |= {"recall": "vague", "vague": self._say(self.random.choice(template.vague))}
        if template.lock:
            name = template.topic.replace("_", "-")
            cover = self._say(self.random.choice(template.lock.cover))
            self.locks.setdefault(name, {"unlock": template.lock.unlock, "cover": cover})
            fact["lock"] = name
        self.values = outer
        return fact

    def _coloured(self, text: str) -> str:
        """With what this voice puts before or after a sentence, now and then."""
        voice = self.who.voice
        if self.random.random() >= _COLOURED.get(self.who.persona["style"], 0):
            return text
        if voice.tails and (not voice.leads or self.random.random() < 0.5) and text[-1] == ".":
            return f"{text[:-1]}, {self.random.choice(voice.tails)}."
        if not voice.leads:
            return text
        first = re.match(r"\w+", text)
        keeps = first and (
            first[0] == "I" or (len(first[0]) > 1 and first[0].isupper()) or first[0] in self.known.names
        )
        return f"{self.random.choice(voice.leads)}, {text if keeps else text[0].lower() + text[1:]}"

    def _bundles(self) -> Iterator[Bundle]:
        """What this life has: of every pool its least, and more of them in any order while there is room."""
        drawn = [name for name, pool in self.known.pools.items() for _ in range(int(pool.draw[0]))]
        more = [name for name, pool in self.known.pools.items() for _ in range(int(pool.draw[1] - pool.draw[0]))]
        self.random.shuffle(more)
        room = self.random.randint(*FACTS)
        left = {name: [bundle for bundle in pool.bundles if self._fits(bundle)]
                for name, pool in self.known.pools.items()}  # fmt: skip
        for number, name in enumerate([*drawn, *more]):
            if number >= len(drawn) and len(self.facts) >= room:
                return
            if left[name]:
                bundle = self.random.choices(left[name], [bundle.weight for bundle in left[name]])[0]
                left[name].remove(bundle)
                if not self._clashes(bundle):
                    self.apart.update(bundle.not_with)
                    yield bundle

    def _fits(self, bundle: Bundle) -> bool:
        speaks = "self" if self.who.relation == "self" else "other"
        return self._is_for(bundle.sex, bundle.age) and bundle.speaks in (None, speaks)

    def _is_for(self, sex: str | None, age: tuple[float, float] | None) -> bool:
        return sex in (None, self.who.sex) and (age is None or age[0] <= self.who.years <= age[1])

    def _clashes(self, bundle: Bundle) -> bool:
        """Whether a bundle speaks of what the patient already has, or cannot have."""
        related = lexicon().related
        ids, topics = {fact["id"] for fact in self.facts}, {fact["topic"] for fact in self.facts}
        names = {name for fact in bundle.facts for name in (fact.id, fact.topic)}
        if not (ids | topics).isdisjoint(bundle.not_with) or not names.isdisjoint(self.apart):
            return True
        concepts = [(fact.get("who", "patient"), fact["concept"]) for fact in self.facts if fact.get("concept")]
        concepts += [("patient", concept) for concept in (*self.condition.without, *self.condition.denied)]
        for fact in bundle.facts:
            if fact.id in ids or (fact.topic in topics - _SEVERAL and not fact.about):
                return True
            if fact.concept and any(fact.who == who and related(fact.concept, other) for who, other in concepts):
                return True
        return False

    def _deny(self) -> None:
        related = lexicon().related
        own = [fact["concept"] for fact in self.facts if "concept" in fact and "who" not in fact]
        able = [concept for concept in self.condition.denied if not any(related(concept, other) for other in own)]
        for concept in self.random.sample(able, min(len(able), self.random.randint(*DENIALS))):
            denial = self.known.denials[concept]
            name = f"no-{concept.replace('_', '-')}"
            said = self._coloured(self._say(self.random.choice(denial.say)))
            fact = {"id": name, "topic": denial.topic, "concept": concept, "polarity": "denied", "say": said}
            self.facts.append(fact)
