"""How a question is put: in passing, plainly, or with consideration.

Consideration is a reason, a permission asked, normalising, privacy, or the word that nobody judges; see the guidance
on asking about sensitive matters in the Calgary-Cambridge guide (Silverman, Kurtz and Draper, 2013).
"""

import re
from collections.abc import Iterable

from medsim.match.form import OPENERS, is_put_plainly
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import normalise, word_set
from medsim.match.types import Manner

LIST_LENGTH = 2
_DENIALS = word_set("no not nothing nobody none never")

_TRAILS_OFF = re.compile(r",? (?:and so on|and all that|or whatever|and such|the usual|et cetera|etc)\W*$")
_ALL_WELL = re.compile(  # "Things all right at home?", "all well with the baby?", "getting on with the tablets OK?"
    r"\b(?:every ?thing|things|all) (?:is |are |still |going |being )*"
    r"(?:all right|alright|well|ok|okay|fine|good|grand|rosy)\b|"
    r"\byou(?:'re| are| get| been)? (?:getting |get )?on (?:(?:all right|alright|ok|okay|fine|well) )?with .*"
    r"(?:all right|alright|ok|okay|fine|well)\b|"
    r"\bhow(?:'s| is| are|s|'re| r) (?:things|everything|it all) (?:with|at|between|w)\b|"
    r"\b(?:you(?:'re| are)? not|you won't|not) (?:\w+ ){0,5}(?:daft|silly|stupid)\b"
)


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
    return "passing" if _has_list(asking) or _is_row(asking) or any(map(_is_brushed, asking)) else "direct"


def _has_list(asking: list[Query]) -> bool:
    """Several unlike things in one sentence that is no full question, or more than two in one that is."""
    subjects: dict[int, set[str]] = {}
    plain: set[int] = set()
    for query in asking:
        sentence = query.tokens[0].sentence
        subjects.setdefault(sentence, set()).update(_subjects(query))
        if query.form == "wh":
            return False
        if is_put_plainly(query.tokens):
            plain.add(sentence)
    return any(len(named) >= LIST_LENGTH + (sentence in plain) for sentence, named in subjects.items())


def _is_row(asking: list[Query]) -> bool:
    """Bare words one after the other: "Smoke? Drink?"."""
    bare = [query for query in asking if len(query.tokens) <= 2]
    return len(bare) >= LIST_LENGTH and len({subject for query in bare for subject in _subjects(query)}) >= LIST_LENGTH


def _is_brushed(query: Query) -> bool:
    """ "No drugs or anything, I guess?": it says what the answer should be, or only that all will be well."""
    plain = normalise(query.text)
    if _TRAILS_OFF.search(plain) or _ALL_WELL.search(plain):
        return True
    if query.form in ("wh", "open") or is_put_plainly(query.tokens):
        return False
    first = next((token.text for token in query.tokens if token.text not in OPENERS), "")
    return "brushed" in query.talk or first in _DENIALS


_GENERAL = word_set(
    "surgery hospital medication allergy immunisation smoking alcohol drugs work living sexual "
    "mood self_harm safeguarding continence sleep diet exercise travel"
)
_OF_HABITS = {"smoking": "smoking", "alcohol": "alcohol", "recreational_drugs": "drugs"}


def _subjects(query: Query) -> set[str]:
    """The general topics that a sentence names, habits by their concept."""
    topics = set(query.topics) - {"drugs"}  # "drug allergies" asks for no habit
    for match in query.concepts:
        topics |= {_OF_HABITS[wide] for wide in lexicon().wider(match.key) if wide in _OF_HABITS}
    return topics & _GENERAL
