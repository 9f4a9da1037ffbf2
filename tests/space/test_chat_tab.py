"""The Chat tab's handlers, called as Gradio calls them; the page itself is in test_browser.py."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from medsim.dialogue import doctor, load, patient
from medsim.errors import MedSimError
from medsim.metrics import score
from medsim.sampling import Sampling
from medsim.script import PatientScript
from space.bubbles import bubbles
from space.interview import MAX_QUESTION, Interview, transcript
from space.models import BASE, SCRIPTED
from space.replies import LEFT_OUT, WAKING, replies
from space.tabs.chat import chat_tab
from tests.space.conftest import OWNER, SETTINGS, VISITOR, handler


@pytest.fixture(scope="module")
def page(app):
    with gr.Blocks() as demo, gr.Tab("Chat") as tab:
        chat_tab(app, tab, gr.State(None))
    return demo


@pytest.fixture
def interview(script):
    return Interview(script)


def words(shown):
    return [(message["role"], message["content"]) for message in shown]


def test_who_comes_in_first_meets_an_easy_patient(page):
    interview, script, who, door, chat, said, box = handler(page, "enter")(None, None)
    assert interview == Interview(script) and script.patient.name == "Priya Nair"
    assert who.value == script.id and len(who.choices) == 6 and "Priya Nair, 29 years" in door
    assert chat.value == [] and "is waiting" in chat.placeholder and said == "" and box.submit_btn == "Ask"


def test_the_script_that_was_chosen_elsewhere_is_met_and_the_same_one_goes_on(page, script):
    interview = Interview(script).asked("Hello?").answered("Hello.")
    went_on = handler(page, "enter")(interview, script)
    assert went_on[0] is interview and went_on[4] == gr.skip()
    edited = PatientScript.model_validate({**script.dump(), "notes": "mine"})
    begun, _, who, *_ = handler(page, "enter")(interview, edited)
    assert begun == Interview(edited) and who.value == "" and who.choices[-1][0].endswith("(your version)")


def test_another_patient_is_chosen_and_unknown_ones_are_refused(page, script):
    begun = handler(page, "choose")(Interview(script), script, "priya-nair-headache")
    assert begun[0].script.patient.name == "Priya Nair"
    with pytest.raises(gr.Error, match="no longer here"):
        handler(page, "choose")(None, script, "../../etc/passwd")


def test_a_question_is_checked_and_shown_at_once(page, interview):
    asked, shown, said, box = handler(page, "ask")(interview, False, "  What brings you in? ")
    assert asked.dialogue == (doctor("What brings you in?"),) and said == "" and box.stop_btn == "Stop"
    assert words(shown) == [("user", "What brings you in?"), ("assistant", "…")]
    for question, message in (("", "Write a question"), (None, "Write a question"), ("x" * (MAX_QUESTION + 1), "600")):
        with pytest.raises(gr.Error, match=message):
            handler(page, "ask")(interview, False, question)
    starter = handler(page, "ask_starter")(interview, False, SimpleNamespace(value={"text": "Hello."}))
    assert starter[0].dialogue == (doctor("Hello."),)


def test_the_reply_grows_and_the_interview_with_it(page, interview):
    asked = interview.asked("When did it start?")
    steps = list(handler(page, "answer")(VISITOR, None, asked, SCRIPTED, False, *SETTINGS))
    said = [step[0].dialogue[-1].content for step in steps if not step[0].unanswered]
    assert len(said) > 2 and all(later.startswith(earlier) for earlier, later in zip(said, said[1:], strict=False))
    assert said[-1] == "It started two days ago." == steps[-1][1][-1]["content"] and steps[-1][2] == ""
    ready, shown, box = handler(page, "ready")(steps[-1][0], False)
    assert ready == steps[-1][0].settled() and not box.value and box.submit_btn == "Ask" and not box.stop_btn
    assert words(shown) == [("user", "When did it start?"), ("assistant", "It started two days ago.")]


def test_a_model_wakes_with_a_word_about_it(page, app, interview):
    asked = interview.asked("When did it start?")
    app.models._engines.clear()
    steps = list(handler(page, "answer")(VISITOR, None, asked, BASE, False, *SETTINGS))
    assert WAKING in steps[0][2] and steps[-1][2] == "" and steps[-1][0].dialogue[-1].role == "patient"
    again = list(handler(page, "answer")(VISITOR, None, asked, BASE, False, *SETTINGS))
    assert not any(WAKING in step[2] for step in again)
    assert again[-1][0] == steps[-1][0], "temperature 0"


def test_stop_keeps_what_was_said(page, interview):
    stream = handler(page, "answer")(VISITOR, None, interview.asked("What brings you in?"), SCRIPTED, False, *SETTINGS)
    part = next(step[0] for step in stream if not step[0].unanswered and " " in step[0].dialogue[-1].content)
    stream.close()
    kept, shown, box, said = handler(page, "stopped")(part, False)
    assert kept.dialogue == part.dialogue and "What was said so far is kept" in said and not box.value
    nothing, shown, box, _ = handler(page, "stopped")(interview.asked("Hello?"), False)
    assert nothing.dialogue == () and shown == [] and box.value == "Hello?", "the question may be asked again"


def test_what_goes_wrong_is_said_in_its_place_and_what_was_said_is_kept(page, app, interview, monkeypatch):
    def breaks_off(turns, sampling):
        yield ["It started "]
        raise MedSimError("The model server does not answer. Try again.")

    monkeypatch.setattr("medsim.patients.stream_together", breaks_off)
    steps = list(handler(page, "answer")(VISITOR, None, interview.asked("When?"), SCRIPTED, False, *SETTINGS))
    assert "The model server does not answer" in steps[-1][2] and 'class="note bad"' in steps[-1][2]
    assert steps[-1][0].dialogue[-1] == patient("It started")


@pytest.mark.parametrize(
    ("request_", "model", "settings", "message"),
    [
        (VISITOR, "runs/none", SETTINGS, "no longer here"),
        (VISITOR, "../../secrets", SETTINGS, "no longer here"),
        (VISITOR, SCRIPTED, [9, *SETTINGS[1:]], "temperature"),
        (OWNER, SCRIPTED, [*SETTINGS[:3], 10_000, None], "max_new_tokens"),
    ],
)
def test_whatever_a_client_sends_is_checked_again(page, interview, request_, model, settings, message):
    steps = list(handler(page, "answer")(request_, None, interview.asked("When?"), model, False, *settings))
    assert message in steps[-1][2] and steps[-1][0].unanswered


def test_the_examiner_sees_scores_under_each_reply(page, interview):
    done = interview.asked("When did it start?").answered("It began a few weeks ago.")
    assert words(bubbles(done, False))[1] == ("assistant", "It began a few weeks ago.")
    text, chips = bubbles(done, True)[1]["content"]
    assert text == "It began a few weeks ago." and "✕ facts 0.00" in chips.value


def test_what_was_scored_is_not_scored_again(page, interview, monkeypatch):
    scored = []
    monkeypatch.setattr("space.chips.score", lambda *what: scored.append(what[-1]) or score(*what))
    one = interview.asked("When did it start?").answered("Two days ago.").settled()
    two = one.asked("Any fever?").answered("No.").settled()
    for shown in (one, two, two):
        bubbles(shown, True)
    assert scored == ["Two days ago.", "No."]
    bubbles(interview.asked("When did it start?").answered("Last week.").settled(), True)
    assert scored[2:] == ["Last week."], "another reply at the same place"


def test_what_is_said_stays_text(interview):
    """The Chatbot shows HTML, whatever its settings."""
    done = interview.asked("<img src=x onerror=alert(1)> & you?").answered("I'm <b>fine</b>.")
    assert words(bubbles(done, False)) == [
        ("user", "&lt;img src=x onerror=alert(1)&gt; &amp; you?"), ("assistant", "I'm &lt;b&gt;fine&lt;/b&gt;.")
    ]  # fmt: skip
    assert bubbles(done, True)[1]["content"][0] == "I'm &lt;b&gt;fine&lt;/b&gt;."


def test_an_interview_too_long_for_the_model_says_so(app, interview):
    long = interview
    for number in range(60):
        long = long.asked(f"Question {number}, and could you tell me a little more about it?").answered("No. " * 40)
    model = app.models.find(BASE, False)
    notes = [note for _, note in replies(app.models, [model], [long.asked("And now?")], Sampling(max_new_tokens=2))]
    assert LEFT_OUT in notes[-1]
    with pytest.raises(MedSimError, match="Begin a new one"):
        Interview(long.script, long.dialogue * 4).asked("More?")


def test_the_transcript_is_a_line_of_the_training_format(interview, tmp_path):
    done = interview.asked("When did it start?").answered("Two days ago.").asked("Any fever?")
    file = transcript(done)
    assert file["name"] == "maria-lopez-chest-tightness.jsonl"
    path = tmp_path / file["name"]
    path.write_text(file["text"])
    [record] = load(path)
    assert record.script == interview.script and [turn.role for turn in record.dialogue] == ["doctor", "patient"]
    assert len(json.loads(file["text"])["dialogue"]) == 2, "a question without an answer is left out"
    with pytest.raises(MedSimError, match="Ask a question first"):
        transcript(interview)


def test_models_are_listed_for_who_asks_and_the_choice_is_kept(page):
    renew = handler(page, "renew_models")
    assert [name for _, name in renew(SCRIPTED, OWNER, None).choices] == [SCRIPTED, BASE]
    assert renew(SCRIPTED, VISITOR, None).value == SCRIPTED and renew("runs/gone", VISITOR, None).value == BASE


def test_nothing_is_asked_before_a_patient_came_in_or_while_one_answers(page, interview):
    ask, asked = handler(page, "ask"), interview.asked("When did it start?").answered("Two")
    for room, reason in ((None, "no patient in the room"), (asked, "still being answered")):
        with pytest.raises(gr.Error, match=reason):
            ask(room, False, "Do you smoke?")
    assert ask(asked.settled(), False, "Do you smoke?")[0].unanswered == "Do you smoke?"


def test_a_reply_that_comes_when_the_patient_has_left_is_forgotten(page, interview, script):
    meet, edited = handler(page, "meet"), PatientScript.model_validate({**script.dump(), "notes": "mine"})
    assert set(map(str, meet(interview, script))) == {str(gr.skip())}
    assert meet(interview.asked("Hello?"), edited)[0] == Interview(edited)
