"""Replies that give the question back."""

import re

from medsim.match.numerals import tables
from medsim.match.text import content_stems, normalise, tokens

_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|we|our|us)\b")
_GIVES_BACK = re.compile(
    r"[,.]? *\b(?:(?:so |are )?you(?:'re| are)? (?:asking|wondering)|you(?:'d| would)? (?:want|like) to know|"
    r"do you mean|you (?:ask|asked|expect|mean|say|said|wonder))\b(?: me)?(?: (?:whether|if|about|that))?"
)


def gives_back(reply: str) -> bool:
    """ "You're asking whether it hurts": it speaks of the question."""
    return bool(_GIVES_BACK.search(normalise(reply)))


def echoes(reply: str, question: str) -> bool:
    """True where a reply gives the question's own words back and adds nothing."""
    wrapped = gives_back(reply)
    reply = _GIVES_BACK.sub("", normalise(reply)) if wrapped else reply
    own, asked = content_stems(tokens(reply)), content_stems(tokens(question))
    if wrapped and own and own - {"doctor"} <= asked:
        return True
    words, of_question = _figures(reply), set(_figures(question))
    if reply.rstrip().endswith("?") and words and all(word in of_question for word in words):
        return True
    if len(words) < 3 or (
        _FIRST_PERSON.search(normalise(reply)) and "i" not in of_question and not reply.rstrip().endswith("?")
    ):
        return False
    shared = sum(word in of_question for word in words) / len(words)
    return own <= asked and bool(own) and shared >= 0.75 or shared >= 0.9 and len(words) >= 4


def _figures(text: str) -> list[str]:
    """The words of a text, small numbers as figures."""
    known = tables().numbers
    return [f"{known[token.text][0]:g}" if token.text in known else token.text for token in tokens(text)]
