"""Replies: what they state, and how it stands to the script."""

import pytest

from medsim.dialogue import doctor, patient
from medsim.match import asked, stated
from medsim.script import PatientScript
from tests.conftest import REPOSITORY, first_dialogues


def script_of(name: str) -> PatientScript:
    return PatientScript.load(next((REPOSITORY / "data" / "scripts").glob(f"{name}*.yaml")))


def verdicts(name: str, question: str, reply: str, *before: str) -> set[tuple[str | None, str]]:
    """(fact id or concept, verdict) of each claim."""
    script = script_of(name)
    turns = ["What brings you in?", script.opening.say, *before]
    dialogue = [doctor(text) if number % 2 == 0 else patient(text) for number, text in enumerate([*turns, question])]
    claims = stated(reply, asked(dialogue, script), script, dialogue)
    return {(claim.fact_id or claim.concept, claim.verdict) for claim in claims}


@pytest.mark.parametrize(
    ("name", "question", "reply", "claim"),
    [
        # values, in digits and in words, in units of their own
        ("maria", "When did it start?", "Two days ago.", ("tightness-onset", "supports")),
        ("maria", "When did it start?", "48 hours ago, about.", ("tightness-onset", "supports")),
        ("maria", "When did it start?", "The day before yesterday.", ("tightness-onset", "supports")),
        ("maria", "When did it start?", "Two weeks ago.", ("tightness-onset", "contradicts")),
        ("maria", "How bad is it, out of ten?", "6/10", ("tightness-severity", "supports")),
        ("maria", "How bad is it, out of ten?", "Nine.", ("tightness-severity", "contradicts")),
        ("maria", "How many have you had?", "Four times now.", ("tightness-number", "supports")),
        ("idris", "So how many days of cough is that?", "Three, doctor.", ("cough-onset", "supports")),
        ("idris", "So how many days of cough is that?", "Five, doctor.", ("cough-onset", "contradicts")),
        ("graham", "What dose of atorvastatin?", "20 mg at night.", ("atorvastatin", "supports")),
        ("graham", "What dose of atorvastatin?", "40 mg at night.", ("atorvastatin", "contradicts")),
        ("kwame", "How many cigarettes a day?", "Ten a day.", ("smoking", "contradicts")),
        # sides and qualities
        ("kwame", "Where's the pain?", "On the right side.", ("pain-location", "supports")),
        ("kwame", "Where's the pain?", "On the left side.", ("pain-location", "contradicts")),
        ("kwame", "What is the pain like?", "It's dull.", ("pain-character", "contradicts")),
        ("kwame", "Any operations?", "They pinned my right wrist.", ("wrist", "contradicts")),
        # yes and no
        ("maria", "Have you had a fever?", "No.", ("no-fever", "supports")),
        ("maria", "Have you had a fever?", "Yes, a bit.", ("no-fever", "contradicts")),
        ("maria", "Do you have high blood pressure?", "Yes.", ("hypertension", "supports")),
        ("maria", "Do you have high blood pressure?", "No, never.", ("hypertension", "contradicts")),
        ("maria", "Are you short of breath?", "Not really.", ("breathlessness", "contradicts")),
        ("maria", "Do you smoke?", "Not any more.", ("smoking", "supports")),
        # normality and leading questions
        ("priya", "Is your speech OK?", "Yes, fine.", ("no-speech-difficulty", "supports")),
        ("priya", "Is your speech OK?", "No, not really.", ("no-speech-difficulty", "contradicts")),
        ("kwame", "It's on the left, isn't it?", "Yes.", ("pain-location", "contradicts")),
        ("kwame", "It's on the left, isn't it?", "No, the right.", ("pain-location", "supports")),
        ("kwame", "It's on the right, isn't it?", "Yes.", ("pain-location", "supports")),
        ("priya", "So you've never smoked, then?", "Right.", ("no-smoking", "supports")),
        ("priya", "So you've never smoked, then?", "No, never.", ("no-smoking", "supports")),
        ("priya", "So you've never smoked, then?", "No, I do.", ("no-smoking", "contradicts")),
        ("priya", "You don't smoke?", "Well, sometimes.", ("no-smoking", "contradicts")),
        ("priya", "You don't smoke?", "No.", ("no-smoking", "supports")),
        ("maria", "You don't have high blood pressure, do you?", "No.", ("hypertension", "contradicts")),
        ("maria", "You don't have high blood pressure, do you?", "I do.", ("hypertension", "supports")),
        ("kwame", "It isn't on the left, is it?", "No.", ("pain-location", "supports")),
        ("kwame", "It isn't on the right, is it?", "No.", ("pain-location", "contradicts")),
        # other words, other forms
        ("maria", "Any fever?", "My temperature's been fine.", ("no-fever", "supports")),
        ("idris", "How's his poo?", "Normal.", ("no-diarrhoea", "supports")),
        ("maria", "Is there heart trouble in the family?", "My dad, yes.", ("father-heart", "supports")),
        ("priya", "What does it feel like?", "Throbbing.", ("headache-character", "supports")),
        ("idris", "Who are you?", "I'm Amina.", ("speaker-name", "supports")),
        # whom it is about
        ("maria", "Heart trouble in the family?", "A heart attack, my father.", ("father-heart", "supports")),
        ("maria", "Any fever?", "Yes. My husband noticed my fever first.", ("no-fever", "contradicts")),
        ("idris", "Does anybody smoke at home?", "His dad, yes.", ("father-smoking", "supports")),
        ("idris", "Any vomiting?", "His sister was ill, but he hasn't been sick.", ("no-vomiting", "supports")),
        ("graham", "Did anyone in your family have cancer?", "Dad, of the stomach.", ("father-cancer", "supports")),
        # vague, not known, covered
        ("maria", "When did it start?", "Oh, a while ago.", ("tightness-onset", "vague")),
        ("maria", "When did it start?", "I don't know.", ("tightness-onset", "dont_know")),
        ("maria", "What is your cholesterol?", "I don't know.", ("cholesterol-unknown", "supports")),
        ("harold", "When did it start?", "Some time after Christmas.", ("dizziness-onset", "supports")),
        ("maria", "How much do you drink?", "Just socially, you know.", ("alcohol", "cover")),
        ("maria", "How much do you drink?", "A bottle of wine most evenings.", ("alcohol", "supports")),
        ("maria", "How much do you drink?", "I don't drink.", ("alcohol", "contradicts")),
        ("graham", "Are your bowels normal?", "No problems.", ("black-stool", "contradicts")),
        ("graham", "Are your bowels normal?", "Yes, fine.", ("black-stool", "contradicts")),
        ("graham", "Are your bowels normal?", "No.", ("black-stool", "supports")),
        ("graham", "Are your bowels normal?", "No, I've been constipated.", ("constipation", "invents")),
        ("graham", "Any problems with your bowels?", "No problem at all.", ("black-stool", "contradicts")),
        ("graham", "How are your bowels?", "All normal.", ("black-stool", "contradicts")),
        ("graham", "How are your bowels?", "Not great.", ("black-stool", "supports")),
        ("graham", "How are your bowels?", "Not bad.", ("black-stool", "contradicts")),
        ("idris", "Are his bowels OK?", "No problems.", ("no-diarrhoea", "supports")),
        ("idris", "How are his bowels?", "Fine.", ("no-diarrhoea", "supports")),
        ("graham", "Is your vision OK?", "Yes, fine.", ("double_vision", "denies_absent")),
        ("graham", "Is your vision OK?", "No issues.", ("double_vision", "denies_absent")),
        ("graham", "Any trouble with your waterworks?", "No trouble there.", ("blood_in_urine", "denies_absent")),
        ("graham", "Is your vision OK?", "No.", ("double_vision", "invents")),
        # negation that spares what it is about
        ("kwame", "Can you manage the stairs?", "I can't climb the stairs without stopping.", ("stairs", "supports")),
        ("kwame", "Can you manage the stairs?", "I can't get up the stairs without stopping.", ("stairs", "supports")),
        ("kwame", "How many ibuprofen did you take?", "A couple of them.", ("ibuprofen", "supports")),
        ("kwame", "When did it start?", "Nine o'clock.", ("breathlessness-onset", "supports")),
        ("kwame", "When did it start?", "Nine this morning.", ("breathlessness-onset", "contradicts")),
        (
            "kwame",
            "Have you tried anything for it?",
            "I haven't taken anything for the pain.",
            ("ibuprofen", "contradicts"),
        ),
        ("idris", "Any vomiting?", "He can't keep anything down.", ("no-vomiting", "contradicts")),
        ("idris", "Is he keeping everything down?", "Yes.", ("no-vomiting", "supports")),
        ("idris", "Can he keep food down?", "No.", ("no-vomiting", "contradicts")),
        # what no fact speaks of
        ("maria", "Do you have epilepsy?", "No.", ("epilepsy", "denies_absent")),
        ("maria", "Do you have epilepsy?", "Yes, since I was a child.", ("epilepsy", "invents")),
        ("maria", "When did it start?", "Two days ago, with double vision.", ("double_vision", "invents")),
        ("maria", "What medicines do you take?", "Warfarin.", ("warfarin", "invents")),
        ("maria", "Do you have any children?", "Two boys.", (None, "harmless")),
        ("graham", "Have you had a colonoscopy?", "Not that I know of.", ("colonoscopy", "dont_know")),
        ("kwame", "Any pets?", "No.", ("pets", "denies_absent")),
        ("graham", "Any pets?", "No, not now.", ("pets", "denies_absent")),
        ("harold", "Do you have a dog?", "No.", ("dog", "denies_absent")),
        ("maria", "Is your mother still alive?", "Yes.", (None, "harmless")),
        ("maria", "Any brothers or sisters?", "Yes, two.", (None, "harmless")),
        ("maria", "How old is your husband?", "He's 58.", (None, "harmless")),
        ("maria", "Does your mother have diabetes?", "Yes.", ("diabetes", "invents")),
        ("maria", "Does your husband smoke?", "Yes.", ("smoking", "invents")),
        ("maria", "When did it start?", "Two days ago. I've had cancer.", ("cancer", "invents")),
        ("priya", "When did it start?", "Four months ago, after I had a fall.", ("fall", "invents")),
        ("priya", "Any fever?", "No, but I've lung trouble.", ("lung_disease", "invents")),
        # unasked
        ("maria", "Any cough?", "No, but I get clammy.", ("sweating", "supports")),
        ("maria", "Any cough?", "No, but I've had a fever.", ("no-fever", "contradicts")),
    ],
)
def test_verdicts(name, question, reply, claim):
    assert claim in verdicts(name, question, reply)


