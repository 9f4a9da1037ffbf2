"""Puts the probes of many interviews to a patient, turn by turn over several at once; a killed run goes on."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from medsim.dialogue import Message
from medsim.probes import Probe
from medsim.sampling import Sampling
from medsim.script import PatientScript

if TYPE_CHECKING:
    from medsim.patients import Patient

Place = tuple[int, int]  # (interview, turn)
AT_ONCE = 12  # interviews
CACHE_BYTES = 2 * 2**30  # room for the caches of so many, or every turn would read every script again


class Interview(NamedTuple):
    """The questions of one talk with one patient."""

    script: PatientScript
    probes: tuple[Probe, ...]


def ask_all(
    patient: "Patient",
    interviews: Sequence[Interview],
    sampling: Sampling,
    said: Mapping[Place, str],
    on_reply: Callable[[Place, str], None],
) -> list[list[str]]:
    """The replies of each interview. Those in `said` are not asked for again; `on_reply` is told of each new one."""
    replies: list[list[str]] = [[] for _ in interviews]
    for first in range(0, len(interviews), AT_ONCE):
        group = range(first, min(first + AT_ONCE, len(interviews)))
        for turn in range(max(len(interviews[number].probes) for number in group)):
            due = [number for number in group if len(interviews[number].probes) > turn]
            new = [number for number in due if (number, turn) not in said]

            def tell(index: int, reply: str, new: list[int] = new, turn: int = turn) -> None:
                on_reply((new[index], turn), reply)

            items = [(interviews[number].script, _dialogue(interviews[number], replies[number])) for number in new]
            found = dict(zip(new, patient.batch(items, sampling, tell), strict=True)) if new else {}
            for number in due:
                replies[number].append(found.get(number) or said[number, turn])
    return replies


def _dialogue(interview: Interview, replies: Sequence[str]) -> list[Message]:
    """The talk up to the question that is next."""
    turns = []
    for probe, reply in zip(interview.probes, replies, strict=False):
        turns += [Message(role="doctor", content=probe.question), Message(role="patient", content=reply)]
    return [*turns, Message(role="doctor", content=interview.probes[len(replies)].question)]
