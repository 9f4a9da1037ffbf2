"""How good a reply is: four scores in [0, 1] for one patient turn, each with its evidence.

script_adherence: facts right among facts asked, less contradictions, inventions and what should have been kept back.
consistency: what was said before is said alike. relevance: the reply is about what was asked. role_consistency: it is
a patient, or the one who speaks for them, who talks.
"""

from math import prod
from typing import TYPE_CHECKING

from medsim import match
from medsim.adherence import adherence, closes, says_nothing, something_else
from medsim.dialogue import Dialogue, Script
from medsim.heard import hear, turns
from medsim.match import Claim, Statement
from medsim.scores import HALF, NAMES, Evidence, Mark, Score, Scores, Sign, Turn
from medsim.script import PatientScript

if TYPE_CHECKING:
    from medsim.probes import Probe

__all__ = ["NAMES", "Evidence", "Score", "Scores", "overall", "score", "score_dialogue", "scores_of"]


def score(script: Script, dialogue: Dialogue, reply: str, probe: "Probe | None" = None) -> Scores:
    """Score a reply to a dialogue that ends with the doctor's question: one that is known, or as it is understood."""
    heard = hear(script, dialogue)
    return scores_of((heard.asking(probe) if probe else heard).turn(reply))


def score_dialogue(script: Script, dialogue: Dialogue) -> list[Scores]:
    """The scores of each patient turn, as `score` gives them, but every turn is read only once."""
    return [scores_of(turn) for turn in turns(script, dialogue)]


def scores_of(turn: Turn) -> Scores:
    """The scores of a turn that was heard."""
    return Scores(adherence(turn), consistency(turn), relevance(turn), role_consistency(turn))


def overall(scores: Scores) -> float | None:
    """The geometric mean of the scores that apply; None without script adherence."""
    if scores.script_adherence.value is None:
        return None
    values = [value for name in NAMES if (value := getattr(scores, name).value) is not None]
    return prod(values) ** (1 / len(values))


def consistency(turn: Turn) -> Score:
    """What this reply states against what earlier replies of this dialogue stated about the same."""
    now = match.statements(turn.claims, turn.ask)
    marks = [_same_mark(now[key], turn.before[key], turn.script) for key in now if key in turn.before]
    for question, text in turn.told:
        if span := match.clash(turn.reply, text, turn.ask.text, question):
            words = f'It cannot be so after "{text}"'
            return Score.of([*marks, (0.0, Evidence("contradicts_earlier", "bad", words, None, span))])
    if not marks and turn.earlier is not None and not match.says_alike(turn.reply, turn.earlier):
        words = f'It answered the same question with "{turn.earlier}"'
        return Score(0.0, (Evidence("another_answer", "bad", words),))
    return Score.of(marks)


def _same_mark(now: Statement, before: Statement, script: Script) -> Mark:
    """Vague before and exact now, or covered before and told now, is no contradiction."""
    claim = now.claim
    about = claim.fact_id or claim.concept or "what was asked"
    clash = {claim.verdict, before.claim.verdict}

    def mark(value: float, rule: str, sign: Sign, text: str) -> Mark:
        return value, Evidence(rule, sign, f"{text} ({about}).", claim.fact_id, claim.span)

    if clash == {"supports", "contradicts"} and claim.verdict == "supports":
        return mark(HALF, "mends_earlier", "warn", "It said otherwise earlier, and was wrong")
    if clash in ({"supports", "contradicts"}, {"invents", "denies_absent"}, {"harmless", "denies_absent"}):
        return mark(0.0, "contradicts_earlier", "bad", "It said otherwise earlier")
    wrong_twice = clash == {"contradicts"} and match.in_other_words(claim, before.claim)
    if wrong_twice or (clash <= {"invents", "harmless"} and match.differ(now, before)):
        return mark(0.0, "contradicts_earlier", "bad", "It gives another answer than before")
    if claim.verdict == "dont_know" and before.claim.verdict == "supports" and _is_exact(claim.fact_id, script):
        return mark(HALF, "forgets", "warn", "It knew this earlier")
    return mark(1.0, "same_as_before", "good", "It agrees with what was said earlier")


def _is_exact(fact_id: str | None, script: Script) -> bool:
    return isinstance(script, PatientScript) and fact_id is not None and script.fact(fact_id).recall == "exact"


