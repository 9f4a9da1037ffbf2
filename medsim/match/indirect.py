"""Answers without a yes or a no: "Any headaches?", "Of a morning, when I get up."

To a question that names a thing which the script denies, a statement of when or how often is as good as a yes, unless
it has words of a denial, of good health or of what would be. Any other may just as well be a no in other words ("Food
goes down easily", "He knows who I am"). To a question that names what is so, good health is as good as a no.
"""

from collections.abc import Iterator

from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.negation import cues
from medsim.match.reply import Reply
from medsim.match.text import word_set
from medsim.match.types import Ask, Claim, Polarity
from medsim.match.view import View

_SPEAKING = frozenset(("supports", "contradicts", "cover", "dont_know", "invents", "denies_absent"))
_MAY_DENY = word_set(
    "no not none never nothing neither nor nobody nowhere without hardly barely only just would could should if unless "
    "perfectly easily freely well normally right clean clear healthy same usual usually boring lucky last can wish you "
    "already whatever stayed all whole thank thanks"
)
_COMMANDS = word_set("feel look ask check see test try have give take put listen")
_WHEN = word_set(
    "some sometimes often every each whenever always since most lately occasionally usually morning mornings night "
    "nights evening evenings afternoons days weekends twice times yesterday today when after"
)
_LEAST = 4  # words: "Chips.", "In here?"


def indirect(claims: list[Claim], said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """The fact asked for, where a reply contradicts it without a yes, a no or words of its own."""
    facts = [index.by_id[name] for name in ask.facts]
    told = said.answer or said.unsure or said.people or any(claim.verdict in _SPEAKING for claim in claims)
    if told or "?" in said.text:
        return
    if not facts and _is_absent(ask, index) and _is_plain(said):  # a yes to what no fact speaks of
        span = (0, len(said.text))
        yield Claim(None, "associated", ask.concepts[0], ask.who, "present", said.text, span, "invents")
    if len(facts) != 1 or not _is_named(facts[0], ask) or index.lock[facts[0].id]:
        return
    item, fact = facts[0], facts[0].fact
    if item.denied:
        if ask.form in ("yesno", "leading") and not ask.normality and _is_plain(said):
            yield _claim(item, said, "present")
    elif ask.form in ("yesno", "leading", "wh") and fact.polarity == "present" and not said.functions:
        states = {match.key for match in cues().states.find_all(said.tokens)}
        if states == {"normal"} and not any(said.denied) and _BUT.isdisjoint(token.text for token in said.tokens):
            yield _claim(item, said, "denied")


_BUT = word_set("but though although except apart mostly usually used was were before until till now if when")


def _is_absent(ask: Ask, index: Index) -> bool:
    """True for a question whether there is a complaint that the script lacks."""
    asks = ask.form in ("yesno", "leading") and not ask.normality and len(ask.concepts) == 1
    return asks and lexicon().kinds.get(ask.concepts[0]) == "symptoms" and not index.speaks_of(ask.concepts[0])


def _is_plain(said: Reply) -> bool:
    """True for a statement of when or how often, without a word of a denial, of good health, or of what could be."""
    texts = [token.text for token in said.tokens]
    if len(texts) < _LEAST or texts[0] in _COMMANDS or not _MAY_DENY.isdisjoint(texts) or _WHEN.isdisjoint(texts):
        return False
    return all(match.key != "normal" for match in cues().states.find_all(said.tokens))


def _is_named(item: View, ask: Ask) -> bool:
    return any(item.is_case_of(concept) for concept in ask.concepts)


def _claim(item: View, said: Reply, polarity: Polarity) -> Claim:
    fact, span = item.fact, (0, len(said.text))
    return Claim(fact.id, fact.topic, fact.concept, fact.who, polarity, said.text, span, "contradicts")
