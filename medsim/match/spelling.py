"""Slips of spelling in questions that are typed: "diabtes", "feelin sick", "smoek"."""

from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from medsim.match.lexicon import lexicon
from medsim.match.text import stem as stem_of
from medsim.match.text import stem_set

_LOOK_ALIKES = stem_set("though through thought quiet horse later whether heard board weather wheel")
_SOUNDS = (("k", "ch"), ("f", "ph"), ("z", "s"), ("sk", "sc"), ("ai", "ei"), ("ei", "ie"), ("u", "ou"), ("x", "cks"))
_LEAST = 5  # letters of a stem in which a letter more, less or in the wrong place is a slip
_LEAST_REPLACED = 7  # ... in which another letter is


@lru_cache(maxsize=20_000)
def corrected(stem: str) -> str:
    """A misspelt stem of a question, put right where exactly one word of the lexicon is one slip away.

    A slip is one edit of the optimal string alignment distance (Damerau 1964), and never in the first letter.
    """
    if stem in vocabulary() or stem in _LOOK_ALIKES:
        return stem
    if len(stem) >= 4 and stem.endswith("in") and stem_of(stem + "g") in vocabulary():
        return stem_of(stem + "g")  # "wats goin on", "feelin sick"
    if len(stem) < _LEAST:
        return stem
    for heard, written in _SOUNDS:
        if heard in stem and (spelt := stem.replace(heard, written)) in vocabulary():
            return spelt
    found = process.extract(stem, _by_letter().get(stem[0], ()), scorer=OSA.distance, score_cutoff=1, limit=None)
    near = [word for word, _, _ in found]
    dropped = [word for word in near if len(word) != len(stem)]
    swapped = [word for word in near if sorted(word) == sorted(stem)]
    replaced = near if len(stem) >= _LEAST_REPLACED else []
    return next((words[0] for words in (dropped, swapped, replaced) if len(words) == 1), stem)


@cache
def vocabulary() -> frozenset[str]:
    """The stems of all wordings."""
    words = lexicon()
    finders = (words.concepts, words.functions, words.people, words.sites, words.qualities, words.topics, words.talk)
    return frozenset().union(*(finder.words for finder in finders))


@cache
def _by_letter() -> dict[str, list[str]]:
    """The stems that are long enough, by their first letter."""
    found: dict[str, list[str]] = {}
    for word in sorted(vocabulary()):
        if len(word) >= _LEAST:
            found.setdefault(word[0], []).append(word)
    return found
