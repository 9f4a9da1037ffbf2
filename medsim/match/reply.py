"""A patient's reply as sentences with what they mention, and how. Knows neither the question nor a script."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from medsim.match.lexicon import lexicon
from medsim.match.negation import cues, denied
from medsim.match.numbers import Quantity, quantities
from medsim.match.patterns import Match
from medsim.match.text import Token, content_stems, normalise, stem_set, tokens, word_set, words
from medsim.match.types import Span

_NEAR = 4  # words between a part of the body and what is said of it
_FIRST_WORDS = 6  # an answer word stands among the first words of its sentence


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
    found, plain = tokens(text), normalise(text)
    flags = denied(found, plain)
    lex = lexicon()
    manner = cues().manner.find_all(found)
    talk = lex.talk_in(found)
    answer, answer_span = _answer(found, plain)
    people = lex.people.find(found)
    persons = _persons(found, plain, people)
    thoughts = [cue for cue in manner if cue.key == "thought" and not _is_stated(cue, found, plain)]
    guesses = {found[cue.first].sentence for cue in thoughts}
    guesses |= _questions(text, found)
    doubts = _doubts(found)
    functions = tuple(_functions(found, flags))
    values = lex.values_in(found)
    sites = [value.first for value in values if value.key[0] == "site"]
    mentions = []
    for match in lex.concepts.find(found):
        if _runs_over(match, found, plain) or found[match.first].text in _ASKING:
            continue
        sentence = found[match.first].sentence
        span = (found[match.first].start, found[match.last - 1].end)
        thought = sentence in guesses or any(doubt.first <= match.first < doubt.last for doubt in doubts)
        fine = any(
            span[0] <= at[0] < span[1] and ok and match.key in lex.problems[name][0] for name, at, ok in functions
        )
        weak = _is_weak(match, found) and not _by_site(match, found, sites)
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
        in_order=_in_order(found, flags),
        affirms=any(match.key == "affirms" for match in cues().answers.find(found)),
        people=frozenset(person.key for person in people),
        unsure=bool(doubts),
        no_idea_of_any="dont_know_no" in talk,
        vague=any(cue.key == "vague" for cue in manner),
        past=any(cue.key == "past" and not flags[cue.first] for cue in manner),
        this_year=this_year,
    )


def denied_stems(text: str) -> frozenset[str]:
    """The content stems of a text that stand in the scope of a negation."""
    found = tokens(text)
    return _stems(found, denied(found, normalise(text)), True)


def _runs_over(match: Match, found: tuple[Token, ...], plain: str) -> bool:
    """True for words of two clauses: "kill this pain, and then let me go back to bed" names no back pain."""
    inner = range(match.first + 1, match.last)
    return any(
        "," in plain[found[index - 1].end : found[index].start] and found[index].text in _CLAUSE | _NEW_SUBJECT
        for index in inner
    )


def is_bare(reply: str) -> bool:
    """True for a reply without words or numbers of its own: yes, no, not really."""
    return not content_stems(tokens(reply)) and not quantities(reply)


def opens_with_answer(reply: str) -> bool:
    """True where the first word of a reply is a yes or a no."""
    return next((token.text for token in tokens(reply)), "") in ("yes", "no")


_HAVING = stem_set("have get with")
_ASKING = word_set("when how what which where who")


def _is_weak(match: Match, found: tuple[Token, ...]) -> bool:
    """True for words that name a complaint only in answer to a question for it."""
    before = [token.stem for token in found[max(0, match.first - 2) : match.first]]
    if before[-1:] in (["a"], ["an"]) and before[0] in _HAVING:
        return False  # "I had a fall"
    own = [token for token in found[match.first : match.last] if token.text not in words().stop_words]
    return all(token.stem in lexicon().weak for token in own)


def _is_stated(cue: Match, found: tuple[Token, ...], text: str) -> bool:
    """True for words of a thought that leave the sentence a statement: "I think" set apart, "when I need it"."""
    first = found[cue.first]
    if first.text == "like" and cue.last - cue.first == 2:  # "then, like, a Benadryl"
        return "," in text[first.end : found[cue.first + 1].start]
    before = [token.text for token in found[max(0, cue.first - 2) : cue.first]]
    as_needed = first.stem in _NEEDS and len(before) == 2 and before[0] in _WHEN
    return as_needed or _is_hedge(cue, found, text)


_NEEDS = stem_set("need want")
_WHEN = word_set("when if whenever as")


def _is_hedge(cue: Match, found: tuple[Token, ...], text: str) -> bool:
    """ "It's the blue one, I think": set apart, it only softens what is stated."""
    before, last = found[max(0, cue.first - 1) : cue.first], cue.last
    if found[cue.first].text not in _HEDGES or [token.text for token in before] != ["i"]:
        return False
    ends = last == len(found) or found[last].sentence != found[cue.first].sentence
    opens = cue.first > 1 and "," in text[found[cue.first - 2].end : before[0].start]
    return opens and (ends or "," in text[found[last - 1].end : found[last].start])


_HEDGES = word_set("think reckon suppose guess believe")


def _by_site(match: Match, found: tuple[Token, ...], sites: list[int]) -> bool:
    """True where a part of the body stands near: "my arm went numb"."""
    return any(
        abs(site - match.first) <= _NEAR
        and not match.first <= site < match.last
        and found[site].sentence == found[match.first].sentence
        for site in sites
    )


def _stems(found: Sequence[Token], flags: Sequence[bool], denied: bool) -> frozenset[str]:
    return content_stems([token for token, flag in zip(found, flags, strict=True) if flag == denied])


def _places(found: Sequence[Token]) -> dict[str, Span]:
    return {token.stem: (token.start, token.end) for token in reversed(found)}


_SELF = word_set("i we me us my our")
_THIRD = word_set("he she him her his")
_NOBODY = word_set("it this that there which")
_NEW_SUBJECT = word_set("nobody we they you everybody everyone")
_CLAUSE = word_set("and but so then when if because since as while who where")
WITNESSES = stem_set("say tell think notice see hear reckon mention")


def _persons(found: tuple[Token, ...], plain: str, people: list[Match]) -> tuple[str | None, ...]:
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
        breaks = index and ("," in plain[found[index - 1].end : token.start] or found[index - 1].text in _CLAUSE)
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
        elif token.text in _CLAUSE:
            open_from = None
        persons.append(current)
    return tuple(persons)


def _doubts(found: tuple[Token, ...]) -> list[Match]:
    """ "I don't know", but not "you have no idea"."""
    return [
        match
        for match in lexicon().talk.find_all(found)
        if match.key == "dont_know"
        and not any(token.text in _OTHERS for token in found[max(0, match.first - 3) : match.first])
    ]


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
        leads = all(token.text in small - _IF or token.text in _FILLERS for token in before)
        follow = found[match.last].text if match.last < len(found) else ""
        if follow in _NO_ANSWER:
            return None, (0, 0)
        said_after = match.key != "no" and match.last == match.first + 1 and _comma(found, match.first, text)
        if said_after and not found[match.first].sentence and _stands_alone(match, found, text):
            leads = True  # "most nights, yes"
        if leads and found[match.first].sentence <= 1 and (_plain(match, found) or _stands_alone(match, found, text)):
            return ("no" if match.key == "no" else "yes"), (found[match.first].start, found[match.last - 1].end)
    return None, (0, 0)


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


def _functions(found: tuple[Token, ...], flags: list[bool]) -> Iterator[tuple[str, Span, bool]]:
    """Things that are said to be in order, or not: "my speech has been fine"."""
    states = cues().states.find_all(found)
    for match in lexicon().functions.find(found):
        inside, sentence = range(match.first, match.last), found[match.first].sentence
        near = [item for item in states if found[item.first].sentence == sentence and item.first not in inside]
        if near:
            in_order = not any(item.key == "abnormal" or flags[item.first] for item in near)
            yield match.key, (found[match.first].start, found[match.last - 1].end), in_order


def _in_order(found: tuple[Token, ...], flags: list[bool]) -> bool | None:
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
