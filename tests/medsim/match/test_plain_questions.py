"""The plain questions of every-day history taking, by class: each with the facts of a script that it asks for."""

import pytest

from tests.medsim.match.test_asked import asked, doctor, patient, script_of

_CLASSES = {
    "an earlier time of the same thing": [
        ("attracta", "Have you ever had palpitations before?", "earlier-go"),
        ("concetta", "Have you fallen before?", "fall-before"),
        ("clodagh", "Have you had that pain before?", "no-before"),
    ],
    "when": [
        ("concetta", "And when did you fall?", "fall-when"),
        ("lena", "What time did this happen?", "fit-onset"),
        ("kayden", "When did these blisters come up?", "blisters-when"),
        ("joaquim", "When were you first diagnosed with diabetes?", "diabetes-since"),
    ],
    "first and now": [
        ("clodagh", "Where was it when it first started?", "pain-first-place"),
        ("clodagh", "And where is the pain now?", "pain-location"),
    ],
    "how high": [("eleni", "How high has your temperature been?", "fever-height")],
    "night and day": [
        ("folasade", "Is it any worse at night?", "fingers-night"),
    ],
    "where it goes": [("dariusz", "Where does your pain go to?", "pain-radiation")],
    "a thing by a wider or a nearer name": [
        ("marjorie", "Are you taking vitamins?", "calcium"),
        ("saskia", "When did you have your last period?", "periods"),
        ("anjali", "Are you using your brown inhaler regularly?", "not-brown"),
    ],
    "size and colour": [
        ("idwal", "What colour phlegm is it?", "rusty"),
        ("neville", "How large is it?", "mole-size"),
        ("neville", "Which colour is the mole?", "mole-colour"),
    ],
    "worse and better": [
        ("agnieszka", "Anything that makes it worse?", "headache-aggravating"),
        ("dean", "What makes the pain worse?", "back-cough"),
        ("naomi", "Is it better with exercise?", "hands-use"),
        ("clifton", "Has it been getting worse?", "worse"),
    ],
    "treatment of what is no complaint": [("chidubem", "What have you tried?", "syrup enema")],
    "who": [
        ("neville", "Who spotted it first?", "daughter-found"),
        ("naomi", "Have you seen anybody else about it?", "urgent-care"),
    ],
    "class of medicine": [
        ("alec", "Which inhalers have you got?", "trimbow blue-inhaler"),
        ("joaquim", "What diabetes tablets do you take?", "metformin gliclazide"),
        ("joaquim", "Do you take your medicines regularly?", "not-taking"),
        ("joaquim", "Any side effects from your medicines?", "not-taking-bowels"),
    ],
    "a class of medicine that is not taken": [
        ("shannon", "Do you take the pill?", "no-contraception"),
        ("alun", "Are you on any blood thinners?", "no-medication"),
        ("clodagh", "Do you use condoms?", "unprotected"),
        ("leila", "Are there any medicines you take?", "no-medication"),
    ],
    "whom the doctor talks to": [
        ("kayden", "Who am I speaking with, please?", "speaker-name"),
        ("kayden", "Are you his father?", "speaker-name"),
        ("emeka", "May I take your husband's full name?", "patient-name"),
        ("emeka", "And what is your name?", "speaker-name"),
    ],
    "home and money": [
        ("alun", "Who is living at home with you?", "family-home"),
        ("alun", "Have you money worries?", "debt"),
    ],
    "a detail of a detail": [("jasleen", "So when did you get your epinephrine?", "epinephrine-time")],
    "waterworks and bowels": [
        ("clifton", "Do you empty your bladder fully?", "not-empty"),
        ("clifton", "Have you ever been unable to pass water at all?", "no-retention"),
        ("shannon", "Pain on urinating?", "no-dysuria"),
        ("leila", "Has your skin changed?", "neck-skin acne"),
        ("chidubem", "Is it sore to poo?", "painful-stool"),
        ("chidubem", "Is he holding it in?", "holding"),
        ("naomi", "Do you have bowel problems?", "no-diarrhea"),
    ],
    "names of illnesses": [
        ("attracta", "Have you had any problem with bleeding?", "no-bleeding"),
        ("clodagh", "Did anybody in your family have appendicitis?", "sister-appendix"),
        ("leila", "Fertility issues in the family?", "aunt-infertility"),
        ("gethin", "Ever had an STI screen?", "no-sti-test"),
        ("jasleen", "Have you been stung by something?", "no-sting"),
        ("joaquim", "How long have you had the ulcer?", "foot-onset"),
        ("tobenna", "Might he have swallowed some poison?", "no-poisoning"),
    ],
    "thirst and drink": [
        ("tobenna", "Is he drinking more than usual?", "thirst"),
        ("joaquim", "Do you drink fizzy drinks?", "diet"),
    ],
    "occupation": [
        ("eleni", "What is your occupation?", "patient-occupation"),
        ("emeka", "What did he do for a living?", "patient-occupation"),
    ],
}


@pytest.mark.parametrize("kind", _CLASSES)
def test_plain_questions(kind):
    wrong = []
    for name, question, facts in _CLASSES[kind]:
        script = script_of(name)
        dialogue = [doctor("Hello, what brings you in?"), patient(script.opening.say), doctor(question)]
        found = asked(dialogue, script).facts
        if set(found) != set(facts.split()):
            wrong.append((name, question, found))
    assert not wrong
