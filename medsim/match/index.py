"""A script's facts, read once: what each is about, in which words, with which values."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache, wraps
from math import log
from typing import Any, Concatenate, ParamSpec, TypeVar

from medsim.match.lexicon import lexicon
from medsim.match.sides import Sided, sides
from medsim.match.text import content_stems, tokens
from medsim.match.view import View, view
from medsim.script import Fact, PatientScript

OF_CONCEPT, OF_ROOT = 0.6, 0.25  # what a word of the concept's, or of the root's, wordings counts against an own one
COMMON, RARER = 0.15, 1.6  # the weight of a word that many facts have, and how fast it is reached
P, T = ParamSpec("P"), TypeVar("T")


def kept_with_index(function: Callable[Concatenate["Index", P], T]) -> Callable[Concatenate["Index", P], T]:
    """What a function of an index gives is kept as long as the index, so that no cache outlives its script."""

    @wraps(function)
    def kept(index: "Index", *arguments: P.args) -> T:
        key = (function, arguments)
        if key not in index.kept:
            index.kept[key] = function(index, *arguments)
        return index.kept[key]

    return kept


class Index:
    """The views of a script, by id, by topic and by family (a fact and its details)."""

    def __init__(self, script: PatientScript):
        self.script = script
        self.views = [view(fact) for fact in script.all_facts()]
        self.by_id = {item.id: item for item in self.views}
        self.root = {item.id: self._root(item.fact) for item in self.views}
        self.lock = {item.id: script.lock_of(item.fact) for item in self.views}
        self.by_topic: dict[str, list[View]] = {}
        self.families: dict[str, list[View]] = {}
        for item in self.views:
            self.by_topic.setdefault(item.fact.topic, []).append(item)
            self.families.setdefault(self.root[item.id], []).append(item)
        self.frequency = Counter(stem for item in self.views for stem in item.stems)
        self.kept: dict[tuple, Any] = {}

    @cached_property
    def words(self) -> dict[str, dict[str, float]]:
        """By stem the facts that it points at: 1 for a fact's own words, less for those of its concept and root."""
        found: dict[str, dict[str, float]] = {}
        for item in self.views:
            if item.fact.topic == "identity":
                continue
            root = self.by_id[self.root[item.id]]
            of_concept = lexicon().wordings.get(item.fact.concept or "", frozenset())
            for share, stems in (
                (OF_ROOT, root.told_stems if root is not item else ()), (OF_CONCEPT, of_concept), (1.0, item.stems),
            ):  # fmt: skip
                for stem in stems:
                    found.setdefault(stem, {})[item.id] = share
        return found

    def rarity(self, stem: str) -> float:
        """How distinctive a word is: 1 where one fact has it, little where many have."""
        return max(COMMON, 1 - RARER * log(max(self.frequency[stem], 1)) / log(len(self.views)))

    def _root(self, fact: Fact) -> str:
        while fact.about is not None:
            fact = self.script.fact(fact.about)
        return fact.id

    def family(self, fact_id: str) -> list[View]:
        """A fact, the one whose detail it is, and all details."""
        return self.families[self.root[fact_id]]

    def sharing(self, stems: Iterable[str], kinds: Iterable[str], concepts: Iterable[str]) -> list[View]:
        """The facts, in order, that share a word, a kind of quantity or a concept, or have a wider or narrower one."""
        marks = {("stem", stem) for stem in stems} | {("kind", kind) for kind in kinds}
        for concept in concepts:
            marks |= {("wide", concept), *(("concept", wider) for wider in lexicon().wider(concept))}
        places = {place for mark in marks for place in self._places.get(mark, ())}
        return [self.views[place] for place in sorted(places)]

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[int]]:
        """The places of the facts among `views` by what they can share with a reply."""
        found: dict[tuple[str, str], list[int]] = {}
        for place, item in enumerate(self.views):
            marks = {"stem": item.stems, "kind": item.kinds, "wide": item.wide, "concept": {item.fact.concept} - {None}}
            for group, names in marks.items():
                for name in names:
                    found.setdefault((group, name), []).append(place)
        return found

    @cached_property
    def cover_stems(self) -> dict[str, frozenset[str]]:
        """The content stems of each lock's cover."""
        return {name: content_stems(tokens(lock.cover)) for name, lock in self.script.locks.items()}

    @kept_with_index
    def so_of(self, concept: str) -> list[View]:
        """The facts, not denied, of a concept, of a case of it or of a wider one."""
        return [item for item in self.views if item.fact.concept and not item.denied
                and lexicon().related(concept, item.fact.concept)]  # fmt: skip

    @cached_property
    def this_year(self) -> int | None:
        """The year in which the patient speaks, by birth and age; None where they do not tell."""
        patient = self.script.patient
        born, age = re.search(r"\b(?:19|20)\d\d\b", patient.born or ""), re.match(r"(\d+) year", patient.age)
        return int(born.group()) + int(age.group(1)) if born and age else None

    @cached_property
    def complaints(self) -> list[str]:
        """The ids of the complaints, first those of the opening."""
        opening = [name for name in self.script.opening.facts if self.root[name] == name]
        return opening + [item.id for item in self.by_topic.get("complaint", ()) if item.id not in opening]

    @cached_property
    def sided(self) -> list[tuple[View, Sided, frozenset[str]]]:
        """The facts that tell a side, each with the parts of the body that it is the side of.

        A side of no part ("on the left") is that of the places that the fact, or the complaint, names.
        """
        found = []
        for item in self.views:
            places = {value for group, value in item.values | self.by_id[self.root[item.id]].values if group == "site"}
            for text in (item.fact.say, *item.fact.accept):
                for side in () if item.denied else sides(tokens(text)):
                    found.append((item, side, frozenset((side.part,) if side.part else places)))
        return found

    @cached_property
    def named(self) -> frozenset[str]:
        """The concepts that the facts are of or mention, and those of the opening."""
        own = {item.fact.concept for item in self.views if item.fact.concept}
        told = {match.key for match in lexicon().concepts.find(tokens(self.script.opening.say))}
        return frozenset(own | told | {concept for item in self.views for concept in item.said})

    @cached_property
    def named_or_wider(self) -> frozenset[str]:
        """Those, and what they are cases of."""
        return frozenset(wider for concept in self.named for wider in lexicon().wider(concept))

    def speaks_of(self, concept: str) -> bool:
        """True where a fact is of the concept, of a case of it, or of a wider one that still says what it is."""
        if concept in self.named_or_wider:
            return True
        wide = self.classes if lexicon().kinds.get(concept) == "medications" else self.named
        return bool(lexicon().wider(concept) & wide - lexicon().wide)

    @cached_property
    def _sites(self) -> tuple[frozenset[str], frozenset[str]]:
        """The parts of the body that the facts name, and those with what they are parts of."""
        own = frozenset(f"site:{value}" for item in self.views for group, value in item.values if group == "site")
        return own, frozenset(wider for site in own for wider in lexicon().wider(site))

    def knows_site(self, site: str) -> bool:
        """True where a fact names a part of the body, a part of that, or what it is a part of."""
        own, wider = self._sites
        return f"site:{site}" in wider or bool(lexicon().wider(f"site:{site}") & own)

    @cached_property
    def classes(self) -> frozenset[str]:
        """Kinds of medicines that the facts leave open: "a tablet for my blood pressure", where none is named."""
        exact = {wider for concept in self.named for wider in lexicon().wider(concept) - {concept}}
        denied = {item.fact.concept for item in self.views if item.denied}
        return self.named - exact - denied


class _Same:
    """A script as a key: the same object, not an equal one (comparing two scripts costs more than reading one)."""

    def __init__(self, script: PatientScript):
        self.script = script

    def __hash__(self) -> int:
        return id(self.script)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.script is other.script


@lru_cache(maxsize=96)
def _index(same: _Same) -> Index:
    return Index(same.script)


def index_of(script: PatientScript) -> Index:
    """The index of a script; kept while the script is in use."""
    return _index(_Same(script))


def are_kin(one: str, other: str, script: PatientScript) -> bool:
    """True for two facts of one topic, or of one complaint and its details."""
    index = index_of(script)
    return script.fact(one).topic == script.fact(other).topic or index.root[one] == index.root[other]


def are_near(told: str, asked: str, script: PatientScript) -> bool:
    """True for a detail of the fact asked for, and for another fact of its topic and complaint."""
    root = index_of(script).root
    if script.fact(asked).about is None and script.fact(asked).topic == script.fact(told).topic:
        return True
    return root[told] == asked or (root[told] == root[asked] and script.fact(told).topic == script.fact(asked).topic)
