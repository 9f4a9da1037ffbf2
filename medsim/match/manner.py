"""How a question is put: in passing, plainly, or with consideration.

Consideration is a reason, a permission asked, normalising, privacy, or the word that nobody judges; see the guidance
on asking about sensitive matters in the Calgary-Cambridge guide (Silverman, Kurtz and Draper, 2013).
"""

from collections.abc import Iterable

from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import word_set
from medsim.match.types import Manner

LIST_LENGTH = 2


def cares(queries: Iterable[Query]) -> bool:
    """True where any sentence makes a sensitive question easier."""
    return any(key.startswith("care_") for query in queries for key in query.talk)


def manner_of(queries: list[Query], cared_before: bool) -> Manner:
    """The manner of a whole turn. `cared_before`: the doctor's turn before was such a preamble and asked nothing."""
    asking = [query for query in queries if query.asks and query.form != "social"]
    if not asking:
        return "passing"
    if cared_before or cares(queries):
        return "considerate"
    return "passing" if _has_list(asking) or _is_row(asking) else "direct"


def _has_list(asking: list[Query]) -> bool:
    """Several unlike things in one sentence: "smoke, drink, drugs?"."""
    subjects: dict[int, set[str]] = {}
    for query in asking:
        subjects.setdefault(query.tokens[0].sentence, set()).update(_subjects(query))
    return any(len(named) >= LIST_LENGTH for named in subjects.values())


def _is_row(asking: list[Query]) -> bool:
    """Bare words one after the other: "Smoke? Drink?"."""
    bare = [query for query in asking if len(query.tokens) <= 2]
    return len(bare) >= LIST_LENGTH and len({subject for query in bare for subject in _subjects(query)}) >= LIST_LENGTH


_GENERAL = word_set(
    "history surgery hospital medication allergy immunisation family smoking alcohol drugs work living sexual "
    "mood self_harm safeguarding continence sleep diet exercise travel"
)
_OF_HABITS = {"smoking": "smoking", "alcohol": "alcohol", "recreational_drugs": "drugs"}


def _subjects(query: Query) -> set[str]:
    """The general topics that a sentence names, habits by their concept."""
    topics = set(query.topics)
    for match in query.concepts:
        topics |= {_OF_HABITS[wide] for wide in lexicon().wider(match.key) if wide in _OF_HABITS}
    return topics & _GENERAL
