"""The words that change with who speaks: `<I> <have>n't` is "I haven't" of oneself and "she hasn't" of a patient."""

from collections.abc import Mapping

from medsim.script import Patient

DAYS = {"year": 365.25, "month": 30.44, "week": 7, "day": 1, "hour": 1 / 24}

_SELF = {
    "I": "I", "me": "me", "my": "my", "mine": "mine", "myself": "myself", "am": "am", "m": "'m", "was": "was",
    "have": "have", "ve": "'ve", "do": "do", "s": "", "es": "",
}  # fmt: skip
_OTHER = {"am": "is", "m": "'s", "was": "was", "have": "has", "ve": "'s", "do": "does", "s": "s", "es": "es"}
_PRONOUNS = {
    "female": {"I": "she", "me": "her", "my": "her", "mine": "hers", "myself": "herself"},
    "male": {"I": "he", "me": "him", "my": "his", "mine": "his", "myself": "himself"},
}
_ALIASES = {"he": "I", "him": "me", "his": "my", "himself": "myself"}  # for texts that only others speak
PERSON_SLOTS = frozenset(_SELF) | frozenset(_ALIASES) | {"name"}


def person_words(*, sex: str, own: bool, name: str) -> Mapping[str, str]:
    """What fills the slots of a text that the patient (`own`) or somebody else says of the patient."""
    words = _SELF if own else _OTHER | _PRONOUNS[sex]
    return words | {alias: words[slot] for alias, slot in _ALIASES.items()} | {"name": name.split()[0]}


_TO_SELF = {
    "you": "you", "your": "your", "yours": "yours", "yourself": "yourself", "are": "are", "were": "were",
    "have": "have", "do": "do", "s": "", "es": "", "ve": "'ve", "re": "'re",
}  # fmt: skip
_TO_OTHER = {"are": "is", "were": "was", "have": "has", "do": "does", "s": "s", "es": "es", "ve": "'s", "re": "'s"}
_OF_OTHER = {
    "female": {"you": "she", "your": "her", "yours": "hers", "yourself": "herself", "you_obj": "her"},
    "male": {"you": "he", "your": "his", "yours": "his", "yourself": "himself", "you_obj": "him"},
}
DOCTOR_SLOTS = frozenset(_TO_SELF) | {"you_obj", "name"}


def doctor_words(*, sex: str, own: bool, name: str) -> Mapping[str, str]:
    """What fills the slots of what a doctor says to the patient (`own`), or to somebody else about the patient."""
    words = _TO_SELF | {"you_obj": "you"} if own else _TO_OTHER | _OF_OTHER[sex]
    return words | {"name": name.split()[0]}


def years(patient: Patient) -> float:
    """The age in years, whatever its unit."""
    number, unit = patient.age.split()
    return int(number) * DAYS[unit.removesuffix("s")] / DAYS["year"]
