"""How what is said stands to a fact, by the words that they share."""

from medsim.match.lexicon import lexicon
from medsim.match.reply import Mention, Reply
from medsim.match.text import word_set
from medsim.match.types import Span
from medsim.match.values import Judgement, judgement
from medsim.match.view import View

_ENOUGH = 0.5  # of a fact's own content words, for a reply to have said it when asked
_ENOUGH_TOLD = 0.7  # the same, without being asked
_SHORT_ANSWER = 4  # content words of an answer that need not carry the rest of the fact
_DENIALS = word_set("no not never none nothing neither nor nobody without hardly")
_BUT = word_set("but although though tho however except only just mind")


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


def _answered_no(span: Span, reply: Reply) -> bool:
    """True where the words stand in the sentence that begins with a no: "No, no fever, rash or vomiting"."""
    if reply.answer != "no" or _BUT & {token.text for token in reply.tokens if token.end <= span[0]}:
        return False
    place = {token.start: token.sentence for token in reply.tokens}
    return place[span[0]] == place.get(reply.answer_span[0])


def _span(stems: frozenset[str], reply: Reply) -> Span:
    places = [reply.stem_spans[stem] for stem in stems if stem in reply.stem_spans]
    return min(start for start, _ in places), max(end for _, end in places)
