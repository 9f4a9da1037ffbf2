"""The components of a new run: dialogues, settings, what they will take. What they do is bound in tabs/train_new.py."""

from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from space.context import html
from space.forms import form
from space.train_page import heading
from space.train_settings import COMMON_FIELDS, OTHER_FIELDS, PRESETS, STANDARD, YAML, preset
from trainer.config import TrainConfig


class TrainForm(NamedTuple):
    """The components. `fields` are the settings in the order of train_settings.FIELDS."""

    data: gr.Dropdown
    held_out: gr.Dropdown
    upload: gr.UploadButton
    keep_good: gr.Button
    problems: gr.HTML
    number: gr.Number
    tokens: gr.HTML
    base: gr.Dropdown
    name: gr.Textbox
    preset: gr.Radio
    form: gr.Column
    yaml: gr.Code
    fields: dict[str, Component]
    card: gr.HTML
    start: gr.Button
    said: gr.HTML
    command: gr.Textbox

    @property
    def checked(self) -> list[Component]:
        """What depends on the data set."""
        return [self.problems, self.keep_good, self.number, self.tokens]

    @property
    def choices(self) -> list[Component]:
        """What a configuration is made of: the page's own fields in the order of Choices, then the settings."""
        return [self.data, self.held_out, self.base, self.name, self.preset, self.yaml, *self.fields.values()]


def train_form() -> TrainForm:
    """Lay the form out: what is chosen on the left, what it will take and the start on the right."""
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            left = {**_data_part(), **_settings_part()}
        with gr.Column(scale=1, min_width=300, elem_classes="sticky"):
            right = {
                "card": html(),
                "start": gr.Button("Start training", variant="primary"),
                "said": html(),
                "command": gr.Textbox(
                    label="The same in a terminal", lines=2, max_lines=8, interactive=False, buttons=["copy"]
                ),
            }
    return TrainForm(**left, **right)


def _data_part() -> dict[str, Component]:
    html(heading("1 · Dialogues"))
    with gr.Row(elem_classes="fields"):
        data = gr.Dropdown([], label="Data set", interactive=True, min_width=200)
        held_out = gr.Dropdown([], label="Held out, to evaluate on", interactive=True, min_width=200)
    with gr.Row(elem_classes="tools"):
        upload = gr.UploadButton("Upload a JSONL file", file_types=[".jsonl"], size="md", min_width=180)
        keep_good = gr.Button("Save the good ones as a new data set", size="md", visible=False, min_width=280)
    problems = html()
    html(heading("What the model sees"))
    with gr.Row():
        number = gr.Number(1, label="Dialogue", precision=0, minimum=1, interactive=True, scale=0, min_width=170)
    return {
        "data": data, "held_out": held_out, "upload": upload, "keep_good": keep_good, "problems": problems,
        "number": number, "tokens": html(),
    }  # fmt: skip


def _settings_part() -> dict:
    html(heading("2 · Settings"))
    with gr.Row(elem_classes="fields"):
        base = gr.Dropdown([], label="Base", interactive=True, min_width=200)
        name = gr.Textbox(
            label="Name of the run", placeholder="date, time and base", max_length=64, interactive=True, min_width=200
        )
    chosen = gr.Radio([*PRESETS, YAML], value=STANDARD, label="Preset", interactive=True)
    yaml = gr.Code(
        language="yaml", label="Settings as YAML", interactive=True, visible=False, lines=16, max_lines=32,
        wrap_lines=True,
    )  # fmt: skip
    with gr.Column() as part:
        with gr.Row(elem_classes="settings"):
            common = form(TrainConfig, COMMON_FIELDS, start=preset(STANDARD))
        with gr.Accordion(f"All other settings ({len(OTHER_FIELDS)})", open=False), gr.Row(elem_classes="settings"):
            other = form(TrainConfig, OTHER_FIELDS, start=preset(STANDARD))
    return {
        "base": base, "name": name, "preset": chosen, "yaml": yaml, "form": part, "fields": {**common, **other}
    }  # fmt: skip
