"""What a question asks, what a reply states, and what a dialogue has unlocked. Nothing else in MedSim matches text."""

from medsim.match.asked import asked
from medsim.match.stated import stated
from medsim.match.types import Ask, Claim
from medsim.match.unlocked import unlocked

__all__ = ["Ask", "Claim", "asked", "stated", "unlocked"]
