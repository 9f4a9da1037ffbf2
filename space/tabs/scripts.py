"""Scripts: choose a patient, read and edit the script, see what the model is told, and talk to the patient."""

from pathlib import Path

import gradio as gr

from medsim.script import PatientScript
from space import page
from space.context import QUIET, App, html, reporting
from space.download import downloads
from space.draft import Draft
from space.editor import CHOOSE_ROW, TYPING, bind, counter, editor, place_of
from space.edits import copied, exported, feedback, form_values, opened_draft, saved

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
ALL, ANY = "All specialties", "Any difficulty"
DIFFICULTIES = ("easy", "medium", "hard")


def scripts_tab(app: App, tab: gr.Tab, tabs: gr.Tabs, script: gr.State) -> None:
    """`script` is set to the PatientScript that the visitor wants to talk to."""
    draft = gr.State(None)  # the Draft that this visitor edits
    origin = gr.State(None)  # the id under which the library has it, or None
    with gr.Column() as choosing:
        with gr.Row(elem_classes="filters"):
            search = gr.Textbox(label="Search", placeholder="Name, complaint, specialty", scale=3, max_lines=1)
            specialty = gr.Dropdown([ALL], value=ALL, label="Specialty", interactive=True, min_width=130)
            difficulty = gr.Dropdown([ANY, *DIFFICULTIES], label="Difficulty", interactive=True, min_width=130)
        cards = html(js_on_load=CHOOSE_ROW)
        new = gr.Button("New script", size="md", elem_classes="narrow")
    with gr.Column(visible=False) as editing:
        with gr.Row(elem_classes="tools"):
            back = gr.Button("← All patients", size="md", min_width=120)
            export = gr.Button("Export", size="md", elem_classes="push", min_width=90)
            duplicate = gr.Button("Duplicate", size="md", min_width=90)
            save = gr.Button("Save", size="md", visible=False, min_width=80)
            talk = gr.Button("Talk to this patient", variant="primary", size="md", min_width=170)
        said = html()
        form = editor()
    bind(app, draft, form)
    filters = [search, specialty, difficulty]

    def gallery(search: str, specialty: str, difficulty: str):
        scripts, problems = app.library.scripts()
        found = page.gallery(matching(scripts, search, specialty, difficulty))
        choices = [ALL, *sorted({script.specialty for script in scripts})]
        return found + page.problems(problems), gr.Dropdown(choices=choices)

    renew = {"fn": gallery, "inputs": filters, "outputs": [cards, specialty], **QUIET}
    # one event for both: of two answers the later question's must come last
    gr.on([tab.select, *(box.change for box in filters)], trigger_mode="always_last", **renew)

    def shown(new_draft: Draft, new_origin: str | None, request: gr.Request, profile: gr.OAuthProfile | None):
        may_save = app.access.may("save", request, profile)
        return [
            new_draft, new_origin, gr.Column(visible=False), gr.Column(visible=True), gr.Button(visible=may_save), "",
            gr.Tabs(selected="form"), *feedback(new_draft, 0), *form_values(new_draft, 0), new_draft.yaml,
            place_of(new_draft, 0),
        ]  # fmt: skip

    @reporting
    def show(event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None):
        script_id = str(event._data["id"])
        return shown(Draft.of_text(app.library.text(script_id)), script_id, request, profile)

    @reporting
    def show_template(request: gr.Request, profile: gr.OAuthProfile | None):
        return shown(Draft.of_text(TEMPLATE.read_text(encoding="utf-8")), None, request, profile)

    @reporting
    def show_copy(draft: Draft, request: gr.Request, profile: gr.OAuthProfile | None):
        return shown(copied(draft, app.library), None, request, profile)

    opened = [draft, origin, choosing, editing, save, said, form.views, *form.feedback, form.unshown, form.form,
              *form.fields, form.yaml, form.place]  # fmt: skip
    for event in (
        cards.select(show, None, opened, **TYPING),
        new.click(show_template, None, opened, **TYPING),
        duplicate.click(show_copy, draft, opened, **TYPING),
    ):
        event.then(counter(app), draft, form.count, **QUIET)

    @reporting
    def keep(draft: Draft | None, origin: str | None, request: gr.Request, profile: gr.OAuthProfile | None):
        app.access.require("save", request, profile)
        kept = saved(opened_draft(draft), origin, app.library)
        return kept, page.note("good", f"Saved in the library as {kept}.")

    @reporting
    def begin(draft: Draft | None):
        return opened_draft(draft).good(), gr.Tabs(selected="chat")

    leave = back.click(
        lambda: (gr.Column(visible=True), gr.Column(visible=False)), None, [choosing, editing], **QUIET,
    )  # fmt: skip
    leave.then(**renew)
    save.click(keep, [draft, origin], [origin, said], **TYPING)
    talk.click(begin, draft, [script, tabs], **TYPING)
    downloads(export, exported, [draft], concurrency_id=TYPING["concurrency_id"])


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
