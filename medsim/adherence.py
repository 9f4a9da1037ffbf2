"""Script adherence: facts right among facts asked, less contradictions, inventions and what should be kept back."""

from dataclasses import replace

from medsim.match import (
    HARMLESS,
    Aside,
    Claim,
    are_kin,
    are_near,
    echoes,
    has_told_all,
    is_bare,
    named_in_clauses,
    opens_with_answer,
    told_aside,
)
from medsim.scores import HALF, Evidence, Mark, Score, Sign, Turn
from medsim.script import PatientScript

FREE_FACTS = 2  # facts that may come along unasked
DUMP_FACTS, DUMP_WORDS = 3, 40  # at most, when asked to tell everything
DUMP_CLAUSES_WORDS = 25  # a patient's answer to one question has a p90 of 22 to 33 words
ASKED_OF_A_LIST = 2  # of a long list that a question asks for, so many facts are a full answer
UNREAD = 0.5  # of what unread words are worth: less than vague, for most of what is said at random is unread


def adherence(turn: Turn) -> Score:
    """Right answers among what was asked; each contradiction, invention or leak counts as one thing more, wrong."""
    return Score(None) if isinstance(turn.script, str) else Score.of(_asked_marks(turn) + _unasked_marks(turn))


def _asked_marks(turn: Turn) -> list[Mark]:
    ask, script = turn.ask, turn.script
    if ask.form == "social" or (ask.form == "open" and not ask.facts):
        return []
    if ask.form in ("open", "bait"):
        return _open_marks(turn)
    if not ask.facts:
        return _absent_marks(turn)
    by_fact = {claim.fact_id: claim for claim in turn.claims if claim.fact_id}
    marks = [_fact_mark(script, name, by_fact.get(name), turn) for name in ask.facts]
    spoken = [mark for mark in marks if mark[1].rule != "not_answered"]
    silent = [mark for mark in marks if mark[1].rule == "not_answered"]
    right = {mark[1].fact_id for mark in spoken if mark[1].rule in ("right", "cover")}
    silent = [mark for mark in silent if not any(are_kin(name, mark[1].fact_id, script) for name in right)]
    if right and turn.known:
        silent = []  # each fact of a probe is an answer of its own
    if len(marks) > ASKED_OF_A_LIST + 1 and len(ask.concepts) < len(marks):
        silent = silent[: max(0, ASKED_OF_A_LIST - len(spoken))]
    if right:
        spoken = [_excused(mark) for mark in spoken]
    if spoken:
        silent = [(value, replace(evidence, sign="warn")) for value, evidence in silent]  # a part may wait
    else:
        silent = [_unanswered(mark, turn) for mark in silent]
    return spoken + [_nearly(mark, turn) for mark in silent]


def _excused(mark: Mark) -> Mark:
    """ "No idea" was meant for another part of the question, where it is right."""
    return (mark[0], replace(mark[1], sign="warn")) if mark[1].rule == "dont_know" else mark


def says_nothing(turn: Turn) -> bool:
    """True for silence, for the question given back, and for a yes or no that answers nothing."""
    reply = turn.reply
    bare = is_bare(reply) and opens_with_answer(reply)
    tells_who = turn.ask.form == "wh" and len(reply.split()) > 1  # "No one. Just me."
    return not reply.strip(" .\u2026") or echoes(reply, turn.ask.text) or (bare and not tells_who)


def something_else(turn: Turn) -> Aside | None:
    """The fact that a reply tells instead of what was asked."""
    return None if isinstance(turn.script, str) else told_aside(turn.reply, turn.claims, turn.ask, turn.script)


def _unanswered(mark: Mark, turn: Turn) -> Mark:
    """Human answers can be oblique: what no rule can read is no fault, nor what may have been meant."""
    if says_nothing(turn):
        return mark
    other = something_else(turn)
    if other:
        return mark if other.proven else (mark[0], replace(mark[1], sign="warn"))
    text = "None of its words tells whether it answers what was asked."
    return UNREAD * turn.unread, Evidence("unread", "warn", text, mark[1].fact_id)


