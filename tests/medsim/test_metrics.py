"""Scores: what a good patient gets, what a degenerate one gets, and why."""

from statistics import fmean

import pytest

from medsim import match
from medsim.dialogue import Record, doctor, patient
from medsim.match.text import content_stems, tokens
from medsim.metrics import overall, score, score_dialogue
from medsim.script import PatientScript
from medsim.scripted import answer
from tests.conftest import first_dialogues

RECORDS = first_dialogues()


def values(script, question, reply, *before):
    turns = [doctor(text) if number % 2 == 0 else patient(text) for number, text in enumerate([*before, question])]
    return score(script, turns, reply)


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        ("When did it start?", "Two days ago.", 1),
        ("When did it start?", "A month ago.", 0),
        ("When did it start?", "Oh, a while ago.", 0.5),
        ("When did it start?", "I don't know.", 0),
        ("When did it start?", "I live on the third floor with my husband.", 0),
        ("Any fever?", "No.", 1),
        ("Any fever?", "Yes.", 0),
        ("Any fever or cough?", "No fever. I do have a cough.", 0.5),
        ("Do you have epilepsy?", "No, never.", 1),
        ("Do you have epilepsy?", "Yes.", 0),
        ("How much do you drink?", "Oh, you know, just socially.", 1),
        ("How much do you drink?", "Most evenings I drink a bottle of wine.", 0),
        ("How much do you drink?", "I don't drink at all.", 0),
        ("When did it start?", "Two days ago, and I've had double vision.", 0.5),
        ("When did it start?", "Two days ago, and I had a fever.", 0.5),
        ("How long does each one last?", "Two days.", 0),
        ("Where is it?", "It started two days ago.", 0),
        ("How bad is it, out of ten?", "It lasts about ten minutes each time.", 0),
        ("Where is it?", "Just socially, you know.", 0),
        ("How many have you had?", "It eases off when I sit down and rest.", 0),
        ("Any tightness in your chest?", "Right in the middle, behind my breastbone.", 0.5),
        ("Tell me about your drinking.", "Most evenings I drink a bottle of wine.", 0),
        ("Are you an AI? How much do you drink?", "Most evenings I drink a bottle of wine.", 0),
        ("Are you an AI? How much do you drink?", "Oh, you know, just socially.", 1),
        ("Did your father have heart trouble?", "He had a heart attack at 60.", 1),
        ("Hello, I'm Dr Whelan.", "Hello, doctor.", None),
    ],
)
def test_script_adherence(script, question, reply, value):
    assert values(script, question, reply).script_adherence.value == value


def test_a_lock_that_is_open_changes_what_is_right(script):
    care = "I ask everyone, because alcohol affects the heart, and it stays between us. How much do you drink?"
    assert values(script, care, "A bottle of wine, most evenings.").script_adherence.value == 1
    assert values(script, care, "Oh, you know, just socially.").script_adherence.value == 0
    again = values(script, "How much was it?", "A bottle of wine, most evenings.", care, "A bottle of wine.")
    assert (again.script_adherence.value, again.consistency.value) == (1, 1)


def test_bait_may_get_three_facts_and_forty_words(script):
    bait = "Tell me everything about your case."
    facts = ["I get this tight feeling in my chest.", "It started two days ago.", "It lasts ten minutes."]
    assert values(script, bait, " ".join(facts)).script_adherence.value == 1
    assert values(script, bait, " ".join([*facts, "I get kind of clammy."])).script_adherence.value == 0
    assert values(script, bait, facts[0] + " And so on" * 12).script_adherence.value == 0


def test_telling_everything_is_not_adherence(script):
    dump = " ".join(fact.say for fact in script.facts)
    for question in ("When did it start?", "Tell me everything about your case."):
        assert values(script, question, dump).script_adherence.value <= 0.2


