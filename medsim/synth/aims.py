"""Which question of the bank asks for which fact of a script."""

import re
from collections.abc import Iterator

from medsim.match.details import of_kind
from medsim.match.lexicon import lexicon
from medsim.match.numbers import quantities
from medsim.match.quantity import TIMES
from medsim.match.text import tokens
from medsim.match.view import View, view
from medsim.script import Fact, PatientScript
from medsim.synth.banks import Banks
from medsim.synth.numbers import in_words

# A detail's value decides how one asks for it; the first kind that fits, of those that the bank has.
_VALUES = {"location": "side", "onset": "speed"}
_TIMES = ("last", "frequency", "daytime", "duration", "pattern", "trend")
_OTHERWISE = {"biography": ["biography.hobby"]}
_OF_OTHERS = frozenset(("within", "after", "before", "every", "each", "for", "of"))  # before a time that is no length
# Of these, a denied fact answers an open question only where it says that there is none.
_WHAT = frozenset(("onset", "circumstances", "location", "character", "severity", "aggravating"))
_NO_VALUE = re.compile(r"(?:no|not|none|nothing|never|nobody)\b", re.IGNORECASE)
HABITS = frozenset(("smoking", "alcohol"))
LISTS = ("history", "surgery", "hospital", "medication", "allergy", "immunisation", "family", "past_tests")
ONE_QUESTION = frozenset((
    "adherence", "drugs", "work", "living", "support", "function", "exercise", "diet", "sleep", "cognition", "travel",
    "exposure", "perinatal", "mood", "self_harm", "safeguarding", "ideas", "concerns", "expectations", "care_wishes",
    "immunisation", "past_tests", "alcohol", "smoking", "sexual",
))  # fmt: skip

_THE_LAST = re.compile(r"\b(?:the|my|his|her) last(?! (?:year|month|week|few|couple)| \w+ (?:days|weeks|months|years))")
_SCORES = frozenset(in_words(number) for number in range(11))
_FEW = 4  # words of a value
_POINT = re.compile(r"\b(?:ago|yesterday|today|last|this|since|[A-Z]\w+day|[JFMASOND]\w+(?:y|ch|il|e|st|er))\b")
_PURPOSE = re.compile(r"\bfor (?:my|the|his|her)\b")


def aims_of(fact: Fact, script: PatientScript, banks: Banks) -> list[str]:
    """The names of the aims that ask for just this fact, none where only its thing's name does."""
    item, topic = view(fact), fact.topic
    if topic == "identity":
        return ["identity.speaker" if fact.id == "speaker-name" else f"identity.{fact.id.removeprefix('patient-')}"]
    if fact.polarity == "denied" and topic in _WHAT and not _NO_VALUE.match(fact.say):
        return []
    if topic in lexicon().details and topic != "timing":
        kind = _VALUES.get(topic)
        by_value = kind and any(group == kind for group, _ in item.values)
        if not by_value or (topic == "onset" and item.quantities):
            return [topic]
        alone = all(other.topic != topic for other in script.facts if other.about == fact.about and other is not fact)
        return [topic, f"{topic}.{kind}"] if alone else [f"{topic}.{kind}"]
    if topic == "timing":
        kinds = list(_kinds(item))
        return [f"timing.{kinds[0]}"] if kinds else []
    about = fact.about and script.fact(fact.about)
    if topic in HABITS and not about:
        amount = fact.polarity != "denied" and banks.aims[f"{topic}.amount"].is_in_words(item)
        return [topic, f"{topic}.amount"] if amount else [topic]
    if topic in HABITS:
        if of_kind([item], "amount") and banks.aims[f"{topic}.amount"].is_in_words(item):
            return [f"{topic}.amount"]
        return [f"{topic}.since"] if of_kind([item], "duration") or of_kind([item], "date") else []
    if about and about.topic == "medication" and topic == "medication":
        kinds = [quantity.kind for quantity in item.quantities]
        return ["medication.dose"] if "dose" in kinds else ["medication.often"] if "frequency" in kinds else []
    if about and about.topic == "allergy" and topic in ("allergy", "associated", "character"):
        return ["allergy.reaction"]
    if topic == "medication" and _PURPOSE.search(fact.say) and not about:
        return ["medication.reason"]
    if topic == "family":
        return ["family.relative"]
    if about:
        return []
    aims = {name: aim for name, aim in banks.aims.items() if name.startswith(f"{topic}.")}
    if found := [name for name, aim in aims.items() if aim.is_of_concept(item)]:
        return found[:1]
    if aims and lexicon().kinds.get(fact.concept or "") in ("symptoms", "conditions"):
        return []  # it has a name to be asked by
    found = [name for name, aim in aims.items() if aim.is_in_words(item)]
    return found[:1] or _OTHERWISE.get(topic, [topic] if topic in ONE_QUESTION else [])


def _kinds(item: View) -> Iterator[str]:
    for kind in _TIMES:
        if of_kind([item], kind) and _is_so(kind, item):
            yield kind


def _is_so(kind: str, item: View) -> bool:
    """Whether a value is what the kind asks for, and not one that could be: a number is not always a frequency."""
    say = item.fact.say.lower()
    if kind == "last":
        return _THE_LAST.search(say) is not None
    if kind == "duration":
        steady = any(group == "rhythm" for group, _ in item.values)
        lengths = [quantity for quantity in item.quantities if quantity.kind == "duration"]
        return not steady and all(_OF_OTHERS.isdisjoint(say[: one.start].split()[-2:]) for one in lengths)
    return kind != "frequency" or any(q.kind == "frequency" or q.unit == TIMES for q in item.quantities)


def spreads(fact: Fact) -> bool:
    """Whether it makes sense to ask where a thing spreads to: of pains."""
    return fact.concept is not None and "pain" in lexicon().wider(fact.concept)


def can_be_led(fact: Fact, banks: Banks) -> bool:
    """Whether a doctor can put the fact's value, or another, into the patient's mouth."""
    if not fact.accept or _NO_VALUE.match(fact.accept[0]) or fact.topic not in banks.statements.statements:
        return False
    return fact.polarity == "present" and _is_value(fact.topic, fact.accept[0])


def _is_value(topic: str, text: str) -> bool:
    """Whether a wording of a fact is such as stands after "it's" or "it started", and not any other part of it."""
    kinds = {quantity.kind for quantity in quantities(text)}
    groups = {match.key[0] for match in lexicon().values_in(tokens(text))}
    if topic == "onset":
        return bool(kinds) and _POINT.search(text) is not None
    if topic == "severity":
        return "score" in kinds or text.lower() in _SCORES
    if topic == "timing":
        return "frequency" in kinds or "rhythm" in groups
    if topic == "character":
        return "character" in groups and len(text.split()) <= _FEW
    if topic == "location":
        return bool(groups & {"site", "side"})
    return topic in HABITS or (not kinds and len(text.split()) <= _FEW)
