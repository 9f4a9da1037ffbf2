"""What a reply says on its face: scope of negation, answers, doubt, whom it is about."""

import pytest

from medsim.match.reply import read_reply


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("No fever, cough or rash.", {"fever": True, "cough": True, "rash": True}),
        ("I haven't had any fever, but I do have a cough.", {"fever": True, "cough": False}),
        ("I've had a cough but no fever.", {"cough": False, "fever": True}),
        ("No, I get headaches.", {"headache": False}),
        ("Nothing like a fever.", {"fever": True}),
        ("I don't cough, I just wheeze.", {"cough": True, "wheeze": False}),
        ("I'm not coughing up blood.", {"coughing_blood": True}),
        ("I can't get a proper breath in.", {"breathlessness": False}),
        ("I can't stand bright light.", {"photophobia": False}),
        ("Not only a cough, a fever as well.", {"cough": False, "fever": False}),
        ("Without the fever I'd be fine.", {"fever": True}),
        ("His poo is normal.", {}),
        ("I can't walk far without getting breathless.", {"breathlessness": False}),
        ("Nothing helps the headaches.", {"headache": False}),
        ("I haven't taken anything for the pain.", {"pain": False}),
        ("He can't keep anything down.", {"vomiting": False}),
        ("He's keeping it all down fine.", {}),
        ("No I get headaches.", {"headache": False}),
        ("Not only do I get headaches, but I feel sick too.", {"headache": False, "nausea": False}),
        ("No better, the headache.", {"headache": False}),
        ("The cough hasn't gone away.", {"cough": False}),
    ],
)
def test_scope_of_negation(text, mentions):
    assert {mention.concept: mention.denied for mention in read_reply(text).mentions} == mentions


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("No.", "no"), ("Not that I know of.", "no"), ("Never.", "no"), ("None.", "no"), ("Nope, doctor.", "no"),
        ("Yes.", "yes"), ("Yeah, a bit.", "yes"), ("I do, yes.", "yes"), ("It does.", "yes"),
        ("Oh, no, nothing like that.", "no"), ("No idea, doctor.", None), ("I have a cough.", None),
        ("Two days ago.", None), ("Nothing's coming up when I cough.", None), ("I'm worried.", None),
    ],
)  # fmt: skip
def test_answers(text, answer):
    assert read_reply(text).answer == answer


@pytest.mark.parametrize(
    ("text", "unsure"),
    [("I don't know.", True), ("No idea.", True), ("I can't remember.", True), ("Oh, you have no idea.", False),
     ("He didn't know where to look.", False), ("Two days.", False)],
)  # fmt: skip
def test_doubt(text, unsure):
    assert read_reply(text).unsure is unsure


def test_the_act_is_denied_and_not_what_it_was_for():
    read = read_reply("Nothing helps the headaches, and I haven't taken anything for the pain.")
    assert {"help", "tak"} <= read.not_said and {"headach", "pain"} <= read.said


def test_not_without_is_a_must():
    assert {"climb", "stair", "stop"} <= read_reply("I can't climb the stairs without stopping.").said


def test_a_scope_ends_with_its_clause():
    assert "lunch" in read_reply("He won't sit with boys who talk at lunch.").said
    assert "work" in read_reply("There isn't anybody who's off work.").not_said
    assert "stair" in read_reply("I manage without a stick, stairs and all.").said
    assert "garden" in read_reply("Not her, out in the garden all day.").said
    assert [mention.denied for mention in read_reply("I haven't touched a cigarette since.").mentions] == [True]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Absolutely not.", "no"), ("Thank goodness, no.", "no"), ("Some mornings, yes.", "yes"), ("Exactly.", "yes"),
        ("That's exactly why I came.", None),
    ],
)  # fmt: skip
def test_an_answer_need_not_come_first(text, answer):
    assert read_reply(text).answer == answer


def test_a_concept_is_named_within_one_clause():
    assert not read_reply("Something for the pain, and then I can go back to bed.").mentions[1:]


@pytest.mark.parametrize(
    ("text", "past"), [("It's gone away.", True), ("It hasn't gone away.", False), ("It never cleared up.", False)]
)
def test_what_is_not_over_is_not_past(text, past):
    assert read_reply(text).past is past


def test_fears_and_questions_are_only_thought():
    for text in ("I'm worried it's a brain tumour.", "Is it a brain tumour?"):
        assert [mention.thought for mention in read_reply(text).mentions] == [True]
    assert not read_reply("They found a brain tumour.").mentions[0].thought


def test_whom_a_sentence_is_about():
    text = "My dad has asthma. I get eczema. There's diabetes on my mum's side. My wife saw my rash. A cough as well."
    who = {mention.concept: mention.who for mention in read_reply(text).mentions}
    assert who == {"asthma": "father", "eczema": "patient", "diabetes": "mother", "rash": "patient", "cough": None}


def test_things_in_order_and_not():
    assert [(name, ok) for name, _, ok in read_reply("My speech has been fine.").functions] == [("speech", True)]
    assert [(name, ok) for name, _, ok in read_reply("He keeps it down fine.").functions] == [("keeping_down", True)]
    assert [(name, ok) for name, _, ok in read_reply("My appetite's terrible.").functions] == [("appetite", False)]
