"""What a question asks, what a reply states, and what a dialogue has unlocked. Nothing else in MedSim matches text."""

from medsim.match.absent import HARMLESS
from medsim.match.aside import Aside, told_aside
from medsim.match.asked import after, asked, read, readings
from medsim.match.compare import (
    Statement,
    differ,
    in_other_words,
    named_in_clauses,
    statements,
)
from medsim.match.context import Context
from medsim.match.echo import echoes, gives_back
from medsim.match.index import are_kin, are_near
from medsim.match.reply import has_told_all, is_bare, opens_with_answer, says_alike
from medsim.match.stated import claims_of, stated
from medsim.match.talk import faults
from medsim.match.turns import clash
from medsim.match.types import Ask, Claim
from medsim.match.unlocked import opened, opens, unlocked

__all__ = [
    "HARMLESS", "Ask", "Aside", "Claim", "Context", "Statement", "after", "are_kin", "are_near", "asked",
    "claims_of", "clash", "differ", "echoes", "faults", "gives_back", "has_told_all", "in_other_words", "is_bare",
    "named_in_clauses", "opened", "opens", "opens_with_answer", "read", "readings", "says_alike", "stated",
    "statements", "told_aside", "unlocked",
]  # fmt: skip
