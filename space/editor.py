"""The script editor: form, YAML, what the patient is told, the examiner's part. What an edit does is in edits.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from gradio.components import Component

from medsim.prompt import encode
from space import page
from space.context import QUIET, App, html, reporting
from space.draft import Draft
from space.edits import edited, fact_added, fact_opened, fact_removed, fact_values, feedback, form_values
from space.fields import ABOUT, DOOR, EXAMINER, FACT, LOCK, MANNER, PATIENT, Field
from space.models import CONTEXT_TOKENS

CHOOSE_ROW = (
    "element.addEventListener('click', event => { const row = event.target.closest('button[data-id]');"
    " if (row) trigger('select', {id: row.dataset.id}); })"
)
# Gradio's `input` of a text field comes for printing keys only, not for deleting and pasting, and its `change` also for
# each field that a handler fills. So we listen ourselves: after a pause in typing, and when a field is left.
LISTEN = """
let pause;
const typed = event => !event.target.closest('.cm-editor') && (clearTimeout(pause), true);
const form = element.closest('.editor');
form.addEventListener('input', event => { if (typed(event)) pause = setTimeout(() => trigger('input'), 250); });
form.addEventListener('change', event => { if (typed(event)) trigger('input'); });
"""
# typing sends many events: all that touch a draft are done one by one, in the order that they came
TYPING = {"concurrency_id": "editor", "concurrency_limit": 1, **QUIET}


@dataclass(frozen=True)
class Editor:
    """The components of the editor. `place` (see `place_of`) is held by the browser, as the fields' texts are."""

    views: gr.Tabs
    form_view: gr.Tab
    yaml_view: gr.Tab
    title: gr.HTML
    mend: gr.HTML
    unshown: gr.HTML
    ear: gr.HTML
    form: gr.Column
    script_fields: list[Component]
    fact_fields: list[Component]
    place: gr.JSON
    facts_part: gr.Accordion
    facts: gr.HTML
    add: gr.Button
    remove: gr.Button
    yaml: gr.Code
    told: gr.Textbox
    count: gr.HTML

    @property
    def fields(self) -> list[Component]:
        return [*self.script_fields, *self.fact_fields]

    @property
    def feedback(self) -> list[Component]:
        """What every edit renews; `feedback` gives the values."""
        return [self.title, self.mend, self.told, self.facts, self.facts_part]


def editor() -> Editor:
    """Lay out the editor."""
    title = html()
    with gr.Row(elem_classes="editor"):
        with gr.Column(scale=3, min_width=320):
            ear = html(js_on_load=LISTEN)
            mend = html(elem_classes="mend")
            with gr.Tabs() as views:
                with gr.Tab("Form", id="form") as form_view:
                    unshown = html()
                    with gr.Column() as form:
                        left = [*_section("On the door", DOOR), *_section("The patient", PATIENT)]
                        left += _section("How they talk", MANNER, is_open=False)
                        facts_part, place, facts, add, remove, fact_fields = _facts_section()
                        left += _section("About this script", ABOUT, is_open=False)
                with gr.Tab("YAML", id="yaml") as yaml_view:
                    yaml = gr.Code(
                        language="yaml", label="The script as YAML", interactive=True, lines=20, max_lines=32,
                        wrap_lines=True,
                    )  # fmt: skip
        with gr.Column(scale=2, min_width=320):
            told = gr.Textbox(
                label="What the patient is told", lines=10, max_lines=18, interactive=False, buttons=["copy"],
                info="Locked facts are left out until they are unlocked.", elem_classes="told",
            )  # fmt: skip
            count = html()
            with gr.Column(elem_classes="exam"):
                html(page.examiner_heading())
                left += _rows(EXAMINER, 1)
    return Editor(
        views, form_view, yaml_view, title, mend, unshown, ear, form, left, fact_fields, place, facts_part, facts, add,
        remove, yaml, told, count,
    )  # fmt: skip


def _section(label: str, fields: Sequence[Field], is_open: bool = True) -> list[Component]:
    with gr.Accordion(label, open=is_open):
        return _rows(fields, 3)


