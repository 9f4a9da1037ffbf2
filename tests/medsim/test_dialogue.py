import json

import pytest

from medsim.dialogue import as_text, doctor, load, patient, read, save
from medsim.dialogue_lint import check
from medsim.errors import DataError
from medsim.script import PatientScript
from tests.conftest import REPOSITORY

TURNS = [{"role": "doctor", "content": "What brings you in?"}, {"role": "patient", "content": "My chest."}]


def write(path, *records):
    path.write_text("".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in records))
    return path


def problems(path) -> list[str]:
    with pytest.raises(DataError) as error:
        load(path)
    return [str(problem).removeprefix(f"{path}:") for problem in error.value.problems]


def test_what_is_saved_loads_back_equal(tmp_path, script):
    source = write(tmp_path / "a.jsonl", {"script": "A man with a cough.", "dialogue": TURNS})
    records = [*load(source), *load(write(tmp_path / "b.jsonl", {"script": script.dump(), "dialogue": TURNS}))]
    save(tmp_path / "c.jsonl", records)
    assert load(tmp_path / "c.jsonl") == records
    assert records[1].script == script


def test_contents_are_stripped(tmp_path):
    turns = [{"role": "doctor", "content": "  Hello?\n"}, {"role": "patient", "content": "\tYes. "}]
    [record] = load(write(tmp_path / "a.jsonl", {"script": " x ", "dialogue": turns}))
    assert record.script == "x"
    assert record.dialogue == (doctor("Hello?"), patient("Yes."))


def test_every_problem_of_every_line_is_told(tmp_path, script):
    twice = [*TURNS, {"role": "patient", "content": "Again."}]
    path = write(
        tmp_path / "a.jsonl",
        {"script": "x", "dialogue": TURNS},
        "{broken",
        {"script": "x", "dialogue": twice},
        {"script": "", "dialogue": [{"role": "nurse", "content": " "}]},
        {"skript": "x", "dialogue": TURNS[::-1]},
        {"script": script.dump(), "dialogue": [TURNS[0], {**TURNS[1], "facts": ["tightnes"]}]},
        {"script": {"schema": 1, "id": "X"}, "dialogue": TURNS},
        {"script": "x", "dialogue": [TURNS[0]]},
        "[1]",
    )
    found = problems(path)
    assert found[0].startswith("2: This is not valid JSON")
    assert (
        "3: dialogue[2]: The patient speaks twice in a row. Join the turns, or add the doctor's question between."
        in found
    )
    assert "4: dialogue[0].role: 'nurse' is not allowed. Use one of: doctor, patient." in found
    assert "4: dialogue[0].content: It is empty. Write something, or remove the key." in found
    assert "4: script: It is missing or empty. Give the patient's script, as text or as an object." in found
    assert "5: skript: There is no such key. Did you mean 'script'?" in found
    assert (
        "5: dialogue[0]: The patient speaks first. Begin with the doctor's first words, such as 'What brings you in?'."
        in found
    )
    assert "6: dialogue[1].facts[0]: There is no fact 'tightnes'. Did you mean 'tightness'?" in found
    assert any(line.startswith("7: script.id: 'X' is not a valid id.") for line in found)
    assert any(line.startswith("7: script.facts: It is missing.") for line in found)
    assert (
        "8: dialogue[0]: The patient never speaks. Add the patient's turns; they are what a model learns from." in found
    )
    assert any(line.startswith("9: This is not an object.") for line in found)
    assert sum(not isinstance(item, DataError) for item in read(path)) == 1


def test_a_foreign_script_becomes_text_with_a_warning(tmp_path):
    foreign = {"Name": "Ann", "Demographics": {"age": 61, "jobs": ["baker", {"now": "none"}]}, "Notes": None}
    path = write(tmp_path / "a.jsonl", {"script": foreign, "dialogue": TURNS})
    with pytest.warns(UserWarning, match="no `schema`"):
        [record] = load(path)
    assert record.script == as_text(foreign) == "Name: Ann\nDemographics:\n  age: 61\n  jobs: baker; now: none\nNotes: "


def test_check_goes_on_after_a_file_that_cannot_be_read(tmp_path):
    good = write(tmp_path / "good.jsonl", {"script": "x", "dialogue": TURNS})
    count, found = check([str(tmp_path / "none.jsonl"), str(good)])
    assert count == 1
    assert [(problem.file, problem.reason) for problem in found] == [
        (str(tmp_path / "none.jsonl"), "The file does not exist.")
    ]


def test_a_record_knows_its_line(tmp_path):
    path = write(tmp_path / "a.jsonl", "", {"script": "x", "dialogue": TURNS})
    assert [record.line for record in load(path)] == [2]


def test_dialogues_with_one_patient_share_the_script(tmp_path, script):
    line = {"script": script.dump(), "dialogue": TURNS}
    one, other = load(write(tmp_path / "a.jsonl", line, line))
    assert one.script is other.script == script


def test_an_empty_file_is_a_problem(tmp_path):
    assert problems(write(tmp_path / "a.jsonl"))[0].endswith('Add lines {"script": ..., "dialogue": [...]}.')


def test_shipped_dialogues_know_the_shipped_scripts():
    files = sorted((REPOSITORY / "data" / "dialogues").glob("*.jsonl"))
    scripts = {path.stem: PatientScript.load(path) for path in (REPOSITORY / "data" / "scripts").glob("*.yaml")}
    records = {file.stem: load(file) for file in files}
    assert all(record.script == scripts[record.script.id] for part in records.values() for record in part)
    patients = {name: {record.script.id for record in part} for name, part in records.items()}
    assert patients.keys() == {"train", "validation"}
    assert patients["validation"].isdisjoint(patients["train"])
