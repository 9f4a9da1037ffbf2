"""The Scripts tab's handlers, called as Gradio calls them; the page itself is in test_browser.py."""

import shutil
from types import SimpleNamespace

import gradio as gr
import pytest

from space.draft import Draft
from space.editor import place_of
from space.edits import form_values
from space.fields import FACT, LOCK, SCRIPT
from space.gallery import ALL, ANY, matching
from space.library import Library
from space.tabs.scripts import scripts_tab
from space.unsaved import MOST, template
from tests.space.conftest import OWNER, VISITOR, field_values, handler, make_app

MARIA = "maria-lopez-chest-tightness"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    return make_app(folder, scripts=folder / "data")


@pytest.fixture(autouse=True)
def app(served, six_scripts):
    """The app with six scripts as they are shipped."""
    shutil.rmtree(served.library.folder, ignore_errors=True)
    shutil.copytree(six_scripts, served.library.folder)
    return served


@pytest.fixture(scope="module")
def page(served):
    with gr.Blocks() as demo, gr.Tabs() as tabs, gr.Tab("Scripts") as tab:
        scripts_tab(served, tab, tabs, gr.State(None))
    return demo


@pytest.fixture
def draft(app):
    return Draft.of_text(app.library.text(MARIA))


def click(**data):
    return SimpleNamespace(_data=data)


def test_the_gallery_shows_all_and_the_broken_files(page, app):
    (app.library.folder / "broken.yaml").write_text("schema: 1\n")
    cards, specialties = handler(page, "renew_gallery")({}, "", ALL, ANY)
    assert cards.count("data-id") == 6 and "6 patients" in cards and "broken.yaml" in cards
    assert [name for _, name in specialties.choices][0] == ALL and len(specialties.choices) == 7


@pytest.mark.parametrize(
    ("search", "specialty", "difficulty", "count"),
    [
        ("", ALL, ANY, 6), ("maria", ALL, ANY, 1), ("CHEST tight", ALL, ANY, 1), ("chest maria neurology", ALL, ANY, 0),
        ("", "cardiology", ANY, 1), ("", ALL, "hard", 2), ("<b>", ALL, ANY, 0), (None, ALL, ANY, 6), ("", "x", "y", 0),
    ],
)  # fmt: skip
def test_search_and_filters(six_scripts, search, specialty, difficulty, count):
    assert len(matching(Library(six_scripts).scripts()[0], search, specialty, difficulty)) == count


def test_a_card_opens_the_script_as_it_was_written(page, app):
    opened = handler(page, "show")({}, click(id=MARIA), OWNER, None)
    draft, origin, drafts, choosing, editing, save, discard, said = opened[:8]
    assert draft.text == app.library.text(MARIA) and origin == MARIA
    assert not choosing.visible and editing.visible and save.visible and not discard.visible and said == ""
    assert opened[-1] == place_of(draft, 0), "what the browser's fields show comes last"
    assert not handler(page, "show")({}, click(id=MARIA), VISITOR, None)[5].visible
    for wrong in ("", "../../etc/passwd", "gone"):
        with pytest.raises(gr.Error, match="no longer here"):
            handler(page, "show")({}, click(id=wrong), OWNER, None)


def test_the_template_is_a_good_script(page):
    draft, origin, *_ = handler(page, "show_template")({}, VISITOR, None)
    assert draft.good().id == "new-patient" and draft.text == template()
    assert handler(page, "leave")({}, origin, draft)[0] == {}, "nothing was written into it"


def test_edits_are_kept_when_another_patient_is_opened(page, app, draft):
    leave, show, renew = (handler(page, name) for name in ("leave", "show", "renew_gallery"))
    assert leave({}, MARIA, draft)[0] == {}, "nothing was edited"
    edited = draft.with_data({**draft.data, "notes": "mine"})
    drafts, choosing, editing = leave({}, MARIA, edited)
    assert choosing.visible and not editing.visible
    assert renew(drafts, "", ALL, ANY)[0].count("unsaved edits") == 1
    untouched, origin, drafts, *_ = show(drafts, click(id="graham-pritchard-stomach-pain"), VISITOR, None)
    drafts = leave(drafts, origin, untouched)[0]
    again, origin, _, _, _, _, discard, said, *_ = show(drafts, click(id=MARIA), VISITOR, None)
    assert again == edited and origin == MARIA and discard.visible and "not saved" in said
    drafts, choosing, editing = handler(page, "drop")(drafts, origin)
    assert drafts == {} and choosing.visible and not editing.visible
    assert show(drafts, click(id=MARIA), VISITOR, None)[0].text == draft.text
    assert leave({MARIA: edited}, MARIA, draft.with_data(dict(draft.data)))[0] == {}, "the edit was taken back"
    assert leave({}, MARIA, Draft.of_text(draft.text + "# a comment"))[0], "comments count"


def test_drafts_that_are_not_in_the_library_are_kept_too(page, app, draft):
    renew = handler(page, "renew_gallery")
    edited = draft.with_data({**draft.data, "notes": "mine"})
    copy, origin, drafts, *_ = handler(page, "show_copy")(edited, MARIA, {}, VISITOR, None)
    assert drafts == {MARIA: edited}, "what the copy was made from"
    drafts = handler(page, "leave")(drafts, origin, copy)[0]
    cards = renew(drafts, "nobody", ALL, ANY)[0]
    assert f'data-id="{origin}"' in cards and "Maria Lopez (copy)" in cards and "1 patient<" in cards
    assert handler(page, "show")(drafts, click(id=origin), VISITOR, None)[0] == copy
    drafts = handler(page, "leave")(drafts, origin, Draft.of_text("patient: {name: Bo, age: 3 weeks}"))[0]
    cards = renew(drafts, "", ALL, ANY)[0]
    assert "not complete" in cards and "3 weeks" in cards


