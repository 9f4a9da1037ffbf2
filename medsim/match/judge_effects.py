"""What a reply says makes it better or worse, against what the facts say of the same thing."""

from collections.abc import Iterator

from medsim.match.index import Index
from medsim.match.reply import Reply
from medsim.match.text import Token, content_stems, stem_set
from medsim.match.types import Span
from medsim.match.view import View

_EFFECTS = {
    "aggravating": stem_set("worse worst murder aggravate"),
    "relieving": stem_set("better best ease eases help helps relieve soothe settle relief"),
}
_ANY_EFFECT = frozenset().union(*_EFFECTS.values())
_OTHER = {"aggravating": "relieving", "relieving": "aggravating"}


def wrong_effects(said: Reply, index: Index) -> Iterator[tuple[View, Span]]:
    """The facts by which what the reply says to help makes it worse, or the other way round, and where."""
    if not any(token.stem in _ANY_EFFECT for token in said.tokens):
        return
    sites = {span[0] for (group, _), span, _ in said.values if group == "site"}  # where it hurts is no cause
    by_sentence: dict[int, list[tuple[Token, bool]]] = {}
    for token, denied in zip(said.tokens, said.denied, strict=True):
        by_sentence.setdefault(token.sentence, []).append((token, denied))
    for words in by_sentence.values():
        told = {effect for effect, stems in _EFFECTS.items() for token, _ in words if token.stem in stems}
        if len(told) != 1 or any(denied for _, denied in words):
            continue
        effect = told.pop()
        shared = content_stems([token for token, _ in words if token.start not in sites]) - _EFFECTS[effect]
        alike = any(shared & item.stems for item in index.by_topic.get(effect, ()))
        for item in index.by_topic.get(_OTHER[effect], ()):
            things = shared & (item.stems - _EFFECTS[_OTHER[effect]])
            if things and not alike and not item.denied and item.is_of_patient:
                yield item, (words[0][0].start, words[-1][0].end)
