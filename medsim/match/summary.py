"""What a doctor sums up to have it confirmed: "So, a cough since May, no fever. Is that right?" asks for each part."""

import re
from collections.abc import Sequence

from medsim.match.form import OPENERS, is_put_plainly
from medsim.match.lexicon import TopicCue, lexicon
from medsim.match.quantity import Quantity
from medsim.match.text import Token, word_set

_SUMS_UP = re.compile(
    r"\b(?:to (?:sum|recap|repeat|confirm|be clear)|summari[sz]e|summing up|in (?:summary|short|sum)|recap\w*|"
    r"let me (?:be sure|make sure|check|see if|repeat|read|run)|have i (?:got|understood)|do i have|"
    r"i (?:have (?:it|that|you)|repeat|say it again|read|wrote|write|'ve got|'ve written)|"
    r"(?:wrote|notes?|letter|triage|card|crew|says?)\b.*[:,]|"
    r"(?:is|have i|did i get) (?:that|this|it) (?:right|correct|all)\W*$|correct ?\?|right ?\?|"
    r"(?:so|right|okay|ok)(?:,? then)?(?::|,? (?:that's|it's|we've|we have|i have|i've|you've|there's)))"
)
_SINCE = re.compile(r"\b(?:since|from|for|ago|began)\b")
_ASKS = word_set("what when where which who why how whether")
_JOINS = word_set("and with but plus")
_TIMES = word_set("duration weekday month date clock year feast age number")


def sums_up(plain: str) -> bool:
    """Whether a turn gives back what was said, for the patient to confirm."""
    return bool(_SUMS_UP.search(plain)) and ("," in plain or " and " in plain)


def summed_up(words: Sequence[Token], plain: str) -> list[tuple[Token, ...]]:
    """The parts of a sentence that sums up, each of which names something; none where it is a plain question."""
    first = next((token.text for token in words if token.text not in OPENERS), "")
    if is_put_plainly(words) and first not in ("have", "has", "had") or any(token.text in _ASKS for token in words):
        return []
    parts: list[tuple[Token, ...]] = []
    for token in words:
        new = parts and ("," in plain[parts[-1][-1].end : token.start] or token.text in _JOINS)
        if new or not parts:
            parts.append((token,))
        else:
            parts[-1] += (token,)
    joined: list[tuple[Token, ...]] = []
    for part in parts:
        if joined and not (_names(part) and _names(joined[-1])):
            joined[-1] += part
        else:
            joined.append(part)
    return joined if any(_names(part) for part in joined) else []


def time_stated(plain: str, quantities: Sequence[Quantity], words: Sequence[Token]) -> TopicCue | None:
    """ "Pain since four": the start is to be confirmed; "a fit of two minutes": how long it was."""
    kinds = {quantity.kind for quantity in quantities}
    if (kinds & _TIMES or lexicon().qualities.find(words)) and _SINCE.search(plain):
        return TopicCue("onset", "date")
    return TopicCue("timing", "duration") if "duration" in kinds and " of " in plain else None


def _names(part: Sequence[Token]) -> bool:
    words = lexicon()
    if [token.text for token in part] == ["right"]:
        return False  # a tag, and no side
    found = words.concepts.find(part) or words.functions.find(part) or words.topics.find(part) or words.values_in(part)
    return bool(found)