def test_what_stands_between_the_words_of_a_fact_may_be_invented():
    reply = "I get a tight feeling, and double vision, in the middle of my chest."
    assert ("double_vision", "invents") in verdicts("maria", "What is it like?", reply)


def test_a_medicine_that_no_list_has_is_known_by_its_ending():
    question = "What tablets do you take?"
    invents = (None, "invents")
    assert invents in verdicts("graham", question, "Atorvastatin, and trandolapril of a morning.")
    assert invents not in verdicts("graham", question, "Atorvastatin, since April. No trandolapril.")
    assert invents not in verdicts("graham", "Do you take trandolapril?", "Is trandolapril a tablet?")


def test_a_number_contradicts_only_what_it_is_said_of():
    assert ("tightness-onset", "supports") in verdicts("maria", "When did it start?", "It hasn't let go for two days.")
    assert ("tightness-onset", "contradicts") in verdicts("maria", "When did it start?", "Not two days ago.")
    assert ("tightness-onset", "supports") in verdicts("maria", "When did it start?", "Nearly two and a half days ago.")
    long = "The two of us could hardly lift the shopping, it's that bad."
    assert ("tightness-severity", "contradicts") not in verdicts("maria", "How bad is it, out of ten?", long)


@pytest.mark.parametrize(
    ("name", "question", "reply"),
    [
        ("priya", "How long does each headache last?", "About eight hours."),  # she sleeps five
        ("idris", "When did the cough start?", "Three days ago."),  # he was four days in special care
        ("kwame", "What's going on?", "There's this pain in my chest. I've been sat out there for three hours."),
        ("idris", "What worries you?", "I'm frightened he'll stop breathing while I'm asleep."),
        ("maria", "What do you think it is?", "I keep thinking it's my heart, like my father."),
        ("maria", "Do you smoke?", "Not for ten years now."),
        ("harold", "Any dizziness lying down?", "No, no. It's when I get up out of my chair."),
        ("maria", "That must be a noisy job.", "Oh, you have no idea."),
        ("idris", "Rash? Vomiting? Diarrhoea?", "No rash, he hasn't been sick, and his poo is normal."),
        ("maria", "Is it a burning pain?", "No, not burning. It's like somebody is squeezing me."),
        ("maria", "High blood pressure in the family?", "No, my parents don't have high blood pressure."),
        ("maria", "High blood pressure in the family?", "No, none of them has high blood pressure."),
        ("maria", "Any fever?", "My husband's had a fever."),
        ("maria", "Any fever?", "No, but the kids at home had a fever."),
        ("maria", "Do you have diabetes?", "No. My cousin has diabetes."),
        ("idris", "Any rash?", "No. His sister had a rash last week."),
        ("maria", "How old was your father when he died?", "He was 60."),
        ("maria", "How old is your son?", "He's 12."),
        ("idris", "Do you smoke?", "No, I don't."),
        ("kwame", "Is the pain any better?", "No better. The pain hasn't gone away."),
        ("priya", "Are the headaches getting better?", "No better."),
        ("kwame", "Is the pain getting worse?", "Yes."),
        ("kwame", "Is the pain constant?", "Yes, all the time."),
        ("maria", "Is it any better?", "No."),
        ("maria", "Does anything help?", "It eases when I rest. Nothing else helps the tightness."),
        ("priya", "How bad is it?", "I had to lie on the floor. It came down on me like a hammer, an eight."),
    ],
)
def test_right_replies_raise_no_alarm(name, question, reply):
    assert not {verdict for _, verdict in verdicts(name, question, reply)} & {"contradicts", "invents"}


