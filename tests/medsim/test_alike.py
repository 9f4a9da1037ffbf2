"""How alike scripts are; and the shipped library must not repeat itself."""


import pytest

from medsim.alike import distinct, main, masked, most_alike, repeated, spoken
from medsim.dialogue import Record, doctor, patient
from medsim.script import PatientScript
from tests.conftest import MARIA, REPOSITORY, SHIPPED


@pytest.fixture(scope="module")
def library() -> list[PatientScript]:
    return [PatientScript.load(path) for path in SHIPPED]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It started two days ago.", "it started _ days ago"),
        ("Ramipril, 5 mg.", "ramipril _ mg"),
        ("My son Rhodri and I'm glad. He is 40.", "my son _ and i'm glad he is _"),
    ],
)
def test_names_and_numbers_are_masked(text, expected):
    assert masked(text) == expected


def with_say(script: PatientScript, name: str, say: str) -> PatientScript:
    data = script.model_dump(mode="json", by_alias=True, exclude_none=True) | {"id": name}
    data["facts"][0]["say"] = say
    return PatientScript.model_validate(data)


def test_what_stands_in_three_scripts_is_found():
    maria = PatientScript.load(MARIA)
    copies = [with_say(maria, f"copy-{number}", f"It came on {number} days ago.") for number in range(3)]
    assert repeated(copies[:2]) == {}
    assert repeated(copies)["it came on _ days ago"] == ["copy-0", "copy-1", "copy-2"]
    assert most_alike([*copies[:2], maria])[0].jaccard == 1


def test_the_library_does_not_repeat_itself(library):
    assert len(library) >= 90 and repeated(library) == {}
    assert most_alike(library)[0].jaccard < 0.15


def test_lines_that_differ_in_a_name_alone_are_one():
    assert distinct(["Any pain, Maria?", "Any pain, Kwame?", "Any cough?"]) == pytest.approx(2 / 3)
    assert distinct([]) == 1


def test_the_command_prints_all_three(monkeypatch, capsys):
    dialogues = REPOSITORY / "data" / "dialogues" / "validation.jsonl"
    monkeypatch.setattr("sys.argv", ["alike", str(MARIA), str(SHIPPED[0]), str(dialogues)])
    main()
    shown = capsys.readouterr().out
    assert "2 scripts, 0 sayings in more than 2 of them" in shown and "23 dialogues, " in shown and "0.0" in shown


def test_how_patients_speak_is_counted():
    turns = [("Hello?", "One two three four five."), ("And?", "No, it was not."), ("And?", "Why do you ask?")]
    record = Record("Ann.", tuple(turn for ask, reply in turns for turn in (doctor(ask), patient(reply))))
    assert spoken([record]) == (
        "3 patients' turns: median 4 words, mean 4.3, 90th percentile 5; 0% of 3 or fewer; 33% begin with a negation, "
        "33% end with a question mark; the first answer has 5"
    )
