"""The facts in the script form: the list to choose from, and the one that is open in the fields."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from medsim.errors import MedSimError, Problem
from space import page
from space.draft import value_at, with_value
from space.fields import FACT, LOCK, texts, written


def facts_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts of a script's data. Raises ValueError where they are not a list of mappings."""
    facts = data.get("facts") or []
    if not isinstance(facts, list) or not all(isinstance(fact, dict) for fact in facts):
        raise ValueError("`facts` is not a list of facts")
    locks = data.get("locks") or {}
    if not isinstance(locks, dict) or not all(isinstance(lock, dict) for lock in locks.values()):
        raise ValueError("`locks` is not a list of locks by name")
    return facts


def fact_texts(data: dict[str, Any], index: int) -> list[str]:
    """What the fields of a fact and of its lock show; empty texts where there is no such fact."""
    facts = facts_of(data)
    if index not in range(len(facts)):
        return [""] * (len(FACT) + len(LOCK))
    lock = facts[index].get("lock")
    shown = texts(data, FACT, ("facts", index))
    return shown + (texts(data, LOCK, ("locks", lock)) if isinstance(lock, str) else [""] * len(LOCK))


def with_fact(data: dict[str, Any], index: int, values: Sequence[str]) -> dict[str, Any]:
    """The data with what the fields of one fact say. A lock that no fact has any more goes."""
    facts = facts_of(data)
    if index not in range(len(facts)):
        return data
    before = facts[index].get("lock")
    data = written(data, FACT, values[: len(FACT)], ("facts", index))
    lock = data["facts"][index].get("lock")
    if lock:
        data = written(data, LOCK, values[len(FACT) :], ("locks", lock))
    if before != lock and before and not any(fact.get("lock") == before for fact in data["facts"]):
        data = with_value(data, ("locks", before), None)
    return data


def with_new_fact(data: dict[str, Any], limit: int) -> tuple[dict[str, Any], int]:
    """The data with an empty fact at the end, and its index. Raises MedSimError when there are too many."""
    facts = facts_of(data)
    if len(facts) >= limit:
        raise MedSimError(f"A script holds at most {limit} facts. Remove one first.")
    taken = {fact.get("id") for fact in facts}
    free = next(name for number in range(len(facts) + 1, limit + 2) if (name := f"fact-{number}") not in taken)
    return with_value(data, ("facts",), [*facts, {"id": free, "topic": "other", "say": ""}]), len(facts)


def without_fact(data: dict[str, Any], index: int) -> dict[str, Any]:
    """The data without one fact, and without its lock where no other fact has it."""
    facts = facts_of(data)
    rest = [fact for number, fact in enumerate(facts) if number != index]
    lock = value_at(data, ("facts", index, "lock"))
    data = with_value(data, ("facts",), rest)
    if lock and not any(fact.get("lock") == lock for fact in rest):
        data = with_value(data, ("locks", lock), None)
    return data


def fact_list(data: dict[str, Any], index: int, problems: Sequence[Problem]) -> Markup:
    """The facts as rows, each a button; the open one is pressed, one with a problem is marked."""
    bad = {number for number in range(len(facts_of(data))) if any(_is_at(problem, number) for problem in problems)}
    rows = page.join(_row(fact, number, number == index, number in bad) for number, fact in enumerate(facts_of(data)))
    return Markup('<ul class="facts">{}</ul>').format(rows)


def _is_at(problem: Problem, index: int) -> bool:
    return problem.field.startswith(f"facts[{index}]")


def _row(fact: dict[str, Any], index: int, is_open: bool, is_bad: bool) -> Markup:
    return Markup(
        '<li><button data-id="{}" aria-pressed="{}"{}><span class="muted">{}</span><span>{}</span>'
        '<span class="tags">{}</span></button></li>'
    ).format(
        index,
        "true" if is_open else "false",
        Markup(' class="detail"') if fact.get("about") else "",
        str(fact.get("topic") or "no topic").replace("_", " "),
        str(fact.get("say") or "says nothing yet"),
        page.join(page.tag(mark) for mark in _marks(fact, is_bad)),
    )


def _marks(fact: dict[str, Any], is_bad: bool) -> list[str]:
    marks = ["✕ to mend"] if is_bad else []
    marks += ["volunteers"] if fact.get("tell") == "volunteer" else []
    marks += [str(fact["polarity"])] if fact.get("polarity") not in (None, "present") else []
    marks += ["vague"] if fact.get("recall") == "vague" else []
    marks += [f"lock: {fact['lock']}"] if fact.get("lock") else []
    return marks
