"""What a question asks (`Ask`) and what a reply states (`Claim`)."""

from dataclasses import dataclass
from typing import Literal

Form = Literal["yesno", "wh", "open", "leading", "social", "bait"]
Manner = Literal["passing", "direct", "considerate"]
Verdict = Literal[
    "supports", "contradicts", "invents", "vague", "cover", "dont_know", "denies_absent", "harmless"
]  # fmt: skip
Polarity = Literal["present", "past", "denied", "unknown"]
Span = tuple[int, int]


@dataclass(frozen=True)
class Ask:
    """What the last turn of the doctor asks.

    `facts` are ids, best first. `presumes` is the statement that a leading question puts into the patient's mouth
    ("it's on the right"). `normality` is true where "yes" denies a complaint ("Sleeping OK?").
    """

    text: str = ""
    facts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    who: str = "patient"
    form: Form = "social"
    presumes: str | None = None
    normality: bool = False
    manner: Manner = "passing"


@dataclass(frozen=True)
class Claim:
    """One thing that a reply states, where (`span`: start and end in the reply), and how it stands to the script."""

    fact_id: str | None
    topic: str | None
    concept: str | None
    who: str
    polarity: Polarity
    value: str | None
    span: Span
    verdict: Verdict
