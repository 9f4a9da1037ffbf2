"""The scores of a reply as chips under it, each with its evidence on hover, focus or tap."""

from collections.abc import Mapping

from markupsafe import Markup

from medsim.dialogue import Dialogue
from medsim.metrics import Evidence, Score, score
from medsim.script import PatientScript
from space import page

LABELS = {
    "script_adherence": "facts",
    "consistency": "consistent",
    "relevance": "relevant",
    "role_consistency": "in role",
}
GOOD, FAIR = 0.75, 0.4
SIGNS = {"good": "✓", "warn": "!", "bad": "✕", "none": "–"}
AROUND = 40  # characters of a reply shown on each side of what is quoted
CHIP = Markup('<span class="chip {}" tabindex="0" role="note">{}<span class="tip">{}</span></span>')


class Scores(dict[tuple, Markup]):
    """The chips of the replies to one script, by dialogue and reply: what was said once is scored once."""

    def chips(self, script: PatientScript, dialogue: Dialogue, reply: str) -> Markup:
        key = (tuple(dialogue), reply)
        if key not in self:
            self[key] = chips(script, dialogue, reply)
        return self[key]


def chips(script: PatientScript, dialogue: Dialogue, reply: str) -> Markup:
    """The four scores of a reply to a dialogue that ends with the doctor's question."""
    scores = score(script, dialogue, reply)
    shown = page.join(_chip(label, getattr(scores, name), reply) for name, label in LABELS.items())
    return Markup('<div class="chips">{}</div>').format(shown)


def faces(values: Mapping[str, float | None]) -> Markup:
    """The four scores alone, where their evidence is shown beside them."""
    shown = page.join(
        Markup('<span class="chip {}">{}</span>').format(sign_of(values[name]), _face(label, values[name]))
        for name, label in LABELS.items()
    )
    return Markup('<div class="chips">{}</div>').format(shown)


def _face(label: str, value: float | None) -> str:
    return f"{SIGNS[sign_of(value)]} {label}" + ("" if value is None else f" {value:.2f}")


def _chip(label: str, score: Score, reply: str) -> Markup:
    evidence = page.join(_evidence(item, reply) for item in score.evidence)
    otherwise = "There is nothing to judge in this reply." if score.value is None else "No fault found."
    return CHIP.format(sign_of(score.value), _face(label, score.value), evidence or otherwise)


def sign_of(value: float | None) -> str:
    """What a score means, as the name of a colour and sign."""
    if value is None:
        return "none"
    return "good" if value >= GOOD else "warn" if value >= FAIR else "bad"


def reason(item: Evidence) -> Markup:
    """What an observation says."""
    fact = Markup(" <b>{}</b>").format(item.fact_id) if item.fact_id else ""
    return Markup("{} {}{}").format(SIGNS[item.sign], item.text, fact)


def _evidence(item: Evidence, reply: str) -> Markup:
    return Markup('<span class="why">{}{}</span>').format(reason(item), _quote(item, reply))


def _quote(item: Evidence, reply: str) -> Markup | str:
    """The words of the reply that the evidence is about, marked, with a few words around them."""
    if item.span is None:
        return ""
    start, end = item.span
    before, after = reply[max(0, start - AROUND) : start], reply[end : end + AROUND]
    return Markup(" “{}{}<mark>{}</mark>{}{}”").format(
        "…" if start > AROUND else "", before, reply[start:end], after, "…" if end + AROUND < len(reply) else ""
    )
