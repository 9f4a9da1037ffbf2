"""HTML made from scripts: nothing that a script says may become markup or code, in any of the pieces."""

import ast
import re

import pytest
from markupsafe import Markup

from medsim.dialogue import doctor
from medsim.errors import Problem
from medsim.script import PatientScript
from space import page
from space.chips import chips
from space.comparison import Comparison
from space.facts import fact_list
from space.gallery import gallery
from space.interview import Interview
from space.models import Model
from tests.conftest import REPOSITORY
from tests.space.conftest import EVIL

SPACE = sorted((REPOSITORY / "space").rglob("*.py"))
TAG = re.compile(r"<[a-zA-Z/!]")


@pytest.fixture(scope="module")
def evil() -> PatientScript:
    """A script with markup in every text that the page shows."""
    say = {"say": EVIL}
    return PatientScript.model_validate({
        "schema": 1, "id": "evil", "specialty": EVIL, "review": {"status": "reviewed", "by": EVIL},
        "door": {"complaint": EVIL, "when": EVIL, "setting": EVIL, "task": EVIL},
        "patient": {"name": f"<b> {EVIL}", "age": "9 years", "sex": "male"},
        "speaker": {"relation": EVIL, "name": EVIL}, "opening": say,
        "facts": [{"id": "a", "topic": "complaint", "tell": "volunteer", **say}],
    })  # fmt: skip


def assert_harmless(html):
    assert isinstance(html, Markup)
    text = str(html)
    assert "<img" not in text and "x onerror" not in re.sub(r"&lt;.*?&gt;", "", text)
    assert "&lt;img" in text, "the piece is to show the text"


def test_every_piece_escapes_what_the_script_says(evil):
    problem = Problem(EVIL, EVIL, EVIL, 3, EVIL)
    comparison = Comparison(evil).asked(EVIL, [Model("a", EVIL, "scripted"), Model("b", EVIL, "scripted")])
    answered = comparison.answered([i.answered(EVIL) for i in comparison.interviews()])
    for html in (
        page.header(EVIL), page.note("bad", EVIL, EVIL), page.muted(EVIL), page.tag(EVIL), page.problems([problem]),
        gallery([evil], [evil], {}), page.title(EVIL, evil), page.door(evil), page.welcome(evil),
        fact_list({"facts": [{"id": EVIL, "topic": EVIL, "say": EVIL, "lock": EVIL, "polarity": EVIL}]}, 0, []),
        answered.html(True), answered.settled().html(False), chips(evil, [doctor(EVIL)], EVIL),
    ):  # fmt: skip
        assert_harmless(html)


def test_the_door_says_what_the_doctor_may_know_and_no_more(script):
    html = str(page.door(script))
    assert "Maria Lopez, 54 years" in html and "148/92" in html and "36.8 °C" in html and "Urgent care" in html
    assert "open" in html.split(">")[0]
    assert "angina" not in html and "self-harm" not in html


def test_a_theme_of_self_harm_shows_the_crisis_notice(script):
    fact = {"id": "harm", "topic": "self_harm", "say": "I've thought of ending it."}
    data = script.dump()
    theme = PatientScript.model_validate({**data, "facts": [*data["facts"], fact]})
    denied = PatientScript.model_validate({**data, "facts": [*data["facts"], {**fact, "polarity": "denied"}]})
    assert page.CRISIS in str(page.door(theme)) and page.CRISIS not in str(page.door(denied))


def test_the_header_says_what_this_is_not_for():
    header = page.header("Visitor")
    assert all(text in header for text in ("Fictional patients", "Not medical advice", "Never enter data of real"))


def test_problems_are_counted_when_there_are_many():
    html = page.problems([Problem("No.", "Mend it.", field=f"x{n}") for n in range(20)])
    assert html.count("<li>") == page.MOST_PROBLEMS + 1 and "and 8 more" in html
    assert page.problems([]) == ""


def test_an_empty_gallery_says_what_to_do():
    assert "Clear the search" in gallery([], [], {})


def test_chips_quote_the_words_that_they_are_about(script):
    html = str(chips(script, [doctor("When did it start?")], "It began a few weeks ago."))
    assert "✕ facts 0.00" in html and "<mark>a few weeks</mark>" in html and "tightness-onset" in html
    right = str(chips(script, [doctor("When did it start?")], "Two days ago."))
    assert "✓ facts 1.00" in right and "– consistent" in right and "nothing to judge" in right


@pytest.mark.parametrize("path", SPACE, ids=lambda path: path.name)
def test_gradio_gets_no_templates(path):
    """With html_template= Gradio runs the value as JavaScript even when it is escaped."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword):
            assert node.arg not in ("html_template", "css_template"), path
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "HTML":
            assert path.name == "context.py", "only context.html makes gr.HTML"


@pytest.mark.parametrize("path", SPACE, ids=lambda path: path.name)
def test_markup_is_made_from_constants_only(path):
    """No f-string, % or + puts text into tags, and nothing but a constant is declared to be Markup."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            written = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
            assert not TAG.search(written) or path.name == "theme.py", f"{path}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Markup":
            assert all(isinstance(argument, ast.Constant) for argument in node.args), f"{path}:{node.lineno}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            for side in (node.left, node.right):
                if isinstance(side, ast.Constant) and isinstance(side.value, str):
                    assert not TAG.search(side.value), f"{path}:{node.lineno}"


def test_the_dialogue_that_is_scored_ends_before_the_reply(script):
    interview = Interview(script).asked("Hello?").answered("Hello.").asked("When?").answered("Two days ago.")
    assert [(index, len(dialogue), reply) for index, dialogue, reply in interview.replies()] == [
        (1, 1, "Hello."), (3, 3, "Two days ago.")
    ]  # fmt: skip
