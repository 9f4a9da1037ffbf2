"""What no patient says."""

import pytest

from medsim.dialogue import doctor, patient
from medsim.match import Ask, asked, echoes, faults


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("", "empty"),
        ("...", "empty"),
        ("As an AI, I can't feel pain.", "assistant"),
        ("I'm here to help. How can I assist you today?", "assistant"),
        ("I'd recommend you take some paracetamol.", "doctor_talk"),
        ("We should run some tests.", "doctor_talk"),
        ("How long have you been feeling like this?", "doctor_talk"),
        ("*sighs* It hurts.", "narration"),
        ("(pauses) It hurts.", "narration"),
        ("Patient: It hurts.", "speaker_tag"),
        ("It hurts.\nDoctor: Where?", "speaker_tag"),
        ("Maria: It hurts.", "speaker_tag"),
        ("It hurts.<|im_end|>", "markup"),
        ("1. Chest pain\n2. Cough", "markup"),
        ("Maria Lopez: it hurts.", "speaker_tag"),
        ("Dr Whelan: and where is it?", "speaker_tag"),
        ("My chest hurts (she quietly coughs).", "narration"),
        ("Can you tell me more about your symptoms?", "doctor_talk"),
        ("I'll book you a follow-up.", "doctor_talk"),
        ("The patient has a tight chest.", "third_person"),
        ("She has had it for two days.", "third_person"),
        ("It hurts a lot. It hurts a lot.", "loop"),
        ("I'm not an AI, I'm a real person.", "human"),
        ("There's been paroxysmal dyspnoea since Monday.", "doctor_talk"),
        ("The cough is aggravated by exertion.", "doctor_talk"),
        ("Two days. I hope that information helps.", "assistant"),
        ("Good question! Two days.", "assistant"),
        ("She drives the school bus.", "third_person"),
        ("Well, she sleeps badly.", "third_person"),
        ("Two days ago, and Maria felt it again this morning.", "third_person"),
        ("Mrs Lopez takes it each morning.", "third_person"),
        (" ".join(["I feel this and that and then some more of it."] * 20), "too_long"),
    ],
)
def test_faults(script, reply, rule):
    assert rule in {fault.rule for fault in faults(reply, Ask(), script, [doctor("How are you?")])}


@pytest.mark.parametrize(
    ("rule", "replies"),
    [
        ("assistant", ["Certainly! Here is a short summary of it.", "I'm a standardised patient.", "It's two days. Would you like me to elaborate?",
                       "My instructions say I can't.", "I'm not able to provide medical advice.", "Based on the information provided, two days.", "Could you please rephrase your query?",
                       "Two days. Does that help? Let me know if you need more details.", "If you or someone you know is low, help is available."]),
        ("doctor_talk", ["Lie back here for me.", "Two days. I'll listen to your chest now.", "We'll admit you overnight.", "Let's book you in for a scan.",
                         "It's typical of angina.", "You should cut down on the salt.", "Tell me about the pain. Does it go to your jaw?",
                         "Has he been in contact with anyone ill?", "It's left-sided hemiplegia.", "That can lead to heart failure.", "On examination the belly is soft.", "Stairs. Anxiety can be a side effect of it."]),
    ],
)  # fmt: skip
def test_classes_of_talk_that_no_patient_has(script, rule, replies):
    for reply in replies:
        assert rule in {item.rule for item in faults(reply, Ask(), script, [doctor("How are you?")])}, reply


@pytest.mark.parametrize(
    "reply",
    [
        "I'm here to talk to you about my headache.",
        "No.",
        "It catches when I take a deep breath.",
        "I drink plenty of water, as they told me to.",
        "Let me see if I remember. I was trained as a nurse, you know.",
        "Will you refer me to somebody, or prescribe some cream?",
        "Is it a side effect of the tablets, doctor?",
        "You should see me on the stairs. It takes your breath away.",
        "Would you like me to take my coat off?",
        "I'm certain I had it before. My GP suggested I come.",
        "What are the next steps? Do I need a scan?",
        "I'm here for my chest. They nearly called 911, with my anaemia and all.",
        "Two days ago. It's like somebody is squeezing me.",
        "Is it my heart? Can I drive my route tomorrow?",
        "My father had a heart attack. He was only 60.",
        "She's my daughter, Jean. She comes in every day.",
        "8. It really hurts.",
        "It hurts at night (maybe when I cough).",
        "Sorry: I forgot.",
        "Maria Lopez. Maria will do.",
        "Everyone says Maria worries too much.",
        "He snores, my husband does.",
        "The doctor at the hospital did a scan.",
        "Nothing much: a bit of clamminess.",
        "Can you tell me if it's serious?",
        "Can you tell me what happens next?",
        "Do I need a follow-up appointment?",
        "It's a six out of ten (maybe a seven at night).",
        "I've taken my tablets, doctor, and your nurse took my blood pressure.",
    ],
)
def test_patients_talk_has_none(script, reply):
    assert faults(reply, Ask(), script, [doctor("How are you?")]) == []


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Did your father have heart trouble?", "He had a heart attack at 60."),
        ("What did she die of?", "She had a stroke."),
        ("Is your husband well?", "He is, yes. He was ill last year."),
        ("Who brought you here?", "He's my neighbour."),
    ],
)
def test_somebody_whom_the_talk_is_of_is_he_or_she(script, question, reply):
    dialogue = [doctor(question)]
    assert faults(reply, asked(dialogue, script), script, dialogue) == []


