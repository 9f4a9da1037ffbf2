"""Which words of a reply are denied, past, or only thought of.

After NegEx (Chapman et al., J Biomed Inform 2001) and ConText (Harkema et al., J Biomed Inform 2009): a trigger denies
what follows it in its sentence, up to a word that ends its scope; look-alikes deny nothing. The words stand in
data/knowledge/lexicon/negation.yaml.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from medsim.files import read_document
from medsim.match.patterns import Finder
from medsim.match.text import FOLDER, Token, word_set

_ANSWERS = word_set("no none never nothing neither not")


@dataclass(frozen=True)
class Cues:
    """The finder of each kind of cue."""

    scope: Finder
    answers: Finder
    manner: Finder
    states: Finder


@cache
def cues() -> Cues:
    """The shipped cues."""
    lists = read_document(FOLDER / "negation.yaml").data
    words = {name: [wording.strip() for wording in text.split(",")] for name, text in lists.items()}

    def finder(*names: str) -> Finder:
        return Finder((wording, name) for name in names for wording in words[name])

    return Cues(
        finder("before", "look_alikes", "ends"),
        finder("yes", "affirms", "no"),
        finder("past", "thought", "vague"),
        finder("normal", "abnormal"),
    )


def denied(words: Sequence[Token], text: str) -> list[bool]:
    """For each word, whether it is in the scope of a negation.

    A "no" with a comma after it answers the question and denies nothing else in its sentence.
    """
    flags = [False] * len(words)
    found = cues().scope.find(words)
    ends = {match.first for match in found if match.key == "ends"}
    for match in found:
        if match.key != "before" or _is_answer(words, match.first, match.last, text):
            continue
        for index in range(match.last, len(words)):
            if words[index].sentence != words[match.first].sentence or index in ends:
                break
            if index > match.last and _new_statement(words, index, text):
                break
            flags[index] = True
    return flags


def _is_answer(words: Sequence[Token], first: int, last: int, text: str) -> bool:
    word = words[first].text
    if word not in _ANSWERS or last >= len(words):
        return last >= len(words) and word in _ANSWERS
    between = text[words[last - 1].end : words[last].start]
    return ("," in between or "-" in between.strip()) and word in ("no", "never", "none", "neither", "nothing")


_SUBJECTS = word_set("i it he she they we there that my his her just")


def _new_statement(words: Sequence[Token], index: int, text: str) -> bool:
    """A comma and a new subject: "I don't cough, I just wheeze"."""
    return "," in text[words[index - 1].end : words[index].start] and words[index].text in _SUBJECTS
