"""What a language model is told that writes an interview, and how its answer is read."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from pydantic import ValidationError

from medsim.dialogue import Message, Record
from medsim.schema import Strict, Text
from medsim.script import Fact, PatientScript
from medsim.synth.doctors import Kind
from medsim.synth.plans import EXCHANGES

_TASK = """\
Write a medical interview for a training simulator. The doctor is {doctor}. The patient's side is {patient}.

The patient knows nothing but the facts below and their own words for them. {manner} They answer what was asked and \
nothing more, mostly in 2 to 12 words, sometimes in one; they deny or do not know what no fact says; they say the same \
when asked again, in other words. They never speak like a doctor, never name a diagnosis, never ask the history.
A fact with a lock is told only after a question that its lock wants ("direct": asked plainly; "considerate": asked \
with a reason, permission or privacy); before that the patient says the cover.

Facts:
{facts}
{locks}
Let the doctor ask about: {topics}; once about something the facts do not say; once again about something already \
told; once in a leading way that is wrong.
Answer with JSON alone: {{"exchanges": [{{"doctor": "...", "patient": "...", "facts": ["ids of the facts that the \
patient states, denials included"]}}, ...]}} with {count} exchanges."""


class Exchange(Strict):
    doctor: Text
    patient: Text
    facts: tuple[str, ...] = ()


class Interview(Strict):
    exchanges: tuple[Exchange, ...]


def brief(script: PatientScript, doctor: Kind, random: Random) -> str:
    """The task of writing one interview."""
    persona, speaker = script.persona, script.speaker
    patient = f"{script.patient.name}, {script.patient.age} old, {script.patient.sex}"
    if speaker.relation != "self":
        patient = f"{speaker.name}, the {speaker.relation} of {patient}, who speaks for the patient"
    topics = sorted({fact.topic for fact in script.facts})
    return _TASK.format(
        doctor=doctor.described,
        patient=patient,
        manner=f"Style: {persona.style}; education: {persona.literacy}; memory: {persona.recall}; {persona.mood}.",
        facts="\n".join(f"- {fact.id} ({_kind(script, fact)}): {fact.told}" for fact in script.all_facts()),
        locks="\n".join(f"Lock {name} ({lock.unlock}), cover: {lock.cover}" for name, lock in script.locks.items()),
        topics=", ".join(topic.replace("_", " ") for topic in random.sample(topics, min(8, len(topics)))),
        count=random.randint(*EXCHANGES),
    )


def _kind(script: PatientScript, fact: Fact) -> str:
    lock = script.lock_of(fact)
    return f"{fact.topic}, {fact.polarity}" + (f", lock {lock}" if lock else "")


def schema() -> Mapping[str, Any]:
    """The JSON schema of an answer, as strict servers want it: every key required, no others."""
    exchange = {
        "type": "object",
        "properties": {"doctor": {"type": "string"}, "patient": {"type": "string"},
                       "facts": {"type": "array", "items": {"type": "string"}}},
        "required": ["doctor", "patient", "facts"],
        "additionalProperties": False,
    }  # fmt: skip
    return {
        "type": "object",
        "properties": {"exchanges": {"type": "array", "items": exchange}},
        "required": ["exchanges"],
        "additionalProperties": False,
    }


def read(answer: str, script: PatientScript) -> Record | None:
    """The interview that an answer holds, with the facts that exist; None for anything else."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        found = Interview.model_validate(json.loads(answer[start : end + 1]))
    except (ValueError, ValidationError):
        return None
    ids = {fact.id for fact in script.all_facts()}
    turns: list[Message] = []
    for exchange in found.exchanges:
        stated = tuple(dict.fromkeys(name for name in exchange.facts if name in ids))
        turns += [Message(role="doctor", content=exchange.doctor),
                  Message(role="patient", content=exchange.patient, facts=stated)]  # fmt: skip
    return Record(script, tuple(turns)) if turns else None