def test_he_stays_somebody_in_the_next_exchange(script):
    dialogue = [doctor("Is your brother well?"), patient("Not really."), doctor("In what way?")]
    assert faults("He had a stroke.", asked(dialogue, script), script, dialogue) == []
    later = [*dialogue, patient("A stroke."), doctor("I see. When did it start?")]
    fresh = [*later, patient("Two days ago."), doctor("How bad is it?")]
    assert "third_person" in {item.rule for item in faults("She has a six.", asked(fresh, script), script, fresh)}


@pytest.mark.parametrize(
    ("question", "reply", "third"),
    [
        ("Any fever?", "No. She's been cool as anything.", True),
        ("Any fever?", "Not since Easter, and her head's clear too.", True),
        ("How is it at work?", "I drive a bus. Last week she nearly fell asleep at the wheel.", True),
        ("How do you sleep?", "The poor woman hardly shuts an eye.", True),
        ("How do you sleep?", "Ms Lopez doesn't get much.", True),
        ("Did your mother have it?", "Her mum had it, yes.", True),
        ("How do you sleep?", "My neighbour wakes me, she plays the drums.", False),
        ("How is it at work?", "One passenger was kind, she gave me a mint.", False),
        ("How do you sleep?", "Fine. Ana says I snore, but she would.", False),
        ("What may I call you?", "Maria's fine.", False),
        ("Did your mother have it?", "She did, all her life.", False),
    ],
)
def test_who_she_can_be_in_the_middle_of_a_turn(script, question, reply, third):
    dialogue = [doctor(question)]
    found = {item.rule for item in faults(reply, asked(dialogue, script), script, dialogue)}
    assert ("third_person" in found) is third


def test_a_greeting_given_back_is_no_echo(script):
    for greeting in ("Hello.", "Good morning.", "Thank you, bye."):
        assert faults(greeting, Ask(), script, [doctor(greeting)]) == []


def test_the_doctors_own_words_and_old_answers_given_again(script):
    question = doctor("I'd like to do some tests now.")
    assert [fault.rule for fault in faults(question.content, Ask(), script, [question])][0] == "echo"
    turns = [doctor("Any fever?"), patient("I really could not tell you that."), doctor("Any cough?"),
             patient("I really could not tell you that."), doctor("Where is it?")]  # fmt: skip
    assert "repeats" in {fault.rule for fault in faults("I really could not tell you that.", Ask(), script, turns)}


def test_a_caregiver_may_speak_of_he_and_she(script):
    mother = script.model_copy(update={"speaker": script.speaker.model_copy(update={"relation": "mother"})})
    assert faults("He has had it for two days.", Ask(), mother, [doctor("How is he?")]) == []


@pytest.mark.parametrize(
    ("reply", "question", "echo"),
    [
        ("Do you have high blood pressure?", "Do you have high blood pressure?", True),
        ("Leg swelling?", "Leg swelling?", True),
        ("Where is the pain?", "And where is the pain exactly?", True),
        ("I have high blood pressure.", "Do you have high blood pressure?", False),
        ("Yes, in my leg.", "Leg swelling?", False),
        ("No.", "Any fever?", False),
    ],
)
def test_echoes(reply, question, echo):
    assert echoes(reply, question) is echo


