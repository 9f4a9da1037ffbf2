"""Answers without a yes or a no: "Any headaches?", "Of a morning, when I get up."

To a question that names a thing which the script denies, a plain statement is as good as a yes, unless it has words
of a denial, of good health or of what would be. To one that names what is so, good health is as good as a no.
"""

from collections.abc import Iterator

from medsim.match.index import Index, View
from medsim.match.negation import cues
from medsim.match.reply import Reply
from medsim.match.text import word_set
from medsim.match.types import Ask, Claim, Polarity

_SPEAKING = frozenset(("supports", "contradicts", "cover", "dont_know", "invents", "denies_absent"))
_MAY_DENY = word_set(
    "no not none never nothing neither nor nobody nowhere without hardly barely only just would could should if unless "
    "perfectly easily freely well normally right clean clear healthy same usual usually boring lucky last can wish you "
    "already whatever stayed all whole"
)
_COMMANDS = word_set("feel look ask check see test try have give take put listen")
_LEAST = 4  # words: "Chips.", "In here?"


def indirect(claims: list[Claim], said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """The fact asked for, where a reply contradicts it without a yes, a no or words of its own."""
    facts = [index.by_id[name] for name in ask.facts]
    if said.answer or said.unsure or "?" in said.text or any(claim.verdict in _SPEAKING for claim in claims):
        return
    if len(facts) != 1 or not _is_named(facts[0], ask) or index.lock[facts[0].id]:
        return
    texts = [token.text for token in said.tokens]
    well = [match for match in cues().states.find_all(said.tokens) if match.key == "normal"]
    item, fact = facts[0], facts[0].fact
    if item.denied:
        asks = ask.form in ("yesno", "leading") and not ask.normality
        plain = len(texts) >= _LEAST and texts[0] not in _COMMANDS and _MAY_DENY.isdisjoint(texts)
        if asks and plain and not well:
            yield _claim(item, said, "present")
    elif ask.form in ("yesno", "leading", "wh") and fact.polarity == "present" and not said.functions:
        ill = any(match.key == "abnormal" for match in cues().states.find_all(said.tokens))
        firm = well and not ill and not any(said.denied) and _BUT.isdisjoint(texts)
        if firm:
            yield _claim(item, said, "denied")


_BUT = word_set("but though although except apart mostly usually used was were before until till now if when")


def _is_named(item: View, ask: Ask) -> bool:
    return any(item.is_case_of(concept) for concept in ask.concepts)


def _claim(item: View, said: Reply, polarity: Polarity) -> Claim:
    fact, span = item.fact, (0, len(said.text))
    return Claim(fact.id, fact.topic, fact.concept, fact.who, polarity, said.text, span, "contradicts")
