"""The shape of a doctor's turn: openers, texting, asides, and what is left to the context."""

import pytest

from medsim.dialogue import doctor, patient
from medsim.match import asked
from tests.medsim.match.test_asked import script_of


def ask_of(question, script, *before):
    turns = [turn for pair in before for turn in (doctor(pair[0]), patient(pair[1]))]
    return asked([*turns, doctor(question)], script)


def after_opening(question, script, *more):
    return ask_of(question, script, ("What brings you in today?", script.opening.say), *more)


@pytest.mark.parametrize(
    "question",
    [
        "What happened, my love?",
        "Right, what have you been up to, Maria?",
        "Reason for attendance?",
        "Now then, what's the story, please?",
        "I have the nurse's letter, but I should like to hear it from you.",
        "So start wherever you want, and I'll just listen.",
        "wots the problem",
        "hi wats goin on 2day",
        "Your chest feels tight, it says?",
        "Just give me the whole story in one go.",
        "Um, what, er, brings you here?",
        "Is it all right if I ask why you've come in?",
    ],
)
def test_openers_of_all_shapes_ask_for_the_opening(question):
    script = script_of("maria")
    opening = {*script.opening.facts, *(fact.id for fact in script.facts if fact.tell == "volunteer")}
    assert set(ask_of(question, script).facts) == opening


@pytest.mark.parametrize(
    "question",
    [
        "Is there something you wanted to ask me?",
        "You have any question?",
        "Is there anything you'd like to know before we stop?",
        "What would you like to ask?",
    ],
)
def test_an_invitation_to_ask_is_for_no_fact(question):
    ask = after_opening(question, script_of("maria"))
    assert not ask.facts and "concerns" in ask.topics


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("wat tabs r u on, pls", {"lisinopril"}),
        ("hav u been feelin sick w it", {"no-nausea"}),
        ("hav u tryed anythin 4 it", {"antacid"}),
        ("Any, um, fever?", {"no-fever"}),
        ("When did it start, madam?", {"tightness-onset"}),
    ],
)
def test_texting_and_asides(question, facts):
    assert set(after_opening(question, script_of("maria")).facts) == facts


def test_to_hear_more_is_to_hear_the_complaint_s_story():
    found = set(after_opening("Do go on.", script_of("maria")).facts)
    assert {"tightness-location", "tightness-radiation"} <= found and "antacid" not in found


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("Fevers, palpitations, blackouts?", {"no-fever", "no-palpitations", "no-syncope"}),
        ("Do you get palpitations, or swollen ankles?", {"no-palpitations", "no-leg-swelling"}),
        ("any fever? palpitations", {"no-fever", "no-palpitations"}),
        ("other illnesses? operations, tablets", {"hypertension", "gallbladder", "lisinopril"}),
        ("Sweaty. Any fever?", {"no-fever"}),
    ],
)
def test_each_thing_of_a_list_is_asked_for(question, facts):
    assert set(after_opening(question, script_of("maria")).facts) == facts


def test_two_things_may_share_a_word():
    assert set(after_opening("Swollen feet or face?", script_of("maria")).concepts) == {"leg_swelling", "face_swelling"}


@pytest.mark.parametrize(
    ("turn", "facts"),
    [
        ("So: chest tightness since Monday, no fever, and never any palpitations. Correct?",
         {"tightness-onset", "no-fever", "no-palpitations"}),
        ("To summarise: high blood pressure, a fever, palpitations.", {"hypertension", "no-fever", "no-palpitations"}),
        ("You've had palpitations, the nurse's note says.", {"no-palpitations"}),
        ("So tight in the chest since Monday then.", {"tightness-onset"}),
    ],
)  # fmt: skip
def test_what_is_given_back_asks_to_be_confirmed(turn, facts):
    assert set(after_opening(turn, script_of("maria")).facts) == facts


