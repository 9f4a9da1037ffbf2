"""A number that no fact has, beside the words of a fact that has another one, whatever was asked."""

from collections.abc import Iterator

from medsim.match.index import Index, View
from medsim.match.judge import is_about
from medsim.match.quantity import Quantity, same
from medsim.match.reply import Reply
from medsim.match.text import content_stems
from medsim.match.types import Ask, Span
from medsim.match.values import loosely

_RARE = 2  # a stem in so few facts tells which fact is meant
# "day" and its like say nothing of what is counted; bare numbers and weekdays stand by the way too often.
_LEAST_DOSE = 10  # from here on a bare number beside a medicine is its dose: "naproxen, 250"
_TELLING = frozenset(("dose", "frequency", "count", "age", "weight", "temperature", "score", "duration"))


def wrong_numbers(said: Reply, ask: Ask, index: Index) -> Iterator[tuple[View, Span]]:
    """The facts whose number is another one than the reply gives in their words, and where."""
    for quantity, negated in said.quantities:
        kind = "dose" if quantity.kind == "number" and quantity.low >= _LEAST_DOSE else quantity.kind
        if negated or kind not in _TELLING:
            continue
        rough = loosely(quantity, said)
        verdicts = {
            item.id: {same(rough, own, said.this_year) for own in item.quantities if own.kind == kind}
            for item in index.views
        }
        if any(True in found for found in verdicts.values()):
            continue
        for item in index.views:
            if verdicts[item.id] == {False} and not item.denied and _is_named(item, quantity, said, ask, index):
                yield item, (quantity.start, quantity.end)


def _is_named(item: View, quantity: Quantity, said: Reply, ask: Ask, index: Index) -> bool:
    """Whether the sentence of a number has a word that only this fact has, of the person that the fact is about."""
    number = next(place for place, token in enumerate(said.tokens) if token.end > quantity.start)
    if not is_about(said.persons[number], item, ask, index.script.speaker.relation):
        return False
    same_sentence = [token for token in said.tokens if token.sentence == said.tokens[number].sentence]
    beside = [token for token in same_sentence if not quantity.start <= token.start < quantity.end]
    shared = content_stems(beside) & item.stems
    named = {mention.concept for mention in said.mentions if any(token.start == mention.span[0] for token in beside)}
    return item.fact.concept in named or any(index.frequency[stem] <= _RARE for stem in shared)
