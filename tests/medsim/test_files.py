import json

import pytest

from medsim.errors import DataError, MedSimError
from medsim.files import dump_yaml, parse_json, parse_yaml, read_document, read_lines, replacing, write_text

TEXT = """\
answer: no
switch: on
time: 9:30
date: 2024-05-14
pressure: 148/92
octal: 0o17
hex: 0xff
old_octal: 017
count: 12
share: 0.5
power: 1e3
empty:
tilde: ~
truth: true
yes_no: [yes, No, y]
quoted: "12"
version: 1.2.3
"""
VALUES = {
    "answer": "no", "switch": "on", "time": "9:30", "date": "2024-05-14", "pressure": "148/92", "octal": 15, "hex": 255,
    "old_octal": 17, "count": 12, "share": 0.5, "power": 1000.0, "empty": None, "tilde": None, "truth": True,
    "yes_no": ["yes", "No", "y"], "quoted": "12", "version": "1.2.3",
}  # fmt: skip


def test_scalars_are_those_of_yaml_1_2():
    assert parse_yaml(TEXT).data == VALUES


def test_yaml_and_json_give_equal_objects():
    assert parse_json(json.dumps(VALUES)).data == parse_yaml(TEXT).data


@pytest.mark.parametrize(
    "text", ["no", "on", "9:30", "12", "0o17", "1e3", "null", "", "a: b", "- x", "#no", "ja\nnein"]
)
def test_what_is_dumped_reads_back_equal(text):
    data = {"key": text, text or "k": [text, {"deep": text}]}
    assert parse_yaml(dump_yaml(data)).data == data


def test_every_value_has_its_line():
    document = parse_yaml("a: 1\nlist:\n  - x\n  - deep:\n      y: 2\n")
    assert document.line(("a",)) == 1
    assert document.line(("list", 1, "deep", "y")) == 5
    assert document.line(("list", 1, "missing")) == 4
    assert document.line(()) == 1


def test_pretty_json_has_lines_and_jsonl_has_the_line_of_the_file(tmp_path):
    assert parse_json('{\n "a": {\n  "b": 1\n }\n}').line(("a", "b")) == 3
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n\nnot json\n{"a": 2}\n')
    first, bad, last = read_lines(path)
    assert isinstance(bad, DataError) and bad.problems[0].line == 3
    assert (first.line(("a",)), last.line(("a",))) == (1, 4)


def test_line_separators_inside_strings_do_not_split_jsonl(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"a": "one\u2028two\x85three"}, ensure_ascii=False) + "\n", encoding="utf-8")
    [document] = read_lines(path)
    assert document.data == {"a": "one\u2028two\x85three"}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: [1\n", 3, "not valid YAML"),
        ("a: 1\na: 2\n", 2, "second time"),
        ("a: &x [1]\nb: *x\n", 1, "alias"),
        ("a: 1\n? [1, 2]\n: 3\n", 2, "plain word"),
        ("a: !!int x\n", 1, "not int"),
        ("a: \tb\n\t- c", 2, "not valid YAML"),
    ],
)
def test_bad_yaml_is_told_with_its_line(text, line, reason):
    with pytest.raises(DataError, match=reason) as error:
        parse_yaml(text, "f.yaml")
    assert error.value.problems[0].line == line
    assert error.value.problems[0].file == "f.yaml"


@pytest.mark.parametrize(
    "text",
    ["[" * 500 + "]" * 500, "[" * 100_000, "{a: " * 500, "- " * 500 + "x", "? " * 500],
    ids=lambda text: text[:3],
)
def test_deep_nesting_is_refused_with_its_line(text):
    with pytest.raises(DataError, match="more than 32 levels") as error:
        parse_yaml("# comment\n" + text, "f.yaml")
    assert (error.value.problems[0].line, error.value.problems[0].file) == (2, "f.yaml")


@pytest.mark.parametrize("parse", [parse_yaml, parse_json])
def test_as_many_levels_as_allowed_are_read(parse):
    assert parse("[" * 32 + "1" + "]" * 32).data
    with pytest.raises(DataError, match="more than 32 levels"):
        parse("[" * 33 + "1" + "]" * 33)


def test_billion_laughs_does_not_grow():
    text = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(DataError, match="alias"):
        parse_yaml(text)


@pytest.mark.parametrize("parse", [parse_yaml, parse_json])
def test_half_a_surrogate_pair_is_refused(parse):
    with pytest.raises(DataError):
        parse('{"a": "\\ud800"}')


def test_a_whole_surrogate_pair_is_read():
    assert parse_json('{"a": "\\ud83d\\ude00"}').data == {"a": "\U0001f600"}


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1, "a": 2}', '{"a": ', "[" * 100_000])
def test_bad_json_is_refused(text):
    with pytest.raises(DataError):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [("!!python/object/apply:os.system [id]", ["id"]), ("a: !!timestamp 2020-01-01", {"a": "2020-01-01"})],
)
def test_tags_make_no_objects(text, data):
    assert parse_yaml(text).data == data


def test_files_that_cannot_be_read_say_why(tmp_path):
    (tmp_path / "latin.yaml").write_bytes("a: é".encode("latin-1"))
    for path, reason in (("none.yaml", "does not exist"), (".", "is a folder"), ("latin.yaml", "is not UTF-8 text")):
        with pytest.raises(DataError, match=reason) as error:
            read_document(tmp_path / path)
        assert error.value.problems[0].file == str(tmp_path / path)
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_document(tmp_path / "bom.yaml").data == {"a": 1}


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "x" / "f.txt"
    write_text(path, "first")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_a_place_where_nothing_can_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MedSimError, match="file/x.txt cannot be written: "):
        write_text(tmp_path / "file" / "x.txt", "text")
