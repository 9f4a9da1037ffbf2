"""The form's handlers, as plain functions over a draft and the texts of the fields."""

import pytest

from medsim.errors import MedSimError
from space.draft import Draft
from space.edits import (
    ABOUT_AT,
    copied,
    edited,
    exported,
    fact_added,
    fact_removed,
    fact_values,
    feedback,
    form_values,
    saved,
)
from space.fields import FACT, LOCK, SCRIPT
from space.library import Library
from tests.conftest import REPOSITORY
from tests.space.conftest import field_values

MARIA = (REPOSITORY / "data" / "scripts" / "maria-lopez-chest-tightness.yaml").read_text()
ALCOHOL = [fact["id"] for fact in Draft.of_text(MARIA).data["facts"]].index("alcohol")


@pytest.fixture
def draft():
    return Draft.of_text(MARIA)


class Form:
    """What a browser holds: the texts of all fields, by label."""

    def __init__(self, draft, fact=0):
        note, form, *values = form_values(draft, fact)
        assert note == "" and form.visible
        self.fact = fact
        self.values = field_values(values)

    def typed(self, draft, **texts):
        labels = [field.path[-1] for field in (*SCRIPT, *FACT, *LOCK)]
        offset = {"script": 0, "fact": len(SCRIPT), "lock": len(SCRIPT) + len(FACT)}
        for name, text in texts.items():
            part, _, label = name.partition("_")
            self.values[labels.index(label, offset[part])] = text
        return edited(draft, self.fact, self.values)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "data" / "scripts").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_form_that_nobody_touched_changes_nothing(path):
    draft = Draft.of_text(path.read_text())
    for fact in range(len(draft.data["facts"])):
        assert Form(draft, fact).typed(draft) is draft


def test_an_edit_changes_one_value_and_the_rest_stays(draft):
    after = Form(draft).typed(draft, script_complaint="Tight chest", script_temperature_c="37,5", script_spo2="95")
    assert after.data["door"]["complaint"] == "Tight chest" and after.data["door"]["vitals"]["spo2"] == 95
    assert after.data["door"]["vitals"]["temperature_c"] == "37,5"
    assert [problem.field for problem in after.problems] == ["door.vitals.temperature_c"]
    assert after.data["facts"] == draft.data["facts"] and list(after.data) == list(draft.data)


def test_a_key_question_without_a_reason_comes_back_as_it_was(draft):
    questions = [{"any": ["alcohol", "fever"], "must": True}, {"concept": "syncope"}]
    bare = draft.with_data({**draft.data, "for_examiner": {**draft.data["for_examiner"], "key_questions": questions}})
    form = Form(bare)
    assert form.typed(bare) is bare, "untouched"
    shown = form.values[[field.path[-1] for field in SCRIPT].index("key_questions")]
    assert shown == "alcohol, fever (must)\n[syncope]"
    after = form.typed(bare, script_key_questions=shown + "\nsmoking")
    assert after.data["for_examiner"]["key_questions"] == [*questions, {"any": ["smoking"]}]


def test_an_age_without_its_unit_is_written_as_it_was_typed(draft):
    after = Form(draft).typed(draft, script_age="54")
    assert "  age: 54\n" in after.yaml and [problem.field for problem in after.problems] == ["patient.age"]
    assert Form(after).typed(after) is after
    assert Form(after).typed(after, script_age="54 years").data == draft.data


def test_bad_values_are_said_all_at_once_and_stay(draft):
    after = Form(draft, 1).typed(draft, script_age="54", script_sex="woman", fact_topic="onst", fact_say="")
    assert {problem.field for problem in after.problems} == {
        "patient.age", "patient.sex", "facts[1].topic", "facts[1].say"
    }  # fmt: skip
    title, mend, told, rows, _ = feedback(after, 1)
    assert (
        "not complete" in title and "fact 2 (tightness-onset), topic" in mend and "Did you mean &#39;onset&#39;" in mend
    )
    assert told["__type__"] == "update", "what the patient is told stays at the last good script"
    assert "✕ to mend" in rows
    assert Form(after, 1).typed(after, script_age="54 years", script_sex="female", fact_topic="onset",
                                fact_say="It started two days ago.").script == draft.script  # fmt: skip


def test_a_good_edit_renews_what_the_patient_is_told(draft):
    after = Form(draft, 1).typed(draft, fact_say="It started last week.")
    _, mend, told, rows, _ = feedback(after, 1)
    assert mend == "" and "It started last week." in told and "It started last week." in rows
    assert "bottle of wine" not in told, "a locked fact is not told"