@pytest.mark.parametrize("reply", ["My father's healthy.", "My father is a driver.", "No, my father was fine."])
def test_naming_a_relative_states_nothing_of_them(reply):
    assert ("father-heart", "supports") not in verdicts("maria", "Heart trouble in the family?", reply)


@pytest.mark.parametrize("reply", ["No.", "No, that's all.", "No, nothing else."])
@pytest.mark.parametrize(
    ("name", "before", "question"),
    [
        ("maria", ("Any medical problems?", "I have high blood pressure."), "Any other medical problems?"),
        ("maria", ("Do you have high blood pressure?", "Yes."), "And any other illnesses?"),
        ("maria", ("Any medicines?", "A little white pill for my blood pressure."), "Any other medicines?"),
        ("maria", ("Any operations?", "They took my gallbladder out."), "Any other operations?"),
        ("graham", ("Do you take anything?", "Atorvastatin, and ibuprofen for my knee."), "Any other tablets?"),
        ("graham", ("Do you take anything?", "Atorvastatin, and ibuprofen for my knee."), "Any more tablets?"),
        ("maria", (), "Any other pain?"),
        ("graham", ("Any tablets?", "Atorvastatin, and ibuprofen for my knee."), "Any tablets apart from those?"),
        ("maria", ("Heart trouble in the family?", "My dad had a heart attack."), "Any other illness in the family?"),
    ],
)
def test_no_to_what_else_there_is_denies_nothing_that_was_told(name, before, question, reply):
    assert not {verdict for _, verdict in verdicts(name, question, reply, *before)} & {"contradicts", "invents"}


