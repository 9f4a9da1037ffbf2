"""What a score is: a value, and the observations that it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from medsim.dialogue import Dialogue, Script
from medsim.match import Ask, Claim, Statement

NAMES = ("script_adherence", "consistency", "relevance", "role_consistency")
HALF = 0.5
Sign = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class Evidence:
    """One observation: the rule, whether it is good, a sentence for a person, the fact, and where in the reply."""

    rule: str
    sign: Sign
    text: str
    fact_id: str | None = None
    span: tuple[int, int] | None = None


Mark = tuple[float, Evidence]  # one thing that was right (1), half right or wrong (0), and why


@dataclass(frozen=True)
class Score:
    """A value in [0, 1], or None where the metric does not apply, and why."""

    value: float | None
    evidence: tuple[Evidence, ...] = ()

    @classmethod
    def of(cls, marks: list[Mark]) -> "Score":
        """The mean of marks; None without any."""
        if not marks:
            return cls(None)
        return cls(sum(value for value, _ in marks) / len(marks), tuple(evidence for _, evidence in marks))


@dataclass(frozen=True)
class Scores:
    """The four scores of one reply."""

    script_adherence: Score
    consistency: Score
    relevance: Score
    role_consistency: Score

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence, in the order of the metrics."""
        return tuple(item for name in NAMES for item in getattr(self, name).evidence)


@dataclass(frozen=True)
class Turn:
    """A reply with all that it is judged by.

    `opened`: the locked facts that the doctor has opened so far; `before`: what was first stated of each thing;
    `told`: the earlier replies with their questions, without those that only covered something up. `known`: what is
    asked is known, and not as the matcher understood it: then what no rule can read is worth nothing. `earlier`: what
    was answered to the same question in other words, where that is known.
    """

    script: Script
    dialogue: Dialogue
    reply: str
    ask: Ask
    claims: list[Claim]
    opened: frozenset[str]
    before: Mapping[str, Statement]
    told: tuple[tuple[str, str], ...] = ()
    known: bool = False
    earlier: str | None = None

    @property
    def unread(self) -> float:
        """The worth of a reply of which nothing tells whether it answers: oblique answers of people are often right."""
        return 0.0 if self.known and self.ask.form != "bait" else HALF
