"""Replies that give the question back."""

import re

from medsim.match.numerals import tables
from medsim.match.text import content_stems, normalise, tokens, word_set

_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|we|our|us)\b")
_GIVES_BACK = re.compile(
    r"[,.]? *\b(?:(?:so |are )?you(?:'re| are)? (?:asking|wondering)|you(?:'d| would)? (?:want|like) to know|"
    r"do you mean|you (?:ask|asked|expect|mean|say|said|wonder))\b(?: me)?(?: (?:whether|if|about|that))?"
)


# A question's order of words: "Have I any numbness?", "Whether I've travelled."
_ASKS = re.compile(
    r"(?:(?:and|so|well|um+|er+m?|oh|okay|ok|like|sorry|right|hmm?|doctor)[,.]? )*"
    r"(?:(?:do|does|did|is|are|am|was|were|have|has|had|can|could|will|would|should) "
    r"(?:i|my|we|our|it|its|he|she|his|her|they|you|your|the|there|this|that|any\w*|some\w*)\b|"
    r"(?:what|which|who|why|whether|how|on a scale)\b)"
)
_FILLERS = word_set(
    "um umm uh er erm oh hm hmm well so and like but doctor doc sir madam love dear eh right okay sorry whether if"
)
# Words that stand for each other where a question is turned round: "your", "my".
_GROUPS = (
    "you i me we us u, your my our ur, yours mine, yourself myself, are am is was were r, have has had, do does did"
)
_SAME = {word: group.split()[0] for group in _GROUPS.split(", ") for word in group.split()}


def gives_back(reply: str) -> bool:
    """ "You're asking whether it hurts", "Whether it hurts?": it speaks of the question, or asks."""
    plain = normalise(reply)
    return bool(_GIVES_BACK.search(plain) or _ASKS.match(plain)) or _ends_asking(reply)


def _ends_asking(reply: str) -> bool:
    """True for a question at the end, with no more than an "um" after it."""
    head, mark, tail = reply.rpartition("?")
    return bool(mark) and all(token.text in _FILLERS for token in tokens(tail))


def echoes(reply: str, question: str) -> bool:
    """True where a reply gives the question's own words back and adds nothing, be it as "I" for "you"."""
    wrapped = bool(_GIVES_BACK.search(normalise(reply)))
    plain = _GIVES_BACK.sub("", normalise(reply)) if wrapped else reply
    own, asked = content_stems(tokens(plain)), content_stems(tokens(question))
    if wrapped and own and own - {"doctor"} <= asked:
        return True
    words, of_question = _figures(plain), _figures(question)
    if _ends_asking(reply) and words and all(word in of_question for word in words):
        return not ("or" in of_question and "or" not in words and len(words) < 0.5 * len(of_question))  # one of two
    if gives_back(reply) and len(words) >= 3:
        mine = [_SAME.get(word, word) for word in words if word not in _FILLERS]
        theirs = {_SAME.get(word, word) for word in of_question} | {"it", "are", "the"}
        if sum(word in theirs for word in mine) >= 0.85 * len(mine) and bool(own) and len(own - asked) <= 1:
            return True
    if len(words) < 3 or (
        _FIRST_PERSON.search(normalise(plain)) and "i" not in of_question and not _ends_asking(reply)
    ):
        return False
    shared = sum(word in of_question for word in words) / len(words)
    return own <= asked and bool(own) and shared >= 0.75 or shared >= 0.9 and len(words) >= 4


def _figures(text: str) -> list[str]:
    """The words of a text, small numbers as figures."""
    known = tables().numbers
    return [f"{known[token.text][0]:g}" if token.text in known else token.text for token in tokens(text)]
