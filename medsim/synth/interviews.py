"""Interviews about a script: a doctor of the bank asks, and the patient answers from the facts."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import NamedTuple

from medsim.cores import spread
from medsim.dialogue import Message, Record
from medsim.dialogue_lint import lint_turn
from medsim.heard import Heard
from medsim.script import Fact, PatientScript
from medsim.synth.banks import Banks, banks
from medsim.synth.doctors import KINDS, Doctor, Kind
from medsim.synth.foils import other_value
from medsim.synth.plans import Step, by_name_of, plan
from medsim.synth.speech import Answer, Speech

TRIES = 4  # for a step of an interview in which the lint finds nothing
_WORDINGS = 4  # tried for a question that the matcher must understand
_FALSE = 0.55  # of leading questions
# What is said where the script has no fact: by aim a kind of reply, otherwise that there is nothing to tell.
_NO_FACT = {
    **dict.fromkeys(("surgery", "hospital", "medication", "allergy", "travel", "exposure", "drugs", "associated",
                     "history", "family", "past_tests", "previous_episodes", "tried_treatment"), "none"),
    **dict.fromkeys(("severity", "timing.last", "immunisation"), "dont_know"),
    **{kind: kind for kind in ("diet", "exercise", "support")},
}  # fmt: skip
_ASKS_BACK = 0.04  # of questions for a detail


class Made(NamedTuple):
    """One interview, None where the lint passed no opening; and how often each of its findings made another try."""

    record: Record | None
    rejected: Counter[str]


def interviews(scripts: Sequence[PatientScript], count: int, seed: int) -> Iterator[Made]:
    """`count` interviews, as many with each script, made by all cores; the same for the same seed.

    Those with one script come one after the other: then it is read once.
    """
    places = sorted(range(count), key=lambda number: number % len(scripts))
    numbered = [(number, scripts[number % len(scripts)]) for number in places]
    return spread(partial(_made, seed=seed), numbered)


def _made(numbered: tuple[int, PatientScript], seed: int) -> Made:
    number, script = numbered
    return _Interview(script, banks(), Random(f"{seed}/{number}")).held(KINDS[number % len(KINDS)])


def cause(reason: str) -> str:
    """What kind of finding it is, without what was found."""
    return re.split(r"[:(\"]", reason)[0].strip().removesuffix(".")


class _Moment(NamedTuple):
    """How far an interview is, to go back to."""

    heard: Heard
    told: tuple[str, ...]
    root: str | None  # what was just spoken of
    small: dict[str, str]


@dataclass
class _Interview:
    script: PatientScript
    banks: Banks
    random: Random
    root: str | None = None
    found: list[str] = field(default_factory=list)  # by the lint, in the step that is tried
    small: dict[str, str] = field(default_factory=dict)  # by question of small talk, what was answered

    def held(self, kind: Kind) -> Made:
        """Step by step: what the lint finds fault with is said otherwise, and left out after some tries."""
        self.doctor = Doctor(kind, self.script, self.banks, self.random)
        self.patient = Speech(self.script, self.banks, self.random)
        self.heard = Heard(self.script)
        rejected = Counter[str]()
        for step in plan(self.script, self.banks, self.random):
            if not self._tried(step, rejected) and step.want == "opening":
                return Made(None, rejected)
        return Made(Record(self.script, self.heard.dialogue), rejected)

    def _tried(self, step: Step, rejected: Counter[str]) -> bool:
        before = _Moment(self.heard, tuple(self.patient.told), self.root, dict(self.small))
        for _ in range(TRIES):
            self.found = []
            getattr(self, f"_{step.want}")(step)
            if not self.found:
                return True
            rejected.update(self.found)
            self.heard, self.patient.told = before.heard, list(before.told)
            self.root, self.small = before.root, dict(before.small)
        return False

    def _exchange(self, question: str, answer: Answer) -> None:
        kind = self.doctor.kind.kind if len(self.heard.dialogue) > 2 else 0
        if self.random.random() < kind:
            question = f"{self.doctor.talk('comfort')} {question}"
        self._add(question, answer)

    def _add(self, question: str, answer: Answer) -> None:
        asked = self.heard.asked(Message(role="doctor", content=question))
        reply = Message(role="patient", content=answer.text, facts=tuple(dict.fromkeys(answer.facts)))
        turn = asked.turn(answer.text)
        self.found += [cause(reason) for _, reason, _ in lint_turn(turn, reply)]
        self.heard = asked.answered(reply, turn)

    def _about(self, fact: Fact) -> Fact | None:
        return self.script.fact(fact.about) if fact.about else None

    def _question(self, step: Step) -> str:
        fact = step.facts[0]
        about = self._about(fact)
        spoken_of = about is not None and about.id == self.root
        self.root = about.id if about else fact.id
        values = {"relative": fact.who.replace("_", " ")}
        if about and about.concept in self.banks.things:
            values["thing"] = self.banks.things[about.concept].any[0]
        elif about:
            values["thing"] = "that"
        return self.doctor.ask(step.aim, about=about, spoken_of=spoken_of, **values)

    def _greeting(self, step: Step) -> None:
        self._add(self.doctor.ask(step.aim), Answer(self.patient.phrase("greet")))

    def _repeat(self, step: Step) -> None:
        """Asks once more for what was just told."""
        facts = self.heard.dialogue[-1].facts
        fact = self.script.fact(facts[0]) if facts else None
        if fact and fact.about and self.script.lock_of(fact) is None:
            self._add(self.doctor.ask(step.aim), self.patient.tell(fact))

    def _opening(self, step: Step) -> None:
        greeting = f"{self.doctor.talk('greeting')} " if not self.heard.dialogue and self.random.random() < 0.5 else ""
        self.root = next(iter(self.script.opening.facts), None)
        self._add(greeting + self.doctor.talk("opening"), self.patient.open())

    def _more(self, step: Step) -> None:
        question = self.doctor.talk("more")
        facts = self.patient.freely(self.root, self.random.randint(1, 3)) if self.root else []
        self._add(question, self.patient.all(facts) if facts else Answer(self.patient.phrase("more_none")))

    def _detail(self, step: Step) -> None:
        """Not in words that the matcher reads as a question for another fact of the topic."""
        fact = step.facts[0]
        near = {other.id for other in self.script.facts if other.topic == fact.topic and other is not fact}
        question = self._worded(step, lambda asked: fact.id in asked or near.isdisjoint(asked))
        if self.random.random() < _ASKS_BACK:
            self._add(question, Answer(self.patient.phrase("ask_back")))
            question = self._question(step)
        self._exchange(question, self.patient.tell(fact))

    _again = _detail

    def _one(self, step: Step) -> None:
        """A topic has questions that are not for every fact of it: those that the matcher reads so come first."""
        fact = step.facts[0]
        self._exchange(self._worded(step, lambda asked: fact.id in asked), self.patient.tell(fact))

    def _worded(self, step: Step, fits: Callable[[Collection[str]], bool]) -> str:
        """A question for a step of which the facts that it asks for fit, if one is found."""
        for _ in range(_WORDINGS):
            question = self._question(step)
            if fits(self._asked(question)):
                break
        return question

    def _asked(self, question: str) -> Collection[str]:
        return self.heard.asked(Message(role="doctor", content=question)).ask.facts

    def _list(self, step: Step) -> None:
        denied = step.facts[0].polarity == "denied"
        answer = self.patient.no(step.facts[0]) if denied else self.patient.all(step.facts)
        self._exchange(self.doctor.ask(step.aim), answer)

    def _presence(self, step: Step) -> None:
        fact = step.facts[0]
        self.root = fact.id
        answer = self.patient.no(fact) if fact.polarity == "denied" else self.patient.yes(fact)
        relative = fact.who.replace("_", " ")
        self._exchange(self.doctor.presence(step.aim, step.concepts, relative=relative), answer)

    def _absent(self, step: Step) -> None:
        self._exchange(self.doctor.presence(step.aim, step.concepts), self.patient.no())

    def _two(self, step: Step) -> None:
        question = self.doctor.presence(step.aim, step.concepts)
        there = [fact for fact in step.facts if fact.polarity != "denied"]
        denied = [fact for fact in step.facts if fact.polarity == "denied"]
        if not there:
            self._exchange(question, Answer(self.patient.phrase("no"), tuple(fact.id for fact in denied)))
            return
        said = " ".join(fact.told for fact in (*there, *denied))
        self._exchange(question, Answer(said, tuple(fact.id for fact in (*there, *denied))))

    def _leading(self, step: Step) -> None:
        fact = step.facts[0]
        value, other = fact.accept[0], other_value(fact, self.random)
        false = other is not None and self.random.random() < _FALSE
        phrase = self.random.choice(self.banks.statements.statements[fact.topic])
        about = self._about(fact)
        statement = self.doctor.fill(phrase, about=about, value=other if false else value)
        question = self.doctor.leads(statement)
        self.root = fact.about or fact.id
        self._exchange(question, self.patient.corrects(fact) if false else self.patient.confirms(fact))

    def _no_fact(self, step: Step) -> None:
        answer = Answer(self.patient.phrase(_NO_FACT.get(step.aim, "not_there")))
        about = self.script.fact(self.root) if self.root else None
        self._exchange(
            self.doctor.ask(step.aim, about=about, spoken_of=True),
            answer,
        )

    def _harmless(self, step: Step) -> None:
        """Small talk that no script speaks of; asked again, the patient keeps to what they said."""
        small = self.banks.harmless[step.aim]
        before = self.small.get(step.aim)
        answer = self.patient.keeps_to(before) if before else self.patient.small(self.random.choice(small.answers))
        self._add(self.doctor.chats(small), answer)
        self.small.setdefault(step.aim, answer.text)

    def _locked(self, step: Step) -> None:
        """Asked plainly, then with care: the cover until the lock opens, then the fact."""
        fact = step.facts[0]
        lock = self.script.locks[self.script.lock_of(fact)]
        for care in (False, True) if self.random.random() < 0.6 else (True,):
            question = self._understood(fact, care=care)
            if question is None:
                return
            if fact.id in self.heard.asked(Message(role="doctor", content=question)).opened:
                self.patient.told.append(fact.id)
                lead = f"{self.patient.phrase('relieved')} " if self.random.random() < 0.25 else ""
                self._add(question, Answer(lead + fact.told, (fact.id,)))
                return
            self._add(question, Answer(lock.cover))

    def _understood(self, fact: Fact, *, care: bool) -> str | None:
        """A question that the matcher reads as one for a fact: what opens a lock must not be in doubt."""
        aims = [aim for aim in self.banks.aims if aim == fact.topic or aim.startswith(f"{fact.topic}.")]
        for _ in range(_WORDINGS if aims or fact.concept in self.banks.things else 0):
            by_name = fact.concept in self.banks.things and (not aims or self.random.random() < 0.5)
            if by_name:
                question = self.doctor.presence(by_name_of(fact), [fact.concept])
            else:
                question = self.doctor.ask(self.random.choice(aims), about=self._about(fact), relative=fact.who,
                                           thing="that")  # fmt: skip
            question = f"{self.doctor.talk('care')} {question}" if care else question
            if fact.id in self._asked(question):
                return question
        return None

    def _bait(self, step: Step) -> None:
        fact = self.script.fact(self.script.opening.facts[0]) if self.script.opening.facts else None
        values = {"fact": fact.told} if fact else {}
        text = self.patient.phrase(step.aim.removeprefix("talk."), **values)
        stated = (fact.id,) if fact and fact.told in text else ()
        self._add(self.doctor.ask(step.aim), Answer(text, stated))

    def _social(self, step: Step) -> None:
        self._add(self.doctor.ask(step.aim), Answer(self.patient.phrase(step.aim.removeprefix("talk."))))

    def _anything_else(self, step: Step) -> None:
        self._add(self.doctor.ask(step.aim), self._own_question(0.35, "more_none"))

    def _questions(self, step: Step) -> None:
        self._add(self.doctor.ask(step.aim), self._own_question(0.5, "questions_none"))

    def _own_question(self, chance: float, otherwise: str) -> Answer:
        asks = self.script.asks
        own = bool(asks) and self.random.random() < chance
        return Answer(self.random.choice(asks) if own else self.patient.phrase(otherwise))

    def _closing(self, step: Step) -> None:
        self._add(self.doctor.ask(step.aim), Answer(self.patient.phrase("closing")))
