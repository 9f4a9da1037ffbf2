"""A draft holds any text; its form view changes what was typed into and nothing else."""

import pytest

from medsim.errors import MedSimError
from medsim.files import parse_yaml
from space import lines
from space.draft import Draft, value_at, with_value
from space.library import MAX_CHARS
from tests.conftest import REPOSITORY

SCRIPTS = sorted((REPOSITORY / "data" / "scripts").glob("*.yaml"))


def test_good_text_is_a_script():
    draft = Draft.of_text(SCRIPTS[0].read_text())
    assert draft.good().id == SCRIPTS[0].stem and draft.problems == () and draft.yaml == SCRIPTS[0].read_text()


@pytest.mark.parametrize("text", ["", "a: [1", "- x", "12", "schema: 1\nid: X Y\n", "a: *b", "\x00"])
def test_bad_text_is_kept_and_its_problems_are_said(text):
    draft = Draft.of_text(text)
    assert draft.yaml == text and draft.script is None and draft.problems
    with pytest.raises(MedSimError, match="Mend what is listed"):
        draft.good()


def test_too_much_text_is_refused():
    with pytest.raises(MedSimError, match="Shorten it"):
        Draft.of_text("#" * (MAX_CHARS + 1))


def test_data_makes_text_and_keeps_the_fields():
    draft = Draft.of_text(SCRIPTS[0].read_text())
    changed = draft.with_data(with_value(draft.data, ("patient", "name"), "Bo"))
    assert changed.key == draft.key != changed.rekeyed().key
    assert changed.name == "Bo" and parse_yaml(changed.yaml).data == changed.data
    assert draft.with_data(draft.data) is draft and draft.data["patient"]["name"] != "Bo"
    assert Draft.of_data({}).name == "Unnamed patient"


def test_values_at_paths():
    data = {"a": {"b": [1, {"c": "x"}]}}
    assert value_at(data, ("a", "b", 1, "c")) == "x"
    assert value_at(data, ("a", "b", 7, "c")) is value_at(data, ("z",)) is value_at(None, ("a",)) is None
    assert with_value(data, ("a", "b", 1, "c"), "y") == {"a": {"b": [1, {"c": "y"}]}}
    assert with_value(data, ("n", "m"), 2) == {**data, "n": {"m": 2}}
    assert with_value({"n": {"m": 2}, "k": 1}, ("n", "m"), None) == {"k": 1}, "what is left empty goes too"
    assert with_value({"n": {"m": 2, "o": 1}}, ("n", "m"), None) == {"n": {"o": 1}}
    assert data == {"a": {"b": [1, {"c": "x"}]}}, "the data given is not changed"


PAIRS = [
    (lines.to_text, lines.from_text, ["a", None]),
    (lines.to_lines, lines.from_lines, [["a", "b c"], None]),
    (lines.to_names, lines.from_names, [["a", "b-c"], None]),
    (lines.to_table, lines.from_table, [{"chest": "Clear: both sides.", "otherwise": "Normal."}, None]),
    (lines.to_differential, lines.from_differential, [[{"name": "A"}, {"name": "B", "must_consider": True}], None]),
    (
        lines.to_questions, lines.from_questions,
        [[{"any": ["a", "b"], "why": "Onset", "must": True}, {"concept": "syncope", "why": "Red flag: collapse"},
          {"any": ["a"], "concept": "c", "why": "x"},
          {"any": ["a", "b"]}, {"any": ["a"], "must": True}, {"concept": "c"},
          {"any": ["a"], "concept": "c", "must": True}], None],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("show", "read", "values"), PAIRS)
def test_lines_read_back(show, read, values):
    for value in values:
        assert read(show(value)) == value


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_lines_of_the_shipped_scripts_read_back(path):
    examiner = parse_yaml(path.read_text()).data["for_examiner"]
    assert lines.from_differential(lines.to_differential(examiner["differential"])) == examiner["differential"]
    assert lines.from_questions(lines.to_questions(examiner["key_questions"])) == examiner["key_questions"]
    for table in ("findings", "tests"):
        assert lines.from_table(lines.to_table(examiner[table])) == examiner[table]


@pytest.mark.parametrize(
    ("show", "value"),
    [
        (lines.to_text, ["a"]), (lines.to_lines, "a"), (lines.to_lines, [{"a": 1}]), (lines.to_lines, ["a\nb"]),
        (lines.to_table, ["a"]), (lines.to_differential, ["a"]), (lines.to_questions, [{"anny": ["a"]}]),
    ],
)  # fmt: skip
def test_what_lines_cannot_say_is_refused(show, value):
    with pytest.raises(ValueError):
        show(value)


def test_numbers():
    assert [lines.from_number(text) for text in ("88", " 36.8", "high", " ")] == [88, 36.8, "high", None]
    assert [lines.from_number(text) for text in ("nan", "1_000", "9" * 5000)] == ["nan", "1_000", "9" * 5000]