def test_no_to_what_else_there_is_denies_what_was_not_told():
    before = ("Any medical problems?", "I've got high blood pressure.")
    claims = verdicts("harold", "Any other medical problems?", "No.", *before)
    assert ("prostate", "contradicts") in claims and ("hypertension", "contradicts") not in claims


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact_id"),
    [
        ("graham", "Are your bowels normal?", "No, I've been constipated.", "black-stool"),
        ("idris", "Are his bowels normal?", "No, he's been constipated.", "no-diarrhoea"),
        ("graham", "How are your bowels?", "Not as bad as they were.", "black-stool"),
    ],
)
def test_what_is_said_of_something_else_leaves_a_fact_alone(name, question, reply, fact_id):
    assert fact_id not in {about for about, _ in verdicts(name, question, reply)}


@pytest.mark.parametrize(
    ("question", "reply", "fact_id", "verdict"),
    [
        ("When did you have your gallbladder out?", "Last year.", "gallbladder", "contradicts"),
        ("When did you have your gallbladder out?", "Fifteen years ago.", "gallbladder", "supports"),
        ("When did you stop smoking?", "In 2009.", "smoking", "contradicts"),
        ("When did you stop smoking?", "In 2014.", "smoking", "supports"),
    ],
)
def test_years_stand_against_years_ago_by_the_patients_birth_and_age(question, reply, fact_id, verdict):
    assert (fact_id, verdict) in verdicts("maria", question, reply)


