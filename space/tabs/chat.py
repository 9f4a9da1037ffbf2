"""Chat: an interview with one patient, streamed, with an examiner's view of each reply."""

from typing import Any

import gradio as gr

from medsim.errors import MedSimError
from medsim.sampling import Sampling
from medsim.script import PatientScript
from space import page
from space.bubbles import bubbles, empty_chat
from space.context import MODEL_QUEUE, QUIET, App, html, reporting
from space.download import downloads
from space.forms import form, read
from space.interview import Interview, transcript
from space.question import ask_box, question_box, stop_box
from space.replies import replies
from space.room import chosen, first, patient_choices, ready_for_question

STARTERS = ("Good morning, I'm the doctor. What brings you in today?", "Hello, please tell me what happened.")
FOLD_DOOR = """() => { if (matchMedia('(max-width: 640px)').matches)
  document.querySelectorAll('.chat-door details').forEach(door => { door.open = false; }); }"""


def chat_tab(app: App, tab: gr.Tab, script: gr.State) -> None:
    """`script` is the PatientScript in the room; it is chosen here or in Scripts."""
    interview = gr.State(None)  # Interview | None
    with gr.Row():
        with gr.Column(scale=1, min_width=280, elem_classes="side"):
            door = html(elem_classes="chat-door")
            with gr.Accordion("Model and settings", open=False, elem_classes="later"):
                who = gr.Dropdown([], label="Patient", interactive=True)
                model = gr.Dropdown([], label="Who plays the patient", interactive=True)
                examiner = gr.Checkbox(label="Examiner's view", info="Shows scores under each reply", interactive=True)
                settings = form(Sampling, sliders=True)
        with gr.Column(scale=3, min_width=320):
            chat = gr.Chatbot(
                render_markdown=False, allow_tags=False, layout="bubble", height="clamp(320px, 56dvh, 680px)",
                buttons=["copy_all"], show_label=False, label="Interview",
                examples=[{"text": text} for text in STARTERS],
            )  # fmt: skip
            box = question_box("Ask the patient…")
            said = html()
            with gr.Row(elem_classes="tools"):
                new = gr.Button("New interview", size="md", min_width=120)
                download = gr.Button("Download transcript", size="md", min_width=160, elem_classes="push")

    room = [interview, script, who, door, chat, said, box]

    @reporting
    def enter(interview: Interview | None, script: PatientScript | None):
        return entered(app, interview, script or first(app.library))

    @reporting
    def choose(interview: Interview | None, script: PatientScript | None, script_id: str):
        return entered(app, interview, chosen(app.library, script_id, script))

    @reporting
    def renew_models(model: str | None, request: gr.Request, profile: gr.OAuthProfile | None):
        may_load = app.access.may("load_models", request, profile)
        return gr.Dropdown(choices=app.models.choices(may_load), value=app.models.kept(model, may_load))

    @reporting
    def warm(script: PatientScript, model: str, request: gr.Request, profile: gr.OAuthProfile | None):
        app.models.warm(app.models.find(model, app.access.may("load_models", request, profile)), script)

    @reporting
    def ask(interview: Interview | None, examiner: bool, question: str):
        interview = ready_for_question(interview).asked(question)
        return interview, bubbles(interview, examiner), "", stop_box()

    @reporting
    def ask_starter(interview: Interview | None, examiner: bool, event: gr.SelectData):
        return ask(interview, examiner, event.value["text"])

    @reporting
    def answer(
        request: gr.Request, profile: gr.OAuthProfile | None, interview: Interview, model: str, examiner: bool,
        *values: Any,
    ):  # fmt: skip
        before = bubbles(interview.settled(), examiner)
        try:
            chosen_model = app.models.find(model, app.access.may("load_models", request, profile))
            sampling = read(Sampling, settings, values)
            for [grown], note in replies(app.models, [chosen_model], [interview], sampling):
                interview = grown
                yield interview, [*before, *bubbles(interview, False)[len(before) :]], note
        except MedSimError as error:
            yield interview, bubbles(interview, examiner), page.note("bad", str(error))

    def ready(interview: Interview, examiner: bool):
        return interview.settled(), bubbles(interview.settled(), examiner), ask_box(interview.unanswered or "")

    def stopped(interview: Interview, examiner: bool):
        return *ready(interview, examiner), page.stopped()

    @reporting
    def renew(script: PatientScript | None):
        return entered(app, None, script or first(app.library))

    @reporting
    def meet(interview: Interview | None, script: PatientScript):
        return renew(script) if interview is None or interview.script != script else [gr.skip()] * len(room)

    begin = [interview, chat, said, box]
    asked = [
        box.submit(ask, [interview, examiner, box], begin, queue=False, **QUIET),
        chat.example_select(ask_starter, [interview, examiner], begin, queue=False, **QUIET),
    ]
    answering = [
        event.success(
            answer, [interview, model, examiner, *settings.values()], [interview, chat, said], **MODEL_QUEUE, **QUIET
        )
        for event in asked
    ]
    for event in answering:
        for settle in (event.then, event.failure):  # `then` does not come after a failure
            done = settle(ready, [interview, examiner], [interview, chat, box], queue=False, **QUIET)
            done.then(meet, [interview, script], room, **QUIET)
    for event in asked:
        event.success(None, None, None, js=FOLD_DOOR)
    box.stop(None, cancels=answering).then(stopped, [interview, examiner], [interview, chat, box, said], **QUIET)
    # a reply that was on its way belongs to the patient who has left
    who.change(None, cancels=answering).then(meet, [interview, script], room, **QUIET)
    entering = tab.select(enter, [interview, script], room, **QUIET)
    entering.success(renew_models, model, model, **QUIET).success(warm, [script, model], None, **QUIET)
    who.input(choose, [interview, script, who], room, **QUIET).success(warm, [script, model], None, **QUIET)
    gr.on([new.click, chat.clear], renew, script, room, cancels=answering, **QUIET)
    examiner.input(lambda *args: bubbles(*args), [interview, examiner], chat, **QUIET)
    downloads(download, transcript, [interview])


def entered(app: App, interview: Interview | None, script: PatientScript) -> tuple:
    """The room with this patient in it: the interview goes on with the same script, else a new one begins."""
    choices = patient_choices(app.library, script)
    if interview is not None and interview.script == script:
        return interview, script, choices, *[gr.skip()] * 4
    return Interview(script), script, choices, page.door(script), empty_chat(script), "", ask_box()
