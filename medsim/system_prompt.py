"""The system message: who the patient is, how they talk, and what they know, in short first-person lines.

Its text travels with every adapter as prompt.json, so that chat gives a model what training gave it.
"""

import hashlib
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from medsim.dialogue import Script
from medsim.errors import MedSimError
from medsim.script import Fact, PatientScript

SYSTEM_TEXT = """\
{who}
You are talking with a doctor. Answer only what was asked, in one or two short spoken sentences, with what stands \
below. If it does not stand below, say no or that you don't know. You are the patient's side: never ask the history, \
name a diagnosis or give advice.

{facts}"""
UNLOCKED_TEXT = "(You can say it now: {facts})"

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class SystemPrompt:
    """The texts of a prompt with their placeholders: the system message, and what a doctor's turn unlocks."""

    system: str = SYSTEM_TEXT
    unlocked: str = UNLOCKED_TEXT
    version: int = 1

    def render(self, script: Script) -> str:
        """The system message of a script. Braces in a script stay text."""
        parts = _parts(script)
        return re.sub(r"\{(who|facts)\}", lambda match: parts[match[1]], self.system)

    def render_unlocked(self, facts: Sequence[Fact]) -> str:
        """What follows a doctor's words that have just unlocked these facts."""
        return self.unlocked.replace("{facts}", " ".join(fact.told for fact in facts))

    def dump(self) -> dict:
        """The content of prompt.json: the texts, and the hash of what they make of a reference script."""
        reference = _reference()
        rendering = self.render(reference) + self.render_unlocked(reference.facts)
        digest = hashlib.sha256(rendering.encode()).hexdigest()
        return {"version": self.version, "system": self.system, "unlocked": self.unlocked, "sha256": digest}

    @classmethod
    def of_adapter(cls, folder: str | Path) -> "SystemPrompt":
        """The prompt that an adapter or merged model was trained with; the present one when it has no prompt.json.

        Warns when there is none, and when today's code renders the reference script differently from then.
        Raises MedSimError for a damaged file.
        """
        path = Path(folder) / "prompt.json"
        if not path.exists():
            warnings.warn(f"{Path(folder).name} has no prompt.json; it is given the present prompt.", stacklevel=2)
            return cls()
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            prompt = cls(str(saved["system"]), str(saved["unlocked"]), int(saved["version"]))
            same = prompt.dump()["sha256"] == saved["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            raise MedSimError(f"{path} is damaged. Restore it, or train the adapter again.") from None
        if not same:
            warnings.warn(
                f"{Path(folder).name} was trained with another rendering of scripts than this version's, so its "
                "patient may be less true to the script. Train it again to mend this.",
                stacklevel=2,
            )
        return prompt


@cache
def _reference() -> PatientScript:
    """A script that uses every part of the rendering."""
    return PatientScript.load(TEMPLATES / "reference.yaml")


def _parts(script: Script) -> dict[str, str]:
    if isinstance(script, str):
        return {"who": "You are the patient described below.", "facts": script}
    return {"who": f"{_who(script)}\n{_manner(script)}", "facts": "\n".join(_facts(script))}


def _who(script: PatientScript) -> str:
    patient, speaker = script.patient, script.speaker
    described = f"{patient.name}, {patient.age} old, {patient.sex}"
    if patient.occupation:
        described += f", {patient.occupation}"
    born = f" Born: {patient.born}." if patient.born else ""
    if speaker.relation == "self":
        return f"You are {described}.{born}"
    return f"You are {speaker.name}, the {speaker.relation} of {described}, and you speak for {patient.name}.{born}"


_STYLES = {
    "plain": "You answer plainly.",
    "anxious": "You are anxious and easily worried.",
    "reserved": "You are reserved and say little.",
    "chatty": "You are chatty and friendly.",
    "irritable": "You are irritable and short.",
    "distrustful": "You distrust doctors.",
    "pleasing": "You want to please the doctor.",
}
_LITERACY = {"low": " You use simple words.", "average": "", "high": " You speak like an educated person."}


def _manner(script: PatientScript) -> str:
    persona = script.persona
    recall = " Your memory is poor." if persona.recall == "poor" else ""
    mood = f" Mood: {persona.mood}." if persona.mood else ""
    return _STYLES[persona.style] + _LITERACY[persona.literacy] + recall + mood


def _facts(script: PatientScript) -> list[str]:
    """The facts in lines, by how freely they are told: opening, complaints with their details, the rest by topic."""
    open_facts = [fact for fact in script.facts if script.lock_of(fact) is None]
    roots = [fact for fact in open_facts if fact.about is None]
    stories = [fact for fact in roots if fact.topic == "complaint" or _details(fact, open_facts)]
    told = {fact.id for story in stories for fact in (story, *_family(story, open_facts))}
    rest = [fact for fact in open_facts if fact.id not in told]
    denied = [fact for fact in rest if fact.polarity == "denied"]
    volunteered = [fact for fact in rest if fact.tell == "volunteer" and fact.polarity != "denied"]
    asked = [fact for fact in rest if fact not in denied and fact not in volunteered]
    lines = ["First words when asked why you came:", script.opening.say]
    for story in stories:
        lines += ["", _story_title(story), *_story(story, open_facts)]
    if volunteered:
        lines += ["", "Told freely:", *_by_topic(volunteered)]
    if asked:
        lines += ["", "Told when asked:", *_by_topic(asked)]
    if denied:
        lines += ["", "Not so: " + " ".join(fact.told for fact in denied)]
    lines += [f"If asked about {_locked_topics(script, name)}: {lock.cover}" for name, lock in script.locks.items()]
    if script.asks:
        lines += ["Towards the end you may ask: " + " ".join(script.asks)]
    return lines


def _details(fact: Fact, facts: Sequence[Fact]) -> list[Fact]:
    return [other for other in facts if other.about == fact.id]


def _family(fact: Fact, facts: Sequence[Fact]) -> list[Fact]:
    return [item for detail in _details(fact, facts) for item in (detail, *_family(detail, facts))]


def _story_title(story: Fact) -> str:
    return (story.concept or story.topic).replace("_", " ").capitalize() + ":"


def _story(story: Fact, facts: Sequence[Fact]) -> list[str]:
    return [story.told, *_by_topic(_family(story, facts))]


def _by_topic(facts: Sequence[Fact]) -> list[str]:
    """One line a topic and person: `Medication: I take ... And ...`."""
    lines: dict[str, list[str]] = {}
    for fact in facts:
        about = "" if fact.who in ("patient", "speaker") or fact.topic == "family" else f" ({fact.who})"
        lines.setdefault(fact.topic.replace("_", " ").capitalize() + about, []).append(fact.told)
    return [f"{label}: {' '.join(sayings)}" for label, sayings in lines.items()]


def _locked_topics(script: PatientScript, lock: str) -> str:
    topics = dict.fromkeys(fact.topic.replace("_", " ") for fact in script.facts if script.lock_of(fact) == lock)
    return " or ".join(topics)