def test_fine_does_not_answer_when():
    assert verdicts("priya", "When did you last have your eyes tested?", "Fine.") == set()


def test_what_was_denied_was_not_told():
    before = ("Do you have high blood pressure?", "No, I've never had high blood pressure.")
    assert ("hypertension", "contradicts") in verdicts("harold", "Any other illnesses?", "No.", *before)


def test_forgetting_an_answer_is_no_loss_of_memory():
    assert verdicts("maria", "When did it start?", "Sorry, I forgot.") == {("tightness-onset", "dont_know")}


def test_a_cover_is_none_once_the_lock_is_open():
    care = "In confidence, how much do you drink? Many people under strain drink more."
    assert verdicts("maria", care, "Just socially, you know.") == {("alcohol", "vague")}


def test_spans_show_the_words():
    script = script_of("maria")
    reply = "Well, it started two weeks ago."
    dialogue = [doctor("When did it start?")]
    (claim,) = stated(reply, asked(dialogue, script), script, dialogue)
    assert reply[slice(*claim.span)] == "two weeks" and claim.value == "two weeks"


def test_the_patients_of_the_first_dialogues_state_what_is_annotated_and_nothing_wrong():
    right = missed = extra = alarms = turns = 0
    for record in first_dialogues():
        for number, message in enumerate(record.dialogue):
            if message.role == "patient" and message.facts is not None:
                before = record.dialogue[:number]
                claims = stated(message.content, asked(before, record.script), record.script, before)
                told = {claim.fact_id for claim in claims if claim.verdict == "supports"}
                turns += 1
                alarms += any(claim.verdict in ("contradicts", "invents") for claim in claims)
                right += len(told & set(message.facts))
                missed += len(set(message.facts) - told)
                extra += len(told - set(message.facts))
    assert right / (right + missed) >= 0.96
    assert right / (right + extra) >= 0.98
    assert alarms / turns <= 0.01


def test_bare_text_is_held_against_nothing():
    dialogue = [doctor("Any fever?")]
    claims = stated("No, but I have a cough.", asked(dialogue, "A man."), "A man.", dialogue)
    assert {(claim.concept, claim.verdict) for claim in claims} == {("fever", "denies_absent"), ("cough", "harmless")}
    assert stated("", asked(dialogue, "A man."), "A man.", dialogue) == []


