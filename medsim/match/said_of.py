"""Whom the words of a reply are said of."""

from medsim.match.patterns import Match
from medsim.match.text import Token, stem_set, word_set

_SELF = word_set("i we me us my our")
_THIRD = word_set("he she him her his")
_NOBODY = word_set("it this that there which")
CLAUSE = word_set("and but so then when if because since as while who where")
WITNESSES = stem_set("say tell think notice see hear reckon mention")


def persons_of(found: tuple[Token, ...], plain: str, people: list[Match]) -> tuple[str | None, ...]:
    """Whom each word is said of: the person named last in its sentence, else the one named after it.

    "My husband's had a fever"; "diabetes, on my mum's side"; but "my husband noticed my swollen legs".
    """
    starts = {match.first: match for match in people}
    persons: list[str | None] = []
    current: str | None = None
    open_from: int | None = 0  # where the sentence begins, as long as nobody was named in it
    for index, token in enumerate(found):
        if index and token.sentence != found[index - 1].sentence:
            current, open_from = None, index
        breaks = index and ("," in plain[found[index - 1].end : token.start] or found[index - 1].text in CLAUSE)
        if index in starts:
            current = starts[index].key
            if open_from is not None:
                persons[open_from:] = [current] * (index - open_from)
            open_from = None
        elif token.text in _SELF and not any(index + step in starts for step in (1, 2)):
            current, open_from = "patient", None
        elif token.text in _THIRD and (breaks or current in (None, "patient")):
            current, open_from = "third", None
        elif token.text == "whose":
            current = "others"  # "the ones whose hands shook"
        elif token.text in _NOBODY or token.stem in WITNESSES:
            current = None
        elif token.text in CLAUSE:
            open_from = None
        persons.append(current)
    return tuple(persons)
