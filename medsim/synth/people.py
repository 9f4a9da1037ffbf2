"""Who a patient is: name, age, sex, who speaks for them, persona and voice."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from medsim.synth.person import DAYS, person_words
from medsim.synth.templates import Condition, Culture, People, Voice

_WOMEN = frozenset(("mother", "grandmother", "wife", "daughter", "sister", "aunt", "carer"))
_LITERACY = {"low": 2, "average": 5, "high": 3}
_POOR_RECALL, _POOR_RECALL_OLD = 0.1, 0.35
_OLD = 75


@dataclass(frozen=True)
class Person:
    """`years` is the age in years whatever the unit; `words` fill the slots of what is said of them."""

    name: str
    sex: str
    age: int
    years: float
    relation: str
    speaker: str | None
    persona: dict[str, str]
    voice: Voice
    words: dict[str, str]
    birthday: int  # days after the age was reached

    def born(self, today: date, unit: str) -> str:
        day = today - timedelta(days=round(self.age * DAYS[unit.removesuffix("s")]) + self.birthday)
        return f"{day.day} {day:%B %Y}"


def person(people: People, condition: Condition, random: Random) -> Person:
    """Somebody who could have a condition."""
    sex = _weighted(condition.sex, random)
    age = random.randint(*map(int, condition.age))
    days = DAYS[condition.unit.removesuffix("s")]
    years = age * days / DAYS["year"]
    culture = people.cultures[_weighted({name: one.weight for name, one in people.cultures.items()}, random)]
    relation = _weighted(condition.speaker, random)
    family = random.choice(culture.family)
    name = f"{random.choice(getattr(culture, sex))} {family}"
    speaker = None if relation == "self" else _speaker(culture, relation, family, random)
    style = _weighted(people.styles, random)
    poor = _POOR_RECALL_OLD if years >= _OLD else _POOR_RECALL
    persona = {
        "style": style,
        "literacy": _weighted(_LITERACY, random),
        "recall": "poor" if random.random() < poor else "good",
        "mood": random.choice(people.moods[style]),
    }
    voice = _voice(people, culture, years if relation == "self" else 40.0, persona["literacy"], random)
    words = dict(voice.words) | dict(person_words(sex=sex, own=relation == "self", name=name))
    birthday = random.randrange(max(1, int(days)))
    return Person(name, sex, age, years, relation, speaker, persona, voice, words, birthday)


def _speaker(culture: Culture, relation: str, family: str, random: Random) -> str:
    first = random.choice(culture.female if relation in _WOMEN else culture.male)
    return f"{first} {family}"


def _voice(people: People, culture: Culture, years: float, literacy: str, random: Random) -> Voice:
    all_voices = [people.voices[name] for name in culture.voices]
    fits = [one for one in all_voices if one.age[0] <= years <= one.age[1] and literacy in one.literacy]
    fits = fits or all_voices
    return random.choices(fits, [one.weight for one in fits])[0]


def _weighted(weights: dict[str, float], random: Random) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
