"""A question that leaves its matter to the sentence before: "Many people drink a lot. Is that so for you?"."""

import re
from collections.abc import Iterable
from dataclasses import replace

from medsim.match.details import wanted_details
from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.manner import cares
from medsim.match.patterns import Match
from medsim.match.questions import Query
from medsim.match.resolve import Wanted, concept_views
from medsim.match.view import View

_SHARED, _RARE = 2, 2  # words that a remark shares with a fact, and in how many facts one of them may stand
_POINTS = re.compile(
    r"\b(?:that|this|it|they|them|those|these|any|one|some|so|yours|same|the case|how much|how many|how often)\b|"
    r"^(?:and )?(?:do|did|have|has|had|are|is|was|were|would|could) (?:you|he|she|they)\W*$"
)
_POINTS_BACK = re.compile(
    r"\b(?:that|this|it|them|those|these|so|same|yours|any of)\b|"
    r"^(?:and )?(?:do|did|have|has|had|are|is|was|were|would|could) (?:you|he|she|they)\W*$"
)


def with_preamble(query: Query, before: Iterable[Query], index: Index) -> Query:
    """The question with what a considerate remark before it in the same turn names, if it names nothing itself."""
    if not query.asks or query.concepts or query.functions or query.people or not _POINTS.search(query.text.lower()):
        return query
    before = list(before)
    bare = query.form in ("yesno", "leading") and _POINTS_BACK.search(query.text.lower())
    own = set(query.topics) - lexicon().details - {"complaint", "support"}  # "is it so with you?"
    kept_back = _kept_back(before, index) if bare and not own and cares(before) else ()
    if kept_back:
        return replace(query, concepts=kept_back, cues=())
    if any(match.key.topic not in ("previous_episodes", "circumstances", "complaint") for match in query.cues):
        return query
    spoken = [one for one in before if not one.asks and cares([one]) and (one.concepts or one.cues)]
    if not spoken or wanted_details(query) and not query.topics:
        return query
    last = spoken[-1]
    concepts = _at_issue(last.concepts, index)
    if concepts:
        return replace(query, concepts=concepts, cues=())
    return replace(query, concepts=(), cues=last.cues, stems=query.stems | last.stems)


def _kept_back(before: list[Query], index: Index) -> tuple[Match, ...]:
    """The concepts of what the script keeps back and a considerate remark speaks of, in words or by concept."""
    remarks = [one for one in before if not one.asks]
    stems = frozenset().union(*(one.stems for one in remarks))
    named = {match.key for one in remarks for match in one.concepts}
    found = []
    for item in index.views:
        if not index.lock[item.id] or item.fact.about or not item.fact.concept:
            continue
        shared = stems & item.stems
        if item.wide & named or len(shared) >= _SHARED and any(index.frequency[stem] <= _RARE for stem in shared):
            found.append(Match(item.fact.concept, 0, 1))
    return tuple(dict.fromkeys(found))


def kept_back(query: Query, before: Iterable[Query], found: Wanted, index: Index) -> list[View]:
    """What a question asked with care, for which nothing else was found, is about: the one matter that is kept back
    and stands under a topic, or has a rare word, of the question or of the remarks before it.
    """
    stems = query.stems.union(*(one.stems for one in before if not one.asks))
    topics = set(found.topics) - {"associated", "complaint", "history", "family", "other"}
    locked = [item for item in index.views if index.lock[item.id]]
    near = [item for item in locked if item.fact.topic in topics]
    near = near or [item for item in locked if any(index.frequency[stem] <= _RARE for stem in item.stems & stems)]
    if len({index.lock[item.id] for item in near}) != 1:
        return []
    names = {item.id for item in near}
    return [item for item in near if item.fact.about not in names]


def _at_issue(concepts: tuple[Match, ...], index: Index) -> tuple[Match, ...]:
    """Those that the script keeps back, for these the remark is made; else those that are no complaint."""
    views = {match: concept_views(match.key, index) for match in concepts}
    locked = tuple(match for match in concepts if any(index.lock[item.id] for item in views[match]))
    others = tuple(match for match in concepts if not any(item.id in index.complaints for item in views[match]))
    return locked or others
