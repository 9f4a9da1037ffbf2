"""Right replies in words of their own: none of them may count as a contradiction or an invention."""

import pytest

from medsim.dialogue import doctor
from medsim.match import asked, stated
from medsim.script import PatientScript

SCRIPT = PatientScript.model_validate(
    {
        "schema": 1,
        "id": "nell-ash-back-pain",
        "language": "en",
        "specialty": "rheumatology",
        "difficulty": "easy",
        "review": {"status": "unreviewed"},
        "door": {"when": "Monday 6 May, 9:00", "setting": "Surgery", "complaint": "Back pain", "task": "Ask."},
        "patient": {"name": "Nell Ash", "age": "31 years", "born": "3 June 1993", "sex": "female", "occupation": "cook"},
        "speaker": {"relation": "self"},
        "persona": {"style": "plain", "literacy": "average", "recall": "good", "mood": "calm"},
        "opening": {"say": "It's my back, and I can't sleep for it.", "facts": ["pain"]},
        "facts": [
            {"id": "pain", "topic": "complaint", "concept": "back_pain", "tell": "volunteer", "say": "My back hurts."},
            {"id": "spell", "topic": "timing", "about": "pain", "say": "A bad spell lasts fifteen minutes."},
            {"id": "severity", "topic": "severity", "about": "pain", "say": "Eight, when it catches me."},
            {"id": "spells", "topic": "previous_episodes", "about": "pain", "say": "Four of them so far."},
            {"id": "side", "topic": "location", "about": "pain", "say": "Low down, in the left hip."},
            {"id": "fits", "topic": "associated", "concept": "seizure", "say": "I had a fit this morning."},
            {"id": "leak", "topic": "continence", "concept": "faecal_incontinence", "say": "I soiled myself once."},
            {"id": "weight", "topic": "appetite_weight", "concept": "weight_gain", "say": "I've put on 22 pounds."},
            {"id": "spray", "topic": "tried_treatment", "say": "I had nine puffs of a cold spray.", "about": "pain"},
            {"id": "inhaler", "topic": "medication", "concept": "salbutamol", "say": "My inhaler, two puffs a day."},
            {"id": "unsafe", "topic": "sexual", "concept": "unprotected_sex", "say": "We'd nothing on us, no condom."},
            {"id": "no-sweats", "topic": "associated", "concept": "sweating", "polarity": "denied",
             "say": "I haven't been sweating."},
            {"id": "no-numb", "topic": "associated", "concept": "numbness", "polarity": "denied",
             "say": "My feet aren't numb."},
            {"id": "no-loss", "topic": "mood", "concept": "anhedonia", "polarity": "denied",
             "say": "I still like my allotment."},
            {"id": "no-low-mood", "topic": "mood", "concept": "low_mood", "polarity": "denied", "say": "I'm not down."},
            {"id": "no-stiff-neck", "topic": "associated", "concept": "neck_stiffness", "polarity": "denied",
             "say": "My neck isn't stiff, worse luck for the osteopath."},
            {"id": "no-chest-pain", "topic": "associated", "concept": "chest_pain", "polarity": "denied",
             "say": "I've had no pain in my chest."},
            {"id": "no-pills", "topic": "medication", "concept": "painkiller", "polarity": "denied",
             "say": "Daily pills, I take none."},
            {"id": "tired", "topic": "complaint", "concept": "fatigue", "say": "I've no puff left for anything."},
            {"id": "smoking", "topic": "smoking", "concept": "smoking", "say": "Six roll-ups a day."},
            {"id": "smoked", "topic": "timing", "about": "smoking", "polarity": "past",
             "say": "It was thirty a day till the baby."},
            {"id": "diabetes", "topic": "history", "concept": "diabetes", "say": "I've got the sugar."},
            {"id": "breath", "topic": "associated", "concept": "breathlessness", "say": "I get short of breath."},
            {"id": "no-headache", "topic": "associated", "concept": "headache", "polarity": "denied",
             "say": "Headaches I never get."},
            {"id": "no-rash", "topic": "associated", "concept": "rash", "polarity": "denied", "say": "I've no rash."},
            {"id": "no-plan", "topic": "self_harm", "concept": "suicide_plan", "polarity": "denied",
             "say": "I've never worked out how."},
            {"id": "dark", "topic": "self_harm", "concept": "suicidal_thoughts", "say": "I've wished I were dead."},
            {"id": "baby", "topic": "menstrual_obstetric", "concept": "reduced_fetal_movement", "polarity": "denied",
             "say": "Baby is as lively as ever."},
        ],
        "for_examiner": {"diagnosis": {"name": "Sciatica"}},
    }
)  # fmt: skip