def _nearly(mark: Mark, turn: Turn) -> Mark:
    """Half a mark where a fact near to the one asked for was told instead: the question may have meant that one."""
    name = mark[1].fact_id
    for claim in turn.claims:
        if claim.verdict in ("supports", "cover") and claim.fact_id and are_near(claim.fact_id, name, turn.script):
            return HALF, Evidence("nearly", "warn", "It tells something near to what was asked.", name, claim.span)
    return mark


def _fact_mark(script: PatientScript, name: str, claim: Claim | None, turn: Turn) -> Mark:
    """How right the answer is for one fact that was asked for."""
    fact = script.fact(name)
    shut = script.lock_of(fact) is not None and name not in turn.opened
    span = claim.span if claim else None
    verdict = claim.verdict if claim else None
    if shut:
        return _shut_mark(name, fact.say, verdict, span)
    if verdict == "supports":
        return 1.0, Evidence("right", "good", f'It says what the script says: "{fact.told}"', name, span)
    if verdict == "contradicts":
        return 0.0, Evidence("contradicts", "bad", f'The script says: "{fact.told}"', name, span)
    if verdict in ("vague", "cover") and script.lock_of(fact) and claim.polarity == "unknown":  # the cover's own words
        return 0.0, Evidence("still_covered", "bad", f'It was asked for as it should be: "{fact.told}"', name, span)
    if verdict == "vague":
        return HALF, Evidence("vague", "warn", f'It stays vague where the script says: "{fact.told}"', name, span)
    if verdict == "dont_know":
        forgetful = fact.recall == "vague" or script.persona.recall == "poor" or _near_unknown(name, script)
        value = HALF if forgetful else 0.0
        return value, Evidence("dont_know", "warn" if value else "bad", f'It is known: "{fact.told}"', name, span)
    return 0.0, Evidence("not_answered", "bad", f'It was asked for and not answered: "{fact.told}"', name)


def _near_unknown(name: str, script: PatientScript) -> bool:
    """True where another fact of this topic is not known: the question may have meant that one."""
    return any(
        fact.polarity == "unknown" and fact.id != name and are_kin(name, fact.id, script) for fact in script.all_facts()
    )


def _shut_mark(name: str, say: str, verdict: str | None, span: tuple[int, int] | None) -> Mark:
    if verdict == "cover":
        return 1.0, Evidence("cover", "good", "It keeps back what it should, with its cover.", name, span)
    if verdict == "supports":
        return 0.0, Evidence(
            "leak", "bad", f'It should have been kept back until asked for with care: "{say}"', name, span
        )
    if verdict == "contradicts":
        return 0.0, Evidence("denies_locked", "bad", "It denies what it should only keep back.", name, span)
    return HALF, Evidence("evades", "warn", "It keeps back what it should, but not with its cover.", name)


def _absent_marks(turn: Turn) -> list[Mark]:
    """An answer to what the script does not speak of must invent nothing."""
    for claim in turn.claims:
        if claim.fact_id is None and claim.verdict in ("denies_absent", "dont_know", "harmless"):
            return [
                (
                    1.0,
                    Evidence(
                        claim.verdict, "good", "The script does not speak of it; nothing is invented.", None, claim.span
                    ),
                )
            ]
        if claim.verdict == "invents":
            return []  # counted with the rest of what is invented
    told = [claim for claim in turn.claims if claim.verdict == "supports"]
    if told:
        value = HALF if all(claim.topic in HARMLESS or claim.topic in turn.ask.topics for claim in told) else 0.0
        return [(value, Evidence("other", "warn", "It tells something else than what was asked.", None, told[0].span))]
    text = "It neither answers nor denies what the script does not speak of."
    return [(turn.unread, Evidence("no_answer", "warn", text))]


