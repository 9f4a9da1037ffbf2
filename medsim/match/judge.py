"""How a reply stands to one fact: does it state it, deny it, give another value?"""

import re
from dataclasses import replace
from itertools import pairwise

from medsim.match.answers import by_answer, by_plain_yes
from medsim.match.judge_wording import by_wording
from medsim.match.lexicon import lexicon
from medsim.match.numerals import tables
from medsim.match.reply import Mention, Reply
from medsim.match.text import stem_set, tokens, word_set
from medsim.match.types import Ask, Verdict
from medsim.match.values import Judgement, by_value, judgement
from medsim.match.view import View

_PERSONAL = word_set("ideas concerns expectations biography identity")


def is_about(person: str | None, item: View, ask: Ask, speaker: str) -> bool:
    """Whether words said of a person (see `Reply.persons`) can be about a fact.

    `speaker` is the relation of the one who speaks: a mother's "he" is the patient, a patient's is somebody else.
    """
    words, who, asked = lexicon(), item.fact.who, item.id in ask.facts
    if person in item.people:
        return True
    if person is None:
        return asked or (item.is_of_patient and ask.who == "patient")
    if person == "patient":  # "I" and "my"
        return item.is_of_patient or who == speaker
    if person == "third":
        return (asked or ask.who == who) if not item.is_of_patient else speaker != "self"
    if item.is_of_patient:
        return speaker != "self" and words.same_person(person, "children")
    return words.same_person(person, who)


def judge_asked(item: View, reply: Reply, ask: Ask) -> Judgement | None:
    """How a reply stands to a fact that was asked for; None where it says nothing of it."""
    if unit := asked_unit(ask.text):
        counted = [
            quantity._replace(kind="duration", low=quantity.low * unit, high=quantity.high * unit)
            if quantity.kind == "number" and not _AT.search(reply.text[: quantity.start])
            else quantity
            for quantity, _ in reply.quantities
        ]
        reply = replace(reply, quantities=tuple((quantity, False) for quantity in counted))
    for read in (by_value, by_wording, by_mention, by_function):
        found = read(item, reply)
        if found:
            if ask.form == "wh":
                return _as_fragment(found, item, reply) if read is by_wording else found
            return by_plain_yes(item, reply, ask, found) or found
    return _not_known(item, reply, ask) or by_answer(item, reply, ask) or _by_phrase(item, reply)


def _as_fragment(found: Judgement, item: View, reply: Reply) -> Judgement:
    """ "What can't you do now?", "Climb the stairs.": the question has the no of "I can't climb the stairs"."""
    if found.verdict != "contradicts" or item.denied or _SUBJECTS & {token.text for token in reply.tokens}:
        return found
    return found._replace(verdict="supports", polarity="present")


_SUBJECTS = word_set("i we he she it they")
_AT = re.compile(r"(?i)\b(?:at|by|till|until|past|to) $")  # "awake at three" tells no hours of sleep


def asked_unit(question: str) -> float | None:
    """The unit, in days, of "how many days?" and "so six hours?"."""
    found = tokens(question)
    for one, other in pairwise(found):
        counted = one.text == "many" or one.text in tables().numbers or one.text.isdigit()
        if counted and other.stem in tables().days:
            return tables().days[other.stem]
    return None


def judge_told(item: View, reply: Reply, close: bool = False) -> Judgement | None:
    """How a reply stands to a fact that was not asked for: only what it says in the fact's own words counts.

    `close`: the fact belongs to what was asked for, so that its value alone is enough.
    """
    found = (
        _told_value(item, reply, close) or by_wording(item, reply, told=True, close=close) or by_mention(item, reply)
    )
    if found and found.verdict == "contradicts":
        weak = any(mention.weak and mention.span == found.span for mention in reply.mentions)
        if weak or item.fact.topic in _PERSONAL:
            return None  # what somebody thinks or likes is not contradicted in passing
    return found


def _told_value(item: View, reply: Reply, close: bool) -> Judgement | None:
    """A value in one sentence with the fact's words, or, of what was asked for, with a word of its topic."""
    found = by_value(item, reply, told=True)
    if found is None:
        return None
    sentence = next(token.sentence for token in reply.tokens if token.start <= found.span[0] < token.end)
    stems = {token.stem for token in reply.tokens if token.sentence == sentence}
    own = item.told_stems - _UNITS
    topic_words = _TOPIC_WORDS.get(item.fact.topic, frozenset()) - (_SINCE if found.verdict == "contradicts" else set())
    named = len(stems & own) > 0.5 * len(own) or (close and bool(stems & topic_words))
    is_number = any(quantity.start == found.span[0] for quantity, _ in reply.quantities)
    return found if named or (close and is_number and found.verdict == "supports") else None


# Words that, beside a value, tell which topic it is a value of.
_TOPIC_WORDS = {
    "onset": stem_set("start begin ago since"),
    "timing": stem_set("last time each"),
    "severity": stem_set("ten"),
    "location": stem_set("side"),
}
_SINCE = stem_set("since")  # "I haven't slept since Saturday" tells no other start of the pain


_UNITS = stem_set(
    "day hour week month year minute second night evening weekend mg ml dose bottle friday sunday yesterday"
)


def by_mention(item: View, reply: Reply) -> Judgement | None:
    """The fact's concept by any of its names."""
    if item.fact.concept is None or item.fact.polarity == "unknown":
        return None
    if item.fact.topic == "adherence" and lexicon().kinds[item.fact.concept] == "medications":
        return None  # the medicine's name does not tell whether it is taken
    for mention in reply.mentions:
        if not _is_of(mention, item) or mention.thought:
            continue
        agrees = mention.denied == item.denied or (item.denied and reply.denies_all)
        narrower = mention.concept != item.fact.concept and item.fact.concept in lexicon().wider(mention.concept)
        if not agrees and narrower and mention.denied:
            continue  # "a cough, but no dry cough" does not deny the cough
        return judgement("supports" if agrees else "contradicts", item, reply, mention.span, mention.denied)
    return None


def _is_of(mention: Mention, item: View) -> bool:
    wide = lexicon().wider(mention.concept)
    if item.denied:
        return mention.concept == item.fact.concept or item.fact.concept in wide
    return mention.concept in item.wide or item.fact.concept in wide


def by_function(item: View, reply: Reply) -> Judgement | None:
    """ "My speech has been fine" denies a speech difficulty."""
    for name, span, in_order in reply.functions:
        if item.fact.concept in lexicon().problems[name][0]:
            return judgement("supports" if in_order == item.denied else "contradicts", item, reply, span, in_order)
    return None


_ASKS_MEMORY = re.compile(r"(?i)\bdo you (?:remember|recall|know)\b")


def _not_known(item: View, reply: Reply, ask: Ask) -> Judgement | None:
    """ "I don't know": right for what is not known."""
    forgets = reply.answer == "no" and _ASKS_MEMORY.search(ask.text)
    unknown = item.fact.polarity == "unknown"
    if reply.unsure or forgets or (reply.no_idea_of_any and unknown):
        verdict: Verdict = "supports" if unknown else "dont_know"
        return Judgement(verdict, "unknown", None, (0, len(reply.text)))
    return None


def _by_phrase(item: View, reply: Reply) -> Judgement | None:
    """Words that say when or how much without saying it."""
    if reply.past and item.fact.polarity == "past" and len(reply.text.split()) <= 6:
        return Judgement("supports", "past", reply.text, (0, len(reply.text)))
    if reply.vague and not item.denied:
        return Judgement("vague", "present", None, (0, len(reply.text)))
    return None
