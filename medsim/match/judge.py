"""How a reply stands to one fact: does it state it, deny it, give another value?"""

import re
from dataclasses import replace
from itertools import pairwise

from medsim.match.answers import by_answer, by_plain_yes
from medsim.match.index import View
from medsim.match.lexicon import lexicon
from medsim.match.numerals import tables
from medsim.match.reply import Mention, Reply
from medsim.match.text import stem_set, tokens, word_set
from medsim.match.types import Ask, Span, Verdict
from medsim.match.values import Judgement, by_value, judgement

_ENOUGH = 0.5  # of a fact's own content words, for a reply to have said it when asked
_ENOUGH_TOLD = 0.7  # the same, without being asked
_SHORT_ANSWER = 4  # content words of an answer that need not carry the rest of the fact
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


def by_wording(item: View, reply: Reply, told: bool = False, close: bool = False) -> Judgement | None:
    """The fact's own words, or one of its further wordings, denied or not as the fact has them.

    `told`: the fact was not asked for, so one word is not enough, except in a correction ("no, the ...") by a
    fact `close` to what was asked for; and a fear or a guess states nothing.
    """
    words = reply.said | reply.not_said
    corrects = close and reply.answer == "no"
    least, share = (1 if corrects else 2, _ENOUGH_TOLD) if told else (1, _ENOUGH)
    for wording in item.wordings:
        shared = wording.stems & words
        if shared and wording.stems == item.told_stems and _is_only_beside(shared, item, reply):
            continue  # of "it started two days ago" only the two days are an answer
        needed = len(wording.stems) if wording.stems != item.told_stems else share * len(wording.stems)
        if len(shared) >= max(least, needed) and not (told and shared <= reply.thought and item.denied):
            found = _parity(item, shared, wording.denied, reply)
            return None if told and found and found.verdict == "contradicts" else found  # words alone are no proof
        short = not told and shared and len(shared) >= 0.5 * len(words) and len(words) <= _SHORT_ANSWER
        if short and not item.quantities:
            found = _parity(item, shared, wording.denied, reply)
            return None if item.denied and found and found.verdict == "contradicts" else found
    return None


def _is_only_beside(shared: frozenset[str], item: View, reply: Reply) -> bool:
    """True where the words shared stand beside the fact's value, and are not the value."""
    beside = item.beside_value - reply.not_said
    return shared <= beside and len(beside) == 1


def _parity(item: View, shared: frozenset[str], own_denied: frozenset[str], reply: Reply) -> Judgement | None:
    """Supports where the shared words are denied as they are in the fact, else contradicts.

    Of a fact that is so, most of the words must be denied otherwise: "he didn't finish it, so I ate it".
    """
    said, denied = shared & reply.said, shared & reply.not_said
    if named := _named_at(shared, item, reply):
        return judgement("supports", item, reply, named.span, item.denied)
    wording_denied, own_denied = own_denied, shared & own_denied
    span, is_denied = _span(shared, reply), bool(denied - said)
    if item.denied and (is_denied or _answered_no(span, reply)) or item.fact.polarity == "unknown":
        return judgement("supports", item, reply, span, item.denied)
    if item.denied and wording_denied and not own_denied:
        return None  # the words beside the denial: "his lips looked bluish" for "his lips haven't gone blue"
    differs = is_denied != bool(own_denied) and (item.denied or len((denied - said) ^ own_denied) > 0.5 * len(shared))
    if not differs:
        return judgement("supports", item, reply, span, item.denied)
    if own_denied and (not item.denied and len(shared) == 1 or _denies_beside(span, reply)):
        return None  # "the ones for the sugar, no" for "I don't take the sugar tablets"
    if not _names_it(shared, item) and (item.denied or item.fact.topic == "complaint"):
        return None  # "my chest is fine" for "no chest pain", "aye, worse luck" for "I've lost no weight, worse luck"
    return judgement("contradicts", item, reply, span, not item.denied) if not (said & denied) else None


def _named_at(shared: frozenset[str], item: View, reply: Reply) -> Mention | None:
    """The fact's own concept over the words shared: "no breath" is breathlessness, and no denial of it."""
    span = _span(shared, reply)
    for mention in reply.mentions:
        covers = mention.span[0] <= span[0] and span[1] <= mention.span[1]
        if covers and mention.concept == item.fact.concept and mention.denied == item.denied and not mention.thought:
            return mention
    return None


def _names_it(shared: frozenset[str], item: View) -> bool:
    """True where the words shared with a fact name more of what it says or denies than the part of the body."""
    names = lexicon().wordings.get(item.fact.concept or "", shared)
    return bool(shared & names - lexicon().sites.words)


def _denies_beside(span: Span, reply: Reply) -> bool:
    """True where the sentence of the words has a no, or follows on one without a "but"."""
    places = [token.sentence for token in reply.tokens if span[0] <= token.start < span[1]]
    near = {token.text for token in reply.tokens if places[0] - 1 <= token.sentence <= places[-1]}
    return bool(near & _DENIALS) and not near & _BUT


_DENIALS = word_set("no not never none nothing neither nor nobody without hardly")


def _answered_no(span: Span, reply: Reply) -> bool:
    """True where the words stand in the sentence that begins with a no: "No, no fever, rash or vomiting"."""
    if reply.answer != "no" or _BUT & {token.text for token in reply.tokens if token.end <= span[0]}:
        return False
    place = {token.start: token.sentence for token in reply.tokens}
    return place[span[0]] == place.get(reply.answer_span[0])


_BUT = word_set("but although though tho however except only just mind")


def _span(stems: frozenset[str], reply: Reply) -> Span:
    places = [reply.stem_spans[stem] for stem in stems if stem in reply.stem_spans]
    return min(start for start, _ in places), max(end for _, end in places)


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
