"""What the tabs share, and the edge where an expected failure becomes a message.

A tab is a function `NAME_tab(app, tab, ...)` in `space/tabs/NAME.py`, called by `ui.build` inside its `gr.Tab`:

    def train_tab(app: App, tab: gr.Tab) -> None

It lays out its components from top to bottom and binds handlers. What it must show fresh (a list of runs or models)
it fills from `tab.select(...)`, never at build time: values given at build time are sent to everybody, a hidden tab's
included. A handler is a plain function or generator over plain values, decorated with `reporting`; where it needs to
know who asks it takes `request: gr.Request, profile: gr.OAuthProfile | None` last (Gradio fills them in by their
annotation) and begins with `app.access.require("train", request, profile)`.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from medsim.errors import MedSimError
from space.access import Access
from space.library import Library
from space.models import Models

MODEL_QUEUE = {"concurrency_id": "model", "concurrency_limit": 1}  # for every event that generates: one at a time
PRIVATE = {"api_visibility": "private"}  # for events that are no use to a program
QUIET = {"show_progress": "hidden", **PRIVATE}  # and that show what they do by themselves


@dataclass(frozen=True)
class App:
    """The objects of one server, made in app.py. Nothing in it belongs to one visitor: that lives in `gr.State`.

    `runs` is where training writes run folders and `shipped` where finished models lie (models/); `models` offers
    what both hold as patients; `base` is the name of the base that is trained and compared against by default.
    """

    library: Library
    models: Models
    access: Access
    base: str
    runs: Path
    shipped: Path

    @property
    def dialogues(self) -> Path:
        """The data sets to train on lie beside the scripts."""
        return self.library.folder.parent / "dialogues"


def html(value: Markup | str = "", **settings: Any) -> gr.HTML:
    """A place for pieces of page.py, without Gradio's styles and insets."""
    return gr.HTML(value, apply_default_css=False, padding=False, **settings)


def reporting(handler: Callable) -> Callable:
    """The one place where a MedSimError of a handler becomes a message on the page.

    Decorate functions, not `functools.partial` objects: Gradio does not see the annotations of those.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(*args, **kwargs):
            try:
                return (yield from handler(*args, **kwargs))
            except MedSimError as error:
                raise _shown(error) from error

        return stream

    @functools.wraps(handler)
    def call(*args, **kwargs):
        try:
            return handler(*args, **kwargs)
        except MedSimError as error:
            raise _shown(error) from error

    return call


def _shown(error: MedSimError) -> gr.Error:
    message = escape(str(error)).replace("\n", "<br>")  # Gradio renders it as HTML
    return gr.Error(message, title="Not done", print_exception=False)
