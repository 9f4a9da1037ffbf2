"""One visitor's comparison: the same questions to two or three models, and what each has answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from markupsafe import Markup

from medsim.dialogue import doctor, patient
from medsim.errors import MedSimError
from medsim.script import PatientScript
from space import page
from space.chips import Scores
from space.interview import Interview, checked_question
from space.models import Model, Models

FEWEST, MOST = 2, 3
MAX_TURNS = 100
ENDED = 4  # steps without a new word: no character has more tokens, so the reply has ended, or almost surely


class Turn(NamedTuple):
    """A question and each model's reply; "" where none has come."""

    question: str
    replies: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """The turns with one patient, played by `models`; each model has an interview of its own.

    `running` holds from a question until its replies are settled: complete, stopped or given up.
    """

    script: PatientScript
    models: tuple[Model, ...] = ()
    turns: tuple[Turn, ...] = ()
    running: bool = False
    idle: tuple[int, ...] = ()  # for each reply to the last question, the steps in which it has not grown
    scores: Scores = field(default_factory=Scores, compare=False, repr=False)

    def asked(self, question: str, models: Sequence[Model]) -> Self:
        """With the doctor's next words; other models than before begin a new interview. Raises MedSimError."""
        turns = self.settled().turns if tuple(models) == self.models else ()
        if len(turns) >= MAX_TURNS:
            raise MedSimError(f"This interview has {MAX_TURNS} questions, and no more fit. Begin a new one.")
        turn = Turn(checked_question(question), ("",) * len(models))
        return replace(self, models=tuple(models), turns=(*turns, turn), running=True, idle=(0,) * len(models))

    def interviews(self) -> list[Interview]:
        """Each model's own interview, up to the last question. A question that it did not answer is not in it."""
        return [Interview(self.script, self._dialogue(index)) for index in range(len(self.models))]

    def _dialogue(self, index: int) -> tuple:
        answered = [turn for turn in self.turns[:-1] if turn.replies[index]]
        pairs = [message for turn in answered for message in (doctor(turn.question), patient(turn.replies[index]))]
        return (*pairs, doctor(self.turns[-1].question))

    def answered(self, interviews: Sequence[Interview]) -> Self:
        """With what each model has said so far to the last question."""
        said = tuple("" if interview.unanswered else interview.dialogue[-1].content for interview in interviews)
        before = self.turns[-1].replies
        idle = tuple(
            steps + 1 if text and text == earlier else 0
            for text, earlier, steps in zip(said, before, self.idle, strict=True)
        )
        return replace(self, turns=(*self.turns[:-1], self.turns[-1]._replace(replies=said)), idle=idle)

    @property
    def unanswered(self) -> str | None:
        """The last question, when nobody has answered it."""
        return self.turns[-1].question if self.turns and not any(self.turns[-1].replies) else None

    def settled(self) -> Self:
        """Ready for the next question; one that nobody has answered is left out."""
        return replace(self, turns=self.turns[:-1] if self.unanswered else self.turns, running=False)

    def html(self, examiner: bool, first: int = 0) -> Markup:
        """The turns from `first` on, one below the other, the replies of each beside each other."""
        if not self.turns:
            return Markup('<div class="empty">Choose two or three, then ask one question.</div>')
        last = len(self.turns) - 1
        return page.join(
            self._turn(index, examiner, self.running and index == last) for index in range(first, len(self.turns))
        )

    def _turn(self, index: int, examiner: bool, running: bool) -> Markup:
        turn = self.turns[index]
        answers = page.join(self._answer(index, number, examiner, running) for number in range(len(turn.replies)))
        return Markup(
            '<section class="turn"><div class="q"><span class="muted">You:</span> {}</div><div class="answers">{}</div>'
            "</section>"
        ).format(turn.question, answers)

    def _answer(self, index: int, number: int, examiner: bool, running: bool) -> Markup:
        reply = self.turns[index].replies[number]
        upto = replace(self, turns=self.turns[: index + 1])
        typing = running and self.idle[number] < ENDED
        scores = self.scores.chips(self.script, upto._dialogue(number), reply) if examiner and reply else ""
        return Markup('<div><div class="eyebrow">{}</div><p{}>{}</p>{}</div>').format(
            self.models[number].label, Markup(' class="typing"') if typing else "", reply, scores
        )


def chosen_models(models: Models, names: Sequence[str] | None, may_load: bool) -> list[Model]:
    """The models of a form's names. Raises MedSimError for too few, too many or unknown ones."""
    names = list(dict.fromkeys(names or []))
    if not FEWEST <= len(names) <= MOST:
        raise MedSimError(f"Choose {FEWEST} or {MOST} who answer. You have chosen {len(names)}.")
    return [models.find(name, may_load) for name in names]