@pytest.mark.parametrize(
    ("reply", "question", "given_back"),
    [
        ("You're asking if the pain spreads.", "Does the pain spread?", True),
        ("You'd like to know what I eat, doctor?", "What do you eat?", True),
        ("Out of 10, how bad it is at night.", "Out of ten, how bad is it at night?", True),
        ("You mean the pain? It spreads to my arm.", "Does the pain spread?", False),
        ("As you said, it's the stairs.", "Is it worse on the hill?", False),
        ("Have I any numbness, or pins and needles.", "Have you any numbness, or pins and needles?", True),
        ("So I smoke, is it?", "So you smoke?", True),
        ("The ambulance came at nine for me, was it? Um.", "The ambulance came at nine for you, was it?", True),
        ("Whether my ankles swell.", "Do your ankles swell?", True),
        ("When I lie down.", "Is it worse when you lie down?", False),
        ("Is it sharp?", "Can you say, is it sharp, or dull, or burning, or something else?", False),
        ("My job? I drive a bus.", "What's your job?", False),
    ],
)
def test_the_question_given_back_in_other_words(reply, question, given_back):
    assert echoes(reply, question) is given_back


def test_words_of_the_question_are_no_doctor_talk(script):
    asked_so = [doctor("Is the pain pleuritic, I mean sharp when you breathe in?")]
    assert not faults("Pleuritic, yes.", Ask(), script, asked_so)


def test_management_in_answer_to_what_the_doctor_should_do(script):
    bait = "What should I prescribe?"
    reply = "Start with a statin, and a full blood count."
    dialogue = [doctor(bait)]
    assert "doctor_talk" in {item.rule for item in faults(reply, asked(dialogue, script), script, dialogue)}
    assert not faults("Something for the pain.", asked(dialogue, script), script, dialogue)
    other = [doctor("What did they say?")]
    assert not faults("To start with a statin.", asked(other, script), script, other)


@pytest.mark.parametrize(
    "reply",
    [
        "Since Tuesday. We'll request a chest film and some cultures.",
        "I shall organise an urgent ultrasound.",
        "We should start an antibiotic and review her in a week.",
        "Most likely a left lower lobe pneumonia.",
        "Fetal heart sounds were normal.",
        "I had a good response to the vasodilator.",
        "Try not to worry, it's quite common in women of your age.",
        "It's the thumb. A positive family history makes gout more likely.",
        "We'd need to exclude sepsis.",
        "I'd keep you nil by mouth for now.",
        "It's an early sign of pre-eclampsia.",
    ],
)
def test_plans_and_the_words_of_the_record(script, reply):
    assert "doctor_talk" in {fault.rule for fault in faults(reply, Ask(), script, [doctor("And since when?")])}


@pytest.mark.parametrize(
    "reply",
    [
        "Will they do a scan?",
        "I want you to take it seriously.",
        "They told me to come back if it got worse.",
        "I'd need to repeat the prescription on Monday.",
        "I work in a distribution centre.",
        "Thanks for explaining it.",
        "We will keep the house warm.",
        "Can I ask you something?",
        "I weaned myself off the fizzy drinks.",
    ],
)
def test_what_patients_say_of_plans_too(script, reply):
    assert not faults(reply, Ask(), script, [doctor("And since when?")])


@pytest.mark.parametrize(
    ("turns", "reply", "third"),
    [
        (["What do you do for a living?"], "She's a bus driver, for the school.", True),
        (["Who's at home with you?"], "She lives with her brother Paul and a parrot.", True),
        (["Where were you born?"], "Patient was born in Leeds.", True),
        (["Did you sleep?"], "No. Maria shook half the night.", True),
        (["What brings you in?"], "This lady has had a tight chest for two days.", True),
        (["Do you see your friends?", "My friends gave up on me.", "Any family?"], "She has a brother, who rings on Sundays.", True),
        (["What happened?", "I took two Nurofen in Leeds.", "When did it start?"], "It came when her kitchen was full of smoke.", True),
        (["Do you get on?", "With my sister, mostly.", "How so?"], "She was always hard work.", False),
        (["What upset you?"], "She never so much as looked at me.", False),
        (["Do you get any help?"], "She does come by, my neighbour.", False),
        (["Do you get any help?"], "When she isn't at work, my sister comes.", False),
        (["Are you in a hurry?"], "I'm a patient woman, I'll wait.", False),
        (["Are you all right there?"], "Patient as ever.", False),
    ],
)  # fmt: skip
def test_whom_she_can_stand_for(script, turns, reply, third):
    dialogue = [patient(turn) if number % 2 else doctor(turn) for number, turn in enumerate(turns)]
    found = {item.rule for item in faults(reply, asked(dialogue, script), script, dialogue)}
    assert ("third_person" in found) is third
