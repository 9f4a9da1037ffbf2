"""The forms of what the generator knows: conditions, pools of shared facts, denials, people.

A fact template stands for as many facts as its phrases and values make; see `medsim.synth.grammar` for phrases.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from medsim.schema import Slug, Strict, Text
from medsim.script import Concept, Polarity, Topic
from medsim.synth.grammar import PhraseError, parse

Sex = Literal["female", "male"]


def _range(value: object) -> object:
    """ "16-50" as (16.0, 50.0)."""
    low, dash, high = str(value).partition("-")
    try:
        return (float(low), float(high if dash else low))
    except ValueError:
        raise ValueError(f"'{value}' is not a range.|Write it as '16-50', or as one number.") from None


def _phrase(text: str) -> str:
    try:
        parse(text)
    except PhraseError as error:
        raise ValueError(f"There is {error}.|See medsim/synth/grammar.py for how phrases are written.") from None
    return text


Phrase = Annotated[Text, AfterValidator(_phrase)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1)]
Values = dict[str, Phrases | str]
Range = Annotated[tuple[float, float], BeforeValidator(_range)]


class LockTemplate(Strict):
    unlock: Literal["direct", "considerate"]
    cover: Phrases


class FactTemplate(Strict):
    """A fact with its `say` as phrases. `chance`: how often it is there; of a `group` one is taken. `sex` and `age` (in
    years) say for whom it is.

    `values`: slot -> what may fill it; "2..9" stands for the numbers in words. `accept` and `vague` are phrases with
    the same values; the first of `accept` is the short answer.
    """

    id: Slug
    topic: Topic
    about: Slug | None = None
    who: str = "patient"
    concept: Concept | None = None
    polarity: Polarity = "present"
    tell: Literal["volunteer", "asked"] = "asked"
    chance: Annotated[float, Field(gt=0, le=1)] = 1.0
    group: str | None = None
    sex: Sex | None = None
    age: Range | None = None
    values: Values = {}
    say: Phrases
    vague: tuple[Phrase, ...] = ()
    accept: tuple[Phrase, ...] = ()
    lock: LockTemplate | None = None


class Examiner(Strict):
    """`key`: fact ids or concepts that a student should ask for; with a `!` those that must be asked for."""

    must_consider: tuple[Text, ...] = ()
    consider: tuple[Text, ...] = ()
    findings: dict[str, Text] = {}
    tests: dict[str, Text] = {}
    key: tuple[Text, ...] = ()


class Condition(Strict):
    """An illness as patients bring it: data/knowledge/conditions/NAME.yaml."""

    name: Text
    accept: tuple[Text, ...] = ()
    specialty: Text
    sex: dict[Sex, float] = {"female": 1.0, "male": 1.0}
    age: Range
    unit: Literal["years", "months", "weeks"] = "years"
    speaker: dict[str, float] = {"self": 1.0}
    settings: tuple[Text, ...]
    door: tuple[Text, ...]
    tasks: tuple[Text, ...] = ()
    vitals: dict[str, Range] = {}
    values: Values = {}
    opening: Phrases
    opens_with: tuple[Slug, ...]
    facts: tuple[FactTemplate, ...]
    denied: tuple[Concept, ...]
    without: tuple[Concept, ...] = ()
    asks: Phrases
    examiner: Examiner


class Bundle(Strict):
    """Facts that come together, for whom they fit, and how often (`weight`, among those of its pool).

    `not_with`: ids or topics of other facts; no patient has both them and this.
    """

    id: Slug
    weight: Annotated[float, Field(gt=0)] = 1.0
    age: Range = (0.0, 120.0)
    sex: Sex | None = None
    speaks: Literal["self", "other"] | None = None
    occupation: Text | None = None
    not_with: tuple[str, ...] = ()
    facts: tuple[FactTemplate, ...]


class Pool(Strict):
    """Bundles of one kind, of which a patient gets some: data/knowledge/life/pools/NAME.yaml."""

    draw: Range
    bundles: tuple[Bundle, ...]


class Denial(Strict):
    """How a patient says that something is not so."""

    topic: Topic = "associated"
    say: Phrases


class Voice(Strict):
    """How somebody of a place, an age and a kind talks: words for slots, and what opens and closes a sentence."""

    weight: float = 1.0
    age: Range = (0.0, 120.0)
    literacy: tuple[Literal["low", "average", "high"], ...] = ("low", "average", "high")
    words: dict[str, Text]
    leads: tuple[Text, ...] = ()
    tails: tuple[Text, ...] = ()


class Culture(Strict):
    """Names of one origin, and the voices that go with them."""

    weight: float = 1.0
    female: tuple[Text, ...]
    male: tuple[Text, ...]
    family: tuple[Text, ...]
    voices: tuple[Slug, ...]


class People(Strict):
    """data/knowledge/life/people.yaml"""

    cultures: dict[Slug, Culture]
    voices: dict[Slug, Voice]
    moods: dict[str, tuple[Text, ...]]
    styles: dict[str, float]


class Denials(Strict):
    """Some of them: data/knowledge/life/denials/NAME.yaml"""

    denials: dict[Concept, Denial]