@pytest.mark.parametrize(
    ("before", "question", "facts"),
    [
        (("And your name is?", "Maria Lopez."), "Thank you. When did it start?", {"tightness-onset"}),
        (
            ("What do you do when that happens?", "I sit down and rest, then it eases off."),
            "Since?",
            {"tightness-onset"},
        ),
        (("Tell me about your home.", "I've got high blood pressure."), "Since when?", {"hypertension"}),
    ],
)
def test_a_follow_up_is_about_what_was_just_told(before, question, facts):
    assert set(after_opening(question, script_of("maria"), before).facts) == facts


@pytest.mark.parametrize(
    "turn",
    [
        "Plenty of folk have a glass of wine of an evening, and nobody here judges. Is it so with you?",
        "I ask this of every patient. How much alcohol do you drink? It won't come from me.",
        "You needn't say if you'd rather not. Do you drink alcohol?",
    ],
)
def test_a_matter_made_easier_is_asked_with_care(turn):
    ask = after_opening(turn, script_of("maria"))
    assert ask.manner == "considerate" and set(ask.facts) == {"alcohol"}


def test_what_was_asked_is_no_reason():
    assert after_opening("Not what I asked. Do you drink alcohol?", script_of("maria")).manner == "direct"


STOPPED = ("Are you taking your tablets, the ones for the sugar? I ask everybody.", "I don't take the sugar tablets.")


@pytest.mark.parametrize(
    ("name", "before", "question", "facts"),
    [
        ("joaquim", STOPPED, "How come?", {"not-taking-bowels", "not-taking-belief"}),
        ("joaquim", STOPPED, "I see. And what made you give up?", {"not-taking-bowels", "not-taking-belief"}),
        ("joaquim", STOPPED, "What put you off them?", {"not-taking-bowels", "not-taking-belief"}),
        ("joaquim", STOPPED, "What was the reason for that?", {"not-taking-bowels", "not-taking-belief"}),
    ],
)
def test_a_follow_up_asks_for_a_detail_of_what_was_just_told(name, before, question, facts):
    assert set(after_opening(question, script_of(name), before).facts) == facts


@pytest.mark.parametrize(
    "turn", ["Yes or no?", "Did you or didn't you?", "Please answer the question.", "So that's a no."]
)
def test_insisting_asks_once_more_for_what_was_asked(turn):
    before = ("Any fever or palpitations?", "I just want to know about my heart.")
    assert set(after_opening(turn, script_of("maria"), before).facts) == {"no-fever", "no-palpitations"}


@pytest.mark.parametrize(
    ("turn", "facts"),
    [
        ("So the pain goes to your shoulder.", {"tightness-radiation"}),
        ("ok so ur dad had heart trouble", {"father-heart"}),
        ("Then you have never smoked.", {"smoking"}),
    ],
)
def test_a_conclusion_at_the_end_is_to_be_confirmed(turn, facts):
    ask = after_opening(turn, script_of("maria"))
    assert set(ask.facts) == facts and ask.form == "leading"


@pytest.mark.parametrize(
    "turn", ["So I'll see you on Monday.", "So you can get dressed now.", "Then that's all, thank you."]
)
def test_a_conclusion_about_what_comes_next_asks_nothing(turn):
    assert after_opening(turn, script_of("maria")).form == "social"


@pytest.mark.parametrize(
    "turn",
    ["Is there anything you want to mention?", "Have I missed anything?", "Was there something that was not on it?"],
)
def test_a_last_invitation_is_for_other_matters(turn):
    ask = after_opening(turn, script_of("maria"))
    assert not ask.facts and "other" in ask.topics


def test_a_request_not_to_do_a_thing_asks_nothing():
    script = script_of("maria")
    assert set(ask_of("Don't get up. What's brought you?", script).facts) == set(
        ask_of("What's brought you?", script).facts
    )


@pytest.mark.parametrize(
    ("question", "facts"),
    [("How old was he?", {"father-heart"}), ("What did he die of?", {"father-heart"}), ("Was he a smoker?", set())],
)
def test_he_and_she_are_the_relative_just_told_of(question, facts):
    before = ("Does anything run in the family?", "My father died of a heart attack.")
    assert set(after_opening(question, script_of("maria"), before).facts) == facts
