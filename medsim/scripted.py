"""A patient who answers by looking facts up: the upper reference of every benchmark, and a patient without a model."""

from collections.abc import Callable, Iterator, Sequence

from medsim.dialogue import Dialogue, Script
from medsim.match import Ask, asked, opened
from medsim.sampling import Sampling
from medsim.script import Fact, PatientScript

MAX_FACTS = 3
DENIAL = "No, nothing like that."
NOT_KNOWN = "I'm not sure, sorry."
AFFIRMED = "Yes."


class ScriptedPatient:
    """Says what its script says, word for word. Needs no model; `sampling` changes nothing."""

    def stream(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Iterator[str]:
        """The words of the reply, one after the other."""
        for number, word in enumerate(answer(script, dialogue).split()):
            yield f" {word}" if number else word

    def batch(
        self,
        items: Sequence[tuple[Script, Dialogue]],
        sampling: Sampling,
        on_reply: Callable[[int, str], None] | None = None,
    ) -> list[str]:
        """The replies to many dialogues."""
        replies = []
        for index, (script, dialogue) in enumerate(items):
            replies.append(answer(script, dialogue))
            if on_reply:
                on_reply(index, replies[-1])
        return replies


def answer(script: Script, dialogue: Dialogue) -> str:
    """The reply to the last doctor turn of a dialogue."""
    ask = asked(dialogue, script)
    if isinstance(script, str):
        return "Hello." if ask.form == "social" else "I don't know, sorry."
    facts = [script.fact(name) for name in ask.facts]
    if ask.form == "bait":
        return _to_bait(script, dialogue, facts)
    if ask.form == "open":
        return _to_open(script, dialogue, ask, facts)
    if ask.form == "social" and not facts:
        return _to_social(ask, dialogue)
    return _to_question(script, dialogue, ask, facts)


def _to_question(script: PatientScript, dialogue: Dialogue, ask: Ask, facts: list[Fact]) -> str:
    if facts:
        free = opened(script, dialogue)
        denied = _denials(ask)
        told = [_say(script, fact, free) for fact in facts[:MAX_FACTS]]
        return " ".join(dict.fromkeys([*told, *denied]))
    if ask.concepts or ask.form == "leading" or (ask.form == "yesno" and ask.topics):
        return AFFIRMED if ask.normality else DENIAL
    return DENIAL if ask.form == "yesno" else NOT_KNOWN


def _denials(ask: Ask) -> list[str]:
    """What else was asked about in one breath, and is not so."""
    return [] if len(ask.concepts) <= len(ask.facts) else ["No, nothing else."]


def _say(script: PatientScript, fact: Fact, free: frozenset[str]) -> str:
    lock = script.lock_of(fact)
    return script.locks[lock].cover if lock and fact.id not in free else fact.told


def _to_open(script: PatientScript, dialogue: Dialogue, ask: Ask, facts: list[Fact]) -> str:
    said = " ".join(message.content for message in dialogue if message.role == "patient")
    if not said and "complaint" in ask.topics:
        return script.opening.say
    free = opened(script, dialogue)
    left = dict.fromkeys(words for fact in facts if (words := _say(script, fact, free)) not in said)
    if left:
        return " ".join(list(left)[:2])
    open_questions = [question for question in script.asks if question not in said]
    if not facts and open_questions:
        return open_questions[0]
    return "No, that's about it."


def _to_bait(script: PatientScript, dialogue: Dialogue, facts: list[Fact]) -> str:
    if facts:
        return _say(script, facts[0], opened(script, dialogue))
    complaint = next((fact for fact in script.facts if fact.id in script.opening.facts), None)
    return f"I don't know about that. {complaint.told}" if complaint else "I don't know about that."


def _to_social(ask: Ask, dialogue: Dialogue) -> str:
    first = not any(message.role == "patient" for message in dialogue)
    return "Hello, doctor." if first else "Okay. Thank you."
