"""What a yes or a no says, put into a statement: "Have you told anyone?", "Not a soul." is "I have not told anyone"."""

import re
from functools import lru_cache

from medsim.match.reply import read_reply
from medsim.match.text import normalise, tokens, word_set

_DENIES = word_set("no not never nobody nothing none neither nowt")
_ASKS = re.compile(
    r"\b(have|has|had|do|does|did|are|is|was|were|can|could)(n't)? "
    r"(you(?: two| both| all)?|there any|(?:your|the|his|her) \w+|\w+) ([^?]+)\?\W*$"
)
_HOW_LONG = re.compile(r"\bhow long (have|has) (you|he|she|they) (been [^?]+)\?\W*$")
_TURNED = {"you": "me", "your": "my", "yours": "mine", "yourself": "myself", "yourselves": "ourselves"}
_SMALL = word_set("still yet ever")
_ANYBODY = word_set("anyone anybody")


@lru_cache(maxsize=2048)
def with_question(question: str, reply: str) -> str:
    """A reply after what it says of the last question that a yes or a no answers."""
    said = _statement(question, reply)
    return f"{said}. {reply}" if said else reply


def _statement(question: str, reply: str) -> str | None:
    first = next((token.text for token in tokens(reply)), "")
    answer = "no" if first in _DENIES else read_reply(reply).answer
    plain = normalise(question)
    if taken := _HOW_LONG.search(plain):
        verb, subject, rest = taken.groups()
        return None if answer == "no" else f"{'I' if subject == 'you' else subject} {verb} {rest}"
    asked = _ASKS.search(plain)
    if answer is None or not asked:
        return None
    verb, turned, subject, rest = asked.groups()
    if turned or " or " in rest:  # "haven't you?" takes a yes for granted, and "this or that?" has no yes
        return None
    rest = " ".join(_TURNED.get(word, word) for word in re.findall(r"[\w'-]+", rest) if word not in _SMALL)
    denies = answer == "no"
    if subject in _ANYBODY:
        return f"{'nobody' if denies else 'somebody'} {verb} {rest}"
    if subject.startswith("there"):
        return f"there {verb} {'no' if denies else 'some'} {rest}"
    who = re.sub(r"^your\b", "my", re.sub(r"^you\b.*", "I", subject))
    return f"{who} {verb} {'not ' if denies else ''}{rest}"
