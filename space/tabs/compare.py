"""Compare: one question, and what two or three models answer as the same patient, side by side."""

from typing import Any

import gradio as gr

from medsim.errors import MedSimError
from medsim.sampling import Sampling
from medsim.script import PatientScript
from space import page
from space.comparison import FEWEST, MOST, Comparison, chosen_models
from space.context import MODEL_QUEUE, QUIET, App, html, reporting
from space.forms import form, read
from space.models import BASE
from space.question import ask_box, question_box, stop_box
from space.replies import replies
from space.room import chosen, first, patient_choices, ready_for_question

NEW = "Others answer now, so this is a new interview."


def compare_tab(app: App, tab: gr.Tab, script: gr.State) -> None:
    """`script` is the PatientScript in the room; it is chosen here or in Scripts."""
    comparison = gr.State(None)  # Comparison | None
    with gr.Row(elem_classes="filters"):
        who = gr.Dropdown([], label="Patient", interactive=True, min_width=220)
        names = gr.CheckboxGroup(
            [], label=f"Who answers ({FEWEST} or {MOST})", interactive=True, scale=2, min_width=320
        )
        examiner = gr.Checkbox(label="Examiner's view", info="Shows scores under each reply", interactive=True)
    turns = html(elem_classes="turns")
    box = question_box("Ask all of them…")
    said = html()
    with gr.Row(elem_classes="tools"):
        new = gr.Button("New interview", size="md", min_width=120)
    with gr.Accordion("Settings", open=False):
        settings = form(Sampling, sliders=True)

    @reporting
    def enter(comparison: Comparison | None, script: PatientScript | None):
        return entered(app, comparison, script or first(app.library))

    @reporting
    def choose(script: PatientScript | None, script_id: str):
        return entered(app, None, chosen(app.library, script_id, script))

    @reporting
    def renew(script: PatientScript | None):
        return entered(app, None, script or first(app.library))

    @reporting
    def meet(comparison: Comparison | None, script: PatientScript):
        return renew(script) if comparison is None or comparison.script != script else [gr.skip()] * len(room)

    @reporting
    def renew_models(names: list[str], request: gr.Request, profile: gr.OAuthProfile | None):
        choices = app.models.choices(app.access.may("load_models", request, profile))
        kept = [name for _, name in choices if name in (names or [])]
        return gr.CheckboxGroup(choices=choices, value=kept or list(dict.fromkeys([BASE, app.models.default()])))

    @reporting
    def ask(
        comparison: Comparison | None, names: list[str], examiner: bool, question: str,
        request: gr.Request, profile: gr.OAuthProfile | None,
    ):  # fmt: skip
        comparison = ready_for_question(comparison)
        models = chosen_models(app.models, names, app.access.may("load_models", request, profile))
        after = comparison.asked(question, models)
        note = page.muted(NEW) if comparison.turns and comparison.models != after.models else ""
        return after, after.html(examiner), note, stop_box()

    @reporting
    def answer(comparison: Comparison, examiner: bool, *values: Any):
        before, last = comparison.settled(), len(comparison.turns) - 1
        above = before.html(examiner) if before.turns else ""
        try:
            sampling = read(Sampling, settings, values)
            for interviews, note in replies(app.models, comparison.models, comparison.interviews(), sampling):
                comparison = comparison.answered(interviews)
                yield comparison, above + comparison.html(False, last), note
        except MedSimError as error:
            yield comparison, comparison.html(examiner), page.note("bad", str(error))

    def ready(comparison: Comparison, examiner: bool):
        return comparison.settled(), comparison.settled().html(examiner), ask_box(comparison.unanswered or "")

    def stopped(comparison: Comparison, examiner: bool):
        return *ready(comparison, examiner), page.stopped()

    room = [comparison, script, who, turns, said, box]
    tab.select(enter, [comparison, script], room, **QUIET).success(renew_models, names, names, **QUIET)
    who.input(choose, [script, who], room, **QUIET)
    examiner.input(lambda comparison, examiner: comparison.html(examiner), [comparison, examiner], turns, **QUIET)
    asked = box.submit(ask, [comparison, names, examiner, box], [comparison, turns, said, box], queue=False, **QUIET)
    answering = asked.success(
        answer, [comparison, examiner, *settings.values()], [comparison, turns, said], **MODEL_QUEUE, **QUIET
    )
    for settle in (answering.then, answering.failure):  # `then` does not come after a failure
        done = settle(ready, [comparison, examiner], [comparison, turns, box], queue=False, **QUIET)
        done.then(meet, [comparison, script], room, **QUIET)
    box.stop(None, cancels=[answering]).then(stopped, [comparison, examiner], [comparison, turns, box, said], **QUIET)
    new.click(renew, script, room, cancels=[answering], **QUIET)
    # replies that were on their way belong to the patient who has left
    who.change(None, cancels=[answering]).then(meet, [comparison, script], room, **QUIET)


def entered(app: App, comparison: Comparison | None, script: PatientScript) -> tuple:
    """The room with this patient in it: a comparison goes on with the same script, else a new one begins."""
    choices = patient_choices(app.library, script)
    if comparison is not None and comparison.script == script:
        return comparison, script, choices, gr.skip(), gr.skip(), gr.skip()
    return Comparison(script), script, choices, Comparison(script).html(False), "", ask_box()