def relevance(turn: Turn) -> Score:
    """Whether the reply is about what was asked. Short right answers count fully; the question's echo does not."""
    ask, reply = turn.ask, turn.reply
    if not (ask.facts or ask.topics or ask.concepts) and not _asks_back(turn):
        return Score(None)  # nothing that could be missed was asked
    if not reply.strip(" .\u2026"):
        return _relevance(0.0, "silence", "bad", "It says nothing.")
    if match.echoes(reply, ask.text) and not _confirms(turn):
        return _relevance(0.0, "echo", "bad", "It only gives the question back.")
    on_topic = [claim for claim in turn.claims if _is_on_topic(claim, turn)]
    if on_topic and _fits_any_question(on_topic, turn):
        text = "It would answer any question, and it is not what the script says."
        return _relevance(HALF, "fits_anything", "warn", text, on_topic[0])
    if on_topic:
        return _relevance(1.0, "on_topic", "good", "It is about what was asked.", on_topic[0])
    if closes(turn) or _answers_in_form(turn):
        return _relevance(1.0, "fits", "good", "It answers the kind of question that was asked.")
    other = something_else(turn)
    bare = turn.claims and isinstance(turn.script, str)
    if (other or bare) and ask.form not in ("open", "bait"):
        sign = "bad" if bare or other.proven else "warn"
        text = "It is about something that was not asked."
        return Score(0.0, (Evidence("off_topic", sign, text, other and other.fact_id),))
    text = "Nothing in it is known to be about what was asked."
    worth = 0.0 if says_nothing(turn) else turn.unread
    return _relevance(worth, "unclear", "warn" if worth else "bad", text)


def _asks_back(turn: Turn) -> bool:
    """True for a question given back, though nothing in it was understood; a greeting may be."""
    return turn.ask.form != "social" and match.gives_back(turn.reply) and match.echoes(turn.reply, turn.ask.text)


def _confirms(turn: Turn) -> bool:
    """ "It's on the right, isn't it?", "It's on the right.": the question's words, and yet an answer."""
    return not match.gives_back(turn.reply) and any(
        claim.fact_id in turn.ask.facts and claim.verdict in ("supports", "contradicts") for claim in turn.claims
    )


def _relevance(value: float, rule: str, sign: Sign, text: str, claim: Claim | None = None) -> Score:
    return Score(value, (Evidence(rule, sign, text, claim and claim.fact_id, claim and claim.span),))


def _is_on_topic(claim: Claim, turn: Turn) -> bool:
    ask = turn.ask
    if claim.fact_id in ask.facts or (claim.concept is not None and claim.concept in ask.concepts):
        return True
    if isinstance(turn.script, str):
        return claim.concept is None or claim.concept in ask.concepts or not ask.concepts
    if claim.verdict == "cover" or (
        claim.fact_id and any(match.are_kin(claim.fact_id, name, turn.script) for name in ask.facts)
    ):
        return True
    if ask.form in ("open", "bait"):
        return claim.verdict in ("supports", "vague", "dont_know", "harmless")
    if claim.fact_id is None:
        return not ask.facts and claim.verdict in ("denies_absent", "dont_know", "harmless", "invents")
    return not ask.facts and (claim.topic in ask.topics or {claim.topic, *ask.topics} <= match.HARMLESS)


def _fits_any_question(claims: list[Claim], turn: Turn) -> bool:
    """A bare yes, no or "I don't know" that is not right here."""
    right = any(claim.verdict in ("supports", "cover", "denies_absent", "vague", "harmless") for claim in claims)
    known = any(claim.verdict == "dont_know" and claim.fact_id for claim in claims)
    return not right and (known or match.is_bare(turn.reply))


def _answers_in_form(turn: Turn) -> bool:
    """A bare yes or no to a yes-or-no question, when nothing more can be told from it."""
    return turn.ask.form in ("yesno", "leading") and match.opens_with_answer(turn.reply)


def role_consistency(turn: Turn) -> Score:
    """1 for a patient's voice; half for each small slip; 0 for a grave one."""
    found = match.faults(turn.reply, turn.ask, turn.script, turn.dialogue)
    evidence = tuple(Evidence(item.rule, "bad" if item.grave else "warn", item.text, None, item.span) for item in found)
    if any(item.grave for item in found):
        return Score(0.0, evidence)
    return Score(HALF ** len(found), evidence)