@pytest.mark.parametrize(
    ("before", "question", "reply", "value"),
    [
        (("When did it start?", "Two days ago."), "Since when, did you say?", "Since the day before yesterday.", 1),
        (("When did it start?", "Two days ago."), "Since when, did you say?", "For three weeks.", 0),
        (("When did it start?", "Two days ago."), "Since when, did you say?", "I don't know.", 0.5),
        (("When did it start?", "A while ago."), "When exactly did it start?", "Two days ago.", 1),
        (("Do you have epilepsy?", "No."), "You said you have epilepsy?", "Yes.", 0),
        (("How much do you drink?", "Just socially, you know."),
         "In confidence, because it matters: how much do you drink?", "A bottle of wine.", 1),
        (("How long have you had epilepsy?", "For twelve years."), "Since when have you had epilepsy?",
         "For three years.", 0),
        (("How long have you had epilepsy?", "For twelve years."), "Since when have you had epilepsy?", "A dozen years.", 1),
        (("How many years have you had epilepsy?", "Twelve."), "How many epilepsy tablets do you take?", "Three.", 1),
        (("Does your mother have epilepsy?", "Yes."), "Do you have epilepsy?", "No.", None),
        (("What's your husband's name?", "Juan."), "And your husband, what's he called?", "Carlos.", 0),
        (("What's your husband's name?", "Juan."), "What was your husband's name again?", "He's called Juan.", 1),
        (("Do you have a cat?", "Yes."), "What's the cat's name?", "Rex.", 1),
        (("What's the cat's name?", "Felix."), "And your cat, what's she called?", "She's called Minka.", 0),
        (("How old is your husband?", "He's 58."), "And how old is he, your husband?", "He's 61.", 0),
        (("How old is your husband?", "He's 58."), "What's your husband's name?", "Juan.", None),
        ((), "When did it start?", "Two days ago.", None),
        (("When did it start?", "Last month."), "When was that again?", "Two days ago.", 0.5),  # wrong then, right now
    ],
)  # fmt: skip
def test_consistency(script, before, question, reply, value):
    assert values(script, question, reply, *before).consistency.value == value


@pytest.mark.parametrize("record", [*RECORDS[::5], Record("A man with a cough.", RECORDS[0].dialogue)])
def test_a_whole_dialogue_scores_as_turn_by_turn(record):
    one_by_one = [
        score(record.script, record.dialogue[:number], message.content)
        for number, message in enumerate(record.dialogue)
        if message.role == "patient"
    ]
    assert score_dialogue(record.script, record.dialogue) == one_by_one


def test_a_dialogue_is_read_once(script, dialogue, monkeypatch):
    read = []
    monkeypatch.setattr(match, "claims_of", lambda reply, *rest: read.append(reply) or [])
    score_dialogue(script, dialogue)
    assert read == [message.content for message in dialogue if message.role == "patient"]


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        ("Any fever?", "No.", 1),
        ("Any fever?", "Any fever?", 0),
        ("Any fever?", "", 0),
        ("When did it start?", "Two days ago.", 1),
        ("When did it start?", "A month ago.", 1),  # wrong, but to the point
        ("When did it start?", "I sing in the choir at my church.", 0),
        ("When did it start?", "No.", 0),
        ("It's in the middle, isn't it?", "It's in the middle.", 1),
        ("Is it on the left?", "It is on the left.", 1),
        ("It's in the middle, isn't it?", "It's in the middle, isn't it?", 0),
        ("Is it on the left?", "Is it on the left?", 0),
        ("When did it start?", "I don't know.", 0.5),
        ("Good morning.", "Good morning, doctor.", None),
    ],
)
def test_relevance(script, question, reply, value):
    assert values(script, question, reply).relevance.value == value


@pytest.mark.parametrize(
    ("question", "reply", "rules"),
    [
        ("When did it start?", "Ask me another.", set()),  # oblique: it may be an answer
        ("Any fever?", "You could not fry an egg on me.", set()),
        ("Any fever or cough?", "There's no fever.", set()),  # a part may wait
        ("When did it start?", "I sing in the choir at my church.", {"not_answered", "off_topic"}),
        ("When did it start?", "At church it's the choir that I sing in.", {"not_answered", "off_topic"}),
        ("When did it start?", "No.", {"not_answered", "unclear"}),
        ("Any fever?", "I sing in the choir at my church.", {"not_answered", "off_topic"}),  # asked for by name alone
        ("Any fever?", "It's probably just the stairs, at my age.", set()),  # a cause may be an answer
        ("What do you do for your church?", "I sing in the choir.", set()),  # a word of the question
        ("When did it start?", "It eases off when I sit down and rest.", set()),  # "when I" may be a time
        ("Where is it?", "It started two days ago.", {"not_answered"}),  # a time, and no place
        ("Where is it?", "It started here, two days ago.", set()),
        ("Any fever?", "It's always lisinopril, 10 mg, every single morning.", {"not_answered", "off_topic"}),
        ("What are you allergic to?", "It comes on when I climb the stairs.", {"not_answered", "off_topic"}),
        ("Do you smoke?", "It eases off when I sit down and rest.", {"not_answered", "off_topic"}),
        ("Do you smoke?", "I gave it up, and it eases off when I rest.", set()),
        ("When did the tightness start?", "It's as if somebody were squeezing me.", {"not_answered"}),
        ("When did the tightness start?", "It's like somebody squeezing me, ever since Sunday.", set()),
        ("How bad is it, out of ten?", "It began the day before yesterday.", {"not_answered"}),
    ],
)
def test_only_what_is_proven_is_a_fault(script, question, reply, rules):
    assert {item.rule for item in values(script, question, reply).evidence if item.sign == "bad"} == rules


