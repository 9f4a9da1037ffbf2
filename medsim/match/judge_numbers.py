"""A number that no fact has, beside the words of a fact that has another one, whatever was asked."""

from collections.abc import Iterator

from medsim.match.index import Index
from medsim.match.judge import is_about
from medsim.match.lexicon import CLINICAL, lexicon
from medsim.match.quantity import Quantity, same
from medsim.match.reply import Reply
from medsim.match.text import content_stems
from medsim.match.types import Ask, Span
from medsim.match.values import loosely
from medsim.match.view import View

_RARE = 2  # a stem in so few facts tells which fact is meant
# "day" and its like say nothing of what is counted; bare numbers and weekdays stand by the way too often.
_LEAST_DOSE = 10  # from here on a bare number beside a medicine is its dose: "naproxen, 250"
_TELLING = frozenset(("dose", "frequency", "count", "age", "weight", "temperature", "score", "duration"))
# Kinds of which a complaint or a medicine has one number, so that beside what was asked of it no name is needed.
_ALONE = frozenset(("dose", "clock", "ordinal", "score", "temperature"))


def wrong_numbers(said: Reply, ask: Ask, index: Index) -> Iterator[tuple[View, Span]]:
    """The facts whose number is another one than the reply gives in their words, and where."""
    for quantity, negated in said.quantities:
        kind = "dose" if quantity.kind == "number" and quantity.low >= _LEAST_DOSE else quantity.kind
        if negated or kind not in _TELLING | _ALONE:
            continue
        rough = loosely(quantity, said.text)
        verdicts = {
            item.id: {same(rough, own, said.this_year) for own in item.quantities if own.kind == kind}
            for item in index.views
        }
        known = any(True in found for found in verdicts.values())
        for item in index.views:
            if verdicts[item.id] != {False} or item.denied:
                continue
            named = not known and kind in _TELLING and _is_named(item, quantity, said, ask, index)
            of_another = known and quantity.kind == "number"  # "how many puffs?", "ten": of the other inhaler
            if named or (kind in _ALONE and not of_another and _is_detail(item, kind, quantity, said, ask, index)):
                yield item, (quantity.start, quantity.end)


def _is_detail(item: View, kind: str, quantity: Quantity, said: Reply, ask: Ask, index: Index) -> bool:
    """Whether a number can only be a fact's that belongs to the one asked for: "When?", "Tuesday, about nine".

    It must be the only number of that kind there, and nothing else may be named in its sentence.
    """
    roots = {index.root[name] for name in ask.facts}
    if roots != {index.root[item.id]}:
        return False
    kin = [own for own in index.family(item.id) if any(other.kind == kind for other in own.quantities)]
    number = next(token for token in said.tokens if token.end > quantity.start)
    starts = {mention.span[0] for mention in said.mentions if lexicon().kinds[mention.concept] in CLINICAL}
    named = any(token.sentence == number.sentence and token.start in starts for token in said.tokens)
    right = any(same(other, own, said.this_year) for other, _ in said.quantities for own in item.quantities)
    return kin == [item] and not named and not right


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
