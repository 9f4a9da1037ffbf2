"""A patient's reply as sentences with what they mention, and how. Knows neither the question nor a script."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from medsim.match.lexicon import lexicon
from medsim.match.named import by_site, is_of_medicine, is_weak, runs_over
from medsim.match.negation import cues, denied
from medsim.match.numbers import Quantity, quantities
from medsim.match.quantity import same
from medsim.match.said_of import persons_of
from medsim.match.text import Token, content_stems, normalise, tokens, word_set
from medsim.match.thought import doubts_in, is_stated, questions_in
from medsim.match.types import Span
from medsim.match.yes_or_no import leading_answer, says_all_is_well, states_of_functions


@dataclass(frozen=True)
class Mention:
    """A concept in a reply: denied, only thought of, and whom it is said of (see `Reply.persons`).

    `weak`: in a word that often means something else.
    """

    concept: str
    span: Span
    denied: bool
    thought: bool
    who: str | None
    weak: bool = False


@dataclass(frozen=True)
class Reply:
    """What a reply says on its face. `said`: content stems, `not_said`: those in the scope of a negation.

    `denied` and `persons` go with `tokens`. A person is a key of people.yaml, "patient" after "I" and "my", "third"
    after "he" and "she", and None where nobody is named.
    """

    text: str
    tokens: tuple[Token, ...]
    denied: tuple[bool, ...]
    persons: tuple[str | None, ...]
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
    in_order: bool | None  # "fine", "no problems": a sentence says just that, or the contrary, of what was asked
    affirms: bool  # "I do", "sometimes": yes even where a bare yes could mean no
    people: frozenset[str]
    unsure: bool
    no_idea_of_any: bool
    vague: bool
    past: bool
    this_year: int | None

    @cached_property
    def denies_all(self) -> bool:
        """ "No to the lot. Headaches I hand out.": a no to each of the things asked for, and no exception made."""
        return bool(_TO_ALL.match(self.text)) and _EXCEPTIONS.isdisjoint(token.text for token in self.tokens)

    @cached_property
    def all_persons(self) -> frozenset[str | None]:
        """Whom any word is said of."""
        return frozenset(self.persons)

    def about(self, is_about: Callable[[str | None], bool]) -> "Reply":
        """The reply without the words that are said of somebody else. Its yes or no stays."""
        wanted = frozenset(person for person in self.all_persons if is_about(person))
        if len(wanted) == len(self.all_persons):
            return self
        if wanted not in self._parts:
            self._parts[wanted] = self._said_of(wanted)
        return self._parts[wanted]

    @cached_property
    def _parts(self) -> dict[frozenset[str | None], "Reply"]:
        """What was asked of `about` before: many facts are about the same person."""
        return {}

    def _said_of(self, wanted: frozenset[str | None]) -> "Reply":
        kept = [person in wanted for person in self.persons]
        tokens = [token for token, keep in zip(self.tokens, kept, strict=True) if keep]
        places = {token.start for token in tokens}
        flags = [flag for flag, keep in zip(self.denied, kept, strict=True) if keep]
        return replace(
            self,
            tokens=tuple(tokens),
            persons=tuple(person for person in self.persons if person in wanted),
            denied=tuple(flags),
            mentions=tuple(mention for mention in self.mentions if mention.who in wanted),
            functions=tuple(item for item in self.functions if item[1][0] in places),
            quantities=tuple(item for item in self.quantities if item[0].start in places),
            values=tuple(item for item in self.values if item[1][0] in places),
            said=_stems(tokens, flags, False),
            not_said=_stems(tokens, flags, True),
            stem_spans=_places(tokens),
        )


@lru_cache(maxsize=2048)
def read_reply(text: str, this_year: int | None = None) -> Reply:
    """Read a reply, said in a year that may be known."""
    return _read(text) if this_year is None else replace(_read(text), this_year=this_year)


@lru_cache(maxsize=2048)  # of its own: a reply that is kept with its year must not push out another
def _read(text: str) -> Reply:
    found, plain = tokens(text), normalise(text)
    flags = denied(found, plain)
    lex = lexicon()
    manner = cues().manner.find_all(found)
    talk = lex.talk_in(found)
    answer, answer_span = leading_answer(found, plain)
    people = lex.people.find(found)
    persons = persons_of(found, plain, people)
    thoughts = [cue for cue in manner if cue.key == "thought" and not is_stated(cue, found, plain)]
    guesses = {found[cue.first].sentence for cue in thoughts}
    guesses |= questions_in(text, found)
    doubts = doubts_in(found)
    functions = tuple(states_of_functions(found, flags))
    values = lex.values_in(found)
    sites = [value.first for value in values if value.key[0] == "site"]
    mentions = []
    for match in lex.concepts.find(found):
        if runs_over(match, found, plain) or found[match.first].text in _ASKING or is_of_medicine(match, found):
            continue
        sentence = found[match.first].sentence
        span = (found[match.first].start, found[match.last - 1].end)
        thought = sentence in guesses or any(doubt.first <= match.first < doubt.last for doubt in doubts)
        fine = any(
            span[0] <= at[0] < span[1] and ok and match.key in lex.problems[name][0] for name, at, ok in functions
        )
        weak = is_weak(match, found) and not by_site(match, found, sites)
        mentions.append(Mention(match.key, span, flags[match.first] or fine, thought, persons[match.first], weak))
    return Reply(
        text=text,
        tokens=found,
        denied=tuple(flags),
        persons=persons,
        mentions=tuple(mentions),
        functions=functions,
        quantities=tuple((item, _denied_at(item.start, found, flags)) for item in quantities(text)),
        values=tuple(
            (match.key, (found[match.first].start, found[match.last - 1].end), flags[match.first]) for match in values
        ),
        said=_stems(found, flags, False),
        not_said=_stems(found, flags, True),
        thought=content_stems([token for token in found if token.sentence in guesses]),
        stem_spans=_places(found),
        answer=answer,
        answer_span=answer_span,
        in_order=says_all_is_well(found, flags),
        affirms=any(match.key == "affirms" for match in cues().answers.find(found)),
        people=frozenset(person.key for person in people),
        unsure=bool(doubts),
        no_idea_of_any="dont_know_no" in talk,
        vague=any(cue.key == "vague" for cue in manner),
        past=any(cue.key == "past" and not flags[cue.first] for cue in manner),
        this_year=None,
    )


def denied_stems(text: str) -> frozenset[str]:
    """The content stems of a text that stand in the scope of a negation."""
    found = tokens(text)
    return _stems(found, denied(found, normalise(text)), True)


_TO_ALL = re.compile(
    r"(?i)\W*(?:no|none|never|not|nope|nah)\b[^.!?]*\b(?:the lot|(?:all|any|none) of (?:that|them|those|it)|all that)\b"
)
_EXCEPTIONS = word_set("but except only apart just though although")


def is_bare(reply: str) -> bool:
    """True for a reply without words or numbers of its own: yes, no, not really."""
    return not content_stems(tokens(reply)) and not quantities(reply)


def opens_with_answer(reply: str) -> bool:
    """True where the first word of a reply is a yes or a no."""
    return next((token.text for token in tokens(reply)), "") in ("yes", "no")


def says_alike(reply: str, other: str) -> bool:
    """True where two answers to one question share a word or a number, or both are a yes or both a no."""
    one, two = read_reply(reply), read_reply(other)
    numbers = any(same(own, others) for own, _ in one.quantities for others, _ in two.quantities)
    words = (one.said | one.not_said) & (two.said | two.not_said)
    return numbers or bool(words) or (one.answer is not None and one.answer == two.answer)


def has_told_all(reply: str) -> bool:
    """True where a reply says that there is nothing more to tell."""
    return "no_more" in lexicon().talk_in(tokens(reply))


_ASKING = word_set("when how what which where who")


def _stems(found: Sequence[Token], flags: Sequence[bool], denied: bool) -> frozenset[str]:
    return content_stems([token for token, flag in zip(found, flags, strict=True) if flag == denied])


def _places(found: Sequence[Token]) -> dict[str, Span]:
    return {token.stem: (token.start, token.end) for token in reversed(found)}


def _denied_at(start: int, found: tuple[Token, ...], flags: list[bool]) -> bool:
    return any(flag for token, flag in zip(found, flags, strict=True) if token.start <= start < token.end)