def test_a_lock_is_edited_with_its_fact_and_goes_with_the_last_one(draft):
    locked = Form(draft, ALCOHOL)
    after = locked.typed(draft, lock_cover="Now and then.")
    assert after.data["locks"] == {"alcohol": {"unlock": "considerate", "cover": "Now and then."}}
    renamed = locked.typed(after, fact_lock="wine")
    assert renamed.data["locks"] == {"wine": {"unlock": "considerate", "cover": "Now and then."}} and renamed.script
    assert "locks" not in locked.typed(renamed, fact_lock="").data
    assert "locks" not in fact_removed(draft, ALCOHOL)[0].data
    new = Form(draft, 3).typed(draft, fact_lock="shy")
    assert [problem.field for problem in new.problems] == ["facts[3].lock"]
    assert (
        Form(new, 3).typed(new, lock_unlock="direct", lock_cover="Must I say?").script.locks["shy"].unlock == "direct"
    )


def test_facts_come_and_go(draft):
    after, index = fact_added(draft)
    assert index == len(draft.data["facts"]) and after.data["facts"][index] == {
        "id": f"fact-{index + 1}", "topic": "other", "say": ""
    }  # fmt: skip
    assert [problem.field for problem in after.problems] == [f"facts[{index}].say"]
    back, left = fact_removed(after, index)
    assert back.data == draft.data and left == index - 1
    counts = [feedback(some, 0)[-1].label for some in (draft, after, back)]
    assert counts == [f"Facts ({index})", f"Facts ({index + 1})", f"Facts ({index})"]
    empty, index = fact_removed(Draft.of_data({"facts": [{"id": "a"}]}), 0)
    assert empty.data == {"facts": []} and index == 0
    assert Form(empty, 0).typed(empty) is empty
    with pytest.raises(MedSimError, match="at most 200 facts"):
        fact_added(Draft.of_data({"facts": [{}] * 200}))


def test_a_fact_without_an_id_cannot_be_chosen():
    values = fact_values({"facts": [{"id": "a"}, {"say": "Hm."}, {"id": "b"}]}, 2)
    assert [value for _, value in values[ABOUT_AT].choices] == ["", "a"]


@pytest.mark.parametrize(
    "text",
    ["a: [1", "- 1", "facts: none", "facts: [a]", "locks: [a]", "patient: Ann", "asks: x", "patient: {name: {a: 1}}",
     "for_examiner: {tests: [1]}", "locks: {a: b}"],
)  # fmt: skip
def test_what_a_form_cannot_show_is_said_and_not_touched(text):
    draft = Draft.of_text(text)
    note, form, *values = form_values(draft, 0)
    assert "cannot be shown as a form" in note and not form.visible and len(values) == len((*SCRIPT, *FACT, *LOCK))
    feedback(draft, 0)
    with pytest.raises(MedSimError):
        edited(draft, 0, ["x"] * len(values))


def test_too_much_text_is_refused(draft):
    with pytest.raises(MedSimError, match="longer than"):
        Form(draft).typed(draft, script_notes="x" * 200_000)


def test_a_copy_has_a_free_id(draft, tmp_path):
    library = Library(tmp_path)
    first = copied(draft, library)
    assert (
        first.data["id"] == "maria-lopez-chest-tightness-copy" and first.name == "Maria Lopez (copy)" and first.script
    )
    library.save(first.yaml)
    assert copied(draft, library).data["id"] == "maria-lopez-chest-tightness-copy-2"


def test_saving_never_takes_the_place_of_another_patient(draft, tmp_path):
    library = Library(tmp_path)
    saved_as = ("maria-lopez-chest-tightness", "Saved in the library as maria-lopez-chest-tightness.")
    assert saved(draft, "new/1", library) == saved_as == saved(draft, "maria-lopez-chest-tightness", library)
    with pytest.raises(MedSimError, match="Another patient has the id"):
        saved(draft, "new/1", library)
    with pytest.raises(MedSimError, match="not complete"):
        saved(Draft.of_text("a: 1"), "new/1", library)
    assert (tmp_path / "maria-lopez-chest-tightness.yaml").read_text() == MARIA


def test_saving_under_another_id_renames(tmp_path):
    library = Library(tmp_path)
    library.save(MARIA)
    renamed = Draft.of_text(MARIA.replace("id: maria-lopez-chest-tightness", "id: maria"))
    said = saved(renamed, "maria-lopez-chest-tightness", library)
    assert said == (
        "maria",
        "Saved in the library as maria. It was maria-lopez-chest-tightness before: that file is gone.",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["maria.yaml"]
    (tmp_path / "full.yaml").mkdir()
    with pytest.raises(MedSimError):
        saved(Draft.of_text(renamed.text.replace("id: maria", "id: full")), "maria", library)
    assert library.text("maria") == renamed.text, "the old file stays until the new one is written"


def test_an_export_is_the_text_good_or_not(draft):
    assert exported(draft) == {"name": "maria-lopez-chest-tightness.yaml", "text": MARIA}
    assert exported(Draft.of_text("a: [1")) == {"name": "script.yaml", "text": "a: [1"}
    with pytest.raises(MedSimError, match="Open a patient first"):
        exported(None)
