from typing import Literal

import pytest
from pydantic import AliasChoices, Field

from medsim.config import Config
from medsim.errors import DataError, MedSimError


class Example(Config):
    """An example."""

    rate: float = Field(2e-4, gt=0, le=1, description="learning rate")
    rank: int = Field(16, ge=1, description="rank")
    fast: bool = Field(False, description="be fast")
    kind: Literal["steps", "epoch", "no"] = Field(
        "no", description="when", validation_alias=AliasChoices("kind", "old_kind")
    )
    modules: tuple[str, ...] = Field(("a",), description="modules")
    limit: int | None = Field(None, description="limit")


def test_precedence_is_default_then_file_then_flag(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("rate: 2e-3\nrank: 4\nold_kind: steps\n")
    config = Example.from_flags(["--config", str(path), "--rank", "8", "--kind", "epoch"])
    assert (config.rate, config.rank, config.kind, config.limit) == (2e-3, 8, "epoch", None)


@pytest.mark.parametrize(
    ("argv", "fast"), [([], False), (["--fast"], True), (["--fast", "true"], True), (["--fast", "false"], False)]
)
def test_booleans_take_all_forms(argv, fast):
    assert Example.from_flags(argv).fast is fast


def test_old_names_and_lists_work_as_flags():
    config = Example.from_flags(["--old_kind", "steps", "--modules", "x", "y"])
    assert config.kind == "steps"
    assert config.modules == ("x", "y")


def test_all_problems_come_at_once_with_their_lines(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("rate: 5\nrnk: 4\nkind: step\n")
    with pytest.raises(DataError) as error:
        Example.load(path, rank=0)
    text = str(error.value)
    assert f"{path}:1: rate: 5 does not fit: input should be less than or equal to 1. Change it." in text
    assert f"{path}:2: rnk: There is no such key. Did you mean 'rank'?" in text
    assert f"{path}:3: kind: 'step' is not allowed. Did you mean 'steps'?" in text
    assert any(line.startswith("rank: 0 does not fit") for line in text.split("\n"))


def test_a_bad_flag_is_told_by_its_name_and_not_by_a_line_of_the_file(tmp_path):
    (tmp_path / "c.yaml").write_text("rank: 4\nrate: 5\n")
    with pytest.raises(DataError) as error:
        Example.from_flags(["--config", str(tmp_path / "c.yaml"), "--rank", "0", "--fast", "maybe"])
    first, second, third = str(error.value).split("\n")
    assert first.startswith(f"{tmp_path / 'c.yaml'}:2: rate: 5 does not fit")
    assert second.startswith("--rank: '0' does not fit")
    assert third.startswith("--fast: 'maybe' does not fit")


def test_the_help_says_what_must_be_given():
    class Needy(Config):
        folder: str = Field(description="where to")
        count: int = Field(3, description="how many")

    text = " ".join(Needy.parser().format_help().split())
    assert "where to (required)" in text and "how many (default: 3)" in text


def test_a_missing_or_wrong_file_is_refused(tmp_path):
    with pytest.raises(MedSimError, match="does not exist"):
        Example.load(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(DataError, match="not a list of settings"):
        Example.load(tmp_path / "list.yaml")


def test_what_is_saved_repeats_the_run(tmp_path):
    config = Example.load(rate=1e-5, kind="steps", modules=("q", "no"))
    config.save(tmp_path / "c.yaml")
    assert Example.load(tmp_path / "c.yaml") == config


def test_unknown_flags_and_abbreviations_are_refused(capsys):
    for argv in (["--rat", "1"], ["--unknown", "1"]):
        with pytest.raises(SystemExit):
            Example.from_flags(argv)
    assert "unrecognized arguments: --unknown" in capsys.readouterr().err
