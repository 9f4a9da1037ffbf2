"""What the tests of the app share: requests as Gradio hands them to handlers, and apps to hand them to."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from medsim.sampling import Sampling
from space.access import Access
from space.context import App
from space.library import Library
from space.models import Models
from tests.conftest import MARIA, REPOSITORY

OWNER = gr.Request(headers={"host": "127.0.0.1:7860"})
VISITOR = gr.Request(headers={"host": "patients.example.org"})
SETTINGS = list(Sampling(temperature=0, max_new_tokens=4).model_dump().values())  # as the form of Chat sends them
SIX = ("graham-pritchard-stomach-pain", "harold-whitcombe-dizziness", "idris-yusuf-cough", "kwame-boateng-breathless",
       "maria-lopez-chest-tightness", "priya-nair-headache")  # fmt: skip
EVIL = """<img src=x onerror=alert(1)>"'&${alert(2)}{{value}}"""


@pytest.fixture(scope="session")
def six_scripts(tmp_path_factory) -> Path:
    """A library of six of the shipped scripts. To be read; who writes makes a copy."""
    folder = tmp_path_factory.mktemp("six") / "scripts"
    folder.mkdir()
    for name in SIX:
        shutil.copy(REPOSITORY / "data" / "scripts" / f"{name}.yaml", folder)
    return folder


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> Path:
    """What the command wrote about fact lookup, asked as Maria Lopez. To be read; who writes makes a copy."""
    folder = tmp_path_factory.mktemp("report") / "maria"
    command = ["--patient", "scripted", "--scripts", MARIA, "--out", folder]
    subprocess.run(
        [sys.executable, "-m", "medsim.benchmark", *map(str, command)], cwd=REPOSITORY, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def app(tmp_path_factory, tiny_base, six_scripts) -> App:
    """An app on the tiny base and six scripts."""
    return make_app(tmp_path_factory.mktemp("app"), str(tiny_base), six_scripts)


def make_app(folder: Path, base: str = "smollm2-135m-instruct", scripts: Path | None = None) -> App:
    """An app on empty folders of its own, or on these scripts."""
    roots = {"runs": folder / "runs", "models": folder / "models"}
    for root in (*roots.values(), folder / "scripts"):
        root.mkdir(exist_ok=True)
    library = Library(scripts or folder / "scripts")
    return App(library, Models(base, roots), Access(local=True), base, roots["runs"], roots["models"])


def field_values(values: Iterable[Any]) -> list[Any]:
    """What the browser's fields hold when a handler has answered with these."""
    return [value.value if isinstance(value, gr.Dropdown) else value for value in values]


def handler(demo: gr.Blocks, name: str):
    """The handler of this name that is bound in a page; the test calls it as Gradio would."""
    return next(function.fn for function in demo.fns.values() if function.name == name)
