"""Pieces of HTML. Every text goes through `Markup.format`, which escapes whatever is not Markup itself.

Only for `gr.HTML` with its default template: with `html_template=` Gradio runs user text as JavaScript.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from markupsafe import Markup

from medsim.errors import Problem
from medsim.script import PatientScript

BANNER = "Fictional patients, for education. Not medical advice. Never enter data of real patients."
CRISIS = (
    "This patient talks about self-harm. If it touches you, stop, and talk to someone you trust or your local "
    "crisis line."
)
HEADER = Markup(
    '<div class="app-head"><h1>Med<i>Sim</i></h1><span class="muted">Practise the medical interview</span>'
    '<span class="tag role">{role}</span></div><div class="banner">{banner}</div>'
)
MOST_PROBLEMS = 12
VITALS = {
    "heart_rate": ("Pulse", ""),
    "blood_pressure": ("BP", ""),
    "temperature_c": ("Temp", " °C"),
    "respiratory_rate": ("Breaths", ""),
    "spo2": ("SpO₂", " %"),
    "weight_kg": ("Weight", " kg"),
}


def header(role: str) -> Markup:
    """Name, tag line, banner, and who the reader is here."""
    return HEADER.format(role=role, banner=BANNER)


def join(pieces: Iterable[Markup]) -> Markup:
    return Markup("").join(pieces)


def note(kind: Literal["good", "warn", "bad"], text: str, title: str = "") -> Markup:
    """One sentence in a coloured frame, with what it is about in bold before it."""
    bold = Markup("<b>{}</b> ").format(title) if title else ""
    return Markup('<div class="note {}" role="status">{}{}</div>').format(kind, bold, text)


def stopped() -> Markup:
    return note("warn", "Stopped. What was said so far is kept.")


def muted(text: str) -> Markup:
    return Markup('<div class="muted small" role="status">{}</div>').format(text)


def tag(text: str, kind: Literal["", "warn"] = "") -> Markup:
    return Markup('<span class="tag {}">{}</span>').format(kind, text)


def problems(found: Sequence[Problem]) -> Markup:
    """All problems of a script, each with its place, reason and cure; nothing where there are none."""
    if not found:
        return Markup("")
    rows = join(
        Markup("<li><b>{}:</b> {} {}</li>").format(_place(problem), problem.reason, problem.cure)
        for problem in found[:MOST_PROBLEMS]
    )
    rest = Markup("<li>and {} more</li>").format(len(found) - MOST_PROBLEMS) if len(found) > MOST_PROBLEMS else ""
    return Markup('<div class="note bad" role="status"><b>To mend</b><ul>{}{}</ul></div>').format(rows, rest)


def _place(problem: Problem) -> str:
    line = f"Line {problem.line}" if problem.line else ""
    return ", ".join(part for part in (problem.file, line, problem.field) if part) or "The script"


def title(name: str, script: PatientScript | None) -> Markup:
    """The patient's name, and whether a clinician has read the script (None: it has problems)."""
    if script is None:
        state = "not complete"
    elif script.review.status == "reviewed":
        state = f"reviewed by {script.review.by or 'a clinician'}"
    else:
        state = "not reviewed by a clinician"
    return Markup('<h2 class="title">{} {}</h2>').format(name, tag(state))


def door(script: PatientScript) -> Markup:
    """All that the doctor sees before going in, open."""
    note = script.door
    places = [("Where", note.setting), ("When", note.when)]
    if script.speaker.relation != "self":
        places.append(("With", f"{script.speaker.name} ({script.speaker.relation})"))
    rows = join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, text) for name, text in places if text)
    vitals = note.vitals.model_dump(exclude_none=True)
    pills = join(
        Markup("<div>{} <b>{}{}</b></div>").format(VITALS[name][0], value, VITALS[name][1])
        for name, value in vitals.items()
    )
    return Markup(
        '<details class="door card" open><summary><span class="eyebrow">On the door</span><span class="h">{}</span>'
        '</summary><div>{}</div>{}{}{}{}</details>'
    ).format(
        f"{script.patient.name}, {script.patient.age}",
        note.complaint,
        Markup("<dl>{}</dl>").format(rows) if rows else "",
        Markup('<div class="vitals">{}</div>').format(pills) if pills else "",
        Markup('<div class="small"><b>Your task.</b> {}</div>').format(note.task) if note.task else "",
        Markup('<div class="note warn small">{}</div>').format(CRISIS) if is_about_self_harm(script) else "",
    )


def welcome(script: PatientScript) -> Markup:
    """What an empty chat says."""
    name, speaker = script.patient.name, script.speaker
    who = f"{name} is waiting." if speaker.relation == "self" else f"{speaker.name} is waiting with {name}."
    return Markup(
        "<b>Knock, go in, and say hello.</b><br>{} Ask in your own words, or begin with one of these."
    ).format(who)


def is_about_self_harm(script: PatientScript) -> bool:
    return any(fact.topic == "self_harm" and fact.polarity != "denied" for fact in script.facts)


def examiner_heading() -> Markup:
    return Markup(
        '<div class="eyebrow">Examiner only</div><div class="small">Never told to the patient, never shown to the '
        "student before the end.</div>"
    )
