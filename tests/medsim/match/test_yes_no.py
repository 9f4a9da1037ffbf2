"""Yes and no, in all their shapes: what a bare answer contradicts, and what it leaves open."""

import pytest

from medsim.dialogue import doctor
from medsim.match import asked, stated
from medsim.script import PatientScript
from tests.medsim.match.test_asked import script_of

SCRIPT = PatientScript.model_validate(
    {
        "schema": 1,
        "id": "jo-marsh-cough",
        "language": "en",
        "specialty": "respiratory",
        "difficulty": "easy",
        "review": {"status": "unreviewed"},
        "door": {"when": "Monday 6 May, 9:00", "setting": "Surgery", "complaint": "Cough", "task": "Take a history."},
        "patient": {"name": "Jo Marsh", "age": "44 years", "born": "3 June 1980", "sex": "female", "occupation": "cook"},
        "speaker": {"relation": "self"},
        "persona": {"style": "plain", "literacy": "average", "recall": "good", "mood": "calm"},
        "opening": {"say": "I've got this cough.", "facts": ["cough"]},
        "facts": [
            {"id": "cough", "topic": "complaint", "concept": "cough", "tell": "volunteer", "say": "I have a cough."},
            {"id": "onset", "topic": "onset", "about": "cough", "say": "It came on while I was painting the shed."},
            {"id": "pain", "topic": "associated", "concept": "pain", "say": "I get a pain in my side."},
            {"id": "no-fever", "topic": "associated", "concept": "fever", "polarity": "denied",
             "say": "I haven't been feverish, Sam would have felt my brow."},
            {"id": "no-blue", "topic": "associated", "concept": "cyanosis", "polarity": "denied",
             "say": "My lips haven't gone blue."},
            {"id": "no-sight", "topic": "associated", "concept": "visual_disturbance", "polarity": "denied",
             "say": "My eyes are as good as my lenses are."},
            {"id": "tablets", "topic": "adherence", "concept": "missed_tablets", "say": "I don't take the water pills."},
            {"id": "colour", "topic": "associated", "concept": "pale_stool", "polarity": "unknown",
             "say": "I never look before I flush."},
            {"id": "no-allergy", "topic": "allergy", "concept": "allergy", "polarity": "denied",
             "say": "I've no allergies."},
            {"id": "amlodipine", "topic": "medication", "concept": "amlodipine",
             "say": "Amlodipine for my blood pressure.", "accept": ["a blood pressure tablet"]},
        ],
        "for_examiner": {"diagnosis": {"name": "Bronchitis"}},
    }
)  # fmt: skip


def verdicts(question: str, reply: str) -> set[tuple[str | None, str]]:
    """(fact id or concept, verdict) of each claim."""
    dialogue = [doctor(question)]
    claims = stated(reply, asked(dialogue, SCRIPT), SCRIPT, dialogue)
    return {(claim.fact_id or claim.concept, claim.verdict) for claim in claims}


def kinds(question: str, reply: str) -> set[str]:
    return {verdict for _, verdict in verdicts(question, reply)}


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Did it creep up on you?", "No."),  # where it began is another matter
        ("Is your ankle sore?", "No."),  # there is pain, but elsewhere
        ("Any tummy ache?", "No, none."),
        ("Are your testicles sore?", "No. I've looked."),
        ("Can you get that cough off your chest?", "No."),
        ("Have you had a fever?", "No. Sam would have felt my brow."),
        ("Is your eyesight affected?", "Not with my lenses in."),
        ("Are your stools pale?", "No idea. I just flush."),
        ("Do you take your water pills?", "The water ones, no."),
        ("Have your lips gone blue?", "Not once, and I sat there looking hard at my lips."),
    ],
)
def test_right_answers_that_contradict_nothing(question, reply):
    assert "contradicts" not in kinds(question, reply)


