"""A doctor's turn as sentences: which of them ask, in which form, and what they name. Knows no script."""

import re
from bisect import bisect
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from medsim.match.form import OPENERS, concludes, form_of, is_question, is_statement, is_to_be_confirmed, presumed
from medsim.match.lexicon import lexicon
from medsim.match.lists import list_items
from medsim.match.numbers import quantities
from medsim.match.patterns import Match
from medsim.match.quantity import Quantity
from medsim.match.spelling import corrected, vocabulary
from medsim.match.summary import summed_up, sums_up, time_stated
from medsim.match.text import Token, Words, content_stems, normalise, tokens, word_set
from medsim.match.text import stem as stem_of
from medsim.match.text import words as language
from medsim.match.types import Form

_NEXT_QUESTION = re.compile(  # "Any drugs, and how are your parents?" asks two things
    r",\s+(?=(?:and|or)\s+(?:how|what|when|where|who|why|do|does|did|is|are|have|has|any|your|ur|his|her)\b)"
)
_NORMAL = re.compile(
    r"\b(?:ok|okay|fine|normal|normally|all right|alright|well|good|regular|regularly|up to date|complete|clear|"
    r"manage|managing|keep(?:ing)?\b.*\bdown|enough|working properly|properly|strong|on time|term|due date|as usual|"
    r"stable|steady)\b"
)
_NAME_AT_END = re.compile(r",\s+(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?(?P<name>[A-Z][a-z]+)[?.!]*\s*$")  # "How is it, Maria?"


@dataclass(frozen=True, eq=False)
class Query:
    """One sentence of the doctor. `cues` are the `TopicCue`s in it, with their places.

    Two are the same only if they are one object: what is found out about a sentence can be kept for it.
    """

    text: str
    tokens: tuple[Token, ...]
    asks: bool
    form: Form
    concepts: tuple[Match, ...]
    functions: tuple[Match, ...]
    cues: tuple[Match, ...]
    people: tuple[str, ...]
    values: tuple[tuple[str, str], ...]  # qualities and sites that are no part of a concept's wording
    quantities: tuple[Quantity, ...]
    stems: frozenset[str]
    talk: frozenset[str]
    normality: bool
    presumes: str | None
    summed: bool = False  # a part of what the doctor gives back to be confirmed

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """The topics that it names."""
        return tuple(dict.fromkeys(match.key.topic for match in self.cues))

    @property
    def treats(self) -> bool:
        """Whether it asks for a treatment."""
        return "medication" in self.topics or "tried_treatment" in self.topics


@lru_cache(maxsize=2048)
def read_turn(text: str) -> tuple[Query, ...]:
    """The sentences of a doctor's turn that have words, and each item of a list by itself."""
    plain = normalise(text)
    breaks = [match.end() for match in _NEXT_QUESTION.finditer(plain)]
    groups: dict[tuple[int, int], list[Token]] = {}
    for token in tokens(text):
        groups.setdefault((token.sentence, bisect(breaks, token.start)), []).append(token)
    wholes: list[Query] = []
    for number, group in enumerate(groups.values(), start=1):
        part = text[group[0].start : _end_of_sentence(text, group[-1].end)]
        alone = number == len(groups) and (number == 1 or _is_bare_or_typed(text, part, wholes))
        query = _query(part, tuple(group), alone=alone, after=number > 1)
        last = number == len(groups) and not any(one.asks and one.form != "social" for one in wholes)
        wholes.append(_confirming(query) if last else query)
    wholes = [
        replace(one, asks=False) if "consent" in one.talk and any(other.asks for other in wholes[number:]) else one
        for number, one in enumerate(wholes, start=1)
    ]  # "May I come back to something?" before the question itself asks nothing
    if sums_up(plain) and not any(query.form in ("wh", "open", "bait") for query in wholes):
        return tuple(one for whole in wholes for one in _stated(whole, text, plain))
    return tuple(one for whole in wholes for one in _items(whole, text, plain) or [_timed(whole)])


def _confirming(query: Query) -> Query:
    """A conclusion that ends a turn asks whether it is so."""
    if query.asks or not concludes(normalise(query.text)) or query.talk & {"thanks", "greeting", "consent"}:
        return query
    return replace(query, asks=True, form="leading", presumes=normalise(query.text).strip(" ,?.!"))


def _items(whole: Query, text: str, plain: str) -> list[Query]:
    """The things of a list. Whose health is asked for is said once for all: then a sentence stays whole."""
    if not whole.asks or whole.form not in ("yesno", "leading") or whole.people or "family" in whole.topics:
        return []
    found = []
    for item in list_items(whole.tokens, set(whole.topics), plain):
        query = _query(text[item[0].start : item[-1].end], item, alone=True)
        form = whole.form if query.form == "social" else query.form
        found.append(replace(query, asks=True, form=form, presumes=whole.presumes))
    return found


def _stated(whole: Query, text: str, plain: str) -> list[Query]:
    """The parts of what a doctor sums up, to be confirmed; a question among it stays whole."""
    found: list[Query] = []
    cares = any(key.startswith("care_") for key in whole.talk)
    pieces = [] if cares else summed_up(whole.tokens, plain)
    for piece in pieces if len(pieces) > 1 or not whole.asks else ():
        part = text[piece[0].start : piece[-1].end]
        found.append(
            _timed(replace(_query(part, piece, alone=True), asks=True, form="leading", presumes=part, summed=True))
        )
    return found or [_timed(whole)]


def is_summary(text: str) -> bool:
    """Whether several things are given back to be confirmed: a mere no does not say which of them is wrong."""
    return sum(query.summed for query in read_turn(text)) > 1


