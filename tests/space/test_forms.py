from typing import Literal

import gradio as gr
import pytest
from pydantic import Field

from medsim.config import Config
from medsim.errors import DataError
from medsim.sampling import Sampling
from space.forms import form, read


class Settings(Config):
    rank: int = Field(16, ge=1, le=256, description="LoRA rank")
    rate: float = Field(2e-4, gt=0, description="learning rate")
    packed: bool = Field(False, description="share scripts")
    kind: Literal["lora", "full"] = Field("lora", description="what is trained")
    targets: tuple[str, ...] = Field(("q", "v"), description="modules")
    limit: int | None = Field(None, ge=1, description="most steps")


def test_each_kind_of_field_has_its_component():
    fields = form(Settings)
    assert {name: type(field) for name, field in fields.items()} == {
        "rank": gr.Number, "rate": gr.Number, "packed": gr.Checkbox, "kind": gr.Dropdown, "targets": gr.Textbox,
        "limit": gr.Textbox,
    }  # fmt: skip
    assert fields["rank"].label == "Rank" and fields["rank"].info == "LoRA rank" and fields["rank"].value == 16
    assert [value for _, value in fields["kind"].choices] == ["lora", "full"]
    assert fields["limit"].placeholder == "Not set" and fields["targets"].placeholder is None
    assert all(field.interactive for field in fields.values())


def test_sliders_have_the_bounds_of_the_field():
    fields = form(Sampling, sliders=True)
    assert (fields["temperature"].minimum, fields["temperature"].maximum) == (0, 2)
    assert fields["top_p"].minimum > 0 and fields["top_p"].maximum == 1
    assert fields["max_new_tokens"].step == 1
    assert isinstance(fields["seed"], gr.Textbox)


def test_what_the_form_shows_reads_back_as_the_same_settings():
    start = Settings(rank=8, targets=("q", "k"), limit=5, kind="full")
    fields = form(Settings, start=start)
    assert read(Settings, fields, [field.value for field in fields.values()]) == start
    assert read(Sampling, *zip(*[(n, f.value) for n, f in form(Sampling).items()], strict=True)) == Sampling()


def test_part_of_the_fields_and_the_rest_given():
    fields = form(Settings, ["rate", "rank"])
    assert list(fields) == ["rate", "rank"]
    assert read(Settings, fields, [0.1, 4], packed=True) == Settings(rate=0.1, rank=4, packed=True)


def test_every_problem_is_said_at_once():
    with pytest.raises(DataError) as caught:
        read(Settings, form(Settings), [0, None, True, "none", "q, v", "many"])
    assert {problem.field for problem in caught.value.problems} == {"rank", "rate", "kind", "limit"}


def test_an_empty_optional_field_is_none():
    values = [16, 1e-4, False, "lora", " q ,, v ", " "]
    assert read(Settings, form(Settings), values) == Settings(rate=1e-4)
