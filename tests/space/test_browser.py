"""The app in a real browser, with the real base: a click through all tabs."""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

import app
from medsim.dialogue import load
from tests.browser import BUBBLE, answered, ask, chromium, open_page, tab
from tests.conftest import REPOSITORY
from tests.space.conftest import EVIL, make_app


@pytest.fixture(scope="module")
def url(tmp_path_factory, smollm2, six_scripts, report):
    """A server of this process, with scripts, runs, models and a report of its own and the base in memory."""
    folder = tmp_path_factory.mktemp("app")
    shutil.copytree(REPOSITORY / "data" / "dialogues", folder / "data" / "dialogues")
    shutil.copytree(six_scripts, folder / "data" / "scripts")
    shutil.copytree(report, folder / "runs" / "reports" / "first")
    demo = app.launch(make_app(folder, scripts=folder / "data" / "scripts"), app.parse_flags([]))
    yield demo.local_url
    demo.close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser, url):
    """A visit by the owner. It must end without an error in the browser's console."""
    page = open_page(browser)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(url)
    yield page
    page.close()
    assert errors == []


def opened(page: Page, name: str) -> None:
    """Wait until the editor shows a patient; the number of tokens comes last."""
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("tokens of")).to_be_visible()


def having(text: str) -> re.Pattern:
    return re.compile(re.escape(text))


def choose_model(page: Page, name: str) -> None:
    page.get_by_text("Model and settings").click()
    page.get_by_label("Who plays the patient").click()
    page.get_by_role("option", name=name).click()


def test_scripts_a_patient_is_found_edited_and_mended(page):
    expect(page.locator(".cards button")).to_have_count(6)
    page.get_by_label("Search").fill("chest")
    expect(page.locator(".cards button")).to_have_count(1)
    page.locator(".cards button").click()
    opened(page, "Maria Lopez")
    told = page.locator(".told textarea")
    expect(told).to_have_value(having("You are Maria Lopez, 54 years old"))
    page.get_by_label("Age, with its unit").fill("54")
    expect(page.locator(".mend .note")).to_contain_text("'54' is not an age with its unit")
    tab(page, "YAML")
    expect(page.locator(".cm-line", has_text=re.compile(r"^\s*age:"))).to_have_text("age: 54")
    expect(page.locator(".mend .note")).to_contain_text("patient.age")
    tab(page, "Form")
    page.get_by_label("Age, with its unit").fill("61 years")
    expect(page.locator(".mend .note")).to_have_count(0)
    page.locator(".facts button").nth(1).click()
    says = page.get_by_label("Says", exact=True)
    expect(says).to_have_value("It started two days ago.")
    says.fill("It started last week.")
    expect(told).to_have_value(having("Onset: It started last week."))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    exported = download.value.path().read_text()
    assert "61 years" in exported and "It started last week." in exported
    page.get_by_role("button", name="Talk to this patient").click()
    expect(page.locator(".door")).to_contain_text("Maria Lopez, 61 years")
    tab(page, "Scripts")
    page.get_by_role("button", name="← All patients").click()
    edited = page.locator(".cards button", has_text="unsaved edits")
    expect(edited).to_contain_text("61 years")
    edited.click()
    expect(page.get_by_label("Age, with its unit")).to_have_value("61 years")
    page.get_by_role("button", name="Discard edits").click()
    expect(edited).to_have_count(0)


