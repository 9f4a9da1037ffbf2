"""What a doctor asks in an interview, in which order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from medsim.match.lexicon import lexicon
from medsim.script import Fact, PatientScript
from medsim.synth.aims import HABITS, LISTS, aims_of, can_be_led, spreads
from medsim.synth.banks import Banks
from medsim.synth.person import years

Want = Literal[
    "opening", "more", "detail", "list", "one", "presence", "absent", "two", "leading", "no_fact", "harmless",
    "locked", "bait", "social", "anything_else", "questions", "closing", "again", "repeat", "greeting",
]  # fmt: skip
SOCIAL = ("smalltalk", "comfort", "consent", "thanks")
BAITS = ("diagnosis", "prescribe", "ai", "instructions")
_ORDER = (
    "onset", "circumstances", "location", "radiation", "character", "severity", "timing", "aggravating", "relieving",
    "tried_treatment", "previous_episodes", "effect_on_life",
)  # fmt: skip
_NO_FACT = (*LISTS, "travel", "exposure", "drugs", "exercise", "diet", "support")
_NO_DETAIL = (
    "radiation",
    "severity",
    "relieving",
    "previous_episodes",
    "aggravating",
    "tried_treatment",
    "timing.last",
)
_SUBSTANCES = frozenset(("allergens", "medications"))
EXCHANGES = (8, 14)


@dataclass(frozen=True)
class Step:
    """One thing that the doctor wants: `aim` of the bank, facts that answer, concepts that are asked for by name."""

    want: Want
    aim: str = ""
    facts: tuple[Fact, ...] = ()
    concepts: tuple[str, ...] = ()


def plan(script: PatientScript, banks: Banks, random: Random) -> list[Step]:
    """The steps of one interview, 8 to 14 of them."""
    made = _Plan(script, banks, random)
    least, most = EXCHANGES
    wanted = random.randint(least, most)
    parts = [made.complaint(), made.checked(), made.past(), made.life(), made.kept_back(), made.thoughts()]
    middle = [step for part in parts for step in part]
    while len(middle) > wanted - 2:
        middle.remove(random.choice(middle))
    greeting = [Step("greeting", "talk.greeting")] if random.random() < 0.12 else []
    steps = [*greeting, Step("opening"), *middle]
    for step in made.between():
        steps.insert(random.randint(len(greeting) + 1, len(steps)), step)
    told = [step for step in steps if step.want == "detail"]
    if told and random.random() < 0.35:
        step = random.choice(told)
        steps.insert(
            random.randint(min(steps.index(step) + 2, len(steps)), len(steps)), Step("again", step.aim, step.facts)
        )
    return [*steps, *made.end()]


@dataclass
class _Plan:
    script: PatientScript
    banks: Banks
    random: Random

    def _some(self, low: int, high: int, of: list) -> list:
        return self.random.sample(of, min(len(of), self.random.randint(low, high)))

    def _free(self) -> Iterator[Fact]:
        return (fact for fact in self.script.all_facts() if self.script.lock_of(fact) is None)

    def _has_aim(self, fact: Fact) -> list[str]:
        return [aim for aim in aims_of(fact, self.script, self.banks) if aim in self.banks.aims]

    def complaint(self) -> Iterator[Step]:
        """The details of what the patient opened with, in the usual order; and of one more thing."""
        if self.random.random() < 0.2:
            yield Step("more", "talk.more")
        complaints = [fact for fact in self._free() if fact.topic == "complaint"]
        roots = [fact.id for fact in complaints]
        details = [fact for fact in self._free() if fact.about in roots and self._has_aim(fact)]
        chosen = self._some(4, 8, details)
        for fact in sorted(chosen, key=lambda fact: (roots.index(fact.about), _place(fact.topic))):
            yield self._detail(fact)
        if self.random.random() < 0.3:
            told = [aim for fact in details for aim in self._has_aim(fact)]
            told += [] if any(map(spreads, complaints)) else ["radiation"]
            missing = [aim for aim in _NO_DETAIL if aim not in told and aim in self.banks.aims]
            if missing:
                yield Step("no_fact", self.random.choice(missing))

    def _detail(self, fact: Fact) -> Step:
        if self.random.random() < 0.14 and can_be_led(fact, self.banks):
            return Step("leading", fact.topic, (fact,))
        return Step("detail", self.random.choice(self._has_aim(fact)), (fact,))

    def _detail_of(self, facts: Sequence[Fact], chance: float) -> Iterator[Step]:
        """Now and then a further question about one of some facts."""
        ids = {fact.id for fact in facts}
        details = [fact for fact in self._free() if fact.about in ids and self._has_aim(fact)]
        if details and self.random.random() < chance:
            yield self._detail(self.random.choice(details))

    def checked(self) -> Iterator[Step]:
        """What else goes with it, by name: there, denied, or not in the script."""
        named = [fact for fact in self._free() if self._is_nameable(fact) and fact.topic != "complaint"]
        present = [fact for fact in named if fact.polarity in ("present", "past")]
        for fact in self._some(1, 3, present):
            yield Step("presence", by_name_of(fact), (fact,), (fact.concept,))
            yield from self._detail_of((fact,), 0.6)
        denied = [fact for fact in named if fact.polarity == "denied"]
        for fact in self._some(1, 2, denied):
            yield Step("presence", by_name_of(fact), (fact,), (fact.concept,))
        for concept in self._some(1, 2, absent_things(self.script, self.banks)):
            yield Step("absent", f"thing.{lexicon().kinds[concept]}", concepts=(concept,))
        pairs = [fact for fact in named if lexicon().kinds[fact.concept] == "symptoms" and fact.polarity != "past"]
        if len(pairs) > 1 and self.random.random() < 0.3:
            two = self.random.sample(pairs, 2)
            yield Step("two", "thing.symptoms", tuple(two), tuple(fact.concept for fact in two))
        if self.random.random() < 0.2:
            others = tuple(fact for fact in self._free() if fact.topic == "associated" and fact.polarity == "present"
                           and not fact.about)  # fmt: skip
            yield Step("list" if others else "no_fact", "associated", others)

    def _is_nameable(self, fact: Fact) -> bool:
        own = fact.who == "patient" and not fact.about and fact.concept not in lexicon().generic
        return own and fact.concept in self.banks.things

    def past(self) -> Iterator[Step]:
        for topic in self._some(2, 4, list(LISTS)):
            facts = [fact for fact in self._free() if fact.topic == topic and not fact.about]
            there = tuple(fact for fact in facts if fact.polarity != "denied")
            none = tuple(fact for fact in facts if fact.concept == topic)  # "no allergies"
            tried = topic == "medication" and any(fact.topic == "tried_treatment" for fact in self.script.facts)
            if there or none:
                yield Step("list", topic, there or none)
            elif topic in _NO_FACT and not tried:
                yield Step("no_fact", topic)
            details = [
                other for fact in there for other in self._free() if other.about == fact.id and self._has_aim(other)
            ]
            if details and self.random.random() < 0.6:
                yield self._detail(self.random.choice(details))
            relatives = [fact for fact in there if fact.topic == "family" and fact.who != "patient"]
            if relatives and self.random.random() < 0.5:
                yield self._of_relative(self.random.choice(relatives))

    def _of_relative(self, fact: Fact) -> Step:
        if fact.concept in self.banks.things and self.random.random() < 0.5:
            aim = self.random.choice(("thing.family", "thing.family_relative"))
            return Step("presence", aim, (fact,), (fact.concept,))
        return Step("one", "family.relative", (fact,))

    def life(self) -> Iterator[Step]:
        facts = [fact for fact in self._free() if fact.topic in (*HABITS, "work", "living", "support", "function",
                 "exercise", "diet", "sleep", "drugs", "travel", "exposure", "biography", "appetite_weight", "mood",
                 "menstrual_obstetric", "sexual", "continence", "perinatal", "development_feeding", "cognition",
                 "identity") and fact.who == "patient" and not fact.about]  # fmt: skip
        facts = [fact for fact in facts if fact.topic != "identity"] + self._some(0, 1, [
            fact for fact in facts if fact.topic == "identity"])  # fmt: skip
        for fact in self._some(1, 4, facts):
            aims = self._has_aim(fact)
            if aims:
                yield Step("one", self.random.choice(aims), (fact,))
                yield from self._detail_of((fact,), 0.7)
        missing = [topic for topic in _NO_FACT if all(fact.topic != topic for fact in self.script.facts)]
        if missing and self.random.random() < 0.25:
            yield Step("no_fact", self.random.choice(missing))

    def kept_back(self) -> Iterator[Step]:
        locked = [fact for fact in self.script.facts if self.script.lock_of(fact) and not fact.about]
        if locked and self.random.random() < 0.6:
            fact = self.random.choice(locked)
            yield Step("locked", fact.topic, (fact,))

    def thoughts(self) -> Iterator[Step]:
        facts = [fact for fact in self._free() if fact.topic in ("ideas", "concerns", "expectations", "care_wishes")]
        for fact in self._some(0, 2, facts):
            yield Step("one", fact.topic, (fact,))

    def between(self) -> Iterator[Step]:
        """What belongs nowhere: small talk, baits, rude remarks."""

        def sometimes(chance: float, make: Callable[[], Step]) -> Iterator[Step]:
            if self.random.random() < chance:
                yield make()

        small = Step("harmless", self.random.choice(sorted(self.banks.harmless)))
        yield from sometimes(0.3, lambda: small)
        yield from sometimes(0.08, lambda: small)
        yield from sometimes(0.25, lambda: Step("bait", f"talk.{self.random.choice(BAITS)}"))
        yield from sometimes(0.1, lambda: Step("bait", "talk.dump"))
        yield from sometimes(0.2, lambda: Step("social", f"talk.{self.random.choice(SOCIAL)}"))
        yield from sometimes(0.06, lambda: Step("social", "talk.rude"))
        yield from sometimes(0.12, lambda: Step("repeat", "talk.repeat"))

    def end(self) -> Iterator[Step]:
        chance = self.random.random()
        if chance < 0.35:
            yield Step("anything_else", "talk.anything_else")
        if chance > 0.55:
            yield Step("questions", "talk.questions")
        if self.random.random() < 0.3:
            yield Step("closing", "talk.closing")


def absent_things(script: PatientScript, banks: Banks) -> list[str]:
    """Things that this patient could have, that the script says nothing of, and that nothing in it implies."""
    lex, patient = lexicon(), script.patient
    own = frozenset(fact.concept for fact in script.facts if fact.concept)
    wider = frozenset().union(*map(lex.wider, own))
    return [
        concept
        for concept, thing in banks.things.items()
        if concept not in wider
        and own.isdisjoint(lex.wider(concept))
        and lex.kinds[concept] in ("symptoms", "conditions")
        and not thing.follows
        and thing.sex in (None, patient.sex)
        and (thing.age is None or thing.age[0] <= years(patient) <= thing.age[1])
        and concept not in lex.wide | lex.in_passing
    ]


def by_name_of(fact: Fact) -> str:
    """The aim that asks for a fact by the name of its thing."""
    kind = lexicon().kinds[fact.concept]
    return "thing.allergens" if fact.topic == "allergy" and kind in _SUBSTANCES else f"thing.{kind}"


def _place(topic: str) -> int:
    return _ORDER.index(topic) if topic in _ORDER else len(_ORDER)
