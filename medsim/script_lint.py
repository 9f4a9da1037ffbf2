"""What a rule can see of a script that is well-formed: facts that clash, values that do not fit, what is missing.

Each finding names the field, the reason and a cure. A finding is a question to the author, so rules are kept to what is
hardly ever meant: a clinician sees more.
"""

import re
from collections.abc import Iterator
from itertools import combinations

from medsim.files import Location
from medsim.match.lexicon import lexicon
from medsim.match.numbers import quantities
from medsim.match.quantity import same
from medsim.match.text import content_stems, tokens, word_set
from medsim.schema import did_you_mean
from medsim.script import Fact, PatientScript

Finding = tuple[Location, str, str]  # path, reason, cure

LEAST_DENIALS = 5
YEAR = 365.0  # days
# Facts of these topics are asked for, and denied, by what they are about.
NEED_CONCEPT = word_set("complaint associated history surgery medication allergy smoking alcohol drugs")
# Of these a fact can have only one value: two would make two right answers.
ONE_VALUE = word_set("score age clock weekday")
# What the patient tells of the present illness, where its name would give the case away.
TELLS_OF_ILLNESS = word_set(
    "complaint onset location radiation character severity timing aggravating relieving associated circumstances "
    "effect_on_life"
)
OWN_PAST = word_set("history surgery hospital past_tests immunisation previous_episodes perinatal allergy")


def lint(script: PatientScript) -> list[Finding]:
    """All findings, in the order of the facts."""
    found = [*_denials(script)]
    for index, fact in enumerate(script.facts):
        path: Location = ("facts", index)
        found += [
            *_concept(path, fact), *_values(path, fact), *_accepted(path, fact), *_diagnosis(path, fact, script),
            *_person(path, fact, script),
        ]  # fmt: skip
    return [*found, *_clashes(script)]


def _denials(script: PatientScript) -> Iterator[Finding]:
    denials = sum(fact.polarity == "denied" for fact in script.facts)
    if denials < LEAST_DENIALS:
        reason = f"There are {denials} denials; a student asks for what is not there in every interview."
        yield ("facts",), reason, f"Add red flags and near diagnoses that the patient denies, {LEAST_DENIALS} or more."


def _concept(path: Location, fact: Fact) -> Iterator[Finding]:
    known = lexicon().kinds
    if fact.concept is None and fact.topic in NEED_CONCEPT and fact.about is None:
        yield path, f"A fact of the topic {fact.topic} has no concept.", "Add `concept:`, a key of the lexicon."
    elif fact.concept is not None and fact.concept not in known:
        cure = did_you_mean(fact.concept, known) or "Add it to data/knowledge/lexicon, with its wordings."
        yield (*path, "concept"), f"The lexicon has no concept '{fact.concept}'.", cure


def _values(path: Location, fact: Fact) -> Iterator[Finding]:
    found = quantities(fact.say)
    for kind in sorted(ONE_VALUE):
        values = [value for value in found if value.kind == kind]
        if any(same(one, other) is False for one, other in combinations(values, 2)):
            yield (*path, "say"), f"It has two values of one kind ({kind}).", "Make two facts of them."


def _accepted(path: Location, fact: Fact) -> Iterator[Finding]:
    own = quantities(fact.say)
    for number, wording in enumerate(fact.accept):
        for value in quantities(wording):
            verdicts = [same(value, other) for other in own]
            if False in verdicts and True not in verdicts:
                reason = f"'{wording}' is another value than the fact has."
                yield (*path, "accept", number), reason, "Accept wordings of the same value only."


def _diagnosis(path: Location, fact: Fact, script: PatientScript) -> Iterator[Finding]:
    diagnosis = script.for_examiner and script.for_examiner.diagnosis
    if not diagnosis or fact.topic not in TELLS_OF_ILLNESS or fact.who != "patient" or fact.polarity == "denied":
        return
    words = content_stems(tokens(fact.say))
    for name in (diagnosis.name, *diagnosis.accept):
        stems = content_stems(tokens(name))
        if stems and stems <= words:
            reason = f"The patient names the diagnosis ({name})."
            yield (*path, "say"), reason, "Let them say what they feel; what they fear belongs under `ideas`."


def _person(path: Location, fact: Fact, script: PatientScript) -> Iterator[Finding]:
    patient = script.patient
    if fact.who != "patient":
        return
    if patient.sex == "male" and fact.topic == "menstrual_obstetric":
        yield (*path, "topic"), "A man has no periods and no pregnancies.", "Correct the topic, or the sex."
    age = re.match(r"(\d+) year", patient.age)
    if age is None:
        return
    born = re.search(r"\b(?:19|20)\d\d\b", patient.born or "")
    for value in quantities(fact.say):
        if value.kind == "duration" and value.low > (int(age[1]) + 1) * YEAR:
            yield (*path, "say"), f"It is longer ago than the patient is old ({patient.age}).", "Correct one of them."
        if value.kind == "year" and born and value.high < int(born[0]) and fact.topic in OWN_PAST:
            yield (*path, "say"), f"It was before the patient was born ({patient.born}).", "Correct one of them."


def _clashes(script: PatientScript) -> Iterator[Finding]:
    related = lexicon().related
    facts = [(index, fact) for index, fact in enumerate(script.facts) if fact.concept and fact.who == "patient"]
    for (_, one), (index, other) in combinations(facts, 2):
        polarities = {one.polarity, other.polarity}
        if one.concept == other.concept and one.topic == other.topic and polarities == {"present", "denied"}:
            reason = f"'{one.id}' and '{other.id}' say yes and no to the same ({one.concept})."
            yield ("facts", index), reason, "Keep one of them, or give one a narrower concept."
        topics = {one.topic, other.topic}
        if topics == {"medication", "allergy"} and polarities == {"present"} and related(one.concept, other.concept):
            reason = f"The patient takes what they are allergic to ('{one.id}', '{other.id}')."
            yield ("facts", index), reason, "Change the medicine or the allergy."
