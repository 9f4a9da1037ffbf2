"""Which words of a reply are denied, past, or only thought of.

After NegEx (Chapman et al., J Biomed Inform 2001) and ConText (Harkema et al., J Biomed Inform 2009): a trigger denies
what follows it in its sentence, up to a word that ends its scope; look-alikes deny nothing. The words stand in
data/knowledge/lexicon/negation.yaml.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from medsim.files import read_document
from medsim.match.patterns import Finder, Match, Tree
from medsim.match.text import FOLDER, Token, word_set

_ANSWERS = word_set("no none never nothing neither not")


@dataclass(frozen=True)
class Cues:
    """The finder of each kind of cue."""

    scope: Finder
    acts: Finder
    answers: Finder
    manner: Finder
    states: Finder


@cache
def cues() -> Cues:
    """The shipped cues."""
    lists = read_document(FOLDER / "negation.yaml").data
    tree = Tree()
    words = {name: [wording.strip() for wording in text.split(",")] for name, text in lists.items()}

    def finder(*names: str) -> Finder:
        return Finder(((wording, name) for name in names for wording in words[name]), tree)

    return Cues(
        finder("before", "look_alikes", "ends"),
        finder("acts"),
        finder("yes", "affirms", "no"),
        finder("past", "thought", "vague"),
        finder("normal", "abnormal"),
    )


def denied(words: Sequence[Token], text: str) -> list[bool]:
    """For each word, whether it is in the scope of a negation.

    A "no" with a comma or a subject after it answers the question and denies nothing else in its sentence. "Not ...
    without" is a must, and denies nothing either.
    """
    flags = [False] * len(words)
    found = cues().scope.find(words)
    ends = {match.first for match in found if match.key == "ends"}
    ends |= {match.last for match in cues().acts.find(words) if not _consumes(words, match)}
    scopes: list[range] = []
    not_before = range(0)  # the last "not" and its like, of look-alikes too ("can't get up without ...")
    for match in found:
        if match.key == "ends" or _is_answer(words, match.first, match.last, text):
            continue
        scope = range(match.last, _end_of_scope(words, match, ends, text))
        if words[match.first].text == "without" and match.first in not_before:
            scopes = [other for other in scopes if other != not_before]
            continue
        not_before = scope
        if match.key == "before":
            scopes.append(scope)
    for index in (index for scope in scopes for index in scope):
        flags[index] = True
    for index in _said_before_a_no(words, text):
        flags[index] = True
    return flags


def _said_before_a_no(words: Sequence[Token], text: str) -> Iterator[int]:
    """ "Scared, yes. Sad, no.": the bare thing before a no that ends its sentence."""
    for index, word in enumerate(words):
        ends = index + 1 == len(words) or words[index + 1].sentence != word.sentence
        if word.text != "no" or not ends or not index or not _comma_before(words, index, text):
            continue
        first = next(place for place, token in enumerate(words) if token.sentence == word.sentence)
        if index - first <= _THING and words[first].text not in _SUBJECTS | _ANSWERS:
            yield from range(first, index)


_THING = 3  # words


def _consumes(words: Sequence[Token], act: Match) -> bool:
    """ "I haven't touched a drop", where the act is a person's own."""
    before = words[max(0, act.first - 3) : act.first]
    return words[act.first].text == "touched" and any(word.text in _CONSUMERS for word in before)


def _end_of_scope(words: Sequence[Token], match: Match, ends: set[int], text: str) -> int:
    for index in range(match.last, len(words)):
        if words[index].sentence != words[match.first].sentence or index in ends:
            return index
        if words[index].text == "who" and words[index - 1].text not in _ANYONE:
            return index  # "she doesn't keep people who eat at work"
        if index == match.last + 1 and _comma_before(words, index, text) and words[index - 1].text in _OBJECTS:
            return index  # "not him, he sings all day"
        if words[match.first].text == "without" and index > match.last and _comma_before(words, index, text):
            return index  # "it's gone without trying, nine kilos"
        if index > match.last and _new_statement(words, index, text):
            return index
    return len(words)


def _is_answer(words: Sequence[Token], first: int, last: int, text: str) -> bool:
    word = words[first].text
    if word not in _ANSWERS or last >= len(words):
        return last >= len(words) and word in _ANSWERS
    between = text[words[last - 1].end : words[last].start]
    apart = "," in between or "-" in between.strip()
    return apart and word != "not" or word == "no" and words[last].text in _PRONOUNS


_PRONOUNS = word_set("i it he she they we there that")
_OBJECTS = word_set("him her me us them once really ever")
_ANYONE = word_set("anyone anybody nobody one someone somebody body")
_CONSUMERS = word_set("i we he she they")
_SUBJECTS = _PRONOUNS | word_set("my his her the just")


def _new_statement(words: Sequence[Token], index: int, text: str) -> bool:
    """A comma and a new subject: "I don't cough, I just wheeze"."""
    return _comma_before(words, index, text) and words[index].text in _SUBJECTS


def _comma_before(words: Sequence[Token], index: int, text: str) -> bool:
    return "," in text[words[index - 1].end : words[index].start]
