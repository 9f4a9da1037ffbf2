"""Flips: replies that say the contrary of the script, in all their shapes, and right ones that look alike."""

import pytest

from medsim.dialogue import doctor
from medsim.match import asked, clash, stated
from medsim.script import PatientScript
from tests.medsim.match.test_yes_no import SCRIPT as MODEL

SCRIPT = PatientScript.model_validate(
    MODEL.model_dump(exclude_none=True, by_alias=True) | {
        "facts": [
            {"id": "hip", "topic": "complaint", "concept": "hip_pain", "tell": "volunteer", "say": "My hip aches."},
            {"id": "hip-time", "topic": "timing", "about": "hip", "say": "It begins about half past five at night."},
            {"id": "hip-number", "topic": "previous_episodes", "about": "hip", "say": "It's the third time it has come."},
            {"id": "hip-worse", "topic": "aggravating", "about": "hip", "say": "Kneeling makes it worse."},
            {"id": "hip-better", "topic": "relieving", "about": "hip", "say": "A hot bath eases it."},
            {"id": "hip-course", "topic": "timing", "about": "hip", "say": "It comes and goes."},
            {"id": "no-stiff-neck", "topic": "associated", "concept": "neck_stiffness", "polarity": "denied",
             "say": "I can turn my neck all right."},
            {"id": "no-fever", "topic": "associated", "concept": "fever", "polarity": "denied",
             "say": "I haven't had a fever."},
            {"id": "no-sweats", "topic": "associated", "concept": "night_sweats", "polarity": "denied",
             "say": "I don't sweat at night."},
            {"id": "constipated", "topic": "associated", "concept": "constipation", "say": "I've been bunged up."},
            {"id": "codeine", "topic": "medication", "concept": "codeine", "say": "Codeine, 30 mg at night."},
            {"id": "ramipril", "topic": "medication", "concept": "ramipril", "say": "Ramipril, 5 mg."},
            {"id": "latex", "topic": "allergy", "concept": "latex", "say": "Latex brings me out in blisters."},
            {"id": "mother-stroke", "topic": "family", "who": "mother", "concept": "stroke",
             "say": "My mother had a stroke."},
        ],
        "opening": {"say": "It's my hip.", "facts": ["hip"]},
    }
)  # fmt: skip


def verdicts(question: str, reply: str) -> dict[str | None, str]:
    dialogue = [doctor(question)]
    claims = stated(reply, asked(dialogue, SCRIPT), SCRIPT, dialogue)
    return {claim.fact_id or claim.concept or claim.value: claim.verdict for claim in claims}


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("He's never stopped crying.", "He cries all night."),  # a double no
        ("I'm scared she'll fall.", "She has never fallen."),  # only feared
    ],
)
def test_never_ceasing_and_fears_turn_nothing_round(now, before):
    assert clash(now, before) is None


@pytest.mark.parametrize(
    ("question", "reply", "fact_id"),
    [
        # a number of what was asked for, whatever is named beside it
        ("When does the hip start?", "Round about nine at night.", "hip-time"),
        ("Have you had the hip pain before?", "Oh yes, this is the sixth time.", "hip-number"),
        ("What strength is the codeine?", "Five milligrams.", "codeine"),
        # a yes outweighs the words of what is denied
        ("Is your neck stiff?", "Yes. I can hardly turn it.", "no-stiff-neck"),
        ("Have you had a fever?", "Aye, I have had, all week.", "no-fever"),
        # better for worse, and always for now and then
        ("What does kneeling do to the hip?", "Kneeling seems to help.", "hip-worse"),
        ("Does a bath help the hip?", "A bath makes it worse, to be honest.", "hip-better"),
        ("Is the pain constant?", "It's there all the time.", "hip-course"),
        # neither yes nor no
        ("Is your neck stiff?", "Of a morning it takes me an age to look round.", "no-stiff-neck"),
        ("Have you had a fever?", "Most nights I've been shivering and baking by turns.", "no-fever"),
        ("Are you constipated?", "Like clockwork, every morning.", "constipated"),
        ("How are your bowels?", "My bowels are grand.", "constipated"),
    ],
)
def test_said_otherwise(question, reply, fact_id):
    assert verdicts(question, reply)[fact_id] == "contradicts"


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("When does the hip start?", "Half past five at night, I'm home by nine."),
        ("Have you had the hip pain before?", "It's my third go of it."),
        ("Is your neck stiff?", "No, I can turn it."),
        ("Have you had a fever?", "Right, no fever, no."),
        ("Have you had a fever?", "My husband would have told me."),
        ("Have you had a fever?", "Feel my forehead, go on."),
        ("Is your neck stiff?", "It turns as easily as ever."),
        ("Are you constipated?", "It was grand till last week."),
    ],
)
def test_right_all_the_same(question, reply):
    assert {"contradicts", "invents"}.isdisjoint(verdicts(question, reply).values())


@pytest.mark.parametrize(
    ("question", "reply", "what"),
    [
        # allergies by what must not be had, and a second one beside the first
        ("Any allergies?", "Latex, and I can't take aspirin, it closes my throat.", "aspirin"),
        ("Any allergies?", "Latex. And I was told never to have penicillin again.", "penicillin"),
        # medicines taken as needed, or before words of a thought
        ("What do you take?", "Codeine, and naproxen when I need it.", "naproxen"),
        ("What do you take?", "Codeine and then, like, a sertraline of a morning.", "sertraline"),
        # complaints: a yes beside a time, and a statement for a yes
        ("Do you get headaches?", "Aye, splitting ones, since last night.", "headache"),
        ("Any palpitations at all?", "Most evenings it's thumping away like a drum.", "palpitations"),
    ],
)
def test_invented(question, reply, what):
    dialogue = [doctor(question)]
    claims = stated(reply, asked(dialogue, SCRIPT), SCRIPT, dialogue)
    assert what in {claim.concept or claim.value for claim in claims if claim.verdict == "invents"}


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Any allergies?", "Latex. I can't have the window shut."),
        ("Do you get headaches?", "I'd say if I did."),
        ("Any palpitations at all?", "Thanks, doctor, that's kind."),
        ("What do you take?", "The codeine, I needed something."),
    ],
)
def test_not_invented(question, reply):
    assert "invents" not in verdicts(question, reply).values()
