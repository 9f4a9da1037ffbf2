"""What is said instead of a fact that is kept back, and whether a reply gives such a fact away."""

from collections.abc import Iterator

from medsim.match.index import Index
from medsim.match.judge import Judgement
from medsim.match.reply import Reply
from medsim.match.types import Ask, Claim
from medsim.match.view import View

_COVER_WORDS = 0.6


_SHORT_COVER = 2  # words of a reply that is a cover of one word


def of_other_covers(said: Reply, ask: Ask, index: Index) -> Iterator[Claim]:
    """The cover of a lock that the question only came near to."""
    for item in index.views:
        lock = index.lock[item.id]
        if lock and item.id not in ask.facts and is_cover(said, index.cover_stems[lock], index):
            yield cover_claim(item, said, index)
            return


def cover_claim(item: View, said: Reply, index: Index) -> Claim:
    fact = item.fact
    places = [said.stem_spans[stem] for stem in index.cover_stems[index.lock[item.id]] if stem in said.stem_spans]
    span = (min(start for start, _ in places), max(end for _, end in places))
    return Claim(fact.id, fact.topic, fact.concept, fact.who, "unknown", None, span, "cover")


def is_cover(said: Reply, own: frozenset[str], index: Index) -> bool:
    spoken = said.said | said.not_said
    if len(own) == 1 and len(spoken) > _SHORT_COVER and any(index.frequency[stem] for stem in own):
        return False  # "just Megan" is one, and Megan in a longer answer is not
    return bool(own) and len(own & spoken) >= _COVER_WORDS * len(own)


def gives_away(item: View, found: Judgement, said: Reply, index: Index) -> bool:
    """Whether a reply tells a locked fact, and not only what open facts share with it: a smoke machine is no vape."""
    open_views = [other for other in index.views if not index.lock[other.id]]
    distinct = item.stems.difference(*(other.stems for other in open_views))
    if distinct & (said.said | said.not_said):
        return True
    own = item.fact.concept
    exact = any(mention.concept == own and mention.span == found.span for mention in said.mentions)
    return exact and item.fact.topic != "adherence" and not any(other.fact.concept == own for other in open_views)
