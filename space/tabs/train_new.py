"""The first half of Train: choose dialogues and settings, see what the model sees and what it will take, start.

Handlers take the App and plain values. `choices` is what TrainForm.choices hold: Choices, then the settings.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from medsim import bases
from medsim.errors import MedSimError
from medsim.prompt import encode
from space import page, train_page, train_settings, training_data
from space.context import QUIET, App
from space.forecast import forecast
from space.forms import shown
from space.owner import for_owner
from space.token_view import token_view
from space.train_form import train_form
from space.train_settings import Choices, Folders
from trainer import jobs
from trainer.config import TrainConfig
from trainer.data import script_ids

YAML_NOTE = "# The data set, what is held out, the base and the name are those chosen on the page.\n"


def new_run(app: App, tab: gr.Tab, chosen: gr.State, views: gr.Tabs) -> Dependency:
    """Lay out and bind. Returns the event of a start, after which `chosen` is its run and `views` shows the runs."""
    part = train_form()
    owner = partial(for_owner, app, "train")
    data = [part.data, part.held_out]
    looked_at = [part.number, *part.choices]
    others = (part.held_out, part.base, part.name, part.yaml, *part.fields.values())

    checks = {"fn": owner(check), "inputs": looked_at, "outputs": part.checked, **QUIET}
    forecasts = {"fn": owner(forecast_of), "inputs": part.choices, "outputs": [part.card, part.command], **QUIET}

    part.data.input(**checks).then(**forecasts)
    for event in (
        tab.select(owner(enter), [*data, part.base], [*data, part.base], **QUIET),
        part.upload.upload(owner(take), [part.upload, part.held_out], data, **QUIET),
        part.keep_good.click(owner(keep_good), data, data, **QUIET),
    ):
        event.success(**checks).then(**forecasts)
    gr.on(
        [part.number.input, part.fields["max_length"].input, part.base.input], owner(view), looked_at, part.tokens,
        trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    gr.on([other.input for other in others], trigger_mode="always_last", **forecasts)
    filled = part.preset.input(owner(fill), part.preset, [part.form, part.yaml, *part.fields.values()], **QUIET)
    filled.then(**forecasts)
    return part.start.click(owner(start, give_login=True), part.choices, [part.said, chosen, views], **QUIET)


def enter(app: App, data: str | None, held_out: str | None, base: str | None) -> tuple:
    """The lists as they are now; what was chosen before stays."""
    offered = gr.Dropdown(choices=train_settings.base_names(app.base), value=base or app.base)
    return *_data_choices(app, data, held_out), offered


def check(app: App, number: int | None, *choices: Any) -> tuple:
    """What is wrong with the data set, and the tokens of one of its dialogues."""
    name = Choices(*choices[: len(Choices._fields)]).data
    if not name:
        missing = page.note("warn", "Upload a JSONL file of dialogues.", "There is no data set.")
        return missing, gr.Button(visible=False), gr.skip(), ""
    data = training_data.load(app.dialogues, name)
    mending = gr.Button(visible=bool(data.problems and data.records))
    numbers = gr.Number(label=f"Dialogue, 1 to {max(1, len(data.records))}")
    return train_page.data_problems(data), mending, numbers, view(app, number, *choices)


def view(app: App, number: int | None, *choices: Any) -> Markup:
    """The tokens of dialogue `number`, from 1, of the chosen data set, as the chosen base has them."""
    own, values = _split(choices)
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


def forecast_of(app: App, *choices: Any) -> tuple[Markup, str]:
    """The card and the command; in place of the card what is wrong with the choices."""
    try:
        config = _config(app, choices)
        return forecast(app, config), train_settings.terminal_command(config)
    except MedSimError as error:
        return page.note("bad", str(error), "✕ This cannot be trained."), ""


def fill(app: App, name: str) -> tuple:
    """A preset's settings in the form, or the form's place for YAML with the standard settings to go on from."""
    if name == train_settings.YAML:
        text = YAML_NOTE + train_settings.as_yaml(train_settings.preset(train_settings.STANDARD))
        return gr.Column(visible=False), gr.Code(visible=True, value=text), *[gr.skip()] * len(train_settings.FIELDS)
    if name not in train_settings.PRESETS:
        raise MedSimError(f"There is no preset {name}. Choose one of the list.")
    config, fields = train_settings.preset(name), TrainConfig.model_fields
    values = [shown(fields[field], getattr(config, field)) for field in train_settings.FIELDS]
    return gr.Column(visible=True), gr.Code(visible=False), *values


def take(app: App, upload: str, held_out: str | None) -> tuple:
    """Keep a file from the browser as a data set, and choose it."""
    return _data_choices(app, training_data.keep_upload(app.dialogues, Path(upload)), held_out)


def keep_good(app: App, data: str, held_out: str | None) -> tuple:
    """Make a data set of the good dialogues, and choose it."""
    return _data_choices(app, training_data.keep_good(app.dialogues, data), held_out)


def start(app: App, *choices: Any, login: str | None) -> Iterator[tuple]:
    """Begin the run. The base comes first, which may take minutes."""
    yield page.muted("Preparing the base and starting."), gr.skip(), gr.skip()
    try:
        run = jobs.start(_config(app, choices), app.runs, login)
    except MedSimError as error:
        yield page.note("bad", str(error), "✕ Not started."), gr.skip(), gr.skip()
    else:
        yield "", f"runs/{run.name}", gr.Tabs(selected="runs")


def _config(app: App, choices: tuple) -> TrainConfig:
    own, values = _split(choices)
    for name in (own.data, own.held_out):
        named = name not in (train_settings.TENTH, train_settings.NOTHING)
        if named and (bad := training_data.load(app.dialogues, name).bad):
            cure = "Mend them, or save the good ones as a new data set."
            raise MedSimError(f"{bad} dialogues of {name} cannot be used. {cure}")
    return train_settings.settings(Folders(app.dialogues, app.runs), app.base, own, values)


def _split(choices: tuple) -> tuple[Choices, tuple]:
    count = len(Choices._fields)
    return Choices(*choices[:count]), choices[count:]


def _data_choices(app: App, data: str | None, held_out: str | None) -> tuple[gr.Dropdown, gr.Dropdown]:
    names = training_data.names(app.dialogues)
    aside = [train_settings.TENTH, train_settings.NOTHING, *names]
    kept = data if data in names else next(iter(names), None)
    if held_out not in aside:
        held_out = training_data.VALIDATION if training_data.VALIDATION in names else train_settings.TENTH
    return gr.Dropdown(choices=names, value=kept), gr.Dropdown(choices=aside, value=held_out)
