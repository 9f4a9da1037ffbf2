"""Which question of the bank asks for which fact of a script."""

import re
from collections.abc import Iterator

from medsim.match.details import of_kind
from medsim.match.lexicon import lexicon
from medsim.match.quantity import TIMES
from medsim.match.view import View, view
from medsim.script import Fact, PatientScript

# A detail's value decides how one asks for it; the first kind that fits, of those that the bank has.
_VALUES = {"location": "side", "onset": "speed"}
_TIMES = ("last", "frequency", "daytime", "duration", "pattern", "trend")
_OF_HABITS = {"frequency": "amount", "amount": "amount", "duration": "since", "date": "since"}
HABITS = frozenset(("smoking", "alcohol"))
LISTS = ("history", "surgery", "hospital", "medication", "allergy", "immunisation", "family", "past_tests")
# Topics of several kinds: which one a fact is of is told by its words.
_OF_WORDS = {
    "continence.bowels": r"bowel|poo\b|stool|motion|soil|toilet roll|the runs|constipat|number two",
    "continence.bladder": r"wee\b|weeing|urin|water|bladder|leak|pee\b|peeing|pad\b|pads\b|wet",
    "appetite_weight.appetite": r"eat|food|appetite|hungry|meal|dinner|peckish|nibbl",
    "appetite_weight.weight": r"weight|kilo|stone\b|pound|clothes|belt|thinner|heavier",
    "menstrual_obstetric.last_period": r"last (?:one|period)",
    "menstrual_obstetric.periods": r"period|cycle|bleed|monthl|regular|clockwork",
    "menstrual_obstetric.pregnancies": r"pregnan|child|kids|baby|babies|miscarr|expecting|birth",
    "sexual.contraception": r"condom|pill\b|coil|implant|protection|contracept|careful",
    "development_feeding.feeding": r"milk|feed|bottle|breast|formula|eat|solids|wean|spoon",
    "development_feeding.development": r"walk|talk|word|crawl|sit|steps|sentence|speech|read|jump|climb|smil",
    "biography.pets": r"dog|cat\b|cats\b|kitten|puppy|rabbit|hamster|budgie|parrot|pony|horse|tortoise|goldfish|hens",
    "biography.family": r"children|daughter|son\b|sons\b|grandchild|married|husband|wife|partner|kids",
}  # fmt: skip
_OTHERWISE = {"biography": ["biography.hobby"], "sexual": ["sexual"]}
ONE_QUESTION = frozenset((
    "adherence", "drugs", "work", "living", "support", "function", "exercise", "diet", "sleep", "cognition", "travel",
    "exposure", "perinatal", "mood", "self_harm", "safeguarding", "ideas", "concerns", "expectations", "care_wishes",
    "immunisation", "past_tests", "alcohol", "smoking",
))  # fmt: skip

_PURPOSE = re.compile(r"\bfor (?:my|the|his|her)\b")


def aims_of(fact: Fact, script: PatientScript) -> list[str]:
    """The names of the aims that ask for just this fact, none where only its thing's name does."""
    item, topic = view(fact), fact.topic
    if topic == "identity":
        return ["identity.speaker" if fact.id == "speaker-name" else f"identity.{fact.id.removeprefix('patient-')}"]
    if topic in lexicon().details and topic != "timing":
        kind = _VALUES.get(topic)
        by_value = kind and any(group == kind for group, _ in item.values)
        return [topic, f"{topic}.{kind}"] if by_value and not (topic == "onset" and item.quantities) else [topic]
    if topic == "timing":
        kinds = list(_kinds(item))
        return [f"timing.{kinds[0]}"] if kinds else []
    about = fact.about and script.fact(fact.about)
    if about and topic in HABITS:
        return [f"{topic}.{kind}" for value, kind in _OF_HABITS.items() if of_kind([item], value)][:1]
    if about and about.topic == "medication" and topic == "medication":
        return ["medication.dose"] if of_kind([item], "dose") else []
    if about and about.topic == "allergy" and topic in ("allergy", "associated", "character"):
        return ["allergy.reaction"]
    if topic == "medication" and _PURPOSE.search(fact.say) and not about:
        return ["medication.reason"]
    if topic == "family":
        return ["family.relative"]
    if about:
        return []
    named = [
        aim for aim, words in _OF_WORDS.items() if aim.split(".")[0] == topic and re.search(words, fact.say.lower())
    ]
    return named[:1] or _OTHERWISE.get(topic, [topic] if topic in ONE_QUESTION else [])


def _kinds(item: View) -> Iterator[str]:
    for kind in _TIMES:
        if of_kind([item], kind) and _is_so(kind, item):
            yield kind


def _is_so(kind: str, item: View) -> bool:
    """Whether a value is what the kind asks for, and not one that could be: a number is not always a frequency."""
    if kind == "last":
        return re.search(r"\b(?:the|my|his|her) last\b", item.fact.say.lower()) is not None
    return kind != "frequency" or any(q.kind == "frequency" or q.unit == TIMES for q in item.quantities)
