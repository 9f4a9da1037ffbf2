"""Which locked facts a doctor's turn opens."""

from collections.abc import Iterator

from medsim.dialogue import Dialogue, Script
from medsim.match.asked import readings
from medsim.match.index import Index, index_of
from medsim.match.types import Ask, Manner

_ENOUGH: dict[str, tuple[Manner, ...]] = {"direct": ("direct", "considerate"), "considerate": ("considerate",)}


def unlocked(script: Script, dialogue: Dialogue) -> dict[int, frozenset[str]]:
    """The facts that each doctor turn opens, by the turn's index; a fact stands at the first turn that opens it.

    A pure function of the turns: what `dialogue[:k]` opens is what `dialogue` opens before turn k. A lock opens as a
    whole, for every fact that it keeps back.
    """
    if isinstance(script, str) or not script.locks:
        return {}
    found: dict[int, frozenset[str]] = {}
    before: frozenset[str] = frozenset()
    for number, ask in readings(dialogue, script).items():
        if new := opens(ask, script) - before:
            found[number] = new
            before |= new
    return found


def opens(ask: Ask, script: Script) -> frozenset[str]:
    """The facts that a question opens."""
    if isinstance(script, str) or not script.locks:
        return frozenset()
    index = index_of(script)
    locks = frozenset(_opened_by(ask, index))
    return frozenset(name for name, lock in index.lock.items() if lock in locks)


def opened(script: Script, dialogue: Dialogue) -> frozenset[str]:
    """All the facts that the turns of a dialogue have opened."""
    return frozenset(name for names in unlocked(script, dialogue).values() for name in names)


def _opened_by(ask: Ask, index: Index) -> Iterator[str]:
    """The locks that a question opens: it asks for what they keep back, in the manner that they want."""
    if ask.form in ("bait", "social"):
        return
    for name in ask.facts:
        lock = index.lock[name]
        if lock is not None and ask.manner in _ENOUGH[index.script.locks[lock].unlock]:
            yield lock
