import contextlib
import gc
import json
import time

import pytest

from medsim.errors import DataError
from medsim.files import Document, parse_yaml
from medsim.references import IDENTITY_IDS
from medsim.schema import MAX_PROBLEMS
from medsim.script import PatientScript, check
from tests.conftest import MARIA, SHIPPED

MINIMAL = """\
schema: 1
id: ann
specialty: general practice
door: {complaint: Cough}
patient: {name: Ann Reed, age: 61 years, sex: female}
opening: {say: "I cough.", facts: [cough]}
facts:
  - {id: cough, topic: complaint, concept: cough, say: "I cough all day."}
  - {id: drinking, topic: alcohol, lock: drink, say: "A bottle of wine."}
  - {id: drinking-when, topic: timing, about: drinking, say: "Every evening."}
locks: {drink: {unlock: considerate, cover: "Socially."}}
"""


def broken(old: str, new: str) -> list[str]:
    """The problems of the minimal script after one replacement."""
    assert old in MINIMAL
    with pytest.raises(DataError) as error:
        PatientScript.from_document(parse_yaml(MINIMAL.replace(old, new), "ann.yaml"))
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scripts_load_and_survive_the_round_trips(path, tmp_path):
    script = PatientScript.load(path)
    assert script.id == path.stem
    assert PatientScript.from_yaml(script.to_yaml()) == script
    assert PatientScript.from_yaml(json.dumps(script.dump())) == script
    (tmp_path / "s.json").write_text(json.dumps(script.dump(), indent=2))
    assert PatientScript.load(tmp_path / "s.json") == script
    (tmp_path / "s.jsonl").write_text(json.dumps(script.dump()) + "\n" + json.dumps(script.dump()) + "\n")
    assert PatientScript.load_many(tmp_path / "s.jsonl") == [script, script]


def test_six_scripts_over_six_specialties_are_shipped():
    scripts = [PatientScript.load(path) for path in SHIPPED]
    assert len({script.specialty for script in scripts}) >= 6
    assert any(script.speaker.relation == "mother" and "month" in script.patient.age for script in scripts)
    assert any(script.persona.recall == "poor" for script in scripts)
    assert any(lock.unlock == "considerate" for script in scripts for lock in script.locks.values())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("schema: 1", "schema: 2", "ann.yaml:1: schema: Schema 2 is not known here. Write `schema: 1`."),
        ("sex: female", "sex: woman", "ann.yaml:5: patient.sex: 'woman' is not allowed. Use one of: female, male, intersex."),
        ("61 years", "61", "ann.yaml:5: patient.age: '61' is not an age with its unit. Write it as '54 years' or '7 months'."),
        ("[cough]", "[couch]", "ann.yaml:6: opening.facts[0]: There is no fact 'couch'. Did you mean 'cough'?"),
        ("topic: complaint", "topic: complant", "ann.yaml:8: facts[0].topic: 'complant' is not allowed. Did you mean 'complaint'?"),
        ("id: cough,", "id: patient-age,", "ann.yaml:8: facts[0].id: The id 'patient-age' is reserved. Put this into `patient` or `speaker`."),
        ("say: \"I cough all day.\"", "say: \"\"", "ann.yaml:8: facts[0].say: It is empty. Write something, or remove the key."),
        ("concept: cough, ", "konzept: cough, ", "ann.yaml:8: facts[0].konzept: There is no such key. Did you mean 'concept'?"),
        ("about: drinking", "about: drink", "ann.yaml:10: facts[2].about: There is no fact 'drink'. Did you mean 'drinking'?"),
        ("lock: drink,", "lock: wine,", "ann.yaml:9: facts[1].lock: The lock 'wine' has no cover. Add it to `locks` with what is said meanwhile."),
        ("about: drinking,", "recall: vague,", "ann.yaml:10: facts[2]: Recall is vague but there is no vague wording. Add `vague:`, what the patient says instead."),
        ("specialty: general practice\n", "", "ann.yaml:1: specialty: It is missing. Add it."),
    ],
)  # fmt: skip
def test_a_problem_says_where_why_and_the_cure(old, new, expected):
    assert expected in broken(old, new)


def test_all_problems_are_told_at_once_in_the_order_of_lines():
    text = MINIMAL.replace("female", "femal").replace("[cough]", "[couch]").replace("alcohol", "alcool")
    with pytest.raises(DataError) as error:
        PatientScript.from_yaml(text)
    assert [problem.line for problem in error.value.problems] == [5, 6, 9]


def test_a_cover_must_not_deny_self_harm():
    text = MINIMAL.replace("topic: alcohol", "topic: self_harm").replace('"Socially."', '"No, never."')
    with pytest.raises(DataError, match="must not lie"):
        PatientScript.from_yaml(text)


