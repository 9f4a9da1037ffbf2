"""Requests as Gradio hands them to handlers, and apps to hand them to."""

from pathlib import Path

import gradio as gr

from space.access import Access
from space.context import App
from space.library import Library
from space.models import Models

OWNER = gr.Request(headers={"host": "127.0.0.1:7860"})
VISITOR = gr.Request(headers={"host": "patients.example.org"})


def make_app(folder: Path, base: str = "smollm2-135m-instruct", scripts: Path | None = None) -> App:
    """An app on empty folders of its own, or on these scripts."""
    roots = {"runs": folder / "runs", "models": folder / "models"}
    for root in (*roots.values(), folder / "scripts"):
        root.mkdir(exist_ok=True)
    library = Library(scripts or folder / "scripts")
    return App(library, Models(base, roots), Access(local=True), base, roots["runs"], roots["models"])


def handler(demo: gr.Blocks, name: str):
    """The handler of this name that is bound in a page; the test calls it as Gradio would."""
    return next(function.fn for function in demo.fns.values() if function.name == name)
