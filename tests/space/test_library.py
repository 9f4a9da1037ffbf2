import json

import pytest

from medsim.errors import DataError, MedSimError
from medsim.script import PatientScript
from space.library import MAX_CHARS, Library

TEXT = """\
schema: 1
id: ann-cough
specialty: general practice  # as she came to us
door: {complaint: Cough}
patient: {name: Ann Lee, age: 61 years, sex: female}
opening: {say: I cough., facts: [cough]}
facts:
  - {id: cough, topic: complaint, say: "I cough all day."}
"""


@pytest.fixture
def library(tmp_path):
    (tmp_path / "ann.yaml").write_text(TEXT)
    return Library(tmp_path)


def test_scripts_come_by_name_and_broken_files_are_said(library):
    (library.folder / "zed.json").write_text(json.dumps({**PatientScript.from_yaml(TEXT).dump(), "id": "zed",
        "patient": {"name": "Abe", "age": "2 years", "sex": "male"}}))  # fmt: skip
    (library.folder / "bad.yaml").write_text("schema: 1\nid: bad\n")
    (library.folder / "double.yaml").write_text(TEXT)
    (library.folder / "readme.txt").write_text("no script")
    scripts, problems = library.scripts()
    assert [script.patient.name for script in scripts] == ["Abe", "Ann Lee"]
    assert any("Another file has the id 'ann-cough' too" in str(problem) for problem in problems)
    assert any(problem.field == "patient" and "bad.yaml" in problem.file for problem in problems)


def test_a_changed_file_is_read_again(library):
    assert library.get("ann-cough").patient.name == "Ann Lee"
    path = library.folder / "ann.yaml"
    path.write_text(TEXT.replace("Ann Lee", "Ann Lea"))
    assert library.get("ann-cough").patient.name == "Ann Lea"
    path.unlink()
    with pytest.raises(MedSimError, match="no longer here"):
        library.get("ann-cough")
    with pytest.raises(MedSimError, match="no longer here"):
        library.text("ann-cough")


def test_the_text_of_a_script_has_its_comments(library):
    assert "# as she came to us" in library.text("ann-cough")


def test_save_replaces_the_file_that_has_the_id_and_makes_new_ones(library):
    library.save(TEXT.replace("61 years", "62 years"))
    library.save(TEXT.replace("ann-cough", "bea-cough"))
    assert sorted(path.name for path in library.folder.iterdir()) == ["ann.yaml", "bea-cough.yaml"]
    assert "# as she came" in library.text("ann-cough")
    assert library.get("ann-cough").patient.age == "62 years"


def test_save_never_writes_over_a_file_of_another_script(library):
    (library.folder / "bea-cough.yaml").write_text("not a script yet")
    with pytest.raises(MedSimError, match="another file bea-cough.yaml already"):
        library.save(TEXT.replace("ann-cough", "bea-cough"))
    assert (library.folder / "bea-cough.yaml").read_text() == "not a script yet"


def test_a_script_is_removed_by_its_id(library):
    assert library.remove("ann-cough") and not library.remove("ann-cough")
    assert not list(library.folder.iterdir())


def test_save_into_a_json_file_writes_json(library):
    (library.folder / "ann.yaml").unlink()
    path = library.folder / "ann.json"
    path.write_text(json.dumps(PatientScript.from_yaml(TEXT).dump()))
    library.save(TEXT.replace("61 years", "62 years"))
    assert json.loads(path.read_text())["patient"]["age"] == "62 years"


@pytest.mark.parametrize("wrong", ["", "id: x", TEXT.replace("ann-cough", "../ann"), TEXT.replace("topic", "tpic")])
def test_what_is_not_a_script_is_not_written(library, wrong):
    with pytest.raises(DataError):
        library.save(wrong)
    assert [path.name for path in library.folder.iterdir()] == ["ann.yaml"]


def test_names_that_are_too_long_and_texts_that_are_too_long(library):
    with pytest.raises(MedSimError, match="64 characters"):
        library.save(TEXT.replace("ann-cough", "a" * 70))
    with pytest.raises(MedSimError, match="Shorten it"):
        library.save(TEXT + "#" * MAX_CHARS)


def test_links_are_neither_read_nor_written(library, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "bea.yaml"
    outside.write_text(TEXT.replace("ann-cough", "bea-cough"))
    (library.folder / "bea-cough.yaml").symlink_to(outside)
    assert [script.id for script in library.scripts()[0]] == ["ann-cough"]
    with pytest.raises(MedSimError, match="is a link"):
        library.save(TEXT.replace("ann-cough", "bea-cough").replace("61", "99"))
    assert "61 years" in outside.read_text()


def test_a_free_id_is_not_taken(library):
    assert library.free_id("new") == "new"
    assert library.free_id("ann-cough") == "ann-cough-2"