def _timed(query: Query) -> Query:
    """A statement to be confirmed with the time that it states, if it has one."""
    cue = time_stated(normalise(query.text), query.quantities, query.tokens) if query.form == "leading" else None
    if cue is None or cue.topic in query.topics:
        return query
    return replace(query, cues=(*query.cues, Match(cue, 0, 1)))


def _is_bare_or_typed(text: str, last: str, before: list[Query]) -> bool:
    """The last sentence of a turn, bare words after a question ("Fever? Rash"), or put without a question mark."""
    if any(query.asks and query.form != "social" for query in before):
        return not is_statement(normalise(last))
    return "?" not in text and (text[:1].islower() or is_to_be_confirmed(normalise(last)))


def _end_of_sentence(text: str, end: int) -> int:
    while end < len(text) and text[end] in ".?!;:\"')":
        end += 1
    return end


def _query(text: str, group: tuple[Token, ...], *, alone: bool, after: bool = False) -> Query:
    """`alone`: see `is_question`; `after`: another question is before it in the turn."""
    words = lexicon()
    group = Words(map(_put_right, _said_to_no_one(group, text)))
    plain, talk = normalise(text), frozenset(words.talk_in(group))
    cues, functions = words.topics.find(group), words.functions.find(group)
    concepts = [match for match in words.concepts.find(group) if not _named_otherwise(match, cues)]
    concepts += _shared(group, concepts)
    cues = [match for match in cues if not (match.key.kind in _PARTS_OF_THINGS and _inside(match, concepts))]
    named = [*concepts, *functions]
    first = next((token.text for token in group if token.text not in OPENERS), "")
    plans = alone and not after and bool(concepts) and all(words.kinds[match.key] == "procedures" for match in concepts)
    asks = is_question(plain, first, alone and not plans and bool(concepts or cues or functions))
    presumes = presumed(plain, first, talk, asks)
    form = form_of(plain, first, talk, asks, presumes is not None)
    return Query(
        text=text,
        tokens=group,
        asks=asks or form in ("leading", "bait", "open"),
        form=form,
        concepts=tuple(concepts),
        functions=tuple(match for match in functions if not _inside(match, concepts)),
        cues=tuple(cues),
        people=tuple(dict.fromkeys(match.key for match in words.people.find(group) if not _inside(match, named))),
        values=tuple(match.key for match in words.values_in(group) if not _inside(match, concepts)),
        quantities=quantities(text),
        stems=content_stems(group),
        talk=talk,
        normality=form in ("yesno", "leading") and _asks_for_order(plain, concepts, functions),
        presumes=presumes,
    )


def _put_right(token: Token) -> Token:
    stem = corrected(token.stem)
    return token if stem == token.stem else token._replace(stem=stem)


def _said_to_no_one(group: tuple[Token, ...], text: str) -> tuple[Token, ...]:
    """The words without "um" and the like, and without "my love", "Mrs Day" or "please" at the end."""
    fillers, address = language().fillers, language().address
    kept = [token for token in group if token.text not in fillers]
    named = _NAME_AT_END.search(text)
    if named and len(kept) > 1 and corrected(stem_of(named["name"].lower())) not in vocabulary():
        kept = [token for token in kept if token.start - group[0].start < named.start()]
    end = len(kept)
    while end > 1 and (kept[end - 1].text in address or (kept[end - 1].text == "my" and end < len(kept))):
        end -= 1
    return tuple(kept[:end]) or group


def _shared(group: tuple[Token, ...], named: list[Match]) -> list[Match]:
    """What "swollen legs or face" and "blurred or double vision" name with the word that two things share."""
    found: list[Match] = []
    texts = [token.text for token in group]
    for place, text in enumerate(texts):
        if text not in ("or", "and") or not 0 < place < len(group) - 1:
            continue
        for first, end in ((place - 1, place + 1), (place, place + 2), (place - 2, place + 1)):
            if first < 0 or end > len(group):
                continue
            rest = group[:first] + group[end:]
            for match in lexicon().concepts.find(rest):
                spans = match.first < first < match.last + (end == place + 2)
                if spans and all(match.key != other.key for other in [*named, *found]):
                    found.append(Match(match.key, match.first, match.last + end - first))
    return found


def _asks_for_order(plain: str, concepts: list[Match], functions: list[Match]) -> bool:
    """ "Sleeping OK?", "jabs up to date?", "can you feel your feet?": what is normally in order, put so."""
    only_order = all(match.key in lexicon().generic or _inside(match, functions) for match in concepts)
    if not functions or not only_order:
        return False
    able = any(match.key in lexicon().able for match in functions) and not _AMISS.search(plain)
    return able or bool(_NORMAL.search(plain))


_AMISS = re.compile(
    r"\b(?:less|fewer|trouble|difficult\w*|problems?|issues?|los[et]|loss|stop\w*|hard(?:er)?|worse|chang\w*|not|"
    r"\w+n't|never|without|unable|no longer)\b"
)


_PARTS_OF_THINGS = word_set("frequency duration")  # "how often are you passing water?" names only a complaint
_OTHER_TOPICS = word_set("diet biography function identity")


def _named_otherwise(concept: Match, cues: list[Match]) -> bool:
    """ "How much do you drink in a day?" asks for fluids: the longer wording wins over "drink"."""
    return any(
        match.key.topic in _OTHER_TOPICS
        and match.first <= concept.first
        and concept.last <= match.last
        and match.last - match.first > concept.last - concept.first
        for match in cues
    )


def _inside(match: Match, others: list[Match]) -> bool:
    return any(other.first <= match.first and match.last <= other.last for other in others)