def test_chat_streams_stops_scores_and_downloads(page, tmp_path):
    tab(page, "Chat")
    expect(page.locator(".door")).to_contain_text("Priya Nair, 29 years")
    choose_model(page, "Fact lookup")
    ask(page, "Do you smoke?")
    answered(page)
    expect(page.locator(BUBBLE).last).to_contain_text("I've never smoked.")
    page.get_by_role("checkbox", name="Examiner's view").check()
    chip = page.locator(".chip").first
    expect(chip).to_have_text(having("✓ facts 1.00"))
    chip.focus()
    expect(chip.locator(".tip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(chip.locator(".tip")).to_be_hidden()
    page.locator(".chip").nth(1).focus()
    expect(page.locator(".chip").nth(1).locator(".tip")).to_be_visible()
    page.get_by_label("Who plays the patient").click()
    page.get_by_role("option", name="(base)").click()
    page.get_by_label("number input for Temperature").locator("visible=true").fill(
        "0"
    )  # greedy, the base goes on and on
    ask(page, "Please tell me the whole story from the beginning.")
    expect(page.locator(BUBBLE)).to_have_count(2)
    expect(page.locator(BUBBLE).last).to_contain_text(re.compile(r"\w \w"))  # two words: it streams
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped. What was said so far is kept.")).to_be_visible()
    answered(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download transcript").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    [record] = load(path)
    assert [turn.role for turn in record.dialogue] == ["doctor", "patient"] * 2
    assert record.dialogue[1].content == "I've never smoked." and record.script.patient.name == "Priya Nair"
    page.get_by_role("button", name="New interview").click()
    expect(page.locator(BUBBLE)).to_have_count(0)
    expect(page.get_by_text("Knock, go in, and say hello.")).to_be_visible()


def test_compare_shows_two_answers_to_one_question(page):
    tab(page, "Compare")
    page.get_by_role("checkbox", name="Fact lookup").check()
    page.get_by_role("checkbox", name="Examiner's view").check()
    ask(page, "When did it start?")
    answered(page)
    expect(page.locator(".turn .q")).to_have_count(1)
    answers = page.locator(".answers > div")
    expect(answers).to_have_count(2)
    expect(answers.nth(1)).to_contain_text("about four months ago")
    expect(answers.nth(0).locator(".chip")).to_have_count(4)


def test_train_is_there_for_the_owner(page):
    tab(page, "Train")
    expect(page.get_by_role("tab", name="New run")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()


def test_evaluate_shows_bars_and_the_worst_replies_with_what_was_said_before(page):
    tab(page, "Evaluate")
    expect(page.get_by_role("button", name="Evaluate", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name=having("first: 0."))).to_be_visible()
    expect(page.get_by_role("img", name=having("Silence: 0.00, 95 % interval"))).to_be_visible()
    expect(page.locator(".reply")).to_have_count(20)
    page.get_by_label("Kind of question").click()
    page.get_by_role("option", name="Asked again", exact=True).click()
    reply = page.locator(".reply").first
    expect(reply).to_contain_text("Asked again")
    expect(reply.locator("mark, .reasons li")).not_to_have_count(0)
    reply.get_by_text("The talk before it").click()
    expect(reply.locator(".talk dt").first).to_be_visible()
    page.get_by_role("radio", name="Consistency", exact=True).check()
    expect(page.get_by_text("replies of first, by consistency")).to_be_visible()
    page.locator(".runs button", has_text="first").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Delete first?")).to_be_visible()
    page.get_by_role("button", name="Keep it").locator("visible=true").click()
    expect(page.get_by_text("Delete first?")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    assert "# Fidelity of scripted" in download.value.path().read_text()


def test_text_from_a_script_stays_text(page):
    tab(page, "Scripts")
    page.get_by_role("button", name="New script").click()
    opened(page, "New Patient")
    page.get_by_label("Name", exact=True).fill(EVIL)
    expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
    page.get_by_role("button", name="Talk to this patient").click()
    expect(page.locator(".door")).to_contain_text(EVIL)
    expect(page.locator(BUBBLE)).to_have_count(0)
    choose_model(page, "Fact lookup")
    ask(page, "What is your name?")
    answered(page)
    expect(page.locator(BUBBLE).last).to_contain_text(EVIL)


def test_a_phone_has_no_sideways_scrolling_and_folds_the_door_after_the_first_question(page):
    page.set_viewport_size({"width": 360, "height": 740})
    for name in ("Scripts", "Chat", "Compare", "Train", "Evaluate"):
        tab(page, name)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, name
    tab(page, "Chat")
    expect(page.locator(".door")).to_have_attribute("open", "")
    choose_model(page, "Fact lookup")
    ask(page, "Hello.")
    answered(page)
    expect(page.locator(".door")).not_to_have_attribute("open", "")
