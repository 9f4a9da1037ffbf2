"""A question that leaves its matter to the sentence before: "Many people drink a lot. Is that so for you?"."""

import re
from collections.abc import Iterable
from dataclasses import replace

from medsim.match.details import wanted_details
from medsim.match.index import Index
from medsim.match.manner import cares
from medsim.match.patterns import Match
from medsim.match.questions import Query
from medsim.match.resolve import concept_views

_POINTS = re.compile(
    r"\b(?:that|this|it|they|them|those|these|any|one|some|so|yours|same|the case|how much|how many|how often)\b"
)


def with_preamble(query: Query, before: Iterable[Query], index: Index) -> Query:
    """The question with what a considerate remark before it in the same turn names, if it names nothing itself."""
    if not query.asks or query.concepts or query.functions or query.people or not _POINTS.search(query.text.lower()):
        return query
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


def _at_issue(concepts: tuple[Match, ...], index: Index) -> tuple[Match, ...]:
    """Those that the script keeps back, for these the remark is made; else those that are no complaint."""
    views = {match: concept_views(match.key, index) for match in concepts}
    locked = tuple(match for match in concepts if any(index.lock[item.id] for item in views[match]))
    others = tuple(match for match in concepts if not any(item.id in index.complaints for item in views[match]))
    return locked or others
