"""The lexicon's files hang together, and its patterns find what they should."""

from collections import Counter
from typing import get_args

import pytest

from medsim.files import read_document
from medsim.match.lexicon import lexicon
from medsim.match.patterns import Finder
from medsim.match.spelling import corrected
from medsim.match.text import FOLDER, stem, tokens
from medsim.script import PatientScript, Topic
from tests.conftest import SHIPPED


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_concept_of_a_script_is_in_the_lexicon(path):
    script = PatientScript.load(path)
    asked_for = {question.concept for question in script.for_examiner.key_questions if question.concept}
    concepts = {fact.concept for fact in script.facts if fact.concept} | asked_for
    assert concepts <= lexicon().kinds.keys()


def test_what_concepts_refer_to_exists():
    words = lexicon()
    assert {wider for wide in words.parents.values() for wider in wide} <= words.parents.keys()
    problems = {concept for concepts, _ in words.problems.values() for concept in concepts}
    assert (
        problems | words.generic | words.wide | words.in_passing | words.small | set(words.uses.values())
        <= words.kinds.keys()
    )


def test_what_questions_name_are_topics_of_scripts():
    words = lexicon()
    cues = {cue.partition(".")[0] for cue in read_document(FOLDER / "topics.yaml").data["cues"]}
    near = {topic for pair in words.near.items() for topic in (pair[0], *pair[1])}
    assert cues | near | words.details | words.lists <= set(get_args(Topic))


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("I get a tight feeling in my chest.", ["chest_tightness"]),
        ("Have you been short of breath?", ["breathlessness"]),
        ("swelling in ur legs or pain in ur calf", ["leg_swelling", "calf_pain"]),
        ("Have you coughed up any blood?", ["coughing_blood"]),
        ("I take Tums.", ["antacid"]),
        ("My mum had her gallbladder out.", ["cholecystectomy"]),
        ("It's a fine day.", []),
    ],
)
def test_concepts_found(text, concepts):
    assert [match.key for match in lexicon().concepts.find(tokens(text))] == concepts


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("short of breath", "I'm short of breath.", True),
        ("chest pain", "Is there chest, or back, pain?", False),
        ("pain ... chest", "a pain that I get here in the middle of my chest", False),
        ("pain ... chest", "a pain in my chest", True),
        ("pain ... chest", "I have pain. My chest is fine.", False),
        ("pain/ache in chest", "an ache in the chest", True),
        ("pain (in) chest", "pain chest", True),
        ("^ go on", "Please do go on", False),
        ("^ go on", "OK, go on", True),
        ("how long $", "How long?", True),
        ("how long $", "How long ago?", False),
    ],
)
def test_patterns(pattern, text, found):
    assert bool(Finder([(pattern, "key")]).find(tokens(text))) is found


def test_the_longest_match_wins():
    finder = Finder([("pain", "pain"), ("chest pain", "chest"), ("chest", "site")])
    assert [match.key for match in finder.find(tokens("chest pain"))] == ["chest"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("had", "have"), ("took", "takes"), ("swollen", "swelling"), ("dizziness", "dizzy"), ("wives", "wife"),
     ("stopped", "stop"), ("gradually", "gradual"), ("calves", "calf"), ("stomachs", "stomach")],
)  # fmt: skip
def test_stems_meet(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("notes", "not"), ("here", "her"), ("bed", "be"), ("hearing", "hear")])
def test_stems_keep_apart(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("temprature", "temperature"),
        ("diarhoea", "diarrhoea"),
        ("pregnent", "pregnant"),
        ("medicaiton", "medication"),
        ("though", "though"),
        ("thing", "thing"),
    ],
)
def test_spelling(word, right):
    assert corrected(stem(word)) == stem(right)


def test_places_of_words_survive_contractions_and_odd_letters():
    text = "I don\u2019t, \u0130stanbul, can't"
    found = tokens(text)
    assert [(token.text, text[token.start : token.end]) for token in found if token.text in ("do", "not", "can")] == [
        ("do", "do"), ("not", "n\u2019t"), ("can", "can't"), ("not", "can't"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("She is on Lasix.", "furosemide"), ("Lustral, every morning", "sertraline"), ("Any SSRI or tricyclic?", "antidepressant"),
        ("something for the nausea pills", "antiemetic"), ("Are you on HRT?", "hrt"), ("Dioralyte", "rehydration_salts"),
        ("I had my spleen out", "splenectomy"), ("an endoscopy", "endoscopy"), ("Is he on dialysis?", "dialysis"),
        ("MMR?", "mmr_vaccine"), ("a lumbar puncture", "lumbar_puncture"), ("Any fibroids?", "fibroids"),
        ("Any cramps in your guts? Griping?", "abdominal_pain"), ("Is he chucking up?", "vomiting"), ("wiped out", "fatigue"),
        ("sleep propped up", "orthopnoea"), ("the squits", "diarrhoea"), ("spotting", "vaginal_bleeding"),
        ("Do you hear talking at night?", "hallucinations"), ("Are you a worrier?", "anxiety"), ("sick twice", "vomiting"),
        ("Do you watch telly?", "television"), ("any betting", "gambling"), ("Wild swimming?", "swimming_water"),
        ("sesame", "sesame"), ("CKD?", "kidney_disease"), ("PE?", "blood_clot"), ("HTN?", "hypertension"),
    ],
)  # fmt: skip
def test_brands_abbreviations_and_tests_are_known(text, concept):
    assert concept in {match.key for match in lexicon().concepts.find(tokens(text))}


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("a nerve tablet", "mental_illness"), ("Has his voice altered?", "hallucinations"), ("had some sickness", "vomiting"),
        ("Can we go back to the food?", "back_pain"), ("more under strain they drink more", "thirst"),
        ("I expect so", "pregnancy"), ("the cake", "baking"), ("Has it slipped your mind?", "fall"),
    ],
)  # fmt: skip
def test_words_of_two_meanings_are_no_concept_alone(text, concept):
    assert concept not in {match.key for match in lexicon().concepts.find(tokens(text))}


def test_the_lexicon_is_broad():
    kinds = Counter(lexicon().kinds.values())
    assert kinds["medications"] >= 250 and kinds["allergens"] >= 60 and kinds["procedures"] >= 150
    assert sum(kinds.values()) >= 1100
