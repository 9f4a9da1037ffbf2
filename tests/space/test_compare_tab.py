"""The Compare tab's handlers, called as Gradio calls them; the page itself is in test_browser.py."""

import gradio as gr
import pytest

from medsim.dialogue import doctor, patient
from medsim.errors import MedSimError
from medsim.metrics import score
from space.comparison import ENDED, MAX_TURNS, Comparison, Turn
from space.models import BASE, SCRIPTED, Model
from space.tabs.compare import NEW, compare_tab
from tests.space.conftest import SETTINGS, VISITOR, handler

BOTH = [BASE, SCRIPTED]
A, B = Model("a", "Model A", "scripted"), Model("b", "Model B", "scripted")


@pytest.fixture(scope="module")
def page(app):
    with gr.Blocks() as demo, gr.Tab("Compare") as tab:
        compare_tab(app, tab, gr.State(None))
    return demo


def ask(page, comparison, question, names=BOTH, examiner=False):
    comparison, turns, said, box = handler(page, "ask")(comparison, names, examiner, question, VISITOR, None)
    return comparison, turns, said, box


def test_who_comes_in_is_told_what_to_do(page):
    comparison, script, who, turns, said, box = handler(page, "enter")(None, None)
    assert comparison == Comparison(script) and who.value == script.id and "Choose two or three" in turns and said == ""
    assert handler(page, "enter")(comparison, script)[3] == gr.skip(), "the same patient: the comparison goes on"
    assert handler(page, "choose")(script, "priya-nair-headache")[0].script.patient.name == "Priya Nair"


def test_one_question_goes_to_all_and_both_answers_stream(page, script):
    asked, turns, said, box = ask(page, Comparison(script), "When did it start?")
    assert turns.count("typing") == 2 and turns.count("When did it start?") == 1 and box.stop_btn == "Stop"
    steps = list(handler(page, "answer")(asked, False, *SETTINGS))
    assert any("typing" in step[1] for step in steps)
    last = steps[-1][0]
    assert last.turns[0].replies[1] == "It started two days ago." and last.turns[0].replies[0]
    assert len({step[0].turns[0].replies[1] for step in steps}) > 2, "it grows word by word"
    ready, turns, box = handler(page, "ready")(last, False)
    assert ready == last.settled() and "typing" not in turns and box.submit_btn == "Ask" and not box.value
    again, *_ = ask(page, ready, "Any fever?")
    assert again.interviews()[1].dialogue == (
        doctor("When did it start?"), patient("It started two days ago."), doctor("Any fever?")
    )  # fmt: skip
    assert again.interviews()[0].dialogue[1].content == last.turns[0].replies[0], "each has a dialogue of its own"


def test_the_caret_is_only_at_a_reply_that_grows(script):
    growing = Comparison(script).asked("When?", [A, B])
    for words in range(1, 7):
        first, second = growing.interviews()
        growing = growing.answered([first.answered("Today."), second.answered("Two " * words)])
        assert growing.html(False).count("typing") == (2 if words <= ENDED else 1)
    assert '<p class="typing">Two Two' in growing.html(False)


@pytest.mark.parametrize("names", [[], [BASE], [BASE, BASE], None, [BASE, SCRIPTED, "runs/x"], ["a", "b", "c", "d"]])
def test_two_or_three_known_models_are_needed(page, script, names):
    with pytest.raises(gr.Error, match="Choose 2 or 3|no longer here"):
        ask(page, Comparison(script), "Hello?", names)


def test_other_models_begin_a_new_interview_and_say_so(page, script):
    before = Comparison(script, (A, B), (Turn("Hello?", ("Hi.", "Hello.")),))
    after, turns, said, _ = ask(page, before, "When?")
    assert [turn.question for turn in after.turns] == ["When?"] and NEW in said
    assert ask(page, after.settled(), "Why?")[2] == ""


def test_a_question_that_only_one_answered_stays_and_is_in_its_interview_alone(script):
    part = Comparison(script).asked("Hello?", [A, B])
    part = part.answered([part.interviews()[0].answered("Hi."), part.interviews()[1]])
    assert (
        part.turns == (Turn("Hello?", ("Hi.", "")),) and part.unanswered is None and part.settled().turns == part.turns
    )
    first, second = part.asked("When?", [A, B]).interviews()
    assert first.dialogue == (doctor("Hello?"), patient("Hi."), doctor("When?")) and second.dialogue == (
        doctor("When?"),
    )


def test_stop_before_any_word_gives_the_question_back(page, script):
    asked = Comparison(script).asked("Hello?", [A, B])
    kept, turns, box, said = handler(page, "stopped")(asked, False)
    assert kept.turns == () and box.value == "Hello?" and "Choose two or three" in turns and "Stopped" in said


def test_settings_are_checked_and_what_is_wrong_is_said_in_its_place(page, script):
    asked, *_ = ask(page, Comparison(script), "Hello?")
    steps = list(handler(page, "answer")(asked, False, 7, *SETTINGS[1:]))
    assert "temperature" in steps[-1][2] and "note bad" in steps[-1][2] and steps[-1][0].unanswered == "Hello?"


def test_the_examiner_sees_the_scores_of_each(script):
    done = Comparison(script, (A, B), (Turn("When did it start?", ("Two days ago.", "A few weeks ago.")),))
    html = done.html(True)
    assert html.count("✓ facts 1.00") == 1 and html.count("✕ facts 0.00") == 1 and "Model A" in html
    assert "chip" not in done.html(False)


def test_what_was_scored_is_not_scored_again(script, monkeypatch):
    scored = []
    monkeypatch.setattr("space.chips.score", lambda *what: scored.append(what[-1]) or score(*what))
    one = Comparison(script, (A, B), (Turn("When did it start?", ("Two days ago.", "Last week.")),))
    one.html(True)
    two = one.asked("Any fever?", [A, B])
    two.answered([item.answered("No.") for item in two.interviews()]).settled().html(True)
    assert scored == ["Two days ago.", "Last week.", "No.", "No."]


def test_a_comparison_ends_somewhere(script):
    full = Comparison(script, (A, B), (Turn("Hello?", ("Hi.", "Hi.")),) * MAX_TURNS)
    with pytest.raises(MedSimError, match="Begin a new one"):
        full.asked("More?", [A, B])
    with pytest.raises(MedSimError, match="Write a question"):
        Comparison(script).asked(" ", [A, B])


def test_the_base_and_the_newest_fine_tuned_one_are_chosen_first(page):
    boxes = handler(page, "renew_models")([], VISITOR, None)
    assert [name for _, name in boxes.choices] == [SCRIPTED, BASE] and boxes.value == [BASE]
    assert handler(page, "renew_models")([SCRIPTED, "gone"], VISITOR, None).value == [SCRIPTED]
