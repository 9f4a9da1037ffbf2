"""What a rule sees of a script: each of these is Maria's, with one thing made wrong."""

import re

import pytest

from medsim.files import field_name, read_document
from medsim.script import PatientScript, check
from medsim.script_lint import LEAST_DENIALS, lint
from tests.conftest import MARIA, SHIPPED


def changed(fact_id: str | None = None, patient: dict | None = None, **changes) -> PatientScript:
    """Maria, with changes to a fact or to who she is; a new fact where there is none of this id."""
    data = read_document(MARIA).data
    data["patient"] |= patient or {}
    fact = next((fact for fact in data["facts"] if fact["id"] == fact_id), None)
    if fact_id and fact is None:
        data["facts"].append(fact := {"id": fact_id})
    if fact is not None:
        fact |= changes
    return PatientScript.model_validate(data)


def found(script: PatientScript) -> list[tuple[str, str]]:
    return [(re.sub(r"^facts\[\d+\]\.?", "", field_name(path)), reason) for path, reason, _ in lint(script)]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scripts_pass(path):
    assert check([str(path)]) == (1, [])


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"fact_id": "penicillin", "concept": None}, "", "of the topic allergy has no concept"),
        ({"fact_id": "lisinopril", "concept": "lisinoprill"}, "concept", "no concept 'lisinoprill'"),
        ({"fact_id": "tightness-severity", "say": "A six out of ten, or an eight out of ten.", "accept": []}, "say",
         "two values of one kind"),
        ({"fact_id": "tightness-onset", "accept": ["three weeks ago"]}, "accept[0]", "another value"),
        ({"fact_id": "tightness", "say": "It's my angina again."}, "say", "names the diagnosis (angina)"),
        ({"fact_id": "periods", "topic": "menstrual_obstetric", "say": "They stopped.", "concept": "missed_period",
          "patient": {"sex": "male"}}, "topic", "no periods"),
        ({"fact_id": "smoking", "say": "I gave it up sixty years ago.", "accept": []}, "say",
         "longer ago than the patient is old"),
        ({"fact_id": "gallbladder", "say": "I had my gallbladder out in 1961."}, "say", "before the patient was born"),
        ({"fact_id": "cough", "topic": "associated", "concept": "cough", "say": "I cough."}, "", "yes and no to the same"),
        ({"fact_id": "amoxicillin", "topic": "medication", "concept": "penicillin", "say": "Amoxicillin."}, "",
         "takes what they are allergic to"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault_and_nothing_else(change, field, reason):
    [(at, said)] = found(changed(**change))
    assert at == field and reason in said


@pytest.mark.parametrize(
    "change",
    [
        {"fact_id": "tightness-onset", "accept": ["day before yesterday", "two days"]},
        {"fact_id": "idea-heart", "say": "I keep thinking it's angina."},  # a fear may have the name
        {"fact_id": "father-heart", "say": "My father had angina in 1950."},
        {"fact_id": "van", "topic": "biography", "say": "I drive a 1964 camper."},
        {
            "fact_id": "tightness-number",
            "say": "It's happened four or five times now.",
            "accept": ["four times", "five"],
        },
    ],
)
def test_what_is_meant_passes(change):
    assert found(changed(**change)) == []


def test_too_few_denials_are_told():
    data = read_document(MARIA).data
    data["facts"] = [fact for fact in data["facts"] if fact.get("polarity") != "denied"]
    [(field, reason)] = found(PatientScript.model_validate(data))
    assert field == "facts" and reason.startswith("There are 0 denials") and LEAST_DENIALS == 5


def test_check_says_line_and_field(tmp_path):
    path = tmp_path / "maria.yaml"
    path.write_text(MARIA.read_text().replace("accept: [day before yesterday, on Sunday]", "accept: [three weeks ago]"))
    good, [problem] = check([str(path), str(MARIA)])
    assert (
        good == 1 and problem.file == str(path) and "tightness-onset" in path.read_text().splitlines()[problem.line - 1]
    )
    assert problem.field == "facts[1].accept[0]"
