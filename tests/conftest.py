"""What many tests share: nothing may touch the user's machine, and models are tiny but real."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from pathlib import Path

import pytest

from medsim.dialogue import Message, doctor, patient
from medsim.script import PatientScript
from tests.tiny import make_base

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory) -> Path:
    """A folder with a two-layer Llama of random weights and a byte-level BPE tokenizer with a ChatML template."""
    return make_base(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of the real default base, prepared by `make test` (or now, which takes a minute)."""
    from medsim.bases import prepare

    return prepare("smollm2-135m-instruct")


@pytest.fixture(scope="session")
def script() -> PatientScript:
    """Maria Lopez, as shipped: she has a locked fact."""
    return PatientScript.load(REPOSITORY / "data" / "scripts" / "maria-lopez-chest-tightness.yaml")


@pytest.fixture
def dialogue() -> list[Message]:
    """Six turns about a tight chest, ending with the patient."""
    return [
        doctor("Good morning. What brings you in?"),
        patient("I've been getting this tightness in my chest."),
        doctor("When did it start?"),
        patient("Two days ago."),
        doctor("Any fever?"),
        patient("No."),
    ]
