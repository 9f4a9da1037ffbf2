"""What many tests share: nothing may touch the user's machine, and models are tiny but real."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from pathlib import Path

import pytest

from medsim.dialogue import Message, Record, doctor, load, patient
from medsim.prompt import ChatFormat
from medsim.script import PatientScript
from tests.tiny import make_base

REPOSITORY = Path(__file__).parent.parent
DIALOGUES = [REPOSITORY / "data" / "dialogues" / f"{name}.jsonl" for name in ("train", "validation")]
# The patients whose dialogues the first rules of matching were made with; on others the truth set measures them.
FIRST = (
    "graham-pritchard-stomach-pain", "harold-whitcombe-dizziness", "idris-yusuf-cough", "kwame-boateng-breathless",
    "maria-lopez-chest-tightness", "priya-nair-headache",
)  # fmt: skip
# The library, and the patients kept for tests and for validation.
SHIPPED = sorted((REPOSITORY / "data").glob("**/scripts/*.yaml"))
MARIA = REPOSITORY / "data" / "scripts" / "maria-lopez-chest-tightness.yaml"


def first_dialogues() -> list[Record]:
    """Their thirty dialogues, five with each."""
    return [record for path in DIALOGUES for record in load(path) if record.script.id in FIRST]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory) -> Path:
    """A folder with a two-layer Llama of random weights and a byte-level BPE tokenizer with a ChatML template."""
    return make_base(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture(scope="session")
def tiny_format(tiny_base) -> ChatFormat:
    """How the tiny base is spoken to."""
    from medsim.bases import load_tokenizer

    return ChatFormat(load_tokenizer(tiny_base))


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of the real default base, prepared by `make test` (or now, which takes a minute)."""
    from medsim.bases import prepare

    return prepare("smollm2-135m-instruct")


@pytest.fixture(scope="module")
def running_hub(tmp_path_factory):
    from tests.hub_server import hub

    with hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def server(running_hub):
    """A Hub without repositories; the client of this process talks to it as long as the module's tests run."""
    yield running_hub
    running_hub.state.repos.clear()


@pytest.fixture(scope="session")
def script() -> PatientScript:
    """Maria Lopez, as shipped: she has a locked fact."""
    return PatientScript.load(MARIA)


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