def _open_marks(turn: Turn) -> list[Mark]:
    """An open question: one or two facts, not all of them."""
    right = [claim for claim in turn.claims if claim.verdict == "supports"]
    bait, words = turn.ask.form == "bait", len(turn.reply.split())
    limits = (len(right) > DUMP_FACTS, words > DUMP_WORDS)
    if any(limits) if bait else all(limits):
        text = f"{len(right)} facts in {words} words: it tells too much at once."
        return [(0.0, Evidence("dump", "bad", text))] * 2
    marks = [
        _fact_mark(turn.script, claim.fact_id, claim, turn)
        for claim in turn.claims
        if claim.verdict in ("supports", "contradicts", "cover")
        and (claim.fact_id in turn.ask.facts or (claim.verdict != "contradicts" and not _is_leak(claim, turn)))
    ]
    if marks or bait:
        return marks
    if closes(turn):
        return [(1.0, Evidence("closes", "good", "It says that there is nothing more to tell."))]
    knows_nothing = any(claim.verdict == "dont_know" for claim in turn.claims)
    if knows_nothing or (is_bare(turn.reply) and not turn.reply.rstrip().endswith("?")):
        return [(0.0, Evidence("not_answered", "bad", "It tells nothing of the complaint."))]
    return [(UNREAD * turn.unread, Evidence("no_fact", "warn", "It tells nothing that the script says."))]


def closes(turn: Turn) -> bool:
    """True for "that's about it" to an open question, once something was told."""
    return turn.ask.form == "open" and len(turn.dialogue) > 1 and has_told_all(turn.reply)


def _is_leak(claim: Claim, turn: Turn) -> bool:
    """True for a fact told though its lock is shut."""
    fact = turn.script.fact(claim.fact_id)
    return claim.verdict == "supports" and turn.script.lock_of(fact) is not None and fact.id not in turn.opened


def _unasked_marks(turn: Turn) -> list[Mark]:
    """Contradictions, inventions and leaks beside the question, and too much told at once."""
    script, marks = turn.script, []
    told = []
    for claim in turn.claims:
        if claim.verdict == "invents":
            text = f"Nothing in the script says so: {claim.value or claim.concept}."
            marks.append((0.0, Evidence("invents", "bad", text, None, claim.span)))
        elif claim.fact_id is None or claim.fact_id in turn.ask.facts:
            continue
        elif claim.verdict == "contradicts":
            text = f'The script says: "{script.fact(claim.fact_id).told}"'
            marks.append((0.0, Evidence("contradicts", "bad", text, claim.fact_id, claim.span)))
        elif claim.verdict == "supports":
            if _is_leak(claim, turn):
                marks.append(_shut_mark(claim.fact_id, script.fact(claim.fact_id).say, "supports", claim.span))
            else:
                told.append(claim)
    if turn.ask.form not in ("open", "bait"):
        marks += _dumped(turn)
        for claim in told[FREE_FACTS:]:
            text = f'Nobody asked for it: "{script.fact(claim.fact_id).told}"'
            sign: Sign = "bad" if len(told) > FREE_FACTS + DUMP_FACTS else "warn"
            marks.append((0.0, Evidence("unasked", sign, text, claim.fact_id, claim.span)))
    return marks


def _dumped(turn: Turn) -> list[Mark]:
    """One answer, and then clause upon clause of what nobody asked for."""
    if len(turn.reply.split()) < DUMP_CLAUSES_WORDS:
        return []
    opening = turn.script.opening.facts if len(turn.dialogue) <= 1 else ()  # the first question is an open one
    unasked = named_in_clauses(turn.reply, turn.script) - {*turn.ask.facts, *opening}
    if len(unasked) <= DUMP_FACTS:
        return []
    return [(0.0, Evidence("dump", "bad", f"It tells {len(unasked)} things that nobody asked for."))]