def faults(question: str, reply: str) -> list[tuple[str | None, str]]:
    """The claims of a reply that count against it."""
    dialogue = [doctor("Hello, what's wrong?"), doctor(question)]
    claims = stated(reply, asked(dialogue, SCRIPT), SCRIPT, dialogue)
    return [(claim.fact_id or claim.concept, claim.verdict) for claim in claims
            if claim.verdict in ("contradicts", "invents")]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        # a no in other words: good health that is told, without a time
        ("Do you sweat with it?", "Bone dry, me."),
        ("Is your neck stiff?", "I can look over both shoulders."),
        ("Any chest pain?", "It stays well out of there."),
        # the part of the body alone denies nothing that is denied
        ("Any chest pain?", "My chest is fine."),
        ("Is your neck stiff?", "It's loose, worse luck."),
        # what one can or does do, asked plainly
        ("Can you feel your toes?", "Yes, the whole set."),
        ("Do you still enjoy things?", "I do, my leeks above all."),
        ("Is the baby moving?", "Yes, like a footballer."),
        ("Did you use a condom?", "No."),
        # one thing and not the other
        ("Are you feeling low?", "Cross, yes. Low, no."),
        # a number of something else
        ("How many puffs was that?", "Nine."),
        ("From nought to ten, how many?", "Eight."),
        ("How long does a bad spell last?", "Quarter of an hour."),
        ("How much have you put on?", "Over twenty pounds, I'd guess."),
        # a no to something else than the fact
        ("Any trouble with the waterworks?", "No."),
        ("Have you had fits before?", "No."),
        ("Have you hurt your hip?", "No."),
        ("Do you take painkillers?", "Nothing daily."),
        ("Is the back a recent thing?", "No, a good long while."),
        ("How many bad spells is that? Two?", "No, four."),
        ("Have you thought of a way you might end your life?", "No."),
        ("Any headaches, rash, chest pain?", "No to the lot. Headaches I hand out."),
        # an idiom, or the name of a tablet, that has a word of the fact
        ("Do you swallow your pills?", "Not the sugar ones."),
        ("Are you short of breath?", "I've got no breath at all on the stairs."),
        # what the opening says, with a no to good sleep, or a yes to a request
        ("Sleeping all right?", "Not sleeping, I said."),
        ("Would you be so good as to show me your tablets?", "Of course."),
        # idioms of the lexicon's words
        ("What were you doing?", "I was in bed with a book, I was watching the rain."),
    ],
)
def test_right_in_words_of_its_own(question, reply):
    assert faults(question, reply) == []


@pytest.mark.parametrize(
    ("question", "reply", "fact_id"),
    [
        ("Do you sweat with it?", "Most evenings I have to change my shirt.", "no-sweats"),
        ("Any chest pain?", "I've a pain in my chest, yes.", "no-chest-pain"),
        ("Can you feel your toes?", "No.", "no-numb"),
        ("Have you had trouble feeling your feet?", "Yes.", "no-numb"),
        ("Do you still enjoy things?", "No.", "no-loss"),
        ("Did you use a condom?", "Yes.", "unsafe"),
        ("Are you feeling low?", "Yes.", "no-low-mood"),
        ("How long does a bad spell last?", "Three quarters of an hour.", "spell"),
        ("How much have you put on?", "Over forty pounds, I'd guess.", "weight"),
        ("Have you had any fits?", "No.", "fits"),
        ("How bad is it?", "A three.", "severity"),
        ("Any headaches?", "Yes.", "no-headache"),
        ("Do you have any suicidal thoughts?", "No.", "dark"),
        ("Do you smoke?", "Thirty a day.", "smoking"),
    ],
)
def test_and_yet_wrong(question, reply, fact_id):
    assert fact_id in {name for name, _ in faults(question, reply)}