@pytest.mark.parametrize("text", ["patient: {name: Bo}", "a: [1", "facts: none"])
def test_of_a_draft_that_is_not_complete_nothing_of_the_last_patient_stays(page, text):
    opened = handler(page, "show")({"new/1": Draft.of_text(text)}, click(id="new/1"), VISITOR, None)
    assert gr.skip() not in opened[:17], "all but the fields, which are hidden where they cannot be filled"
    assert "Complete the script" in opened[11]


def test_the_oldest_edits_leave_with_a_word(page, draft, monkeypatch):
    said = []
    monkeypatch.setattr(gr, "Warning", said.append)
    edited = draft.with_data({**draft.data, "notes": "mine"})
    drafts = {f"new/{number}": edited for number in range(MOST)}
    after = handler(page, "leave")(drafts, "new/1", edited)[0]
    assert after.keys() == drafts.keys() and list(after)[-1] == "new/1" and said == []
    after = handler(page, "leave")(drafts, MARIA, edited)[0]
    assert len(after) == MOST and "new/0" not in after and MARIA in after
    assert said == [f"The edits of Maria Lopez are gone: at most {MOST} patients with edits are kept."]


def test_typing_changes_the_draft_and_late_texts_of_other_fields_do_not(page, draft):
    typed, values = handler(page, "typed"), field_values(form_values(draft, 0)[2:])
    values[0] = "Tight chest"
    after, title, mend, *_ = typed(draft, place_of(draft, 0), *values)
    assert after.data["door"]["complaint"] == "Tight chest" and mend == ""
    assert typed(after.rekeyed(), place_of(draft, 0), *values) == gr.skip()
    assert typed(None, None, *values) == gr.skip()
    with pytest.raises(gr.Error, match="Shorten it"):
        typed(draft, place_of(draft, 0), "x" * 200_000, *values[1:])


def test_the_yaml_view_checks_as_one_types(page, draft):
    after, title, mend, *_ = handler(page, "typed_yaml")(place_of(draft, 0), draft.yaml.replace("54 years", "54"))
    assert "Line 13, patient.age" in mend and "not complete" in title and after.key != draft.key
    broken, title, mend, *_ = handler(page, "typed_yaml")(place_of(draft, 0), "a: [1")
    assert "not valid YAML" in mend and broken.yaml == "a: [1" and title == gr.skip()
    with pytest.raises(gr.Error, match="Shorten it"):
        handler(page, "typed_yaml")(place_of(draft, 0), "#" * 200_000)


def test_facts_are_chosen_added_and_removed(page, draft):
    chosen = handler(page, "choose")(draft, click(id="2"))
    assert chosen[-1] == {"key": chosen[0].key, "fact": 2} and chosen[0].key != draft.key
    assert len(chosen) == 1 + 5 + len(FACT) + len(LOCK) + 1 and "Right in the middle" in chosen[6:][3]
    added = handler(page, "add")(draft)
    assert added[-1]["fact"] == len(draft.data["facts"])
    removed = handler(page, "remove")(added[0], added[-1])
    assert removed[0].data == draft.data
    for outside in (-7, 99, "x"):
        with pytest.raises(gr.Error, match="no longer there"):
            handler(page, "choose")(draft, click(id=outside))


def test_the_form_is_filled_anew_only_where_it_shows_another_draft(page, draft):
    fill = handler(page, "fill")
    assert fill(None, None) == gr.skip() and fill(draft, place_of(draft, 0)) == gr.skip()
    of_yaml = handler(page, "typed_yaml")(place_of(draft, 0), draft.yaml.replace("54 years", "61 years"))[0]
    filled = fill(of_yaml, place_of(draft, 0))
    assert "61 years" in filled and filled[-1] == place_of(of_yaml, 0)


def test_only_the_owner_saves(page, app, draft):
    keep = handler(page, "keep")
    mine = draft.with_data({**draft.data, "notes": "mine"})
    with pytest.raises(gr.Error, match="Only the owner"):
        keep(mine, MARIA, {}, VISITOR, None)
    assert app.library.get(MARIA).notes != "mine"
    origin, drafts, discard, said = keep(mine, MARIA, {MARIA: mine}, OWNER, None)
    assert origin == MARIA and "Saved in the library" in said and app.library.get(MARIA).notes == "mine"
    assert drafts == {} and not discard.visible
    copy, origin, drafts, *_ = handler(page, "show_copy")(mine, MARIA, {}, OWNER, None)
    assert drafts == {} and keep(copy, origin, {}, OWNER, None)[0] == f"{MARIA}-copy"
    assert len(app.library.scripts()[0]) == 7


def test_one_talks_to_a_complete_patient_only(page, draft):
    script, tabs = handler(page, "begin")(draft)
    assert script == draft.script and tabs.selected == "chat"
    with pytest.raises(gr.Error, match="Mend what is listed"):
        handler(page, "begin")(Draft.of_text("schema: 1"))


def test_tokens_are_counted_for_a_good_script(page, app, draft, monkeypatch, tiny_base):
    from medsim import bases
    from medsim.prompt import ChatFormat

    monkeypatch.setitem(app.models._formats, app.base, ChatFormat(bases.load_tokenizer(tiny_base)))
    assert "of 2,048 tokens of smollm2-135m-instruct" in handler(page, "count")(draft)
    assert handler(page, "count")(Draft.of_text("a: 1")) == gr.skip()


def test_every_field_of_the_form_is_a_component(page):
    typed = next(function for function in page.fns.values() if function.name == "typed")
    assert len(typed.inputs) == 2 + len(SCRIPT) + len(FACT) + len(LOCK)
    assert typed.concurrency_id == "editor", "in the order typed"
