"""The card of the Space: what the Hub reads of it is valid, and what visitors read is all there."""

import re
from importlib.metadata import requires

import pytest
import yaml
from huggingface_hub import HfApi, RepoCard, SpaceCard, SpaceCardData
from huggingface_hub.constants import SPACES_SDK_TYPES
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY
from tests.hub_server import hub

# https://huggingface.co/docs/hub/spaces-config-reference
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
HARDWARE = {"cpu-basic", "cpu-upgrade", "t4-small", "t4-medium", "l4x1", "a10g-small", "a10g-large", "a100-large"}
PIN = re.compile(r"[A-Za-z0-9]")
KEYS = {
    "title", "short_description", "emoji", "colorFrom", "colorTo", "thumbnail", "header", "fullWidth", "pinned",
    "sdk", "sdk_version", "python_version", "app_file", "license", "models", "datasets", "tags",
    "hf_oauth", "hf_oauth_scopes", "hf_oauth_expiration_minutes", "disable_embedding", "startup_duration_timeout",
    "suggested_hardware",
}  # fmt: skip


@pytest.fixture(scope="module")
def card() -> RepoCard:
    return SpaceCard.load(REPOSITORY / "space" / "README.md")


def test_the_hub_can_read_the_front_matter(card):
    assert isinstance(card.data, SpaceCardData)
    facts = card.data.to_dict()
    assert set(facts) <= KEYS
    assert yaml.safe_load(card.data.to_yaml()) == facts
    assert facts["title"] == "MedSim-LLM" and len(facts["short_description"]) <= 60
    assert facts["sdk"] in SPACES_SDK_TYPES and facts["header"] in ("default", "mini")
    assert {facts["colorFrom"], facts["colorTo"]} <= COLORS
    assert facts["suggested_hardware"] in HARDWARE
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", model) for model in facts["models"])
    assert all(re.fullmatch(r"[a-z0-9-]+", tag) for tag in facts["tags"])


def test_versions_are_texts_and_those_of_the_requirements(card):
    assert card.data.python_version == "3.11" and card.data.app_file == "app.py"
    [pin] = re.findall(r"^gradio(?:\[[\w,]+\])?==(\S+)$", (REPOSITORY / "requirements.txt").read_text(), re.MULTILINE)
    assert card.data.sdk_version == pin


def test_a_space_can_install_the_requirements():
    """The Hub installs requirements.txt and gradio[oauth,mcp] in one go: a pin that these refuse fails the build."""
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    pins = {canonicalize_name(pin.name): pin.specifier for pin in map(Requirement, filter(PIN.match, lines))}
    for wanted in map(Requirement, requires("gradio")):
        installed = wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in ("oauth", "mcp"))
        pin = pins.get(canonicalize_name(wanted.name))
        if installed and pin:
            [version] = (specifier.version for specifier in pin)
            assert wanted.specifier.contains(version), f"gradio needs {wanted}; requirements.txt has {version}"


def test_sign_in_asks_for_no_more_than_publishing_needs(card):
    facts = card.data.to_dict()
    assert facts["hf_oauth"] is True and facts["hf_oauth_scopes"] == ["contribute-repos"]
    assert facts["license"] == "mit"


def test_it_says_what_visitors_must_know(card):
    text = " ".join(card.text.split())
    for words in (
        "fictional", "for education", "Nothing here is medical advice", "Never enter data of real patients",
        "Duplicate this Space", "PRO", "The disk of a Space is emptied when it restarts",
    ):  # fmt: skip
        assert words in text, words


def test_the_hub_takes_the_card_as_it_is(card, tmp_path):
    with hub(tmp_path) as (_, token, state):
        HfApi(token=token).create_repo("tester/medsim", repo_type="space", space_sdk="gradio")
        card.push_to_hub("tester/medsim", token=token)
        assert state.repo("tester/medsim", "spaces").read("README.md").decode() == str(card)
