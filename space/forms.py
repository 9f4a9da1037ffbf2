"""A form made from a configuration: one component a field, with its bounds, choices and description.

    fields = form(Sampling, sliders=True)                    # lays out the components where it is called
    button.click(lambda *values: read(Sampling, fields, values), list(fields.values()))
"""

import typing
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeVar

import annotated_types
import gradio as gr
from gradio.components import Component
from pydantic.fields import FieldInfo

from medsim.config import Config, value_type

Settings = TypeVar("Settings", bound=Config)
SLIDER_STEP = 0.05


def form(
    config: type[Config], names: Sequence[str] | None = None, *, start: Config | None = None, sliders: bool = False
) -> dict[str, Component]:
    """Components for these fields (all of them by default), in this order, showing `start` or the defaults.

    A number with both bounds becomes a slider where `sliders` is set. What is typed is checked by `read`.
    """
    values = start or config.load()
    return {
        name: _component(name, config.model_fields[name], getattr(values, name), sliders)
        for name in names or config.model_fields
    }


def read(config: type[Settings], names: Iterable[str], values: Sequence[Any], **more: Any) -> Settings:
    """The configuration that a form's values say; `more` sets fields that the form lacks.

    Raises DataError with every problem. An empty optional field is None; any other empty field is a problem.
    """
    given = {name: _value(config.model_fields[name], value) for name, value in zip(names, values, strict=True)}
    return config.load(None, **given, **more)


def shown(field: FieldInfo, value: Any) -> Any:
    """A setting's value as its component holds it."""
    kind, _ = value_type(field)
    if typing.get_origin(kind) in (list, tuple) and value is not None:
        return ", ".join(str(item) for item in value)
    return value


def _component(name: str, field: FieldInfo, value: Any, sliders: bool) -> Component:
    kind, optional = value_type(field)
    common = {
        "label": field.title or name.replace("_", " ").capitalize(),
        "info": field.description and field.description[0].upper() + field.description[1:],
        "value": shown(field, value),
        "interactive": True,
    }
    if kind is bool:
        return gr.Checkbox(**common)
    if typing.get_origin(kind) is Literal:
        return gr.Dropdown(choices=list(typing.get_args(kind)), **common)
    if kind in (int, float) and not optional:  # an empty gr.Number shows 0
        bounds = _bounds(field, kind)
        if sliders and None not in bounds:
            step = 1 if kind is int else SLIDER_STEP
            return gr.Slider(bounds[0], bounds[1], step=step, **common)
        return gr.Number(precision=0 if kind is int else None, **common)
    return gr.Textbox(placeholder="Not set" if optional else None, **common)


def _bounds(field: FieldInfo, kind: type) -> tuple[float | None, float | None]:
    step = 1 if kind is int else SLIDER_STEP
    low = high = None
    for limit in field.metadata:
        match limit:
            case annotated_types.Ge(ge):
                low = ge
            case annotated_types.Gt(gt):
                low = gt + step
            case annotated_types.Le(le):
                high = le
            case annotated_types.Lt(lt):
                high = lt - step
    return low, high


def _value(field: FieldInfo, value: Any) -> Any:
    kind, _ = value_type(field)
    if isinstance(value, str) and not value.strip():
        return None
    if typing.get_origin(kind) in (list, tuple) and isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value