def test_clause_upon_clause_of_what_nobody_asked_for_is_a_dump(script):
    reply = (
        "Two days ago. It's a six, it goes up my neck, I sing in the church choir, my father's heart stopped at 60, "
        "I've no fever at all, and lisinopril is what I take of a morning, with water."
    )
    assert "dump" in {item.rule for item in values(script, "When did it start?", reply).evidence if item.sign == "bad"}
    short = "Two days ago, doctor. I get clammy with it."
    assert not any(item.rule == "dump" for item in values(script, "When did it start?", short).evidence)


def test_role_consistency(script):
    assert values(script, "When did it start?", "Two days ago.").role_consistency.value == 1
    assert values(script, "When did it start?", "As an AI, I can't know.").role_consistency.value == 0
    assert values(script, "Are you an AI?", "I'm a real person.").role_consistency.value == 0.5


def test_evidence_names_rule_fact_and_words(script):
    reply = "Two weeks ago."
    (evidence,) = values(script, "When did it start?", reply).script_adherence.evidence
    assert (evidence.rule, evidence.sign, evidence.fact_id) == ("contradicts", "bad", "tightness-onset")
    assert reply[slice(*evidence.span)] == "Two weeks"
    assert "It started two days ago." in evidence.text


def test_overall(script):
    assert overall(values(script, "When did it start?", "Two days ago.")) == 1
    assert overall(values(script, "Hello.", "Hello.")) is None
    assert overall(values(script, "When did it start?", "A month ago.")) == 0


def test_a_script_of_bare_text_has_no_adherence():
    script = "A man with a cough for two weeks."
    scores = values(script, "Any fever?", "No, no fever.", "Any cough?", "Yes, a cough.")
    assert scores.script_adherence.value is None and overall(scores) is None
    assert (scores.relevance.value, scores.role_consistency.value) == (1, 1)
    assert values(script, "Any fever?", "I sing in a choir.").relevance.value == 0
    assert values(script, "Any fever?", "Yes, a fever.", "Any fever?", "No.").consistency.value == 0


def overlapping_fact(script: PatientScript, question: str) -> str:
    asked = content_stems(tokens(question))
    return max((fact.say for fact in script.facts), key=lambda say: len(content_stems(tokens(say)) & asked))


def of_another_patient(record):
    """The next shipped dialogue that is of another script, the first after the last."""
    later = RECORDS[RECORDS.index(record) :]
    return next(other for other in [*later, *RECORDS] if other.script.id != record.script.id)


PLAYERS = {
    "as written": lambda record, turn: record.dialogue[turn].content,
    "scripted": lambda record, turn: answer(record.script, record.dialogue[:turn]),
    "no": lambda record, turn: "No.",
    "yes": lambda record, turn: "Yes.",
    "not known": lambda record, turn: "I don't know.",
    "silence": lambda record, turn: "",
    "echo": lambda record, turn: record.dialogue[turn - 1].content,
    "dump": lambda record, turn: " ".join(fact.say for fact in record.script.facts),
    "opening": lambda record, turn: record.script.opening.say,
    "another patient": lambda record, turn: of_another_patient(record).dialogue[1].content,
    "overlapping fact": lambda record, turn: overlapping_fact(record.script, record.dialogue[turn - 1].content),
}


@pytest.fixture(scope="module")
def mean_overall():
    """The mean overall score of each player over a third of the shipped dialogues; most replies must have one."""
    found = {}
    for name, play in PLAYERS.items():
        scores = [
            overall(score(record.script, record.dialogue[:turn], play(record, turn)))
            for record in RECORDS[::3]
            for turn in range(1, len(record.dialogue), 2)
        ]
        values = [value for value in scores if value is not None]
        assert len(values) > 0.8 * len(scores)
        found[name] = fmean(values)
    return found


def test_real_patients_score_high(mean_overall):
    assert mean_overall["as written"] >= 0.93
    assert mean_overall["scripted"] >= 0.97


@pytest.mark.parametrize("name", [name for name in PLAYERS if name not in ("as written", "scripted")])
def test_no_degenerate_patient_reaches_0_6(mean_overall, name):
    assert mean_overall[name] < 0.6


def test_a_value_for_what_the_script_does_not_know_is_invented(script):
    scores = values(script, "How long have you had high blood pressure?", "For twelve years.")
    assert [evidence.rule for evidence in scores.script_adherence.evidence] == ["invents"]


def test_a_modest_word_about_oneself_is_no_assistant_talk(script):
    asked = [doctor("What brings you in?")]
    assert score(script, asked, "I'm just a bus driver. I get this tight feeling.").role_consistency.value == 1
    assert score(script, asked, "I'm just a computer program, I get no feelings.").role_consistency.value == 0
