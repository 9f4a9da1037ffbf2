"""The first half of Train: choose dialogues and settings, see what the model sees and what it will take, start.

Handlers take the App and plain values. `choices` is what TrainForm.choices hold: Choices, then the settings.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from medsim.errors import MedSimError
from space import page, train_settings, training_data
from space.context import QUIET, App
from space.forecast import forecast
from space.forms import shown
from space.owner import for_owner
from space.tabs import train_data
from space.train_form import train_form
from space.train_settings import Choices, Folders
from trainer import jobs
from trainer.config import TrainConfig

YAML_NOTE = "# The data set, what is held out, the base and the name are those chosen on the page.\n"


def new_run(app: App, tab: gr.Tab, chosen: gr.State, views: gr.Tabs) -> Dependency:
    """Lay out and bind. Returns the event of a start, after which `chosen` is its run and `views` shows the runs."""
    part = train_form()
    owner = partial(for_owner, app, "train")
    data = [part.data, part.held_out]
    looked_at = [part.number, *part.choices]
    others = (part.held_out, part.base, part.name, part.yaml, *part.fields.values())

    checks = {"fn": owner(train_data.check), "inputs": looked_at, "outputs": part.checked, **QUIET}
    forecasts = {"fn": owner(forecast_of), "inputs": part.choices, "outputs": [part.card, part.command], **QUIET}

    part.data.input(**checks).then(**forecasts)
    for event in (
        tab.select(owner(enter), [*data, part.base], [*data, part.base], **QUIET),
        part.upload.upload(owner(train_data.take), [part.upload, part.held_out], data, **QUIET),
        part.keep_good.click(owner(train_data.keep_good), data, data, **QUIET),
    ):
        event.success(**checks).then(**forecasts)
    gr.on(
        [part.number.input, part.fields["max_length"].input, part.base.input], owner(train_data.view), looked_at,
        part.tokens, trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    gr.on([other.input for other in others], trigger_mode="always_last", **forecasts)
    filled = part.preset.input(owner(fill), part.preset, [part.form, part.yaml, *part.fields.values()], **QUIET)
    filled.then(**forecasts)
    return part.start.click(owner(start, give_login=True), part.choices, [part.said, chosen, views], **QUIET)


def enter(app: App, data: str | None, held_out: str | None, base: str | None) -> tuple:
    """The lists as they are now; what was chosen before stays."""
    offered = gr.Dropdown(choices=train_settings.base_names(app.base), value=base or app.base)
    return *train_data.data_choices(app, data, held_out), offered


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
    own, values = Choices.split(choices)
    for name in (own.data, own.held_out):
        named = name not in (train_settings.TENTH, train_settings.NOTHING)
        if named and (bad := training_data.load(app.dialogues, name).bad):
            cure = "Mend them, or save the good ones as a new data set."
            raise MedSimError(f"{bad} dialogues of {name} cannot be used. {cure}")
    return train_settings.settings(Folders(app.dialogues, app.runs), app.base, own, values)
