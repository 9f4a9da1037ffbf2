"""Which facts a question asks for where several kinds of evidence point at different ones."""

import pytest

from medsim.dialogue import doctor, patient
from medsim.match import asked
from tests.medsim.match.test_asked import script_of


def facts(name: str, *turns: str) -> set[str]:
    """What the last of the doctor's turns asks for, after the opening; every other turn is the patient's."""
    script = script_of(name)
    dialogue = [doctor("What brings you in today?"), patient(script.opening.say)]
    dialogue += [(patient if number % 2 else doctor)(text) for number, text in enumerate(turns)]
    return set(asked(dialogue, script).facts)


@pytest.mark.parametrize(
    ("name", "question", "wanted"),
    [
        # a thing named outweighs the topic in the same words, and a rarer word decides between two of a topic
        ("maria", "Do you ever feel puffed on your way up a hill?", {"breathlessness"}),
        ("harold", "Since when are you on that new capsule of yours?", {"tamsulosin-start"}),
        ("graham", "Is there a crossword you do of an evening?", {"crossword"}),
        ("maria", "Do you have any pastimes?", {"choir"}),
        # the complaint named is only what the detail belongs to
        ("harold", "What is the dizziness like when it comes?", {"dizziness-character"}),
        ("priya", "Do you feel sick with these headaches?", {"nausea"}),
        ("idris", "Have you given him something for his temperature?", {"paracetamol"}),
        # a thought is asked for, whatever it is about
        ("priya", "What about the headaches scares you?", {"concern-tumour"}),
        ("harold", "What do you reckon is behind the dizziness?", {"idea-age"}),
        # two things asked for at once
        ("maria", "Any fever or fainting?", {"no-fever", "no-syncope"}),
        ("kwame", "Have you coughed up any blood, or phlegm?", {"no-sputum", "no-coughing-blood"}),
        # what the script lacks is not answered by what is near
        ("maria", "Since when have you had migraines?", set()),
        ("maria", "Do you take anything for epilepsy?", set()),
    ],
)
def test_the_strongest_evidence_decides(name, question, wanted):
    assert facts(name, question) == wanted


@pytest.mark.parametrize(
    ("name", "turns", "wanted"),
    [
        ("graham", ["Have you noticed your motions?", "They've been black.", "Since when?"], {"black-stool-onset"}),
        ("harold", ["Have you had a fall?", "I had a tumble.", "Which day?"], {"fall"}),
        ("maria", ["Ever had surgery?", "I had my gallbladder out.", "When was that?"], {"gallbladder"}),
        ("kwame", ["Do you smoke?", "Yeah.", "How many a day?"], {"smoking"}),
        (
            "maria",
            ["When did the tightness start?", "Two days ago.", "And how long does it last?"],
            {"tightness-duration"},
        ),
    ],
)
def test_a_question_that_points_back_asks_for_what_was_spoken_of(name, turns, wanted):
    assert facts(name, *turns) == wanted


@pytest.mark.parametrize(
    ("name", "turns", "wanted"),
    [
        # what is there answers for a function, not what is denied beside it
        ("marjorie", ["Are the bowels behaving themselves?"], {"constipation"}),
        # of a list only what is known, unless it is named
        ("arvind", ["Have you had some tests before now?"], {"ecg"}),
        # "why" asks for a reason
        ("graham", ["Why do you take the ibuprofen?"], {"ibuprofen-reason"}),
        ("emrys", ["Why have you not touched the morphine?"], {"morphine-end"}),
    ],
)
def test_the_kind_of_question_decides_between_facts_of_one_thing(name, turns, wanted):
    assert facts(name, *turns) == wanted


@pytest.mark.parametrize(
    ("name", "turns", "wanted"),
    [
        # of facts that fit alike, those not told yet
        ("clodagh", ["Where did it begin?", "All round my belly button.", "And now, where?"], {"pain-location"}),
        # a medicine is asked for by what it is for, and not that too
        ("arvind", ["Do you get any palpitations?", "I do.", "Which of your tablets is for that?"], {"no-medication"}),
        ("graham", ["Which tablet is for your cholesterol?"], {"atorvastatin"}),
        ("idwal", ["Any long illnesses?", "There's the sugar, diabetes.", "What do you take for it?"], {"metformin"}),
        # a word that stands in questions of all kinds names no fact
        ("idwal", ["Do I look nervous to you?"], set()),
    ],
)
def test_what_was_told_and_what_a_thing_is_for_settle_what_is_asked(name, turns, wanted):
    assert facts(name, *turns) == wanted


@pytest.mark.parametrize(
    ("name", "turns", "wanted"),
    [
        # a thought about a thing, or that it is on the list, answers only where that is asked for
        ("emrys", ["Have you swallowed any of the morphine yet?"], {"oramorph"}),
        ("emrys", ["Do you take the morphine?", "No, I leave it be.", "And why not?"], {"morphine-end"}),
        ("alun", ["Have you ever had thoughts of killing yourself?"], {"thoughts"}),
        # a pet is no hobby
        ("alun", ["What hobbies have you got?"], {"band"}),
        # what denies is no answer beside what affirms
        ("agnieszka", ["Were you doing anything tiring when it came?"], {"in-bed"}),
        # what a thing tells itself, where no detail of it does
        ("emrys", ["Which hip is the bad one?"], {"hip-pain"}),
    ],
)
def test_of_facts_about_one_thing_the_one_of_the_kind_asked_for(name, turns, wanted):
    assert facts(name, *turns) == wanted


@pytest.mark.parametrize(
    ("name", "turns", "wanted"),
    [
        # a detail of just what was asked for, before those of the complaint that it is itself a detail of
        (
            "attracta",
            ["Have you had it before?", "One other go, in August.", "How long did it last?"],
            {"earlier-go-length"},
        ),
        (
            "agnieszka",
            ["Had a headache like it before?", "A small one.", "How long did it last?"],
            {"earlier-duration"},
        ),
    ],
)
def test_a_detail_of_what_was_just_asked_comes_first(name, turns, wanted):
    assert facts(name, *turns) == wanted
