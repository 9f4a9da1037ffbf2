"""What one field of a script says about another: ids, details, locks, key questions.

Works on raw data, so that a field of the wrong kind hides none of these problems.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from medsim.files import Location
from medsim.schema import did_you_mean

MAX_FACTS = 200
IDENTITY_IDS = ("patient-name", "patient-age", "patient-born", "patient-sex", "patient-occupation", "speaker-name")
Broken = tuple[Location, str, str]  # path, reason, cure


def broken_references(data: Any) -> Iterator[Broken]:
    """Every reference of a script that leads nowhere or in a ring, as (path, reason, cure).

    Of a script with more than MAX_FACTS facts, which is refused anyway, none: the work grows with their square.
    """
    if not isinstance(data, dict) or len(_list(data.get("facts"))) > MAX_FACTS:
        return
    facts = {index: fact for index, fact in enumerate(_list(data.get("facts"))) if isinstance(fact, dict)}
    ids = Counter(name for fact in facts.values() if (name := _word(fact.get("id"))))
    locks = _dict(data.get("locks"))
    for index, fact in facts.items():
        yield from _broken_fact(index, fact, ids, locks)
    yield from _rings(facts)
    known = [*ids, *IDENTITY_IDS]
    for path, name in _named_facts(data):
        if name not in known:
            yield path, f"There is no fact '{name}'.", did_you_mean(str(name), known) or "Use the id of a fact."
    for number, question in enumerate(_questions(data)):
        if question and not question.get("any") and not question.get("concept"):
            path = ("for_examiner", "key_questions", number)
            yield path, "The question names nothing to ask about.", "Give `any: [fact ids]` or `concept:`."
    used = {_word(fact.get("lock")) for fact in facts.values()}
    for name in locks:
        if name not in used:
            yield ("locks", name), "No fact has this lock.", f"Write `lock: {name}` in the facts that it keeps back."
    speaker = _dict(data.get("speaker"))
    if speaker.get("relation", "self") != "self" and not speaker.get("name"):
        yield ("speaker",), "Somebody speaks for the patient but has no name.", "Add `name:`."


def _named_facts(data: dict) -> Iterator[tuple[Location, Any]]:
    """Where the opening and the key questions name facts."""
    for index, name in enumerate(_list(_dict(data.get("opening")).get("facts"))):
        yield ("opening", "facts", index), name
    for number, question in enumerate(_questions(data)):
        for index, name in enumerate(_list(question.get("any"))):
            yield ("for_examiner", "key_questions", number, "any", index), name


def _questions(data: dict) -> list[dict]:
    return [_dict(item) for item in _list(_dict(data.get("for_examiner")).get("key_questions"))]


def _broken_fact(index: int, fact: dict, ids: Counter, locks: dict) -> Iterator[Broken]:
    path: Location = ("facts", index)
    name, about, lock = (_word(fact.get(key)) for key in ("id", "about", "lock"))
    if ids[name] > 1:
        yield (*path, "id"), f"The id '{name}' is used {ids[name]} times.", "Give each fact an id of its own."
    if name in IDENTITY_IDS:
        yield (*path, "id"), f"The id '{name}' is reserved.", "Put this into `patient` or `speaker`."
    if about is not None and about not in ids:
        yield (*path, "about"), f"There is no fact '{about}'.", did_you_mean(str(about), ids) or "Use the id of a fact."
    if lock is not None and lock not in locks:
        yield (*path, "lock"), f"The lock '{lock}' has no cover.", "Add it to `locks` with what is said meanwhile."
    cover = str(_dict(locks.get(lock)).get("cover"))
    if fact.get("topic") in ("self_harm", "safeguarding") and re.match(r"(?i)\s*(?:no|never|nothing)\b", cover):
        reason = "The cover denies self-harm or safeguarding; a patient may evade such a question but must not lie."
        yield ("locks", lock, "cover"), reason, "Write an evasion, such as 'I'd rather not talk about that.'"
    if fact.get("recall") == "vague" and not fact.get("vague"):
        yield path, "Recall is vague but there is no vague wording.", "Add `vague:`, what the patient says instead."


def _rings(facts: dict[int, dict]) -> Iterator[Broken]:
    """Facts that are, by way of others, details of themselves."""
    abouts = {_word(fact.get("id")): _word(fact.get("about")) for fact in facts.values()}
    for index, fact in facts.items():
        seen: set[str] = set()
        above = _word(fact.get("about"))
        while above is not None and above not in seen:
            seen.add(above)
            above = abouts.get(above)
        if _word(fact.get("id")) in seen:
            yield ("facts", index, "about"), "The fact is in a ring of details.", "Name the fact whose detail it is."


def _word(value: Any) -> str | None:
    """A value that can be an id: text, or a number that YAML took for one."""
    return str(value) if isinstance(value, str | int | float) else None


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}