def test_identity_facts_speak_with_the_speakers_voice():
    own = PatientScript.from_yaml(MINIMAL.replace("sex: female", "sex: female, occupation: artist, born: 3 May 1963"))
    said = {fact.id: fact.say for fact in own.all_facts()}
    assert said["patient-name"] == "My name is Ann Reed."
    assert said["patient-occupation"] == "I'm an artist."
    assert said["patient-born"] == "I was born on 3 May 1963."
    child = PatientScript.from_yaml(
        MINIMAL.replace("61 years", "7 months") + "speaker: {relation: mother, name: Eva Reed}\n"
    )
    said = {fact.id: fact.say for fact in child.all_facts()}
    assert said["patient-age"] == "She's 7 months old."
    assert said["speaker-name"] == "I'm Eva Reed, her mother."
    assert set(said) - {fact.id for fact in child.facts} <= set(IDENTITY_IDS)


def test_a_detail_of_a_locked_fact_is_locked():
    script = PatientScript.from_yaml(MINIMAL)
    assert script.lock_of(script.fact("drinking-when")) == "drink"
    assert script.lock_of(script.fact("cough")) is None


def test_a_changed_copy_has_facts_of_its_own():
    script = PatientScript.from_yaml(MINIMAL)
    assert script.fact("cough").say == "I cough all day."
    changed = script.model_copy(update={
        "patient": script.patient.model_copy(update={"name": "Eva Reed"}),
        "facts": tuple(fact.model_copy(update={"say": "It's worse at night."}) for fact in script.facts),
    })  # fmt: skip
    assert changed.fact("cough").say == "It's worse at night."
    assert changed.all_facts()[0].say == "My name is Eva Reed."
    assert script.fact("cough").say == "I cough all day."


def test_a_ring_of_details_is_refused_rather_than_followed_for_ever():
    text = MINIMAL.replace("topic: alcohol, lock: drink,", "topic: alcohol, lock: drink, about: drinking-when,")
    with pytest.raises(DataError, match="ring"):
        PatientScript.from_yaml(text)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.soak)])
def test_no_value_anywhere_makes_the_check_itself_fail(every):
    data = parse_yaml(
        MINIMAL + "speaker: {relation: self}\nfor_examiner: {key_questions: [{any: [cough], why: x}]}\n"
    ).data
    places = list(places_of(data))
    assert len(places) > 40
    for path in places[::every]:
        for value in ([], {}, [[]], [{}], {"x": [1]}, 7, 1.5, True, None, "", "x", "x" * 3000):
            with contextlib.suppress(DataError):
                PatientScript.from_document(Document(replaced(data, path, value), {}))


def places_of(data, path=()):
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places_of(value, (*path, key))


def replaced(data, path, value):
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


def facts_yaml(count: int, line: str) -> str:
    return MINIMAL[: MINIMAL.index("facts:\n") + 7] + "".join(f"  - {line.format(i, i - 1)}\n" for i in range(count))


@pytest.mark.parametrize(
    "text",
    [
        facts_yaml(4000, "{{id: f{}, about: f{}}}"),
        facts_yaml(4000, "{{id: f{}, topic: onset, about: f{}, say: x}}"),
        facts_yaml(200, "{{id: " + "a" * 35 + "{}, topic: onset, about: " + "a" * 35 + "b{}, say: x}}"),
        MINIMAL.replace("[cough]", "[" + "caugh, " * 10_000 + "]"),
        MINIMAL + "".join(f"surprise{number}: x\n" for number in range(5000)),
        MINIMAL.replace("id: ann", "id: " + "a" * 90_000),
    ],
    ids=["chain of raw facts", "chain of facts", "names that are alike", "names", "keys", "one word"],
)
@pytest.mark.timeout(20)
def test_hostile_drafts_take_little_time(text):
    gc.freeze()  # what other tests keep is not gone through for garbage again and again
    began = time.process_time()
    with pytest.raises(DataError) as error:
        PatientScript.from_yaml(text)
    taken = time.process_time() - began
    gc.unfreeze()
    assert taken < 2
    assert 0 < len(error.value.problems) <= 2 * MAX_PROBLEMS


def test_check_goes_on_after_a_bad_file(tmp_path):
    (tmp_path / "bad.yaml").write_text("a: [")
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "good.yaml").write_text(MARIA.read_text())
    good, problems = check([str(tmp_path / name) for name in ("bad.yaml", "none.yaml", "empty.jsonl", "good.yaml")])
    assert good == 1
    for problem, name, reason in zip(
        problems,
        ("bad.yaml", "none.yaml", "empty.jsonl"),
        ("not valid YAML", "does not exist", "no script in it"),
        strict=True,
    ):
        assert problem.file == str(tmp_path / name) and reason in problem.reason


def test_a_key_question_needs_no_reason():
    script = PatientScript.from_yaml(MINIMAL + "for_examiner: {key_questions: [{any: [drinking]}]}\n")
    assert script.for_examiner.key_questions[0].why is None
    assert PatientScript.from_yaml(script.to_yaml()) == script
