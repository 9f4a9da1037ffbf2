"""What a question asks, what a reply states, and what a dialogue has unlocked. Nothing else in MedSim matches text."""

from medsim.match.asked import asked, readings
from medsim.match.compare import Statement, differ, in_other_words, statements
from medsim.match.stated import claims_of, stated
from medsim.match.types import Ask, Claim
from medsim.match.unlocked import opened, unlocked

__all__ = [
    "Ask", "Claim", "Statement", "asked", "claims_of", "differ", "in_other_words", "opened", "readings", "stated",
    "statements", "unlocked",
]  # fmt: skip
