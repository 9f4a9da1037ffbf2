"""The words of questions: what each names, without a script; words of two senses; and what a script then answers."""

import pytest

from medsim.match.questions import read_turn
from tests.medsim.match.test_asked import asked, doctor, patient, script_of


def _names(text: str) -> set[str]:
    queries = read_turn(text)
    found = {match.key for query in queries for match in (*query.concepts, *query.functions)}
    return found | {f"topic:{topic}" for query in queries for topic in query.topics}


@pytest.mark.parametrize(
    ("concept", "questions"),
    [
        ("weight_loss", ["Have the kilos been dropping off him?", "Are your jeans hanging off you?"]),
        ("weight_change", ["Has there been a change in weight?"]),
        ("strength", ["Can you lift that leg for me?", "Able to squeeze my fingers?"]),
        ("limb_weakness", ["Is that hand any weaker?", "Do your knees buckle?"]),
        ("head_injury", ["Any blow to the head?", "Was there a bump on his head?"]),
        ("rash", ["Is there anything on her skin?"]),
        ("urinary_incontinence", ["Difficulty holding your pee?"]),
        ("leg_swelling", ["Do your feet puff up?", "Are your ankles puffing?"]),
        ("hallucinations", ["Do you see things other people can't?", "Ever hear somebody when there's no one around?"]),
        ("low_mood", ["Been feeling a bit blue?"]),
        ("fall", ["Did she trip on the mat?"]),
        ("coughing_blood", ["Is there any pink in your phlegm?"]),
        ("sick_contact", ["Is there a bug going round the office?"]),
        ("diabetes", ["Have you got the sugar?"]),
        ("night_sweats", ["Do you wake soaked?", "Are the sheets damp of a morning?"]),
        ("tremor", ["Are your hands shaking at all?"]),
        ("photophobia", ["Any sensitivity to the light?"]),
        ("facial_droop", ["Is there a droop on one side of his face?"]),
        ("elated_mood", ["Have you been on a high?"]),
        ("nocturia", ["Up four times a night for the loo?"]),
        ("vision_loss", ["Did your sight ever disappear?"]),
        ("insect_bite", ["Has she been bitten by anything?"]),
        ("overspending", ["Have you been buying a lot lately?", "Spending too much?"]),
        ("fetal_movement", ["Is your little one kicking?"]),
        ("uterine_contractions", ["Does your womb go tight?"]),
        ("excess_hair", ["Any hair on your chest or chin?"]),
        ("nipple_discharge", ["Does anything come out of your nipples?"]),
        ("menarche", ["At what age did you start your periods?"]),
        ("caffeine", ["How much tea would you drink?"]),
        ("fluid_intake", ["Is she drinking plenty?", "How much squash does he drink?"]),
        ("pets", ["Have you any animals in the house?"]),
        ("firearm_access", ["Is there a rifle on the farm?"]),
        ("sedative", ["Any sedatives?"]),
        ("diarrhoea", ["Have you an upset stomach?", "Is the tummy upset?"]),
        ("sick_contact", ["Have the other children been poorly?"]),
        ("caffeine", ["Are you a tea drinker?"]),
        ("syncope", ["Was he out like a light?"]),
        ("topic:living", ["How many live there?"]),
        ("topic:safeguarding", ["How are you treated by him?", "Has your wife ever hit you?"]),
        (
            "topic:support",
            ["Did anyone come in with you?", "Does anybody pop in?", "Do the neighbours look in on you?"],
        ),
        ("topic:care_wishes", ["Would you mind going into hospital?"]),
        ("topic:adherence", ["Getting on all right with your pills?"]),
        ("topic:diet", ["Do you eat a lot of veg?"]),
        ("topic:biography", ["And what does she enjoy?"]),
        ("topic:alcohol", ["What would you put away on a Friday night?"]),
    ],
)
def test_named(concept, questions):
    assert not [text for text in questions if concept not in _names(text)]


@pytest.mark.parametrize(
    ("question", "named", "other"),
    [
        ("How are her spirits?", "low_mood", "alcohol"),
        ("Have your hands been puffing up?", "hand_swelling", "breathlessness"),
        ("What do you like doing in your free time?", "hobbies", "fatigue"),
        ("Any loss of strength?", "limb_weakness", "topic:medication"),
        ("Did he hit his head?", "head_injury", "thunderclap_headache"),
        ("Does your son pop in?", "topic:support", "father"),
        ("Do you use anything recreationally?", "recreational_drugs", "unprotected_sex"),
        ("Have you had any thoughts of harming yourself?", "topic:self_harm", "topic:ideas"),
        ("When did the pain hit you?", "topic:onset", "domestic_violence"),
        ("Do you see spots?", "visual_disturbance", "vaginal_bleeding"),
        ("Does anyone in the family have fits?", "seizure", "household"),
        ("Is the baby kicking a lot?", "fetal_movement", "baby"),
        ("Might you be expecting?", "pregnancy", "topic:expectations"),
        ("How much water do you drink?", "topic:diet", "topic:alcohol"),
        ("How often are you passing water?", "waterworks", "topic:mood"),
    ],
)
def test_words_of_two_senses(question, named, other):
    found = _names(question) | {person for query in read_turn(question) for person in query.people}
    assert named in found
    assert other not in found


@pytest.mark.parametrize(
    ("script", "question", "facts"),
    [
        ("talia-benedetti-bloating", "Are your bowels all right?", ["diarrhoea"]),
        ("marjorie-macisaac-weight-gain", "How are the bowels?", ["constipation"]),
        ("priya-nair-headache", "How's your sight been?", ["zigzags"]),
        ("eleni-papadakis-fever", "How often are you weeing?", ["frequency"]),
    ],
)
def test_the_main_disorder_of_a_thing_is_asked_for_first(script, question, facts):
    told = script_of(script)
    dialogue = [doctor("Hello, what brings you in?"), patient(told.opening.say), doctor(question)]
    assert list(asked(dialogue, told).facts) == facts


@pytest.mark.parametrize(
    "question", ["No trouble with the inhaler, I expect?", "You'd be expecting visitors, I suppose?"]
)
def test_what_the_doctor_expects_is_not_asked_for(question):
    assert _names(question).isdisjoint({"topic:expectations", "topic:menstrual_obstetric"})


@pytest.mark.parametrize("question", ["What were you expecting from us?", "What do you expect me to do?"])
def test_what_the_patient_expects_is(question):
    assert "topic:expectations" in _names(question)
