"""Replies as they grow: of one patient in Chat, of several side by side in Compare."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from medsim.errors import MedSimError
from medsim.sampling import Sampling
from space import page
from space.interview import Interview
from space.models import MAX_ENGINES, Model, Models

WAKING = "Waking the patient: reading the script (first reply only)."
LEFT_OUT = "The oldest questions no longer fit and are left out; the script is not."


def replies(
    models: Models, chosen: Sequence[Model], interviews: Sequence[Interview], sampling: Sampling
) -> Iterator[tuple[list[Interview], Markup]]:
    """The interviews as the models answer the last question of each, and what there is to say about it.

    Closing it stops all of them. Raises MedSimError; what was said before stays in what was yielded.
    """
    grown = list(interviews)
    if len({model.needs for model in chosen} - {None}) > MAX_ENGINES:
        raise MedSimError(f"These models need more than {MAX_ENGINES} bases in memory at once. Choose fewer.")
    if not all(models.is_awake(model) for model in chosen):
        yield grown, page.muted(WAKING)
    turns = [
        (models.patient(model), interview.script, interview.dialogue)
        for model, interview in zip(chosen, interviews, strict=True)
    ]
    said = [""] * len(turns)
    note = _about_what_is_left_out(chosen, turns, sampling)
    yield grown, note

    from medsim.patients import stream_together  # imports torch, which takes seconds: not at start-up

    stream = stream_together(turns, sampling)
    try:
        for pieces in stream:
            said = [text + piece for text, piece in zip(said, pieces, strict=True)]
            grown = [interview.answered(text) for interview, text in zip(interviews, said, strict=True)]
            yield grown, note
    finally:
        stream.close()


def _about_what_is_left_out(chosen: Sequence[Model], turns: Sequence[tuple], sampling: Sampling) -> Markup:
    for model, (patient, script, dialogue) in zip(chosen, turns, strict=True):
        if model.kind != "scripted" and len(patient.fit(script, dialogue, sampling)) < len(dialogue):
            return page.note("warn", LEFT_OUT)
    return Markup("")
