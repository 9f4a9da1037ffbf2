"""Whether the words of a concept in a reply name it, or only happen to stand there."""

from medsim.match.lexicon import lexicon
from medsim.match.patterns import Match
from medsim.match.said_of import CLAUSE
from medsim.match.text import Token, stem_set, word_set, words

_NEAR = 4  # words between a part of the body and what is said of it
_NEW_SUBJECT = word_set("nobody we they you everybody everyone")


def runs_over(match: Match, found: tuple[Token, ...], plain: str) -> bool:
    """True for words of two clauses: "kill this pain, and then let me go back to bed" names no back pain."""
    inner = range(match.first + 1, match.last)
    return any(
        "," in plain[found[index - 1].end : found[index].start] and found[index].text in CLAUSE | _NEW_SUBJECT
        for index in inner
    )


_ONES = stem_set("one tablet pill medicine capsule")


def is_of_medicine(match: Match, found: tuple[Token, ...]) -> bool:
    """ "Not the sugar ones", "the pressure tablets": what medicines are for."""
    after = found[match.last].stem if match.last < len(found) else ""
    return after in _ONES and lexicon().kinds[match.key] in ("conditions", "symptoms")


_HAVING = stem_set("have get with")


def is_weak(match: Match, found: tuple[Token, ...]) -> bool:
    """True for words that name a complaint only in answer to a question for it."""
    before = [token.stem for token in found[max(0, match.first - 2) : match.first]]
    if before[-1:] in (["a"], ["an"]) and before[0] in _HAVING:
        return False  # "I had a fall"
    own = [token for token in found[match.first : match.last] if token.text not in words().stop_words]
    return all(token.stem in lexicon().weak for token in own)


def by_site(match: Match, found: tuple[Token, ...], sites: list[int]) -> bool:
    """True where a part of the body stands near: "my arm went numb"."""
    return any(
        abs(site - match.first) <= _NEAR
        and not match.first <= site < match.last
        and found[site].sentence == found[match.first].sentence
        for site in sites
    )
