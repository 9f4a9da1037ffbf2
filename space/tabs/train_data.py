"""The data set of a new run: which there are, what is wrong with one, and how the model sees its dialogues.

Handlers take the App and plain values. `choices` is what TrainForm.choices hold: Choices, then the settings.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from medsim import bases
from medsim.prompt import encode
from space import page, train_page, train_settings, training_data
from space.context import App
from space.token_view import token_view
from space.train_settings import Choices
from trainer.data import script_ids


def data_choices(app: App, data: str | None, held_out: str | None) -> tuple[gr.Dropdown, gr.Dropdown]:
    """The lists of data sets, to train on and held out; what was chosen stays where it is still there."""
    names = training_data.names(app.dialogues)
    aside = [train_settings.TENTH, train_settings.NOTHING, *names]
    kept = data if data in names else next(iter(names), None)
    if held_out not in aside:
        held_out = training_data.VALIDATION if training_data.VALIDATION in names else train_settings.TENTH
    return gr.Dropdown(choices=names, value=kept), gr.Dropdown(choices=aside, value=held_out)


def check(app: App, number: int | None, *choices: Any) -> tuple:
    """What is wrong with the data set, and the tokens of one of its dialogues."""
    name = Choices.split(choices)[0].data
    if not name:
        missing = page.note("warn", "Upload a JSONL file of dialogues.", "There is no data set.")
        return missing, gr.Button(visible=False), gr.skip(), ""
    data = training_data.load(app.dialogues, name)
    mending = gr.Button(visible=bool(data.problems and data.records))
    numbers = gr.Number(label=f"Dialogue, 1 to {max(1, len(data.records))}")
    return train_page.data_problems(data), mending, numbers, view(app, number, *choices)


def view(app: App, number: int | None, *choices: Any) -> Markup:
    """The tokens of dialogue `number`, from 1, of the chosen data set, as the chosen base has them."""
    own, values = Choices.split(choices)
    records = training_data.load(app.dialogues, own.data).records
    if not records:
        return Markup("")
    record = records[min(max(int(number or 1), 1), len(records)) - 1]
    name = train_settings.checked_base(app.base, own.base)
    if bases.present(name) is None:
        return page.muted(f"{name} is not here yet: its tokens can be shown once it was fetched.")
    base = app.models.chat_format(name)
    longest = dict(zip(train_settings.FIELDS, values, strict=True))["max_length"] or 0
    script = len(script_ids(record.script, base))
    return token_view(encode(record.script, record.dialogue, base), script, base.tokenizer, int(longest))


def take(app: App, upload: str, held_out: str | None) -> tuple:
    """Keep a file from the browser as a data set, and choose it."""
    return data_choices(app, training_data.keep_upload(app.dialogues, Path(upload)), held_out)


def keep_good(app: App, data: str, held_out: str | None) -> tuple:
    """Make a data set of the good dialogues, and choose it."""
    return data_choices(app, training_data.keep_good(app.dialogues, data), held_out)