@pytest.mark.parametrize(
    ("question", "reply", "claim"),
    [
        ("Do you have a cough?", "No.", ("cough", "contradicts")),
        ("Any pain anywhere?", "No, none.", ("pain", "contradicts")),
        ("Have your lips gone blue?", "After I'd coughed hard my lips went a bit blue.", ("no-blue", "contradicts")),
        ("Have your lips gone blue?", "Once or twice.", ("no-blue", "contradicts")),  # how often, for a yes
        ("Any fever?", "On and off, yeah.", ("no-fever", "contradicts")),
        ("Have your lips gone blue?", "A touch, my lips were.", ("no-blue", "contradicts")),
        ("A fever? Blue lips?", "No fever. My lips went blue, though.", ("no-blue", "contradicts")),
    ],
)
def test_a_flipped_answer(question, reply, claim):
    assert claim in verdicts(question, reply)


@pytest.mark.parametrize(
    "reply",
    [
        "My knees are throbbing too.",  # a complaint of a part of the body that no fact names
        "I've a buzzing in both ears as well.",
        "My fingers went numb.",
        "I had a fall last week.",
        "They've put me on bisoprolol.",  # another medicine of the same kind
        "I take losartan, I swear by it.",
        "My sister gave me a Motilium.",
        "It's ramipril, I think.",
        "I'm allergic to kiwi.",  # allergies, by name and by what they do
        "No eggs for me, I come up in lumps.",
        "Rubber gloves bring me out in a rash.",
        "I react badly to those blue plasters.",
    ],
)
def test_inventions(reply):
    assert "invents" in kinds("How are you today?", reply)


@pytest.mark.parametrize(
    "reply",
    [
        "By evening I'm fit for nothing.",  # the words mean something else here
        "She has that special voice, you know.",
        "Sit down before you fall down.",
        "My husband was snoring all through it.",  # said of somebody else
        "I just had to go back two pages.",
        "It was my turn when the rent was due.",
        "I had fish and a bit of cheese for dinner.",
        "My brother is allergic to cats.",
        "I'm not allergic to anything, not even cats.",
        "My side hurts.",  # a fact names it
    ],
)
def test_what_is_no_invention(reply):
    assert not {"invents", "contradicts"} & kinds("How are you today?", reply)


@pytest.mark.parametrize(
    ("question", "reply", "fact", "contradicted"),
    [
        ("Did this cough begin yesterday?", "No.", "cough", False),  # the no is for the day
        ("Any cough at all?", "No.", "cough", True),
        ("Have you ever been near asbestos?", "No.", "pain", False),  # nothing of the script was named
        ("Any trouble with your eyes, or pain?", "Yes.", "no-sight", False),  # yes to one of them
        ("Any fever, or pain?", "Yes, a fever.", "no-fever", True),
    ],
)
def test_a_bare_answer_denies_only_what_was_named(question, reply, fact, contradicted):
    assert ((fact, "contradicts") in verdicts(question, reply)) == contradicted


@pytest.mark.parametrize(
    ("question", "fact", "verdict"),
    [
        ("Are you allergic to anything?", "penicillin", "contradicts"),
        ("Do you have any drug allergies?", "penicillin", "contradicts"),
        ("Any illnesses in the family?", "father-heart", "contradicts"),
        ("Do you have any health problems?", "hypertension", "contradicts"),
    ],
)
def test_a_bare_no_denies_what_a_list_has(question, fact, verdict):
    script = script_of("maria")
    turns = [doctor(question)]
    found = {claim.fact_id: claim.verdict for claim in stated("No.", asked(turns, script), script, turns)}
    assert found[fact] == verdict


def test_a_bare_no_to_drug_allergies_leaves_plasters_open():
    script = script_of("priya")
    turns = [doctor("Do you have any drug allergies?")]
    found = {claim.fact_id: claim.verdict for claim in stated("No.", asked(turns, script), script, turns)}
    assert found["plasters"] == "vague"
