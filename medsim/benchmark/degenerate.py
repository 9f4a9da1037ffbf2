"""Patients that no metric may take for good ones: each would please a careless metric."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from medsim.dialogue import SILENCE, Dialogue, Message, Script
from medsim.match.text import content_stems, tokens
from medsim.sampling import Sampling
from medsim.schema import MAX_TEXT
from medsim.script import PatientScript
from medsim.scripted import answer

if TYPE_CHECKING:
    from medsim.patients import Item, OnReply

Answer = Callable[[Script, Dialogue], str]


class AnsweringPatient:
    """A patient whose replies a function gives. Needs no model; `sampling` changes nothing."""

    def __init__(self, answer: Answer):
        self._answer = answer

    def stream(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Iterator[str]:
        yield self._answer(script, dialogue)

    def batch(self, items: "Sequence[Item]", sampling: Sampling, on_reply: "OnReply | None" = None) -> list[str]:
        replies = [self._answer(*item) for item in items]
        for index, reply in enumerate(replies):
            if on_reply:
                on_reply(index, reply)
        return replies


def degenerates(scripts: Sequence[PatientScript]) -> Mapping[str, AnsweringPatient]:
    """One of each kind, by name. `scripts`: those of the benchmark, for the one who answers as another patient."""
    others = {script.id: scripts[number - 1] for number, script in enumerate(scripts)}

    def as_another(script: PatientScript, dialogue: Dialogue) -> str:
        other = others[script.id]
        opening = Message(role="patient", content=other.opening.say)
        return answer(other, [opening if number == 1 else message for number, message in enumerate(dialogue)])

    answers: dict[str, Answer] = {
        'always "No."': lambda script, dialogue: "No.",
        "silence": lambda script, dialogue: SILENCE,
        "echo": lambda script, dialogue: dialogue[-1].content,
        "dump": lambda script, dialogue: _shortened(" ".join(fact.told for fact in script.facts)),
        "another patient": as_another,
        "nearest sentence": lambda script, dialogue: nearest(script, dialogue[-1].content),
    }
    return {name: AnsweringPatient(answer) for name, answer in answers.items()}


def _shortened(text: str) -> str:
    """As much of it, in whole sentences, as a turn may hold."""
    return text if len(text) <= MAX_TEXT else text[: text.rindex(".", 0, MAX_TEXT) + 1]


def nearest(script: PatientScript, question: str) -> str:
    """The sentence of a fact that has most words in common with a question; of equals the shortest."""
    asked = content_stems(tokens(question))

    def shared(told: str) -> tuple[int, int]:
        return len(asked & content_stems(tokens(told))), -len(told)

    return max((fact.told for fact in script.facts), key=shared)
