"""A patient's reply as sentences with what they mention, and how. Knows neither the question nor a script."""

from dataclasses import dataclass
from functools import lru_cache

from medsim.match.lexicon import lexicon
from medsim.match.negation import cues, denied
from medsim.match.numbers import Quantity, quantities
from medsim.match.patterns import Found
from medsim.match.text import Token, content_stems, normalise, tokens, word_set, words
from medsim.match.types import Span

_FIRST_WORDS = 6  # an answer word stands among the first words of its sentence


@dataclass(frozen=True)
class Mention:
    """A concept in a reply: denied, past, only thought of, and whom its sentence is about."""

    concept: str
    span: Span
    denied: bool
    past: bool
    thought: bool
    who: str


@dataclass(frozen=True)
class Reply:
    """What a reply says on its face. `said`: content stems, `not_said`: those in the scope of a negation."""

    text: str
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    functions: tuple[tuple[str, Span, bool], ...]  # (function, where, in order)
    quantities: tuple[tuple[Quantity, bool], ...]  # (quantity, denied)
    values: tuple[tuple[tuple[str, str], Span, bool], ...]  # ((group, value), where, denied)
    said: frozenset[str]
    not_said: frozenset[str]
    thought: frozenset[str]  # content stems of sentences that only think, fear or ask
    stem_spans: dict[str, Span]
    answer: str | None  # "yes", "no" or None
    answer_span: Span
    people: frozenset[str]
    unsure: bool
    no_idea_of_any: bool
    vague: bool
    past: bool
    asks: bool


@lru_cache(maxsize=16_384)
def read_reply(text: str) -> Reply:
    """Read a reply."""
    found, plain = tokens(text), normalise(text)
    flags = denied(found, plain)
    lex = lexicon()
    manner = cues().manner.find_all(found)
    talk = lex.talk_in(found)
    answer, answer_span = _answer(found, plain)
    people = lex.people.find(found)
    guesses = {found[cue.first].sentence for cue in manner if cue.key == "thought"}
    guesses |= _questions(text, found)
    functions = tuple(_functions(found, flags, plain))
    mentions = []
    for match in lex.concepts.find(found):
        sentence = found[match.first].sentence
        near = {cue.key for cue in manner if found[cue.first].sentence == sentence}
        who = [person.key for person in people if found[person.first].sentence == sentence]
        span = (found[match.first].start, found[match.last - 1].end)
        thought = sentence in guesses
        fine = any(
            span[0] <= at[0] < span[1] and ok and match.key in lex.problems[name][0] for name, at, ok in functions
        )
        mentions.append(
            Mention(match.key, span, flags[match.first] or fine, "past" in near, thought, who[0] if who else "patient")
        )
    return Reply(
        text=text,
        tokens=found,
        mentions=tuple(mentions),
        functions=functions,
        quantities=tuple((item, _denied_at(item.start, found, flags)) for item in quantities(text)),
        values=tuple(
            (match.key, (found[match.first].start, found[match.last - 1].end), flags[match.first])
            for match in lex.values_in(found)
        ),
        said=content_stems([token for token, flag in zip(found, flags, strict=True) if not flag]),
        not_said=content_stems([token for token, flag in zip(found, flags, strict=True) if flag]),
        thought=content_stems([token for token in found if token.sentence in guesses]),
        stem_spans={token.stem: (token.start, token.end) for token in reversed(found)},
        answer=answer,
        answer_span=answer_span,
        people=frozenset(person.key for person in people),
        unsure=_is_unsure(found),
        no_idea_of_any="dont_know_no" in talk,
        vague=any(cue.key == "vague" for cue in manner),
        past=any(cue.key == "past" for cue in manner),
        asks=text.rstrip().endswith("?"),
    )


def _is_unsure(found: tuple[Token, ...]) -> bool:
    """ "I don't know", but not "you have no idea"."""
    return any(
        match.key == "dont_know"
        and not any(token.text in _OTHERS for token in found[max(0, match.first - 3) : match.first])
        for match in lexicon().talk.find_all(found)
    )


_OTHERS = word_set("you he she they nobody everyone")


def _denied_at(start: int, found: tuple[Token, ...], flags: list[bool]) -> bool:
    return any(flag for token, flag in zip(found, flags, strict=True) if token.start <= start < token.end)


def _questions(text: str, found: tuple[Token, ...]) -> set[int]:
    """The numbers of the sentences that end with a question mark."""
    ends = {token.sentence: token.end for token in found}
    return {sentence for sentence, end in ends.items() if text[end : end + 2].lstrip()[:1] == "?"}


def _answer(found: tuple[Token, ...], text: str) -> tuple[str | None, Span]:
    """The yes or no that a reply begins with; "no" of "no, I do" too: the first of the two counts."""
    matches = [match for match in cues().answers.find(found) if match.first <= _FIRST_WORDS]
    small = words().stop_words
    for match in sorted(matches, key=lambda item: item.first):
        before = found[: match.first]
        leads = all(token.text in small or token.text in _FILLERS for token in before)
        follow = found[match.last].text if match.last < len(found) else ""
        if follow in _NO_ANSWER:
            return None, (0, 0)
        if leads and found[match.first].sentence <= 1 and (_plain(match, found) or _stands_alone(match, found, text)):
            return match.key, (found[match.first].start, found[match.last - 1].end)
    return None, (0, 0)


_PLAIN = word_set("yes no none never correct exactly definitely absolutely aye")


def _plain(match: Found, found: tuple[Token, ...]) -> bool:
    """A bare yes or no, or a phrase that only answers: "not that I know of"."""
    first = found[match.first].text
    return first in _PLAIN or (match.last - match.first >= 2 and first in _OPENS_NO)


_NO_ANSWER = word_set("idea doubt clue wonder problem worries trouble")  # after "no"
_OPENS_NO = word_set("not none nothing never afraid of")


def _stands_alone(match: Found, found: tuple[Token, ...], text: str) -> bool:
    """ "I have." and "It does, yes", but not "I have a cough"."""
    if match.last == len(found):
        return True
    return bool(text[found[match.last - 1].end : found[match.last].start].strip())


_FILLERS = word_set("er um erm hmm hm mm oh well doctor sorry honestly god mate dear")


def _functions(found: tuple[Token, ...], flags: list[bool], plain: str):
    """Things that are said to be in order, or not: "my speech has been fine"."""
    state = cues().states.find_all(found)
    for match in lexicon().functions.find(found):
        sentence = found[match.first].sentence
        near = {item.key for item in state if found[item.first].sentence == sentence}
        span = (found[match.first].start, found[match.last - 1].end)
        if "abnormal" in near:
            yield match.key, span, False
        elif "normal" in near:
            yield (
                match.key,
                span,
                not any(
                    flags[item.first]
                    for item in state
                    if item.key == "normal" and found[item.first].sentence == sentence
                ),
            )