def _rows(fields: Sequence[Field], in_a_row: int) -> list[Component]:
    """The fields' components, `in_a_row` beside each other; one of several lines has a row of its own."""
    components, row = [], []
    for field in [*fields, None]:
        if row and (field is None or field.rows > 1 or len(row) == in_a_row):
            with gr.Row(elem_classes="fields"):
                components += [_component(item) for item in row]
            row = []
        if field is not None and field.rows > 1:
            components.append(_component(field))
        elif field is not None:
            row.append(field)
    return components


def _component(field: Field) -> Component:
    common = {"label": field.label, "info": field.info, "interactive": True, "min_width": 110}
    if field.choices or field.path in (("about",), ("lock",)):
        return gr.Dropdown(list(field.choices), allow_custom_value=True, **common)
    return gr.Textbox(lines=field.rows, max_lines=1 if field.rows == 1 else 12, **common)


def _facts_section() -> tuple[gr.Accordion, gr.JSON, gr.HTML, gr.Button, gr.Button, list[Component]]:
    with gr.Accordion("Facts", open=True) as part:
        facts = html(js_on_load=CHOOSE_ROW, elem_classes="fact-list")
        place = gr.JSON(visible=False)
        with gr.Row():
            add = gr.Button("Add a fact", size="sm", min_width=110)
            remove = gr.Button("Remove this fact", size="sm", min_width=110)
        fields = _rows([*FACT, *LOCK], 3)
    return part, place, facts, add, remove, fields


def bind(app: App, draft: gr.State, form: Editor) -> None:
    """Let the editor work on a draft. `draft` is renewed by each keystroke."""

    @reporting
    def typed(draft: Draft | None, place: dict | None, *values: str):
        if draft is None or not place or place["key"] != draft.key:
            return gr.skip()
        draft = edited(draft, int(place["fact"]), values)
        return draft, *feedback(draft, int(place["fact"]))

    @reporting
    def typed_yaml(place: dict, text: str):
        draft = Draft.of_text(text)
        return draft, *feedback(draft, int(place["fact"]))

    @reporting
    def fill(draft: Draft | None, place: dict | None):
        # Gradio selects the view also when it shows it first: what is typed by then must not be filled in anew
        if draft is None or not place or place["key"] == draft.key:
            return gr.skip()
        fact = int(place["fact"])
        return *form_values(draft, fact), place_of(draft, fact)

    @reporting
    def choose(draft: Draft | None, event: gr.EventData):
        return _with_fact_open(*fact_opened(draft, event._data["id"]))

    @reporting
    def add(draft: Draft):
        return _with_fact_open(*fact_added(draft))

    @reporting
    def remove(draft: Draft, place: dict):
        return _with_fact_open(*fact_removed(draft, int(place["fact"])))

    shown, fact = [draft, *form.feedback], [draft, *form.feedback, *form.fact_fields, form.place]
    events = [
        gr.on([form.ear.input, *(box.input for box in form.fields if isinstance(box, gr.Dropdown))], typed,
              [draft, form.place, *form.fields], shown, trigger_mode="multiple", **TYPING),
        form.yaml.input(typed_yaml, [form.place, form.yaml], shown, trigger_mode="multiple", **TYPING),
        form.facts.select(choose, draft, fact, **TYPING),
        form.add.click(add, draft, fact, **TYPING),
        form.remove.click(remove, [draft, form.place], fact, **TYPING),
    ]  # fmt: skip
    for event in events:
        event.then(counter(app), draft, form.count, **QUIET)
    form.form_view.select(
        fill, [draft, form.place], [form.unshown, form.form, *form.fields, form.place], **TYPING
    )
    form.yaml_view.select(lambda draft: draft.yaml if draft else gr.skip(), draft, form.yaml, **TYPING)


def place_of(draft: Draft, fact: int) -> dict:
    """Whose texts the fields show: the draft's key, and the index of the fact that is open."""
    return {"key": draft.key, "fact": fact}


def _with_fact_open(draft: Draft, index: int) -> tuple:
    return draft, *feedback(draft, index), *fact_values(draft.data, index), place_of(draft, index)


def counter(app: App):
    """A handler that says how much of the context the script takes; it stays silent about a script with problems."""

    @reporting
    def count(draft: Draft | None):
        if draft is None or draft.script is None:
            return gr.skip()
        tokens = len(encode(draft.script, (), app.models.chat_format(app.base)).ids)
        return page.muted(f"{tokens:,} of {CONTEXT_TOKENS:,} tokens of {Path(app.base).name}")

    return count