@pytest.mark.parametrize("reply", ["It started.", "It started a long time ago.", "It started in the 20th century."])
def test_the_word_of_the_question_is_no_answer_where_the_fact_is_a_value(reply):
    assert ("tightness-onset", "supports") not in verdicts("maria", "When did it start?", reply)


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact_id", "contradicted"),
    [
        # what another fact has just so is that fact's value, wherever the question was thought to lead
        (
            "jasleen",
            "When did the attack start?",
            "They reached me by half past seven, the paramedics.",
            "attack-time",
            False,
        ),
        ("jasleen", "When did the attack start?", "Half past nine.", "attack-time", True),
        ("emeka", "What colour is his urine?", "Strong tea, and his eyes are yellow.", "dark-urine", False),
        ("maria", "When did you stop smoking?", "In 2009.", "smoking", True),
    ],
)
def test_a_value_of_another_fact_contradicts_nothing(name, question, reply, fact_id, contradicted):
    assert ((fact_id, "contradicts") in verdicts(name, question, reply)) == contradicted


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact_id", "contradicted"),
    [
        # a number that no fact has, beside the words of one that has another
        ("dean", "Anything to help?", "Naproxen, 250 twice a day.", "naproxen", True),
        ("dean", "Anything to help?", "Naproxen, 500 twice a day.", "naproxen", False),
        ("maria", "Any other medicines?", "Just the lisinopril, 40 mg.", "lisinopril", True),
        ("ren", "So, seven hours a night?", "No. Five.", "sleep-hours", True),
        ("ren", "So, seven hours a night?", "No. Three.", "sleep-hours", False),
        ("raghunath", "How old is he, and what was his work?", "Seventy. A civil engineer.", "patient-age", True),
        ("raghunath", "How old is he, and what was his work?", "Seventy-four. A civil engineer.", "patient-age", False),
        ("jasleen", "What happened?", "My face blew up, and they called 911.", "survivor", False),
    ],
)
def test_a_number_of_no_fact(name, question, reply, fact_id, contradicted):
    assert ((fact_id, "contradicts") in verdicts(name, question, reply)) == contradicted


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact_id", "contradicted"),
    [
        # the same value with a bound, or rounded
        ("maria", "When did it start?", "Just under two days back.", "tightness-onset", False),
        ("maria", "When did it start?", "Over a week back.", "tightness-onset", True),
        ("kwame", "How many cigarettes a day?", "One pack daily.", "smoking", True),
    ],
)
def test_a_value_with_a_bound(name, question, reply, fact_id, contradicted):
    assert ((fact_id, "contradicts") in verdicts(name, question, reply)) == contradicted


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact_id", "contradicted"),
    [
        # the question has the no: a fragment in answer to it denies nothing
        ("naomi", "What can't you do at the piano any more?", "Stretching to an octave.", "octave", False),
        ("naomi", "What can't you do at the piano any more?", "I can stretch to an octave.", "octave", True),
        # a medicine that was prescribed and is not taken
        ("walter", "Are you still taking that water pill?", "No, I quit.", "furosemide", False),
        ("emrys", "Are you taking the morphine as prescribed?", "No.", "oramorph", False),
        ("emrys", "Are you taking the morphine as prescribed?", "Yes.", "oramorph", True),
        # since when something else is so
        ("ieuan", "What's happened?", "It's my big toe. I haven't slept since Saturday.", "toe-onset", False),
    ],
)
def test_what_the_question_or_the_sentence_denies_otherwise(name, question, reply, fact_id, contradicted):
    assert ((fact_id, "contradicts") in verdicts(name, question, reply)) == contradicted


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact_id", "told"),
    [
        # only the words that a locked fact alone has give it away
        ("anjali", "What set it off?", "They had a smoke machine at rehearsal.", "vaping", False),
        ("anjali", "What set it off?", "I've been vaping every day.", "vaping", True),
        ("walter", "Which pills do you have?", "A water pill, for one.", "stopped", False),
    ],
)
def test_what_gives_a_locked_fact_away(name, question, reply, fact_id, told):
    assert ((fact_id, "supports") in verdicts(name, question, reply)) == told
