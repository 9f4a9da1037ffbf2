"""Scripts: choose a patient, read and edit the script, see what the model is told, and talk to the patient."""

import gradio as gr

from medsim.script import DIFFICULTIES
from space import page
from space.context import QUIET, App, html, reporting
from space.download import downloads
from space.draft import Draft
from space.editor import CHOOSE_ROW, TYPING, bind, counter, editor, place_of
from space.edits import copied, exported, first_feedback, form_values, opened_draft, saved
from space.gallery import ALL, ANY, gallery, matching
from space.unsaved import MOST, Drafts, new_origin, template, with_draft, without


def scripts_tab(app: App, tab: gr.Tab, tabs: gr.Tabs, script: gr.State) -> None:
    """`script` is set to the PatientScript that the visitor wants to talk to."""
    draft = gr.State(None)  # the Draft that this visitor edits
    origin = gr.State(None)  # the id under which the library has it, or one of `new_origin`
    drafts = gr.State({})  # Drafts: what this visitor has edited and left
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
            discard = gr.Button("Discard edits", size="md", visible=False, min_width=110)
            save = gr.Button("Save", size="md", visible=False, min_width=80)
            talk = gr.Button("Talk to this patient", variant="primary", size="md", min_width=170)
        said = html()
        form = editor()
    bind(app, draft, form)
    filters = [search, specialty, difficulty]

    def renew_gallery(drafts: Drafts, search: str, specialty: str, difficulty: str):
        scripts, problems = app.library.scripts()
        found = gallery(matching(scripts, search, specialty, difficulty), scripts, drafts)
        choices = [ALL, *sorted({script.specialty for script in scripts})]
        return found + page.problems(problems), gr.Dropdown(choices=choices)

    renew = {"fn": renew_gallery, "inputs": [drafts, *filters], "outputs": [cards, specialty], **QUIET}
    # one event for both: of two answers the later question's must come last
    gr.on([tab.select, *(box.change for box in filters)], trigger_mode="always_last", **renew)

    def shown(
        draft: Draft, origin: str, drafts: Drafts, request: gr.Request, profile: gr.OAuthProfile | None
    ):  # fmt: skip
        may_save = app.access.may("save", request, profile)
        said = page.muted("These are your edits, not saved yet.") if origin in drafts else ""
        return [
            draft, origin, drafts, gr.Column(visible=False), gr.Column(visible=True), gr.Button(visible=may_save),
            gr.Button(visible=origin in drafts), said, gr.Tabs(selected="form"), *first_feedback(draft), "",
            *form_values(draft, 0), draft.yaml, place_of(draft, 0),
        ]  # fmt: skip

    @reporting
    def show(drafts: Drafts, event: gr.EventData, request: gr.Request, profile: gr.OAuthProfile | None):
        origin = str(event._data["id"])
        draft = drafts.get(origin) or Draft.of_text(app.library.text(origin))
        return shown(draft, origin, drafts, request, profile)

    @reporting
    def show_template(drafts: Drafts, request: gr.Request, profile: gr.OAuthProfile | None):
        draft = Draft.of_text(template())
        return shown(draft, new_origin(draft), drafts, request, profile)

    @reporting
    def show_copy(
        draft: Draft, origin: str, drafts: Drafts, request: gr.Request, profile: gr.OAuthProfile | None
    ):  # fmt: skip
        copy = copied(draft, app.library)
        return shown(copy, new_origin(copy), left(drafts, origin, draft), request, profile)

    def left(drafts: Drafts, origin: str, draft: Draft) -> Drafts:
        after = with_draft(drafts, origin, draft, app.library)
        for gone in drafts.keys() - after.keys() - {origin}:
            gr.Warning(f"The edits of {drafts[gone].name} are gone: at most {MOST} patients with edits are kept.")
        return after

    opened = [draft, origin, drafts, choosing, editing, save, discard, said, form.views, *form.feedback, form.count,
              form.unshown, form.form, *form.fields, form.yaml, form.place]  # fmt: skip
    for event in (
        cards.select(show, drafts, opened, **TYPING),
        new.click(show_template, drafts, opened, **TYPING),
        duplicate.click(show_copy, [draft, origin, drafts], opened, **TYPING),
    ):
        event.then(counter(app), draft, form.count, **QUIET)

    @reporting
    def keep(
        draft: Draft | None, origin: str, drafts: Drafts, request: gr.Request, profile: gr.OAuthProfile | None
    ):  # fmt: skip
        app.access.require("save", request, profile)
        kept, note = saved(opened_draft(draft), origin, app.library)
        return kept, without(drafts, origin), gr.Button(visible=False), page.note("good", note)

    @reporting
    def begin(draft: Draft | None):
        return opened_draft(draft).good(), gr.Tabs(selected="chat")

    def leave(drafts: Drafts, origin: str, draft: Draft):
        return left(drafts, origin, draft), gr.Column(visible=True), gr.Column(visible=False)

    def drop(drafts: Drafts, origin: str):
        return without(drafts, origin), gr.Column(visible=True), gr.Column(visible=False)

    for event in (
        back.click(leave, [drafts, origin, draft], [drafts, choosing, editing], **TYPING),
        discard.click(drop, [drafts, origin], [drafts, choosing, editing], **TYPING),
    ):
        event.then(**renew)
    save.click(keep, [draft, origin, drafts], [origin, drafts, discard, said], **TYPING)
    talk.click(begin, draft, [script, tabs], **TYPING)
    downloads(export, exported, [draft], concurrency_id=TYPING["concurrency_id"])

