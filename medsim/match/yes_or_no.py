"""The yes or no that a reply begins with, and whether it says that all is well."""

from collections.abc import Iterator

from medsim.match.lexicon import lexicon
from medsim.match.negation import cues
from medsim.match.patterns import Match
from medsim.match.text import Token, content_stems, word_set, words
from medsim.match.types import Span

_FIRST_WORDS = 6  # an answer word stands among the first words of its sentence


def leading_answer(found: tuple[Token, ...], text: str) -> tuple[str | None, Span]:
    """The yes or no that a reply begins with; "no" of "no, I do" too: the first of the two counts."""
    matches = [match for match in cues().answers.find(found) if match.first <= _FIRST_WORDS]
    small = words().stop_words
    for match in sorted(matches, key=lambda item: item.first):
        before = found[: match.first]
        leads = all(token.text in small - _IF or token.text in _FILLERS for token in before)
        follow = found[match.last].text if match.last < len(found) else ""
        if follow in _NO_ANSWER:
            return None, (0, 0)
        said_after = match.key != "no" and match.last == match.first + 1 and _comma(found, match.first, text)
        if said_after and not found[match.first].sentence and _stands_alone(match, found, text):
            leads = True  # "most nights, yes"
        if said_after and _turns_round(found, match, text):
            return None, (0, 0)  # "scared, yes; sad, no"
        if leads and found[match.first].sentence <= 1 and (_plain(match, found) or _stands_alone(match, found, text)):
            return ("no" if match.key == "no" else "yes"), (found[match.first].start, found[match.last - 1].end)
    return None, (0, 0)


def _turns_round(found: tuple[Token, ...], match: Match, text: str) -> bool:
    """Whether a yes after its thing is followed by another thing with a no."""
    return any(found[place].text == "no" and _comma(found, place, text) for place in range(match.last + 1, len(found)))


def _comma(found: tuple[Token, ...], index: int, text: str) -> bool:
    return index > 0 and "," in text[found[index - 1].end : found[index].start]


_IF = word_set("if")  # "I'd say if I did"
_PLAIN = word_set("yes no none never aye")


def _plain(match: Match, found: tuple[Token, ...]) -> bool:
    """A bare yes or no, or a phrase that only answers: "not that I know of"."""
    first = found[match.first].text
    return first in _PLAIN or (match.last - match.first >= 2 and first in _OPENS_NO)


_NO_ANSWER = word_set("idea doubt clue wonder problem worries trouble")  # after "no"
_OPENS_NO = word_set("not none nothing never afraid of definitely absolutely certainly god goodness heaven")


def _stands_alone(match: Match, found: tuple[Token, ...], text: str) -> bool:
    """ "I have." and "It does, yes", but not "I have a cough"."""
    if match.last == len(found):
        return True
    return bool(text[found[match.last - 1].end : found[match.last].start].strip())


_FILLERS = word_set("er um erm hmm hm mm oh well doctor sorry honestly god mate dear thank thanks lord goodness love")


def states_of_functions(found: tuple[Token, ...], flags: list[bool]) -> Iterator[tuple[str, Span, bool]]:
    """Things that are said to be in order, or not: "my speech has been fine"."""
    states = cues().states.find_all(found)
    for match in lexicon().functions.find(found):
        inside, sentence = range(match.first, match.last), found[match.first].sentence
        near = [item for item in states if found[item.first].sentence == sentence and item.first not in inside]
        if near:
            in_order = not any(item.key == "abnormal" or flags[item.first] for item in near)
            yield match.key, (found[match.first].start, found[match.last - 1].end), in_order


def says_all_is_well(found: tuple[Token, ...], flags: list[bool]) -> bool | None:
    """Whether a sentence that says nothing else says that all is well."""
    said = {match.first: match for match in cues().states.find_all(found)}
    for match in sorted(said.values(), key=lambda item: item.last - item.first, reverse=True):
        sentence = found[match.first].sentence
        beside = [token for index, token in enumerate(found)
                  if token.sentence == sentence and not match.first <= index < match.last]  # fmt: skip
        if not content_stems(beside) and not content_stems([token for token in found if token.sentence < sentence]):
            vague = match.key == "abnormal" and any(token.text == "not" for token in beside)  # "not as bad as it was"
            return None if vague else match.key == "normal" and not flags[match.first]
    return None
