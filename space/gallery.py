"""The patients as cards to choose from."""

from collections.abc import Sequence

from markupsafe import Markup

from medsim.script import PatientScript
from space.draft import Draft, value_at
from space.page import join, tag
from space.unsaved import Drafts

ALL, ANY = "All specialties", "Any difficulty"
CARD = Markup(
    '<li><button data-id="{id}"><span class="avatar" aria-hidden="true">{initials}</span><span class="h">{name}</span>'
    '<span class="muted small">{age}</span><span>{complaint}</span><span class="tags">{tags}</span></button></li>'
)
UNSAVED = "unsaved edits"


def gallery(found: Sequence[PatientScript], scripts: Sequence[PatientScript], drafts: Drafts) -> Markup:
    """What was found of all scripts as cards, each a button that carries the script's id.

    A patient with unsaved edits is shown as edited. Drafts that no script of the library has come first, always.
    """
    ids = {script.id for script in scripts}
    cards = [_draft_card(origin, draft) for origin, draft in drafts.items() if origin not in ids]
    cards += [
        _draft_card(script.id, drafts[script.id]) if script.id in drafts else _card(script.id, script)
        for script in found
    ]
    if not cards:
        return Markup('<div class="empty">No patient matches. Clear the search or choose another specialty.</div>')
    count = "1 patient" if len(cards) == 1 else f"{len(cards)} patients"
    return Markup('<div class="muted small count" role="status">{}</div><ul class="cards">{}</ul>').format(
        count, join(cards)
    )


def _card(origin: str, script: PatientScript, *marks: str) -> Markup:
    speaker = "" if script.speaker.relation == "self" else f" · {script.speaker.relation} speaks"
    tags = [tag(text) for text in (script.specialty, script.difficulty, script.language.upper())]
    return CARD.format(
        id=origin,
        initials=_initials(script.patient.name),
        name=script.patient.name,
        age=script.patient.age + speaker,
        complaint=script.door.complaint,
        tags=join([*tags, *(tag(mark, "warn") for mark in marks)]),
    )


def _draft_card(origin: str, draft: Draft) -> Markup:
    if draft.script:
        return _card(origin, draft.script, UNSAVED)
    tags = join([tag("not complete"), tag(UNSAVED, "warn")])
    age, complaint = (str(value_at(draft.data, path) or "") for path in (("patient", "age"), ("door", "complaint")))
    return CARD.format(
        id=origin, initials=_initials(draft.name), name=draft.name, age=age, complaint=complaint, tags=tags
    )


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


def matching(scripts: list[PatientScript], search: str, specialty: str, difficulty: str) -> list[PatientScript]:
    """The scripts that have all the words of the search in name, complaint or specialty, and what else was chosen."""
    words = (search or "").lower().split()
    return [
        script
        for script in scripts
        if specialty in (ALL, script.specialty)
        and difficulty in (ANY, script.difficulty)
        and all(word in f"{script.patient.name} {script.door.complaint} {script.specialty}".lower() for word in words)
    ]
