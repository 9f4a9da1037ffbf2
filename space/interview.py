"""One visitor's interview: its turns, and a reply that grows while it is streamed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from medsim.dialogue import MAX_TURNS, Dialogue, Message, Record, doctor, patient
from medsim.errors import MedSimError
from medsim.schema import MAX_TEXT
from medsim.script import PatientScript
from space.chips import Scores

MAX_QUESTION = 600  # characters


@dataclass(frozen=True)
class Interview:
    """The turns with one patient. It ends with the doctor while a reply is awaited or has failed to come.

    `running` holds from a question until its reply is settled: complete, stopped or given up.
    """

    script: PatientScript
    dialogue: tuple[Message, ...] = ()
    running: bool = False
    scores: Scores = field(default_factory=Scores, compare=False, repr=False)

    @property
    def unanswered(self) -> str | None:
        """The question that has no answer yet."""
        return self.dialogue[-1].content if self.dialogue and self.dialogue[-1].role == "doctor" else None

    def asked(self, question: str) -> Self:
        """With the doctor's next words; a question that got no answer is left out. Raises MedSimError."""
        answered = self.settled()
        if len(answered.dialogue) + 2 > MAX_TURNS:
            raise MedSimError(f"This interview has {MAX_TURNS // 2} questions, and no more fit. Begin a new one.")
        return replace(self, dialogue=(*answered.dialogue, doctor(checked_question(question))), running=True)

    def answered(self, text: str) -> Self:
        """With what the patient has said so far to the last question; nothing yet changes nothing."""
        said = text.strip()[:MAX_TEXT]
        turns = self.dialogue if self.unanswered else self.dialogue[:-1]
        return replace(self, dialogue=(*turns, patient(said)) if said else turns)

    def settled(self) -> Self:
        """Ready for the next question; one that got no answer is left out."""
        return replace(self, dialogue=self.dialogue[:-1] if self.unanswered else self.dialogue, running=False)

    def replies(self) -> Iterator[tuple[int, Dialogue, str]]:
        """Each turn of the patient: its index, the dialogue before it (it ends with the doctor), its words."""
        for index, message in enumerate(self.dialogue):
            if message.role == "patient":
                yield index, self.dialogue[:index], message.content


def transcript(interview: Interview | None) -> dict[str, str]:
    """The interview as a file in the training format. Raises MedSimError when nothing was said yet."""
    dialogue = interview.settled().dialogue if interview else ()
    if not dialogue:
        raise MedSimError("There is nothing to download yet. Ask a question first.")
    line = json.dumps(Record(interview.script, dialogue).dump(), ensure_ascii=False)
    return {"name": f"{interview.script.id}.jsonl", "text": line + "\n"}


def checked_question(text: str | None) -> str:
    """The doctor's words. Raises MedSimError when there are none, or too many."""
    question = (text or "").strip()
    if not question:
        raise MedSimError("Write a question first.")
    if len(question) > MAX_QUESTION:
        raise MedSimError(f"Your question is longer than {MAX_QUESTION} characters. Shorten it.")
    return question
