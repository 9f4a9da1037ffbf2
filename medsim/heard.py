"""A dialogue as a listener follows it: what was asked, opened and stated so far. Every turn is read once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medsim import match
from medsim.dialogue import Dialogue, Message, Script
from medsim.match import Ask, Context, Statement
from medsim.scores import Turn

if TYPE_CHECKING:
    from medsim.probes import Probe


@dataclass(frozen=True)
class Heard:
    """What a dialogue has come to. Each turn gives a new one, so that who keeps an earlier one can go back.

    `ask`: what the doctor's last turn asks, `known` where a probe tells. The rest is as in `Turn`.
    """

    script: Script
    dialogue: Dialogue = ()
    ask: Ask = Ask()
    known: bool = False
    earlier: str | None = None
    opened: frozenset[str] = frozenset()
    before: Mapping[str, Statement] = field(default_factory=dict)
    told: tuple[tuple[str, str], ...] = ()
    context: Context = Context()

    def asked(self, question: Message) -> "Heard":
        """After a doctor's turn."""
        ask, context = match.read(question.content, self.context, self.script)
        opened = self.opened | match.opens(ask, self.script)
        dialogue = (*self.dialogue, question)
        return replace(self, dialogue=dialogue, ask=ask, known=False, earlier=None, opened=opened, context=context)

    def asking(self, probe: "Probe") -> "Heard":
        """With what the doctor's last turn asks for as the probe knows it, in a talk of probes alone."""
        replies = [message.content for message in self.dialogue if message.role == "patient"]
        repeated = probe.repeats is not None and probe.repeats < len(replies)
        earlier = replies[probe.repeats] if repeated else None
        return replace(self, ask=probe.ask(self.ask), known=True, earlier=earlier)

    def turn(self, reply: str) -> Turn:
        """A reply to the doctor's last turn, with all that it is judged by."""
        claims = match.claims_of(reply, self.ask, self.script, self.opened)
        given = self.opened, self.before, self.told, self.known, self.earlier
        return Turn(self.script, self.dialogue, reply, self.ask, claims, *given)

    def answered(self, reply: Message, turn: Turn) -> "Heard":
        """After a patient's turn; `turn` is what `self.turn` gave for it."""
        covered = any(claim.verdict == "cover" for claim in turn.claims)
        return replace(
            self,
            dialogue=(*self.dialogue, reply),
            before=match.statements(turn.claims, self.ask) | self.before,
            told=self.told if covered else (*self.told, (self.ask.text, reply.content)),
            context=match.after(reply.content, self.context, self.script),
        )


def turns(script: Script, dialogue: Dialogue) -> Iterator[Turn]:
    """Each patient turn of a dialogue, with all that it is judged by."""
    heard = Heard(script)
    for message in dialogue:
        if message.role == "doctor":
            heard = heard.asked(message)
            continue
        turn = heard.turn(message.content)
        yield turn
        heard = heard.answered(message, turn)


def hear(script: Script, dialogue: Dialogue) -> Heard:
    """What a dialogue has come to, the doctor's last turn included."""
    heard = Heard(script)
    for message in dialogue:
        if message.role == "doctor":
            heard = heard.asked(message)
        else:
            heard = heard.answered(message, heard.turn(message.content))
    return heard
